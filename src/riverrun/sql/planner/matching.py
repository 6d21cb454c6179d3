"""MATCH_RECOGNIZE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riverrun.sql import logical, plan
from riverrun.sql.expr import Call, Navigation
from riverrun.sql.planner.relation import Relation, live

if TYPE_CHECKING:
    from riverrun.sql.planner.physical import Planner


def plan_match(planner: Planner, node: logical.Match) -> Relation:
    below = planner.plan(node.input)
    time = node.order[0]
    if time.index not in below.times:
        name = below.schema[time.index].name
        todo = "the first column has to be a time attribute: one with WATERMARK, or PROCTIME()"
        raise planner.context.error(f"MATCH_RECOGNIZE: {name} is no time attribute", node.span, todo)
    if time.descending:
        raise planner.context.error("MATCH_RECOGNIZE orders by time upwards only", node.span)
    planner.needs_inserts(below, "MATCH_RECOGNIZE", node.span)
    keys = len(node.keys)
    times = frozenset(
        keys + i
        for i, measure in enumerate(node.measures)
        if measure.expression.type.time_attribute is not None and _tells_time(measure)
    )
    match = plan.Match(
        below.node,
        node.keys,
        time.index,
        node.order[1:],
        below.is_proctime(time.index),
        node.pattern,
        dict(node.define),
        node.measures,
        node.skip,
        node.skip_to,
        node.within,
        live(node.schema, times),
    )
    return Relation(match, times)


def _tells_time(measure: plan.Measure) -> bool:
    """MATCH_ROWTIME() and MATCH_PROCTIME(); the time column itself is none any more."""
    expr = measure.expression
    if isinstance(expr, Call):
        return expr.function == "PROCTIME"
    return isinstance(expr, Navigation) and expr.argument.type.is_rowtime

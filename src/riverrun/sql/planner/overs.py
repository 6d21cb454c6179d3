"""OVER aggregates: all of one window, ordered upwards by one column."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from riverrun.sql import logical, plan
from riverrun.sql.expr import AggregateCall, Column
from riverrun.sql.plan import Frame
from riverrun.sql.planner.relation import Relation, live

if TYPE_CHECKING:
    from riverrun.sql.planner.physical import Planner

_REFUSED = ("LEAD", "NTILE", "PERCENT_RANK", "CUME_DIST")


def plan_over(planner: Planner, node: logical.Over) -> Relation:
    below = planner.plan(node.input)
    frames = [_frame(call, window) for call, window in zip(node.calls, node.windows, strict=True)]
    window = node.windows[0]
    _check(planner, node, frames)
    order = window.order[0]
    if order.index in below.times:
        time = "proctime" if below.is_proctime(order.index) else "rowtime"
        planner.needs_inserts(below, "OVER ordered by time", window.span)
    else:
        time = "value"
        if frames[0].preceding is not None:
            what = "a bounded frame needs ORDER BY a time attribute"
            raise planner.context.error(what, window.span, "order by a time attribute, or say UNBOUNDED PRECEDING")
    calls = tuple(_ranked(call, below, order.index, by_value=time == "value") for call in node.calls)
    schema = live((*below.schema, *node.schema[len(below.schema) :]), below.times)
    over = plan.Over(
        below.node,
        window.keys,
        window.order,
        frames[0],
        calls,
        time,
        schema,
        time != "value" and below.append_only,
    )
    return Relation(over, below.times, None)


def _ranked(call: AggregateCall, below: Relation, order: int, *, by_value: bool) -> AggregateCall:
    """A rank is counted by what orders the rows. Ordered by a value, Flink counts all rows up to the row and its peers,
    for RANK and DENSE_RANK alike."""
    if call.function not in ("RANK", "DENSE_RANK"):
        return call
    if by_value:
        return replace(call, function="COUNT", args=())
    return replace(call, args=(Column(order, below.schema[order].type),))


def _frame(call: AggregateCall, window: logical.OverWindow) -> Frame:
    if window.frame is not None:
        return window.frame
    return Frame(call.function == "ROW_NUMBER", None)


def _check(planner: Planner, node: logical.Over, frames: list[Frame]) -> None:
    error = planner.context.error
    for call, window in zip(node.calls, node.windows, strict=True):
        if call.function in _REFUSED:
            raise error(f"Flink supports no {call.function} in streaming", window.span)
        if len(window.order) != 1:
            raise error("an OVER window is ordered by a single column", window.span, "ORDER BY a time attribute")
        if window.order[0].descending:
            raise error("an OVER window is ordered upwards only", window.span, "leave DESC away")
    first = (node.windows[0].keys, node.windows[0].order, frames[0])
    for window, frame in zip(node.windows, frames, strict=True):
        if (window.keys, window.order, frame) != first:
            todo = "all OVER clauses of one SELECT need the same PARTITION BY, ORDER BY and frame; nest queries"
            raise error("Flink computes one OVER window at a time", window.span, todo)

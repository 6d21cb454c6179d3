"""ORDER BY and LIMIT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riverrun.sql import logical, plan
from riverrun.sql.planner.relation import Relation

if TYPE_CHECKING:
    from riverrun.sql.planner.physical import Planner


def plan_sort(planner: Planner, node: logical.Sort) -> Relation:
    below = planner.plan(node.input)
    if node.limit is None:
        return _whole(planner, node, below)
    if not node.order:
        limit = plan.Limit(below.node, node.offset, node.limit, below.schema, below.append_only)
        return Relation(limit, below.times, below.window)
    if node.offset and not below.append_only:
        # Flink takes back rows that it never told, and keeps others.
        raise planner.context.unsupported(
            "OFFSET over rows that change", node.span, "rank them with ROW_NUMBER(), and show the number"
        )
    sort = plan.SortLimit(below.node, node.order, node.offset, node.limit, below.schema)
    return Relation(sort, below.times, None)


def _whole(planner: Planner, node: logical.Sort, below: Relation) -> Relation:
    """ORDER BY without LIMIT: only by time, upwards."""
    if not node.order:
        raise planner.context.error("Flink needs a LIMIT with OFFSET", node.span, "add LIMIT")
    first = node.order[0]
    if first.index not in below.times or first.descending:
        todo = "order by a time attribute upwards first, or add LIMIT"
        raise planner.context.error("Flink sorts a stream only by time", node.span, todo)
    planner.needs_inserts(below, "ORDER BY", node.span)
    processing = below.is_proctime(first.index)
    sort = plan.TemporalSort(below.node, first.index, node.order[1:], processing, below.schema)
    return Relation(sort, below.times, below.window)

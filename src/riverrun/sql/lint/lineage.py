"""Where a column of a plan comes from: the aggregate or measure behind projections."""

from __future__ import annotations

from collections.abc import Iterator

from riverrun.sql import plan
from riverrun.sql.expr import AggregateCall, Call, Column, Expr, Navigation, PatternAggregate, walk

Origin = AggregateCall | Navigation | PatternAggregate


def calls(node: plan.Node) -> Iterator[Call]:
    """The calls that an operator computes over its input."""
    if isinstance(node, plan.Calc):
        for expr in (*node.projections, *([node.condition] if node.condition is not None else [])):
            yield from (part for part in walk(expr) if isinstance(part, Call))


def origin(node: plan.Node, index: int) -> tuple[Origin, plan.Node] | None:
    """The aggregate or measure that column `index` of `node` is, and the operator that makes it."""
    match node:
        case plan.Calc(input=below, projections=projections):
            computed = projections[index]
            return origin(below, computed.index) if isinstance(computed, Column) else None
        case plan.WindowAggregate() | plan.GroupAggregate():
            number = index - len(node.keys)
            return (node.aggregates[number], node) if 0 <= number < len(node.aggregates) else None
        case plan.Match():
            number = index - len(node.keys)
            measure = node.measures[number].expression if number >= 0 else None
            return (measure, node) if isinstance(measure, Navigation | PatternAggregate) else None
        case plan.Deduplicate() | plan.Rank() | plan.WindowRank() | plan.TemporalSort() | plan.SortLimit():
            return origin(node.input, index) if index < len(node.input.schema) else None
        case _:
            return None


def optional_variables(match: plan.Match) -> frozenset[str]:
    """Variables that a match may have no row for."""
    return frozenset(item.variable for item in match.pattern if item.least == 0)


def null_reason(node: plan.Node, arg: Expr) -> str | None:
    """Why an ARRAY may be NULL, or None when it never is. `node` is what the expression is computed over."""
    if isinstance(arg, Column):
        found = origin(node, arg.index)
        if found is not None:
            return _reason(*found)
    return "it may be NULL" if arg.type.nullable else None


def _reason(found: Origin, node: plan.Node) -> str | None:
    match found:
        case PatternAggregate(call=call, variable=variable) if call.function == "ARRAY_AGG":
            if isinstance(node, plan.Match) and variable in optional_variables(node):
                return f"it is NULL when no row was mapped to {variable}"
            return "it is NULL when all values are NULL" if call.ignore_nulls and call.args[0].type.nullable else None
        case AggregateCall(function="ARRAY_AGG") as call:
            if call.filter is not None or (call.ignore_nulls and call.args[0].type.nullable):
                return "ARRAY_AGG is NULL, not empty, when there was nothing to aggregate"
            return None
        case AggregateCall(type=type_):
            return "it may be NULL" if type_.nullable else None
        case _:
            return "it may be NULL" if found.type.nullable else None

"""Aggregates that exist only with OVER: ROW_NUMBER, RANK, LAG and their like."""

from __future__ import annotations

from riverrun.schema.types import BIGINT, DOUBLE, INT
from riverrun.sql.expr import AggregateCall, Expr, Literal
from riverrun.sql.functions.aggregate import Aggregate, AggregateRequest, Clauses, refuse
from riverrun.sql.functions.check import as_type
from riverrun.sql.functions.common import common_type, is_integer, is_null
from riverrun.sql.functions.entry import InvalidCall


def _number(request: AggregateRequest) -> AggregateCall:
    if request.args:
        raise refuse(request, f"{request.name}()")
    return request.call(BIGINT.not_null())


def _share(request: AggregateRequest) -> AggregateCall:
    if request.args:
        raise refuse(request, f"{request.name}()")
    return request.call(DOUBLE.not_null())


def _ntile(request: AggregateRequest) -> AggregateCall:
    if len(request.args) != 1 or not is_integer(request.types[0]):
        raise refuse(request, "NTILE(count)")
    return request.call(BIGINT.not_null())


def _neighbour(request: AggregateRequest) -> AggregateCall:
    """LAG(value[, distance[, default]]): a default decides whether the result may be NULL, whatever the value is."""
    usage = f"{request.name}(value[, distance[, default]])"
    if not 1 <= len(request.args) <= 3:
        raise refuse(request, usage)
    value = request.args[0]
    distance: Expr = request.args[1] if len(request.args) > 1 else Literal(1, INT.not_null())
    if not is_integer(distance.type):
        raise refuse(request, usage)
    if not isinstance(distance, Literal):
        raise InvalidCall(f"the distance of {request.name} has to be a constant")
    if len(request.args) < 3:
        return request.call(value.type.null(), (value, distance))
    default = request.args[2]
    if not is_null(default.type) and common_type([value.type, default.type]) is None:
        raise refuse(request, usage)
    typed = as_type(default, value.type.plain())
    return request.call(value.type.with_nullable(typed.type.nullable), (value, distance, typed))


def _render_count(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    """The frame ends with the row itself."""
    return "count(*)"


def _render_rank(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    """The frame ends with the row and its peers; the argument is what orders them."""
    before = f"len(list_filter(list({args[0]}), lambda _x: _x < max({args[0]})))"
    nulls = f"count(*) FILTER (WHERE {args[0]} IS NULL)"
    return f"(CASE WHEN max({args[0]}) IS NULL THEN 1 ELSE 1 + {before} + {nulls} END)"


def _render_dense_rank(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    return f"(count(DISTINCT {args[0]}) + CAST(count(*) > count({args[0]}) AS BIGINT))"


def _render_lag(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    # The distance is constant, but it may come in a column.
    value, distance = args[0], f"any_value({args[1]})"
    found = f"list({value}{clauses.order})[-1 - {distance}]"
    if len(args) == 2:
        return found
    return f"(CASE WHEN count(*) > {distance} THEN {found} ELSE any_value({args[2]}) END)"


_ALONE = "never; with OVER only"

OVER_ONLY = (
    Aggregate(
        "ROW_NUMBER",
        ("ROW_NUMBER()",),
        "The number of the row, from 1. A filter on it makes a Top-N.",
        _number,
        _render_count,
        nulls=_ALONE,
        over_only=True,
    ),
    Aggregate(
        "RANK", ("RANK()",), "1 + how many rows come before.", _number, _render_rank, nulls=_ALONE, over_only=True
    ),
    Aggregate(
        "DENSE_RANK",
        ("DENSE_RANK()",),
        "1 + how many different values come before.",
        _number,
        _render_dense_rank,
        nulls=_ALONE,
        over_only=True,
    ),
    Aggregate(
        "LAG",
        ("LAG(value[, distance[, default]])",),
        "The value of an earlier row (by default of the one before).",
        _neighbour,
        _render_lag,
        nulls="also where there is no such row and no default",
        over_only=True,
    ),
    Aggregate(
        "LEAD",
        ("LEAD(value[, distance[, default]])",),
        "The value of a later row: Flink refuses it on streams.",
        _neighbour,
        None,
        nulls="",
        over_only=True,
    ),
    Aggregate("NTILE", ("NTILE(count)",), "Flink refuses it on streams.", _ntile, None, nulls="", over_only=True),
    Aggregate(
        "PERCENT_RANK", ("PERCENT_RANK()",), "Flink refuses it on streams.", _share, None, nulls="", over_only=True
    ),
    Aggregate("CUME_DIST", ("CUME_DIST()",), "Flink refuses it on streams.", _share, None, nulls="", over_only=True),
)

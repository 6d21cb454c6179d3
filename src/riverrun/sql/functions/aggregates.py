"""Aggregate functions: result types, and their DuckDB form over an append-only set of rows.

`accumulators.py` has the incremental form of the same functions, row by row and with retractions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from riverrun.schema.types import (
    BIGINT,
    STRING,
    Root,
    Type,
    array,
    decimal,
    multiset,
)
from riverrun.sql.expr import AggregateCall, Expr, Literal
from riverrun.sql.functions.check import as_type, describe
from riverrun.sql.functions.common import is_approximate, is_integer, is_null, is_numeric, is_string
from riverrun.sql.functions.comparison import NESTED
from riverrun.sql.functions.entry import InvalidCall, Renderer, Value
from riverrun.sql.functions.numbers import wrap
from riverrun.sql.functions.physical import duckdb_type
from riverrun.sql.session import Session


@dataclass(frozen=True, slots=True)
class AggregateRequest:
    name: str
    args: tuple[Expr, ...]
    session: Session
    distinct: bool
    ignore_nulls: bool
    filter: Expr | None
    kind: str
    grouped: bool
    options: tuple[Any, ...] = ()  # what is said beside the arguments (JSON_OBJECTAGG)

    @property
    def types(self) -> tuple[Type, ...]:
        return tuple(arg.type for arg in self.args)

    def call(self, type_: Type, args: Sequence[Expr] | None = None, options: tuple[Any, ...] = ()) -> AggregateCall:
        return AggregateCall(
            self.name,
            self.args if args is None else tuple(args),
            type_,
            self.distinct,
            self.ignore_nulls,
            self.filter,
            options,
        )

    def nullable(self, type_: Type) -> Type:
        """Over groups (which are never empty) the result of NOT NULL arguments is NOT NULL."""
        sure = self.grouped and self.filter is None and not any(arg.type.nullable for arg in self.args)
        return type_.plain().with_nullable(not sure)

    def nullable_as_arguments(self, type_: Type) -> Type:
        """For some functions Flink looks at the arguments only, whether there are rows or not (quirk 0.3)."""
        return type_.plain().with_nullable(any(arg.type.nullable for arg in self.args))


ResolveAggregate = Callable[[AggregateRequest], AggregateCall]
# From the call, the rendered arguments, the FILTER text ("" or " FILTER (WHERE ...)") and the ORDER BY text.
RenderAggregate = Callable[[AggregateCall, list[str], "Clauses"], str]


@dataclass(frozen=True, slots=True)
class Clauses:
    """The parts around the arguments: DISTINCT, the arrival order, FILTER."""

    distinct: str
    order: str
    condition: str | None

    def filter(self, *more: str) -> str:
        parts = [*([f"({self.condition})"] if self.condition else []), *more]
        return f" FILTER (WHERE {' AND '.join(parts)})" if parts else ""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregate function. `retractable`: its accumulator can take a row back; `over_only`: only with OVER."""

    name: str
    usage: tuple[str, ...]
    doc: str
    resolve: ResolveAggregate
    render: RenderAggregate | None
    examples: Mapping[str, Value] = field(default_factory=dict)
    nulls: str = "ignores NULL; NULL when there is no other value"
    retractable: bool = True
    over_only: bool = False


def refuse(request: AggregateRequest, usage: str = "") -> InvalidCall:
    text = f"{request.name} cannot be applied to ({describe(request.types)})"
    return InvalidCall(f"{text}; use {usage}" if usage else text)


def _one(request: AggregateRequest, usage: str) -> Type:
    if len(request.args) != 1:
        raise refuse(request, usage)
    return request.types[0]


def _count(request: AggregateRequest) -> AggregateCall:
    if len(request.args) > 1:
        raise InvalidCall("COUNT of several columns is not supported by Flink in a streaming query")
    if request.args and not request.args[0].type.nullable and not request.distinct:
        return replace(request.call(BIGINT.not_null(), ()))
    return request.call(BIGINT.not_null())


def _render_count(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    return f"count({clauses.distinct}{args[0] if args else '*'}){clauses.filter()}"


def _sum(request: AggregateRequest) -> AggregateCall:
    type_ = _one(request, "SUM(numeric)")
    if not is_numeric(type_):
        raise refuse(request, "SUM(numeric)")
    return request.call(request.nullable(sum_type(type_)))


def sum_type(type_: Type) -> Type:
    return decimal(38, type_.scale) if type_.root is Root.DECIMAL else type_


def _render_sum(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    if is_integer(call.type):
        return wrap(f"sum({clauses.distinct}{args[0]}){clauses.filter()}", call.type.root, of="HUGEINT")
    if is_approximate(call.type):
        return _float_sum(call.type, args[0], clauses)
    total = f"sum({clauses.distinct}{args[0]}){clauses.filter()}"
    return f"CAST({total} AS {duckdb_type(call.type)})"


def _float_sum(type_: Type, value: str, clauses: Clauses) -> str:
    """Floats are added in arrival order; FLOAT is rounded to 32 bits at every step."""
    if type_.root is Root.FLOAT:
        items = f"list({clauses.distinct}{value}{clauses.order}){clauses.filter(f'{value} IS NOT NULL')}"
        return f"list_reduce({items}, lambda a, b: CAST(CAST(a AS FLOAT) + CAST(b AS FLOAT) AS FLOAT))"
    if clauses.distinct:
        return f"list_sum({_distinct_list(value, clauses, ignore_nulls=True)})"
    return f"sum({value}{clauses.order}){clauses.filter()}"


def _avg(request: AggregateRequest) -> AggregateCall:
    type_ = _one(request, "AVG(numeric)")
    if not is_numeric(type_):
        raise refuse(request, "AVG(numeric)")
    return request.call(request.nullable(avg_type(type_)))


def avg_type(type_: Type) -> Type:
    return decimal(38, max(6, type_.scale)) if type_.root is Root.DECIMAL else type_


def _render_avg(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    (value,) = args
    count = f"count({clauses.distinct}{value}){clauses.filter()}"
    name = duckdb_type(call.type)
    if is_integer(call.type):
        total = wrap(f"sum({clauses.distinct}{value}){clauses.filter()}", Root.BIGINT, of="HUGEINT")
        return f"CAST({total} // nullif({count}, 0) AS {name})"
    if is_approximate(call.type):
        total = _float_sum(Type(Root.DOUBLE), f"CAST({value} AS DOUBLE)", clauses)
        return f"CAST({total} / nullif({count}, 0) AS {name})"
    total = f"sum({clauses.distinct}{value}){clauses.filter()}"
    return f"CAST(rr_decimal_divide({total}, nullif({count}, 0), 38, {call.type.scale}, '0:0') AS {name})"


def _extreme(request: AggregateRequest) -> AggregateCall:
    type_ = _one(request, f"{request.name}(value)")
    if type_.root in NESTED or type_.root in (Root.BINARY, Root.VARBINARY):
        raise refuse(request)
    return request.call(request.nullable(type_))


def _render_extreme(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    return f"{call.function.lower()}({args[0]}){clauses.filter()}"


def _array_agg(request: AggregateRequest) -> AggregateCall:
    type_ = _one(request, "ARRAY_AGG([DISTINCT] value [IGNORE NULLS])")
    return request.call(request.nullable_as_arguments(array(type_.plain())))


def _render_array_agg(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    if call.distinct:
        return _distinct_list(args[0], clauses, ignore_nulls=call.ignore_nulls)
    skip = [f"{args[0]} IS NOT NULL"] if call.ignore_nulls else []
    return f"list({args[0]}{clauses.order}){clauses.filter(*skip)}"


def _distinct_list(value: str, clauses: Clauses, *, ignore_nulls: bool) -> str:
    """The different values in order of their first arrival."""
    skip = [f"{value} IS NOT NULL"] if ignore_nulls else []
    items = f"list({value}{clauses.order}){clauses.filter(*skip)}"
    return distinct_in_order(items, nulls=not ignore_nulls)


def distinct_in_order(items: str, *, nulls: bool) -> str:
    """A list without repetitions, in order of first appearance (`list_distinct` keeps no order and drops NULL)."""
    ranked = f"list_transform(list_distinct({items}), lambda x: {{'p': list_position({items}, x), 'x': x}})"
    if nulls:
        hole = f"list_position({items}, NULL)"
        ranked = f"(CASE WHEN {hole} > 0 THEN list_append({ranked}, {{'p': {hole}, 'x': NULL}}) ELSE {ranked} END)"
    return f"list_transform(list_sort({ranked}), lambda s: s.x)"


def _listagg(request: AggregateRequest) -> AggregateCall:
    usage = "LISTAGG([DISTINCT] string[, separator])"
    if not 1 <= len(request.args) <= 2 or not all(is_string(t) or is_null(t) for t in request.types):
        raise refuse(request, usage)
    if len(request.args) == 2 and not isinstance(request.args[1], Literal):
        raise InvalidCall("the separator of LISTAGG has to be a constant")
    return request.call(request.nullable_as_arguments(STRING), [as_type(arg, STRING) for arg in request.args])


def _render_listagg(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    separator = args[1] if len(args) > 1 else "','"
    if call.distinct:
        return f"array_to_string({_distinct_list(args[0], clauses, ignore_nulls=True)}, {separator})"
    return f"string_agg({args[0]}, {separator}{clauses.order}){clauses.filter()}"


def _first_last(request: AggregateRequest) -> AggregateCall:
    type_ = _one(request, f"{request.name}(value)")
    return request.call(request.nullable(type_))


def _render_first_last(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    which = "first" if call.function == "FIRST_VALUE" else "last"
    return f"{which}({args[0]}{clauses.order}){clauses.filter(f'{args[0]} IS NOT NULL')}"


def _collect(request: AggregateRequest) -> AggregateCall:
    type_ = _one(request, "COLLECT([DISTINCT] value)")
    return request.call(multiset(type_.plain()).not_null())


def _render_collect(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    name = duckdb_type(call.type)
    counts = f"histogram({clauses.distinct}{args[0]}){clauses.filter()}"
    return f"COALESCE(CAST({counts} AS {name}), CAST(map([], []) AS {name}))"


def clauses_of(call: AggregateCall, renderer: Renderer, order: str | None) -> Clauses:
    return Clauses(
        "DISTINCT " if call.distinct else "",
        f" ORDER BY {order}" if order else "",
        renderer(call.filter) if call.filter is not None else None,
    )


AGGREGATES = (
    Aggregate(
        "COUNT",
        ("COUNT(*)", "COUNT([DISTINCT] value)"),
        "The number of rows, or of values that are not NULL.",
        _count,
        _render_count,
        nulls="does not count NULL; 0 when there is nothing",
    ),
    Aggregate(
        "SUM", ("SUM([DISTINCT] numeric)",), "The sum, in the type of the argument: integers wrap.", _sum, _render_sum
    ),
    Aggregate(
        "AVG", ("AVG([DISTINCT] numeric)",), "The average; of integers an integer, cut toward zero.", _avg, _render_avg
    ),
    Aggregate("MIN", ("MIN(value)",), "The smallest value.", _extreme, _render_extreme),
    Aggregate("MAX", ("MAX(value)",), "The largest value.", _extreme, _render_extreme),
    Aggregate(
        "ARRAY_AGG",
        ("ARRAY_AGG([DISTINCT] value [IGNORE NULLS])",),
        "The values in order of arrival.",
        _array_agg,
        _render_array_agg,
        nulls="keeps NULL unless IGNORE NULLS; NULL when there is nothing",
    ),
    Aggregate(
        "LISTAGG",
        ("LISTAGG([DISTINCT] string[, separator])",),
        "The strings in order of arrival, with a separator (`,`).",
        _listagg,
        _render_listagg,
    ),
    Aggregate("FIRST_VALUE", ("FIRST_VALUE(value)",), "The value that arrived first.", _first_last, _render_first_last),
    Aggregate("LAST_VALUE", ("LAST_VALUE(value)",), "The value that arrived last.", _first_last, _render_first_last),
    Aggregate(
        "COLLECT",
        ("COLLECT([DISTINCT] value)",),
        "The values as a MULTISET.",
        _collect,
        _render_collect,
        nulls="ignores NULL; empty when there is nothing",
    ),
)

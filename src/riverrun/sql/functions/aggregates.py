"""COUNT, SUM, AVG, MIN, MAX, ARRAY_AGG, LISTAGG, FIRST_VALUE, LAST_VALUE, COLLECT: types and DuckDB forms."""

from __future__ import annotations

from dataclasses import replace

from riverrun.schema.types import BIGINT, INTERVALS, STRING, Root, Type, array, multiset
from riverrun.sql.expr import AggregateCall
from riverrun.sql.functions import json_aggregates, statistics
from riverrun.sql.functions.aggregate import Aggregate, AggregateRequest, Clauses, one, refuse
from riverrun.sql.functions.check import as_type, literal_value
from riverrun.sql.functions.common import is_approximate, is_integer, is_null, is_numeric, is_string
from riverrun.sql.functions.comparison import NESTED
from riverrun.sql.functions.entry import InvalidCall, Renderer
from riverrun.sql.functions.numbers import avg_type, sum_type, wrap
from riverrun.sql.functions.physical import duckdb_type, quote
from riverrun.sql.functions.render import error


def _count(request: AggregateRequest) -> AggregateCall:
    if request.distinct and any(type_.root is Root.ROW for type_ in request.types):
        raise InvalidCall("COUNT(DISTINCT ...) of rows is not supported by Flink in a streaming query")
    if len(request.args) > 1:
        raise InvalidCall("COUNT of several columns is not supported by Flink in a streaming query")
    if request.args and not request.args[0].type.nullable and not request.distinct:
        return replace(request.call(BIGINT.not_null(), ()))
    return request.call(BIGINT.not_null())


def _render_count(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    return f"count({clauses.distinct}{args[0] if args else '*'}){clauses.filter()}"


def _sum(request: AggregateRequest) -> AggregateCall:
    type_ = one(request, "SUM(numeric)")
    if not is_numeric(type_):
        raise refuse(request, "SUM(numeric)")
    return request.call(request.nullable(sum_type(type_)))


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
        return f"list_reduce({items}, lambda _a, _b: CAST(CAST(_a AS FLOAT) + CAST(_b AS FLOAT) AS FLOAT))"
    if clauses.distinct:
        return f"list_sum({_distinct_list(value, clauses, ignore_nulls=True)})"
    return f"sum({value}{clauses.order}){clauses.filter()}"


def _avg(request: AggregateRequest) -> AggregateCall:
    type_ = one(request, "AVG(numeric)")
    if not is_numeric(type_):
        raise refuse(request, "AVG(numeric)")
    return request.call(request.nullable(avg_type(type_)))


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
    type_ = one(request, f"{request.name}(value)")
    if type_.root in (*NESTED, *INTERVALS, Root.BINARY, Root.VARBINARY):
        raise refuse(request)
    return request.call(request.nullable(type_))


def _render_extreme(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    return f"{call.function.lower()}({args[0]}){clauses.filter()}"


def _array_agg(request: AggregateRequest) -> AggregateCall:
    type_ = one(request, "ARRAY_AGG([DISTINCT] value [IGNORE NULLS])")
    return request.call(request.nullable_as_arguments(array(type_)))


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
    ranked = f"list_transform(list_distinct({items}), lambda _x: {{'p': list_position({items}, _x), 'x': _x}})"
    if nulls:
        hole = f"list_position({items}, NULL)"
        ranked = f"(CASE WHEN {hole} > 0 THEN list_append({ranked}, {{'p': {hole}, 'x': NULL}}) ELSE {ranked} END)"
    return f"list_transform(list_sort({ranked}), lambda _s: _s.x)"


def _listagg(request: AggregateRequest) -> AggregateCall:
    usage = "LISTAGG([DISTINCT] string[, separator])"
    if not 1 <= len(request.args) <= 2 or not all(is_string(t) or is_null(t) for t in request.types):
        raise refuse(request, usage)
    value, *given = request.args
    separator = literal_value(given[0]) if given else ","
    if not isinstance(separator, str):
        raise InvalidCall("the separator of LISTAGG has to be a constant")
    result = STRING if is_null(value.type) else value.type
    return request.call(request.nullable_as_arguments(result), [as_type(value, STRING)], (separator,))


def _render_listagg(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    separator = quote(call.options[0])
    if call.distinct:
        return f"array_to_string({_distinct_list(args[0], clauses, ignore_nulls=True)}, {separator})"
    return f"string_agg({args[0]}, {separator}{clauses.order}){clauses.filter()}"


def _first_last(request: AggregateRequest) -> AggregateCall:
    type_ = one(request, f"{request.name}(value)")
    return request.call(request.nullable(type_))


def _render_first_last(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    if call.distinct:
        # A value that comes again does not count: the last is the one that came first last.
        return f"{_distinct_list(args[0], clauses, ignore_nulls=True)}[{1 if call.function == 'FIRST_VALUE' else -1}]"
    which = "first" if call.function == "FIRST_VALUE" else "last"
    return f"{which}({args[0]}{clauses.order}){clauses.filter(f'{args[0]} IS NOT NULL')}"


def _single_value(request: AggregateRequest) -> AggregateCall:
    type_ = one(request, "SINGLE_VALUE(value)")
    if type_.root in (*NESTED, *INTERVALS, Root.BINARY, Root.VARBINARY) or request.filter is not None:
        raise refuse(request)
    if request.distinct or request.kind != "group":
        raise InvalidCall("SINGLE_VALUE with DISTINCT, in a window or in a pattern", unsupported=True)
    return request.call(request.nullable(type_))


def _render_single_value(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    many = error("single value", call.span, "more than one row where one value is wanted")
    return f"(CASE WHEN count(*) > 1 THEN {many} ELSE first({args[0]}{clauses.order}) END)"


def _collect(request: AggregateRequest) -> AggregateCall:
    type_ = one(request, "COLLECT([DISTINCT] value)")
    return request.call(multiset(type_).not_null())


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
        "SINGLE_VALUE",
        ("SINGLE_VALUE(value)",),
        "The value of the only row; fails when there are several. A query as a value uses it.",
        _single_value,
        _render_single_value,
        nulls="NULL if the value is NULL",
    ),
    Aggregate(
        "COLLECT",
        ("COLLECT([DISTINCT] value)",),
        "The values as a MULTISET.",
        _collect,
        _render_collect,
        nulls="ignores NULL; empty when there is nothing",
    ),
    *statistics.AGGREGATES,
    *json_aggregates.AGGREGATES,
)

FUNCTIONS = statistics.FUNCTIONS

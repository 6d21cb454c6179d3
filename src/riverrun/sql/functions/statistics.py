"""STDDEV_POP, VAR_SAMP and their like; PERCENTILE."""

from __future__ import annotations

from decimal import Decimal

from riverrun.schema.types import BIGINT, DOUBLE, Root, Type, array
from riverrun.sql.expr import AggregateCall, Call, Expr, Literal
from riverrun.sql.functions.aggregate import Aggregate, AggregateRequest, Clauses, one, refuse
from riverrun.sql.functions.check import as_type
from riverrun.sql.functions.common import is_approximate, is_integer, is_numeric
from riverrun.sql.functions.entry import InvalidCall
from riverrun.sql.functions.numbers import avg_type, saturate
from riverrun.sql.functions.physical import duckdb_type
from riverrun.sql.functions.python import python_function

_ALIASES = {"STDDEV": "STDDEV_SAMP", "VARIANCE": "VAR_SAMP"}


def _resolve(request: AggregateRequest) -> AggregateCall:
    usage = f"{request.name}([DISTINCT] numeric)"
    type_ = one(request, usage)
    if not is_numeric(type_):
        raise refuse(request, usage)
    result = avg_type(type_)
    sample = not request.name.endswith("_POP")
    return request.call(result.null() if sample and request.kind != "over" else request.nullable(result))


def _render(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    """Computed in doubles in order of arrival, then cast as a DOUBLE is; integers are cut."""
    (value,) = args
    name = _ALIASES.get(call.function, call.function).lower()
    number = f"CAST({value} AS DOUBLE)"
    order = "" if clauses.distinct else clauses.order
    finite = [f"isfinite({number})"] if is_approximate(call.type) else []
    found = f"{name}({clauses.distinct}{number}{order}){clauses.filter(*finite)}"
    if finite:
        # DuckDB fails where Java gives NaN.
        wild = f"bool_or(NOT isfinite({number})){clauses.filter()}"
        found = f"(CASE WHEN {wild} THEN 'NaN'::DOUBLE ELSE {found} END)"
    return _as(found, call.type)


def _as(value: str, type_: Type) -> str:
    if is_integer(type_):
        return saturate(f"({value})", type_.root)
    name = duckdb_type(type_)
    if type_.root is Root.DECIMAL:
        return f"CAST(rr_float_decimal({value}, {type_.precision}, {type_.scale}) AS {name})"
    return value if type_.root is Root.DOUBLE else f"CAST({value} AS {name})"


def _statistic(name: str, doc: str) -> Aggregate:
    sample = not name.endswith("_POP")
    nulls = "ignores NULL; NULL when there is no other value" + (" or only one" if sample else "")
    return Aggregate(name, (f"{name}([DISTINCT] numeric)",), doc, _resolve, _render, nulls=nulls)


# -- PERCENTILE

_PERCENTILE = "PERCENTILE([DISTINCT] numeric, percentage | ARRAY[percentage, ...][, frequency])"


def _resolve_percentile(request: AggregateRequest) -> AggregateCall:
    if not 2 <= len(request.args) <= 3 or not is_numeric(request.types[0]):
        raise refuse(request, _PERCENTILE)
    value, wanted, *frequency = request.args
    several = wanted.args if isinstance(wanted, Call) and wanted.function == "ARRAY" else None
    shares = [_share(item) for item in several or (wanted,)]
    if frequency and not is_integer(frequency[0].type):
        raise refuse(request, _PERCENTILE)
    args = [as_type(value, DOUBLE), *(as_type(each, BIGINT) for each in frequency)]
    result = DOUBLE if several is None else array(DOUBLE)
    return request.call(result, args, (tuple(shares),))


def _share(expr: Expr) -> float:
    while isinstance(expr, Call) and expr.function == "CAST":
        (expr,) = expr.args
    if isinstance(expr, Literal) and isinstance(expr.value, int | float | Decimal) and 0 <= expr.value <= 1:
        return float(expr.value)
    raise InvalidCall(f"a percentage has to be a constant from 0 to 1; use {_PERCENTILE}")


def _render_percentile(call: AggregateCall, args: list[str], clauses: Clauses) -> str:
    (shares,) = call.options
    value, counts = args[0], args[1] if len(args) > 1 else "1::BIGINT"
    rows = clauses.filter(f"{value} IS NOT NULL", f"{counts} IS NOT NULL")
    lists = (f"list({clauses.distinct}{value}){rows}", f"list({counts}){rows}")
    if clauses.distinct:
        lists = (lists[0], f"list_transform({lists[0]}, lambda _x: 1::BIGINT)")
    wanted = "[" + ", ".join(f"{share!r}::DOUBLE" for share in shares) + "]"
    found = f"rr_percentiles({lists[0]}, {lists[1]}, {wanted})"
    return found if call.type.root is Root.ARRAY else f"{found}[1]"


def _percentiles(values: list[float], counts: list[int], shares: list[float]) -> list[float] | None:
    """Between the two values around the place, in proportion; a value counts as often as its count says.

    >>> _percentiles([4.0, 2.0], [1, 1], [0.5])
    [3.0]
    """
    pairs = sorted((value, count) for value, count in zip(values, counts, strict=True) if count > 0)
    total = sum(count for _, count in pairs)
    return [_percentile(pairs, (total - 1) * share + 1) for share in shares] if total else None


def _percentile(pairs: list[tuple[float, int]], place: float) -> float:
    """At a place that counts from 1, as in Flink: that decides the last digits."""
    low = int(place)
    high = low if low == place else low + 1
    below, above = _nth(pairs, low - 1), _nth(pairs, high - 1)
    return below if below == above else (high - place) * below + (place - low) * above


def _nth(pairs: list[tuple[float, int]], place: int) -> float:
    for value, count in pairs:
        if place < count:
            return value
        place -= count
    return pairs[-1][0]


FUNCTIONS = (python_function("rr_percentiles", ("DOUBLE[]", "BIGINT[]", "DOUBLE[]"), "DOUBLE[]", _percentiles),)

AGGREGATES = (
    _statistic("STDDEV_POP", "The standard deviation of all values; of integers an integer."),
    _statistic("STDDEV_SAMP", "The standard deviation of a sample; of integers an integer."),
    _statistic("STDDEV", "The same as STDDEV_SAMP."),
    _statistic("VAR_POP", "The variance of all values; of integers an integer."),
    _statistic("VAR_SAMP", "The variance of a sample; of integers an integer."),
    _statistic("VARIANCE", "The same as VAR_SAMP."),
    Aggregate(
        "PERCENTILE",
        (_PERCENTILE,),
        "The value below which this share of the values lies, in proportion between two; of several shares an array.",
        _resolve_percentile,
        _render_percentile,
    ),
)

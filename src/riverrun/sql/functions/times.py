"""Dates and times: EXTRACT, TIMESTAMPDIFF, TIMESTAMPADD, OVERLAPS, the current time."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from riverrun.schema.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    INT,
    INTERVALS,
    Root,
    TimeAttribute,
    Type,
    time,
    timestamp,
    timestamp_ltz,
)
from riverrun.sql.expr import Call, Expr
from riverrun.sql.functions import times_floor, times_text
from riverrun.sql.functions.check import as_type, fits, refuse
from riverrun.sql.functions.common import any_nullable, is_null, is_timestamp
from riverrun.sql.functions.entry import Entry, InvalidCall, Render, Renderer, Request, Resolve
from riverrun.sql.functions.numbers import wrap
from riverrun.sql.functions.physical import duckdb_type, epoch_ms, is_nanos, micros
from riverrun.sql.functions.times_arithmetic import plus
from riverrun.sql.functions.zones import is_utc, to_local, to_local_of_1900

DAY_MS = 86_400_000
UNIT_MS = {
    "MILLISECOND": 1,
    "SECOND": 1000,
    "MINUTE": 60_000,
    "HOUR": 3_600_000,
    "DAY": DAY_MS,
    "WEEK": 7 * DAY_MS,
}
UNIT_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


def is_day(type_: Type) -> bool:
    return is_timestamp(type_) or type_.root is Root.DATE


def local_ms(value: str, type_: Type, renderer: Renderer) -> str:
    """Milliseconds since the epoch of a date's midnight, a time of day, or a timestamp in local time."""
    if type_.root is Root.DATE:
        return f"(CAST({value} - DATE '1970-01-01' AS BIGINT) * {DAY_MS})"
    if type_.root is Root.TIME:
        return f"epoch_ms({value})"
    if type_.root is Root.TIMESTAMP_LTZ and not is_utc(renderer.session.zone):
        return f"epoch_ms({_local(value, type_, renderer)})"
    return epoch_ms(value, type_)


def _below_ms(value: str, type_: Type) -> str:
    """The nanoseconds of the millisecond."""
    if is_nanos(type_):
        return f"((epoch_ns({value}) % 1000000 + 1000000) % 1000000)"
    return f"((epoch_us({value}) % 1000 + 1000) % 1000 * 1000)"


def _local(value: str, type_: Type, renderer: Renderer) -> str:
    if type_.root is not Root.TIMESTAMP_LTZ or is_utc(renderer.session.zone):
        return value
    return to_local_of_1900(micros(value, type_), renderer.session.zone)


# -- EXTRACT: a day before 1970 counts from the next midnight backwards (Flink's quirk)

_OF_DAY = {
    "YEAR": "year({0})",
    "QUARTER": "quarter({0})",
    "MONTH": "month({0})",
    "WEEK": "weekofyear({0})",
    "DAY": "day({0})",
    "DOY": "dayofyear({0})",
    "DOW": "(dayofweek({0}) + 1)",
    "ISODOW": "isodow({0})",
    "ISOYEAR": "isoyear({0})",
    "CENTURY": "century({0})",
    "DECADE": "decade({0})",
    "MILLENNIUM": "millennium({0})",
}
_OF_TIME = {
    "HOUR": "({0} % 86400000 // 3600000)",
    "MINUTE": "({0} % 86400000 // 60000 % 60)",
    "SECOND": "({0} % 86400000 // 1000 % 60)",
    "MILLISECOND": "({0} % 86400000 % 1000)",
    "EPOCH": "({0} // 1000)",
}
# Of timestamps only; the milliseconds may be negative, what is below them not.
_BELOW_MS = {
    "MICROSECOND": "({0} % 1000 * 1000 + {1} // 1000)",
    "NANOSECOND": "({0} % 1000 * 1000000 + {1})",
}
_EXTRACTED = {*_OF_DAY, *_OF_TIME, *_BELOW_MS}  # the units that there are
_UNITS = {
    "YEAR": "YEAR", "QUARTER": "QUARTER", "MONTH": "MONTH", "WEEK": "WEEK", "DAYOFYEAR": "DOY", "DAYOFMONTH": "DAY",
    "DAYOFWEEK": "DOW", "HOUR": "HOUR", "MINUTE": "MINUTE", "SECOND": "SECOND",
}  # fmt: skip


def _resolve_extract(request: Request) -> Expr:
    if len(request.args) != 1:
        raise refuse(request, "EXTRACT(unit FROM time)")
    unit = request.options[0] if request.options else _UNITS[request.name]
    type_ = request.types[0]
    if is_null(type_) or not (is_day(type_) or type_.root is Root.TIME):
        raise refuse(request, "EXTRACT(unit FROM time)")
    if unit not in _known_units(type_):
        raise InvalidCall(f"EXTRACT has no {unit} of {type_.null()}")
    return request.call(BIGINT.with_nullable(type_.nullable), options=(unit,))


def _known_units(type_: Type) -> AbstractSet[str]:
    if is_timestamp(type_):
        return _OF_DAY.keys() | _OF_TIME.keys() | _BELOW_MS.keys()
    return _OF_DAY.keys() | _OF_TIME.keys() if is_day(type_) else _OF_TIME.keys() - {"EPOCH"}


def _render_extract(call: Call, args: list[str], renderer: Renderer) -> str:
    unit, type_ = call.options[0], call.args[0].type
    if type_.root is Root.DATE and unit in _OF_DAY:
        return f"CAST({_OF_DAY[unit].format(args[0])} AS BIGINT)"
    ms = local_ms(args[0], type_, renderer)
    if type_.root is Root.DATE and unit != "EPOCH":
        # Flink takes the days since 1970 for milliseconds.
        ms = f"CAST({args[0]} - DATE '1970-01-01' AS BIGINT)"
    if unit in _OF_DAY:
        return f"CAST({_OF_DAY[unit].format(_day(ms))} AS BIGINT)"
    if unit in _BELOW_MS:
        return f"CAST({_BELOW_MS[unit].format(ms, _below_ms(args[0], type_))} AS BIGINT)"
    return f"CAST({_OF_TIME[unit].format(ms)} AS BIGINT)"


def _day(ms: str) -> str:
    return f"(DATE '1970-01-01' + CAST({ms} // {DAY_MS} AS INTEGER))"


# -- TIMESTAMPDIFF


def _resolve_difference(request: Request) -> Expr:
    usage = "TIMESTAMPDIFF(unit, time1, time2)"
    if len(request.args) != 2 or len(request.options) != 1:
        raise refuse(request, usage)
    unit = request.options[0]
    a, b = request.types
    times = (a.root is Root.TIME, b.root is Root.TIME)
    if not all(times) and not (is_day(a) and is_day(b)):
        raise refuse(request, usage)
    if unit not in UNIT_MS and unit not in UNIT_MONTHS:
        raise InvalidCall(f"TIMESTAMPDIFF has no unit {unit}", unsupported=unit in _EXTRACTED)
    if all(times) and unit in UNIT_MONTHS:
        # Flink 2.3 takes the milliseconds of the day for days.
        raise InvalidCall(f"TIMESTAMPDIFF({unit}, ...) of TIMEs is not supported", unsupported=True)
    kinds = {type_.root for type_ in (a, b) if is_timestamp(type_)}
    if len(kinds) > 1:
        raise InvalidCall("TIMESTAMPDIFF of a TIMESTAMP and a TIMESTAMP_LTZ; CAST one of them")
    return request.call(INT.with_nullable(any_nullable(request.types)))


def _instant_ms(value: str, type_: Type) -> str:
    if type_.root is Root.DATE:
        return f"(CAST({value} - DATE '1970-01-01' AS BIGINT) * {DAY_MS})"
    return epoch_ms(value, type_) if is_timestamp(type_) else f"epoch_ms({value})"


def _render_difference(call: Call, args: list[str], renderer: Renderer) -> str:
    unit = call.options[0]
    first, second = (_instant_ms(arg, expr.type) for arg, expr in zip(args, call.args, strict=True))
    if unit in UNIT_MS:
        difference = f"({second} - {first})"
        if unit == "MILLISECOND":
            return wrap(f"{difference} // 1000 * 1000", Root.INTEGER)
        if unit == "WEEK":
            seconds = wrap(f"{difference} // 1000", Root.INTEGER)
            return f"({seconds} // 604800)"
        return wrap(f"{difference} // {UNIT_MS[unit]}", Root.INTEGER)
    months = f"rr_months_between({second}, {first})"
    return f"CAST({months} // {UNIT_MONTHS[unit]} AS INTEGER)"


# -- TIMESTAMPADD


def _resolve_add(request: Request) -> Expr:
    usage = "TIMESTAMPADD(unit, amount, time)"
    args = fits(request.args, "integer, any")
    if args is None or len(request.options) != 1:
        raise refuse(request, usage)
    unit, type_ = request.options[0], args[1].type
    if not (is_day(type_) or type_.root is Root.TIME):
        raise refuse(request, usage)
    if unit not in UNIT_MS and unit not in UNIT_MONTHS:
        raise InvalidCall(f"TIMESTAMPADD has no unit {unit}", unsupported=unit in _EXTRACTED)
    result = type_
    if unit in ("SECOND", "MINUTE", "HOUR", "MILLISECOND"):
        result = timestamp(6) if type_.root is Root.DATE else type_.plain()
    return request.call(result.with_nullable(any_nullable(request.types)), [as_type(args[0], BIGINT), args[1]])


def _render_add(call: Call, args: list[str], renderer: Renderer) -> str:
    amount, value = args
    unit, type_ = call.options[0], call.type
    if call.args[1].type.root is Root.DATE and type_.root is Root.TIMESTAMP:
        value = f"CAST({value} AS TIMESTAMP)"
    size = UNIT_MONTHS.get(unit) or UNIT_MS[unit]
    return plus(value, type_, f"({amount} * {size})", months=unit in UNIT_MONTHS)


# -- OVERLAPS


def _resolve_overlaps(request: Request) -> Expr:
    usage = "(start1, end1) OVERLAPS (start2, end2)"
    if len(request.args) != 4:
        raise refuse(request, usage)
    starts, ends = request.types[0::2], request.types[1::2]
    if not all(is_day(t) or t.root is Root.TIME for t in starts) or starts[0].root is not starts[1].root:
        raise refuse(request, usage)
    if not all(e.root is s.root or e.root in INTERVALS for s, e in zip(starts, ends, strict=True)):
        raise refuse(request, usage)
    return request.call(BOOLEAN.with_nullable(any_nullable(request.types)))


def _render_overlaps(call: Call, args: list[str], renderer: Renderer) -> str:
    bounds = []
    for i in (0, 2):
        start, end = args[i], args[i + 1]
        kind = call.args[i + 1].type
        if kind.root in INTERVALS:
            end = plus(start, call.args[i].type, end, months=kind.root is Root.INTERVAL_YEAR_MONTH)
        bounds.append((f"least({start}, {end})", f"greatest({start}, {end})"))
    (low, high), (low2, high2) = bounds
    known = " AND ".join(f"{arg} IS NOT NULL" for arg in args)
    return f"(CASE WHEN {known} THEN {high} >= {low2} AND {high2} >= {low} END)"


# -- the current time: the engine says which it is (variable `riverrun_now`), else the clock

NOW = "COALESCE(CAST(getvariable('riverrun_now') AS TIMESTAMP), CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP))"
_NOW_MS = f"date_trunc('millisecond', {NOW})"


def _resolve_now(type_: Type) -> Resolve:
    def resolve(request: Request) -> Expr:
        if request.args:
            raise refuse(request, f"{request.name}")
        return request.call(type_.not_null())

    return resolve


def _local_now(type_: Type) -> Render:
    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        if type_.root is Root.TIMESTAMP_LTZ:
            return _NOW_MS
        local = to_local(_NOW_MS, renderer.session.zone)
        if type_.root is Root.TIME:
            return f"CAST(date_trunc('second', {local}) AS TIME)"
        return f"CAST({local} AS {duckdb_type(type_)})"

    return render


def _now(name: str, usage: str, doc: str, type_: Type) -> Entry:
    return Entry(
        name,
        (usage,),
        doc,
        _resolve_now(type_),
        _local_now(type_),
        {f"{usage} IS NULL": False},
        nulls="never NULL",
        deterministic=False,
    )


FUNCTIONS = (*times_text.FUNCTIONS, *times_floor.FUNCTIONS)

ENTRIES = (
    Entry(
        "EXTRACT",
        ("EXTRACT(unit FROM time)",),
        "A part of a date or time: YEAR, QUARTER, MONTH, WEEK (ISO), DAY, DOY, DOW (Sunday is 1), ISODOW, HOUR ...",
        _resolve_extract,
        _render_extract,
        {
            "EXTRACT(WEEK FROM DATE '2024-12-30')": 1,
            "EXTRACT(DOW FROM DATE '2024-12-29')": 1,
            "EXTRACT(SECOND FROM TIMESTAMP '2024-01-01 00:00:05.9')": 5,
        },
        options="(unit,)",
    ),
    *(
        Entry(
            name,
            (f"{name}(time)",),
            f"The same as EXTRACT({unit} FROM time).",
            _resolve_extract,
            _render_extract,
            {f"{name}(TIMESTAMP '2024-02-29 13:14:15')": value},
        )
        for (name, unit), value in zip(_UNITS.items(), (2024, 1, 2, 9, 60, 29, 5, 13, 14, 15), strict=True)
    ),
    Entry(
        "TIMESTAMPDIFF",
        ("TIMESTAMPDIFF(unit, time1, time2)",),
        "time2 - time1 in whole units, cut toward zero; months as far as they are full.",
        _resolve_difference,
        _render_difference,
        {
            "TIMESTAMPDIFF(SECOND, TIMESTAMP '2024-01-01 00:00:00', TIMESTAMP '2024-01-01 00:01:00.9')": 60,
            "TIMESTAMPDIFF(MONTH, DATE '2024-01-31', DATE '2024-02-29')": 1,
            "TIMESTAMPDIFF(DAY, TIMESTAMP '2024-01-02 00:00:00', TIMESTAMP '2024-01-01 00:00:01')": 0,
        },
        options="(unit,)",
    ),
    Entry(
        "TIMESTAMPADD",
        ("TIMESTAMPADD(unit, amount, time)",),
        "The time moved by an amount of units; days of the month clamp to its end.",
        _resolve_add,
        _render_add,
        {
            "TIMESTAMPADD(MONTH, 1, DATE '2024-01-31')": "2024-02-29",
            "TIMESTAMPADD(WEEK, 1, TIMESTAMP '2003-01-02 00:00:00')": "2003-01-09 00:00:00",
        },
        options="(unit,)",
    ),
    Entry(
        "OVERLAPS",
        ("(start1, end1) OVERLAPS (start2, end2)", "(start1, interval1) OVERLAPS (start2, interval2)"),
        "TRUE if the two spans have a moment in common; touching is enough.",
        _resolve_overlaps,
        _render_overlaps,
        options="none; the arguments are start1, end1, start2, end2",
    ),
    _now("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", "The current instant.", timestamp_ltz(3)),
    _now("NOW", "NOW()", "The current instant.", timestamp_ltz(3)),
    _now(
        "CURRENT_ROW_TIMESTAMP",
        "CURRENT_ROW_TIMESTAMP()",
        "The current instant, for each row anew.",
        timestamp_ltz(3),
    ),
    _now("LOCALTIMESTAMP", "LOCALTIMESTAMP", "The current local time in the session's zone.", timestamp(3)),
    _now("LOCALTIME", "LOCALTIME", "The current local time of day.", time(0)),
    _now("CURRENT_TIME", "CURRENT_TIME", "The current local time of day.", time(0)),
    _now("CURRENT_DATE", "CURRENT_DATE", "The current local date.", DATE),
    _now(
        "PROCTIME",
        "PROCTIME()",
        "The processing time: the instant at which the row is looked at.",
        Type(Root.TIMESTAMP_LTZ, precision=3, time_attribute=TimeAttribute.PROCTIME),
    ),
    *times_text.ENTRIES,
)

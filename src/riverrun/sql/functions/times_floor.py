"""FLOOR and CEIL of dates, times and timestamps to a unit, with Flink's habits.

Units of a day and longer look at the date only: CEIL of a timestamp on the first of a month is that day, whatever the
time. A date before 1970 counts as the next day unless it is midnight, a date before October 1582 is one of the Julian
calendar, and an instant keeps its own offset from UTC, whatever the offset at the result is.
"""

from __future__ import annotations

from riverrun.java.moments import days_of
from riverrun.schema.types import Root, Type
from riverrun.sql.expr import Call, Expr
from riverrun.sql.functions.check import refuse
from riverrun.sql.functions.common import is_timestamp
from riverrun.sql.functions.entry import InvalidCall, Renderer, Request
from riverrun.sql.functions.physical import duckdb_type, micros
from riverrun.sql.functions.python import python_function
from riverrun.sql.functions.zones import to_local_of_1900

_DAY_MS = 86_400_000
_OF_TIME = {
    "HOUR": "to_hours(1)",
    "MINUTE": "to_minutes(1)",
    "SECOND": "to_seconds(1)",
    "MILLISECOND": "to_milliseconds(1)",
}
_MONTHS = {"YEAR": 12, "QUARTER": 3, "MONTH": 1}
_YEARS = {"DECADE": 10, "CENTURY": 100, "MILLENNIUM": 1000}
_UNITS = {*_OF_TIME, *_MONTHS, *_YEARS, "DAY", "WEEK"}
_EPOCH_JULIAN = 2_440_588


def resolve(request: Request) -> Expr:
    usage = f"{request.name}(number) or {request.name}(time TO unit)"
    if len(request.args) != 1 or len(request.options) != 1:
        raise refuse(request, usage)
    type_, unit = request.types[0], request.options[0]
    if not (is_timestamp(type_) or type_.root in (Root.DATE, Root.TIME)):
        raise refuse(request, usage)
    if unit not in _UNITS:
        raise InvalidCall(f"{request.name} has no unit {unit}", unsupported=True)
    if type_.root is Root.TIME and (request.name != "FLOOR" or unit not in _OF_TIME):
        # Flink 2.3 fails or takes the milliseconds of the day for days.
        raise InvalidCall(f"{request.name} of a TIME to {unit} is not supported", unsupported=True)
    return request.call(type_)


def render(call: Call, args: list[str], renderer: Renderer) -> str:
    (value,) = args
    unit, type_, ceil = call.options[0], call.type, call.function != "FLOOR"
    if type_.root is Root.DATE:
        return value if unit in _OF_TIME else _of_day(value, unit, ceil)
    if type_.root is Root.TIME:
        return f"CAST(date_trunc('{unit.lower()}', DATE '1970-01-01' + {value}) AS TIME)"
    value = micros(value, type_)
    local = value if type_.root is Root.TIMESTAMP else to_local_of_1900(value, renderer.session.zone)
    found = _of_moment(local, unit, ceil)
    if local != value:
        found = f"({found} - ({local} - {value}))"
    return _as(found, type_)


def _as(value: str, type_: Type) -> str:
    kind = duckdb_type(type_)
    return value if kind == "TIMESTAMP" else f"CAST({value} AS {kind})"


def _of_moment(local: str, unit: str, ceil: bool) -> str:
    if unit in _OF_TIME or unit == "DAY":
        floor = f"date_trunc('{unit.lower()}', {local})"
        step = _OF_TIME.get(unit, "to_days(1)")
        # Flink looks at milliseconds: what is finer moves nothing up, but to a millisecond.
        seen = local if unit == "MILLISECOND" else f"date_trunc('milliseconds', {local})"
        return f"(CASE WHEN {floor} = {seen} THEN {floor} ELSE {floor} + {step} END)" if ceil else floor
    day = f"(DATE '1970-01-01' + CAST(epoch_ms({local}) // {_DAY_MS} AS INTEGER))"
    return f"CAST({_of_day(day, unit, ceil)} AS TIMESTAMP)"


def _of_day(day: str, unit: str, ceil: bool) -> str:
    old = f"(DATE '1970-01-01' + rr_floor_old_day(CAST({day} - DATE '1970-01-01' AS INTEGER), '{unit}', {ceil}))"
    return f"(CASE WHEN {day} < DATE '1582-10-15' THEN {old} ELSE {_of_new_day(day, unit, ceil)} END)"


def _of_new_day(day: str, unit: str, ceil: bool) -> str:
    if unit == "DAY":
        return f"({day} + 1)" if ceil else day
    if unit == "WEEK":
        since_sunday = f"CAST(dayofweek({day}) AS INTEGER)"
        return f"({day} + (7 - {since_sunday}) % 7)" if ceil else f"({day} - {since_sunday})"
    if unit in _MONTHS:
        floor = f"CAST(date_trunc('{unit.lower()}', {day}) AS DATE)"
        after = f"CAST({floor} + to_months({_MONTHS[unit]}) AS DATE)"
        return f"(CASE WHEN {floor} = {day} THEN {floor} ELSE {after} END)" if ceil else floor
    size = _YEARS[unit]
    year = f"year({day}) // {size} * {size}" if unit == "DECADE" else f"(year({day}) + {size - 1}) // {size} * {size}"
    # The first century is 1 to 100; a CEIL always moves on.
    first = {"DECADE": size if ceil else 0}.get(unit, 1 if ceil else 1 - size)
    return f"make_date(CAST({year} + {first} AS BIGINT), 1, 1)"


def _old_day(day: int, unit: str, ceil: bool) -> int:
    """A day of the Julian calendar, floored; its year, month and day are then those of the Gregorian one."""
    julian = day + _EPOCH_JULIAN
    since = julian + 32_082
    cycle = (4 * since + 3) // 1461
    rest = since - 1461 * cycle // 4
    fifth = (5 * rest + 2) // 153
    date = rest - (153 * fifth + 2) // 5 + 1
    month = fifth + 3 - 12 * (fifth // 10)
    year = cycle - 4800 + fifth // 10
    return _floored(year, month, date, (julian + 1) % 7, unit, ceil)


def _floored(year: int, month: int, date: int, weekday: int, unit: str, ceil: bool) -> int:
    if unit == "DAY":
        return days_of(year, month, date) + ceil
    if unit == "WEEK":
        return days_of(year, month, date) + (-weekday % 7 if ceil else -weekday)
    if unit in _YEARS:
        size = _YEARS[unit]
        floor = year // size * size if unit == "DECADE" else (year + size - 1) // size * size + 1 - size
        return days_of(floor + (size if ceil else 0), 1, 1)
    size = _MONTHS[unit]
    first = (month - 1) // size * size
    moved = first + size if ceil and (month - 1 > first or date > 1) else first
    return days_of(year + moved // 12, moved % 12 + 1, 1)


FUNCTIONS = (python_function("rr_floor_old_day", ("INTEGER", "VARCHAR", "BOOLEAN"), "INTEGER", _old_day),)

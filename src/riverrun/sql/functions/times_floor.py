"""FLOOR and CEIL of dates and timestamps to a unit."""

from __future__ import annotations

from riverrun.schema.types import Root
from riverrun.sql.expr import Call, Expr
from riverrun.sql.functions.check import refuse
from riverrun.sql.functions.common import is_timestamp
from riverrun.sql.functions.entry import InvalidCall, Renderer, Request
from riverrun.sql.functions.physical import duckdb_type, is_nanos
from riverrun.sql.functions.zones import to_instant, to_local

_TRUNCATED = {
    "MILLENNIUM": "millennium",
    "CENTURY": "century",
    "DECADE": "decade",
    "YEAR": "year",
    "QUARTER": "quarter",
    "MONTH": "month",
    "DAY": "day",
    "HOUR": "hour",
    "MINUTE": "minute",
    "SECOND": "second",
    "MILLISECOND": "millisecond",
}
_STEP = {
    "MILLENNIUM": "to_months(12000)",
    "CENTURY": "to_months(1200)",
    "DECADE": "to_months(120)",
    "YEAR": "to_months(12)",
    "QUARTER": "to_months(3)",
    "MONTH": "to_months(1)",
    "WEEK": "to_days(7)",
    "DAY": "to_days(1)",
    "HOUR": "to_hours(1)",
    "MINUTE": "to_minutes(1)",
    "SECOND": "to_seconds(1)",
    "MILLISECOND": "to_milliseconds(1)",
}


def resolve(request: Request) -> Expr:
    if len(request.args) != 1 or len(request.options) != 1:
        raise refuse(request, f"{request.name}(numeric) or {request.name}(timestamp TO unit)")
    type_ = request.types[0]
    if not (is_timestamp(type_) or type_.root in (Root.DATE, Root.TIME)):
        raise refuse(request)
    if request.options[0] not in _STEP:
        raise InvalidCall(f"{request.name} has no unit {request.options[0]}")
    return request.call(type_)


def render(call: Call, args: list[str], renderer: Renderer) -> str:
    (value,) = args
    unit, type_ = call.options[0], call.type
    nanos = is_nanos(type_)
    local = value
    if type_.root is Root.TIMESTAMP_LTZ:
        local = to_local(value, renderer.session.zone, nanos=nanos)
    plain = f"CAST({local} AS TIMESTAMP)" if type_.root is not Root.TIME else f"(DATE '1970-01-01' + {local})"
    out = _floor(plain, unit)
    if call.function != "FLOOR":
        out = f"(CASE WHEN {out} = {plain} THEN {out} ELSE {out} + {_STEP[unit]} END)"
    out = f"CAST({out} AS {duckdb_type(type_)})"
    return to_instant(out, renderer.session.zone, nanos=nanos) if type_.root is Root.TIMESTAMP_LTZ else out


def _floor(value: str, unit: str) -> str:
    if unit == "WEEK":
        # A week starts on Sunday.
        return f"(date_trunc('week', {value} + to_days(1)) - to_days(1))"
    return f"date_trunc('{_TRUNCATED[unit]}', {value})"

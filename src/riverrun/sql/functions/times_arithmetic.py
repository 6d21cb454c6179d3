"""Dates, times and timestamps plus and minus intervals; intervals among themselves."""

from __future__ import annotations

from riverrun.schema.types import Root, Type
from riverrun.sql.expr import Call, Expr
from riverrun.sql.functions.check import as_type
from riverrun.sql.functions.common import is_integer, is_interval, is_null, is_timestamp
from riverrun.sql.functions.entry import Renderer, Request
from riverrun.sql.functions.physical import is_nanos, micros

DAY_MS = 86_400_000


def resolve(request: Request) -> Expr | None:
    """`datetime ± interval`, `interval ± interval`, `interval * integer`; None when it is none of these."""
    left, right = request.args
    a, b = left.type, right.type
    nullable = a.nullable or b.nullable
    if is_null(a) or is_null(b):
        return None
    if request.name == "+" and is_interval(a) and _is_datetime(b):
        return request.call(b.with_nullable(nullable), (right, left))
    if request.name in ("+", "-") and _is_datetime(a) and is_interval(b):
        return request.call(a.with_nullable(nullable))
    if request.name in ("+", "-") and is_interval(a) and a.root is b.root:
        return request.call(a.with_nullable(nullable))
    if request.name == "*" and is_interval(a) and is_integer(b):
        return request.call(a.with_nullable(nullable), (left, as_type(right, Type(Root.BIGINT))))
    if request.name == "*" and is_integer(a) and is_interval(b):
        return request.call(b.with_nullable(nullable), (right, as_type(left, Type(Root.BIGINT))))
    return None


def _is_datetime(type_: Type) -> bool:
    return is_timestamp(type_) or type_.root in (Root.DATE, Root.TIME)


def render(call: Call, args: list[str], renderer: Renderer) -> str:
    left, right = args
    if is_interval(call.type):
        return f"({left} {call.function} {right})"
    signed = right if call.function == "+" else f"-({right})"
    return plus(left, call.type, signed, months=call.args[1].type.root is Root.INTERVAL_YEAR_MONTH)


def plus(value: str, type_: Type, amount: str, *, months: bool) -> str:
    """A date, time or timestamp moved by `amount` months or milliseconds. Days of the month clamp to its end."""
    if type_.root is Root.TIME:
        return f"(CASE WHEN {amount} IS NOT NULL THEN {value} END)" if months else _time_plus(value, amount)
    if months:
        return _months_later(value, type_, amount)
    if type_.root is Root.DATE:
        return f"({value} + CAST(({amount}) // {DAY_MS} AS INTEGER))"
    if is_nanos(type_):
        return f"make_timestamp_ns(epoch_ns({value}) + ({amount}) * 1000000)"
    return f"make_timestamp(epoch_us({value}) + ({amount}) * 1000)"


def _time_plus(value: str, amount: str) -> str:
    ms = f"((epoch_ms({value}) + (({amount}) % {DAY_MS}) + {DAY_MS}) % {DAY_MS})"
    return f"(TIME '00:00:00' + to_microseconds(CAST({ms} * 1000 AS BIGINT)))"


def _months_later(value: str, type_: Type, amount: str) -> str:
    if type_.root is Root.DATE:
        return f"CAST({value} + to_months(CAST({amount} AS INTEGER)) AS DATE)"
    if is_nanos(type_):
        moved = f"({micros(value, type_)} + to_months(CAST({amount} AS INTEGER)))"
        return f"make_timestamp_ns(epoch_ns({moved}) + (epoch_ns({value}) % 1000 + 1000) % 1000)"
    return f"({value} + to_months(CAST({amount} AS INTEGER)))"

"""Literals as values with their Flink types; all are NOT NULL."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

from riverrun.schema import types as t
from riverrun.schema.types import Root, Type
from riverrun.sql.expr import Literal, Span
from riverrun.sql.session import Session
from riverrun.sql.source import Source
from riverrun.sql.tree import expressions as tree

_EPOCH = datetime.date(1970, 1, 1)
_DAY_NS = 86_400_000_000_000
INT_MAX, LONG_MAX = 2**31 - 1, 2**63 - 1


def bind_literal(node: tree.Expression, source: Source, session: Session) -> Literal | None:
    """The literal that `node` is, or None. A sign before a number belongs to it."""
    match node:
        case tree.Number():
            return _number(node.text, False, node.span, source)
        case tree.Prefix(operator="-" | "+", operand=tree.Number(text=text)):
            return _number(text, node.operator == "-", node.span, source)
        case tree.String():
            if node.same_line:
                raise source.error("a string is continued on the same line", node.span, "join the strings with ||")
            # Java counts what is not in Unicode's first plane twice.
            length = len(node.value.encode("utf-16-le")) // 2
            return Literal(node.value, t.char(length).not_null(), node.span)
        case tree.Binary():
            if node.odd:
                raise source.error("a binary string has an even number of digits", node.span)
            return Literal(node.value, Type(Root.BINARY, nullable=False, length=len(node.value)), node.span)
        case tree.Boolean(value=value):
            return Literal(value, t.BOOLEAN.with_nullable(value is None), node.span)
        case tree.Null():
            return Literal(None, t.NULL, node.span)
        case tree.TimeLiteral():
            return _time(node, source, session)
        case tree.Interval():
            return interval(node, source)
        case _:
            return None


def _number(text: str, negative: bool, span: Span, source: Source) -> Literal:
    sign = "-" if negative else ""
    if "e" in text.lower():
        return Literal(float(sign + text), t.DOUBLE.not_null(), span)
    if re.fullmatch(r"[0-9]+\.?", text):
        value = int(sign + text.rstrip("."))
        if -INT_MAX - 1 <= value <= INT_MAX:
            return Literal(value, t.INT.not_null(), span)
        if -LONG_MAX - 1 <= value <= LONG_MAX:
            return Literal(value, t.BIGINT.not_null(), span)
        raise source.error(
            f"the number {text} is out of range", span, "write it as a decimal: CAST('...' AS DECIMAL(38, 0))"
        )
    number = Decimal(sign + text)
    scale = -int(number.as_tuple().exponent)
    precision = len(text) - 1  # all digits count, also a 0 in front
    if precision > 38:
        raise source.error(f"the number {text} has more than 38 digits", span)
    return Literal(number, t.decimal(precision, scale).not_null(), span)


# Dates and times

_DATE = r"(\d{1,4})-(\d{1,2})-(\d{1,2})"
_CLOCK = r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9})\d*)?"


def _time(node: tree.TimeLiteral, source: Source, session: Session) -> Literal:
    found = _parse_time(node)
    if found is None:
        form = {"DATE": "yyyy-MM-dd", "TIME": "HH:mm:ss"}.get(node.kind, "yyyy-MM-dd HH:mm:ss")
        raise source.error(f"'{node.text}' is not a {node.kind}", node.span, f"the format is {form}")
    value, type_ = found
    if node.kind == "TIMESTAMP_LTZ" and session.zone != "UTC":
        raise source.unsupported("a TIMESTAMP WITH LOCAL TIME ZONE literal in a zone other than UTC", node.span)
    return Literal(value, type_.not_null(), node.span)


def _parse_time(node: tree.TimeLiteral) -> tuple[int, Type] | None:
    text = node.text.strip()
    if node.kind == "DATE":
        days = _days(re.fullmatch(_DATE, text))
        return None if days is None else (days, t.DATE)
    if node.kind == "TIME":
        match = re.fullmatch(_CLOCK, text)
        nanos = _nanos(match.groups() if match else None)
        return None if nanos is None or match is None else (nanos, t.time(len(match[4] or "")))
    match = re.fullmatch(rf"{_DATE}(?:[ T]{_CLOCK})?", text)
    days = _days(match)
    nanos = _nanos(match.groups()[3:]) if match and match[4] else 0
    if match is None or days is None or nanos is None:
        return None
    root = Root.TIMESTAMP_LTZ if node.kind == "TIMESTAMP_LTZ" else Root.TIMESTAMP
    return days * _DAY_NS + nanos, Type(root, precision=len(match[7] or ""))


def _days(match: re.Match[str] | None) -> int | None:
    if match is None:
        return None
    try:
        return (datetime.date(int(match[1]), int(match[2]), int(match[3])) - _EPOCH).days
    except ValueError:
        return None


def _nanos(parts: tuple[str | None, ...] | None) -> int | None:
    if parts is None:
        return None
    hour, minute, second = (int(part or 0) for part in parts[:3])
    if hour > 23 or minute > 59 or second > 59:
        return None
    return (hour * 3600 + minute * 60 + second) * 1_000_000_000 + int((parts[3] or "").ljust(9, "0"))


# Intervals

_UNITS_MS = {"WEEK": 604_800_000, "DAY": 86_400_000, "HOUR": 3_600_000, "MINUTE": 60_000, "SECOND": 1000}
_UNITS_MONTHS = {"YEAR": 12, "QUARTER": 3, "MONTH": 1}
_ORDER = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
_MOST = {"MONTH": 11, "HOUR": 23, "MINUTE": 59, "SECOND": 59}
_SEPARATORS = {"MONTH": "-", "HOUR": " ", "MINUTE": ":", "SECOND": ":"}


def interval_type(qualifier: tree.IntervalQualifier) -> Type:
    return t.INTERVAL_MONTH if qualifier.start in _UNITS_MONTHS else t.INTERVAL_DAY


def unit_length(unit: str) -> int:
    """Milliseconds, or months, of one unit."""
    return _UNITS_MONTHS.get(unit) or _UNITS_MS[unit]


def interval(node: tree.Interval, source: Source) -> Literal:
    """Milliseconds or months. Leading fields have two digits unless a precision says otherwise, as in Flink."""
    qualifier = node.qualifier
    units = _units(qualifier)
    pattern = r"(\d+)" + "".join(rf"{_SEPARATORS[unit]}(\d+)" for unit in units[1:])
    fraction = r"(?:\.(\d{1,9}))?" if units[-1] == "SECOND" else "()"
    match = re.fullmatch(rf"\s*([+-]?){pattern}{fraction}\s*", node.text)
    if match is None:
        raise source.error(f"'{node.text}' is not an interval of {_shown(qualifier)}", node.span)
    numbers = [int(part) for part in match.groups()[1:-1]]
    _check_fields(node, units, numbers, source)
    total = sum(number * unit_length(unit) for number, unit in zip(numbers, units, strict=True))
    total += int((match.groups()[-1] or "").ljust(3, "0")[:3] or 0)
    negative = node.negative != (match[1] == "-")
    return Literal(-total if negative else total, interval_type(qualifier).not_null(), node.span)


def _units(qualifier: tree.IntervalQualifier) -> tuple[str, ...]:
    if qualifier.end is None:
        return (qualifier.start,)
    return _ORDER[_ORDER.index(qualifier.start) : _ORDER.index(qualifier.end) + 1]


def _check_fields(node: tree.Interval, units: tuple[str, ...], numbers: list[int], source: Source) -> None:
    digits = node.qualifier.precision or 2
    if len(str(numbers[0])) > digits:
        todo = f"say how many digits it has: {units[0]}({len(str(numbers[0]))})"
        raise source.error(f"{numbers[0]} has more digits than {units[0]}({digits}) takes", node.span, todo)
    if units[0] == "DAY" and digits > 3:
        raise source.error("Flink supports DAY with at most 3 digits", node.span, "use HOUR with more digits")
    for unit, number in zip(units[1:], numbers[1:], strict=True):
        if number > _MOST[unit]:
            raise source.error(f"{number} is too large for {unit} inside an interval", node.span)


def _shown(qualifier: tree.IntervalQualifier) -> str:
    return qualifier.start + (f" TO {qualifier.end}" if qualifier.end else "")

"""Fields of CSV records to values, exactly as Flink's CSV format reads them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from riverrun.formats.json_rows import fit, java_integer
from riverrun.formats.problems import BadField
from riverrun.formats.times import read_date, read_instant, read_time, read_timestamp, stored
from riverrun.java.moments import days_of
from riverrun.java.numbers import JAVA_BLANKS, parse_double, parse_float
from riverrun.schema.types import Root, Type

FieldReader = Callable[[str], Any]
_RANGES = {Root.TINYINT: 2**7, Root.SMALLINT: 2**15, Root.INTEGER: 2**31, Root.BIGINT: 2**63}


def field_reader(type_: Type, null_literal: str | None, element_delimiter: str, *, ignore_errors: bool) -> FieldReader:
    """A function from a field's text to its value (Arrow's numbers for times)."""
    inner = _of(type_, null_literal, element_delimiter, ignore_errors)
    nested = type_.root in (Root.ARRAY, Root.ROW)

    def read(text: str) -> Any:
        if text == null_literal and not nested:
            return None
        try:
            return inner(text)
        except (ValueError, ArithmeticError) as problem:
            if ignore_errors:
                return None
            raise BadField(f"'{text[:60]}' is not a {type_.null()}") from problem

    return read


def _of(type_: Type, null_literal: str | None, delimiter: str, ignore_errors: bool) -> FieldReader:
    root = type_.root
    if root is Root.ARRAY and type_.element is not None:
        element = field_reader(type_.element, null_literal, delimiter, ignore_errors=ignore_errors)
        return lambda text: [element(part) for part in text.split(delimiter)] if text else []
    if root is Root.ROW:
        fields = [field_reader(f.type, null_literal, delimiter, ignore_errors=ignore_errors) for f in type_.fields]
        return lambda text: _row(text.split(delimiter) if text else [], fields, ignore_errors)
    if root is Root.DECIMAL:
        return lambda text: _decimal(text, type_)
    if root is Root.TIME:
        return lambda text: _time(text, type_.precision)
    if root in (Root.TIMESTAMP, Root.TIMESTAMP_LTZ):
        return lambda text: _timestamp(text, type_)
    if root in _SIMPLE:
        return _SIMPLE[root]
    raise ValueError(f"CSV has no {type_}")


def _row(parts: list[str], fields: list[FieldReader], ignore_errors: bool) -> Any:
    if not parts or (len(parts) != len(fields) and not ignore_errors):
        raise ValueError("a wrong number of fields")
    values = [read(part) for read, part in zip(fields, parts, strict=False)]
    return (*values, *[None] * (len(fields) - len(values)))


def _whole(root: Root) -> FieldReader:
    size = _RANGES[root]

    def read(text: str) -> int:
        number = java_integer(text.strip(JAVA_BLANKS))
        if not -size <= number < size:
            raise ValueError("out of range")
        return number

    return read


def _floating(parse_number: Callable[[str], float | None]) -> FieldReader:
    def read(text: str) -> float:
        number = parse_number(text)
        if number is None:
            raise ValueError("not a number")
        return number

    return read


def _decimal(text: str, type_: Type) -> Decimal | None:
    if "_" in text or text.strip() != text:
        raise ValueError("not a number")
    try:
        number = Decimal(text)
    except InvalidOperation as problem:
        raise ValueError("not a number") from problem
    if not number.is_finite():
        raise ValueError("not a number")
    return fit(number, type_.precision, type_.scale)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as problem:
        raise ValueError("not base64") from problem


def _date(text: str) -> int:
    """As `java.sql.Date.valueOf`: a day after the month's end goes on into the next month."""
    days = read_date(text, lenient=True)
    if days is None:
        raise ValueError("not a date")
    day = int(text[-2:])
    first = days_of(int(text[:-6]), int(text[-5:-3]), 1)
    return first + day - 1


def _time(text: str, precision: int) -> int:
    nanos = read_time(text, lenient=False, short=True)
    if nanos is None:
        raise ValueError("not a time")
    unit = int(10 ** (9 - min(precision, 3)))
    return (nanos - nanos % unit) // 1000


def _timestamp(text: str, type_: Type) -> int:
    nanos = read_instant(text) if type_.root is Root.TIMESTAMP_LTZ else read_timestamp(text)
    if nanos is None:
        raise ValueError("not a timestamp")
    return stored(nanos, type_.precision)


_SIMPLE: dict[Root, FieldReader] = {
    Root.BOOLEAN: lambda text: text.strip(JAVA_BLANKS).lower() == "true",
    **{root: _whole(root) for root in _RANGES},
    Root.FLOAT: _floating(parse_float),
    Root.DOUBLE: _floating(parse_double),
    Root.CHAR: str,
    Root.VARCHAR: str,
    Root.BINARY: _bytes,
    Root.VARBINARY: _bytes,
    Root.DATE: _date,
}

"""JSON rows one by one, exactly as Flink's JSON format reads them: the way for what the column reader cannot take."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from riverrun.formats.problems import BadField, BadRow
from riverrun.formats.times import read_date, read_instant, read_time, read_timestamp, stored
from riverrun.java.numbers import JAVA_BLANKS, double_text, parse_double, parse_float
from riverrun.schema.types import Field, Root, Type
from riverrun.values import dataclass

Reader = Callable[[Any], Any]
_EXACT = Context(prec=1200, rounding=ROUND_HALF_UP)
_RANGES = {Root.TINYINT: 2**7, Root.SMALLINT: 2**15, Root.INTEGER: 2**31, Root.BIGINT: 2**63}


class Number(str):
    """A number as it is written."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """An object: names and values in order; a name may repeat."""


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(
    strict=False, object_pairs_hook=Pairs, parse_float=Number, parse_int=Number, parse_constant=_constant
)


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads lines of JSON into tuples of column values (Arrow's numbers for times)."""

    row: Reader
    ignore_errors: bool

    def rows(self, line: bytes) -> Iterator[tuple[Any, ...]]:
        """The rows of one line: one, or one per element of an array, or none."""
        try:
            document = parse(line)
        except BadRow:
            if self.ignore_errors:
                return
            raise
        if not isinstance(document, Pairs):
            yield from self._elements(document)
            return
        yield self.row(document)

    def _elements(self, document: Any) -> Iterator[tuple[Any, ...]]:
        if type(document) is not list:
            if not self.ignore_errors:
                raise BadRow("a row has to be a JSON object")
            return
        for element in document:
            if isinstance(element, Pairs):
                yield self.row(element)
            elif not self.ignore_errors:
                raise BadRow("the elements of an array of rows have to be JSON objects")


def parse(line: bytes) -> Any:
    """The first JSON document of a line; what follows it is not looked at."""
    try:
        text = line.decode("utf-8").lstrip("\ufeff").lstrip(" \t\r\n")
        document, _ = _DECODER.raw_decode(text)
    except (ValueError, RecursionError) as problem:
        raise BadRow(f"not JSON: {problem}") from problem
    return document


def row_reader(fields: tuple[Field, ...], *, ignore_errors: bool, fail_on_missing: bool, standard: str) -> RowReader:
    make = _Readers(ignore_errors, fail_on_missing, standard)
    return RowReader(make.fields(fields), ignore_errors)


class _Readers:
    """Makes a function per type, once."""

    def __init__(self, ignore_errors: bool, fail_on_missing: bool, standard: str) -> None:
        self.ignore_errors = ignore_errors
        self.fail_on_missing = fail_on_missing
        self.standard = standard

    def fields(self, fields: tuple[Field, ...]) -> Reader:
        readers = {field.name: (i, self.of(field.type)) for i, field in enumerate(fields)}
        width, fail_on_missing = len(fields), self.fail_on_missing

        def read(pairs: Pairs) -> tuple[Any, ...]:
            out: list[Any] = [None] * width
            # Flink stops looking after as many known names as there are columns, repeated ones included.
            left = width
            missing = set(readers) if fail_on_missing else set()
            for name, value in pairs:
                found = readers.get(name)
                if found is None:
                    continue
                index, reader = found
                try:
                    out[index] = reader(value)
                except BadField as problem:
                    raise problem.inside(name) from None
                missing.discard(name)
                left -= 1
                if not left:
                    break
            if missing and not self.ignore_errors:
                raise BadField("the field is missing", (min(missing),))
            return tuple(out)

        return read

    def of(self, type_: Type) -> Reader:
        inner = self._of(type_)
        ignore_errors = self.ignore_errors

        def read(value: Any) -> Any:
            if value is None:
                return None
            try:
                return inner(value)
            except BadField:
                if ignore_errors:
                    return None
                raise
            except (ValueError, ArithmeticError) as problem:
                if ignore_errors:
                    return None
                raise BadField(f"{_shown(value)} is not a {type_.null()}") from problem

        return read

    def _of(self, type_: Type) -> Reader:
        root = type_.root
        if root is Root.ROW:
            return self._row(type_)
        if root is Root.ARRAY and type_.element is not None:
            return self._array(self.of(type_.element))
        if root in (Root.MAP, Root.MULTISET) and type_.element is not None:
            return self._map(type_)
        if root is Root.DECIMAL:
            return lambda value: _decimal(value, type_)
        if root in (Root.TIMESTAMP, Root.TIMESTAMP_LTZ):
            return self._timestamp(type_)
        return _SIMPLE[root]

    def _row(self, type_: Type) -> Reader:
        read = self.fields(type_.fields)

        def row(value: Any) -> Any:
            if not isinstance(value, Pairs):
                raise ValueError("not an object")
            return read(value)

        return row

    @staticmethod
    def _array(read: Reader) -> Reader:
        def array(value: Any) -> Any:
            if type(value) is not list:
                raise ValueError("not an array")
            return [read(item) for item in value]

        return array

    def _map(self, type_: Type) -> Reader:
        read = self.of(type_.element if type_.root is Root.MAP and type_.element is not None else Type(Root.INTEGER))

        def mapping(value: Any) -> Any:
            if not isinstance(value, Pairs):
                raise ValueError("not an object")
            return list({name: read(item) for name, item in value}.items())

        return mapping

    def _timestamp(self, type_: Type) -> Reader:
        read = read_instant if type_.root is Root.TIMESTAMP_LTZ else read_timestamp
        standard = self.standard

        def timestamp(value: Any) -> Any:
            nanos = read(_text_only(value), standard)
            if nanos is None:
                raise ValueError("not a timestamp")
            return stored(nanos, type_.precision)

        return timestamp


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else compact(value)
    return f"'{text[:60]}'" if not isinstance(value, Number) else text[:60]


def _text_only(value: Any) -> str:
    """A JSON string; numbers, objects ... are refused."""
    if not isinstance(value, str) or isinstance(value, Number):
        raise ValueError("not a string")
    return value


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    # Flink takes every other word, number, object or array for FALSE.
    return isinstance(value, str) and not isinstance(value, Number) and value.strip(JAVA_BLANKS).lower() == "true"


def _whole(root: Root) -> Reader:
    size = _RANGES[root]

    def read(value: Any) -> int:
        if not isinstance(value, str):
            raise ValueError("not a number")
        if isinstance(value, Number) and root in (Root.INTEGER, Root.BIGINT) and not _is_whole(value):
            number = float(value)
            if not -float(size) <= number <= float(size - 1):
                raise ValueError("out of range")
            return min(int(number), size - 1)
        number = java_integer(value if isinstance(value, Number) else value.strip(JAVA_BLANKS))
        if not -size <= number < size:
            raise ValueError("out of range")
        return number

    return read


def _is_whole(text: str) -> bool:
    return text.lstrip("-").isdigit()


def java_integer(text: str) -> int:
    """As `Long.parseLong`: an optional sign and decimal digits of any script."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not digits.isdecimal():
        raise ValueError("not a whole number")
    return int(text)


def _float(value: Any) -> float:
    return _floating(value, parse_float)


def _double(value: Any) -> float:
    return _floating(value, parse_double)


def _floating(value: Any, parse_number: Callable[[str], float | None]) -> float:
    number = parse_number(value) if isinstance(value, str) else None
    if number is None:
        raise ValueError("not a number")
    return number


def _decimal(value: Any, type_: Type) -> Decimal | None:
    if not isinstance(value, str):
        raise ValueError("not a number")
    text = value.strip(JAVA_BLANKS)
    if not text or "_" in text or text.strip() != text:
        raise ValueError("not a number")
    try:
        number = Decimal(text)
    except InvalidOperation as problem:
        raise ValueError("not a number") from problem
    if not number.is_finite():
        raise ValueError("not a number")
    return fit(number, type_.precision, type_.scale)


def fit(number: Decimal, precision: int, scale: int) -> Decimal | None:
    """`number` rounded half up to `scale`; None when it has more digits than `precision`."""
    if number.adjusted() > precision:
        return None
    if number.adjusted() < -1000:
        return Decimal(0).scaleb(-scale)
    out = number.quantize(Decimal(1).scaleb(-scale), context=_EXACT)
    return out if out.is_zero() or out.adjusted() < precision - scale else None


def _bytes(value: Any) -> bytes:
    text = "".join(_text_only(value).split())
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as problem:
        raise ValueError("not base64") from problem


def _date(value: Any) -> int:
    days = read_date(_text_only(value))
    if days is None:
        raise ValueError("not a date")
    return days


def _time(value: Any) -> int:
    nanos = read_time(_text_only(value))
    if nanos is None:
        raise ValueError("not a time")
    return nanos % (86_400 * 10**9) // 10**6 * 1000


def _string(value: Any) -> str:
    """A scalar by its text, an object or array by its compact JSON."""
    text = str(value) if isinstance(value, str) else compact(value)
    # A lone surrogate has no UTF-8 form; Java writes `?`.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def compact(value: Any) -> str:
    """A JSON value as Jackson writes a tree: no blanks, numbers as Java writes them, the last of equal names."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return _compact_number(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Pairs):
        members = dict(value)
        return "{" + ",".join(f"{quoted(name)}:{compact(item)}" for name, item in members.items()) + "}"
    return "[" + ",".join(compact(item) for item in value) + "]"


def _compact_number(text: str) -> str:
    if _is_whole(text):
        return str(int(text))
    number = float(text)
    return double_text(number) if math.isfinite(number) else f'"{double_text(number)}"'


_ESCAPES = {i: f"\\u{i:04X}" for i in range(32)} | {
    8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\",
}  # fmt: skip


def quoted(text: str) -> str:
    """A JSON string as Jackson writes it."""
    return '"' + text.translate(_ESCAPES) + '"'


_SIMPLE: dict[Root, Reader] = {
    Root.BOOLEAN: _boolean,
    **{root: _whole(root) for root in _RANGES},
    Root.FLOAT: _float,
    Root.DOUBLE: _double,
    Root.CHAR: _string,
    Root.VARCHAR: _string,
    Root.BINARY: _bytes,
    Root.VARBINARY: _bytes,
    Root.DATE: _date,
    Root.TIME: _time,
}

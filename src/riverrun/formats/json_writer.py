"""Rows to JSON lines, exactly as Flink's JSON format writes them (but for the order of a map's keys)."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow
import pyarrow.compute

from riverrun.errors import RunError, Where
from riverrun.formats.json_rows import quoted
from riverrun.formats.options import choice, flag
from riverrun.formats.time_texts import timestamp_texts
from riverrun.formats.times import ISO, SQL, clock_text, date_text, ticks, timestamp_text
from riverrun.java.numbers import double_text, float_text
from riverrun.schema.types import INTEGERS, Field, Root, Type

pa: Any = pyarrow  # the stubs know neither from_arrays with a mask nor texts as constants
pc: Any = pyarrow.compute

Texts: TypeAlias = Any  # an Arrow array of texts
_escape = json.encoder.encode_basestring
_MOST_BYTES = 1 << 27  # of values in one piece: JSON can take several times that, and Arrow's texts end at 2 GB


class Written(NamedTuple):
    """The JSON of the values of an array is `before`, a text, `after`; NULL for NULL."""

    before: str
    texts: Texts
    after: str


class JsonWriter:
    """Writes tables with columns c0, c1, ... in the order of the fields; one line (without its end) per row."""

    def __init__(self, fields: tuple[Field, ...], options: Mapping[str, str]) -> None:
        self._fields = fields
        self._plain_decimals = flag("json", options, "encode.decimal-as-plain-number")
        self._skip_nulls = flag("json", options, "encode.ignore-null-fields")
        self._separator = "T" if choice("json", options, "timestamp-format.standard", (SQL, ISO)) == ISO else " "
        self._null_keys = choice("json", options, "map-null-key.mode", ("FAIL", "DROP", "LITERAL"))
        self._null_key = options["map-null-key.literal"]

    def lines(self, table: pa.Table) -> list[bytes]:
        return [line for piece in _pieces(table) for line in self._rows(piece, "}").cast(pa.binary()).to_pylist()]

    def blocks(self, table: pa.Table) -> Iterator[memoryview]:
        """All lines with their ends, in few pieces of bytes."""
        for piece in _pieces(table):
            yield _contents(self._rows(piece, "}\n"))

    def _rows(self, table: pa.Table, end: str) -> Texts:
        columns = [self._written(_whole(table.column(i)), field.type) for i, field in enumerate(self._fields)]
        return self._objects(self._fields, columns, table.num_rows, end)

    def _objects(self, fields: Sequence[Field], columns: Sequence[Written], count: int, end: str) -> Texts:
        names = [quoted(field.name) + ":" for field in fields]
        if not fields:
            return pa.array(["{" + end] * count)
        if self._skip_nulls:
            members = [_joined("," + name + w.before, w.texts, w.after) for name, w in zip(names, columns, strict=True)]
            # (Arrow's join that skips NULLs forgets the rows in which there is nothing else.)
            inside = pc.binary_join_element_wise(*(member.fill_null("") for member in members), "")
            return _joined("{", pc.binary_replace_slice(inside, 0, 1, ""), end)
        parts: list[Any] = []
        between = "{"
        for name, written in zip(names, columns, strict=True):
            texts = written.texts.fill_null("null") if written.texts.null_count else written.texts
            parts += [_text(between + name + written.before), texts]
            between = written.after + ","
        return pc.binary_join_element_wise(*parts, _text(between[:-1] + end), _text(""))

    def _written(self, column: Any, type_: Type) -> Written:
        """As `texts`, but what stands around each text may be left for a larger one to write."""
        if column.null_count == 0 and type_.root in (Root.CHAR, Root.VARCHAR):
            return Written('"', _escaped(column), '"')
        if column.null_count == 0 and (fast := self._plain_timestamps(column, type_)) is not None:
            return Written('"', fast, _end(type_))
        return Written("", self.texts(column, type_), "")

    def texts(self, column: Any, type_: Type) -> Texts:
        """The JSON of each value of an array; NULL for NULL."""
        root = type_.root
        if root in (Root.ROW, Root.ARRAY, Root.MAP, Root.MULTISET):
            return self._nested(column, type_)
        if root in (Root.DATE, Root.TIME, Root.TIMESTAMP, Root.TIMESTAMP_LTZ):
            return self._times(column, type_)
        if root in (*INTEGERS, Root.BOOLEAN):
            return column.cast(pa.string())
        if root in (Root.CHAR, Root.VARCHAR):
            return _joined('"', _escaped(column), '"')
        write = self._scalar(type_)
        return pa.array([None if value is None else write(value) for value in column.to_pylist()], pa.string())

    def _scalar(self, type_: Type) -> Callable[[Any], str]:
        root = type_.root
        if root in (Root.DOUBLE, Root.FLOAT):
            text = double_text if root is Root.DOUBLE else float_text
            return lambda value: text(value) if math.isfinite(value) else f'"{text(value)}"'
        if root is Root.DECIMAL:
            return plain_decimal if self._plain_decimals else java_decimal
        if root in (Root.BINARY, Root.VARBINARY):
            return lambda value: '"' + base64.b64encode(value).decode("ascii") + '"'
        raise RunError(f"json: a {type_} cannot be written", todo="CAST it to STRING")

    def _plain_timestamps(self, column: Any, type_: Type) -> Texts | None:
        if type_.root in (Root.TIMESTAMP, Root.TIMESTAMP_LTZ):
            return timestamp_texts(column, self._separator)
        return None

    def _times(self, column: Any, type_: Type) -> Texts:
        root, end = type_.root, _end(type_)
        fast = self._plain_timestamps(column, type_)
        if fast is not None:
            return _joined('"', fast, end)
        values = ticks(column)
        if root is Root.DATE:
            found = [None if days is None else f'"{date_text(days)}"' for days in values]
        elif root is Root.TIME:
            found = [None if micros is None else f'"{clock_text(micros * 1000)}"' for micros in values]
        else:
            size = 1 if type_.precision > 6 else 1000
            between = self._separator
            found = [None if tick is None else '"' + timestamp_text(tick * size, between) + end for tick in values]
        return pa.array(found, pa.string())

    def _nested(self, array: Any, type_: Type) -> Texts:
        if type_.root is Root.ROW:
            parts = [self._written(array.field(i), field.type) for i, field in enumerate(type_.fields)]
            objects = self._objects(type_.fields, parts, len(array), "}")
            return pc.if_else(array.is_valid(), objects, None) if array.null_count else objects
        if type_.root is Root.ARRAY and type_.element is not None:
            items = self.texts(array.values, type_.element).fill_null("null")
            lists = pa.ListArray.from_arrays(array.offsets, items, mask=array.is_null() if array.null_count else None)
            return _joined("[", pc.binary_join(lists, ","), "]")
        offsets, present = array.offsets.to_pylist(), array.is_valid().to_pylist()
        return self._maps(array, type_, offsets, present)

    def _maps(self, array: Any, type_: Type, offsets: list[int], present: list[bool]) -> Texts:
        element = type_.element if type_.root is Root.MAP and type_.element is not None else Type(Root.INTEGER)
        keys, values = array.keys.to_pylist(), self.texts(array.items, element).fill_null("null").to_pylist()
        out: list[str | None] = []
        for low, high, there in zip(offsets[:-1], offsets[1:], present, strict=True):
            pairs = [(self._key(key), value) for key, value in zip(keys[low:high], values[low:high], strict=True)]
            members = (f"{_string(key)}:{value}" for key, value in pairs if key is not None)
            out.append("{" + ",".join(members) + "}" if there else None)
        return pa.array(out, pa.string())

    def _key(self, key: str | None) -> str | None:
        if key is not None or self._null_keys == "DROP":
            return key
        if self._null_keys == "LITERAL":
            return self._null_key
        todo = "set 'json.map-null-key.mode' = 'DROP' or 'LITERAL'"
        raise RunError("json: a map with a NULL key cannot be written", where=Where(path="json"), todo=todo)


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _pieces(table: pa.Table) -> Iterator[pa.Table]:
    pieces = max(1, -(-table.nbytes // _MOST_BYTES))
    size = max(1, -(-table.num_rows // pieces))
    for start in range(0, table.num_rows, size):
        yield table.slice(start, size)


def _joined(before: str, texts: Texts, after: str) -> Texts:
    return pc.binary_join_element_wise(_text(before), texts, _text(after), _text(""))


@lru_cache(1024)
def _text(text: str) -> Any:
    """A constant. (Arrow looks for a library whenever it makes one.)"""
    return pa.scalar(text, pa.string())


def _contents(texts: Texts) -> memoryview:
    """The texts of an array, one after the other."""
    if not len(texts):
        return memoryview(b"")
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(texts.buffers()[2])[offsets[0] : offsets[-1]]


def _end(type_: Type) -> str:
    return 'Z"' if type_.root is Root.TIMESTAMP_LTZ else '"'


def _escaped(column: Any) -> Texts:
    """Only those with something to escape go through Python."""
    odd = _to_escape(column)
    if odd is None:
        return column
    escaped = pa.array([_string(text)[1:-1] for text in column.filter(odd).to_pylist()], pa.string())
    return pc.replace_with_mask(column, odd, escaped)


def _to_escape(column: Any) -> Any:
    """Which texts have a quote, a backslash or a control character in them; None when there are none."""
    offsets = np.frombuffer(column.buffers()[1] or bytes(4), np.int32)[column.offset : column.offset + len(column) + 1]
    if not len(column) or offsets[0] == offsets[-1]:
        return None
    data = np.frombuffer(column.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    if not ((data < 32) | (data == ord('"')) | (data == ord("\\"))).any():
        return None
    return pc.fill_null(pc.match_substring_regex(column, r'["\\\x00-\x1f]'), False)


def _string(value: str) -> str:
    text = _escape(value)
    # Jackson writes control characters in upper case.
    return quoted(value) if "\\u00" in text else text


def plain_decimal(value: Decimal) -> str:
    return f"{value:f}"


def java_decimal(value: Decimal) -> str:
    """As `BigDecimal.toString` without trailing zeros: plain where the exponent is small, else `1E+6`.

    >>> java_decimal(Decimal("1.500")), java_decimal(Decimal("1000000"))
    ('1.5', '1E+6')
    """
    return str(value.normalize()) if value else "0"

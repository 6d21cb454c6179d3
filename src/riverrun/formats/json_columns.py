"""JSON lines to Arrow columns at once, for blocks in which every value has the plain form of its column.

pyarrow reads strictly: a string where a number belongs, a repeated name, a stray control character is an error. That
is how rows that need `json_rows` are detected. What pyarrow is laxer about than Flink is looked for here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from riverrun.formats.time_texts import equal_times
from riverrun.formats.times import ISO
from riverrun.schema.arrow import arrow_type, from_numbers
from riverrun.schema.types import BYTES, Field, Root, Type

_TIME_FORMS = (Root.DATE, Root.TIMESTAMP, Root.TIMESTAMP_LTZ)
_FORMS = {
    Root.DATE: r"^\d{4}-\d{2}-\d{2}$",
    Root.TIMESTAMP: r"^\d{4}-\d{2}-\d{2}%s\d{2}:\d{2}:\d{2}(\.\d{1,%d})?$",
    Root.TIMESTAMP_LTZ: r"^\d{4}-\d{2}-\d{2}%s\d{2}:\d{2}:\d{2}(\.\d{1,%d})?Z$",
}


class NotPlain(Exception):
    """The block has to be read row by row."""


def is_columnar(type_: Type) -> bool:
    """Whether a column of this type can be read at once."""
    if type_.root in (Root.MAP, Root.MULTISET, Root.TIME, *BYTES):
        return False
    inside = [field.type for field in type_.fields] + ([type_.element] if type_.element is not None else [])
    return all(is_columnar(one) for one in inside)


class ColumnReader:
    """Reads blocks of lines into a table with columns c0, c1, ..."""

    def __init__(self, fields: Sequence[Field], standard: str) -> None:
        self._fields = tuple(fields)
        self._standard = standard
        schema = pa.schema([pa.field(field.name, _read_as(field.type)) for field in fields])
        self._parse = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")

    def read(self, block: bytes) -> Any:
        """The rows of a block of whole lines; NotPlain when they are not all of the plain form."""
        count = _plain_lines(block)
        options = pj.ReadOptions(block_size=1 << 20, use_threads=len(block) > 1 << 20)
        try:
            table = pj.read_json(pa.BufferReader(block), read_options=options, parse_options=self._parse)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError) as problem:
            raise NotPlain(str(problem)) from problem
        if table.num_rows != count:
            raise NotPlain("more or fewer documents than lines")
        columns = [self._column(table.column(i), field.type) for i, field in enumerate(self._fields)]
        names = [f"c{i}" for i in range(len(columns))]
        return pa.Table.from_arrays(columns, names=names)

    def converted(self, array: Any, type_: Type) -> Any:
        """An array as pyarrow reads it (texts for times, rows with their own names) as one of a batch."""
        return _converted(array, type_, self._standard)

    def _column(self, column: Any, type_: Type) -> Any:
        chunks = [_converted(chunk, type_, self._standard) for chunk in column.chunks]
        return pa.chunked_array(chunks, arrow_type(type_))


def _plain_lines(block: bytes) -> int:
    """The number of lines; each starts with `{` and ends with `}`, and none may hold what pyarrow alone accepts."""
    if not (block.isascii() or _is_utf8(block)):
        raise NotPlain("not UTF-8")
    body = block[:-1] if block.endswith(b"\n") else block
    if not body.startswith(b"{") or not body.endswith(b"}"):
        raise NotPlain("not an object")
    lines = 1
    step = 1 << 22
    for start in range(0, len(body), step):
        # One byte more on both sides: an end of line at a border is looked at with its neighbours.
        low, high = max(start - 1, 0), min(start + step + 4, len(body))
        part = np.frombuffer(body, np.uint8, high - low, low)
        own = part[start - low : start - low + step]
        ends = np.flatnonzero(own == 10) + (start - low)
        lines += len(ends)
        if len(ends) and not ((part[ends - 1] == 125).all() and (part[ends + 1] == 123).all()):
            raise NotPlain("not one object per line")
        _refuse_constants(part, own, start - low)
    return lines


def _is_utf8(block: bytes) -> bool:
    try:
        block.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


_BEFORE_VALUE = np.zeros(256, bool)
_BEFORE_VALUE[list(b":,[- \t")] = True


def _refuse_constants(part: Any, own: Any, offset: int) -> None:
    """NaN and Infinity as bare words are not JSON, but pyarrow reads them."""
    for first, second, third in (b"NaN", b"Inf"):
        at = np.flatnonzero(own == first) + offset
        at = at[(at > 0) & (at + 2 < len(part))]
        if len(at) == 0:
            continue
        at = at[_BEFORE_VALUE[part[at - 1]]]
        if ((part[at + 1] == second) & (part[at + 2] == third)).any():
            raise NotPlain("perhaps a bare NaN or Infinity")


def _read_as(type_: Type) -> Any:
    """The type that pyarrow reads: times as strings, fields by their own names."""
    if type_.root in _TIME_FORMS:
        return pa.string()
    if type_.root is Root.ROW:
        return pa.struct([pa.field(field.name, _read_as(field.type)) for field in type_.fields])
    if type_.root is Root.ARRAY and type_.element is not None:
        return pa.list_(_read_as(type_.element))
    return arrow_type(type_)


def _converted(array: Any, type_: Type, standard: str) -> Any:
    root = type_.root
    if root in _TIME_FORMS:
        return _times(array, type_, standard)
    if root is Root.DECIMAL:
        return _checked_decimal(array, type_)
    if root is Root.ROW:
        if not type_.fields:
            raise NotPlain("a row without fields")
        parts = [_converted(array.field(i), field.type, standard) for i, field in enumerate(type_.fields)]
        names = [f"f{i}" for i in range(len(parts))]
        return pa.StructArray.from_arrays(parts, names, mask=array.is_null())
    if root is Root.ARRAY and type_.element is not None:
        values = _converted(array.values, type_.element, standard)
        made = pa.ListArray.from_arrays(array.offsets, values, mask=array.is_null() if array.null_count else None)
        return made.cast(arrow_type(type_))
    return array


def _checked_decimal(array: Any, type_: Type) -> Any:
    """pyarrow does not look at the precision."""
    found = pc.min_max(array)
    limit = 10 ** (type_.precision - type_.scale)
    least, most = found["min"].as_py(), found["max"].as_py()
    if most is not None and (most >= limit or least <= -limit):
        raise NotPlain("a decimal that is too large")
    return array


def _times(array: Any, type_: Type, standard: str) -> Any:
    if type_.root is not Root.DATE and type_.precision == 3:
        millis = equal_times(array, "T" if standard == ISO else " ", "Z" if type_.root is Root.TIMESTAMP_LTZ else "")
        if millis is not None:
            return from_numbers(millis * 1000).view(arrow_type(type_))
    digits = 9 if type_.precision > 6 else 6
    form = _FORMS[type_.root]
    if type_.root is not Root.DATE:
        form %= ("T" if standard == ISO else " ", digits)
    if not pc.all(pc.match_substring_regex(array, form), skip_nulls=True, min_count=0).as_py():
        raise NotPlain("a time that is not of the plain form")
    plain = pc.utf8_rtrim(array, "Z") if type_.root is Root.TIMESTAMP_LTZ else array
    try:
        out = plain.cast(arrow_type(type_))
    except pa.ArrowInvalid as problem:
        raise NotPlain(str(problem)) from problem
    if type_.root is Root.DATE or type_.precision > 3:
        return out
    return pc.floor_temporal(out, unit="millisecond")

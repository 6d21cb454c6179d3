"""Rows to JSON lines, exactly as Flink's JSON format writes them (but for the order of a map's keys)."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from riverrun.errors import RunError, Where
from riverrun.formats.json_rows import quoted
from riverrun.formats.options import choice, flag
from riverrun.formats.times import ISO, SQL, clock_text, date_text, ticks, timestamp_text
from riverrun.java.numbers import double_text, float_text
from riverrun.schema.types import INTEGERS, Field, Root, Type

Texts = list[str | None]
_escape = json.encoder.encode_basestring


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
        columns = [self.texts(table.column(i), field.type) for i, field in enumerate(self._fields)]
        return [line.encode() for line in self._objects(self._fields, columns, table.num_rows)]

    def _objects(self, fields: Sequence[Field], columns: list[Texts], count: int) -> list[str]:
        if not fields:
            return ["{}"] * count
        names = [quoted(field.name) + ":" for field in fields]
        if self._skip_nulls:
            return [
                "{" + ",".join(n + v for n, v in zip(names, row, strict=True) if v is not None) + "}"
                for row in zip(*columns, strict=True)
            ]
        form = "{" + ",".join(name.replace("%", "%%") + "%s" for name in names) + "}"
        return [form % row for row in zip(*(_nulls(column) for column in columns), strict=True)]

    def texts(self, column: Any, type_: Type) -> Texts:
        """The JSON of each value; None for NULL."""
        root = type_.root
        if root in (Root.ROW, Root.ARRAY, Root.MAP, Root.MULTISET):
            return self._nested(_whole(column), type_)
        if root in (Root.DATE, Root.TIME, Root.TIMESTAMP, Root.TIMESTAMP_LTZ):
            return self._times(column, type_)
        write = self._scalar(type_)
        return [None if value is None else write(value) for value in column.to_pylist()]

    def _scalar(self, type_: Type) -> Callable[[Any], str]:
        root = type_.root
        if root in (Root.CHAR, Root.VARCHAR):
            return _string
        if root in INTEGERS:
            return str
        if root is Root.BOOLEAN:
            return lambda value: "true" if value else "false"
        if root in (Root.DOUBLE, Root.FLOAT):
            text = double_text if root is Root.DOUBLE else float_text
            return lambda value: text(value) if math.isfinite(value) else f'"{text(value)}"'
        if root is Root.DECIMAL:
            return plain_decimal if self._plain_decimals else java_decimal
        if root in (Root.BINARY, Root.VARBINARY):
            return lambda value: '"' + base64.b64encode(value).decode("ascii") + '"'
        raise RunError(f"json: a {type_} cannot be written", todo="CAST it to STRING")

    def _times(self, column: Any, type_: Type) -> Texts:
        root = type_.root
        values = ticks(column)
        if root is Root.DATE:
            return [None if days is None else f'"{date_text(days)}"' for days in values]
        if root is Root.TIME:
            return [None if micros is None else f'"{clock_text(micros * 1000)}"' for micros in values]
        size = 1 if type_.precision > 6 else 1000
        end = 'Z"' if root is Root.TIMESTAMP_LTZ else '"'
        return [None if tick is None else '"' + timestamp_text(tick * size, self._separator) + end for tick in values]

    def _nested(self, array: Any, type_: Type) -> Texts:
        present = array.is_valid().to_pylist()
        if type_.root is Root.ROW:
            parts = [self.texts(array.field(i), field.type) for i, field in enumerate(type_.fields)]
            objects = self._objects(type_.fields, parts, len(array))
            return [text if there else None for text, there in zip(objects, present, strict=True)]
        offsets = array.offsets.to_pylist()
        if type_.root is Root.ARRAY and type_.element is not None:
            items = _nulls(self.texts(array.values, type_.element))
            return [
                "[" + ",".join(items[low:high]) + "]" if there else None
                for low, high, there in zip(offsets[:-1], offsets[1:], present, strict=True)
            ]
        return self._maps(array, type_, offsets, present)

    def _maps(self, array: Any, type_: Type, offsets: list[int], present: list[bool]) -> Texts:
        element = type_.element if type_.root is Root.MAP and type_.element is not None else Type(Root.INTEGER)
        keys, values = array.keys.to_pylist(), _nulls(self.texts(array.items, element))
        out: Texts = []
        for low, high, there in zip(offsets[:-1], offsets[1:], present, strict=True):
            pairs = [(self._key(key), value) for key, value in zip(keys[low:high], values[low:high], strict=True)]
            members = (f"{_string(key)}:{value}" for key, value in pairs if key is not None)
            out.append("{" + ",".join(members) + "}" if there else None)
        return out

    def _key(self, key: str | None) -> str | None:
        if key is not None or self._null_keys == "DROP":
            return key
        if self._null_keys == "LITERAL":
            return self._null_key
        todo = "set 'json.map-null-key.mode' = 'DROP' or 'LITERAL'"
        raise RunError("json: a map with a NULL key cannot be written", where=Where(path="json"), todo=todo)


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _nulls(texts: Texts) -> list[str]:
    return ["null" if text is None else text for text in texts]


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

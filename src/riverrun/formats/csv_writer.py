"""Rows to CSV records, quoted as Jackson's CSV writer quotes them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from riverrun.errors import RunError
from riverrun.formats.csv_records import Dialect
from riverrun.formats.json_writer import java_decimal
from riverrun.formats.times import clock_text, date_text, ticks, timestamp_text
from riverrun.java.numbers import double_text, float_text
from riverrun.schema.types import INTEGERS, Field, Root, Type

Texts = list[str | None]
# Longer texts are quoted without looking.
_LONGEST_LOOKED_AT = 24


class CsvWriter:
    """Writes tables with columns c0, c1, ...; one record (without its end) per row."""

    def __init__(self, fields: tuple[Field, ...], dialect: Dialect, null_literal: str, element_delimiter: str) -> None:
        self._fields = fields
        self._dialect = dialect
        self._null = null_literal
        self._element = element_delimiter
        # Every character up to the largest of the special ones counts as one that needs quotes.
        self._highest = max(map(ord, (dialect.delimiter, dialect.quote or "\0", "\r")))

    def lines(self, table: pa.Table) -> list[bytes]:
        columns = [self._cells(table.column(i), field.type) for i, field in enumerate(self._fields)]
        join = self._dialect.delimiter.join
        return [join(row).encode() for row in zip(*columns, strict=True)]

    def _cells(self, column: Any, type_: Type) -> list[str]:
        texts = self.texts(column, type_)
        if type_.root in (*INTEGERS, Root.BOOLEAN, Root.FLOAT, Root.DOUBLE, Root.DECIMAL):
            return [self._null if text is None else text for text in texts]
        return [self._null if text is None else self._quoted(text) for text in texts]

    def _quoted(self, text: str) -> str:
        quote = self._dialect.quote
        if not quote or not self._needs_quotes(text):
            return text
        return quote + text.replace(quote, quote + quote) + quote

    def _needs_quotes(self, text: str) -> bool:
        if not text.isascii() and len(text.encode("utf-16-le")) > 2 * _LONGEST_LOOKED_AT:
            return True
        return len(text) > _LONGEST_LOOKED_AT or any(ord(c) <= self._highest or c == "\\" for c in text)

    def texts(self, column: Any, type_: Type) -> Texts:
        root = type_.root
        if root in (Root.DATE, Root.TIME, Root.TIMESTAMP, Root.TIMESTAMP_LTZ):
            return _times(column, type_)
        if root in (Root.ARRAY, Root.ROW):
            return self._nested(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column, type_)
        write = _writer(type_)
        return [None if value is None else write(value) for value in column.to_pylist()]

    def _nested(self, array: Any, type_: Type) -> Texts:
        present = array.is_valid().to_pylist()
        if type_.root is Root.ROW:
            parts = [self._parts(array.field(i), field.type) for i, field in enumerate(type_.fields)]
            rows = [self._element.join(row) for row in zip(*parts, strict=True)]
            return [text if there else None for text, there in zip(rows, present, strict=True)]
        assert type_.element is not None
        items, offsets = self._parts(array.values, type_.element), array.offsets.to_pylist()
        return [
            self._element.join(items[low:high]) if there else None
            for low, high, there in zip(offsets[:-1], offsets[1:], present, strict=True)
        ]

    def _parts(self, column: Any, type_: Type) -> list[str]:
        return [self._null if text is None else text for text in self.texts(column, type_)]


def _writer(type_: Type) -> Callable[[Any], str]:
    root = type_.root
    if root in (Root.CHAR, Root.VARCHAR, *INTEGERS):
        return str
    if root is Root.BOOLEAN:
        return lambda value: "true" if value else "false"
    if root in (Root.DOUBLE, Root.FLOAT):
        return double_text if root is Root.DOUBLE else float_text
    if root is Root.DECIMAL:
        return java_decimal
    if root in (Root.BINARY, Root.VARBINARY):
        return lambda value: base64.b64encode(value).decode("ascii")
    raise RunError(f"csv: a {type_} cannot be written", todo="CAST it to STRING")


def _times(column: Any, type_: Type) -> Texts:
    values = ticks(column)
    if type_.root is Root.DATE:
        return [None if days is None else date_text(days) for days in values]
    if type_.root is Root.TIME:
        return [None if micros is None else clock_text(micros * 1000) for micros in values]
    size = 1 if type_.precision > 6 else 1000
    end = "Z" if type_.root is Root.TIMESTAMP_LTZ else ""
    return [None if tick is None else timestamp_text(tick * size) + end for tick in values]

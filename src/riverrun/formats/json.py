"""The JSON format: one object per line (or message), as Flink's `json` format reads and writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from riverrun.formats import json_files
from riverrun.formats.json_columns import ColumnReader, NotPlain, is_columnar
from riverrun.formats.json_files import WholeFiles
from riverrun.formats.json_rows import row_reader
from riverrun.formats.json_writer import JsonWriter
from riverrun.formats.lines import split_lines, whole_lines
from riverrun.formats.options import checked, choice, flag
from riverrun.formats.problems import BadField, BadRow, failure
from riverrun.formats.times import ISO, SQL
from riverrun.schema.arrow import arrow_type
from riverrun.schema.types import Field, Paths

OPTIONS = {
    "ignore-parse-errors": "false",
    "fail-on-missing-field": "false",
    "timestamp-format.standard": SQL,
    "map-null-key.mode": "FAIL",
    "map-null-key.literal": "null",
    "encode.decimal-as-plain-number": "false",
    "encode.ignore-null-fields": "false",
    "decode.json-parser.enabled": "true",
}
# A block that is not plain is read again in pieces of so many lines: only those with unusual rows go one by one.
_PIECE = 512


def decoder(fields: Sequence[Field], options: Mapping[str, str], zone: str) -> JsonDecoder:
    return JsonDecoder(tuple(fields), checked("json", options, OPTIONS))


def encoder(fields: Sequence[Field], options: Mapping[str, str], zone: str) -> Callable[[pa.Table], list[bytes]]:
    return JsonWriter(tuple(fields), checked("json", options, OPTIONS)).lines


def block_encoder(
    fields: Sequence[Field], options: Mapping[str, str], zone: str
) -> Callable[[pa.Table], Iterator[memoryview]]:
    """Rows to lines with their ends, in few pieces."""
    return JsonWriter(tuple(fields), checked("json", options, OPTIONS)).blocks


def whole_files(fields: Sequence[Field], read: Sequence[Paths], options: Mapping[str, str]) -> WholeFiles | None:
    """The fast way to read whole files with these columns (texts outside of `read` may be NULL); None where there is
    none."""
    known = {**OPTIONS, **{key: value for key, value in options.items() if key in OPTIONS}}
    if flag("json", known, "ignore-parse-errors") or flag("json", known, "fail-on-missing-field"):
        return None
    return json_files.whole_files(fields, read, choice("json", known, "timestamp-format.standard", (SQL, ISO)))


class JsonDecoder:
    """Lines or messages to a table with columns c0, c1, ... in the order of the fields."""

    def __init__(self, fields: tuple[Field, ...], options: Mapping[str, str]) -> None:
        self._types = [arrow_type(field.type) for field in fields]
        self.ignore_errors = flag("json", options, "ignore-parse-errors")
        self._fail_on_missing = flag("json", options, "fail-on-missing-field")
        standard = choice("json", options, "timestamp-format.standard", (SQL, ISO))
        self._rows = row_reader(
            fields, ignore_errors=self.ignore_errors, fail_on_missing=self._fail_on_missing, standard=standard
        )
        columnar = bool(fields) and all(is_columnar(field.type) for field in fields)
        self._columns = ColumnReader(fields, standard) if columnar else None

    def whole(self, buffer: bytes, *, last: bool) -> int:
        return whole_lines(buffer, last=last)

    def lines(self, block: bytes) -> pa.Table:
        """The rows of a block of whole lines."""
        fast = self._at_once(block)
        if fast is not None:
            return fast
        lines = split_lines(block)
        tables = [self._piece(lines[at : at + _PIECE], at) for at in range(0, len(lines), _PIECE)]
        return pa.concat_tables(tables) if tables else self._table([])

    def values(self, values: Sequence[bytes | None]) -> tuple[pa.Table, Sequence[int]]:
        """The rows of messages, and for each row the position of its message."""
        lines = [value for value in values if value]
        if len(lines) == len(values) and not any(b"\n" in value for value in lines):
            fast = self._at_once(b"\n".join(lines))
            if fast is not None:
                return fast, range(len(lines))
        found: list[tuple[Any, ...]] = []
        origins: list[int] = []
        for at, value in enumerate(values):
            rows = self._row(value, at) if value else []
            found += rows
            origins += [at] * len(rows)
        return self._table(found), origins

    def _at_once(self, block: bytes) -> pa.Table | None:
        if self._columns is None or not block:
            return None
        try:
            table = self._columns.read(block)
        except NotPlain:
            return None
        if self._fail_on_missing and any(_has_null(column) for column in table.columns):
            return None
        return table

    def _piece(self, lines: list[bytes], first: int) -> pa.Table:
        fast = self._at_once(b"\n".join(lines)) if all(lines) else None
        if fast is not None:
            return fast
        rows: list[tuple[Any, ...]] = []
        for at, line in enumerate(lines):
            if line:
                rows += self._row(line, first + at)
        return self._table(rows)

    def _row(self, line: bytes, at: int) -> list[tuple[Any, ...]]:
        try:
            return list(self._rows.rows(line))
        except (BadField, BadRow) as problem:
            raise failure("json", at + 1, problem) from None

    def _table(self, rows: list[tuple[Any, ...]]) -> pa.Table:
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(self._types)
        arrays = [pa.array(column, type_) for column, type_ in zip(columns, self._types, strict=True)]
        names = [f"c{i}" for i in range(len(arrays))]
        if not arrays:
            return pa.table({"_": pa.nulls(len(rows))}).select([])
        return pa.Table.from_arrays(arrays, names=names)


def _has_null(column: Any) -> bool:
    """A NULL anywhere: in the column or inside its rows and arrays."""
    if column.null_count:
        return True
    parts = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    if pa.types.is_struct(column.type):
        return any(_has_null(inner) for part in parts for inner in part.flatten())
    return pa.types.is_list(column.type) and any(_has_null(part.flatten()) for part in parts)

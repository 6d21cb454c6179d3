"""The debezium-json format: changes of rows as Debezium writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from riverrun.formats.json import OPTIONS as JSON_OPTIONS
from riverrun.formats.json_rows import Pairs, parse, row_reader
from riverrun.formats.json_writer import JsonWriter
from riverrun.formats.lines import split_lines, whole_lines
from riverrun.formats.options import checked, choice, flag
from riverrun.formats.problems import BadField, BadRow, failure
from riverrun.formats.times import ISO, SQL
from riverrun.schema.arrow import arrow_type
from riverrun.schema.types import Field

NAME = "debezium-json"
OPTIONS = {
    key: JSON_OPTIONS[key]
    for key in (
        "ignore-parse-errors",
        "timestamp-format.standard",
        "map-null-key.mode",
        "map-null-key.literal",
        "encode.decimal-as-plain-number",
        "encode.ignore-null-fields",
    )
} | {"schema-include": "false"}
INSERT, UPDATE_BEFORE, UPDATE_AFTER, DELETE = 0, 1, 2, 3
Change = tuple[int, tuple[Any, ...]]


def decoder(fields: Sequence[Field], options: Mapping[str, str], zone: str) -> DebeziumDecoder:
    return DebeziumDecoder(tuple(fields), checked(NAME, options, OPTIONS))


def encoder(fields: Sequence[Field], options: Mapping[str, str], zone: str) -> Callable[[pa.Table], list[bytes]]:
    rows = JsonWriter(tuple(fields), {**JSON_OPTIONS, **checked(NAME, options, OPTIONS)})
    width = len(fields)

    def encode(table: pa.Table) -> list[bytes]:
        lines = rows.lines(table.select(range(width)))
        operations = table.column("_op").to_pylist() if "_op" in table.column_names else [INSERT] * len(lines)
        return [_written(operation, line) for operation, line in zip(operations, lines, strict=True)]

    return encode


def _written(operation: int, row: bytes) -> bytes:
    """Only insertions and deletions are written: an update is a deletion and an insertion."""
    if operation in (INSERT, UPDATE_AFTER):
        return b'{"before":null,"after":' + row + b',"op":"c"}'
    return b'{"before":' + row + b',"after":null,"op":"d"}'


class DebeziumDecoder:
    """Lines or messages to a table with columns c0, c1, ... and _op."""

    def __init__(self, fields: tuple[Field, ...], options: Mapping[str, str]) -> None:
        self._types = [arrow_type(field.type) for field in fields]
        self._ignore_errors = flag(NAME, options, "ignore-parse-errors")
        self._enveloped = flag(NAME, options, "schema-include")
        standard = choice(NAME, options, "timestamp-format.standard", (SQL, ISO))
        self._row = row_reader(fields, ignore_errors=self._ignore_errors, fail_on_missing=False, standard=standard).row

    def whole(self, buffer: bytes, *, last: bool) -> int:
        return whole_lines(buffer, last=last)

    def lines(self, block: bytes) -> pa.Table:
        return self.values(split_lines(block))[0]

    def values(self, values: Sequence[bytes | None]) -> tuple[pa.Table, Sequence[int]]:
        changes: list[Change] = []
        origins: list[int] = []
        for at, value in enumerate(values):
            found = self._changes(value, at) if value else []
            changes += found
            origins += [at] * len(found)
        return self._table(changes), origins

    def _changes(self, message: bytes, at: int) -> list[Change]:
        try:
            return list(self._read(message))
        except (BadField, BadRow) as problem:
            if self._ignore_errors:
                return []
            raise failure(NAME, at + 1, problem) from None

    def _read(self, message: bytes) -> Iterator[Change]:
        document = parse(message)
        if self._enveloped and isinstance(document, Pairs):
            document = dict(document).get("payload")
        if not isinstance(document, Pairs):
            raise BadRow("a change has to be a JSON object")
        change = dict(document)
        operation = change.get("op")
        if operation in ("c", "r"):
            yield INSERT, self._image(change, "after", operation)
        elif operation == "u":
            before = self._image(change, "before", operation)
            yield UPDATE_BEFORE, before
            yield UPDATE_AFTER, self._image(change, "after", operation)
        elif operation == "d":
            yield DELETE, self._image(change, "before", operation)
        else:
            raise BadRow(f"unknown op {operation!r}; known: c, r, u, d")

    def _image(self, change: dict[str, Any], side: str, operation: str) -> tuple[Any, ...]:
        image = change.get(side)
        if not isinstance(image, Pairs):
            raise BadRow(f"'{side}' is missing in a change with op '{operation}'")
        row: tuple[Any, ...] = self._row(image)
        return row

    def _table(self, changes: list[Change]) -> pa.Table:
        rows = [row for _, row in changes]
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(self._types)
        arrays = [pa.array(column, type_) for column, type_ in zip(columns, self._types, strict=True)]
        operations = pa.array([operation for operation, _ in changes], pa.int8())
        names = [*(f"c{i}" for i in range(len(arrays))), "_op"]
        return pa.Table.from_arrays([*arrays, operations], names=names)

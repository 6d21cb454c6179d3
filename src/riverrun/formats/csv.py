"""The CSV format: no header, records by position, as Flink's `csv` format reads and writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from riverrun.errors import InputError, Where
from riverrun.formats.csv_fields import FieldReader, field_reader
from riverrun.formats.csv_records import Broken, Dialect, records, whole_records
from riverrun.formats.csv_writer import CsvWriter
from riverrun.formats.options import checked, flag
from riverrun.formats.problems import BadField, BadRow, failure
from riverrun.schema.arrow import arrow_type
from riverrun.schema.types import Field

OPTIONS = {
    "field-delimiter": ",",
    "disable-quote-character": "false",
    "quote-character": '"',
    "allow-comments": "false",
    "ignore-parse-errors": "false",
    "array-element-delimiter": ";",
    "escape-character": "",
    "null-literal": "\0",
    "write-bigdecimal-in-scientific-notation": "true",
}
# An option that is not given has no null literal; an empty literal is one.
_NO_LITERAL = "\0"


def decoder(fields: Sequence[Field], options: Mapping[str, str], zone: str) -> CsvDecoder:
    return CsvDecoder(tuple(fields), checked("csv", options, OPTIONS))


def encoder(fields: Sequence[Field], options: Mapping[str, str], zone: str) -> Callable[[pa.Table], list[bytes]]:
    known = checked("csv", options, OPTIONS)
    return CsvWriter(tuple(fields), dialect(known), _literal(known) or "", known["array-element-delimiter"]).lines


def dialect(options: Mapping[str, str]) -> Dialect:
    quoted = not flag("csv", options, "disable-quote-character")
    return Dialect(
        delimiter=_character(options, "field-delimiter") or ",",
        quote=_character(options, "quote-character") if quoted else "",
        escape=_character(options, "escape-character"),
        comments=flag("csv", options, "allow-comments"),
    )


def _character(options: Mapping[str, str], key: str) -> str:
    value = options[key].encode().decode("unicode_escape") if options[key].startswith("\\u") else options[key]
    value = {"\\t": "\t"}.get(value, value)
    if len(value) > 1:
        raise InputError(f"'{value}' is not one character", where=Where(path=f"csv.{key}"), todo="write one character")
    return value


def _literal(options: Mapping[str, str]) -> str | None:
    return None if options["null-literal"] == _NO_LITERAL else options["null-literal"]


class CsvDecoder:
    """Records to a table with columns c0, c1, ... in the order of the fields."""

    def __init__(self, fields: tuple[Field, ...], options: Mapping[str, str]) -> None:
        self._types = [arrow_type(field.type) for field in fields]
        self._names = [field.name for field in fields]
        self._dialect = dialect(options)
        self._ignore_errors = flag("csv", options, "ignore-parse-errors")
        literal, element = _literal(options), options["array-element-delimiter"]
        self._readers: list[FieldReader] = [
            field_reader(field.type, literal, element, ignore_errors=self._ignore_errors) for field in fields
        ]

    def whole(self, buffer: bytes, *, last: bool) -> int:
        return len(buffer) if last else whole_records(buffer, self._dialect)

    def lines(self, block: bytes) -> pa.Table:
        text = block.decode("utf-8", "replace")
        rows = self._rows(records(text.removeprefix("\ufeff"), self._dialect))
        return self._table(list(rows))

    def values(self, values: Sequence[bytes | None]) -> tuple[pa.Table, Sequence[int]]:
        """One record per message."""
        rows: list[list[Any]] = []
        origins: list[int] = []
        for at, value in enumerate(values):
            if value is None:
                continue
            found = records(value.decode("utf-8", "replace"), self._dialect)
            for row in self._rows(iter([next(iter(found), [""])]), at):
                rows.append(row)
                origins.append(at)
        return self._table(rows), origins

    def _rows(self, found: Iterator[list[str] | Broken], first: int = 0) -> Iterator[list[Any]]:
        for at, record in enumerate(found, first):
            try:
                yield self._row(record)
            except BadRow as problem:
                if not self._ignore_errors:
                    raise failure("csv", at + 1, problem) from None
            except BadField as problem:
                raise failure("csv", at + 1, problem) from None

    def _row(self, record: list[str] | Broken) -> list[Any]:
        if isinstance(record, Broken):
            raise BadRow(record.what)
        width = len(self._readers)
        if len(record) > width and (len(record) > width + 1 or record[-1]):
            raise BadRow(f"{len(record)} columns where {width} are expected")
        if len(record) < width and not self._ignore_errors:
            raise BadRow(f"{len(record)} columns where {width} are expected")
        if len(record) < width and record[0].strip() == "":
            return [None] * width
        row: list[Any] = [None] * width
        for i, (text, reader) in enumerate(zip(record, self._readers, strict=False)):
            try:
                row[i] = reader(text)
            except BadField as problem:
                raise problem.inside(self._names[i]) from None
        return row

    def _table(self, rows: list[list[Any]]) -> pa.Table:
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(self._types)
        arrays = [pa.array(column, type_) for column, type_ in zip(columns, self._types, strict=True)]
        return pa.Table.from_arrays(arrays, names=[f"c{i}" for i in range(len(arrays))])

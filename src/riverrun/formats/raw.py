"""The RAW format: one column, whose value is the whole line or message."""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from riverrun.errors import InputError, RunError, Where
from riverrun.formats.lines import split_lines, whole_lines
from riverrun.formats.options import checked, choice
from riverrun.formats.problems import BadRow, failure
from riverrun.schema.arrow import arrow_type
from riverrun.schema.types import BYTES, STRINGS, Field, Root

OPTIONS = {"charset": "UTF-8", "endianness": "big-endian"}
_PACKED = {
    Root.BOOLEAN: "?",
    Root.TINYINT: "b",
    Root.SMALLINT: "h",
    Root.INTEGER: "i",
    Root.BIGINT: "q",
    Root.FLOAT: "f",
    Root.DOUBLE: "d",
}


def decoder(fields: Sequence[Field], options: Mapping[str, str], zone: str) -> RawDecoder:
    return RawDecoder(_only(fields), checked("raw", options, OPTIONS))


def encoder(fields: Sequence[Field], options: Mapping[str, str], zone: str) -> Callable[[pa.Table], list[bytes]]:
    write = _writer(_only(fields), checked("raw", options, OPTIONS))
    return lambda table: [write(value) for value in table.column(0).to_pylist()]


def _only(fields: Sequence[Field]) -> Field:
    if len(fields) != 1:
        todo = "declare one, of type STRING, BYTES or a number"
        raise InputError("the raw format has exactly one physical column", where=Where(path="raw"), todo=todo)
    root = fields[0].type.root
    if root not in (*_PACKED, *STRINGS, *BYTES):
        todo = "declare it as STRING, BYTES, BOOLEAN or a number"
        raise InputError(f"the raw format has no {fields[0].type}", where=Where(path=fields[0].name), todo=todo)
    return fields[0]


def _packing(field: Field, options: Mapping[str, str]) -> struct.Struct:
    big = choice("raw", options, "endianness", ("big-endian", "little-endian")) == "big-endian"
    return struct.Struct((">" if big else "<") + _PACKED[field.type.root])


def _charset(options: Mapping[str, str]) -> str:
    try:
        return codecs.lookup(options["charset"]).name
    except LookupError as problem:
        where = Where(path="raw.charset")
        raise InputError(f"unknown charset '{options['charset']}'", where=where, todo="write UTF-8") from problem


class RawDecoder:
    """Lines or messages to a table with the column c0."""

    def __init__(self, field: Field, options: Mapping[str, str]) -> None:
        self._type = arrow_type(field.type)
        self._read = _reader(field, options)

    def whole(self, buffer: bytes, *, last: bool) -> int:
        return whole_lines(buffer, last=last)

    def lines(self, block: bytes) -> pa.Table:
        return self._table([self._value(line, at) for at, line in enumerate(split_lines(block))])

    def values(self, values: Sequence[bytes | None]) -> tuple[pa.Table, Sequence[int]]:
        """One row per message; a message without a value is NULL."""
        read = [None if value is None else self._value(value, at) for at, value in enumerate(values)]
        return self._table(read), range(len(values))

    def _value(self, data: bytes, at: int) -> Any:
        try:
            return self._read(data)
        except BadRow as problem:
            raise failure("raw", at + 1, problem) from None

    def _table(self, values: list[Any]) -> pa.Table:
        return pa.table({"c0": pa.array(values, self._type)})


def _reader(field: Field, options: Mapping[str, str]) -> Callable[[bytes], Any]:
    if field.type.root in STRINGS:
        charset = _charset(options)
        return lambda data: data.decode(charset, "replace")
    if field.type.root in BYTES:
        return bytes
    packing = _packing(field, options)

    def read(data: bytes) -> Any:
        if len(data) != packing.size:
            raise BadRow(f"{len(data)} bytes where a {field.type.null()} has {packing.size}")
        return packing.unpack(data)[0]

    return read


def _writer(field: Field, options: Mapping[str, str]) -> Callable[[Any], bytes]:
    if field.type.root in STRINGS:
        charset = _charset(options)
        return lambda value: _present(value).encode(charset, "replace")
    if field.type.root in BYTES:
        return lambda value: bytes(_present(value))
    packing = _packing(field, options)
    return lambda value: packing.pack(_present(value))


def _present(value: Any) -> Any:
    if value is None:
        raise RunError("raw: NULL cannot be written", todo="leave the row out with WHERE ... IS NOT NULL")
    return value

"""The avro format: values and rows to Avro binary by generated code, Avro binary to Arrow columns.

`encoder` writes what fastavro's schemaless_writer writes, byte for byte (tests/unit/formats). `decode_columns` reads
many values at once, only the fields asked for, resolved from the writer's schema to the columns of a table.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import fastavro
import msgspec
import pyarrow

from riverrun.errors import InputError, RunError
from riverrun.formats.avro_binary import encode_long
from riverrun.formats.avro_code import Code, encode_value
from riverrun.formats.avro_columns import Columns, columns_of
from riverrun.formats.avro_pack import joined, pack_record
from riverrun.formats.avro_rows import avro_values
from riverrun.formats.avro_walk import NotCovered, Odd
from riverrun.schema.avro import Schema, parse
from riverrun.schema.flink import from_type
from riverrun.schema.types import Type

pa: Any = pyarrow  # the stubs know neither from_arrays with a mask nor our type table

Encoder = Callable[[Any], bytes]


def encoder(schema: Schema | Any) -> Encoder:
    """A function that encodes a Python value (a dict for a record; logical types as the numbers they are written as).

    Raises KeyError for a missing field without default, and what Python raises (AttributeError, TypeError, ValueError,
    OverflowError) for a value of another type.
    """
    if not isinstance(schema, Schema):
        schema = parse(schema)
    code = Code()
    code.line(f"return {encode_value(code, schema, 'value')}")
    return code.function("encode", "value")


def decode_columns(
    values: Sequence[bytes | None], writer_schema: Any, row: Type, *, legacy_timestamps: bool = True
) -> Any:
    """The columns of `row` (a ROW type), named c0, c1, ... (fields of rows f0, ...), from Avro values without header.

    values          Avro binary of records of `writer_schema` (parsed JSON); None (a tombstone) gives a row of NULLs
    Fields are found by name. One that was not written is NULL, or an InputError when the column is NOT NULL; a type
    that cannot be read as the column's is an InputError. Raises RunError when the bytes do not fit the schema.
    """
    columns = _columns(msgspec.json.encode(writer_schema), row, legacy_timestamps)
    return columns.batch(_decode(values, columns))


@lru_cache(maxsize=64)
def _columns(writer_schema: bytes, row: Type, legacy_timestamps: bool) -> Columns:
    return columns_of(msgspec.json.decode(writer_schema), row, legacy_timestamps=legacy_timestamps)


def _decode(values: Sequence[bytes | None], columns: Columns) -> list[Any]:
    """All values in one go: they are read as one Avro array."""
    present = [value for value in values if value is not None]
    stream = io.BytesIO(b"".join((encode_long(len(present)), *present, b"\x00")) if present else b"\x00")
    try:
        rows: Any = fastavro.schemaless_reader(stream, columns.array_schema, columns.reader_schema)
    except (EOFError, IndexError, ValueError, UnicodeDecodeError, TypeError, KeyError) as error:
        raise RunError(
            f"a value does not fit its Avro schema: {error}", todo="was it written with this schema?"
        ) from error
    if stream.tell() != stream.getbuffer().nbytes:
        raise RunError("a value is longer than its Avro schema says", todo="was it written with this schema?")
    if len(present) == len(values):
        return list(rows)
    found = iter(rows)
    return [None if value is None else next(found) for value in values]


def pack_columns(batch: Any, row: Type, *, schema: Schema | None = None, legacy_timestamps: bool = True) -> Any:
    """As `encode_columns`, as a binary column; at once where that is possible."""
    target = schema or parse(from_type(row.not_null(), legacy_timestamps=legacy_timestamps))
    try:
        return joined(pack_record(target, row)(batch.columns), batch.num_rows)
    except (Odd, NotCovered):
        return pa.array(encode_columns(batch, row, schema=target), pa.binary())


def encode_columns(
    batch: Any, row: Type, *, schema: Schema | None = None, legacy_timestamps: bool = True
) -> list[bytes]:
    """Avro binary of every row of a batch whose columns are those of `row`, by position.

    schema    what to write, by default what Flink's avro format generates for the type; its fields are found by name
    """
    target = schema or parse(from_type(row.not_null(), legacy_timestamps=legacy_timestamps))
    if target.kind != "record":
        raise InputError(f"rows are written as a record, not as {target}")
    encode = encoder(target)
    names = [field.name for field in row.fields]
    lists = []
    for column, field in zip(batch.columns, row.fields, strict=True):
        found = target.field(field.name)
        if found is None:
            raise InputError(f"the Avro schema has no field {field.name}", todo="name the columns as the schema does")
        lists.append(avro_values(column, field.type, found.schema))
    return [encode(dict(zip(names, one, strict=True))) for one in zip(*lists, strict=True)]

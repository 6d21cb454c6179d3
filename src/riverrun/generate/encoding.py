"""Columns to bytes: Avro binary and JSON lines for a whole batch at once, without a statement per row.

An Avro schema (parsed JSON) and an Arrow column become a list of parts, columns of bytes that stand one behind the
other in every row; one join makes the rows. What repeats (dictionary columns) is encoded once.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from riverrun.generate.columns import Column, pa, pc
from riverrun.topics.segment import encode_long

Schema = Any  # parsed JSON
Part = Any  # a column of bytes, or bytes that are the same in every row


def avro_rows(schema: Schema, column: Column) -> Column:
    """The Avro binary of each row, as a column of bytes."""
    return joined(_avro(schema, column), len(column))


def json_rows(schema: Schema, column: Column, end: bytes = b"\n") -> Column:
    """The JSON text of each row, as a column of bytes."""
    return joined([*_json(schema, column), end], len(column))


def body(rows: Column) -> memoryview:
    """All rows of a column of bytes or texts, one behind the other."""
    offsets = np.frombuffer(rows.buffers()[1], dtype=np.int32)[rows.offset : rows.offset + len(rows) + 1]
    data = rows.buffers()[2]
    return memoryview(data)[int(offsets[0]) : int(offsets[-1])] if data is not None else memoryview(b"")


def record_column(schema: Schema, fields: dict[str, Column]) -> Column:
    """The fields, in the schema's order, as one column of records."""
    return pa.StructArray.from_arrays([fields[field["name"]] for field in schema["fields"]], names=_names(schema))


def nullable(schema: Schema) -> Schema | None:
    """What `schema` is when it is not null; None for a schema that has no null."""
    if isinstance(schema, list):
        (other,) = (branch for branch in schema if branch != "null")
        return other
    return None


def type_name(schema: Schema) -> str:
    """The Avro type: `record`, `string` ..."""
    kind = schema["type"] if isinstance(schema, dict) else schema
    return type_name(kind) if isinstance(kind, dict) else str(kind)


def _names(schema: Schema) -> list[str]:
    return [field["name"] for field in schema["fields"]]


def _fields(schema: Schema, column: Column) -> list[tuple[str, Schema, Column]]:
    """Name, schema and values of each field; where the record is null its fields are, too."""
    return [
        (field["name"], field["type"], child)
        for field, child in zip(schema["fields"], column.flatten(), strict=True)
    ]  # fmt: skip


def joined(parts: list[Part], count: int) -> Column:
    """The parts of each row, one behind the other."""
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, bytes) and merged and isinstance(merged[-1], bytes):
            merged[-1] += part
        else:
            merged.append(part)
    columns = [pa.scalar(part, pa.binary()) if isinstance(part, bytes) else part for part in merged]
    if all(isinstance(part, bytes) for part in merged):
        return pa.array([b"".join(merged)] * count, pa.binary())
    return columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, pa.scalar(b"", pa.binary()))


def _looked_up(encoded: Column, column: Column) -> Column:
    return encoded.take(column.indices)


# --- Avro ---------------------------------------------------------------------------------------------------------


def _avro(schema: Schema, column: Column) -> list[Part]:
    other = nullable(schema)
    if other is not None:
        null, value = encode_long(schema.index("null")), encode_long(1 - schema.index("null"))
        if column.null_count == len(column):
            return [null]
        if isinstance(column, pa.DictionaryArray):
            known = joined([value, *_avro(other, column.dictionary)], len(column.dictionary))
            return [pc.fill_null(_looked_up(known, column), null)]
        parts = [value, *_avro(other, column)]
        return parts if column.null_count == 0 else [pc.fill_null(joined(parts, len(column)), null)]
    if isinstance(column, pa.DictionaryArray):
        return [_looked_up(avro_rows(schema, column.dictionary), column)]
    match type_name(schema):
        case "record":
            return [part for _, kind, child in _fields(schema, column) for part in _avro(kind, child)]
        case "string" | "bytes":
            return [*_lengths(column), column.cast(pa.binary())]
        case "boolean":
            return [_BOOLEANS.take(column.cast(pa.int8()))]
        case "int" | "long":
            return [_varints(column)]
        case "double":
            return [_fixed(column.to_numpy(zero_copy_only=False).astype("<f8").view(np.uint8).reshape(-1, 8))]
        case "array":
            return _avro_array(schema, column)
    raise NotImplementedError(f"Avro type {type_name(schema)}")


def _avro_array(schema: Schema, column: Column) -> list[Part]:
    items = avro_rows(schema["items"], column.flatten())
    counts = pc.list_value_length(column)
    lists = pa.ListArray.from_arrays(_offsets(counts), items)
    bodies = pc.binary_join(lists, b"")
    some = pc.binary_join_element_wise(_varints(counts), bodies, pa.scalar(b"\x00"), pa.scalar(b""))
    return [pc.if_else(pc.equal(counts, 0), b"\x00", some)]


def _offsets(counts: Column) -> Column:
    lengths = pc.fill_null(counts, 0).to_numpy(zero_copy_only=False)
    return pa.array(np.concatenate(([0], np.cumsum(lengths))).astype(np.int32))


_BOOLEANS = pa.array([b"\x00", b"\x01"], pa.binary())
_SHORT = 4096
_VARINTS = pa.array([encode_long(number) for number in range(_SHORT)], pa.binary())


def _lengths(column: Column) -> list[Part]:
    """The length of each text, as Avro writes it; one constant when all have the same."""
    lengths = pc.binary_length(column)
    bounds = pc.min_max(lengths)
    low, high = bounds["min"].as_py(), bounds["max"].as_py()
    if low == high and column.null_count == 0:
        return [encode_long(low or 0)]
    return [_VARINTS.take(lengths) if high < _SHORT else _varints(lengths)]


def _varints(column: Column) -> Column:
    """Each whole number as Avro writes it: zigzag, seven bits a byte."""
    if len(column) and column.null_count < len(column):
        bounds = pc.min_max(column)
        if bounds["min"].as_py() >= 0 and bounds["max"].as_py() < _SHORT:
            return _VARINTS.take(column)
    numbers = pc.fill_null(column, 0).to_numpy(zero_copy_only=False).astype(np.int64)
    rest = ((numbers << 1) ^ (numbers >> 63)).astype(np.uint64)
    width = 10
    matrix = np.empty((numbers.size, width), dtype=np.uint8)
    for place in range(width):
        matrix[:, place] = rest & np.uint64(0x7F)
        rest = rest >> np.uint64(7)
    used = width - np.argmax(np.concatenate((matrix[:, :0:-1] != 0, np.ones((numbers.size, 1), bool)), axis=1), axis=1)
    inside = np.arange(width) < used[:, None]
    matrix[np.arange(width) < used[:, None] - 1] |= 0x80
    offsets = np.concatenate(([0], np.cumsum(used))).astype(np.int32)
    encoded = _binary(offsets, matrix[inside])
    return encoded if column.null_count == 0 else pc.if_else(pc.is_valid(column), encoded, pa.scalar(None, pa.binary()))


def _binary(offsets: npt.NDArray[np.int32], data: npt.NDArray[np.uint8]) -> Column:
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(data))]
    return pa.Array.from_buffers(pa.binary(), len(offsets) - 1, buffers)


def _fixed(matrix: npt.NDArray[np.uint8]) -> Column:
    count, width = matrix.shape
    return _binary(np.arange(0, count * width + 1, width, dtype=np.int32), matrix)


# --- JSON ---------------------------------------------------------------------------------------------------------


def _json(schema: Schema, column: Column) -> list[Part]:
    other = nullable(schema)
    if other is not None:
        if column.null_count == len(column):
            return [b"null"]
        if isinstance(column, pa.DictionaryArray):
            known = json_rows(other, column.dictionary, b"")
            return [pc.fill_null(_looked_up(known, column), b"null")]
        parts = _json(other, column)
        return parts if column.null_count == 0 else [pc.fill_null(joined(parts, len(column)), b"null")]
    if isinstance(column, pa.DictionaryArray):
        return [_looked_up(json_rows(schema, column.dictionary, b""), column)]
    match type_name(schema):
        case "record":
            parts = []
            for number, (name, kind, child) in enumerate(_fields(schema, column)):
                parts += [(b"," if number else b"{") + msgspec.json.encode(name) + b":", *_json(kind, child)]
            return [*parts, b"}"]
        case "string":
            return _json_texts(column)
        case "boolean":
            return [_JSON_BOOLEANS.take(column.cast(pa.int8()))]
        case "int" | "long" | "double":
            return [column.cast(pa.string()).cast(pa.binary())]
        case "array":
            items = json_rows(schema["items"], column.flatten(), b"")
            lists = pa.ListArray.from_arrays(_offsets(pc.list_value_length(column)), items)
            inside = pc.binary_join(lists, b",")
            return [b"[", inside if column.null_count == 0 else pc.if_else(pc.is_valid(column), inside, None), b"]"]
    raise NotImplementedError(f"Avro type {type_name(schema)}")


_JSON_BOOLEANS = pa.array([b"false", b"true"], pa.binary())


def _json_texts(column: Column) -> list[Part]:
    if _to_escape(column):
        texts = [None if text is None else msgspec.json.encode(text) for text in column.to_pylist()]
        return [pa.array(texts, pa.binary())]
    return [b'"', column.cast(pa.binary()), b'"']


def _to_escape(column: Column) -> bool:
    """Whether some text holds a quote, a backslash or a control character."""
    octets = np.frombuffer(body(column), dtype=np.uint8)
    return bool((octets < 0x20).any() or (octets == 0x22).any() or (octets == 0x5C).any())

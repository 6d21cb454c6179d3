"""One file of one stream: JSON lines, Avro, CSV or Parquet. Files other than Parquet can be gone on with."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import pyarrow.csv
import pyarrow.parquet

from riverrun.errors import InputError, RunError, Where
from riverrun.generate.breaking import broken_lines, broken_values
from riverrun.generate.columns import Column, pa, pc
from riverrun.generate.encoding import avro_rows, body, joined, json_rows, nullable, type_name
from riverrun.generate.streams import Batch, Stream
from riverrun.topics.segment import MAGIC, Damaged, encode_bytes, encode_long, read_header

_AVRO_BLOCK_ROWS = 4096
_PARQUET_ROWS = 131_072


class StreamFile(Protocol):
    def write(self, batch: Batch) -> None: ...

    def position(self) -> int | None:
        """Bytes of the file that are written and belong to the batches so far; None when it cannot be gone on with."""
        ...

    def close(self) -> None: ...


def json_lines(batch: Batch, *, meta: bool) -> Column:
    """Each row as a line: the value, or with `meta` an object of topic, timestamp, key, headers and value."""
    rows = _with_meta(batch) if meta else json_rows(batch.stream.schema, batch.value)
    return broken_lines(batch, rows, meta=meta)


def _with_meta(batch: Batch) -> Column:
    schema = batch.stream.schema
    headers: list[Any] = []
    for number, (name, column) in enumerate(batch.headers.items()):
        headers += [("," if number else "").encode() + json.dumps(name).encode() + b":", *_json_text(column)]
    return joined(
        [
            b'{"topic":' + json.dumps(batch.topic).encode() + b',"timestamp":',
            batch.stamp.cast(pa.string()).cast(pa.binary()),
            b',"key":', *_json_text(batch.key), b',"headers":{', *headers,
            b'},"value":', json_rows(schema, batch.value, b""),
            b"}\n",
        ],
        len(batch),
    )  # fmt: skip


def _json_text(column: Column) -> list[Any]:
    return [json_rows("string", column, b"")]


class JsonLines:
    def __init__(self, path: Path, stream: Stream, seed: int, position: int | None, *, meta: bool = False) -> None:
        self._file = _opened(path, position)
        self._meta = meta

    def write(self, batch: Batch) -> None:
        self._file.write(body(json_lines(batch, meta=self._meta)))

    def position(self) -> int:
        return _synced(self._file)

    def close(self) -> None:
        self._file.close()


class Avro:
    """An Avro object container file, uncompressed; every block is one batch or a part of it."""

    def __init__(self, path: Path, stream: Stream, seed: int, position: int | None) -> None:
        self._file = _opened(path, position)
        self._schema = stream.schema
        if position:
            self._sync = _sync_marker(path)
        else:
            self._sync = np.random.Generator(np.random.PCG64DXSM(seed)).bytes(16)
            self._file.write(_avro_header(stream.schema, self._sync))

    def write(self, batch: Batch) -> None:
        rows = avro_rows(self._schema, broken_values(batch))
        for start in range(0, len(rows), _AVRO_BLOCK_ROWS):
            part = rows.slice(start, _AVRO_BLOCK_ROWS)
            raw = body(part)
            self._file.writelines((encode_long(len(part)), encode_long(len(raw)), raw, self._sync))

    def position(self) -> int:
        return _synced(self._file)

    def close(self) -> None:
        self._file.close()


def _avro_header(schema: Any, sync: bytes) -> bytes:
    metadata = {"avro.schema": json.dumps(schema).encode(), "avro.codec": b"null"}
    pairs = b"".join(encode_bytes(name.encode()) + encode_bytes(value) for name, value in metadata.items())
    return MAGIC + encode_long(len(metadata)) + pairs + b"\x00" + sync


def _sync_marker(path: Path) -> bytes:
    with path.open("rb") as file:
        try:
            return read_header(file.read(1 << 20)).sync
        except Damaged as error:
            raise RunError(f"cannot be gone on with: {error}", where=Where(file=str(path))) from error


class Csv:
    """Fields of records are columns with dotted names; arrays are JSON texts; null is nothing."""

    def __init__(self, path: Path, stream: Stream, seed: int, position: int | None) -> None:
        self._file = _opened(path, position)
        self._schema = stream.schema
        self._header = not position

    def write(self, batch: Batch) -> None:
        leaves = dict(flat(self._schema, broken_values(batch), ""))
        options = pyarrow.csv.WriteOptions(include_header=self._header, quoting_style="needed")
        pyarrow.csv.write_csv(pa.table(leaves), self._file, options)
        self._header = False

    def position(self) -> int:
        return _synced(self._file)

    def close(self) -> None:
        self._file.close()


def flat(schema: Any, column: Column, prefix: str) -> list[tuple[str, Column]]:
    """(dotted name, column) of every field that is not a record."""
    inner = nullable(schema) or schema
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary.take(column.indices)
    if type_name(inner) == "record":
        children = zip(inner["fields"], column.flatten(), strict=True)
        return [
            leaf
            for field, child in children
            for leaf in flat(field["type"], child, f"{prefix}.{field['name']}" if prefix else field["name"])
        ]
    if type_name(inner) == "array":
        texts = json_rows(schema, column, b"").cast(pa.string())
        column = pc.if_else(column.is_valid(), texts, pa.scalar(None, pa.string()))
    return [(prefix, column)]


class Parquet:
    def __init__(self, path: Path, stream: Stream, seed: int, position: int | None) -> None:
        if position:
            raise InputError(
                "a Parquet file cannot be gone on with", where=Where(file=str(path)), todo="use --format avro"
            )
        self._path = path
        self._schema = stream.schema
        self._writer: pyarrow.parquet.ParquetWriter | None = None
        self._waiting: list[Column] = []

    def write(self, batch: Batch) -> None:
        self._waiting.append(plain(self._schema, broken_values(batch)))
        if sum(map(len, self._waiting)) >= _PARQUET_ROWS:
            self._write_waiting()

    def position(self) -> None:
        return None

    def close(self) -> None:
        if self._waiting:
            self._write_waiting()
        if self._writer is not None:
            self._writer.close()

    def _write_waiting(self) -> None:
        column = pa.concat_arrays(self._waiting)
        table = pa.Table.from_arrays(column.flatten(), names=[field.name for field in column.type])
        if self._writer is None:
            self._writer = pyarrow.parquet.ParquetWriter(self._path, table.schema)
        self._writer.write_table(table)
        self._waiting = []


def plain(schema: Any, column: Column) -> Column:
    """The column without dictionaries, and with the types of the schema's logical ones."""
    inner = nullable(schema) or schema
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary.take(column.indices)
    if type_name(inner) == "record":
        fields = [plain(field["type"], column.field(number)) for number, field in enumerate(inner["fields"])]
        mask = None if column.null_count == 0 else column.is_null()
        return pa.StructArray.from_arrays(fields, names=[field["name"] for field in inner["fields"]], mask=mask)
    logical = inner.get("logicalType") if isinstance(inner, dict) else None
    types = {"date": pa.date32(), "timestamp-millis": pa.timestamp("ms", "UTC")}
    return column.cast(types[logical]) if logical in types else column


FORMATS: dict[str, tuple[str, Callable[..., StreamFile]]] = {
    "jsonl": (".jsonl", JsonLines),
    "avro": (".avro", Avro),
    "csv": (".csv", Csv),
    "parquet": (".parquet", Parquet),
}


def _opened(path: Path, position: int | None) -> BinaryIO:
    """A file to append to: a new one, or one cut off at `position`."""
    if not position:
        return path.open("wb", buffering=1 << 20)
    if not path.exists() or path.stat().st_size < position:
        raise RunError(
            f"does not have the {position} bytes that were written", where=Where(file=str(path)),
            todo="take another state file, or none",
        )  # fmt: skip
    file = path.open("r+b", buffering=1 << 20)
    file.truncate(position)
    file.seek(position)
    return file


def _synced(file: BinaryIO) -> int:
    file.flush()
    os.fsync(file.fileno())
    return file.tell()

"""Files that are not lines: Avro object container files and Parquet."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import fastavro
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from riverrun.connectors.options import flag, format_options, wrong
from riverrun.connectors.protocol import Column, Relation
from riverrun.errors import InputError, RunError
from riverrun.formats.avro import pack_columns
from riverrun.formats.avro_binary import encode_bytes, encode_long
from riverrun.formats.avro_columns import Columns, columns_of
from riverrun.formats.parquet import from_named, named_schema, to_named
from riverrun.schema.flink import from_type
from riverrun.schema.types import Root, Type

_LEGACY = "timestamp_mapping.legacy"


def _row(columns: Sequence[Column]) -> Type:
    return Type(Root.ROW, nullable=False, fields=tuple(column.field for column in columns))


def _legacy_timestamps(relation: Relation) -> bool:
    try:
        return flag(format_options(relation, "avro").get(_LEGACY, "true"))
    except ValueError as error:
        raise wrong(relation, f"'avro.{_LEGACY}' = '{error}'", "it is true or false") from error


class AvroReader:
    """Avro container files, block by block. The position is the block's place in the file."""

    def __init__(self, relation: Relation, columns: Sequence[Column]) -> None:
        fields = tuple(column.field for column in columns)
        self._row = Type(Root.ROW, nullable=False, fields=tuple(type(f)(f.name, f.type.null()) for f in fields))
        self._legacy = _legacy_timestamps(relation)
        self._path: Path | None = None
        self._file: BinaryIO | None = None
        self._blocks: Any = None
        self._columns: Columns | None = None

    def read(self, path: Path, position: int, limit: int) -> tuple[pa.Table, int] | None:
        if self._path != path:
            self._open(path)
        assert self._columns is not None
        parts, rows, end = [], 0, position
        for block in self._blocks:
            if block.offset < position:
                continue
            parts.append(self._decode(path, block))
            rows, end = rows + block.num_records, block.offset + block.size
            if rows >= limit:
                break
        return (pa.Table.from_batches(parts), end) if parts else None

    def _open(self, path: Path) -> None:
        self.close()
        self._path, self._file = path, path.open("rb")
        try:
            self._blocks = fastavro.block_reader(self._file)
        except (ValueError, EOFError) as error:
            raise RunError(f"{path} is not an Avro file: {error}") from error
        try:
            self._columns = columns_of(self._blocks.writer_schema, self._row, legacy_timestamps=self._legacy)
        except InputError as error:
            raise RunError([*error.problems]) from error

    def _decode(self, path: Path, block: Any) -> pa.RecordBatch:
        assert self._columns is not None
        body = encode_long(block.num_records) + block.bytes_.read() + b"\x00"
        try:
            rows: Any = fastavro.schemaless_reader(
                io.BytesIO(body), self._columns.array_schema, self._columns.reader_schema
            )
        except (EOFError, IndexError, ValueError, UnicodeDecodeError) as error:
            raise RunError(f"{path}: a block does not fit its schema: {error}") from error
        return self._columns.batch(rows)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._path = self._file = None


class AvroFile:
    """Writes an Avro container file, a block for every piece."""

    def __init__(self, relation: Relation, columns: Sequence[Column], file: BinaryIO) -> None:
        self._row = _row(columns)
        self._legacy = _legacy_timestamps(relation)
        self._file = file
        self._sync = secrets.token_bytes(16)
        schema = avro_schema(relation, columns)
        metadata = {b"avro.schema": json.dumps(schema).encode(), b"avro.codec": b"null"}
        body = b"".join(encode_bytes(name) + encode_bytes(value) for name, value in metadata.items())
        file.write(b"Obj\x01" + encode_long(len(metadata)) + body + b"\x00" + self._sync)

    def write(self, rows: pa.Table) -> int:
        rows = rows.select([f"c{n}" for n in range(len(self._row.fields))])
        values = pack_columns(rows, self._row, legacy_timestamps=self._legacy)
        _, offsets, data = values.buffers()
        size = np.frombuffer(offsets, np.int32)[len(values)]
        self._file.write(prefix := encode_long(len(values)) + encode_long(int(size)))
        self._file.write(memoryview(data)[:size] if data is not None else b"")
        self._file.write(self._sync)
        return len(prefix) + int(size) + len(self._sync)

    def finish(self) -> None:
        return


def avro_schema(relation: Relation, columns: Sequence[Column]) -> Any:
    try:
        return from_type(_row(columns), legacy_timestamps=_legacy_timestamps(relation))
    except InputError as error:
        raise wrong(relation, error.problems[0].what, error.problems[0].todo or "") from error


class ParquetReader:
    """Parquet files, row group by row group. The position is the number of the row group."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._fields = [column.field for column in columns]
        self._path: Path | None = None
        self._file: Any = None

    def read(self, path: Path, position: int, limit: int) -> tuple[pa.Table, int] | None:
        if self._path != path:
            self.close()
            try:
                self._path, self._file = path, pq.ParquetFile(path)
            except pa.ArrowInvalid as error:
                raise RunError(f"{path} is not a Parquet file: {error}") from error
        if position >= self._file.num_row_groups:
            return None
        names = [field.name for field in self._fields if field.name in self._file.schema_arrow.names]
        found = self._file.read_row_group(position, columns=names)
        try:
            return from_named(found, self._fields), position + 1
        except InputError as error:
            raise RunError([*error.problems]) from error

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._path = self._file = None


class ParquetFile:
    """Writes a Parquet file, a row group for every piece."""

    def __init__(self, relation: Relation, columns: Sequence[Column], file: BinaryIO) -> None:
        self._fields = [column.field for column in columns]
        self._writer = pq.ParquetWriter(file, named_schema(self._fields))
        self._file = file

    def write(self, rows: pa.Table) -> int:
        before = self._file.tell()
        self._writer.write_table(to_named(rows, self._fields))
        return self._file.tell() - before

    def finish(self) -> None:
        self._writer.close()

"""Reads the files of a folder: which files, in which order, block by block, with partition folders and metadata."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from riverrun.connectors.formats import Asked, Decoder
from riverrun.connectors.json_file_reading import WholeJsonReader
from riverrun.connectors.options import format_options
from riverrun.connectors.protocol import Chunk, Column, FileReader, Relation, Surroundings
from riverrun.errors import RunError
from riverrun.formats import json
from riverrun.schema.arrow import arrow_type
from riverrun.schema.types import STRING, Root

_SMALLEST_BLOCK = 64 * 1024
_LARGEST_BLOCK = 16 * 2**20
_BYTES_PER_ROW = 256
# Metadata key of a data field that stands for the record's timestamp (`--bind TABLE=PATH?timestamp=FIELD`).
FIELD = "field:"
_OPS = pa.schema([("_op", pa.int8())])


class FileSource:
    """Files in the order of their paths. The position is the files that are done, and how far the current one is."""

    def __init__(
        self, relation: Relation, wanted: Sequence[int], around: Surroundings, path: Path, options: Mapping[str, Any]
    ) -> None:
        self._path = path
        self._clock = around.clock
        self._columns = [relation.columns[index] for index in wanted]
        partitions = set(relation.partitioned_by)
        self._data = [column for column in self._columns if column.metadata is None and column.name not in partitions]
        bound = [(c.metadata or "", c) for c in self._columns]
        self._times = {key.removeprefix(FIELD): c for key, c in bound if key.startswith(FIELD)}
        self._default_partition = str(options["partition.default-name"])
        self._read_columns = [*self._data, *(c for c in self._texts() if c not in self._data)]
        every = [column for column in relation.physical if column.name not in partitions]
        if not self._read_columns:  # rows are counted by a column
            self._read_columns = sorted(every, key=lambda column: column.type.root is Root.ROW)[:1]
        self._reader = _reader(relation, self._read_columns, every, str(options["format"]), around)
        self._pattern = (
            re.compile(options["source.path.regex-pattern"]) if options["source.path.regex-pattern"] else None
        )
        self._interval: int | None = options["source.monitor-interval"]
        self.bounded = self._interval is None or around.bounded
        self._done: list[str] = []
        self._current: tuple[str, int] | None = None
        self._waiting: list[str] | None = None
        self._listed_at = -float("inf")

    def _texts(self) -> list[Column]:
        """The fields that stand for record timestamps, as they are read."""
        known = {column.name: column for column in self._data}
        return [known.get(name, Column(name, STRING)) for name in self._times]

    def read(self, limit: int) -> Chunk | None:
        while True:
            if self._current is None:
                following = self._next_file()
                if following is None:
                    return None
                self._current = (following, 0)
            name, position = self._current
            found = self._reader.read(Path(name), position, limit)
            if found is None:
                self._done.append(name)
                self._current = None
                continue
            rows, self._current = found[0], (name, found[1])
            return Chunk(self._complete(rows, Path(name)))

    def _next_file(self) -> str | None:
        if not self._waiting and (self._waiting is None or self._due()):
            done = set(self._done)
            self._waiting = [name for name in self._files() if name not in done]
            self._listed_at = self._clock.monotonic_ms()
        return self._waiting.pop(0) if self._waiting else None

    def _due(self) -> bool:
        return self._interval is not None and self._clock.monotonic_ms() >= self._listed_at + self._interval

    def _files(self) -> list[str]:
        if self._path.is_file():
            return [str(self._path)]
        if not self._path.is_dir():
            raise RunError(f"there is no file or folder {self._path}", todo="see to the table's option 'path'")
        found = sorted(str(path) for path in data_files(self._path))
        return [name for name in found if self._pattern is None or self._pattern.fullmatch(name)]

    def _complete(self, rows: pa.Table, path: Path) -> pa.Table:
        """The data columns with those that come from the path and the file, in the asked order."""
        if not self._columns:
            return pa.table({"_op": rows.column("_op") if "_op" in rows.column_names else [0] * rows.num_rows}).cast(
                _OPS
            )
        if self._data == self._columns:
            return rows
        partitions = _partition_values(self._path, path)
        read = dict(zip(self._read_columns, rows.columns, strict=False))
        arrays = [self._array(column, read, path, partitions, rows.num_rows) for column in self._columns]
        names = [f"c{index}" for index in range(len(arrays))]
        if "_op" in rows.column_names:
            arrays.append(rows.column("_op"))
            names.append("_op")
        return pa.Table.from_arrays(arrays, names=names)

    def _array(
        self, column: Column, read: Mapping[Column, Any], path: Path, partitions: Mapping[str, str], count: int
    ) -> Any:
        if column in read:
            return read[column]
        if column.metadata is None:
            return _constant(self._partition(column, partitions), column, count)
        if column.metadata.startswith(FIELD):
            name = column.metadata.removeprefix(FIELD)
            text = next(text for text in self._texts() if text.name == name)
            return times_of(read[text], path, name).cast(arrow_type(column.type))
        return _constant(_metadata(column, path), column, count)

    def _partition(self, column: Column, values: Mapping[str, str]) -> str | None:
        value = values.get(column.name)
        return None if value == self._default_partition else value

    @property
    def position(self) -> Any:
        return {"done": self._done, "current": list(self._current) if self._current else None}

    def seek(self, position: Any) -> None:
        self._done = list(position["done"])
        self._current = (position["current"][0], position["current"][1]) if position["current"] else None
        self._waiting = None
        if self._current is not None:
            self._waiting = [name for name in self._files() if name not in {*self._done, self._current[0]}]

    def behind(self) -> int | None:
        return None

    def close(self) -> None:
        self._reader.close()


def data_files(folder: Path) -> Iterator[Path]:
    for entry in os.scandir(folder):
        if entry.name.startswith((".", "_")):
            continue
        if entry.is_dir():
            yield from data_files(Path(entry.path))
        else:
            yield Path(entry.path)


def _partition_values(root: Path, path: Path) -> dict[str, str]:
    parts = path.relative_to(root).parent.parts if path != root else ()
    return {unquote(name): unquote(value) for name, equals, value in (part.partition("=") for part in parts) if equals}


def times_of(texts: Any, path: Path, field: str) -> Any:
    """Texts as instants: ISO 8601 (UTC where they name no zone), or milliseconds since the epoch."""
    for parse in (_iso_with_zone, _iso_without_zone, _epoch_millis):
        with suppress(pa.ArrowInvalid):
            return parse(texts)
    raise RunError(
        f"{path}: the field {field} does not hold times only",
        todo="write times as 2025-12-19T11:12:56.423Z, or as milliseconds since 1970",
    )


def _iso_with_zone(texts: Any) -> Any:
    return texts.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))


def _iso_without_zone(texts: Any) -> Any:
    return texts.cast(pa.timestamp("us"))


def _epoch_millis(texts: Any) -> Any:
    return texts.cast(pa.int64()).cast(pa.timestamp("ms")).cast(pa.timestamp("us"))


def _metadata(column: Column, path: Path) -> Any:
    status = path.stat()
    match column.metadata:
        case "file.path":
            return str(path.absolute())
        case "file.name":
            return path.name
        case "nothing":
            return None
        case "file.size":
            return status.st_size
        case _:
            return status.st_mtime_ns // 1_000_000 * 1000


def _constant(value: Any, column: Column, count: int) -> pa.Array:
    type_ = arrow_type(column.type)
    if value is None:
        return pa.nulls(count, type_)
    if pa.types.is_timestamp(type_) and isinstance(value, int):
        return pa.repeat(pa.scalar(value, pa.int64()).cast(type_), count)
    return pa.repeat(pa.scalar(value).cast(type_), count)


def _reader(
    relation: Relation, wanted: Sequence[Column], every: Sequence[Column], format_: str, around: Surroundings
) -> FileReader:
    if format_ in ("parquet", "avro"):
        from riverrun.connectors.columnar_files import AvroReader, ParquetReader  # they bring libraries of their own

        return ParquetReader(wanted) if format_ == "parquet" else AvroReader(relation, wanted)
    lines = LineReader(Asked(relation, format_, around.zone, lenient=True).decoder(wanted, every))
    if format_ == "json" and not around.resumes:
        fast = json.whole_files(
            [column.field for column in wanted], [column.read for column in wanted], format_options(relation, "json")
        )
        if fast is not None:
            return WholeJsonReader(fast, lines)
    return lines


class LineReader:
    """Files of rows in lines. Blocks grow from small ones, so that the first rows come soon."""

    def __init__(self, decode: Decoder) -> None:
        self._decode = decode
        self._open: tuple[Path, Any] | None = None

    def read(self, path: Path, position: int, limit: int) -> tuple[pa.Table, int] | None:
        file = self._file(path)
        wanted = min(max(limit * _BYTES_PER_ROW, _SMALLEST_BLOCK), _LARGEST_BLOCK)
        while True:
            file.seek(position)
            buffer = file.read(wanted)
            if not buffer:
                return None
            last = len(buffer) < wanted
            whole = self._decode.whole(buffer, last=last)
            if whole:
                return self._decode.lines(buffer[:whole] if whole < len(buffer) else buffer), position + whole
            if last:
                return None
            wanted *= 4

    def _file(self, path: Path) -> Any:
        if self._open is None or self._open[0] != path:
            self.close()
            self._open = (path, path.open("rb"))
        return self._open[1]

    def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None

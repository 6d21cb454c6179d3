"""Writes files that appear only when they are whole: rows gather in a hidden file that is renamed in the end."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import quote

import pyarrow as pa

from riverrun.connectors.formats import Asked, BlockEncoder
from riverrun.connectors.options import wrong
from riverrun.connectors.protocol import Column, Relation, Surroundings
from riverrun.errors import RunError

_SUFFIXES = {"json": ".json", "csv": ".csv", "raw": ".txt", "avro": ".avro", "parquet": ".parquet"}


class FileSink:
    """A finished file is named after the job and the number of its first row, so that rows told again are known."""

    def __init__(self, relation: Relation, around: Surroundings, path: Path, options: Mapping[str, Any]) -> None:
        self._root = path
        self._clock = around.clock
        self._job = around.job
        self._relation = relation
        self._partition_names = relation.partitioned_by
        self._default_partition = str(options["partition.default-name"])
        written = [column for column in relation.columns if not column.virtual and column.metadata is None]
        self._columns = written
        self._data = [n for n, column in enumerate(written) if column.name not in self._partition_names]
        self._format = str(options["format"])
        self._begin = _writers(relation, [written[n] for n in self._data], self._format, around.zone)
        self._file_size = int(options["sink.rolling-policy.file-size"])
        self._rollover_ms = int(options["sink.rolling-policy.rollover-interval"])
        self._open: dict[str, _Part] = {}
        self._next = 0
        missing = set(self._partition_names) - {column.name for column in written}
        if missing:
            raise wrong(relation, f"PARTITIONED BY ({', '.join(sorted(missing))}): no such column", "name a column")

    @property
    def mark(self) -> Any:
        return None

    def resume(self, mark: Any, first: int) -> int:
        self._next = first
        return first

    def write(self, rows: pa.Table, first: int) -> None:
        for folder, part in self._by_folder(rows):
            self._part(folder, first).write(part)
        self._next = first + rows.num_rows

    def _by_folder(self, rows: pa.Table) -> list[tuple[str, pa.Table]]:
        data = rows.select([f"c{n}" for n in self._data] + (["_op"] if "_op" in rows.column_names else []))
        data = data.rename_columns([*(f"c{n}" for n in range(len(self._data))), *data.column_names[len(self._data) :]])
        if not self._partition_names:
            return [("", data)]
        at: dict[str, list[int]] = {}
        for number, values in enumerate(zip(*(self._texts(rows, name) for name in self._partition_names), strict=True)):
            folder = "/".join(f"{name}={value}" for name, value in zip(self._partition_names, values, strict=True))
            at.setdefault(folder, []).append(number)
        return [(folder, data.take(pa.array(numbers))) for folder, numbers in at.items()]

    def _texts(self, rows: pa.Table, name: str) -> list[str]:
        index = next(n for n, column in enumerate(self._columns) if column.name == name)
        values = rows.column(f"c{index}").cast(pa.string()).to_pylist()
        return [self._default_partition if value is None else quote(value, safe=" _-.+@,;()") for value in values]

    def _part(self, folder: str, first: int) -> _Part:
        part = self._open.get(folder)
        if part is None:
            part = self._open[folder] = self._new_part(folder, first)
        return part

    def _new_part(self, folder: str, first: int) -> _Part:
        name = f"part-{self._job}-{first:012d}{_SUFFIXES.get(self._format, '')}"
        return _Part(self._root / folder, name, first, self._begin, self._clock.now_ms())

    def flush(self, *, end: bool) -> int:
        """Finish the files that are due; all rows are stored only when every file is."""
        if end or any(self._is_due(part) for part in self._open.values()):
            for part in self._open.values():
                part.finish()
            self._open.clear()
            return self._next
        return min((part.first for part in self._open.values()), default=self._next)

    def _is_due(self, part: _Part) -> bool:
        return part.size >= self._file_size or self._clock.now_ms() - part.begun_ms >= self._rollover_ms

    def close(self) -> None:
        for part in self._open.values():
            part.discard()
        self._open.clear()


class FileWriter(Protocol):
    def write(self, rows: pa.Table) -> int:
        """Append rows; how many bytes they took."""
        ...

    def finish(self) -> None: ...


class _Lines:
    def __init__(self, encode: BlockEncoder, file: BinaryIO) -> None:
        self._encode, self._file = encode, file

    def write(self, rows: pa.Table) -> int:
        return sum(self._file.write(block) for block in self._encode(rows))

    def finish(self) -> None:
        return


Begin = Callable[[BinaryIO], FileWriter]


def _writers(relation: Relation, columns: Sequence[Column], format_: str, zone: str) -> Begin:
    """Begins files of a format. Raises InputError when it cannot hold the columns."""
    if format_ in ("parquet", "avro"):
        from riverrun.connectors import columnar_files  # it brings libraries of its own

        if format_ == "parquet":
            return lambda file: columnar_files.ParquetFile(relation, columns, file)
        columnar_files.avro_schema(relation, columns)
        return lambda file: columnar_files.AvroFile(relation, columns, file)
    encode = Asked(relation, format_, zone, lenient=True).block_encoder(columns)
    return lambda file: _Lines(encode, file)


class _Part:
    """A file being written."""

    def __init__(self, folder: Path, name: str, first: int, begin: Begin, now_ms: int) -> None:
        self.first = first
        self.begun_ms = now_ms
        self.size = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._target = folder / name
        self._hidden = folder / f".{name}.{secrets.token_hex(4)}.inprogress"
        self._file = self._hidden.open("wb")
        self._writer = begin(self._file)

    def write(self, rows: pa.Table) -> None:
        self.size += self._writer.write(rows)

    def finish(self) -> None:
        try:
            self._writer.finish()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._hidden.replace(self._target)
        except OSError as error:
            raise RunError(f"{self._target}: {error.strerror or error}", todo="see to the disk") from error

    def discard(self) -> None:
        self._file.close()
        self._hidden.unlink(missing_ok=True)

"""Reads JSON files with DuckDB as long as they are plain, and goes on line by line where they are not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from riverrun.connectors.protocol import FileReader
from riverrun.formats.json_columns import NotPlain
from riverrun.formats.json_files import WholeFiles, suspicious

_ROWS = 50_000
_FIRST = 100  # rows that are there before DuckDB has begun
_SMALL = 64 * 1024  # bytes of a file that is read before DuckDB has begun; a folder may hold very many of them


class WholeJsonReader:
    """The position counts the rows of a file. To go on within one is slower: line by line, behind counted lines."""

    def __init__(self, fast: WholeFiles, exact: FileReader) -> None:
        self._fast, self._exact = fast, exact
        self._path: Path | None = None
        self._tables: _Ahead | None = None
        self._look: _SecondLook | None = None
        self._offset: int | None = None  # where the exact way goes on, in bytes
        self._limit = 0
        self._given = 0  # the first rows, which the exact way has read
        self._behind = 0  # them, in bytes

    def read(self, path: Path, position: int, limit: int) -> tuple[pa.Table, int] | None:
        self._limit = limit
        if self._look is not None and path == self._path:
            self._look.start()
        if path != self._path:
            self._stop()
            self._path, self._look, self._tables = path, None, None
            self._offset = self._beginning(path, position)
            if self._offset is None:
                self._look, self._tables = _SecondLook(path), _Ahead(self._fast.tables(path, lambda: self._limit))
                return self._first(path)
        if self._offset is None:
            try:
                return self._next(path, position)
            except NotPlain:
                self._offset = self._behind if position == self._given else _offset_of_row(path, position)
        found = self._exact.read(path, self._offset, limit)
        if found is None:
            self._at_the_end(path)
            return None
        rows, self._offset = found
        return rows, position + rows.num_rows

    def _beginning(self, path: Path, position: int) -> int | None:
        """Where the exact way begins; None when the fast one goes with it."""
        if position:
            return _offset_of_row(path, position)
        return 0 if path.stat().st_size <= _SMALL else None

    def _first(self, path: Path) -> tuple[pa.Table, int] | None:
        """The beginning of a file, while the fast way begins."""
        found = self._exact.read(path, 0, min(self._limit, _FIRST))
        if found is None:
            self._at_the_end(path)
            return None
        rows, self._behind = found
        self._given = rows.num_rows
        return rows, self._given

    def _next(self, path: Path, position: int) -> tuple[pa.Table, int] | None:
        assert self._tables is not None
        passed = self._given if position == self._given else 0
        while (rows := self._tables.next()) is not None:
            if rows.num_rows > passed:
                # No slice: what is inside of one begins before it, which DuckDB does not take.
                rest = rows.take(pa.array(range(passed, rows.num_rows), pa.int64())) if passed else rows
                return rest, position + rest.num_rows
            passed -= rows.num_rows
        self._at_the_end(path)
        return None

    def _at_the_end(self, path: Path) -> None:
        """A suspicious file is read once more, only to see whether that fails; not when all of it was read so."""
        offset = 0 if self._look is not None and self._look.found() else None
        while offset is not None and (found := self._exact.read(path, offset, _ROWS)) is not None:
            offset = found[1]

    def close(self) -> None:
        self._exact.close()
        self._stop()

    def _stop(self) -> None:
        if self._tables is not None:
            self._tables.close()
        if self._look is not None:
            self._look.stop()


class _Ahead:
    """Makes the next table while the last one is worked on."""

    def __init__(self, tables: Iterator[pa.Table]) -> None:
        self._tables = tables
        self._thread = ThreadPoolExecutor(1, "read ahead")
        self._following = self._thread.submit(next, tables, None)

    def next(self) -> pa.Table | None:
        found = self._following.result()
        self._following = self._thread.submit(next, self._tables, None)
        return found

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)


class _SecondLook:
    """Searches a file for what is suspicious, while it is read; not before the first rows are there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._result = False
        self._thread = threading.Thread(target=self._search, name=f"look at {path.name}", daemon=True)
        self._started = False

    def start(self) -> None:
        if not self._started:
            self._started = True
            self._thread.start()

    def stop(self) -> None:
        """Nobody asks any more."""
        if self._started:
            self._thread.join()

    def _search(self) -> None:
        self._result = suspicious(self._path)

    def found(self) -> bool:
        self.start()
        self._thread.join()
        return self._result


def _offset_of_row(path: Path, number: int) -> int:
    """Where the line behind so many rows begins; blank lines are no rows."""
    offset = 0
    with path.open("rb") as file:
        while number:
            line = file.readline()
            number -= bool(line.strip())
            offset += len(line)
    return offset

"""Whole files of JSON lines, read by DuckDB in parallel: several times faster than block by block.

DuckDB reads strictly what Flink reads strictly, with these exceptions. It takes a comma before a closing bracket, bare
NaN and Infinity, and a line `null`: the beginning of the file is searched for these at the same time, and what is
suspicious is read again the exact way. It prints numbers and objects where texts are asked for: such values are looked
for in what it gives. Everything else that is unusual is an error there, and a reason to go on the exact way here
(`NotPlain`).
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riverrun import database
from riverrun.formats.json_columns import ColumnReader, NotPlain
from riverrun.java.numbers import double_text
from riverrun.schema.arrow import arrow_type
from riverrun.schema.types import INTEGERS, STRINGS, WHOLE, Field, Paths, Root, Type, inside

_TIMES = (Root.DATE, Root.TIMESTAMP, Root.TIMESTAMP_LTZ)
_LARGEST_OBJECT = 4 * 2**20  # DuckDB has buffers of twice that for every thread
_PIECE = 32768  # rows; a table has several, on which several threads can work
_SEARCHED = 64 * 2**20
_CHUNK = 1 << 16  # small enough for the processor's cache
_INTEGER = r"^-?(0|[1-9]\d{0,17})$"
_NUMBER = r"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$"
_FRACTION = r"^-?\d+(\.\d+([eE][+-]?\d+)?|[eE][+-]?\d+)$"
_NOTHING = "riverrun: nothing"
_OVERLAP = 8
# Where a bare word of JSON can begin.
_BEFORE_WORD = frozenset(b":,[- \t\r\n")


def whole_files(fields: Sequence[Field], read: Sequence[Paths], standard: str) -> WholeFiles | None:
    """A reader of files with these columns; texts outside of `read` are left NULL. None where DuckDB cannot read them
    exactly."""
    if not fields or not all(_readable(field.type) for field in fields) or not _distinct(fields):
        return None
    return WholeFiles(fields, read, standard)


def _readable(type_: Type) -> bool:
    if type_.root is Root.ROW:
        return bool(type_.fields) and _distinct(type_.fields) and all(_readable(field.type) for field in type_.fields)
    if type_.root is Root.ARRAY and type_.element is not None:
        return _readable(type_.element)
    return type_.root in (*STRINGS, *INTEGERS, *_TIMES, Root.BOOLEAN, Root.DOUBLE)


def _distinct(fields: Sequence[Field]) -> bool:
    """DuckDB's names are not case sensitive."""
    return len({field.name.casefold() for field in fields}) == len(fields)


class WholeFiles:
    def __init__(self, fields: Sequence[Field], read: Sequence[Paths], standard: str) -> None:
        self._fields = tuple(fields)
        self._read = tuple(read)
        self._columns = ColumnReader(fields, standard)
        every = zip(fields, read, strict=True)
        spec = [f"{_text(field.name)}: {_text(_duckdb_type(field.type, paths))}" for field, paths in every]
        if len(fields) == 1:  # with a second column, lines that are not objects are errors
            spec.append(f"{_text(_NOTHING)}: 'VARCHAR'")
        self._spec = "{" + ", ".join(spec) + "}"

    def tables(self, path: Path, rows: Callable[[], int]) -> Iterator[pa.Table]:
        """The file's rows, at least `rows()` at a time. Raises NotPlain when the exact way has to go on behind the
        rows given so far; afterwards, `riverrun.formats.json_files.suspicious` says whether to have a second look."""
        try:
            reader = database.for_files().cursor().sql(
                f"FROM read_json({_text(str(path))}, columns={self._spec}, "
                f"format='newline_delimited', compression='none', maximum_object_size={_LARGEST_OBJECT})"
            ).to_arrow_reader(_PIECE)  # fmt: skip
            gathered: list[pa.RecordBatch] = []
            for batch in self._in_pieces(reader, rows):
                gathered.append(self._piece(batch))
                if sum(map(len, gathered)) >= rows():
                    yield pa.Table.from_batches(gathered)
                    gathered = []
            if gathered:
                yield pa.Table.from_batches(gathered)
        except (duckdb.Error, pa.ArrowInvalid) as error:
            raise NotPlain(str(error)) from error

    def _in_pieces(self, batches: Iterator[Any], rows: Callable[[], int]) -> Iterator[Any]:
        """As they come, the first ones cut, so that the first rows are there soon."""
        for batch in batches:
            start = 0
            while len(batch) - start > 4 * rows():
                yield _copied(batch, start, start + (size := rows()))
                start += size
            yield _copied(batch, start, len(batch)) if start else batch

    def _piece(self, batch: Any) -> pa.RecordBatch:
        arrays = []
        for n, (field, paths) in enumerate(zip(self._fields, self._read, strict=True)):
            arrays.append(self._columns.converted(_plain(batch.column(n), field.type, paths), field.type))
        return pa.RecordBatch.from_arrays(arrays, names=[f"c{n}" for n in range(len(arrays))])


def _copied(batch: Any, start: int, end: int) -> Any:
    """Some rows of a batch, as one that begins with them: what is inside of a slice begins before it."""
    return batch.take(pa.array(range(start, end), pa.int64()))


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _duckdb_type(type_: Type, read: Paths) -> str:
    """All values as texts: DuckDB's own casts are not Flink's. Texts that nobody looks at are not made: there is
    nothing that cannot be one."""
    if type_.root is Root.ROW:
        fields = [(field, inside(read, n)) for n, field in enumerate(type_.fields)]
        parts = [
            f"{_quoted(f.name)} {_duckdb_type(f.type, paths)}" for f, paths in fields if not _skipped(f.type, paths)
        ]
        return f"STRUCT({', '.join(parts) or f'{_quoted(_NOTHING)} VARCHAR'})"
    if type_.root is Root.ARRAY and type_.element is not None:
        return _duckdb_type(type_.element, WHOLE) + "[]"
    return "VARCHAR"


def _skipped(type_: Type, read: Paths) -> bool:
    return not read and type_.root in STRINGS


def _plain(array: Any, type_: Type, read: Paths) -> Any:
    """Texts as the values that the column reader expects; NotPlain where that takes more than a look."""
    root = type_.root
    if root is Root.ROW:
        return _plain_rows(array, type_, read)
    if root is Root.ARRAY and type_.element is not None:
        values = _plain(array.values, type_.element, WHOLE)
        return pa.ListArray.from_arrays(array.offsets, values, mask=array.is_null() if array.null_count else None)
    if root in _TIMES:
        return array  # no number or object looks like one
    if root in STRINGS:
        return _texts(array)
    if root is Root.BOOLEAN:
        _require(pc.is_in(array, pa.array(["true", "false", None])))
        return pc.equal(array, "true")
    _require(pc.match_substring_regex(array, _INTEGER if root in INTEGERS else _NUMBER))
    return array.cast(arrow_type(type_))


def _plain_rows(array: Any, type_: Type, read: Paths) -> Any:
    parts, place = [], 0
    for n, field in enumerate(type_.fields):
        paths = inside(read, n)
        if _skipped(field.type, paths):
            parts.append(pa.nulls(len(array), pa.string()))
            continue
        parts.append(_plain(array.field(place), field.type, paths))
        place += 1
    names = [field.name for field in type_.fields]
    return pa.StructArray.from_arrays(parts, names, mask=array.is_null() if array.null_count else None)


def _require(true: Any) -> None:
    if not pc.all(true, skip_nulls=True, min_count=0).as_py():
        raise NotPlain("a value of another kind than its column")


def _texts(array: Any) -> Any:
    """Texts, when none of them is a number or an object that DuckDB has printed in another way than Flink does."""
    offsets = np.frombuffer(array.buffers()[1], np.int32, len(array) + 1, 4 * array.offset)
    data = np.frombuffer(array.buffers()[2] or b"\0", np.uint8)
    first = data[np.minimum(offsets[:-1], len(data) - 1)]
    some = offsets[1:] > offsets[:-1]
    if (some & ((first == ord("{")) | (first == ord("[")))).any():
        raise NotPlain("perhaps an object in the place of a text")
    at = np.flatnonzero(some & ((first == ord("-")) | ((first >= ord("0")) & (first <= ord("9")))))
    if len(at):
        candidates = array.take(pa.array(at))
        numbers = candidates.filter(pc.match_substring_regex(candidates, _FRACTION)).unique()
        if any(double_text(float(text)) != text for text in numbers.to_pylist()):
            raise NotPlain("perhaps a number in the place of a text")
    return array


def suspicious(path: Path) -> bool:
    """Whether the file may hold what DuckDB takes and Flink does not. Who writes such JSON does so all the time, and
    to search takes as long as to read: only the beginning is looked at (docs/sql/flink-differences.md)."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            view = np.frombuffer(mapped, np.uint8)[:_SEARCHED]
            try:
                return view[0] != ord("{") or any(
                    _is_suspicious(view[at : at + _CHUNK + _OVERLAP]) for at in range(0, len(view), _CHUNK)
                )
            finally:
                del view


def _is_suspicious(part: Any) -> bool:
    """A comma before a closing bracket, a bare NaN or Infinity, a line that does not begin with an object."""
    if len(part) < _CHUNK + _OVERLAP:  # the end of the file
        part = np.concatenate((part, np.zeros(2, np.uint8)))
    here, second = part[:-2], part[1:-1]
    comma = here == ord(",")
    closing, blank = (part | 32) == ord("}"), (part == ord(" ")) | (part == ord("\t"))
    if (comma & (closing[1:-1] | (blank[1:-1] & (closing[2:] | blank[2:])))).any():
        return True
    if ((here == ord("\n")) & (second != ord("{")) & (second != ord("\n")) & (second > ord("\r"))).any():
        return True
    low = part | 32
    n = low == ord("n")
    words = n[:-2] & (low[1:-1] == ord("a")) & n[2:]
    words |= (low[:-2] == ord("i")) & n[1:-1] & (low[2:] == ord("f"))
    return bool(words.any()) and any(
        at == 0 or int(part[at - 1]) in _BEFORE_WORD for at in np.flatnonzero(words).tolist()
    )

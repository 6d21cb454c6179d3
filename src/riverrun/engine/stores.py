"""What operators keep: rows, values by key, and a few numbers. Each store knows what changed since it was last saved,
so a checkpoint writes changes only (`riverrun.engine.jobfile`).
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import OP, Ints, Mask, take, where

_MOST_CHUNKS = 64
_MOST_HOLES = 8  # numbers that are not there, for each that is
_BLANK = pa.schema([pa.field(OP, pa.int8())])


class Changes(Protocol):
    """Where a store's changes go at a checkpoint: the tables of a job's file."""

    def add(self, name: str, rows: pa.Table) -> None: ...

    def remove(self, name: str, ids: Ints) -> None: ...


class Rows:
    """A set of rows in arrival order, each with a number that never changes."""

    def __init__(self, schema: pa.Schema) -> None:
        # Arrow cannot count rows of nothing.
        self._table: pa.Table = (schema if len(schema) else _BLANK).empty_table()
        self._ids: Ints = np.zeros(0, np.int64)
        self._dead: Mask = np.zeros(0, np.bool_)
        self._dead_count = 0
        self._next = 0
        self._saved = 0  # rows numbered below are on disk
        self._removed: list[Ints] = []

    def __len__(self) -> int:
        return len(self._ids) - self._dead_count

    @property
    def nbytes(self) -> int:
        return int(self._table.nbytes) + int(self._ids.nbytes)

    @property
    def table(self) -> pa.Table:
        self._compact()
        return self._table

    @property
    def ids(self) -> Ints:
        """The number of every row of `table`."""
        self._compact()
        return self._ids

    @property
    def next(self) -> int:
        """The number that the next row gets."""
        return self._next

    def below(self, number: int) -> Ints:
        """The numbers below `number` of rows that are there."""
        at = int(np.searchsorted(self._ids, number))
        found: Ints = self._ids[:at][~self._dead[:at]]
        return found

    @property
    def schema(self) -> pa.Schema:
        """What lies on disk."""
        return self._table.schema.append(pa.field("_id", pa.int64()))

    def add(self, rows: pa.Table) -> Ints:
        """Append rows; returns their numbers. Columns that the store does not have are left out."""
        ids = np.arange(self._next, self._next + rows.num_rows)
        if not len(ids):
            return ids
        rows = self._fitting(rows)
        self._next += len(ids)
        self._table = pa.concat_tables([self._table, rows]) if len(self._ids) else rows
        self._ids = np.concatenate((self._ids, ids)) if len(self._ids) else ids
        self._dead = np.concatenate((self._dead, np.zeros(len(ids), np.bool_)))
        if self._table.column(0).num_chunks > _MOST_CHUNKS:
            self._table = self._table.combine_chunks()
        return ids

    def _fitting(self, rows: pa.Table) -> pa.Table:
        schema = self._table.schema
        if rows.schema.equals(schema):
            return rows
        if schema.names == [OP] and OP not in rows.column_names:
            rows = rows.append_column(OP, pa.array(np.zeros(rows.num_rows, np.int8)))
        return rows.select(schema.names).cast(schema)

    def keep(self, mask: Mask) -> None:
        """Forget the rows of `table` where `mask` is false."""
        if mask.all():
            return
        self._compact()
        self._forget(self._ids[~mask])
        self._table = where(self._table, mask)
        self._ids = self._ids[mask]
        self._dead = np.zeros(len(self._ids), np.bool_)

    def drop(self, ids: Ints) -> None:
        """Forget the rows with these numbers. They have to be there."""
        if not len(ids):
            return
        self._forget(ids)
        self._dead[self._places(ids)] = True
        self._dead_count += len(ids)
        if self._dead_count * 2 > len(self._ids):
            self._compact()

    def take(self, ids: Ints) -> pa.Table:
        """The rows with these numbers, in this order. They have to be there."""
        return take(self._table, self._places(ids))

    def column(self, name: str, ids: Ints) -> pa.ChunkedArray:
        """As `take`, of one column."""
        return self.columns([name], ids).column(0)

    def columns(self, names: Sequence[str], ids: Ints) -> pa.Table:
        """As `take`, of some columns."""
        return take(self._table.select(names), self._places(ids))

    def _places(self, ids: Ints) -> Ints:
        if not len(ids) or not len(self._ids):
            return np.searchsorted(self._ids, ids)
        first, span = int(self._ids[0]), int(self._ids[-1] - self._ids[0]) + 1
        if span == len(self._ids):
            return ids - first
        if span > _MOST_HOLES * len(self._ids) or len(ids) * 8 < len(self._ids):
            return np.searchsorted(self._ids, ids)
        places = np.empty(span, np.int64)  # quicker than a search for each when there are many
        places[self._ids - first] = np.arange(len(self._ids))
        found: Ints = places[ids - first]
        return found

    def _forget(self, ids: Ints) -> None:
        self._removed.append(ids[ids < self._saved])

    def _compact(self) -> None:
        if self._dead_count:
            alive = ~self._dead
            self._table, self._ids = where(self._table, alive), self._ids[alive]
            self._dead, self._dead_count = np.zeros(len(self._ids), np.bool_), 0

    def save(self, name: str, into: Changes) -> None:
        if self._removed:
            gone = np.concatenate(self._removed)
            if len(gone):
                into.remove(name, gone)
            self._removed = []
        at = int(np.searchsorted(self._ids, self._saved))
        if at < len(self._ids):
            alive = ~self._dead[at:]
            rows = self._table.slice(at).append_column("_id", pa.array(self._ids[at:]))
            into.add(name, rows if alive.all() else where(rows, alive))
        self._saved = self._next

    def load(self, saved: pa.Table) -> None:
        """Begin with what was saved (ordered by number)."""
        self._ids = saved.column("_id").to_numpy().astype(np.int64)
        self._table = saved.select(self._table.column_names).cast(self._table.schema)
        self._dead, self._dead_count = np.zeros(len(self._ids), np.bool_), 0
        self._next = self._saved = int(self._ids[-1]) + 1 if len(self._ids) else 0
        self._removed = []


_VALUE_TYPES: dict[str, pa.DataType] = {"key": pa.binary(), "value": pa.binary(), "_id": pa.int64()}
_VALUES = pa.schema(_VALUE_TYPES)


class Values:
    """Python values by key. A value that was changed in place is told of with `touch`."""

    schema = _VALUES

    def __init__(self) -> None:
        self._values: dict[Any, Any] = {}
        self._changed: set[Any] = set()
        self._on_disk: dict[Any, int] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: Any) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def get(self, key: Any, default: Any = None) -> Any:
        return self._values.get(key, default)

    def __getitem__(self, key: Any) -> Any:
        return self._values[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._values[key] = value
        self._changed.add(key)

    def touch(self, key: Any) -> None:
        self._changed.add(key)

    def pop(self, key: Any) -> Any:
        if key in self._values:
            self._changed.add(key)
        return self._values.pop(key, None)

    def first(self) -> tuple[Any, Any] | None:
        """The key that was put in first, with its value; a key that is put in again is the last only when it was
        taken out before."""
        return next(iter(self._values.items()), None)

    def sort(self, by: Callable[[Any], Any]) -> None:
        """Order the keys by their values, as after loading no order is known."""
        self._values = dict(sorted(self._values.items(), key=lambda item: by(item[1])))

    def items(self) -> Iterator[tuple[Any, Any]]:
        return iter(self._values.items())

    @property
    def nbytes(self) -> int:
        return 200 * len(self._values)

    def save(self, name: str, into: Changes) -> None:
        if not self._changed:
            return
        gone = [self._on_disk.pop(key) for key in self._changed if key in self._on_disk]
        if gone:
            into.remove(name, np.array(gone, np.int64))
        live = [key for key in self._changed if key in self._values]
        if live:
            ids = range(self._next, self._next + len(live))
            self._next += len(live)
            self._on_disk.update(zip(live, ids, strict=True))
            keys = [pickle.dumps(key, 5) for key in live]
            values = [pickle.dumps(self._values[key], 5) for key in live]
            into.add(name, pa.table({"key": keys, "value": values, "_id": pa.array(ids, pa.int64())}, schema=_VALUES))
        self._changed.clear()

    def load(self, saved: pa.Table) -> None:
        for key, value, number in zip(*(saved.column(name).to_pylist() for name in _VALUES.names), strict=True):
            key = _unpickle(key)
            self._values[key] = _unpickle(value)
            self._on_disk[key] = number
        self._next = max(self._on_disk.values(), default=-1) + 1


class _PlainUnpickler(pickle.Unpickler):
    """Only values: a state file that somebody tampered with cannot run code."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"a state file holds no {module}.{name}")


_PLAIN = {
    ("decimal", "Decimal"),
    ("collections", "Counter"),
    ("builtins", "set"),
    *(("datetime", name) for name in ("datetime", "date", "time", "timedelta", "timezone")),
}


def _unpickle(raw: bytes) -> Any:
    return _PlainUnpickler(io.BytesIO(raw)).load()


class Numbers:
    """A few named numbers and lists of numbers, saved whole."""

    schema = _VALUES

    def __init__(self, **initial: Any) -> None:
        self._values = dict(initial)
        self._saved: bytes | None = None
        self._id = 0

    def __len__(self) -> int:
        return 0

    nbytes = 0

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._values[name] = value

    def save(self, name: str, into: Changes) -> None:
        raw = pickle.dumps(self._values, 5)
        if raw == self._saved:
            return
        if self._saved is not None:
            into.remove(name, np.array([self._id], np.int64))
        self._saved, self._id = raw, self._id + 1
        into.add(name, pa.table({"key": [b""], "value": [raw], "_id": [self._id]}, schema=_VALUES))

    def load(self, saved: pa.Table) -> None:
        if saved.num_rows:
            self._saved, self._id = saved.column("value")[-1].as_py(), saved.column("_id")[-1].as_py()
            self._values.update(_unpickle(self._saved))


Store = Rows | Values | Numbers

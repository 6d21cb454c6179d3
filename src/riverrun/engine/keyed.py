"""One kept row per key: its key columns c0, c1, ... and whatever else is kept with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import Ints, Mask, take, where
from riverrun.engine.keys import tuples
from riverrun.engine.stores import Rows


class Keyed:
    """The rows are in `rows`, a store; `restored` has to be called after it was loaded."""

    def __init__(self, keys: Sequence[pa.Field], others: Sequence[pa.Field]) -> None:
        self._keys = [f"c{n}" for n in range(len(keys))]
        self._fields = [field.with_name(name) for field, name in zip(keys, self._keys, strict=True)]
        self.rows = Rows(pa.schema([*self._fields, *others]))
        self._ids: dict[tuple[Any, ...], int] | None = None

    def restored(self) -> None:
        self._ids = None

    def get(self, firsts: pa.Table) -> tuple[Ints, pa.Table]:
        """(ids of the kept rows of the keys in `firsts`; those rows). Where there is none: -1, and NULL."""
        if self._ids is None:
            kept = self.rows.table
            self._ids = dict(zip(tuples(kept, self._keys), self.rows.ids.tolist(), strict=True))
        keys = tuples(firsts, self._keys)
        ids = np.array([self._ids.get(key, -1) for key in keys], np.int64)
        there = ids >= 0
        found = self.rows.take(ids[there])
        at = np.where(there, np.cumsum(there) - 1, 0)
        before = take(found, at, mask=~there) if there.any() else self._nulls(len(keys))
        for index, name in enumerate(self._keys):
            before = before.set_column(index, self._fields[index], firsts.column(name))
        return ids, before

    def put(self, old: Ints, rows: pa.Table, alive: Mask | None = None) -> None:
        """Rows in the place of those that `get` found; a key whose row is not alive is forgotten."""
        assert self._ids is not None, "get comes first"
        self.rows.drop(np.sort(old[old >= 0]))
        keys = tuples(rows, self._keys)
        if alive is None or alive.all():
            self._ids.update(zip(keys, self.rows.add(rows).tolist(), strict=True))
            return
        ids = iter(self.rows.add(where(rows, alive)).tolist())
        for key, living in zip(keys, alive.tolist(), strict=True):
            if living:
                self._ids[key] = next(ids)
            else:
                self._ids.pop(key, None)

    def forget(self, ids: Ints) -> list[tuple[Any, ...]]:
        """Forget the rows with these numbers; returns their keys."""
        if not len(ids):
            return []
        keys = tuples(self.rows.take(ids), self._keys)
        for key in keys if self._ids is not None else ():
            self._ids.pop(key, None)  # type: ignore[union-attr]
        self.rows.drop(ids)
        return keys

    def _nulls(self, count: int) -> pa.Table:
        schema = self.rows.table.schema
        return pa.Table.from_arrays([pa.nulls(count, field.type) for field in schema], schema=schema)


def chunked(array: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])

"""State that expires (`table.exec.state.ttl`): by the clock, so long after it was last written.

Rows are numbered as they are written, so a few marks (all rows below a number were written by a time) say which have
expired, and no row carries a time. Nothing that has expired is used; it leaves memory at the next batch or tick, and
the job's file at the checkpoint after that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import Ints
from riverrun.engine.context import Context
from riverrun.engine.keyed import Keyed
from riverrun.engine.keys import codes
from riverrun.engine.stores import Numbers, Rows, Store

# What was written within this part of the TTL expires together, with the last of it.
_PARTS = 250
_MARKER = "_n"


class Expiry:
    """Which rows of a store have expired. `store` has to be saved beside it."""

    def __init__(self, context: Context, ttl: int | None = None) -> None:
        """`ttl` in ms, 0 for never; that of the session when it is left out."""
        self._context = context
        self.ttl = context.ttl if ttl is None else ttl
        self.store = Numbers(marks=[], below=0)

    def __bool__(self) -> bool:
        return self.ttl > 0

    @property
    def now(self) -> int:
        return self._context.clock.now_ms()

    def wrote(self, rows: Rows) -> None:
        """Rows may have been added just now."""
        if not self.ttl:
            return
        now, marks, part = self.now, self.store["marks"], max(1, self.ttl // _PARTS)
        known = marks[-1][1] if marks else self.store["below"]
        if rows.next == known:
            return
        if marks and marks[-1][0] // part == now // part:
            marks = marks[:-1]
        self.store["marks"] = [*marks, (now, rows.next)]

    def expired(self, rows: Rows) -> Ints:
        """The numbers of the rows that have expired."""
        marks = self.store["marks"]
        if self.ttl and marks and marks[0][0] + self.ttl <= self.now:
            gone = [mark for mark in marks if mark[0] + self.ttl <= self.now]
            self.store["marks"], self.store["below"] = marks[len(gone) :], gone[-1][1]
        return rows.below(self.store["below"])

    def forgot(self, count: int) -> None:
        """So many rows were forgotten: there is something to be saved."""
        self._context.expired += count


class KeyedExpiry:
    """One row per key, which expires when its key was not written for so long."""

    def __init__(self, context: Context, kept: Keyed, ttl: int | None = None) -> None:
        self.age = Expiry(context, ttl)
        self._kept = kept

    def sweep(self) -> None:
        if self.age:
            gone = self.age.expired(self._kept.rows)
            self._kept.forget(gone)
            self.age.forgot(len(gone))

    def wrote(self) -> None:
        self.age.wrote(self._kept.rows)


class KeyAges:
    """When each key was last written, for what keeps several rows per key: they expire together."""

    def __init__(self, context: Context, keys: Sequence[pa.Field], ttl: int | None = None) -> None:
        self._names = [f"c{n}" for n in range(len(keys))]
        self._kept = Keyed(keys, [pa.field(_MARKER, pa.int8())])
        self._age = Expiry(context, ttl)

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"key_ages": self._kept.rows, "age": self._age.store} if self._age else {}

    def __bool__(self) -> bool:
        return bool(self._age)

    def restored(self, rows: pa.Table, names: Sequence[str]) -> None:
        """After loading; the keys of kept `rows` from before state expired count as written now."""
        self._kept.restored()
        if not len(self._kept.rows):
            self.wrote(rows, names)

    def wrote(self, rows: pa.Table, names: Sequence[str]) -> None:
        """The keys in the columns `names` were written."""
        if not self._age or not len(rows):
            return
        keys = rows.select(names).rename_columns(self._names) if names else rows.select([])
        found = codes(rows, names)[0]
        first = np.unique(found, return_index=True)[1]
        marks = pa.array(np.zeros(len(first), np.int8))
        table = keys.take(pa.array(first)).append_column(_MARKER, marks) if names else pa.table({_MARKER: marks})
        old, _ = self._kept.get(table)
        self._kept.put(old, table.cast(self._kept.rows.table.schema))
        self._age.wrote(self._kept.rows)

    def expired(self) -> set[tuple[Any, ...]]:
        """The keys that have expired since this was asked for the last time."""
        if not self._age:
            return set()
        gone = self._kept.forget(self._age.expired(self._kept.rows))
        self._age.forgot(len(gone))
        return set(gone)

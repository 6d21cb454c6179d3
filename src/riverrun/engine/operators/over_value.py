"""Over, ordered by something else than time: rows with aggregates over the rows up to them in that order; updating.

Keeps all rows. A row that arrives or goes changes the results of those behind it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from riverrun.engine.aggregation import with_plain_arguments
from riverrun.engine.batch import (
    AFTER,
    BEFORE,
    DELETE,
    INSERT,
    Batch,
    Ints,
    concat,
    data,
    ops,
    take,
    with_ops,
    with_watermarks,
)
from riverrun.engine.context import Context
from riverrun.engine.expiry import KeyAges
from riverrun.engine.expressions import Projection, conform
from riverrun.engine.frames import Framed
from riverrun.engine.inputs import Inputs
from riverrun.engine.keys import tuples
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.ordering import SortValue, sort_values
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.stores import Rows, Store
from riverrun.schema.types import Field
from riverrun.sql.expr import Column
from riverrun.sql.plan import Over

_ENTRIES = list[tuple[SortValue, int]]


class OverValueOperator(Operator):
    def __init__(self, node: Over, context: Context) -> None:
        self._node = node
        source = node.input.schema
        own = tuple(Column(index, field.type) for index, field in enumerate(source))
        kept, calls = with_plain_arguments(node.keys, node.aggregates, source)
        self._at = len(source)
        fields = tuple(Field("", expr.type) for expr in kept)
        self._arguments = Projection(context, (*own, *kept), None, (*source, *fields), len(source))
        self._width = len(kept)
        self._framed = Framed(context, calls, len(kept))
        self._keys = [f"c{key}" for key in node.keys]
        self._inputs = Inputs()
        self._rows = Rows(schema_of((*source, *fields)))
        self._partitions: dict[tuple[Any, ...], _ENTRIES] = {}
        self._values: dict[int, tuple[Any, ...]] = {}
        self._ages = KeyAges(context, [self._rows.table.schema.field(name) for name in self._keys])

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        self._sweep()
        self._ages.wrote(batch.rows, self._keys)
        rows = data(self._arguments(batch.rows))
        numbers = self._rows.add(rows).tolist()
        own = rows.select([f"c{n}" for n in range(self._at)])
        values = tuples(own, own.column_names)
        arriving = zip(tuples(rows, self._keys), sort_values(rows, self._node.order), values, strict=True)
        said: list[pa.Table] = []
        source: list[int] = []
        gone: list[int] = []
        for at, ((key, sort, value), op) in enumerate(zip(arriving, ops(batch.rows).tolist(), strict=True)):
            entries = self._partitions.setdefault(key, [])
            if op in (INSERT, AFTER):
                self._values[numbers[at]] = value
                changes = self._insert(entries, sort, numbers[at], op)
            else:
                gone.append(numbers[at])
                changes = self._retract(entries, sort, value, gone)
            said.append(changes)
            source += [at] * len(changes)
        out = concat(said) if said else empty(self._node.schema)
        self._rows.drop(np.array(sorted(gone), np.int64))
        return Batch(with_watermarks(out, arrival.rows[np.array(source, np.int64)]), arrival.after, self._inputs.idle)

    def _insert(self, entries: _ENTRIES, sort: SortValue, number: int, op: int) -> pa.Table:
        at = bisect_right(entries, sort, key=_sort_of)
        first = at if self._node.frame.rows else bisect_left(entries, sort, key=_sort_of)
        before = list(entries)
        entries.insert(at, (sort, number))
        changed = [(n, n if n < at else n + 1) for n in range(first, len(before))]
        return self._say(before, entries, changed, new=at, op=op)

    def _retract(self, entries: _ENTRIES, sort: SortValue, value: tuple[Any, ...], gone: list[int]) -> pa.Table:
        end = bisect_right(entries, sort, key=_sort_of)
        same = [n for n in range(end) if entries[n][0] == sort and self._values[entries[n][1]] == value]
        if not same:
            return empty(self._node.schema)
        at = same[0]
        first = at + 1 if self._node.frame.rows else bisect_left(entries, sort, key=_sort_of)
        before = list(entries)
        gone.append(entries.pop(at)[1])
        del self._values[gone[-1]]
        changed = [(n, n if n < at else n - 1) for n in range(first, len(before)) if n != at]
        return self._say(before, entries, changed, lost=at)

    def _say(
        self,
        before: _ENTRIES,
        after: _ENTRIES,
        changed: list[tuple[int, int]],
        *,
        new: int | None = None,
        lost: int | None = None,
        op: int = INSERT,
    ) -> pa.Table:
        """-U/+U for rows (place before, place after) whose result changed; `op` for the one that came, -D for the one
        that went."""
        old = [*([lost] if lost is not None else []), *(place for place, _ in changed)]
        now = [*([new] if new is not None else []), *(place for _, place in changed)]
        kinds = np.full(len(old) + len(now), BEFORE, np.int8)
        kinds[len(old) :] = AFTER
        if lost is not None:
            kinds[0] = DELETE
        if new is not None:
            kinds[len(old)] = op
        low = np.repeat([0, len(before)], [len(old), len(now)])
        high = [self._end(before, place) for place in old] + [len(before) + self._end(after, place) for place in now]
        rows = self._rows.take(np.array([number for _, number in [*before, *after]], np.int64))
        arguments = rows.select([f"c{self._at + n}" for n in range(self._width)])
        arguments = arguments.rename_columns([f"c{n}" for n in range(self._width)])
        results = self._framed(arguments, low, np.array(high, np.int64))
        at = np.array([*old, *(len(before) + place for place in now)], np.int64)
        out = take(rows.select([f"c{n}" for n in range(self._at)]), at)
        for n, name in enumerate(results.column_names):
            out = out.append_column(f"c{self._at + n}", results.column(name))
        out = with_ops(conform(out, schema_of(self._node.schema)), kinds)
        return take(out, self._order(results, len(old), len(changed)))

    def _end(self, entries: _ENTRIES, at: int) -> int:
        return at + 1 if self._node.frame.rows else bisect_right(entries, entries[at][0], key=_sort_of)

    def _order(self, results: pa.Table, places: int, changed: int) -> Ints:
        """The one that came or went first, then the pairs whose results differ."""
        values = tuples(results, results.column_names)
        single_old, single_new = places - changed, len(values) - places - changed
        order = [*range(single_old), *range(places, places + single_new)]
        for n in range(changed):
            old, now = single_old + n, places + single_new + n
            if values[old] != values[now]:
                order += [old, now]
        return np.array(order, np.int64)

    def _sweep(self) -> None:
        gone = [number for key in self._ages.expired() for _, number in self._partitions.pop(key, ())]
        self._rows.drop(np.array(sorted(gone), np.int64))
        for number in gone:
            del self._values[number]

    def tick(self, now_ms: int) -> None:
        self._sweep()

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"inputs": self._inputs.store, "rows": self._rows, **self._ages.stores}

    def restored(self) -> None:
        self._ages.restored(self._rows.table, self._keys)
        rows, ids = self._rows.table, self._rows.ids.tolist()
        own = rows.select([f"c{n}" for n in range(self._at)])
        self._values = dict(zip(ids, tuples(own, own.column_names), strict=True))
        self._partitions = {}
        for key, sort, number in zip(tuples(rows, self._keys), sort_values(rows, self._node.order), ids, strict=True):
            insort(self._partitions.setdefault(key, []), (sort, number))


def _sort_of(entry: tuple[SortValue, int]) -> SortValue:
    return entry[0]

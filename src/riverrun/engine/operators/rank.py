"""Rank, SortLimit, and Limit over changes: the rows of certain numbers of an order, per partition, updating.

Keeps per partition the rows up to the last wanted one; all of them when the input retracts. Of rows that the order does
not tell apart, the first to arrive comes first.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import (
    AFTER,
    BEFORE,
    DELETE,
    INSERT,
    Batch,
    data,
    ops,
    with_column,
    with_ops,
    with_watermarks,
)
from riverrun.engine.context import Context
from riverrun.engine.expiry import KeyAges
from riverrun.engine.inputs import Inputs
from riverrun.engine.keys import tuples
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.ordering import SortValue, sort_values
from riverrun.engine.schemas import schema_of
from riverrun.engine.stores import Rows, Store
from riverrun.sql.expr import SortKey
from riverrun.sql.plan import Limit, Rank, Schema, SortLimit

_ENTRIES = list[tuple[SortValue, int]]  # (what sorts, the row's number), in order


class _Said(NamedTuple):
    number: int  # of a kept row
    op: int
    rank: int


class RankOperator(Operator):
    def __init__(
        self,
        schema: Schema,
        *,
        keys: Sequence[int],
        order: Sequence[SortKey],
        first: int,
        last: int,
        shows_number: bool,
        retracts: bool,
        context: Context,
        takes_back: bool = True,
    ) -> None:
        self._keys = [f"c{key}" for key in keys]
        self._order = order
        self._first, self._last = first, last
        self._shows_number, self._retracts = shows_number, retracts
        # Flink shifts rank by rank when the rank is shown, or when the wanted ones do not begin with the first.
        self._shifts = shows_number or first > 1
        self._replaces = last == 1 and first == 1 and not retracts
        self._takes_back = takes_back
        self._inputs = Inputs()
        self._rows = Rows(schema_of(schema))
        self._partitions: dict[tuple[Any, ...], _ENTRIES] = {}
        self._values: dict[int, tuple[Any, ...]] = {}
        self._ages = KeyAges(context, [self._rows.table.schema.field(name) for name in self._keys])

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        self._sweep()
        rows = data(batch.rows)
        self._ages.wrote(rows, self._keys)
        numbers = self._rows.add(rows).tolist()
        said: list[_Said] = []
        source: list[int] = []
        gone: list[int] = []
        values = tuples(rows, rows.column_names) if self._retracts else [()] * len(rows)
        arriving = zip(
            tuples(rows, self._keys),
            sort_values(rows, self._order),
            values,
            ops(batch.rows).tolist(),
            numbers,
            strict=True,
        )
        for at, (key, sort, value, op, number) in enumerate(arriving):
            entries = self._partitions.setdefault(key, [])
            if op in (INSERT, AFTER):
                if self._retracts:
                    self._values[number] = value
                changes = self._insert(entries, sort, number, gone)
            else:
                gone.append(number)
                changes = self._retract(entries, sort, value, gone)
            said += changes
            source += [at] * len(changes)
            if not entries:
                del self._partitions[key]
        out = self._taken(said)
        self._rows.drop(np.array(sorted(gone), np.int64))
        return Batch(with_watermarks(out, arrival.rows[np.array(source, np.int64)]), arrival.after, self._inputs.idle)

    def _insert(self, entries: _ENTRIES, sort: SortValue, number: int, gone: list[int]) -> list[_Said]:
        at = bisect_right(entries, sort, key=lambda entry: entry[0])
        if at >= self._last and not self._retracts:
            gone.append(number)
            return []
        said = self._said_by_insert(entries, at, number)
        entries.insert(at, (sort, number))
        if not self._retracts and len(entries) > self._last:
            gone.append(entries.pop()[1])
        return said

    def _said_by_insert(self, entries: _ENTRIES, at: int, number: int) -> list[_Said]:
        if at >= self._last:
            return []
        if self._replaces and entries:
            before = [_Said(entries[0][1], BEFORE, 1)] if self._takes_back else []
            return [*before, _Said(number, AFTER, 1)]
        if not self._shifts:
            full = len(entries) >= self._last
            leaving = [_Said(entries[self._last - 1][1], DELETE, 0)] if full else []
            return [*leaving, _Said(number, INSERT, 0)]
        said, current = [], number
        for rank in range(at + 1, min(len(entries), self._last) + 1):
            shifted = entries[rank - 1][1]
            said += self._update(shifted, current, rank)
            current = shifted
        if self._first <= len(entries) + 1 <= self._last:
            said.append(_Said(current, INSERT, len(entries) + 1))
        return said

    def _retract(self, entries: _ENTRIES, sort: SortValue, value: tuple[Any, ...], gone: list[int]) -> list[_Said]:
        at = bisect_right(entries, sort, key=lambda entry: entry[0])
        same = [n for n in range(at) if entries[n][0] == sort and self._values[entries[n][1]] == value]
        if not same:
            return []
        at = same[0]
        said = self._said_by_retraction(entries, at)
        number = entries.pop(at)[1]
        gone.append(number)
        del self._values[number]
        return said

    def _said_by_retraction(self, entries: _ENTRIES, at: int) -> list[_Said]:
        if at >= self._last:
            return []
        if not self._shifts:
            entering = [_Said(entries[self._last][1], INSERT, 0)] if len(entries) > self._last else []
            return [_Said(entries[at][1], DELETE, 0), *entering]
        said = []
        for rank in range(at + 1, min(len(entries) - 1, self._last) + 1):
            said += self._update(entries[rank - 1][1], entries[rank][1], rank)
        if self._first <= len(entries) <= self._last:
            said.append(_Said(entries[-1][1], DELETE, len(entries)))
        return said

    def _update(self, old: int, new: int, rank: int) -> list[_Said]:
        return [_Said(old, BEFORE, rank), _Said(new, AFTER, rank)] if rank >= self._first else []

    def _taken(self, said: list[_Said]) -> pa.Table:
        numbers, kinds, ranks = (np.array([each[n] for each in said], np.int64) for n in range(3))
        rows = self._rows.take(numbers)
        if self._shows_number:
            rows = with_column(rows, f"c{rows.num_columns}", ranks)
        return with_ops(rows, kinds.astype(np.int8))

    def _sweep(self) -> None:
        gone = [number for key in self._ages.expired() for _, number in self._partitions.pop(key, ())]
        self._rows.drop(np.array(sorted(gone), np.int64))
        for number in gone if self._retracts else ():
            del self._values[number]

    def tick(self, now_ms: int) -> None:
        self._sweep()

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"inputs": self._inputs.store, "rows": self._rows, **self._ages.stores}

    def restored(self) -> None:
        self._ages.restored(self._rows.table, self._keys)
        rows, ids = self._rows.table, self._rows.ids.tolist()
        self._partitions, self._values = {}, {}
        if self._retracts:
            self._values = dict(zip(ids, tuples(rows, rows.column_names), strict=True))
        for key, sort, number in zip(tuples(rows, self._keys), sort_values(rows, self._order), ids, strict=True):
            insort(self._partitions.setdefault(key, []), (sort, number))


def top_n(node: Rank, context: Context) -> Operator:
    return RankOperator(
        node.input.schema,
        keys=node.keys,
        order=node.order,
        first=node.first,
        last=node.last,
        shows_number=node.number,
        retracts=not node.input.append_only,
        context=context,
        takes_back=not node.append_only,
    )


def sort_limit(node: SortLimit, context: Context) -> Operator:
    return _unpartitioned(node, node.order, context)


def updating_limit(node: Limit, context: Context) -> Operator:
    return _unpartitioned(node, (), context)


def _unpartitioned(node: SortLimit | Limit, order: Sequence[SortKey], context: Context) -> Operator:
    return RankOperator(
        node.input.schema,
        keys=(),
        order=order,
        first=node.offset + 1,
        last=node.offset + node.limit,
        shows_number=False,
        retracts=not node.input.append_only,
        context=context,
    )

"""Deduplicate: the first or the last row per key by time.

Keeps one row per key. First by event time: said when the watermark reaches it, rows behind the watermark are late (one
on it is not, and waits for the next watermark), and of a key that was said only the key stays. Otherwise a row is said
at once, and for "last" replaces the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import (
    AFTER,
    BEFORE,
    INSERT,
    Arrival,
    Batch,
    Ints,
    concat,
    data,
    millis,
    take,
    where,
    with_column,
    with_ops,
    with_watermarks,
    without,
)
from riverrun.engine.context import Context
from riverrun.engine.expiry import Expiry
from riverrun.engine.inputs import Inputs
from riverrun.engine.keys import codes, in_order, tuples
from riverrun.engine.operators.protocol import Late, Operator
from riverrun.engine.running import Groups
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.stores import Rows, Store
from riverrun.sql.plan import Deduplicate

_SAID = "_said"
_DUE = "_due"  # the watermark at which a waiting row is said


class DeduplicateOperator(Operator):
    def __init__(self, node: Deduplicate, context: Context) -> None:
        self._node = node
        self._keys = [f"c{key}" for key in node.keys]
        self._time = f"c{node.time}"
        self._inputs = Inputs()
        waits = [] if node.keep_last or node.processing_time else [pa.field(_DUE, pa.int64())]
        self._rows = Rows(pa.schema([*schema_of(node.input.schema), *waits, pa.field(_SAID, pa.bool_())]))
        self._number: dict[tuple[Any, ...], int] | None = None
        self._expiry = Expiry(context)
        self._late = Late()

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        self._sweep()
        if self._node.keep_last:
            rows = self._last(batch.rows, arrival)
        elif self._node.processing_time:
            rows = self._first_to_arrive(batch.rows, arrival)
        else:
            rows = self._first_by_time(batch.rows, arrival)
        if self._node.number:
            at = len(self._node.schema) - 1
            ones = pa.array(np.ones(len(rows), np.int64))
            rows = rows.add_column(at, f"c{at}", ones)
        return Batch(rows, arrival.after, self._inputs.idle)

    def _sweep(self) -> None:
        """Forget keys whose row has expired; rows that wait for the watermark stay."""
        numbers = self._expiry.expired(self._rows)
        if not len(numbers):
            return
        rows = self._rows.take(numbers)
        said = rows.column(_SAID).to_numpy()
        for key in tuples(where(rows, said), self._keys) if self._number is not None else ():
            self._number.pop(key, None)  # type: ignore[union-attr]
        self._rows.drop(numbers[said])
        self._expiry.forgot(int(np.count_nonzero(said)))

    def tick(self, now_ms: int) -> None:
        self._sweep()

    def _first_by_time(self, rows: pa.Table, arrival: Arrival) -> pa.Table:
        if len(rows):
            time = millis(rows.column(self._time))
            late = time < arrival.rows
            self._late.note(rows, late)
            due = with_column(rows, _DUE, np.maximum(time, arrival.rows + 1))
            self._keep_earliest(where(due, ~late))
        waiting = ~self._rows.table.column(_SAID).to_numpy()
        if arrival.after == arrival.before or not waiting.any():
            return empty(self._node.input.schema)
        at = np.flatnonzero(waiting)
        due = self._rows.table.column(_DUE).to_numpy()[at]
        at, due = at[due <= arrival.after], due[due <= arrival.after]
        said, numbers = take(self._rows.table, at), self._rows.ids[at]
        self._replace(numbers, with_column(said, _SAID, np.ones(len(at), np.bool_)))
        _, step, before = arrival.fire(due)
        order = in_order(step, due, numbers)
        return with_watermarks(take(said.drop_columns([_SAID, _DUE]), order), before[order])

    def _keep_earliest(self, rows: pa.Table) -> None:
        """Of these rows and the waiting ones, the earliest of every key that was not said."""
        known = self._numbers_of(rows)
        old = np.unique(known[known >= 0])
        candidates = concat([self._rows.take(old), with_column(data(rows), _SAID, np.zeros(len(rows), np.bool_))])
        group, _ = codes(candidates, self._keys)
        said = candidates.column(_SAID).to_numpy()
        time = millis(candidates.column(self._time))
        order = np.lexsort((time, ~said, group))
        first = order[np.concatenate(([True], group[order][1:] != group[order][:-1]))] if len(order) else order
        new = first[first >= len(old)]
        keys = set(group[new].tolist())
        replaced = old[[code in keys for code in group[: len(old)].tolist()]]
        self._replace(replaced, take(candidates, new))

    def _first_to_arrive(self, rows: pa.Table, arrival: Arrival) -> pa.Table:
        group, _ = codes(rows, self._keys)
        _, first = np.unique(group, return_index=True)
        first = np.sort(first)
        first = first[self._numbers_of(take(rows, first)) < 0]
        said = take(rows, first)
        self._replace(np.zeros(0, np.int64), with_column(data(said), _SAID, np.ones(len(first), np.bool_)))
        return with_watermarks(said, arrival.rows[first])

    def _last(self, rows: pa.Table, arrival: Arrival) -> pa.Table:
        if not len(rows):
            return empty(self._node.input.schema)
        known = self._numbers_of(rows)
        old = np.unique(known[known >= 0])
        everything = concat([self._rows.take(old).drop_columns([_SAID]), data(rows)])
        groups = Groups(codes(everything, self._keys)[0])
        order = groups.order
        taken = self._replaces(take(everything, order), groups)
        at = order[taken]
        number = groups.number[taken]
        has_before = np.concatenate(([False], number[1:] == number[:-1]))
        before = np.concatenate(([0], at[:-1]))
        new = at >= len(old)
        updates, inserts = new & has_before, new & ~has_before
        parts = (
            (before[updates], BEFORE, at[updates], 0),
            (at[updates], AFTER, at[updates], 1),
            (at[inserts], INSERT, at[inserts], 1),
        )
        rows_said = np.concatenate([part[0] for part in parts])
        kinds = np.concatenate([np.full(len(part[0]), part[1], np.int8) for part in parts])
        source = np.concatenate([part[2] for part in parts])
        place = np.concatenate([np.full(len(part[0]), part[3]) for part in parts])
        said = in_order(source, place)
        self._keep_last(everything, at, number, old)
        out = with_ops(take(everything, rows_said[said]), kinds[said])
        return with_watermarks(out, arrival.rows[source[said] - len(old)])

    def _replaces(self, rows: pa.Table, groups: Groups) -> Ints:
        """Positions (in group order) of the rows that replace the one before, or are the first."""
        first = np.arange(len(rows)) == np.repeat(groups.starts, groups.sizes)
        if not self._node.processing_time:
            time = millis(rows.column(self._time))
            low, high = int(time.min()), int(time.max()) - int(time.min()) + 1
            shifted = time - low + groups.number * high
            return np.flatnonzero(shifted >= np.maximum.accumulate(shifted))
        if self._expiry:
            return np.arange(len(rows))
        same, _ = codes(rows, [name for name in rows.column_names if name.startswith("c")])
        return np.flatnonzero(first | (same != np.concatenate(([-1], same[:-1]))))

    def _keep_last(self, everything: pa.Table, at: Ints, number: Ints, old: Ints) -> None:
        last = at[np.concatenate((number[1:] != number[:-1], [True]))]
        new = last[last >= len(old)]
        stays = np.isin(np.arange(len(old)), last)
        rows = with_column(take(everything, np.sort(new)), _SAID, np.ones(len(new), np.bool_))
        self._replace(old[~stays], rows)

    def _numbers_of(self, rows: pa.Table) -> Ints:
        """The numbers of the kept rows of the rows' keys; -1 where there is none."""
        if self._number is None:
            keys = tuples(self._rows.table, self._keys)
            self._number = dict(zip(keys, self._rows.ids.tolist(), strict=True))
        number = self._number
        return np.array([number.get(key, -1) for key in tuples(rows, self._keys)], np.int64)

    def _replace(self, old: Ints, rows: pa.Table) -> None:
        """Forget the kept rows `old`; keep `rows`, one per key. Keys of `old` are among theirs."""
        self._rows.drop(np.sort(old))
        ids = self._rows.add(without(rows, "_op", "_wm"))
        self._expiry.wrote(self._rows)
        if self._number is not None:
            self._number.update(zip(tuples(rows, self._keys), ids.tolist(), strict=True))

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"inputs": self._inputs.store, "rows": self._rows, "age": self._expiry.store}

    def restored(self) -> None:
        self._number = None

    @property
    def late(self) -> Late:
        return self._late

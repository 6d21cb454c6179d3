"""TemporalSort: ORDER BY an ascending time; rows leave in order as the watermark passes them.

Keeps the rows that the watermark has not reached. A row not behind the last released one is late.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import START, WM, Arrival, Batch, Ints, Mask, ints, millis, take, where, with_column
from riverrun.engine.context import Context
from riverrun.engine.inputs import Inputs
from riverrun.engine.operators.protocol import Late, Operator
from riverrun.engine.ordering import sorted_by
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.stores import Numbers, Rows, Store
from riverrun.sql.plan import TemporalSort

_DUE = "_due"


class TemporalSortOperator(Operator):
    """`_due` of a kept row is the watermark that releases it: its time, or the next watermark for one behind it."""

    def __init__(self, node: TemporalSort, context: Context) -> None:
        self._node, self._context = node, context
        self._time = f"c{node.time}"
        self._inputs = Inputs()
        self._rows = Rows(schema_of(node.input.schema).append(pa.field(_DUE, pa.int64())))
        self._released = Numbers(time=START)
        self._late = Late()

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        if self._node.processing_time:
            order = sorted_by(batch.rows, self._node.order)
            return batch.with_rows(take(batch.rows, order))
        if len(batch):
            time = millis(batch.rows.column(self._time))
            late = self._late_rows(time, arrival)
            self._late.note(batch.rows, late)
            rows = with_column(batch.rows, _DUE, np.maximum(time, arrival.rows + 1))
            self._rows.add(where(rows, ~late) if late.any() else rows)
        return Batch(self._release(arrival), arrival.after, self._inputs.idle)

    def _late_rows(self, time: Ints, arrival: Arrival) -> Mask:
        late = np.zeros(len(time), np.bool_)
        if (time > arrival.rows).all():
            return late
        kept = self._rows.table
        waiting = zip(ints(kept.column(_DUE)).tolist(), millis(kept.column(self._time)).tolist(), strict=True)
        return _replay(time, arrival, list(waiting), self._released["time"])

    def _release(self, arrival: Arrival) -> pa.Table:
        if arrival.after == arrival.before or not len(self._rows):
            return empty(self._node.schema)
        due = ints(self._rows.table.column(_DUE)) <= arrival.after
        rows = where(self._rows.table, due)
        if not rows.num_rows:
            return empty(self._node.schema)
        self._rows.keep(~due)
        time = millis(rows.column(self._time))
        self._released["time"] = max(self._released["time"], int(time.max()))
        _, step, before = arrival.fire(ints(rows.column(_DUE)))
        order = sorted_by(rows, self._node.order, first=(step, time))
        rows = take(rows.drop_columns([_DUE]), order)
        return with_column(rows, WM, before[order]) if (before != START).any() else rows

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"rows": self._rows, "inputs": self._inputs.store, "released": self._released}

    @property
    def late(self) -> Late:
        return self._late


def _replay(time: Ints, arrival: Arrival, waiting: list[tuple[int, int]], released: int) -> Mask:
    """Row by row: late is a row not behind the last one released. `waiting`: (due, time) of rows kept before."""
    late = np.zeros(len(time), np.bool_)
    heapq.heapify(waiting)
    for number, (own, mark) in enumerate(zip(time.tolist(), arrival.rows.tolist(), strict=True)):
        while waiting and waiting[0][0] <= mark:
            released = max(released, heapq.heappop(waiting)[1])
        if own <= released:
            late[number] = True
        else:
            heapq.heappush(waiting, (max(own, mark + 1), own))
    return late

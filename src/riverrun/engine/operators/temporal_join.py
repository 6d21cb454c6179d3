"""TemporalJoin: each left row with the version of the right row that was valid at its time.

Keeps the left rows that the watermark has not passed, and of every right key the versions from the last one valid at
the watermark on. Results leave when the watermark passes the left row's time. No row is late.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import (
    AFTER,
    BEFORE,
    INSERT,
    OP,
    Arrival,
    Batch,
    Ints,
    concat,
    ints,
    millis,
    ops,
    take,
    where,
    with_column,
    with_watermarks,
)
from riverrun.engine.context import Context
from riverrun.engine.inputs import Inputs
from riverrun.engine.joining import Matcher, padded, side_by_side
from riverrun.engine.keys import codes
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.stores import Rows, Store
from riverrun.sql.plan import JoinKind, TemporalJoin

_TIME, _DUE, _ALIVE, _UNTIL = "_time", "_due", "_alive", "_until"


class TemporalJoinOperator(Operator):
    """A version is valid from its time to the next version's of its key; `_alive` is false for a deletion."""

    def __init__(self, node: TemporalJoin, context: Context) -> None:
        self._node = node
        self._schema = schema_of(node.schema)
        widths = (len(node.left.schema), len(node.right.schema))
        # A row that came behind the watermark does not see versions that were over by then, kept or not.
        valid = [f"r.{_TIME} <= l.{_TIME}", f"l.{_TIME} < r.{_UNTIL}", f"l.{_DUE} <= r.{_UNTIL}", f"r.{_ALIVE}"]
        self._match = Matcher(context, node.keys, [False] * len(node.keys), node.condition, widths, extra=valid)
        self._left_time, self._right_time = f"c{node.left_time}", f"c{node.right_time}"
        self._inputs = Inputs(2)
        number = pa.field(_TIME, pa.int64())
        self._left = Rows(schema_of(node.left.schema).append(number).append(pa.field(_DUE, pa.int64())))
        self._right = Rows(schema_of(node.right.schema).append(number).append(pa.field(_ALIVE, pa.bool_())))

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        if len(batch) and port == 0:
            time = millis(batch.rows.column(self._left_time))
            rows = with_column(with_column(batch.rows, _TIME, time), _DUE, np.maximum(time, arrival.rows + 1))
            self._left.add(rows)
        elif len(batch):
            self._add_versions(batch.rows)
        if arrival.after == arrival.before:
            return Batch(empty(self._node.schema), arrival.after, self._inputs.idle)
        out = self._release(arrival)
        self._forget(arrival.after)
        return Batch(out, arrival.after, self._inputs.idle)

    def _add_versions(self, rows: pa.Table) -> None:
        kinds = ops(rows)
        alive = (kinds == INSERT) | (kinds == AFTER)
        versions = with_column(with_column(rows, _TIME, millis(rows.column(self._right_time))), _ALIVE, pa.array(alive))
        versions = versions.drop_columns([OP]) if OP in versions.column_names else versions
        self._right.add(where(versions, kinds != BEFORE))

    def _release(self, arrival: Arrival) -> pa.Table:
        due = ints(self._left.table.column(_DUE)) <= arrival.after
        if not due.any():
            return empty(self._node.schema)
        rows = where(self._left.table, due)
        self._left.keep(~due)
        in_left, in_right = self._match(rows, self._versions(), ordered_by="left")
        left = rows.drop_columns([_TIME, _DUE])
        right = self._right.table.drop_columns([_TIME, _ALIVE])
        out, source = side_by_side(take(left, in_left), take(right, in_right)), in_left
        if self._node.kind is JoinKind.LEFT:
            alone = np.setdiff1d(np.arange(rows.num_rows), in_left)
            out = concat([out, padded(take(left, alone), self._schema, left=True)])
            source = np.concatenate((in_left, alone))
        _, step, before = arrival.fire(ints(rows.column(_DUE))[source])
        order = np.lexsort((source, step))
        return with_watermarks(take(out, order), before[order])

    def _versions(self) -> pa.Table:
        """The right rows with the time until which each is valid."""
        return with_column(self._right.table, _UNTIL, self._until())

    def _until(self) -> Ints:
        table = self._right.table
        time = ints(table.column(_TIME))
        key, _ = codes(table, [f"c{right}" for _, right in self._node.keys])
        order = np.lexsort((np.arange(len(time)), time, key))
        until = np.full(len(time), np.iinfo(np.int64).max)
        if len(order) > 1:
            same = key[order][1:] == key[order][:-1]
            until[order[:-1]] = np.where(same, time[order][1:], until[order[:-1]])
        return until

    def _forget(self, watermark: int) -> None:
        """Versions that were followed by another before the watermark."""
        if len(self._right):
            over = self._until() <= watermark
            if np.count_nonzero(over) * 4 >= len(over):
                self._right.keep(~over)

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"inputs": self._inputs.store, "left": self._left, "right": self._right}

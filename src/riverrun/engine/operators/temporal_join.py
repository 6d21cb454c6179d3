"""TemporalJoin: each left row with the version of the right row that was valid at its time.

Keeps the left rows that the watermark has not passed, and of every right key the versions from the last one valid at
the watermark on. Results leave when the watermark passes the left row's time. No row is dropped, but a version that
comes behind the watermark is not seen by the left rows that have left by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
    Mask,
    concat,
    ints,
    millis,
    ops,
    take,
    where,
    with_column,
    with_watermarks,
    without,
)
from riverrun.engine.context import Context
from riverrun.engine.inputs import Inputs
from riverrun.engine.joining import Matcher, padded, side_by_side
from riverrun.engine.keys import codes, in_order
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.stores import Rows, Store
from riverrun.sql.plan import JoinKind, TemporalJoin

_TIME, _DUE, _ALIVE, _SINCE, _UNTIL, _OVER = "_time", "_due", "_alive", "_since", "_until", "_over"


class TemporalJoinOperator(Operator):
    """A version is valid from its time to the next version's of its key (`_until`), and kept until the watermark, after
    that one has come, passes its time (`_over`). `_since`: the watermark before it came; `_alive`: not a deletion."""

    def __init__(self, node: TemporalJoin, context: Context) -> None:
        self._node = node
        self._schema = schema_of(node.schema)
        widths = (len(node.left.schema), len(node.right.schema))
        # A row that came behind the watermark does not see versions that were over by then, kept or not.
        valid = [f"r.{_TIME} <= l.{_TIME}", f"l.{_TIME} < r.{_UNTIL}", f"l.{_DUE} <= r.{_OVER}", f"r.{_ALIVE}"]
        # Flink finds versions by their key alone, so that NULL finds NULL.
        self._match = Matcher(context, node.keys, [True] * len(node.keys), node.condition, widths, extra=valid)
        self._left_time, self._right_time = f"c{node.left_time}", f"c{node.right_time}"
        self._inputs = Inputs(2)
        number = pa.field(_TIME, pa.int64())
        self._left = Rows(schema_of(node.left.schema).append(number).append(pa.field(_DUE, pa.int64())))
        right = schema_of(node.right.schema).append(number).append(pa.field(_SINCE, pa.int64()))
        self._right = Rows(right.append(pa.field(_ALIVE, pa.bool_())))

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        if len(batch) and port == 0:
            time = millis(batch.rows.column(self._left_time))
            rows = with_column(with_column(batch.rows, _TIME, time), _DUE, np.maximum(time, arrival.rows + 1))
            self._left.add(rows)
        parts = [out for out in self._with_versions(batch.rows, arrival) if len(out)] if port == 1 else []
        if arrival.after != arrival.before:
            parts.append(self._release(arrival))
            self._forget(arrival.after)
        out = concat(parts) if parts else empty(self._node.schema)
        return Batch(out, arrival.after, self._inputs.idle)

    def _with_versions(self, rows: pa.Table, arrival: Arrival) -> Iterator[pa.Table]:
        """Take versions in; left rows that are over before a late one of them leave without it."""
        time = millis(rows.column(self._right_time))
        begun = 0
        for at in np.flatnonzero(time <= arrival.rows).tolist():
            self._add_versions(rows.slice(begun, at - begun), time[begun:at], arrival.rows[begun:at])
            yield self._release(Arrival(arrival.before, arrival.rows[:at], int(arrival.rows[at])))
            begun = at
        self._add_versions(rows.slice(begun), time[begun:], arrival.rows[begun:])

    def _add_versions(self, rows: pa.Table, time: Ints, since: Ints) -> None:
        kinds = ops(rows)
        alive = (kinds == INSERT) | (kinds == AFTER)
        versions = with_column(with_column(rows, _TIME, time), _SINCE, since)
        versions = without(with_column(versions, _ALIVE, pa.array(alive)), OP)
        self._right.add(where(versions, kinds != BEFORE))

    def _release(self, arrival: Arrival) -> pa.Table:
        due = ints(self._left.table.column(_DUE)) <= arrival.after
        if not due.any():
            return empty(self._node.schema)
        rows = where(self._left.table, due)
        self._left.keep(~due)
        in_left, in_right = self._match(rows, self._versions(), ordered_by="left")
        left = rows.drop_columns([_TIME, _DUE])
        right = self._right.table.drop_columns([_TIME, _SINCE, _ALIVE])
        out, source = side_by_side(take(left, in_left), take(right, in_right)), in_left
        if self._node.kind is JoinKind.LEFT:
            alone = np.setdiff1d(np.arange(rows.num_rows), in_left)
            out = concat([out, padded(take(left, alone), self._schema, left=True)])
            source = np.concatenate((in_left, alone))
        _, step, before = arrival.fire(ints(rows.column(_DUE))[source])
        order = in_order(step, source)
        return with_watermarks(take(out, order), before[order])

    def _versions(self) -> pa.Table:
        """The right rows with the times until which each is valid, and kept."""
        until, over = self._ends()
        return with_column(with_column(self._right.table, _UNTIL, until), _OVER, over)

    def _ends(self) -> tuple[Ints, Ints]:
        table = self._right.table
        time, since = ints(table.column(_TIME)), ints(table.column(_SINCE))
        key, _ = codes(table, [f"c{right}" for _, right in self._node.keys])
        order = in_order(key, time)
        until = np.full(len(time), np.iinfo(np.int64).max)
        over = until.copy()
        if len(order) > 1:
            same = key[order][1:] == key[order][:-1]
            until[order[:-1]] = np.where(same, time[order][1:], until[order[:-1]])
            over[order] = _before_next(np.maximum(time, since + 1)[order], same)
        return until, over

    def _forget(self, watermark: int) -> None:
        """Versions that were followed by another before the watermark."""
        if len(self._right):
            over = self._ends()[1] <= watermark
            if np.count_nonzero(over) * 4 >= len(over):
                self._right.keep(~over)

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"inputs": self._inputs.store, "left": self._left, "right": self._right}


def _before_next(ends: Ints, same: Mask) -> Ints:
    """For each version the least of the `ends` of the versions behind it in its group; `same` says of each but the
    first whether it is in the group of the one before."""
    found = np.full(len(ends), np.iinfo(np.int64).max)
    found[:-1][same] = ends[1:][same]
    # Only late versions are out of order; each pass carries one of them a place further.
    while True:
        carried = found[:-1].copy()
        carried[same] = np.minimum(carried[same], found[1:][same])
        if (carried == found[:-1]).all():
            return found
        found[:-1] = carried

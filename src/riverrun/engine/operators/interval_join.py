"""IntervalJoin: pairs of rows whose times are near each other.

Keeps of each side the rows that the other side can still meet, and for outer sides which of them met one. Pairs leave
at once, a padded row when its time to meet one is over. No row is late: one behind the watermark meets what is still
there. The watermark is held back by the larger bound, so that both time attributes stay true.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import (
    END,
    START,
    Arrival,
    Batch,
    Ints,
    Mask,
    concat,
    ints,
    millis,
    take,
    where,
    with_column,
    with_watermarks,
    without,
)
from riverrun.engine.context import Context
from riverrun.engine.inputs import Inputs
from riverrun.engine.joining import Matcher, padded, side_by_side
from riverrun.engine.keys import in_order
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.stores import Numbers, Rows, Store, Values
from riverrun.schema.types import Field
from riverrun.sql.plan import IntervalJoin, JoinKind, Schema

_TIME, _MARK = "_time", "_mark"


class IntervalJoinOperator(Operator):
    """lower <= left time - right time <= upper."""

    def __init__(self, node: IntervalJoin, context: Context) -> None:
        self._node, self._context = node, context
        self._schema = schema_of(node.schema)
        self._processing = node.processing_time
        self._inputs = Inputs(2)
        self._progress = Numbers(now=0)
        sides: tuple[Schema, Schema] = (node.left.schema, node.right.schema)
        self._kept = (_store(sides[0]), _store(sides[1]))
        self._met = (Values(), Values())
        self._outer = (node.kind in (JoinKind.LEFT, JoinKind.FULL), node.kind in (JoinKind.RIGHT, JoinKind.FULL))
        self._time = (f"c{node.left_time}", f"c{node.right_time}")
        # A row at time t can meet rows of the other side up to t + reach.
        self._reach = (-node.lower, node.upper)
        self._held_back = 0 if self._processing else max(-node.lower, node.upper, 0)
        self._match = (self._matcher("l", "r", self._reach[1]), self._matcher("r", "l", self._reach[0]))

    def _matcher(self, new: str, kept: str, reach: int) -> Matcher:
        node = self._node
        widths = (len(node.left.schema), len(node.right.schema))
        near = f"l.{_TIME} - r.{_TIME} BETWEEN {node.lower} AND {node.upper}"
        still_there = f"{kept}.{_TIME} + {reach} >= {new}.{_MARK}"
        return Matcher(self._context, node.keys, node.null_safe, node.condition, widths, extra=(near, still_there))

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        clock = self._at(self._context.clock.now_ms(), len(batch)) if self._processing else arrival
        out = [self._meet(port, batch.rows, clock, arrival)] if len(batch) else []
        return self._said([*out, *(self._expire(side, clock) for side in (0, 1))])

    def tick(self, now_ms: int) -> Batch | None:
        if not self._processing:
            return None
        clock = self._at(now_ms, 0)
        return self._said([self._expire(side, clock) for side in (0, 1)])

    def _said(self, parts: list[pa.Table]) -> Batch:
        rows = concat([part for part in parts if len(part)] or [empty(self._node.schema)])
        watermark = self._inputs.current
        if watermark not in (START, END):
            watermark -= self._held_back
        return Batch(rows, watermark, self._inputs.idle)

    def _at(self, now_ms: int, count: int) -> Arrival:
        before = self._progress["now"]
        self._progress["now"] = now = max(now_ms, before)
        return Arrival(before, np.full(count, now), now)

    def _meet(self, port: int, rows: pa.Table, clock: Arrival, arrival: Arrival) -> pa.Table:
        """The pairs that these rows make; they are kept as far as the other side may still meet them."""
        time = clock.rows if self._processing else millis(rows.column(self._time[port]))
        own = with_column(with_column(rows, _TIME, time), _MARK, np.maximum(clock.rows, 0))
        other = self._kept[1 - port]
        left, right = (own, other.table) if port == 0 else (other.table, own)
        in_left, in_right = self._match[port](left, right, ordered_by="left" if port == 0 else "right")
        mine, theirs = (in_left, in_right) if port == 0 else (in_right, in_left)
        met = np.zeros(len(rows), np.bool_)
        met[mine] = True
        waits = np.maximum(clock.rows, 0) < time + self._reach[port]
        ids = self._kept[port].add(where(own, waits))
        self._note(1 - port, other.ids[theirs])
        self._note(port, ids[met[waits]])
        pairs = side_by_side(_part(left, in_left), _part(right, in_right))
        pairs = with_watermarks(pairs, self._held(arrival.rows[mine]))
        alone = ~waits & ~met
        if not self._outer[port] or not alone.any():
            return pairs
        lonely = padded(_part(own, np.flatnonzero(alone)), self._schema, left=port == 0)
        lonely = with_watermarks(lonely, self._held(arrival.rows[alone]))
        order = in_order(np.concatenate((mine, np.flatnonzero(alone))))
        return take(concat([pairs, lonely]), order)

    def _held(self, marks: Ints) -> Ints:
        return np.where((marks == START) | (marks == END), marks, marks - self._held_back)

    def _note(self, side: int, ids: Ints) -> None:
        if self._outer[side]:
            met = self._met[side]
            for number in np.unique(ids).tolist():
                if number not in met:
                    met[number] = True

    def _expire(self, side: int, clock: Arrival) -> pa.Table:
        """Forget the rows that nobody can meet any more; padded rows for those that never met one."""
        kept = self._kept[side]
        if not len(kept) or clock.after == clock.before:
            return empty(self._node.schema)
        time = ints(kept.table.column(_TIME))
        over = time + self._reach[side] < clock.after if clock.after != END else np.ones(len(time), np.bool_)
        count = int(np.count_nonzero(over))
        if not count or (not self._outer[side] and count * 4 < len(over)):
            return empty(self._node.schema)
        out = self._pad(side, over, time, clock) if self._outer[side] else empty(self._node.schema)
        kept.keep(~over)
        return out

    def _pad(self, side: int, over: Mask, time: Ints, clock: Arrival) -> pa.Table:
        kept, met = self._kept[side], self._met[side]
        alone = over & np.fromiter((number not in met for number in kept.ids.tolist()), np.bool_, len(kept))
        for number in kept.ids[over & ~alone].tolist():
            met.pop(number)
        steps = clock.fire(time[alone] + self._reach[side] + 1)
        rows = padded(_part(kept.table, np.flatnonzero(alone)), self._schema, left=side == 0)
        before = np.full(len(rows), self._inputs.current) if self._processing else steps[2]
        order = in_order(steps[1])
        return take(with_watermarks(rows, self._held(before)), order)

    @property
    def stores(self) -> Mapping[str, Store]:
        return {
            "inputs": self._inputs.store, "progress": self._progress,
            "left": self._kept[0], "right": self._kept[1],
            "left_met": self._met[0], "right_met": self._met[1],
        }  # fmt: skip


def _store(fields: tuple[Field, ...]) -> Rows:
    return Rows(schema_of(fields).append(pa.field(_TIME, pa.int64())))


def _part(rows: pa.Table, at: Ints) -> pa.Table:
    """The rows at these positions, without what the join added to them."""
    return take(without(rows, _TIME, _MARK), at)

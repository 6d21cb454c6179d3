"""Over, by event or processing time: each row with aggregates over a frame of the rows of its key up to it.

Keeps the rows that the watermark has not passed, and of each key what later frames need: the last rows of a bounded
frame, or carried values of an unbounded one (all rows, for aggregates that need them).

Over an unbounded frame a row behind the watermark is late, over one of so many rows a row that is not behind the last
one that its key has said; for one of a span of time see `riverrun.engine.range_lateness`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from riverrun.engine.aggregation import with_plain_arguments
from riverrun.engine.batch import (
    START,
    Arrival,
    Batch,
    Ints,
    Mask,
    concat,
    data,
    ints,
    millis,
    take,
    where,
    with_column,
    with_watermarks,
    without,
)
from riverrun.engine.context import Context
from riverrun.engine.distinct import stores_of
from riverrun.engine.expiry import KeyAges, KeyedExpiry
from riverrun.engine.expressions import Projection, conform
from riverrun.engine.frames import Framed
from riverrun.engine.inputs import Inputs
from riverrun.engine.keys import codes, tuples
from riverrun.engine.operators.protocol import Late, Operator
from riverrun.engine.ordering import sorted_by
from riverrun.engine.range_lateness import RangeLateness
from riverrun.engine.running import Groups, running
from riverrun.engine.running_frames import RunningFrames
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.stores import Rows, Store
from riverrun.schema.types import Field
from riverrun.sql.expr import AggregateCall, Column, Literal
from riverrun.sql.plan import Over

_DUE, _TIME, _GENERATION = "_due", "_time", "_gen"


class OverOperator(Operator):
    """The kept rows have the input's columns and behind them, from `self._at` on, keys and arguments."""

    def __init__(self, node: Over, context: Context) -> None:
        self._node, self._context = node, context
        source = node.input.schema
        own = tuple(Column(index, field.type) for index, field in enumerate(source))
        kept, calls = with_plain_arguments(node.keys, node.aggregates, source)
        self._at = len(source)
        fields = tuple(Field("", expr.type) for expr in kept)
        self._arguments = Projection(context, (*own, *kept), None, (*source, *fields), len(source))
        self._keys = [f"c{self._at + n}" for n in range(len(node.keys))]
        self._argument_names = [f"c{self._at + n}" for n in range(len(kept))]
        self._processing = node.time == "proctime"
        ways = [running(call, retracts=False) if node.frame.preceding is None else None for call in calls]
        self._runs = [n for n, way in enumerate(ways) if way is not None]
        self._frames = [n for n, way in enumerate(ways) if way is None]
        self._running = RunningFrames(
            context,
            schema_of(fields),
            len(node.keys),
            [calls[n] for n in self._runs],
            [way for way in ways if way is not None],
            peers=not node.frame.rows and not self._processing,
        )
        self._framed = Framed(context, [calls[n] for n in self._frames], len(kept))
        self._reach = _reach([node.aggregates[n] for n in self._frames])
        self._time = f"c{node.order[0].index}"
        self._inputs = Inputs()
        everything = schema_of((*source, *fields)).append(pa.field(_TIME, pa.int64()))
        everything = everything.append(pa.field(_GENERATION, pa.int64()))
        self._waiting = Rows(everything.append(pa.field(_DUE, pa.int64())))
        self._said = Rows(everything)
        frame = node.frame
        by_range = node.time == "rowtime" and not frame.rows and frame.preceding is not None
        self._range = RangeLateness(frame.preceding) if by_range and frame.preceding is not None else None
        self._late = Late()
        self._running_age = KeyedExpiry(context, self._running.kept)
        # Frames over a span of time are left to the watermark.
        ttl = 0 if frame.preceding is not None and not frame.rows else None
        self._ages = KeyAges(context, [schema_of(fields).field(n) for n in range(len(node.keys))], ttl)

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        self._sweep()
        if self._processing:
            rows = data(self._arguments(batch.rows))
            time = np.full(len(rows), self._context.clock.now_ms(), np.int64)
            rows = with_column(with_column(rows, _TIME, time), _GENERATION, np.zeros(len(rows), np.int64))
            out = self._with_results(rows)
            return Batch(with_watermarks(out, arrival.rows), arrival.after, self._inputs.idle)
        if len(batch):
            self._take(batch.rows, arrival)
        if self._range is not None:
            self._range.sweep(arrival.after)
        return Batch(self._release(arrival), arrival.after, self._inputs.idle)

    def _sweep(self) -> None:
        """Forget keys that expired; rows that wait for the watermark stay."""
        self._running_age.sweep()
        self._running.sweep()
        gone = self._ages.expired()
        if gone:
            said = self._said.table
            self._said.keep(np.array([key not in gone for key in tuples(said, self._keys)], np.bool_))

    def tick(self, now_ms: int) -> None:
        self._sweep()

    def _take(self, rows: pa.Table, arrival: Arrival) -> None:
        time = millis(rows.column(self._time))
        kept = data(self._arguments(rows))
        if self._range is not None:
            late, generation = self._range.take(tuples(kept, self._keys), time, arrival.rows)
        else:
            late, generation = self._late_rows(kept, time, arrival), np.zeros(len(kept), np.int64)
        self._late.note(rows, late)
        kept = with_column(with_column(kept, _TIME, time), _GENERATION, generation)
        kept = with_column(kept, _DUE, np.maximum(time, arrival.rows + 1))
        self._waiting.add(where(kept, ~late) if late.any() else kept)

    def _late_rows(self, rows: pa.Table, time: Ints, arrival: Arrival) -> Mask:
        behind = time <= arrival.rows
        if self._node.frame.preceding is None or not behind.any():
            return behind
        return self._behind_the_last_said(rows, time, arrival)

    def _behind_the_last_said(self, rows: pa.Table, time: Ints, arrival: Arrival) -> Mask:
        """Row by row: late is what is not behind the last row of its key that was said by then."""
        said: dict[tuple[Any, ...], int] = {}
        waiting: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
        for key, own in self._times(self._said.table):
            said[key] = max(said.get(key, START), own)
        for (key, own), due in zip(
            self._times(self._waiting.table), ints(self._waiting.table.column(_DUE)).tolist(), strict=True
        ):
            waiting.setdefault(key, []).append((due, own))
        late = np.zeros(len(time), np.bool_)
        keys = tuples(rows, self._keys)
        for at, (key, own, mark) in enumerate(zip(keys, time.tolist(), arrival.rows.tolist(), strict=True)):
            pending = waiting.setdefault(key, [])
            gone = [pair for pair in pending if pair[0] <= mark]
            if gone:
                said[key] = max(said.get(key, START), *(pair[1] for pair in gone))
                waiting[key] = pending = [pair for pair in pending if pair[0] > mark]
            late[at] = own <= said.get(key, START)
            if not late[at]:
                pending.append((max(own, mark + 1), own))
        return late

    def _times(self, rows: pa.Table) -> list[tuple[tuple[Any, ...], int]]:
        return list(zip(tuples(rows, self._keys), ints(rows.column(_TIME)).tolist(), strict=True))

    def _release(self, arrival: Arrival) -> pa.Table:
        if arrival.after == arrival.before or not len(self._waiting):
            return empty(self._node.schema)
        table = self._waiting.table
        due = ints(table.column(_DUE)) <= arrival.after
        rows = where(table, due)
        if not len(rows):
            return empty(self._node.schema)
        self._waiting.keep(~due)
        _, step, before = arrival.fire(ints(rows.column(_DUE)))
        order = sorted_by(rows, self._node.order[1:], first=(step, ints(rows.column(_TIME))))
        out = self._with_results(without(take(rows, order), _DUE))
        return with_watermarks(out, before[order])

    def _with_results(self, new: pa.Table) -> pa.Table:
        """The new rows, in the order in which they are said, with their aggregates."""
        results: dict[int, pa.ChunkedArray] = {}
        if self._runs:
            found = self._running(self._plain(new), ints(new.column(_TIME)))
            self._running_age.wrote()
            results.update(zip(self._runs, found, strict=True))
        if self._frames:
            results.update(zip(self._frames, self._over_frames(new).columns, strict=True))
        out = new.select([f"c{n}" for n in range(self._at)])
        for n in range(len(results)):
            out = out.append_column(f"c{self._at + n}", results[n])
        return conform(out, schema_of(self._node.schema))

    def _plain(self, rows: pa.Table) -> pa.Table:
        """Keys and arguments as c0, c1, ...; the time says how many rows there are where there are none of them."""
        found = rows.select([*self._argument_names, _TIME])
        return found.rename_columns([*(f"c{n}" for n in range(len(self._argument_names))), _TIME])

    def _over_frames(self, new: pa.Table) -> pa.Table:
        """Results over frames that reach into what was said."""
        self._ages.wrote(new, self._keys)
        said = self._said.table
        rows = concat([said, new.select(said.column_names).cast(said.schema)])
        groups = Groups(codes(rows, [*self._keys, _GENERATION])[0])
        low, high = self._ends(groups, ints(take(rows, groups.order).column(_TIME)))
        is_new = groups.order >= len(said)
        results = self._framed(self._plain(take(rows, groups.order)), low[is_new], high[is_new])
        self._keep(rows, groups, len(said))
        return take(results, np.argsort(groups.order[is_new], kind="stable"))

    def _ends(self, groups: Groups, time: Ints) -> tuple[Ints, Ints]:
        """Where the frame of each row (in group order) begins and ends."""
        at = np.arange(len(time))
        start = np.repeat(groups.starts, groups.sizes)
        frame = self._node.frame
        if frame.rows:
            low = start if frame.preceding is None else np.maximum(start, at - frame.preceding)
            return self._reached(low, at + 1)
        if not len(time):
            return at, at
        base, span = int(time.min()), int(time.max()) - int(time.min()) + 1
        placed = time - base + groups.number * span
        high = at + 1 if self._processing else np.searchsorted(placed, placed, side="right")
        if frame.preceding is None:
            return self._reached(start, high)
        return self._reached(np.maximum(start, np.searchsorted(placed, placed - frame.preceding, side="left")), high)

    def _reached(self, low: Ints, high: Ints) -> tuple[Ints, Ints]:
        return (low if self._reach is None else np.maximum(low, high - self._reach)), high

    def _keep(self, rows: pa.Table, groups: Groups, said: int) -> None:
        """Of what was said, that which later frames need (at least the last row of each key)."""
        frame = self._node.frame
        self._said.add(rows.slice(said))
        most = frame.preceding if frame.rows and frame.preceding is not None else self._reach
        if frame.preceding is None and most is None:
            return
        from_the_end = np.repeat(groups.starts + groups.sizes, groups.sizes) - 1 - np.arange(len(rows))
        keep = np.zeros(len(rows), np.bool_)
        if most is not None:
            keep[groups.order] = from_the_end <= most
        else:
            # Not by the watermark: a row behind it that is not late looks back from its own time, too.
            assert frame.preceding is not None
            time = ints(rows.column(_TIME))[groups.order]
            last = np.repeat(time[groups.last], groups.sizes)
            keep[groups.order] = time + frame.preceding >= last
            if self._range is not None:
                keep[groups.order] &= last + self._range.longest > self._inputs.current
        self._said.keep(keep)

    @property
    def stores(self) -> Mapping[str, Store]:
        found: dict[str, Store] = {
            "inputs": self._inputs.store, "waiting": self._waiting, "said": self._said,
            "running": self._running.kept.rows,
        }  # fmt: skip
        found |= {**self._ages.stores, **stores_of(self._running.distincts)}
        if self._running_age.age:
            found["running_age"] = self._running_age.age.store
        if self._range is not None:
            found |= {"timers": self._range.states, "numbers": self._range.numbers}
        return found

    def restored(self) -> None:
        self._running.restored()
        self._ages.restored(self._said.table, self._keys)

    @property
    def late(self) -> Late:
        return self._late


def _reach(calls: Sequence[AggregateCall]) -> int | None:
    """How many rows from its end a frame has to have, when only LAG asks; None for the whole frame."""
    most = 0
    for call in calls:
        if call.function != "LAG" or not isinstance(call.args[1], Literal):
            return None
        most = max(most, int(call.args[1].value) + 1)
    return most


def over(node: Over, context: Context) -> Operator:
    if node.time == "value":
        from riverrun.engine.operators.over_value import OverValueOperator

        return OverValueOperator(node, context)
    return OverOperator(node, context)

"""SESSION windows: as an aggregate, and as a table function whose rows leave when their session has ended.

Keeps the rows of living sessions and forgets them when the session fires. A row is late when, merged with what lives,
its session has ended already.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from riverrun.engine.aggregation import ORDER, Aggregation, with_plain_arguments, without_retracted
from riverrun.engine.batch import (
    OP,
    START,
    Arrival,
    Batch,
    Ints,
    ints,
    take,
    timestamps,
    where,
    with_column,
    with_watermarks,
)
from riverrun.engine.context import Context
from riverrun.engine.expressions import Projection, conform
from riverrun.engine.inputs import Inputs
from riverrun.engine.keys import codes, in_order
from riverrun.engine.operators.protocol import Late, Operator
from riverrun.engine.operators.window_table import times_of, with_window
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.sessions import find
from riverrun.engine.stores import Numbers, Rows, Store
from riverrun.engine.windows import Clockwork
from riverrun.schema.types import Field
from riverrun.sql.expr import Column, Expr
from riverrun.sql.plan import Window, WindowAggregate, WindowTableFunction

_START, _END, _TIME, _SESSION = "_start", "_end", "_time", "_session"


class _Gathering:
    """The rows of living sessions, and the taking out of those that fire."""

    def __init__(
        self, context: Context, window: Window, source: tuple[Field, ...], kept: tuple[Expr, ...], *, retracts: bool
    ) -> None:
        self._context, self._window = context, window
        self._type = source[window.time].type
        everything = (*kept, *(Column(key, source[key].type) for key in window.keys))
        fields = tuple(Field("", expr.type) for expr in everything)
        self._keys = [f"c{index}" for index in range(len(kept), len(everything))]
        self._project = Projection(context, everything, None, fields, len(source))
        self.clockwork = Clockwork(context.zone, local=window.local)
        self.inputs = Inputs()
        self.processing = self._type.is_proctime
        self._progress = Numbers(now=0)
        control = [pa.field(_TIME, pa.int64()), *([pa.field(OP, pa.int8())] if retracts else [])]
        self._rows = Rows(pa.schema([*schema_of(fields), *control]))
        self.late = Late()
        self.stores: Mapping[str, Store] = {
            "rows": self._rows, "inputs": self.inputs.store, "progress": self._progress,
        }  # fmt: skip

    def process(self, batch: Batch) -> tuple[pa.Table, Arrival]:
        """The rows of the sessions that fire, with `_session`, `_start`, `_end` and `_seq`."""
        arrival = self.inputs.arrive(0, batch)
        if self.processing:
            arrival = self.at(self._context.clock.now_ms(), len(batch))
        marks = np.full(len(self._rows), START)
        if len(batch):
            kept = self._project(batch.rows)
            local = self.clockwork.to_local(times_of(batch.rows, self._window.time, self._type, self._context))
            kept = with_column(kept, _TIME, local)
            if OP in self._rows.table.column_names and OP not in kept.column_names:
                kept = with_column(kept, OP, np.zeros(len(batch), np.int8))
            self._rows.add(kept)
            marks = np.concatenate((marks, np.full(len(batch), START) if self.processing else arrival.rows))
        elif arrival.after == arrival.before:
            return self._rows.table.slice(0, 0), arrival
        return self._fire(arrival, marks, batch.rows), arrival

    def at(self, now_ms: int, count: int) -> Arrival:
        before = self._progress["now"]
        self._progress["now"] = now = max(now_ms, before)
        return Arrival(before, np.full(count, now), now)

    def fire(self, arrival: Arrival) -> pa.Table:
        return self._fire(arrival, np.full(len(self._rows), START), None)

    def _fire(self, arrival: Arrival, marks: Ints, new: pa.Table | None) -> pa.Table:
        table = self._rows.table
        key, _ = codes(table, self._keys)
        found = find(key, ints(table.column(_TIME)), marks, self._window.size, self.clockwork)
        if new is not None and found.late.any():
            self.late.note(new, found.late[len(table) - len(new) :])
        fired = (self.clockwork.fires(found.end) <= arrival.after) & ~found.late
        rows = table
        for name, values in (
            (_START, found.start),
            (_END, found.end),
            (_SESSION, found.session),
            (ORDER, self._rows.ids),
        ):
            rows = with_column(rows, name, values)
        rows = where(rows, fired)
        gone = fired | found.late
        if gone.any():
            self._rows.keep(~gone)
        return rows

    @property
    def now(self) -> int:
        return int(self._progress["now"])

    def before(self, ends: Ints, arrival: Arrival) -> Ints:
        """The watermark before the firing of sessions with these ends."""
        if self.processing:
            return np.full(len(ends), self.inputs.current)
        return arrival.fire(self.clockwork.fires(ends))[2]


class SessionAggregateOperator(Operator):
    def __init__(self, node: WindowAggregate, context: Context) -> None:
        assert isinstance(node.window, Window)
        self._node = node
        kept, calls = with_plain_arguments(node.keys, node.aggregates, node.input.schema)
        self._gathering = _Gathering(context, node.window, node.input.schema, kept, retracts=not node.input.append_only)
        self._aggregation = Aggregation(context, calls, len(kept))
        self._keys = [f"c{index}" for index in range(len(node.keys))]
        self._by_session = set(node.keys) <= set(node.window.keys)  # else there may be several groups in one

    def process(self, port: int, batch: Batch) -> Batch:
        rows, arrival = self._gathering.process(batch)
        inputs = self._gathering.inputs
        return Batch(self._emit(rows, arrival), inputs.current, inputs.idle)

    def tick(self, now_ms: int) -> Batch | None:
        gathering = self._gathering
        if not gathering.processing:
            return None
        arrival = gathering.at(now_ms, 0)
        return Batch(self._emit(gathering.fire(arrival), arrival), gathering.inputs.current, gathering.inputs.idle)

    def _emit(self, rows: pa.Table, arrival: Arrival) -> pa.Table:
        if not rows.num_rows:
            return empty(self._node.schema)
        groups = self._groups(rows)
        order = in_order(ints(groups.column(_END)), ints(groups.column(ORDER)))
        groups = take(groups, order)
        start, end = ints(groups.column(_START)), ints(groups.column(_END))
        columns = [groups.column(name) for name in self._keys]
        columns += [groups.column(f"a{n}") for n in range(len(self._node.aggregates))]
        clockwork = self._gathering.clockwork
        shown = {"start": start, "end": end, "rowtime": clockwork.window_time(end)}
        for prop, field in zip(self._node.properties, self._node.schema[len(columns) :], strict=True):
            values = shown.get(prop.what, np.full(len(end), self._gathering.now))
            columns.append(timestamps(values, schema_of([field]).field(0).type))
        named = pa.Table.from_arrays(columns, names=[f"c{n}" for n in range(len(columns))])
        return with_watermarks(conform(named, schema_of(self._node.schema)), self._gathering.before(end, arrival))

    def _groups(self, rows: pa.Table) -> pa.Table:
        """One row per session, and per value of further keys: `_start`, `_end`, the keys, a0, a1, ... and `_seq`."""
        by = [_START, _END, *self._keys]
        if not self._by_session:
            return self._aggregation(without_retracted(rows, [_SESSION, *by]), [_SESSION, *by])
        rows = without_retracted(rows, [_SESSION])
        if not self._node.aggregates:
            return take(rows, _first_at(ints(rows.column(_SESSION))))
        found = self._aggregation(rows, [_SESSION])
        groups = take(rows.select(by), np.searchsorted(ints(rows.column(ORDER)), ints(found.column(ORDER))))
        for name in found.column_names[1:]:
            groups = groups.append_column(name, found.column(name))
        return groups

    @property
    def stores(self) -> Mapping[str, Store]:
        return self._gathering.stores

    @property
    def late(self) -> Late:
        return self._gathering.late


class SessionTableOperator(Operator):
    def __init__(self, node: WindowTableFunction, context: Context) -> None:
        self._node = node
        self._schema = schema_of(node.schema)
        kept = tuple(Column(index, field.type) for index, field in enumerate(node.input.schema))
        self._width = len(kept)
        self._gathering = _Gathering(context, node.window, node.input.schema, kept, retracts=not node.input.append_only)

    def process(self, port: int, batch: Batch) -> Batch:
        rows, arrival = self._gathering.process(batch)
        inputs = self._gathering.inputs
        return Batch(self._emit(rows, arrival), inputs.current, inputs.idle)

    def tick(self, now_ms: int) -> Batch | None:
        gathering = self._gathering
        if not gathering.processing:
            return None
        arrival = gathering.at(now_ms, 0)
        return Batch(self._emit(gathering.fire(arrival), arrival), gathering.inputs.current, gathering.inputs.idle)

    def _emit(self, rows: pa.Table, arrival: Arrival) -> pa.Table:
        if not rows.num_rows:
            return empty(self._node.schema)
        order = in_order(ints(rows.column(_END)), _first_of_each(rows), ints(rows.column(ORDER)))
        rows = take(rows, order)
        start, end = ints(rows.column(_START)), ints(rows.column(_END))
        kept = rows.select([f"c{n}" for n in range(self._width)] + ([OP] if OP in rows.column_names else []))
        shown = with_window(kept, start, end, self._gathering.clockwork, self._schema)
        return with_watermarks(shown, self._gathering.before(end, arrival))

    @property
    def stores(self) -> Mapping[str, Store]:
        return self._gathering.stores

    @property
    def late(self) -> Late:
        return self._gathering.late


def _first_at(session: Ints) -> Ints:
    """Where each session appears for the first time, in order."""
    at = np.full(int(session.max(initial=-1)) + 1, -1)
    at[session[::-1]] = np.arange(len(session))[::-1]  # of several the last one stays
    return np.sort(at[at >= 0])


def _first_of_each(rows: pa.Table) -> Ints:
    """Of every row the first number in its session. (The sessions' own numbers depend on how the input was cut.)"""
    session, number = ints(rows.column(_SESSION)), ints(rows.column(ORDER))
    first = np.zeros(int(session.max()) + 1, np.int64)
    at = _first_at(session)
    first[session[at]] = number[at]
    return first[session]

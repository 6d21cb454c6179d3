"""WindowAggregate over tumbling, hopping and cumulating windows, or windows that the rows carry already.

Keeps the keys and arguments of the rows of open windows. Speaks when a window fires, and forgets a row when the last
of its windows has fired. A row is late for the windows that have fired before it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from riverrun.engine.aggregation import ORDER, Aggregation, with_plain_arguments, without_retracted
from riverrun.engine.batch import (
    OP,
    WM,
    Arrival,
    Batch,
    Ints,
    ints,
    millis,
    take,
    timestamps,
    where,
    with_column,
    with_watermarks,
)
from riverrun.engine.context import Context
from riverrun.engine.expressions import Projection, conform
from riverrun.engine.inputs import Inputs
from riverrun.engine.keys import in_order
from riverrun.engine.operators.protocol import Late, Operator
from riverrun.engine.operators.window_table import times_of
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.stores import Numbers, Rows, Store
from riverrun.engine.windows import Assigned, Clockwork, assign, last_end
from riverrun.schema.types import Field
from riverrun.sql.plan import AttachedWindow, Window, WindowAggregate, WindowKind

_START, _END, _TIME = "_start", "_end", "_time"


class WindowAggregateOperator(Operator):
    def __init__(self, node: WindowAggregate, context: Context) -> None:
        self._node, self._context = node, context
        self._window = node.window
        source = node.input.schema
        kept, calls = with_plain_arguments(node.keys, node.aggregates, source)
        kept_fields = tuple(Field("", expr.type) for expr in kept)
        self._project = Projection(context, kept, None, kept_fields, len(source))
        self._aggregation = Aggregation(context, calls, len(kept))
        self._clockwork = Clockwork(context.zone, local=node.window.local)
        self._type = source[node.window.time].type if isinstance(node.window, Window) else None
        self._processing = self._type is not None and self._type.is_proctime
        self._inputs = Inputs()
        self._progress = Numbers(now=0)
        control = [pa.field(name, pa.int64()) for name in (_START, _END, _TIME, WM)]
        retracts = [] if node.input.append_only else [pa.field(OP, pa.int8())]
        self._rows = Rows(pa.schema([*schema_of(kept_fields), *control, *retracts]))
        self._late = Late()
        self._keys = [f"c{index}" for index in range(len(node.keys))]

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        if self._processing:
            arrival = self._at(self._context.clock.now_ms(), len(batch))
        if len(batch):
            self._take(batch.rows, arrival)
        return Batch(self._fire(arrival), self._inputs.current, self._inputs.idle)

    def tick(self, now_ms: int) -> Batch | None:
        if not self._processing:
            return None
        return Batch(self._fire(self._at(now_ms, 0)), self._inputs.current, self._inputs.idle)

    def _at(self, now_ms: int, count: int) -> Arrival:
        """Processing time in the place of the watermark."""
        before = self._progress["now"]
        self._progress["now"] = now = max(now_ms, before)
        return Arrival(before, np.full(count, now), now)

    def _take(self, rows: pa.Table, arrival: Arrival) -> None:
        start, end, time, last = self._place(rows)
        late = arrival.rows >= self._clockwork.fires(last)
        if self._processing:
            late[:] = False
        self._late.note(rows, late)
        kept = self._project(rows)
        for name, values in ((_START, start), (_END, end), (_TIME, time), (WM, arrival.rows)):
            kept = with_column(kept, name, values)
        if not self._node.input.append_only and OP not in kept.column_names:
            kept = with_column(kept, OP, np.zeros(len(rows), np.int8))
        self._rows.add(where(kept, ~late) if late.any() else kept)

    def _place(self, rows: pa.Table) -> tuple[Ints, Ints, Ints, Ints]:
        """(start, end, time, end of the last window) of every row, as local ms; what does not apply is 0."""
        zero = np.zeros(len(rows), np.int64)
        if isinstance(self._window, AttachedWindow):
            start = millis(rows.column(f"c{self._window.start}"))
            end = millis(rows.column(f"c{self._window.end}"))
            return start, end, zero, end
        assert self._type is not None
        local = self._clockwork.to_local(times_of(rows, self._window.time, self._type, self._context))
        if self._window.kind is WindowKind.TUMBLE:
            found = assign(self._window, local)
            return found.start, found.end, zero, found.end
        return zero, zero, local, last_end(self._window, local)

    def _fire(self, arrival: Arrival) -> pa.Table:
        """The rows of all windows that fire between the arrival's first watermark and its last."""
        if arrival.after == arrival.before or not len(self._rows):
            return empty(self._node.schema)
        pairs, done = self._due(arrival)
        rows = take(self._rows.table, pairs.row)
        for name, values in ((_START, pairs.start), (_END, pairs.end), (ORDER, self._rows.ids[pairs.row])):
            rows = with_column(rows, name, values)
        if done.any():
            self._rows.keep(~done)
        if not rows.num_rows:
            return empty(self._node.schema)
        by = [_START, _END, *self._keys]
        return self._emit(self._aggregation(without_retracted(rows, by), by), arrival)

    def _due(self, arrival: Arrival) -> tuple[Assigned, np.ndarray]:
        """The pairs of row and window that fire; which rows have no window left."""
        table = self._rows.table
        marks = ints(table.column(WM))
        if isinstance(self._window, Window) and self._window.kind is not WindowKind.TUMBLE:
            local = ints(table.column(_TIME))
            done = self._clockwork.fires(last_end(self._window, local)) <= arrival.after
            found = assign(self._window, local)
            marks = marks[found.row]
        else:
            start, end = ints(table.column(_START)), ints(table.column(_END))
            done = self._clockwork.fires(end) <= arrival.after
            found = Assigned(np.arange(len(end)), start, end)
        times = self._clockwork.fires(found.end)
        due = (times <= arrival.after) & (times > arrival.before)
        if not self._processing:
            due &= marks < times
        return Assigned(found.row[due], found.start[due], found.end[due]), done

    def _emit(self, groups: pa.Table, arrival: Arrival) -> pa.Table:
        start, end = ints(groups.column(_START)), ints(groups.column(_END))
        order = in_order(end, ints(groups.column(ORDER)))
        groups, start, end = take(groups, order), start[order], end[order]
        columns = [groups.column(name) for name in self._keys]
        columns += [groups.column(f"a{n}") for n in range(len(self._node.aggregates))]
        shown = {"start": start, "end": end, "rowtime": self._clockwork.window_time(end)}
        for prop, field in zip(self._node.properties, self._node.schema[len(columns) :], strict=True):
            values = shown.get(prop.what, np.full(len(end), self._progress["now"]))
            columns.append(timestamps(values, schema_of([field]).field(0).type))
        named = pa.Table.from_arrays(columns, names=[f"c{n}" for n in range(len(columns))])
        _, _, before = arrival.fire(self._clockwork.fires(end))
        if self._processing:
            before = np.full(len(end), self._inputs.current)
        return with_watermarks(conform(named, schema_of(self._node.schema)), before)

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"rows": self._rows, "inputs": self._inputs.store, "progress": self._progress}

    @property
    def late(self) -> Late:
        return self._late


def window_aggregate(node: WindowAggregate, context: Context) -> Operator:
    if isinstance(node.window, Window) and node.window.kind is WindowKind.SESSION:
        from riverrun.engine.operators.sessions import SessionAggregateOperator

        return SessionAggregateOperator(node, context)
    return WindowAggregateOperator(node, context)

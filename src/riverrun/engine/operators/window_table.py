"""WindowTableFunction: TUMBLE, HOP and CUMULATE without an aggregate; every row passes, once per window. Keeps nothing.

SESSION is `sessions.SessionTableOperator`: its rows wait until the session has ended.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import Batch, Ints, control, millis, take, timestamps, values
from riverrun.engine.context import Context
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.schemas import schema_of
from riverrun.engine.windows import Clockwork, assign
from riverrun.errors import RunError
from riverrun.schema.types import Type
from riverrun.sql.plan import WindowKind, WindowTableFunction


class WindowTableOperator(Operator):
    def __init__(self, node: WindowTableFunction, context: Context) -> None:
        self._node = node
        self._schema = schema_of(node.schema)
        self._clockwork = Clockwork(context.zone, local=node.window.local)
        self._context = context

    def process(self, port: int, batch: Batch) -> Batch:
        rows = batch.rows
        times = times_of(
            rows, self._node.window.time, self._node.input.schema[self._node.window.time].type, self._context
        )
        found = assign(self._node.window, self._clockwork.to_local(times))
        if len(found.row) != len(rows) or self._node.window.kind.value != "TUMBLE":
            rows = take(rows, found.row)
        return batch.with_rows(with_window(rows, found.start, found.end, self._clockwork, self._schema))


def times_of(rows: pa.Table, column: int, type_: Type, context: Context) -> Ints:
    """The times (ms) that decide on windows: the column's, or the clock's for processing time."""
    if type_.is_proctime:
        return np.full(rows.num_rows, context.clock.now_ms(), np.int64)
    times = rows.column(f"c{column}")
    if times.null_count:
        raise RunError("the time of a window is NULL in a row", todo="leave rows without a time out before the window")
    return millis(times)


def with_window(rows: pa.Table, start: Ints, end: Ints, clockwork: Clockwork, schema: pa.Schema) -> pa.Table:
    """`rows` with window_start, window_end and window_time behind their columns."""
    columns = values(rows)
    for bounds, field in zip((start, end, clockwork.window_time(end)), list(schema)[-3:], strict=True):
        columns.append(pa.chunked_array([timestamps(bounds, field.type)]))
    names = [field.name for field in schema]
    for name in control(rows):
        columns.append(rows.column(name))
        names.append(name)
    return pa.Table.from_arrays(columns, names=names)


def window_table(node: WindowTableFunction, context: Context) -> Operator:
    if node.window.kind is WindowKind.SESSION:
        from riverrun.engine.operators.sessions import SessionTableOperator

        return SessionTableOperator(node, context)
    return WindowTableOperator(node, context)

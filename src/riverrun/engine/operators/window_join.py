"""WindowJoin: rows of both sides in the same window, when the window fires.

Keeps the rows of open windows of both sides. A row whose window has fired is late.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import Batch, Ints, concat, millis, take, where, with_watermarks
from riverrun.engine.context import Context
from riverrun.engine.inputs import Inputs
from riverrun.engine.joining import Matcher, padded, side_by_side
from riverrun.engine.keys import in_order
from riverrun.engine.operators.protocol import Late, Operator
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.stores import Rows, Store
from riverrun.engine.windows import Clockwork
from riverrun.errors import UnsupportedError
from riverrun.sql.plan import AttachedWindow, JoinKind, WindowJoin


class WindowJoinOperator(Operator):
    def __init__(self, node: WindowJoin, context: Context) -> None:
        windows = (node.left_window, node.right_window)
        if not all(isinstance(window, AttachedWindow) for window in windows):
            raise UnsupportedError("a window join without window_start and window_end columns")
        self._node = node
        self._bounds = [
            (f"c{window.start}", f"c{window.end}") for window in windows if isinstance(window, AttachedWindow)
        ]
        self._clockwork = Clockwork(context.zone, local=node.left_window.local)
        self._schema = schema_of(node.schema)
        widths = (len(node.left.schema), len(node.right.schema))
        same = [f"l.{left} = r.{right}" for left, right in zip(*self._bounds, strict=True)]
        self._match = Matcher(context, node.keys, node.null_safe, node.condition, widths, extra=same)
        self._inputs = Inputs(2)
        self._rows = (Rows(schema_of(node.left.schema)), Rows(schema_of(node.right.schema)))
        self._late = Late()

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        if len(batch):
            late = arrival.rows >= self._fires(port, batch.rows)
            self._late.note(batch.rows, late)
            self._rows[port].add(where(batch.rows, ~late) if late.any() else batch.rows)
        if arrival.after == arrival.before:
            return Batch(empty(self._node.schema), arrival.after, self._inputs.idle)
        rows, ends = self._joined(self._fired(0, arrival.after), self._fired(1, arrival.after))
        order = in_order(ends)
        before = arrival.fire(self._clockwork.fires(ends[order]))[2]
        return Batch(with_watermarks(take(rows, order), before), arrival.after, self._inputs.idle)

    def _fires(self, side: int, rows: pa.Table) -> Ints:
        return self._clockwork.fires(millis(rows.column(self._bounds[side][1])))

    def _fired(self, side: int, watermark: int) -> pa.Table:
        kept = self._rows[side]
        fired = self._fires(side, kept.table) <= watermark
        rows = where(kept.table, fired)
        kept.keep(~fired)
        return rows

    def _joined(self, left: pa.Table, right: pa.Table) -> tuple[pa.Table, Ints]:
        """The result of the windows whose rows these are, and the end of each row's window."""
        kind = self._node.kind
        in_left, in_right = self._match(left, right, ordered_by="left")
        left_ends, right_ends = millis(left.column(self._bounds[0][1])), millis(right.column(self._bounds[1][1]))
        if kind in (JoinKind.SEMI, JoinKind.ANTI):
            wanted = np.isin(np.arange(left.num_rows), in_left, invert=kind is JoinKind.ANTI)
            return where(left, wanted), left_ends[wanted]
        parts = [side_by_side(take(left, in_left), take(right, in_right))]
        ends = [left_ends[in_left]]
        if kind in (JoinKind.LEFT, JoinKind.FULL):
            alone = np.setdiff1d(np.arange(left.num_rows), in_left)
            parts.append(padded(take(left, alone), self._schema, left=True))
            ends.append(left_ends[alone])
        if kind in (JoinKind.RIGHT, JoinKind.FULL):
            alone = np.setdiff1d(np.arange(right.num_rows), in_right)
            parts.append(padded(take(right, alone), self._schema, left=False))
            ends.append(right_ends[alone])
        return concat(parts), np.concatenate(ends)

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"inputs": self._inputs.store, "left": self._rows[0], "right": self._rows[1]}

    @property
    def late(self) -> Late:
        return self._late

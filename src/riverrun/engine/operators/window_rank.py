"""WindowRank: Top-N and deduplication per window, once when the window fires, in the order of the ranks.

Keeps the rows of open windows; forgets them when the window fires. A row whose window has fired is late.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import Batch, Ints, millis, take, where, with_column, with_watermarks
from riverrun.engine.context import Context
from riverrun.engine.inputs import Inputs
from riverrun.engine.keys import codes, in_order
from riverrun.engine.operators.protocol import Late, Operator
from riverrun.engine.ordering import ranks
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.stores import Rows, Store
from riverrun.engine.windows import Clockwork
from riverrun.errors import UnsupportedError
from riverrun.sql.plan import AttachedWindow, WindowRank


class WindowRankOperator(Operator):
    def __init__(self, node: WindowRank, context: Context) -> None:
        if not isinstance(node.window, AttachedWindow):
            raise UnsupportedError("a window Top-N without window_start and window_end columns")
        self._node = node
        self._start, self._end = f"c{node.window.start}", f"c{node.window.end}"
        self._clockwork = Clockwork(context.zone, local=node.window.local)
        self._inputs = Inputs()
        self._rows = Rows(schema_of(node.input.schema))
        self._late = Late()
        self._keys = [f"c{key}" for key in node.keys]
        self._later_wins = _keeps_last(node)

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        if len(batch):
            late = arrival.rows >= self._fires(batch.rows)
            self._late.note(batch.rows, late)
            self._rows.add(where(batch.rows, ~late) if late.any() else batch.rows)
        if arrival.after == arrival.before or not len(self._rows):
            return Batch(empty(self._node.schema), arrival.after, self._inputs.idle)
        fired = self._fires(self._rows.table) <= arrival.after
        rows = where(self._rows.table, fired)
        self._rows.keep(~fired)
        if not rows.num_rows:
            return Batch(empty(self._node.schema), arrival.after, self._inputs.idle)
        rows, numbers = self._ranked(rows)
        before = arrival.fire(self._fires(rows))[2]
        if self._node.number:
            rows = with_column(rows, f"c{rows.num_columns}", numbers)
        return Batch(with_watermarks(rows, before), arrival.after, self._inputs.idle)

    def _fires(self, rows: pa.Table) -> Ints:
        return self._clockwork.fires(millis(rows.column(self._end)))

    def _ranked(self, rows: pa.Table) -> tuple[pa.Table, Ints]:
        """The rows in the wanted range, windows by end, and their numbers."""
        group, _ = codes(rows, [self._start, self._end, *self._keys])
        arrival = np.arange(len(rows))
        ties = -arrival if self._later_wins else arrival
        order_keys = [ranks(rows.column(f"c{key.index}"), key) for key in self._node.order]
        end = millis(rows.column(self._end))
        order = in_order(end, group, *order_keys, ties)
        sorted_group = group[order]
        starts = np.concatenate(([True], sorted_group[1:] != sorted_group[:-1]))
        positions = np.arange(len(order))
        numbers = positions - np.maximum.accumulate(np.where(starts, positions, 0)) + 1
        wanted = (numbers >= self._node.first) & (numbers <= self._node.last)
        return take(rows, order[wanted]), numbers[wanted]

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"rows": self._rows, "inputs": self._inputs.store}

    @property
    def late(self) -> Late:
        return self._late


def _keeps_last(node: WindowRank) -> bool:
    """Window deduplication that keeps the last row by time: of equal times the later arrival counts."""
    if node.first != 1 or node.last != 1 or len(node.order) != 1 or not node.order[0].descending:
        return False
    return node.input.schema[node.order[0].index].type.time_attribute is not None

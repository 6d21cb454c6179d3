"""Aggregates over frames: of every row, the rows from one position to another of the rows sorted by key and time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from riverrun.engine.aggregation import ORDER, Aggregation
from riverrun.engine.batch import Ints, concat, take, with_column
from riverrun.engine.context import Context
from riverrun.sql.expr import AggregateCall

_MOST_PAIRS = 1 << 20
_MOMENT = "_m"


class Framed:
    """`calls` over rows with `width` columns."""

    def __init__(self, context: Context, calls: Sequence[AggregateCall], width: int) -> None:
        self._aggregation = Aggregation(context, calls, width)

    def __call__(self, rows: pa.Table, low: Ints, high: Ints) -> pa.Table:
        """The result over rows[low[n]:high[n]] for every n, as a0, a1, ...; frames are not empty."""
        parts = [self._some(rows, low[a:b], high[a:b]) for a, b in _portions(high - low)]
        return concat(parts) if parts else self._some(rows, low, high)

    def _some(self, rows: pa.Table, low: Ints, high: Ints) -> pa.Table:
        sizes = high - low
        moment = np.repeat(np.arange(len(low)), sizes)
        offset = np.arange(len(moment)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        # Calls without arguments have no columns, and a table without columns no rows.
        of_moments = take(rows, low[moment] + offset) if rows.num_columns else pa.table({_MOMENT: moment})
        pairs = with_column(of_moments, _MOMENT, moment)
        found = self._aggregation(with_column(pairs, ORDER, np.arange(len(moment))), [_MOMENT])
        return found.drop_columns([_MOMENT, ORDER])


def _portions(sizes: Ints) -> list[tuple[int, int]]:
    """Ranges of frames that together have not too many rows."""
    if not len(sizes):
        return []
    portion = np.cumsum(sizes) // _MOST_PAIRS
    edges = np.flatnonzero(np.concatenate(([True], portion[1:] != portion[:-1])))
    return list(zip(edges.tolist(), [*edges[1:].tolist(), len(sizes)], strict=True))

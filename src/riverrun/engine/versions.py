"""Aggregates after every single change, for any aggregate: each row is there from one moment until another, and one
DuckDB statement aggregates, for every moment, the rows that are there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import Ints, Mask, with_column
from riverrun.engine.context import Context, names
from riverrun.engine.expressions import conform
from riverrun.engine.keys import codes
from riverrun.sql.expr import AggregateCall
from riverrun.sql.functions import arrow_type, render_aggregate

NEVER = 2**62


class Versions:
    """`calls` over rows with `width` columns."""

    def __init__(self, context: Context, calls: Sequence[AggregateCall], width: int) -> None:
        self._context = context
        columns = names(width, "s.")
        self._calls = [render_aggregate(call, columns, context.session, order="s._seq") for call in calls]
        self.schema = pa.schema([pa.field(f"a{n}", arrow_type(call.type)) for n, call in enumerate(calls)])

    def __call__(self, rows: pa.Table, group: Ints, since: Ints, until: Ints, moments: pa.Table) -> pa.Table:
        """For every moment (columns `_g`, `_at`, `_m` its number) with rows in its group: `_m`, a0, a1 ..."""
        for name, values in (("_g", group), ("_from", since), ("_until", until), ("_seq", np.arange(len(group)))):
            rows = with_column(rows, name, values)
        parts = ["m._m AS _m", *(f"{call} AS a{n}" for n, call in enumerate(self._calls))]
        found = self._context.query(
            f"SELECT {', '.join(parts)} FROM probe m JOIN build s "
            "ON m._g = s._g AND s._from <= m._at AND m._at < s._until GROUP BY m._m ORDER BY m._m",
            probe=moments,
            build=rows,
        )
        return conform(found, pa.schema([pa.field("_m", pa.int64()), *self.schema]))


def lifetimes(rows: pa.Table, group: Ints, adds: Mask, at: Ints) -> tuple[Ints, Ints, Mask]:
    """(since, until, is a row) for changes in order: a retraction ends the earliest equal row that is still there."""
    since, until = at.copy(), np.full(len(at), NEVER)
    if adds.all():
        return since, until, adds
    equal, _ = codes(with_column(rows, "_g", group), [*rows.column_names, "_g"])
    waiting: dict[int, list[int]] = {}
    for position, (code, adding) in enumerate(zip(equal.tolist(), adds.tolist(), strict=True)):
        if adding:
            waiting.setdefault(code, []).append(position)
        elif waiting.get(code):
            until[waiting[code].pop(0)] = at[position]
    return since, until, adds

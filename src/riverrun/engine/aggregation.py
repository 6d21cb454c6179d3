"""Aggregates over sets of rows by group, in one DuckDB statement: what windows do when they fire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import AFTER, INSERT, OP, ops, where
from riverrun.engine.context import Context, names
from riverrun.engine.expressions import conform
from riverrun.engine.keys import codes, grouped
from riverrun.schema.types import Field
from riverrun.sql.expr import AggregateCall, Column, Expr
from riverrun.sql.functions import arrow_type, render_aggregate

ORDER = "_seq"


def with_plain_arguments(
    keys: Sequence[int], calls: Sequence[AggregateCall], schema: Sequence[Field]
) -> tuple[tuple[Expr, ...], tuple[AggregateCall, ...]]:
    """(what to keep of a row: its keys, then every argument and filter once; the calls over that)."""
    kept: list[Expr] = [Column(key, schema[key].type) for key in keys]

    def column(expr: Expr) -> Column:
        if expr not in kept[len(keys) :]:
            kept.append(expr)
        return Column(kept.index(expr, len(keys)), expr.type)

    moved = [
        replace(
            call,
            args=tuple(column(arg) for arg in call.args),
            filter=column(call.filter) if call.filter is not None else None,
        )
        for call in calls
    ]
    return tuple(kept), tuple(moved)


class Aggregation:
    """`calls` over rows with `width` columns; the rows carry their arrival order in `_seq`."""

    def __init__(self, context: Context, calls: Sequence[AggregateCall], width: int) -> None:
        self._context = context
        columns = names(width)
        self._calls = [render_aggregate(call, columns, context.session, order=ORDER) for call in calls]
        self._result = pa.schema([pa.field(f"a{n}", arrow_type(call.type)) for n, call in enumerate(calls)])

    def __call__(self, rows: pa.Table, by: Sequence[str]) -> pa.Table:
        """One row per group: the columns `by`, a0, a1, ... and `_seq`, the first row's; in that order."""
        calls = [f"{call} AS a{n}" for n, call in enumerate(self._calls)]
        parts = [*by, *calls, f"min({ORDER}) AS {ORDER}"]
        group = f" GROUP BY {', '.join(by)}" if by else ""
        found = self._context.query(f"SELECT {', '.join(parts)} FROM batch{group} ORDER BY {ORDER}", batch=rows)
        fields = [rows.schema.field(name) for name in by]
        return conform(found, pa.schema([*fields, *self._result, pa.field(ORDER, pa.int64())]))


def without_retracted(rows: pa.Table, by: Sequence[str]) -> pa.Table:
    """Rows of a changelog with every retracted row and its retraction gone; the earliest equal row goes first."""
    kinds = ops(rows)
    adds = (kinds == INSERT) | (kinds == AFTER)
    rows = rows.drop_columns([OP]) if OP in rows.column_names else rows
    if adds.all():
        return rows
    group, _ = codes(rows, [*by, *(name for name in rows.column_names if name.startswith("c"))])
    order, starts = grouped(group)
    retractions = np.add.reduceat(~adds[order], starts)
    sizes = np.diff(np.append(starts, len(order)))
    added = adds[order]
    running = np.cumsum(added)
    base = np.repeat(running[starts] - added[starts], sizes)
    keep_sorted = added & (running - base > np.repeat(retractions, sizes))
    keep = np.zeros(len(order), np.bool_)
    keep[order] = keep_sorted
    return where(rows, keep)

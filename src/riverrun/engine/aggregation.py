"""Aggregates over sets of rows by group, in one DuckDB statement: what windows do when they fire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import AFTER, INSERT, OP, Ints, ints, ops, take, valid, where, with_column
from riverrun.engine.context import Context, names
from riverrun.engine.expressions import conform
from riverrun.engine.keys import codes, grouped, in_order
from riverrun.schema.types import INTEGERS, STRINGS, Field
from riverrun.sql.expr import AggregateCall, Column, Expr
from riverrun.sql.functions import arrow_type, render_aggregate

ORDER = "_seq"
_GROUP = "_group"


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
    """`calls` over rows with `width` columns; the rows carry their arrival order in `_seq`.

    Lists of values are parts of a column once the rows lie in order; DuckDB, which sorts every list of its own, has the
    other calls.
    """

    def __init__(self, context: Context, calls: Sequence[AggregateCall], width: int) -> None:
        self._context = context
        columns = names(width)
        self._lists = {n: call for n, call in enumerate(calls) if _is_list(call)}
        self._others = {
            n: render_aggregate(call, columns, context.session, order=ORDER)
            for n, call in enumerate(calls)
            if n not in self._lists
        }
        self._result = pa.schema([pa.field(f"a{n}", arrow_type(call.type)) for n, call in enumerate(calls)])

    def __call__(self, rows: pa.Table, by: Sequence[str]) -> pa.Table:
        """One row per group: the columns `by`, a0, a1, ... and `_seq`, the first row's; in that order."""
        fields = [rows.schema.field(name) for name in by]
        found = self._with_lists(rows, by) if self._lists and rows.num_rows else self._queried(rows, by)
        return conform(found, pa.schema([*fields, *self._result, pa.field(ORDER, pa.int64())]))

    def _queried(self, rows: pa.Table, by: Sequence[str]) -> pa.Table:
        calls = [f"{call} AS a{n}" for n, call in self._others.items()]
        parts = [*by, *calls, f"min({ORDER}) AS {ORDER}"]
        group = f" GROUP BY {', '.join(by)}" if by else ""
        return self._context.query(f"SELECT {', '.join(parts)} FROM batch{group} ORDER BY {ORDER}", batch=rows)

    def _with_lists(self, rows: pa.Table, by: Sequence[str]) -> pa.Table:
        owner, order, starts = _by_group(rows, by)
        found = take(rows.select([*by, ORDER]), order[starts])
        if self._others:
            group = np.empty(len(owner), np.int64)
            group[order] = owner
            others = self._queried(with_column(rows, _GROUP, group), [_GROUP])
            others = take(others, in_order(ints(others.column(_GROUP))))
            for n in self._others:
                found = found.append_column(f"a{n}", others.column(f"a{n}"))
        for n, call in self._lists.items():
            found = found.append_column(f"a{n}", _lists(call, rows, owner, order, len(starts)))
        return found


def _is_list(call: AggregateCall) -> bool:
    plain = isinstance(call.filter, Column | None) and isinstance(call.args[0] if call.args else None, Column)
    comparable = not call.distinct or call.args[0].type.root in (*STRINGS, *INTEGERS)
    return call.function == "ARRAY_AGG" and plain and comparable


def _by_group(rows: pa.Table, by: Sequence[str]) -> tuple[Ints, Ints, Ints]:
    """(the group of each row, rows in order of their groups and their arrival; these rows' places in `rows`; where the
    groups begin). Groups come in the order of their first rows."""
    group, arrived = codes(rows, by)[0], ints(rows.column(ORDER))
    order = in_order(group, arrived)
    begins = np.concatenate(([True], np.diff(group[order]) != 0))
    number = np.cumsum(begins) - 1
    place = np.empty(int(number[-1]) + 1, np.int64)
    place[in_order(arrived[order[begins]])] = np.arange(len(place))
    owner = place[number]
    again = in_order(owner)
    owner, order = owner[again], order[again]
    starts = np.flatnonzero(np.concatenate(([True], np.diff(owner) != 0)))
    return owner, order, starts


def _lists(call: AggregateCall, rows: pa.Table, owner: Ints, order: Ints, groups: int) -> pa.Array:
    """ARRAY_AGG of each group; NULL where there is nothing."""
    argument = call.args[0]
    assert isinstance(argument, Column)
    column = rows.column(f"c{argument.index}")
    keep = np.ones(len(order), np.bool_)
    if call.filter is not None:
        assert isinstance(call.filter, Column)
        keep &= rows.column(f"c{call.filter.index}").fill_null(False).to_numpy()[order]
    if call.ignore_nulls:
        keep &= valid(column)[order]
    owner, at = owner[keep], order[keep]
    if call.distinct:
        value, count = codes(rows, [f"c{argument.index}"])
        first = np.sort(np.unique(owner * count + value[at], return_index=True)[1])
        owner, at = owner[first], at[first]
    sizes = np.bincount(owner, minlength=groups)
    offsets = pa.array(np.concatenate(([0], np.cumsum(sizes))), pa.int32())
    type_ = arrow_type(call.type)
    values = take(rows.select([f"c{argument.index}"]), at).column(0).combine_chunks().cast(type_.value_type)
    return pa.ListArray.from_arrays(offsets, values, type=type_, mask=pa.array(sizes == 0))


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

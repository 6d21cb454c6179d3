"""ORDER BY: rows sorted by columns as Flink compares values, as whole columns and as keys of single rows."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riverrun.engine.batch import Column, Ints, valid
from riverrun.engine.keys import in_order
from riverrun.sql.expr import SortKey


def ranks(column: Column, key: SortKey) -> Ints:
    """Numbers that sort as the values do: equal values have equal numbers."""
    if pa.types.is_floating(column.type):
        # NaN is the largest, and equal to itself.
        found = np.unique(column.to_numpy(), return_inverse=True)[1].astype(np.int64)
    else:
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.int8())
        found = pc.rank(column.combine_chunks(), tiebreaker="dense").to_numpy().astype(np.int64)
    if key.descending:
        found = -found
    null = ~valid(column)
    result: Ints = np.where(null, found.min(initial=0) - 1 if key.nulls_first else found.max(initial=0) + 1, found)
    return result


def sorted_by(rows: pa.Table, keys: Sequence[SortKey], *, first: Sequence[Ints] = ()) -> Ints:
    """The order of rows by the number columns `first`, then by `keys`, then as they lie."""
    columns = [*first, *(ranks(rows.column(f"c{key.index}"), key) for key in keys)]
    if not columns:
        return np.arange(rows.num_rows)
    return in_order(*columns)


@functools.total_ordering
class _Backwards:
    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Backwards) and bool(self.value == other.value)

    def __lt__(self, other: _Backwards) -> bool:
        return bool(other.value < self.value)

    def __hash__(self) -> int:
        return hash(self.value)


SortValue = tuple[Any, ...]


def sort_values(rows: pa.Table, keys: Sequence[SortKey]) -> list[SortValue]:
    """Of every row, a tuple that compares as the sort keys say."""
    columns = [[_comparable(value, key) for value in rows.column(f"c{key.index}").to_pylist()] for key in keys]
    return list(zip(*columns, strict=True)) if columns else [()] * rows.num_rows


def _comparable(value: Any, key: SortKey) -> tuple[int, Any]:
    if value is None:
        return (0 if key.nulls_first else 2, 0)
    if isinstance(value, float):
        value = (1, 0.0) if math.isnan(value) else (0, value)
    return (1, _Backwards(value) if key.descending else value)

"""Grouping rows by key columns without a loop over rows: dense codes, and the order that puts groups together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import Column, Ints

# The only NaN among keys: a dict finds it, as it looks for the same object first.
_NAN = float("nan")


def codes(rows: pa.Table, names: Sequence[str]) -> tuple[Ints, int]:
    """A number for every row, equal where the columns `names` are equal (NULL equals NULL), and how many there are.

    Numbers are dense, in order of first appearance when there is one column.
    """
    found, count = np.zeros(rows.num_rows, np.int64), 1
    for name in names:
        column, size = _codes_of(rows.column(name))
        found = found * size + column
        count *= size
        if count > max(4 * rows.num_rows, 1024):
            distinct, found = np.unique(found, return_inverse=True)
            count = len(distinct)
    return found, count


def _codes_of(column: Column) -> tuple[Ints, int]:
    if pa.types.is_nested(column.type) or pa.types.is_decimal(column.type):
        column = pa.chunked_array([pa.array([repr(freeze(value)) for value in column.to_pylist()], pa.string())])
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    indices: Ints = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return indices, max(len(encoded.dictionary), 1)


def in_order(*columns: Ints) -> Ints:
    """The order of rows by whole numbers, by the first column, then by the next; equal rows stay as they lie.

    As np.lexsort (which takes the columns the other way round), several times faster.
    """
    order = _order_of(columns[-1])
    for column in columns[-2::-1]:
        order = order[_order_of(column[order])]
    return order


def _order_of(numbers: Ints) -> Ints:
    """A stable argsort: numbers and places sorted as one number each, where that has enough bits."""
    count = len(numbers)
    if count < 2 or bool((numbers[1:] >= numbers[:-1]).all()):
        return np.arange(count)
    numbers = numbers.astype(np.int64, copy=False)
    lowest, bits = int(numbers.min()), count.bit_length()
    if (int(numbers.max()) - lowest) >> (62 - bits):
        return np.argsort(numbers, kind="stable")
    both = ((numbers - lowest) << bits) | np.arange(count)
    both.sort()
    return both & ((1 << bits) - 1)


def grouped(group: Ints) -> tuple[Ints, Ints]:
    """(order, starts): `order` sorts rows by group and keeps their order inside; `starts` are the positions in it where
    groups begin."""
    order = in_order(group)
    if not len(order):
        return order, np.zeros(0, np.int64)
    sorted_groups = group[order]
    starts = np.flatnonzero(np.concatenate(([True], sorted_groups[1:] != sorted_groups[:-1])))
    return order, starts


def freeze(value: Any) -> Any:
    """A value of Arrow's to_pylist that can be a key of a dict."""
    if isinstance(value, list):
        return tuple(freeze(item) for item in value)
    if isinstance(value, dict):
        return tuple((name, freeze(item)) for name, item in value.items())
    if isinstance(value, tuple):
        return tuple(freeze(item) for item in value)
    return value


def tuples(rows: pa.Table, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """The rows' columns `names` as hashable Python tuples."""
    if not names:
        return [()] * rows.num_rows
    return list(zip(*(_frozen(rows.column(name)) for name in names), strict=True))


def _frozen(column: Column) -> list[Any]:
    values = column.to_pylist()
    if pa.types.is_floating(column.type):
        return [_NAN if value != value else value for value in values]
    return [freeze(value) for value in values] if pa.types.is_nested(column.type) else values

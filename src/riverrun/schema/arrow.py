"""Flink's types as Arrow types: what columns of a batch are (ARCHITECTURE.md, "Batches")."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from riverrun.schema.types import TIMESTAMPS, Root, Type

_ARROW: dict[Root, pa.DataType] = {
    Root.NULL: pa.int32(), Root.BOOLEAN: pa.bool_(),
    Root.TINYINT: pa.int8(), Root.SMALLINT: pa.int16(), Root.INTEGER: pa.int32(), Root.BIGINT: pa.int64(),
    Root.FLOAT: pa.float32(), Root.DOUBLE: pa.float64(),
    Root.CHAR: pa.string(), Root.VARCHAR: pa.string(), Root.BINARY: pa.binary(), Root.VARBINARY: pa.binary(),
    Root.DATE: pa.date32(), Root.TIME: pa.time64("us"),
    Root.INTERVAL_DAY_TIME: pa.int64(), Root.INTERVAL_YEAR_MONTH: pa.int64(),
}  # fmt: skip


def arrow_type(type_: Type) -> Any:
    """The type of a column of `type_`. Fields of a row are f0, f1, ...

    >>> from riverrun.schema.types import BIGINT, array, row, timestamp
    >>> str(arrow_type(row(("id", BIGINT), ("times", array(timestamp(3))))))
    'struct<f0: int64, f1: list<item: timestamp[us]>>'
    """
    root = type_.root
    if root is Root.DECIMAL:
        return pa.decimal128(type_.precision, type_.scale)
    if root in TIMESTAMPS:
        return pa.timestamp("ns" if type_.precision > 6 else "us")
    if root is Root.ROW:
        return pa.struct([pa.field(f"f{i}", arrow_type(one.type)) for i, one in enumerate(type_.fields)])
    if root is Root.ARRAY:
        return pa.list_(arrow_type(_inner(type_.element)))
    if root is Root.MAP:
        return pa.map_(arrow_type(_inner(type_.key)), arrow_type(_inner(type_.element)))
    if root is Root.MULTISET:
        return pa.map_(arrow_type(_inner(type_.element)), pa.int32())
    return _ARROW[root]


def _inner(part: Type | None) -> Type:
    assert part is not None, "the types of elements are always known"
    return part


def from_numbers(values: Any) -> Any:
    """A numpy array of numbers as an Arrow array, without a copy. (`pa.array` asks whether it is a masked one, and
    imports what that takes.)"""
    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), [None, pa.py_buffer(values)])

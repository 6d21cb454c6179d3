"""Columns of Arrow texts made from numbers: tables looked up, matrices of bytes, timestamps, joins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow
import pyarrow.compute

from riverrun.generate.draw import Bytes, Ints

# Arrow without its stubs, which know neither numpy buffers nor all overloads of the kernels.
pa: Any = pyarrow
pc: Any = pyarrow.compute
Column = Any  # pyarrow.Array


def texts(values: Sequence[str]) -> Column:
    return pa.array(values, pa.string())


def look_up(table: Column, codes: Ints) -> Column:
    """table[code] for each code; a negative code is null."""
    if codes.size and codes.min() < 0:
        return table.take(pa.array(codes, pa.int64(), mask=codes < 0))
    return table.take(pa.array(codes, pa.int64()))


def shared(table: Column, codes: Ints) -> Column:
    """table[code] without copying the values: a dictionary column. A negative code is null."""
    indices = codes.astype(np.int32)
    mask = indices < 0
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32(), mask=mask if mask.any() else None), table)


def from_bytes(matrix: Bytes) -> Column:
    """A column of texts from rows of ASCII bytes."""
    count, width = matrix.shape
    offsets = np.arange(0, width * count + 1, width, dtype=np.int32) if width else np.zeros(count + 1, dtype=np.int32)
    return pa.Array.from_buffers(
        pa.string(), count, [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(matrix))]
    )


def join(*parts: Column | str) -> Column:
    """The parts of each row, one behind the other. A part is a column or a text; a null part makes a null."""
    count = max(len(part) for part in parts if not isinstance(part, str))
    kind = next(part.type for part in parts if not isinstance(part, str))
    columns = [constant(part, count, kind) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*columns, pa.scalar("" if kind == pa.string() else b"", kind))


def constant(text: str | bytes, count: int, kind: Any) -> Column:
    raw = text.encode() if isinstance(text, str) else text
    offsets = np.arange(0, len(raw) * (count + 1), max(len(raw), 1), dtype=np.int32)[: count + 1]
    if not raw:
        offsets = np.zeros(count + 1, dtype=np.int32)
    return pa.Array.from_buffers(kind, count, [None, pa.py_buffer(offsets), pa.py_buffer(raw * count)])


def ragged(matrix: Ints) -> tuple[Ints, Ints]:
    """(offsets, values) of the rows of a matrix that is filled up with negative numbers."""
    filled = matrix >= 0
    offsets = np.concatenate(([0], np.cumsum(filled.sum(axis=1)))).astype(np.int64)
    return offsets, matrix[filled]


def list_of(offsets: Ints, values: Column, *, null: Any = None) -> Column:
    """Lists of `values`; `null` marks the ones that are null."""
    mask = None if null is None or not null.any() else pa.array(null)
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32), pa.int32()), values, mask=mask)


def record(**fields: Column) -> Column:
    """A column of records."""
    return pa.StructArray.from_arrays(list(fields.values()), names=list(fields))

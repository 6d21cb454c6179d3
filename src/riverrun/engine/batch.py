"""Batches: what operators hand to each other. Arrow columns named by position, an op column, and watermarks by row.

The watermark before every row travels with the row, so whether a row is late never depends on how the input was cut.
ARCHITECTURE.md, "Batches", has the physical types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from riverrun.schema.arrow import from_numbers
from riverrun.values import dataclass

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Ops = npt.NDArray[np.int8]
# Of Arrow; mypy knows nothing of pyarrow (pyproject.toml).
Array: TypeAlias = Any
Column: TypeAlias = Any

# No watermark yet; the end of the input.
START = -(2**63)
END = 2**63 - 1

OP = "_op"
WM = "_wm"
PART = "_part"  # the source's partition of a row, from the scan to the watermark assigner
CONTROL = (OP, WM, PART)

INSERT, BEFORE, AFTER, DELETE = 0, 1, 2, 3
OPS = ("+I", "-U", "+U", "-D")


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows in order, and the watermark behind the last of them. `idle`: the stream has nothing for now, and other
    inputs shall not wait for it.

    `rows` has the columns c0, c1, ..., `_op` when it is not all +I, and `_wm` when any row came behind a watermark. It
    has at least one column (`_op` if need be): Arrow and DuckDB cannot count rows of nothing.

    `partitions`, from a source to its watermark assigner: partition -> whether it has nothing for now. The column
    `_part` says which partition a row is of.
    """

    rows: pa.Table
    watermark: int = START
    idle: bool = False
    partitions: Mapping[int, bool] | None = None

    def with_rows(self, rows: pa.Table) -> Batch:
        return replace(self, rows=rows)

    def __len__(self) -> int:
        return int(self.rows.num_rows)


def ints(column: Column | Array) -> Ints:
    """A column without NULLs as int64 (times and dates as the numbers they are)."""
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not pa.types.is_int64(values.type):
        values = values.view(pa.int64()) if values.type.bit_width == 64 else values.cast(pa.int64())
    found: Ints = values.to_numpy(zero_copy_only=False)
    return found


def valid(column: Column) -> Mask:
    found: Mask = column.is_valid().to_numpy()
    return found


def millis(column: Column) -> Ints:
    """A timestamp column without NULLs as ms since the epoch."""
    found: Ints = ints(column) // per_milli(column.type)
    return found


def per_milli(type_: pa.DataType) -> int:
    """How many units of a timestamp type are a millisecond."""
    return 1_000_000 if type_ == pa.timestamp("ns") else 1000


def timestamps(values: Ints, type_: pa.DataType | None = None) -> Array:
    """Milliseconds as a timestamp column (microseconds unless `type_` says otherwise)."""
    type_ = type_ or pa.timestamp("us")
    return pa.array(values * per_milli(type_)).view(type_)


def ops(rows: pa.Table) -> Ops:
    """The op of every row."""
    if OP not in rows.column_names:
        return np.zeros(rows.num_rows, np.int8)
    found: Ops = rows.column(OP).to_numpy()
    return found


def watermarks(rows: pa.Table) -> Ints:
    """The watermark before every row."""
    if WM not in rows.column_names:
        return np.full(rows.num_rows, START)
    return ints(rows.column(WM))


def take(rows: pa.Table, at: Ints, *, mask: Mask | None = None) -> pa.Table:
    """The rows at these positions; rows of NULLs where `mask` is true."""
    if mask is None and _in_a_row(at):
        return rows.slice(int(at[0]), len(at))
    return rows.take(pa.array(at, pa.int64(), mask=mask))


def _in_a_row(at: Ints) -> bool:
    return len(at) > 0 and int(at[-1]) - int(at[0]) == len(at) - 1 and bool((np.diff(at) == 1).all())


def where(rows: pa.Table, mask: Mask) -> pa.Table:
    """The rows where `mask` is true."""
    return rows.filter(pa.array(mask, pa.bool_()))


def with_column(rows: pa.Table, name: str, values: Array | Column | npt.NDArray[Any]) -> pa.Table:
    """`rows` with the column replaced or appended."""
    column = values
    if isinstance(values, np.ndarray):
        column = from_numbers(values) if values.dtype.kind in "iuf" else pa.array(values)
    at = rows.schema.get_field_index(name)
    return rows.append_column(name, column) if at < 0 else rows.set_column(at, name, column)


def with_watermarks(rows: pa.Table, before: Ints) -> pa.Table:
    if WM not in rows.column_names and (not len(before) or before[-1] == START):
        return rows
    return with_column(rows, WM, before)


def with_ops(rows: pa.Table, kinds: Ops) -> pa.Table:
    return with_column(rows, OP, kinds) if kinds.any() else without(rows, OP)


def without(rows: pa.Table, *names: str) -> pa.Table:
    present = [name for name in names if name in rows.column_names]
    return rows.drop_columns(present) if present else rows


def data(rows: pa.Table) -> pa.Table:
    """`rows` without the control columns (but for one of zeros where there is nothing else)."""
    if not values(rows):
        return pa.table({OP: pa.array(np.zeros(rows.num_rows, np.int8))})
    return without(rows, *CONTROL)


def values(rows: pa.Table) -> list[Column]:
    """The columns of `rows`, without the control columns."""
    return [rows.column(name) for name in rows.column_names if name not in CONTROL]


def told(rows: pa.Table) -> pa.Table:
    """Rows as sinks get them: the op where there are changes, no watermarks."""
    return without(rows, WM, PART)


def width(rows: pa.Table) -> int:
    return sum(1 for name in rows.column_names if name not in CONTROL)


def control(rows: pa.Table) -> list[str]:
    return [name for name in CONTROL if name in rows.column_names]


def columns(rows: pa.Table, wanted: Sequence[int]) -> pa.Table:
    """The columns at these positions, renumbered, with the control columns."""
    names = [f"c{index}" for index in wanted]
    if not names and not control(rows):
        rows = with_column(rows, OP, ops(rows))
    kept = control(rows)
    return rows.select([*names, *kept]).rename_columns([*(f"c{index}" for index in range(len(names))), *kept])


def concat(tables: Iterable[pa.Table]) -> pa.Table:
    """Rows one after the other. Where only some have a control column, the others get its default."""
    several = list(tables)
    if len(several) == 1:
        return several[0]
    present = {name for table in several for name in control(table)}
    if present:
        order = [name for name in CONTROL if name in present]
        several = [_with_control(table, order) for table in several]
    return pa.concat_tables(several)


def _with_control(rows: pa.Table, names: Sequence[str]) -> pa.Table:
    for name in names:
        if name not in rows.column_names:
            fill = watermarks(rows) if name == WM else ops(rows) if name == OP else np.zeros(rows.num_rows, np.int32)
            rows = rows.append_column(name, pa.array(fill))
    wanted = [*(name for name in rows.column_names if name not in CONTROL), *names]
    return rows if rows.column_names == wanted else rows.select(wanted)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A batch as an operator meets it: the operator's own watermark before every row, before and behind the batch."""

    before: int
    rows: Ints
    after: int

    def steps(self) -> Ints:
        """All values of the watermark in order, from `before` to `after`."""
        return np.concatenate(([self.before], self.rows, [self.after])).astype(np.int64, copy=False)

    def fire(self, times: Ints) -> tuple[Mask, Ints, Ints]:
        """For timers at `times` (each set before the batch, or at a row that is still in time): which fire in this
        batch; the step at which they do (a sort key); the watermark before that."""
        steps = self.steps()
        at = np.searchsorted(steps, times, side="left")
        fired = at < len(steps)
        at = np.minimum(at, len(steps) - 1)
        return fired, at, steps[np.maximum(at - 1, 0)]

"""Running aggregates: of every row of a group, the aggregate over the rows up to it, from what is carried from before.

Whole columns at a time, for the aggregates that need only a few carried values per group. The others are computed over
the rows themselves (`riverrun.engine.versions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Context as DecimalContext
from decimal import Decimal
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riverrun.engine.batch import Ints, Mask, ints, take, valid
from riverrun.engine.keys import grouped
from riverrun.engine.ordering import ranks
from riverrun.schema.types import APPROXIMATE_NUMERICS, INTEGERS, NUMERICS, Root, Type
from riverrun.sql.expr import AggregateCall, SortKey
from riverrun.sql.functions import arrow_type

_EXACT = DecimalContext(prec=60)


class Groups:
    """Rows sorted by group (their order kept inside): where groups begin, and spreading and summing over them."""

    def __init__(self, group: Ints) -> None:
        self.order, self.starts = grouped(group)
        self.sizes = np.diff(np.append(self.starts, len(self.order)))
        self.number = np.repeat(np.arange(len(self.starts)), self.sizes)
        self.last = self.starts + self.sizes - 1

    def sums(self, values: Ints, carried: Ints) -> Ints:
        """Running sums, wrapping as 64-bit integers do."""
        with np.errstate(over="ignore"):
            total = np.cumsum(values)
            return total + np.repeat(carried - total[self.starts] + values[self.starts], self.sizes)

    def lowest(self, totals: Ints) -> Ints:
        """The least of each row's and all earlier totals of its group, and of 0."""
        if not len(totals):
            return totals
        base = self.number * (int(totals.max(initial=0)) - int(totals.min(initial=0)) + 1)
        found: Ints = np.minimum.accumulate(np.minimum(totals, 0) - base) + base
        return found


class Running(Protocol):
    @property
    def carried(self) -> Sequence[pa.DataType]:
        """The types of what is kept per group."""
        ...

    def run(
        self, groups: Groups, args: Sequence[pa.Array], counts: Mask, sign: Ints, carry: Sequence[pa.Array]
    ) -> tuple[pa.Array, list[pa.Array]]:
        """(the result after every row; what to carry on per group). Rows are sorted by group; `counts` says which
        rows the call's filter lets in; `sign` is -1 for retractions; `carry` has one value per group (NULL: none)."""
        ...


def running(call: AggregateCall, *, retracts: bool) -> Running | None:
    """How to run `call`, or None when it needs the rows themselves. DISTINCT is not its business: of COUNT, SUM and AVG
    the caller has to leave rows out (`riverrun.engine.distinct`), to extremes it means nothing."""
    if (call.distinct and call.function not in ("MIN", "MAX") and not counts_once(call)) or (
        retracts and call.function in ("MIN", "MAX", "FIRST_VALUE", "LAST_VALUE")
    ):
        return None
    type_ = call.args[0].type if call.args else None
    match call.function:
        case "ROW_NUMBER":
            return _Count()
        case "COUNT" if len(call.args) <= 1:
            return _Count()
        case "SUM" | "AVG" if type_ is not None and type_.root in INTEGERS:
            return _IntegerSum(call.type, average=call.function == "AVG")
        case "SUM" if type_ is not None and type_.root in NUMERICS:
            return _OtherSum(call.type)
        case "MIN" | "MAX" if type_ is not None and not pa.types.is_nested(arrow_type(type_)):
            return _Extreme(type_, largest=call.function == "MAX")
        case "FIRST_VALUE" | "LAST_VALUE" if type_ is not None and len(call.args) == 1:
            return _Edge(type_, first=call.function == "FIRST_VALUE")
        case _:
            return None


def counts_once(call: AggregateCall) -> bool:
    """Whether DISTINCT in this call is no more than which rows count. (NaN and -0.0 are values of their own.)"""
    return call.function in ("COUNT", "SUM", "AVG") and len(call.args) == 1 and _is_plain(call.args[0].type)


def _is_plain(type_: Type) -> bool:
    return type_.root not in APPROXIMATE_NUMERICS and not pa.types.is_nested(arrow_type(type_))


def arguments(call: AggregateCall, rows: pa.Table) -> tuple[list[pa.Array], Mask]:
    """The call's argument columns, and which rows its filter lets in. `with_plain_arguments` made them columns."""
    args = [rows.column(f"c{arg.index}").combine_chunks() for arg in call.args]  # type: ignore[union-attr]
    if call.filter is None:
        return args, np.ones(rows.num_rows, np.bool_)
    column = rows.column(f"c{call.filter.index}")  # type: ignore[union-attr]
    return args, column.fill_null(False).to_numpy()


def _numbers(carry: pa.Array) -> Ints:
    return ints(carry.fill_null(0))


def _counted(args: Sequence[pa.Array], counts: Mask) -> Mask:
    return counts & valid(pa.chunked_array([args[0]])) if args else counts


@dataclass(frozen=True, slots=True)
class _Count:
    carried: Sequence[pa.DataType] = (pa.int64(),)

    def run(
        self, groups: Groups, args: Sequence[pa.Array], counts: Mask, sign: Ints, carry: Sequence[pa.Array]
    ) -> tuple[pa.Array, list[pa.Array]]:
        found = groups.sums(np.where(_counted(args, counts), sign, 0), _numbers(carry[0]))
        return pa.array(found), [pa.array(found[groups.last])]


class _IntegerSum:
    def __init__(self, type_: Type, *, average: bool) -> None:
        self._type = arrow_type(type_)
        self._average = average
        self.carried = (pa.int64(), pa.int64())

    def run(
        self, groups: Groups, args: Sequence[pa.Array], counts: Mask, sign: Ints, carry: Sequence[pa.Array]
    ) -> tuple[pa.Array, list[pa.Array]]:
        used = _counted(args, counts)
        count = groups.sums(np.where(used, sign, 0), _numbers(carry[0]))
        values = np.where(used, ints(args[0].fill_null(0)), 0) * sign
        total = groups.sums(values, _numbers(carry[1]))
        result = _truncated(total, np.maximum(count, 1)) if self._average else total
        narrow = result.astype(self._type.to_pandas_dtype())
        kept = [pa.array(count[groups.last]), pa.array(total[groups.last])]
        return pa.array(narrow, self._type, mask=count == 0), kept


def _truncated(total: Ints, count: Ints) -> Ints:
    """Division that truncates toward zero."""
    quotient = total // count
    found: Ints = quotient + ((quotient < 0) & (quotient * count != total))
    return found


class _OtherSum:
    """Sums of FLOAT, DOUBLE and DECIMAL, one addition after the other as Flink does them."""

    def __init__(self, type_: Type) -> None:
        self._type = arrow_type(type_)
        self._root = type_.root
        self.carried = (pa.int64(), self._type)

    def run(
        self, groups: Groups, args: Sequence[pa.Array], counts: Mask, sign: Ints, carry: Sequence[pa.Array]
    ) -> tuple[pa.Array, list[pa.Array]]:
        used = _counted(args, counts)
        count = groups.sums(np.where(used, sign, 0), _numbers(carry[0]))
        values, total = args[0].to_pylist(), [None] * len(used)
        for start, end, first in zip(groups.starts, groups.last + 1, carry[1].to_pylist(), strict=True):
            part = zip(values[start:end], used[start:end].tolist(), sign[start:end].tolist(), strict=True)
            total[start:end] = self._totals(first, part)
        found = pa.array(total, self._type)
        result = pc.if_else(pa.array(count != 0), found, pa.scalar(None, self._type))
        return result, [pa.array(count[groups.last]), take(found, groups.last)]

    def _totals(self, total: Any, rows: Iterable[tuple[Any, bool, int]]) -> Iterator[Any]:
        for value, used, sign in rows:
            total = self._add(total, value, used, sign)
            yield total

    def _add(self, total: Any, value: Any, used: bool, sign: int) -> Any:
        if not used:
            return total
        if self._root is Root.DECIMAL:
            total = _EXACT.add(total or Decimal(0), value if sign > 0 else -value)
            return total if total.adjusted() + 1 + self._type.scale <= 38 else None
        if self._root is Root.FLOAT:
            return float(np.float32(total or 0.0) + np.float32(sign * value))
        return (total or 0.0) + sign * value


class _Extreme:
    def __init__(self, type_: Type, *, largest: bool) -> None:
        self._key = SortKey(0, descending=not largest, nulls_first=True)
        self._type = arrow_type(type_)
        self.carried = (self._type,)

    def run(
        self, groups: Groups, args: Sequence[pa.Array], counts: Mask, sign: Ints, carry: Sequence[pa.Array]
    ) -> tuple[pa.Array, list[pa.Array]]:
        values = pc.if_else(pa.array(counts), args[0], pa.scalar(None, self._type))
        everything = pa.concat_arrays([carry[0].cast(self._type), values])
        rank = ranks(pa.chunked_array([everything]), self._key)
        rank = rank - rank.min(initial=0)
        own, size = rank[len(groups.starts) :].copy(), int(rank.max(initial=0)) + 1
        own[groups.starts] = np.maximum(own[groups.starts], rank[: len(groups.starts)])
        best = np.maximum.accumulate(own + groups.number * size) - groups.number * size
        at = np.zeros(size, np.int64)
        at[rank] = np.arange(len(rank))
        result = take(everything, at[best])
        return result, [take(result, groups.last)]


class _Edge:
    """FIRST_VALUE and LAST_VALUE, which pass over NULLs."""

    def __init__(self, type_: Type, *, first: bool) -> None:
        self._first = first
        self.carried = (arrow_type(type_),)

    def run(
        self, groups: Groups, args: Sequence[pa.Array], counts: Mask, sign: Ints, carry: Sequence[pa.Array]
    ) -> tuple[pa.Array, list[pa.Array]]:
        used = _counted(args, counts)
        had = valid(pa.chunked_array([carry[0]]))
        groups_count, rows = len(groups.starts), np.arange(len(used))
        everything = pa.concat_arrays([carry[0].cast(self.carried[0]), args[0]])
        if self._first:
            before = groups.sums(used.astype(np.int64), np.zeros(groups_count, np.int64)) - used
            firsts = used & (before == 0)
            own = np.maximum.accumulate(np.where(firsts | self._begins(groups, rows), rows, 0))
            at = np.where(had[groups.number], groups.number, own + groups_count)
        else:
            own = np.maximum.accumulate(np.where(used | self._begins(groups, rows), rows, 0))
            at = np.where(used[own], own + groups_count, groups.number)
        result = take(everything, at)
        if self._first:
            known = had[groups.number] | used[own]
            result = pc.if_else(pa.array(known), result, pa.scalar(None, result.type))
        return result, [take(result, groups.last)]

    def _begins(self, groups: Groups, rows: Ints) -> Mask:
        found: Mask = rows == np.repeat(groups.starts, groups.sizes)
        return found

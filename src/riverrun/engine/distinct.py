"""DISTINCT in running aggregates: of all rows of a group with one value, one counts.

Keeps each value of a key once, with how many rows have it; where rows are only added, from its first row on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import Ints, Mask, take, where
from riverrun.engine.context import Context
from riverrun.engine.expiry import KeyedExpiry
from riverrun.engine.keyed import Keyed
from riverrun.engine.keys import codes
from riverrun.engine.running import Groups, counts_once
from riverrun.engine.stores import Store
from riverrun.sql.expr import AggregateCall
from riverrun.sql.functions import arrow_type

_COUNT = "_count"


class Distinct:
    def __init__(
        self, context: Context, keys: Sequence[pa.Field], value: pa.DataType, *, retracts: bool, ttl: int | None
    ) -> None:
        self._names = [f"c{n}" for n in range(len(keys) + 1)]
        self._kept = Keyed([*keys, pa.field("value", value)], [pa.field(_COUNT, pa.int64())])
        self._expiry = KeyedExpiry(context, self._kept, ttl)
        self._retracts = retracts

    @property
    def stores(self) -> Mapping[str, Store]:
        found: dict[str, Store] = {"values": self._kept.rows}
        return found | {"values_age": self._expiry.age.store} if self._expiry.age else found

    def restored(self) -> None:
        self._kept.restored()

    def sweep(self) -> None:
        self._expiry.sweep()

    def __call__(self, keys: pa.Table, value: pa.Array, used: Mask, sign: Ints) -> Mask:
        """Of the rows (in order inside of their groups) that are `used`: those that count, since no row before had
        their value or no row has it any more."""
        at = np.flatnonzero(used & value.is_valid().to_numpy(zero_copy_only=False))
        rows = take(pa.Table.from_arrays([*keys.columns, value], names=self._names), at)
        groups = Groups(codes(rows, self._names)[0])
        firsts = take(rows, groups.order[groups.starts])
        old, before = self._kept.get(firsts)
        had = before.column(_COUNT).fill_null(0).to_numpy()
        counting = (
            self._changes(groups, sign[at][groups.order], had, firsts, old)
            if self._retracts
            else (self._new(groups, had, firsts, old))
        )
        found = np.zeros(len(used), np.bool_)
        found[at[groups.order[counting]]] = True
        return found

    def _new(self, groups: Groups, had: Ints, firsts: pa.Table, old: Ints) -> Ints:
        """The first row of every new value. A known one is not written again: it expires so long after its first row,
        as in Flink."""
        new = had == 0
        self._put(old[new], where(firsts, new), np.ones(int(np.count_nonzero(new)), np.int64))
        found: Ints = groups.starts[new]
        return found

    def _changes(self, groups: Groups, sign: Ints, had: Ints, firsts: pa.Table, old: Ints) -> Ints:
        total = groups.sums(sign, had)
        count = total - groups.lowest(total)
        before = np.concatenate(([0], count[:-1]))
        before[groups.starts] = had
        self._put(old, firsts, count[groups.last])
        return np.flatnonzero((count != before) & (np.where(sign > 0, count, before) == 1))

    def _put(self, old: Ints, rows: pa.Table, count: Ints) -> None:
        self._kept.put(old, rows.append_column(_COUNT, pa.array(count)), count > 0)
        self._expiry.wrote()


def distincts(
    context: Context,
    keys: Sequence[pa.Field],
    calls: Sequence[AggregateCall],
    *,
    retracts: bool,
    ttl: int | None = None,
) -> dict[int, Distinct]:
    """For the calls (by place) in which DISTINCT says which rows count."""
    return {
        n: Distinct(context, keys, arrow_type(call.args[0].type), retracts=retracts, ttl=ttl)
        for n, call in enumerate(calls)
        if call.distinct and counts_once(call)
    }


def stores_of(several: Mapping[int, Distinct]) -> dict[str, Store]:
    return {f"{name}{n}": store for n, distinct in several.items() for name, store in distinct.stores.items()}

"""Aggregates over frames without a lower end, from a few carried values per key."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import Ints, take
from riverrun.engine.context import Context
from riverrun.engine.distinct import distincts
from riverrun.engine.keyed import Keyed, chunked
from riverrun.engine.keys import codes
from riverrun.engine.running import Groups, Running, arguments
from riverrun.sql.expr import AggregateCall


class RunningFrames:
    """`calls`, each run by the way at its place, over rows whose first `keys` columns are the key.

    peers: rows of one key and one time share the result of the last of them (RANGE); they come together.
    """

    def __init__(
        self,
        context: Context,
        fields: pa.Schema,
        keys: int,
        calls: Sequence[AggregateCall],
        ways: Sequence[Running],
        *,
        peers: bool,
    ) -> None:
        self._keys = [f"c{n}" for n in range(keys)]
        self._calls, self._ways, self._peers = calls, ways, peers
        carried = [pa.field(f"s{n}_{m}", t) for n, way in enumerate(ways) for m, t in enumerate(way.carried)]
        key_fields = [fields.field(n) for n in range(keys)]
        self.kept = Keyed(key_fields, carried)
        self.distincts = distincts(context, key_fields, calls, retracts=False)

    def restored(self) -> None:
        self.kept.restored()
        for distinct in self.distincts.values():
            distinct.restored()

    def sweep(self) -> None:
        for distinct in self.distincts.values():
            distinct.sweep()

    def __call__(self, rows: pa.Table, time: Ints) -> list[pa.ChunkedArray]:
        """The result of every call for every row. Rows are in order within their key, `time` is ascending there."""
        groups = Groups(codes(rows, self._keys)[0])
        ordered = take(rows, groups.order).combine_chunks()
        old, before = self.kept.get(take(ordered, groups.starts))
        at = self._shared(groups, time) if self._peers else np.arange(len(time))
        back = at[np.argsort(groups.order, kind="stable")]
        results, carried = [], []
        for n, (call, way) in enumerate(zip(self._calls, self._ways, strict=True)):
            carry = [before.column(f"s{n}_{m}").combine_chunks() for m in range(len(way.carried))]
            args, used = arguments(call, ordered)
            sign = np.ones(len(time), np.int64)
            if n in self.distincts:
                used = self.distincts[n](ordered.select(self._keys), args[0], used, sign)
            result, kept = way.run(groups, args, used, sign, carry)
            results.append(chunked(take(result, back)))
            carried += kept
        keys = take(ordered, groups.last).select(self._keys).columns
        names = self.kept.rows.table.column_names
        self.kept.put(old, pa.Table.from_arrays([*keys, *map(chunked, carried)], names=names))
        return results

    def _shared(self, groups: Groups, time: Ints) -> Ints:
        """For each row in group order the place of the last one of its key and time."""
        time = time[groups.order]
        ends = np.ones(len(time), np.bool_)
        ends[:-1] = (time[1:] != time[:-1]) | (groups.number[1:] != groups.number[:-1])
        places = np.flatnonzero(ends)
        return places[np.searchsorted(places, np.arange(len(time)))]

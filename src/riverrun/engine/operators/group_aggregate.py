"""GroupAggregate: after each row the result of its key, if it changed; +I for a new key, -D for one that is empty.

Keeps one row per key where running values are enough (counts, sums, extremes of append-only input), otherwise the
arguments of every row that is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from riverrun.engine.aggregation import with_plain_arguments
from riverrun.engine.batch import (
    AFTER,
    INSERT,
    Batch,
    Ints,
    Mask,
    concat,
    data,
    ops,
    take,
    where,
    with_ops,
    with_watermarks,
)
from riverrun.engine.changelog import changes
from riverrun.engine.context import Context
from riverrun.engine.distinct import distincts, stores_of
from riverrun.engine.expiry import KeyAges, KeyedExpiry
from riverrun.engine.expressions import Projection, conform
from riverrun.engine.inputs import Inputs
from riverrun.engine.keyed import Keyed, chunked
from riverrun.engine.keys import codes, tuples
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.running import Groups, Running, arguments, running
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.stores import Rows, Store
from riverrun.engine.versions import NEVER, Versions, lifetimes
from riverrun.schema.types import Field
from riverrun.sql.expr import AggregateCall
from riverrun.sql.functions import arrow_type
from riverrun.sql.plan import GroupAggregate


class GroupAggregateOperator(Operator):
    def __init__(self, node: GroupAggregate, context: Context) -> None:
        self._node = node
        kept, calls = with_plain_arguments(node.keys, node.aggregates, node.input.schema)
        fields = tuple(Field("", expr.type) for expr in kept)
        self._project = Projection(context, kept, None, fields, len(node.input.schema))
        self._inputs = Inputs()
        retracts = not node.input.append_only
        found = [running(call, retracts=retracts) for call in calls]
        ways = [way for way in found if way is not None]
        keys = len(node.keys)
        ttl = context.ttl if node.ttl is None else node.ttl
        self._expires = ttl > 0
        if len(ways) == len(calls):
            self._results: _Carried | _Rows = _Carried(
                context, schema_of(fields), keys, calls, ways, retracts=retracts, ttl=ttl
            )
        else:
            self._results = _Rows(context, schema_of(fields), keys, calls, ttl)

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        if not len(batch):
            return Batch(empty(self._node.schema), arrival.after, self._inputs.idle)
        rows = data(self._project(batch.rows))
        kinds = ops(batch.rows)
        adds = (kinds == INSERT) | (kinds == AFTER)
        results, group, exists, row = self._results.after_each(rows, adds)
        value, _ = codes(results, [f"c{n}" for n in range(len(self._node.keys), results.num_columns)])
        moment, said, source = changes(group, exists, value, row, unchanged=self._expires)
        out = conform(take(results, moment), schema_of(self._node.schema))
        out = with_watermarks(with_ops(out, said), arrival.rows[source])
        return Batch(out, arrival.after, self._inputs.idle)

    def tick(self, now_ms: int) -> None:
        self._results.sweep()

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"inputs": self._inputs.store, **self._results.stores}

    def restored(self) -> None:
        self._results.restored()


# What after_each gives: the results (keys, then aggregates) at moments; the group of each; whether it has a result;
# the row after which it is (-1: before the batch). Moments are in order inside their group.
_Moments = tuple[pa.Table, Ints, Mask, Ints]


class _Carried:
    """One kept row per key: the keys, the number of rows, and what each call carries."""

    def __init__(
        self,
        context: Context,
        fields: pa.Schema,
        keys: int,
        calls: Sequence[AggregateCall],
        ways: Sequence[Running],
        *,
        retracts: bool,
        ttl: int,
    ) -> None:
        self._keys = [f"c{n}" for n in range(keys)]
        self._calls, self._ways = calls, ways
        self._key_fields = [fields.field(n) for n in range(keys)]
        carried = [pa.field(f"s{n}_{m}", t) for n, way in enumerate(ways) for m, t in enumerate(way.carried)]
        shown = [pa.field(f"a{n}", arrow_type(call.type)) for n, call in enumerate(calls)]
        self._kept = Keyed(self._key_fields, [pa.field("_count", pa.int64()), *carried, *shown])
        self._expiry = KeyedExpiry(context, self._kept, ttl)
        self._distincts = distincts(context, self._key_fields, calls, retracts=retracts, ttl=ttl)

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"groups": self._kept.rows, "age": self._expiry.age.store, **stores_of(self._distincts)}

    def sweep(self) -> None:
        self._expiry.sweep()
        for distinct in self._distincts.values():
            distinct.sweep()

    def restored(self) -> None:
        self._kept.restored()
        for distinct in self._distincts.values():
            distinct.restored()

    def after_each(self, rows: pa.Table, adds: Mask) -> _Moments:
        self.sweep()
        group, _ = codes(rows, self._keys)
        groups = Groups(group)
        sorted_rows = take(rows, groups.order).combine_chunks()
        sign = np.where(adds[groups.order], 1, -1)
        old, before = self._kept.get(take(sorted_rows, groups.starts))
        count = groups.sums(sign, before.column("_count").fill_null(0).to_numpy())
        if self._expiry.age and (count < 0).any():
            return self._without(rows, adds, groups.order[_of_nothing(groups, count)])
        arrays, carried = [], []
        for n, (call, way) in enumerate(zip(self._calls, self._ways, strict=True)):
            carry = [before.column(f"s{n}_{m}").combine_chunks() for m in range(len(way.carried))]
            args, used = arguments(call, sorted_rows)
            if n in self._distincts:
                used = self._distincts[n](sorted_rows.select(self._keys), args[0], used, sign)
            result, kept = way.run(groups, args, used, sign, carry)
            arrays.append(result)
            carried += kept
        results = pa.Table.from_arrays(
            [*(sorted_rows.column(name) for name in self._keys), *arrays],
            names=[f"c{n}" for n in range(len(self._keys) + len(arrays))],
        )
        had = before.column("_count").fill_null(0).to_numpy() > 0
        earlier = before.select([*self._keys, *(f"a{n}" for n in range(len(arrays)))]).rename_columns(
            results.column_names
        )
        self._keep(old, take(results, groups.last), count[groups.last], carried)
        moments = concat([earlier, results.cast(earlier.schema)])
        number = np.concatenate((np.arange(len(groups.starts)), groups.number))
        row = np.concatenate((np.full(len(groups.starts), -1), groups.order))
        exists = np.concatenate((had, count > 0))
        return _counted(moments, exists), number, exists, row

    def _without(self, rows: pa.Table, adds: Mask, ignored: Ints) -> _Moments:
        """The same without retractions of rows that were forgotten."""
        used = np.ones(len(rows), np.bool_)
        used[ignored] = False
        moments, group, exists, row = self.after_each(where(rows, used), adds[used])
        place = np.append(np.flatnonzero(used), -1)
        return moments, group, exists, place[row]

    def _keep(self, old: Ints, results: pa.Table, count: Ints, carried: Sequence[pa.Array]) -> None:
        keys = len(self._keys)
        arrays = [*results.columns[:keys], pa.array(count), *carried, *results.columns[keys:]]
        names = self._kept.rows.table.column_names
        table = pa.Table.from_arrays([chunked(array) for array in arrays], names=names)
        self._kept.put(old, table, count > 0)
        self._expiry.wrote()


def _of_nothing(groups: Groups, count: Ints) -> Mask:
    """Of the rows in group order: those that retract from a group that has no rows."""
    least = groups.lowest(count)
    before = np.concatenate(([0], least[:-1]))
    before[groups.starts] = 0
    found: Mask = least < before
    return found


def _counted(moments: pa.Table, exists: Mask) -> pa.Table:
    """At least one column, so that moments can be counted when there is neither key nor aggregate."""
    return moments if moments.num_columns else pa.table({"c0": pa.array(exists)})


class _Rows:
    """All rows that are there; every result is aggregated over them."""

    def __init__(
        self, context: Context, fields: pa.Schema, keys: int, calls: Sequence[AggregateCall], ttl: int
    ) -> None:
        self._keys = [f"c{n}" for n in range(keys)]
        self._versions = Versions(context, calls, len(fields))
        self._kept = Rows(fields)
        self._ages = KeyAges(context, [fields.field(n) for n in range(keys)], ttl)

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"rows": self._kept, **self._ages.stores}

    def restored(self) -> None:
        self._ages.restored(self._kept.table, self._keys)

    def sweep(self) -> None:
        gone = self._ages.expired()
        if gone:
            kept = self._kept.table
            self._kept.keep(np.array([key not in gone for key in tuples(kept, self._keys)], np.bool_))

    def after_each(self, rows: pa.Table, adds: Mask) -> _Moments:
        self.sweep()
        self._ages.wrote(rows, self._keys)
        kept = self._kept.table
        everything = concat([kept, rows.select(kept.column_names).cast(kept.schema)])
        group, count = codes(everything, self._keys)
        own = group[len(kept) :]
        touched = np.zeros(count, np.bool_)
        touched[own] = True
        concerned = np.flatnonzero(touched[group])
        at = np.concatenate((np.zeros(len(kept), np.int64), np.arange(1, len(rows) + 1)))
        adding = np.concatenate((np.ones(len(kept), np.bool_), adds))
        since, until, is_row = lifetimes(
            take(everything, concerned), group[concerned], adding[concerned], at[concerned]
        )
        moments = self._moments(own)
        there = concerned[is_row]
        found = self._versions(take(everything, there), group[there], since[is_row], until[is_row], moments)
        results, exists = self._spread(found, moments.num_rows)
        first = np.full(count, -1)
        first[group[::-1]] = np.arange(len(group))[::-1]
        number = moments.column("_g").to_numpy()
        shown = take(everything, first[number]).select(self._keys)
        for n, name in enumerate(results.column_names):
            shown = shown.append_column(f"c{len(self._keys) + n}", results.column(name))
        self._replace(len(kept), concerned, is_row, until)
        new = take(everything, self._surviving(len(kept), there, until[is_row]))
        self._kept.add(new)
        return shown, number, exists, moments.column("_row").to_numpy()

    def _moments(self, own: Ints) -> pa.Table:
        """Before the batch, once per group; then after every row."""
        before = np.unique(own)
        group = np.concatenate((before, own))
        at = np.concatenate((np.zeros(len(before), np.int64), np.arange(1, len(own) + 1)))
        row = np.concatenate((np.full(len(before), -1), np.arange(len(own))))
        return pa.table({"_g": group, "_at": at, "_row": row, "_m": np.arange(len(group))})

    def _spread(self, found: pa.Table, count: int) -> tuple[pa.Table, Mask]:
        """The results by moment; NULL where the group has no row."""
        number = found.column("_m").to_numpy()
        exists = np.zeros(count, np.bool_)
        exists[number] = True
        at = np.where(exists, np.cumsum(exists) - 1, 0)
        results = found.drop_columns(["_m"])
        if not results.num_rows:
            return pa.Table.from_arrays(
                [pa.nulls(count, f.type) for f in results.schema], schema=results.schema
            ), exists
        return take(results, at, mask=~exists), exists

    def _replace(self, kept: int, concerned: Ints, is_row: Mask, until: Ints) -> None:
        ended = concerned[is_row & (until != NEVER)]
        self._kept.drop(self._kept.ids[ended[ended < kept]])

    def _surviving(self, kept: int, there: Ints, until: Ints) -> Ints:
        found: Ints = there[(there >= kept) & (until == NEVER)]
        return found

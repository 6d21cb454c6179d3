"""Join: the regular join, with changes on both sides.

Keeps all rows of both sides, and for outer, semi and anti joins how many partners each row of that side has. A batch
comes on one port, so whom its rows meet is found in one statement; what is said follows row by row only where the
number of partners matters.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from riverrun.engine.batch import (
    AFTER,
    DELETE,
    INSERT,
    OP,
    Batch,
    Ints,
    Mask,
    Ops,
    concat,
    data,
    ops,
    take,
    with_column,
    with_ops,
    with_watermarks,
)
from riverrun.engine.context import Context
from riverrun.engine.expiry import Expiry
from riverrun.engine.inputs import Inputs
from riverrun.engine.joining import Matcher, padded, side_by_side
from riverrun.engine.keys import in_order, tuples
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.stores import Rows, Store, Values
from riverrun.sql.plan import Join, JoinKind


class JoinOperator(Operator):
    def __init__(self, node: Join, context: Context) -> None:
        self._node = node
        self._schema = schema_of(node.schema)
        self._match = Matcher(
            context,
            node.keys,
            node.null_safe,
            node.condition,
            (len(node.left.schema), len(node.right.schema)),
            null_aware=node.null_aware,
        )
        kind = node.kind
        self._semi = kind in (JoinKind.SEMI, JoinKind.ANTI)
        self._outer = (
            kind in (JoinKind.LEFT, JoinKind.FULL) or self._semi,
            kind in (JoinKind.RIGHT, JoinKind.FULL),
        )
        self._inputs = Inputs(2)
        self._sides = (
            _Side(node.left.schema, Expiry(context, node.ttl[0]), counted=self._outer[0]),
            _Side(node.right.schema, Expiry(context, node.ttl[1]), counted=self._outer[1]),
        )

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        self._sweep()
        if not len(batch):
            return Batch(empty(self._node.schema), arrival.after, self._inputs.idle)
        other = self._sides[1 - port]
        own = data(batch.rows)
        left, right = (own, other.rows.table) if port == 0 else (other.rows.table, own)
        in_left, in_right = self._match(left, right, ordered_by="left" if port == 0 else "right")
        mine, theirs = (in_left, in_right) if port == 0 else (in_right, in_left)
        kinds = ops(batch.rows)
        counts = np.bincount(mine, minlength=len(batch))
        said = self._say(port, own, kinds, mine, theirs, counts)
        self._sides[port].apply(own, kinds, counts)
        rows, source = said
        return Batch(with_watermarks(rows, arrival.rows[source]), arrival.after, self._inputs.idle)

    def _say(
        self, port: int, own: pa.Table, kinds: Ops, mine: Ints, theirs: Ints, counts: Ints
    ) -> tuple[pa.Table, Ints]:
        """The changes that follow from these rows, and for each the row it follows from."""
        if self._semi:
            return self._say_left(own, kinds, counts) if port == 0 else self._say_semi(kinds, mine, theirs)
        pairs = self._pairs(port, own, kinds, mine, theirs)
        padding = [self._own_padding(port, own, kinds, counts)] if self._outer[port] else []
        if self._outer[1 - port]:
            padding += self._other_padding(port, kinds, mine, theirs)
        return _merged([pairs, *padding])

    def _pairs(self, port: int, own: pa.Table, kinds: Ops, mine: Ints, theirs: Ints) -> _Said:
        other = self._sides[1 - port].rows.table
        a, b = take(own, mine), take(other, theirs)
        rows = side_by_side(a, b) if port == 0 else side_by_side(b, a)
        said = kinds[mine]
        if self._outer[port]:
            said = np.where(_adds(said), INSERT, DELETE).astype(np.int8)
        elif self._outer[1 - port]:
            said = np.where(_adds(said), INSERT, said).astype(np.int8)
        return _Said(with_column(rows, OP, said), mine, 1)

    def _own_padding(self, port: int, own: pa.Table, kinds: Ops, counts: Ints) -> _Said:
        """Rows of the arriving side that meet nobody."""
        alone = np.flatnonzero(counts == 0)
        rows = padded(take(own, alone), self._schema, left=port == 0)
        said = np.where(_adds(kinds[alone]), INSERT, DELETE).astype(np.int8)
        return _Said(with_column(rows, OP, said), alone, 0)

    def _other_padding(self, port: int, kinds: Ops, mine: Ints, theirs: Ints) -> list[_Said]:
        """Rows of the other side that meet their first partner, or lose their last."""
        first, last = self._sides[1 - port].met(kinds, mine, theirs)
        rows = self._sides[1 - port].rows.table
        found = []
        for at, op, place in ((first, DELETE, 0), (last, INSERT, 2)):
            part = padded(take(rows, theirs[at]), self._schema, left=port == 1)
            found.append(_Said(with_column(part, OP, np.full(len(at), op, np.int8)), mine[at], place))
        return found

    def _say_left(self, own: pa.Table, kinds: Ops, counts: Ints) -> tuple[pa.Table, Ints]:
        wanted = (counts == 0) if self._node.kind is JoinKind.ANTI else (counts > 0)
        at = np.flatnonzero(wanted)
        return with_ops(take(own, at), kinds[at]), at

    def _say_semi(self, kinds: Ops, mine: Ints, theirs: Ints) -> tuple[pa.Table, Ints]:
        first, last = self._sides[0].met(kinds, mine, theirs)
        anti = self._node.kind is JoinKind.ANTI
        at = np.concatenate((first, last))
        said = np.concatenate(
            (
                np.full(len(first), DELETE) if anti else kinds[mine[first]],
                np.full(len(last), INSERT) if anti else kinds[mine[last]],
            )
        ).astype(np.int8)
        order = np.argsort(at, kind="stable")
        rows = take(self._sides[0].rows.table, theirs[at[order]])
        return with_ops(rows, said[order]), mine[at[order]]

    def _sweep(self) -> None:
        for side in self._sides:
            side.sweep()

    def tick(self, now_ms: int) -> None:
        self._sweep()

    @property
    def stores(self) -> Mapping[str, Store]:
        left, right = self._sides
        found: dict[str, Store] = {
            "inputs": self._inputs.store, "left": left.rows, "right": right.rows,
            "left_partners": left.partners, "right_partners": right.partners,
        }  # fmt: skip
        for name, side in (("left", left), ("right", right)):
            if side.expiry:
                found |= {f"{name}_age": side.expiry.store, f"{name}_met": side.last_met}
        return found

    def restored(self) -> None:
        for side in self._sides:
            side.restored()


class _Side:
    """The rows of one side. `counted`: how many partners each has, by the row's number.

    A row expires by itself: so long after it came or, where it is counted, after its number of partners changed.
    """

    def __init__(self, fields: Any, expiry: Expiry, *, counted: bool) -> None:
        self.rows = Rows(schema_of(fields))
        self.partners = Values()
        self.expiry = expiry
        self.last_met = Values()  # the row's number -> when its number of partners changed, where rows expire
        self._counted = counted
        self._numbers: dict[tuple[Any, ...], list[int]] | None = None

    def restored(self) -> None:
        self._numbers = None

    def sweep(self) -> None:
        """Forget the rows that have expired."""
        numbers = self.expiry.expired(self.rows)
        if not len(numbers):
            return
        now = self.expiry.now
        gone = [n for n in numbers.tolist() if self.last_met.get(n, -self.expiry.ttl) + self.expiry.ttl <= now]
        if not gone:
            return
        for number in gone:
            self.partners.pop(number)
            self.last_met.pop(number)
        self._numbers = None
        self.rows.drop(np.array(gone, np.int64))
        self.expiry.forgot(len(gone))

    def met(self, kinds: Ops, mine: Ints, theirs: Ints) -> tuple[Ints, Ints]:
        """Of the pairs: those in which a row of this side meets its first partner, and loses its last."""
        first, last = [], []
        adds = _adds(kinds)
        ids = self.rows.ids
        if self.expiry:
            for number in np.unique(ids[theirs]).tolist():
                self.last_met[number] = self.expiry.now
        for pair, (new, number) in enumerate(zip(mine.tolist(), ids[theirs].tolist(), strict=True)):
            partners = self.partners.get(number, 0)
            if adds[new]:
                if partners == 0:
                    first.append(pair)
                self.partners[number] = partners + 1
            else:
                if partners == 1:
                    last.append(pair)
                self.partners[number] = partners - 1
        return np.array(first, np.int64), np.array(last, np.int64)

    def apply(self, rows: pa.Table, kinds: Ops, counts: Ints) -> None:
        """Keep what was inserted, forget what was retracted."""
        adds = _adds(kinds)
        if adds.all():
            self._keep(self.rows.add(rows), rows, counts)
            self.expiry.wrote(self.rows)
            return
        for start, end, adding in _runs(adds):
            part = rows.slice(start, end - start)
            if adding:
                self._keep(self.rows.add(part), part, counts[start:end])
            else:
                self._retract(part)
        self.expiry.wrote(self.rows)

    def _keep(self, ids: Ints, rows: pa.Table, counts: Ints) -> None:
        if self._numbers is not None:
            for key, number in zip(tuples(rows, rows.column_names), ids.tolist(), strict=True):
                self._numbers[key].append(number)
        if self._counted:
            for number, count in zip(ids.tolist(), counts.tolist(), strict=True):
                if count:
                    self.partners[number] = count

    def _retract(self, rows: pa.Table) -> None:
        if self._numbers is None:
            self._numbers = defaultdict(list)
            for key, number in zip(tuples(self.rows.table, rows.column_names), self.rows.ids.tolist(), strict=True):
                self._numbers[key].append(number)
        gone = []
        for key in tuples(rows, rows.column_names):
            numbers = self._numbers.get(key)
            if numbers:
                gone.append(numbers.pop(0))
                self.partners.pop(gone[-1])
                self.last_met.pop(gone[-1])
                if not numbers:
                    del self._numbers[key]
        self.rows.drop(np.array(gone, np.int64))


class _Said:
    """Changes, the arriving row each follows from, and their place among what follows from the same row."""

    def __init__(self, rows: pa.Table, source: Ints, place: int) -> None:
        self.rows = rows
        self.source = source
        self.place = place


def _merged(parts: list[_Said]) -> tuple[pa.Table, Ints]:
    rows = concat([part.rows for part in parts])
    source = np.concatenate([part.source for part in parts])
    place = np.concatenate([np.full(len(part.source), part.place) for part in parts])
    order = in_order(source, place)
    rows = take(rows, order)
    return with_ops(rows, ops(rows)), source[order]


def _adds(kinds: Ops) -> Mask:
    found: Mask = (kinds == INSERT) | (kinds == AFTER)
    return found


def _runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int, bool]]:
    """(start, end, flag) of the runs of equal flags."""
    edges = [0, *(np.flatnonzero(flags[1:] != flags[:-1]) + 1).tolist(), len(flags)]
    return [(a, b, bool(flags[a])) for a, b in itertools.pairwise(edges) if b > a]

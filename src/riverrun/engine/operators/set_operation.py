"""SetOperation: INTERSECT and EXCEPT over changes, with ALL or without; NULLs are equal.

Keeps every different row once, and how often it is on each side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from riverrun.engine.batch import AFTER, DELETE, INSERT, Batch, data, ops, take, with_ops, with_watermarks
from riverrun.engine.context import Context
from riverrun.engine.inputs import Inputs
from riverrun.engine.keys import tuples
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.schemas import schema_of
from riverrun.engine.stores import Store, Values
from riverrun.sql.plan import SetKind, SetOperation


class SetOperator(Operator):
    def __init__(self, node: SetOperation, context: Context) -> None:
        self._node = node
        self._schema = schema_of(node.schema)
        self._inputs = Inputs(2)
        self._counts = Values()  # row -> (how often on the left, on the right, when that was written)
        self._context = context

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        now = self._context.clock.now_ms()
        self.tick(now)
        rows = data(batch.rows).cast(self._schema)
        at: list[int] = []
        kinds: list[int] = []
        for number, (row, op) in enumerate(zip(tuples(rows, rows.column_names), ops(batch.rows).tolist(), strict=True)):
            change = self._change(port, row, 1 if op in (INSERT, AFTER) else -1, now)
            at += [number] * abs(change)
            kinds += [INSERT if change > 0 else DELETE] * abs(change)
        source = np.array(at, np.int64)
        out = with_ops(take(rows, source), np.array(kinds, np.int8))
        return Batch(with_watermarks(out, arrival.rows[source]), arrival.after, self._inputs.idle)

    def tick(self, now_ms: int) -> None:
        """Forget rows that have expired. The first in the dictionary were written first."""
        while self._context.ttl and (oldest := self._counts.first()) is not None:
            row, (_, _, written) = oldest
            if written + self._context.ttl > now_ms:
                return
            self._counts.pop(row)
            self._context.expired += 1

    def _change(self, port: int, row: tuple[Any, ...], by: int, now: int) -> int:
        """How many more of this row the result has."""
        counts = list(self._counts.get(row, (0, 0, 0))[:2])
        before = self._multiplicity(*counts)
        counts[port] = max(0, counts[port] + by)
        self._counts.pop(row)
        if any(counts):
            self._counts[row] = (*counts, now)
        return self._multiplicity(*counts) - before

    def _multiplicity(self, left: int, right: int) -> int:
        if self._node.kind is SetKind.INTERSECT:
            return min(left, right) if self._node.all else min(left, right, 1)
        return max(left - right, 0) if self._node.all else int(left > 0 and right == 0)

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"inputs": self._inputs.store, "counts": self._counts}

    def restored(self) -> None:
        self._counts.sort(by=lambda value: value[2])

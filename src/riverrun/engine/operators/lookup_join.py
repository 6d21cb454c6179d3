"""LookupJoin: each row with what a table of files holds when the row comes.

Keeps nothing that is saved: the files are read at the first row, and again when they have changed, or (with
'lookup.cache' = 'FULL') when the reload interval is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from riverrun.connectors import filesystem
from riverrun.engine import tables
from riverrun.engine.batch import Batch, Ints, concat, data, ops, take, with_ops, with_watermarks
from riverrun.engine.context import Context
from riverrun.engine.inputs import Inputs
from riverrun.engine.joining import Matcher, padded, side_by_side
from riverrun.engine.keys import in_order
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.stores import Store
from riverrun.schema.types import Field
from riverrun.sql import plan
from riverrun.sql.plan import JoinKind, LookupJoin


class LookupJoinOperator(Operator):
    def __init__(self, node: LookupJoin, context: Context) -> None:
        self._node, self._schema = node, schema_of(node.schema)
        widths = (len(node.left.schema), len(node.right.schema))
        self._match = Matcher(context, node.keys, node.null_safe, node.condition, widths)
        self._table = _Table(node, context)
        self._inputs = Inputs()

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        if not len(batch):
            return Batch(empty(self._node.schema), arrival.after, self._inputs.idle)
        rows, source = self._joined(data(batch.rows))
        rows = with_ops(rows, ops(batch.rows)[source])
        return Batch(with_watermarks(rows, arrival.rows[source]), arrival.after, self._inputs.idle)

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"inputs": self._inputs.store}

    def _joined(self, own: pa.Table) -> tuple[pa.Table, Ints]:
        """The rows with their partners, and for each which of the rows it is."""
        other = self._table.rows()
        mine, theirs = self._match(own, other, ordered_by="left")
        pairs = side_by_side(take(own, mine), take(other, theirs)).cast(self._schema)
        if self._node.kind is JoinKind.INNER:
            return pairs, mine
        alone = np.flatnonzero(np.bincount(mine, minlength=len(own)) == 0)
        source = np.concatenate((mine, alone))
        order = in_order(source)
        return take(concat([pairs, padded(take(own, alone), self._schema, left=True)]), order), source[order]


class _Table:
    """The rows of the right side, as fresh as the table's options say."""

    def __init__(self, node: LookupJoin, context: Context) -> None:
        self._right, self._context = node.right, context
        self._execution(lambda rows: None).close()  # raises for what is wrong with the table
        self._lookup = filesystem.lookup(tables.relation(node.table))
        self._rows: pa.Table | None = None
        self._read_at = 0.0
        self._state: Any = None

    def rows(self) -> pa.Table:
        if self._rows is None or self._is_old():
            # Before reading: what changes meanwhile is read at the next batch.
            self._read_at = self._context.clock.monotonic_ms()
            self._state = self._lookup.state()
            self._rows = self._read()
        return self._rows

    def _is_old(self) -> bool:
        if self._lookup.interval is None:
            return bool(self._lookup.state() != self._state)
        return self._context.clock.monotonic_ms() >= self._read_at + self._lookup.interval

    def _read(self) -> pa.Table:
        found: list[pa.Table] = []
        self._execution(found.append).run()
        rows = concat(found) if found else empty(self._right.schema)
        return data(rows)

    def _execution(self, collect: Any) -> Any:
        from riverrun.engine.execution import Execution

        # NOT NULL is believed of a table that is read, not checked.
        schema = tuple(Field(field.name, field.type.null()) for field in self._right.schema)
        around = replace(self._context.around, bounded=True, resumes=False)
        return Execution([plan.Sink(self._right, None, schema)], self._context.session, around, collect)

"""Small plans by hand, run over rows given as tuples, whole or cut."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import pyarrow as pa

from riverrun.clock import ManualClock
from riverrun.engine.batch import END, OPS, Batch, ops, told
from riverrun.engine.context import Context
from riverrun.engine.graph import Graph
from riverrun.engine.schemas import empty, schema_of
from riverrun.schema import types as t
from riverrun.schema.types import Field, Root, TimeAttribute, Type
from riverrun.sql import plan
from riverrun.sql.expr import AggregateCall, Call, Column, Expr, Literal
from riverrun.sql.functions import encode_column, resolve, resolve_aggregate
from riverrun.sql.session import Session

ROWTIME = Type(Root.TIMESTAMP, precision=3, time_attribute=TimeAttribute.ROWTIME)
SESSION = Session()
Row = tuple[Any, ...]


def scan(name: str, **columns: Type) -> plan.Scan:
    schema = tuple(Field(column, type_) for column, type_ in columns.items())
    return plan.Scan(name, tuple(range(len(schema))), schema)


def watermarked(node: plan.Scan, time: int, delay: int = 0) -> plan.WatermarkAssigner:
    """The watermark is the time minus `delay` ms."""
    column = Column(time, node.schema[time].type)
    expression = resolve("-", [column, Literal(delay, t.INTERVAL_DAY.not_null())], SESSION) if delay else column
    return plan.WatermarkAssigner(node, time, expression, node.schema)


def column(node: plan.Node, index: int) -> Column:
    return Column(index, node.schema[index].type)


def call(name: str, *args: Expr) -> Expr:
    return resolve(name, list(args), SESSION)


def aggregate(name: str, *args: Expr, **clauses: Any) -> AggregateCall:
    return resolve_aggregate(name, list(args), SESSION, grouped=True, **clauses)


def table(rows: Sequence[Row], schema: Sequence[Field]) -> pa.Table:
    """Times are given as ms since the epoch."""
    arrays = []
    for index, field in enumerate(schema_of(schema)):
        values = [row[index] for row in rows]
        if pa.types.is_timestamp(field.type):
            values = [None if value is None else value * 1000 for value in values]
        arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=schema_of(schema))


@cache
def _shared_context() -> Context:
    """Operators keep nothing in the connection, so runs may share one."""
    return Context(SESSION, ManualClock())


class Run:
    """A plan being run; `said` are the changes so far, as [op, values] with times as ms."""

    def __init__(self, node: plan.Node, session: Session = SESSION, clock: ManualClock | None = None) -> None:
        self.node = node
        shared = clock is None and session is SESSION
        self.context = _shared_context() if shared else Context(session, clock or ManualClock())
        self.graph = Graph((plan.Sink(node, None, node.schema, append_only=node.append_only),), self.context)
        self.said: list[tuple[str, Row]] = []
        self.graph.arrived[self.graph.sinks[0].number] = self._arrived

    def _arrived(self, batch: Batch) -> None:
        rows = told(batch.rows)
        columns = [_plain(rows.column(f"c{n}"), field.type) for n, field in enumerate(self.node.schema)]
        values = list(zip(*columns, strict=True)) if columns else [()] * len(rows)
        self.said += zip([OPS[op] for op in ops(rows).tolist()], values, strict=True)

    def feed(self, name: str, rows: Sequence[Row]) -> None:
        for vertex in self.graph.sources:
            assert isinstance(vertex.node, plan.Scan)
            if vertex.node.table == name:
                batch = Batch(table(rows, vertex.node.schema))
                if self.graph.meet_again([vertex]):
                    self.graph.push_in_step([(vertex, batch)])
                else:
                    self.graph.push(vertex, batch)

    def end(self) -> None:
        for vertex in self.graph.sources:
            self.graph.push(vertex, Batch(empty(vertex.node.schema), END))

    @property
    def rows(self) -> list[Row]:
        """What is left when all changes are applied, sorted."""
        left: dict[str, tuple[Row, int]] = {}
        for op, row in self.said:
            key = json.dumps(row, default=str, sort_keys=True)
            count = left.get(key, (row, 0))[1] + (1 if op in ("+I", "+U") else -1)
            left[key] = (row, count)
        assert all(count >= 0 for _, count in left.values()), self.said
        return [row for key in sorted(left) for row, count in [left[key]] for _ in range(count)]


def _plain(column_: pa.ChunkedArray, type_: Type) -> list[Any]:
    if type_.root in t.TIMESTAMPS:
        return [None if value is None else value // 1000 for value in column_.cast(pa.int64()).to_pylist()]
    return encode_column(column_, type_)


def run(node: plan.Node, *, session: Session = SESSION, **inputs: Sequence[Row]) -> Run:
    """The plan over whole inputs, one after the other."""
    job = Run(node, session)
    for name, rows in inputs.items():
        job.feed(name, rows)
    job.end()
    return job


def cut(node: plan.Node, size: int, *, session: Session = SESSION, **inputs: Sequence[Row]) -> Run:
    """The same, in pieces of `size` rows."""
    job = Run(node, session)
    for name, rows in inputs.items():
        for at in range(0, len(rows), size):
            job.feed(name, rows[at : at + size])
    job.end()
    return job


__all__ = ["Call", "Run", "aggregate", "call", "column", "cut", "run", "scan", "table", "watermarked"]

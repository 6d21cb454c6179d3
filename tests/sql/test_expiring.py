"""State expires as in Flink 2.3: expiring.jsonl has (TTL, query, changes) as Flink said them over the table below.

Flink's datagen says its two rows a second at once. The order of changes that follow from one row is open.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from riverrun.clock import ManualClock
from riverrun.engine.batch import OP, OPS, Batch, ops
from riverrun.engine.context import Context
from riverrun.engine.graph import Graph
from riverrun.engine.results import encoded
from riverrun.sql.environment import Environment, Query

TABLE = """CREATE TABLE g (id BIGINT, p AS PROCTIME()) WITH ('connector' = 'datagen', 'rows-per-second' = '2',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '15');"""
ROWS = 16
ANSWERS = [
    json.loads(line) for line in Path(__file__).with_name("expiring.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize(("ttl", "query", "changes"), ANSWERS, ids=[f"{ttl} {query}" for ttl, query, _ in ANSWERS])
def test_state_expires_as_in_flink(ttl: str, query: str, changes: list[list[Any]]) -> None:
    assert sorted(map(json.dumps, said(ttl, query))) == sorted(map(json.dumps, changes))


def said(ttl: str, query: str) -> list[list[Any]]:
    environment = Environment({"table.exec.state.ttl": ttl})
    *_, found = [environment.execute(statement) for statement in environment.parse(f"{TABLE} {query};")]
    assert isinstance(found, Query)
    sink, clock = found.sink, ManualClock()
    graph = Graph((sink,), Context(environment.session, clock))
    changes: list[list[Any]] = []

    def arrived(batch: Batch) -> None:
        kinds = [OPS[op] for op in ops(batch.rows).tolist()]
        changes.extend(map(list, zip(kinds, encoded(batch.rows, sink.schema), strict=True)))

    graph.arrived[graph.sinks[0].number] = arrived
    for number in range(ROWS):
        for vertex in graph.sources:
            columns = {f"c{n}": [number] for n in range(len(vertex.node.schema))} or {OP: pa.array([0], pa.int8())}
            graph.push(vertex, Batch(pa.table(columns)))
        clock.advance(number % 2 * 1000)
    return changes

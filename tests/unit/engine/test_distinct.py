"""DISTINCT in running aggregates: the same as over all the rows that are there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverrun.engine.batch import Batch, Ops, with_ops
from riverrun.schema import types as t
from riverrun.schema.types import Field
from riverrun.sql import plan
from riverrun.sql.expr import AggregateCall, SortKey
from riverrun.sql.plan import Scan
from tests.unit.engine.plans import ROWTIME, Row, Run, aggregate, column, run, scan, table, watermarked

E = scan("e", k=t.STRING, v=t.INT, used=t.BOOLEAN)
CHANGES = Scan("e", (0, 1, 2), E.schema, append_only=False)
TIMED = watermarked(scan("e", k=t.STRING, v=t.INT, used=t.BOOLEAN, ts=ROWTIME), 3)
COUNT = (aggregate("COUNT"),)
ROWS = st.tuples(st.sampled_from("ab"), st.one_of(st.none(), st.integers(0, 3)), st.sampled_from([True, False, None]))


def calls(node: plan.Node) -> tuple[AggregateCall, ...]:
    value, used = column(node, 1), column(node, 2)
    return tuple(
        aggregate(name, value, distinct=True, filter=only) for name in ("COUNT", "SUM", "AVG") for only in (None, used)
    )


def grouped(node: plan.Node, several: Sequence[AggregateCall]) -> plan.Node:
    fields = (Field("k", t.STRING), *(Field(f"a{n}", call.type) for n, call in enumerate(several)))
    return plan.GroupAggregate(node, (0,), tuple(several), fields)


def counted(said: list[tuple[str, Row]]) -> list[tuple[str, Row]]:
    """Without ARRAY_AGG, the last column, which is there so that all rows are kept."""
    return [(op, row[:-1]) for op, row in said]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(ROWS, max_size=6), max_size=4))
def test_of_rows(batches: list[list[Row]]) -> None:
    found = []
    for extra in ((), (aggregate("ARRAY_AGG", column(E, 1)),)):
        job = Run(grouped(E, (*calls(E), *COUNT, *extra)))
        for rows in batches:
            job.feed("e", rows)
        found.append(counted(job.said) if extra else job.said)
    assert found[0] == found[1]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_of_changes(data: Any) -> None:
    """Rows that come and go; only rows that are there go."""
    there: list[Row] = []
    batches: list[list[tuple[int, Row]]] = []
    for _ in range(data.draw(st.integers(1, 3))):
        batch = []
        for _ in range(data.draw(st.integers(1, 8))):
            if there and data.draw(st.booleans()):
                batch.append((3, there.pop(data.draw(st.integers(0, len(there) - 1)))))
            else:
                there.append(data.draw(ROWS))
                batch.append((0, there[-1]))
        batches.append(batch)
    found = []
    for extra in ((), (aggregate("ARRAY_AGG", column(E, 1)),)):
        job = Run(grouped(CHANGES, (*calls(E), *COUNT, *extra)))
        (source,) = job.graph.sources
        for batch in batches:
            rows = table([row for _, row in batch], E.schema)
            kinds = [op for op, _ in batch]
            job.graph.push(source, Batch(with_ops(rows, _ops(kinds))))
        found.append(job.rows if not extra else [row[:-1] for row in job.rows])
    assert sorted(map(repr, found[0])) == sorted(map(repr, found[1]))


def _ops(kinds: Sequence[int]) -> Ops:

    return np.array(kinds, np.int8)


@pytest.mark.parametrize("rows", [True, False])
def test_over_from_the_beginning(rows: bool) -> None:
    given = [("a", 1, True, 1), ("b", 1, True, 2), ("a", 1, True, 3), ("a", None, True, 4), ("a", 2, False, 5)]
    several = calls(TIMED)[:2]
    fields = (*TIMED.schema, *(Field(f"a{n}", call.type) for n, call in enumerate(several)))
    order = (SortKey(3, False, True),)
    found = run(plan.Over(TIMED, (0,), order, plan.Frame(rows, None), several, "rowtime", fields), e=given)
    assert [(row[0], row[4], row[5]) for _, row in found.said] == [
        ("a", 1, 1),
        ("b", 1, 1),
        ("a", 1, 1),
        ("a", 1, 1),
        ("a", 2, 1),
    ]


@pytest.mark.parametrize("name", ["COUNT", "ARRAY_AGG"])
def test_not_a_number_is_one_key(name: str) -> None:
    source = scan("e", k=t.DOUBLE, v=t.INT)
    call = aggregate(name, column(source, 1))
    node = plan.GroupAggregate(source, (0,), (call,), (Field("k", t.DOUBLE), Field("a", call.type)))
    job = Run(node)
    for value in (1, 2):
        job.feed("e", [(float("nan"), value)])
    assert [op for op, _ in job.said] == ["+I", "-U", "+U"]

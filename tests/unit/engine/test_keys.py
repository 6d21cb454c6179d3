"""Orders and lists of groups, beside the plain ways to find them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from riverrun.engine.aggregation import ORDER, Aggregation
from riverrun.engine.context import Context
from riverrun.engine.keys import in_order
from riverrun.engine.stores import Rows
from riverrun.schema import types as t
from riverrun.sql.expr import AggregateCall, Column
from riverrun.sql.session import Session

NUMBERS = st.integers(-3, 3) | st.sampled_from([-(2**63), 2**63 - 1, 2**40, -(2**55)])


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=40), st.integers(1, 3))
def test_orders_are_those_of_lexsort(rows: list[tuple[int, int, int]], width: int) -> None:
    columns = [np.array([row[n] for row in rows], np.int64) for n in range(width)]
    assert in_order(*columns).tolist() == np.lexsort(columns[::-1]).tolist()


@given(st.lists(st.integers(0, 200), unique=True, min_size=1, max_size=60), st.data())
def test_rows_are_found_by_their_numbers(gone: list[int], data: st.DataObject) -> None:
    rows = Rows(pa.schema([pa.field("c0", pa.int64())]))
    ids = rows.add(pa.table({"c0": np.arange(201) * 10}))
    rows.drop(ids[np.array(gone)])
    left = sorted(set(range(201)) - set(gone))
    wanted = data.draw(st.lists(st.sampled_from(left), max_size=80)) if left else []
    found = rows.take(np.array(wanted, np.int64))
    assert found.column("c0").to_pylist() == [number * 10 for number in wanted]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, "x", "y"]), st.integers(0, 2), st.sampled_from([None, "a", "b"]), st.booleans()
        )
    ),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_lists_are_what_a_loop_gathers(
    rows: list[tuple[Any, int, Any, bool]], distinct: bool, ignore_nulls: bool, filtered: bool
) -> None:
    """Beside a count, which DuckDB has; in the order of the groups' first rows."""
    listed = AggregateCall(
        "ARRAY_AGG",
        (Column(2, t.STRING),),
        t.array(t.STRING),
        distinct=distinct,
        ignore_nulls=ignore_nulls,
        filter=Column(3, t.BOOLEAN) if filtered else None,
    )
    count = AggregateCall("COUNT", (), t.BIGINT)
    arrays = [
        pa.array([row[n] for row in rows], type_)
        for n, type_ in enumerate((pa.string(), pa.int64(), pa.string(), pa.bool_()))
    ]
    table = pa.table(
        {**{f"c{n}": array for n, array in enumerate(arrays)}, ORDER: pa.array(range(len(rows)), pa.int64())}
    )
    expected: dict[Any, list[Any]] = {}
    counts: dict[Any, int] = {}
    for key, number, value, counted in rows:
        values = expected.setdefault((key, number), [])
        counts[key, number] = counts.get((key, number), 0) + 1
        if (counted or not filtered) and not (value is None and ignore_nulls) and not (distinct and value in values):
            values.append(value)
    found = Aggregation(Context(Session()), (listed, count), 4)(table, ["c0", "c1"])
    assert [(row["c0"], row["c1"], row["a0"], row["a1"]) for row in found.to_pylist()] == [
        (*key, values or None, counts[key]) for key, values in expected.items()
    ]

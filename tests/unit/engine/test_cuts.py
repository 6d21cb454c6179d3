"""Any cut of the input gives the same rows: every operator over random rows, whole, and in pieces of any size.

In pieces of one row nothing is computed over columns, so this also holds whole columns against single rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from riverrun.schema import types as t
from riverrun.schema.types import Field
from riverrun.sql import plan
from riverrun.sql.expr import Column, Expr, SortKey
from riverrun.sql.session import Session
from tests.unit.engine.plans import (
    ROWTIME,
    Row,
    aggregate,
    call,
    column,
    cut,
    run,
    scan,
    watermarked,
)

E = scan("e", ts=ROWTIME, k=t.STRING, v=t.INT)
F = scan("f", ts=ROWTIME, k=t.STRING, v=t.INT)
TIMED, TIMED_F = watermarked(E, 0, 1000), watermarked(F, 0, 1000)
TIME = t.timestamp(3)
COUNTS = (aggregate("COUNT"), aggregate("SUM", column(E, 2)), aggregate("MAX", column(E, 1)))
LISTS = (aggregate("ARRAY_AGG", column(E, 2)), aggregate("COUNT", column(E, 2), distinct=True))
ONCE = (
    aggregate("COUNT", column(E, 2), distinct=True),
    aggregate("SUM", column(E, 2), distinct=True, filter=call("<", column(E, 2), column(E, 2))),
    aggregate("AVG", column(E, 2), distinct=True),
    aggregate("MIN", column(E, 1), distinct=True),
)
ONCE_TYPES = (t.BIGINT, t.INT, t.INT, t.STRING)
BOUNDS = (plan.WindowProperty("start"), plan.WindowProperty("end"))


def fields(*types: t.Type) -> tuple[Field, ...]:
    return tuple(Field(f"x{n}", type_) for n, type_ in enumerate(types))


COUNT_TYPES = (t.BIGINT, t.INT, t.STRING)
LIST_TYPES = (t.array(t.INT), t.BIGINT)


def windowed(window: plan.Window) -> plan.Node:
    return plan.WindowAggregate(
        TIMED, window, (1,), (*COUNTS, *LISTS), BOUNDS, fields(t.STRING, *COUNT_TYPES, *LIST_TYPES, TIME, TIME)
    )


def window_table(node: plan.Node, window: plan.Window) -> plan.Node:
    return plan.WindowTableFunction(node, window, (*node.schema, *fields(TIME, TIME, ROWTIME)))


TUMBLE = plan.Window(plan.WindowKind.TUMBLE, 0, 10_000)
ATTACHED = plan.AttachedWindow(3, 4, 5)
IN_WINDOWS = window_table(TIMED, TUMBLE)
ROWTIMES = (plan.WindowProperty("rowtime"),)
GROUPED = plan.GroupAggregate(E, (1,), COUNTS, fields(t.STRING, *COUNT_TYPES))
BY_TIME, BY_VALUE = SortKey(0), SortKey(2, descending=True, nulls_first=False)
LAST = plan.Deduplicate(TIMED, (1,), 0, True, False, False, TIMED.schema)


def over(frame: plan.Frame) -> plan.Node:
    return plan.Over(
        TIMED, (1,), (BY_TIME,), frame, (*COUNTS, *LISTS), "rowtime", (*E.schema, *fields(*COUNT_TYPES, *LIST_TYPES))
    )


ONE_INPUT: Mapping[str, plan.Node] = {
    "calc": plan.Calc(E, (column(E, 1), column(E, 2)), call(">", column(E, 2), column(E, 2)), fields(t.STRING, t.INT)),
    "tumble": windowed(TUMBLE),
    "hop": windowed(plan.Window(plan.WindowKind.HOP, 0, 10_000, slide=5000)),
    "cumulate": windowed(plan.Window(plan.WindowKind.CUMULATE, 0, 12_000, slide=4000, offset=1000)),
    "session": windowed(plan.Window(plan.WindowKind.SESSION, 0, 3000, keys=(1,))),
    "session without keys": windowed(plan.Window(plan.WindowKind.SESSION, 0, 2000)),
    "session table": window_table(TIMED, plan.Window(plan.WindowKind.SESSION, 0, 3000, keys=(1,))),
    "hop table": window_table(TIMED, plan.Window(plan.WindowKind.HOP, 0, 10_000, slide=5000)),
    "group": GROUPED,
    "group over rows": plan.GroupAggregate(E, (1,), LISTS, fields(t.STRING, *LIST_TYPES)),
    "distinct values": plan.GroupAggregate(E, (1,), ONCE, fields(t.STRING, *ONCE_TYPES)),
    "distinct values of changes": plan.GroupAggregate(
        GROUPED, (3,), (aggregate("COUNT", column(GROUPED, 2), distinct=True), aggregate("COUNT")),
        fields(t.STRING, t.BIGINT, t.BIGINT),
    ),
    "over distinct values": plan.Over(
        TIMED, (1,), (BY_TIME,), plan.Frame(False, None), ONCE, "rowtime", (*E.schema, *fields(*ONCE_TYPES))
    ),
    "global": plan.GroupAggregate(E, (), COUNTS, fields(*COUNT_TYPES)),
    "distinct": plan.GroupAggregate(E, (1, 2), (), fields(t.STRING, t.INT)),
    "group of changes": plan.GroupAggregate(
        GROUPED, (2,), (aggregate("COUNT"), aggregate("MAX", column(GROUPED, 0))), fields(t.INT, t.BIGINT, t.STRING)
    ),
    "count of changes": plan.GroupAggregate(
        GROUPED, (), (aggregate("COUNT"), aggregate("SUM", column(GROUPED, 1))), fields(t.BIGINT, t.BIGINT)
    ),
    "top 2": plan.Rank(E, (1,), (BY_VALUE,), 1, 2, False, E.schema),
    "top 2 with numbers": plan.Rank(E, (1,), (BY_VALUE,), 1, 2, True, (*E.schema, *fields(t.BIGINT))),
    "top 2 of changes": plan.Rank(GROUPED, (), (SortKey(2),), 2, 3, True, (*GROUPED.schema, *fields(t.BIGINT))),
    "first by time": plan.Deduplicate(TIMED, (1,), 0, False, False, True, (*E.schema, *fields(t.BIGINT))),
    "last by time": LAST,
    "first to arrive": plan.Deduplicate(E, (1,), 0, False, True, False, E.schema),
    "last to arrive": plan.Deduplicate(E, (1,), 0, True, True, False, E.schema),
    "sort": plan.TemporalSort(TIMED, 0, (BY_VALUE,), False, E.schema),
    "sort limit": plan.SortLimit(E, (BY_VALUE,), 1, 2, E.schema),
    "limit": plan.Limit(E, 1, 3, E.schema),
    "over rows": over(plan.Frame(True, None)),
    "over 1 row": over(plan.Frame(True, 1)),
    "over range": over(plan.Frame(False, None)),
    "over 4 s": over(plan.Frame(False, 4000)),
    "over values": plan.Over(
        E, (1,), (SortKey(2),), plan.Frame(False, None), COUNTS, "value", (*E.schema, *fields(*COUNT_TYPES)), False
    ),
    "window top": plan.WindowRank(
        IN_WINDOWS, ATTACHED, (), (BY_VALUE,), 1, 2, True, (*IN_WINDOWS.schema, *fields(t.BIGINT))
    ),
    "same window": plan.WindowAggregate(
        IN_WINDOWS, ATTACHED, (1,), COUNTS, BOUNDS, fields(t.STRING, *COUNT_TYPES, TIME, TIME)
    ),
    "window of windows": plan.WindowAggregate(
        plan.WindowAggregate(TIMED, TUMBLE, (1,), COUNTS[:1], ROWTIMES, fields(t.STRING, t.BIGINT, ROWTIME)),
        plan.Window(plan.WindowKind.TUMBLE, 2, 20_000),
        (1,),
        (aggregate("COUNT"),),
        BOUNDS,
        fields(t.BIGINT, t.BIGINT, TIME, TIME),
    ),
    "window of changes": plan.WindowAggregate(
        LAST, TUMBLE, (1,), (*COUNTS, *LISTS), BOUNDS, fields(t.STRING, *COUNT_TYPES, *LIST_TYPES, TIME, TIME)
    ),
    "self join": plan.IntervalJoin(
        TIMED, TIMED, plan.JoinKind.LEFT, ((1, 1),), (False,), 0, 0, -2000, -1, None, (*E.schema, *E.schema)
    ),
}  # fmt: skip


def interval(kind: plan.JoinKind) -> plan.Node:
    return plan.IntervalJoin(TIMED, TIMED_F, kind, ((1, 1),), (False,), 0, 0, -2000, 3000, None, (*E.schema, *F.schema))


def regular(kind: plan.JoinKind, left: plan.Node = E, right: plan.Node = F) -> plan.Node:
    both = (*left.schema, *right.schema)
    condition = call("<=", column(left, 2), plan_column(right, 2, len(left.schema)))
    schema = left.schema if kind in (plan.JoinKind.SEMI, plan.JoinKind.ANTI) else both
    return plan.Join(left, right, kind, ((1, 1),), (False,), condition, schema)


def plan_column(node: plan.Node, index: int, moved: int) -> Expr:
    return Column(index + moved, node.schema[index].type)


def window_join(kind: plan.JoinKind) -> plan.Node:
    left, right = window_table(TIMED, TUMBLE), window_table(TIMED_F, TUMBLE)
    schema = left.schema if kind is plan.JoinKind.SEMI else (*left.schema, *right.schema)
    return plan.WindowJoin(left, right, kind, ATTACHED, ATTACHED, ((1, 1),), (False,), None, schema)


GROUPED_F = plan.GroupAggregate(F, (1,), COUNTS, fields(t.STRING, *COUNT_TYPES))
VERSIONS = plan.Deduplicate(TIMED_F, (1,), 0, True, False, False, F.schema)
TWO_INPUTS: Mapping[str, plan.Node] = {
    "union": plan.Union((E, F), E.schema),
    **{f"interval {kind.value}": interval(kind) for kind in list(plan.JoinKind)[:4]},
    **{f"join {kind.value}": regular(kind) for kind in plan.JoinKind},
    "join of changes": plan.Join(
        GROUPED, GROUPED_F, plan.JoinKind.FULL, ((2, 2),), (True,), None, (*GROUPED.schema, *GROUPED_F.schema)
    ),
    **{f"window join {kind.value}": window_join(kind) for kind in list(plan.JoinKind)[:5]},
    "temporal": plan.TemporalJoin(
        TIMED, VERSIONS, plan.JoinKind.LEFT, ((1, 1),), 0, 0, None, (*E.schema, *F.schema)
    ),
    **{
        f"{kind.value} {'all' if all_ else ''}": plan.SetOperation(
            plan.Calc(E, (column(E, 1), column(E, 2)), None, fields(t.STRING, t.INT)),
            plan.Calc(F, (column(F, 1), column(F, 2)), None, fields(t.STRING, t.INT)),
            kind, all_, fields(t.STRING, t.INT),
        )
        for kind in plan.SetKind for all_ in (True, False)
    },
}  # fmt: skip

# Times mostly go up, with steps back of up to 6 s; the watermark is 1 s behind.
ROWS = st.lists(
    st.tuples(
        st.integers(0, 12).map(lambda n: 500 * n),
        st.sampled_from(["a", "b", None]),
        st.one_of(st.none(), st.integers(0, 3)),
    ),
    max_size=25,
)


def in_time(steps: Sequence[tuple[int, str | None, int | None]]) -> list[Row]:
    return [(900 * number + back, key, value) for number, (back, key, value) in enumerate(steps)]


@pytest.mark.parametrize("name", list(ONE_INPUT))
@settings(max_examples=6, deadline=None)
@given(steps=ROWS, size=st.integers(1, 5))
@example(steps=[(0, "a", None), (0, "a", None), (3500, "a", None), *[(0, "a", None)] * 4], size=1)
@example(  # one of two sessions that end together has met an ended one
    steps=[(2000, "a", None), (5000, "b", None), *[(0, "a", None)] * 4, (500, "a", None), (4000, "a", None)], size=1
)
def test_one_input(name: str, steps: list[tuple[int, str | None, int | None]], size: int) -> None:
    rows = in_time(steps)
    whole, pieces = run(ONE_INPUT[name], e=rows), cut(ONE_INPUT[name], size, e=rows)
    if name == "self join":
        assert pieces.rows == whole.rows  # which of its two ports comes first is open
    else:
        assert pieces.said == whole.said


@pytest.mark.parametrize("name", list(TWO_INPUTS))
@settings(max_examples=6, deadline=None)
@given(left=ROWS, right=ROWS, size=st.integers(1, 5))
def test_two_inputs(
    name: str,
    left: list[tuple[int, str | None, int | None]],
    right: list[tuple[int, str | None, int | None]],
    size: int,
) -> None:
    e, f, node = in_time(left), in_time(right), TWO_INPUTS[name]
    assert cut(node, size, e=e, f=f).rows == run(node, e=e, f=f).rows


@pytest.mark.parametrize("name", [*ONE_INPUT, *TWO_INPUTS])
@settings(max_examples=3, deadline=None)
@given(left=ROWS, right=ROWS, size=st.integers(1, 5))
def test_state_that_may_expire_and_does_not(
    name: str,
    left: list[tuple[int, str | None, int | None]],
    right: list[tuple[int, str | None, int | None]],
    size: int,
) -> None:
    node = {**ONE_INPUT, **TWO_INPUTS}[name]
    inputs = {"e": in_time(left), "f": in_time(right)} if name in TWO_INPUTS else {"e": in_time(left)}
    expiring = cut(node, size, session=Session({"table.exec.state.ttl": "1 d"}), **inputs)
    assert expiring.rows == run(node, session=Session(), **inputs).rows


def test_a_late_version_is_not_seen_by_what_has_left() -> None:
    """b at 900 is over when the version for it comes: its watermark has passed 900 with the version of a."""
    probe, versions = [(0, "a", 1), (900, "b", 2), (2300, "a", 3)], [(2000, "a", 4), (900, "b", 5)]
    for size in (1, 2, 3):
        rows = cut(TWO_INPUTS["temporal"], size, e=probe, f=versions).rows
        assert (900, "b", 2, None, None, None) in rows
        assert (2300, "a", 3, 2000, "a", 4) in rows

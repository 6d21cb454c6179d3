"""MATCH_RECOGNIZE: letters and automaton say the same, in any cut, over checkpoints; measures and conditions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverrun.engine.batch import END, Batch
from riverrun.engine.operators.match import MatchOperator
from riverrun.engine.schemas import empty
from riverrun.schema import types as t
from riverrun.schema.types import Field
from riverrun.sql import plan
from riverrun.sql.expr import Expr, Literal, Navigation, PatternAggregate
from riverrun.sql.plan import Measure, Quantified, Skip
from tests.unit.engine.plans import ROWTIME, Row, Run, aggregate, call, column, cut, run, scan, watermarked

E = scan("e", ts=ROWTIME, k=t.STRING, v=t.INT)
TIMED = watermarked(E, 0, 1000)
V = column(E, 2)


def nav(kind: str, variable: str | None, offset: int = 0) -> Navigation:
    return Navigation(kind, variable, offset, V, t.INT)


def own(variable: str) -> Navigation:
    return nav("LAST", variable)


def number(value: int) -> Expr:
    return Literal(value, t.INT.not_null())


def agg(name: str, variable: str | None) -> PatternAggregate:
    made = aggregate(name, V, kind="pattern")
    return PatternAggregate(made, variable, made.type)


def match(
    pattern: list[Quantified],
    define: dict[str, Expr],
    measures: dict[str, Expr],
    skip: Skip = Skip.PAST_LAST_ROW,
    within: int | None = None,
    skip_to: str | None = None,
) -> plan.Match:
    schema = (Field("k", t.STRING), *(Field(name, expr.type) for name, expr in measures.items()))
    listed = tuple(Measure(name, expr) for name, expr in measures.items())
    return plan.Match(
        TIMED, (1,), 0, (), False, tuple(pattern), define, listed, skip, skip_to, within, schema
    )  # fmt: skip


def q(variable: str, least: int = 1, most: int | None = 1, *, lazy: bool = False) -> Quantified:
    return Quantified(variable, least, most, lazy)


BELOW, ABOVE = call("<", own("A"), number(3)), call(">", own("B"), number(6))
MEASURES: dict[str, Expr] = {
    "first": nav("FIRST", "A"),
    "last": nav("LAST", "B"),
    "n": agg("COUNT", "X"),
    "all": agg("ARRAY_AGG", "X"),
    "sum": agg("SUM", None),
}
MIDDLE = call("AND", call(">=", own("X"), number(3)), call("<=", own("X"), number(6)))
SIMPLE = ([q("A"), q("X", 0, None, lazy=True), q("B")], {"A": BELOW, "B": ABOVE, "X": MIDDLE}, MEASURES)

PATTERNS: dict[str, plan.Match] = {
    "letters": match(*SIMPLE),
    "letters, next row": match(*SIMPLE, skip=Skip.TO_NEXT_ROW),
    "letters, within": match(*SIMPLE, within=4000),
    "undefined middle": match(SIMPLE[0], {"A": BELOW, "B": ABOVE}, MEASURES),
    "undefined middle, within": match(SIMPLE[0], {"A": BELOW, "B": ABOVE}, MEASURES, within=5000),
    "to last": match([q("A"), q("X", 1, None, lazy=True), q("B")], SIMPLE[1], MEASURES, Skip.TO_LAST, None, "X"),
    "rising": match(
        [q("A"), q("X", 1, None), q("B")],
        {"X": call(">", own("X"), nav("LAST", None, 1)), "B": call("<", own("B"), nav("LAST", "X"))},
        MEASURES,
    ),
    "sums": match([q("A"), q("X", 0, None), q("B")], {"X": call("<", agg("SUM", "X"), number(12))}, MEASURES),
    "averages": match(
        [q("A"), q("X", 1, 3, lazy=True), q("B")],
        {"B": call(">", own("B"), agg("AVG", "X")), "X": call("<>", nav("FIRST", "A"), own("X"))},
        MEASURES,
        Skip.TO_NEXT_ROW,
        6000,
    ),
}
rows = st.lists(
    st.tuples(st.integers(0, 20).map(lambda s: s * 500), st.sampled_from(["a", "b", None]), st.integers(0, 9)),
    max_size=24,
)


def in_time(found: list[Row]) -> list[Row]:
    """Roughly ascending, so that not everything is late."""
    return sorted(found, key=lambda row: row[0] // 2000)


@pytest.mark.parametrize("name", PATTERNS)
@settings(max_examples=10, deadline=None)
@given(found=rows, size=st.integers(1, 9))
def test_any_cut_gives_the_same_matches(name: str, found: list[Row], size: int) -> None:
    node = PATTERNS[name]
    assert cut(node, size, e=in_time(found)).rows == run(node, e=in_time(found)).rows


def automaton(job: Run) -> Run:
    """A run that never uses letters."""
    for vertex in job.graph.vertices:
        if isinstance(vertex.operator, MatchOperator):
            vertex.operator._mode["letters"] = False
    return job


@pytest.mark.parametrize("name", ["letters", "letters, next row", "letters, within", "undefined middle"])
@settings(max_examples=25, deadline=None)
@given(found=rows)
def test_letters_and_automaton_agree(name: str, found: list[Row]) -> None:
    by_automaton = automaton(Run(PATTERNS[name]))
    by_automaton.feed("e", in_time(found))
    by_automaton.end()
    assert by_automaton.rows == run(PATTERNS[name], e=in_time(found)).rows


class Kept:
    """A checkpoint in memory."""

    def __init__(self) -> None:
        self.tables: dict[str, Any] = {}

    def save(self, operator: MatchOperator) -> None:
        for name, store in operator.stores.items():
            store.save(name, self)

    def add(self, name: str, added: Any) -> None:
        known = self.tables.get(name)
        self.tables[name] = added if known is None else known.from_batches([*known.to_batches(), *added.to_batches()])

    def remove(self, name: str, ids: Any) -> None:
        known = self.tables[name]
        gone = set(ids.tolist())
        self.tables[name] = known.filter([number not in gone for number in known.column("_id").to_pylist()])

    def load(self, operator: MatchOperator) -> None:
        for name, store in operator.stores.items():
            if name in self.tables:
                store.load(self.tables[name].sort_by("_id"))
        operator.restored()


@pytest.mark.parametrize("name", PATTERNS)
@settings(max_examples=10, deadline=None)
@given(found=rows, size=st.integers(1, 9))
def test_a_restored_operator_goes_on_as_if_nothing_had_happened(name: str, found: list[Row], size: int) -> None:
    node, found = PATTERNS[name], in_time(found)
    kept, said = Kept(), []
    assigner = Run(TIMED)
    batches: list[Batch] = []
    assigner.graph.arrived[assigner.graph.sinks[0].number] = batches.append
    for at in range(0, len(found), size):
        assigner.feed("e", found[at : at + size])
    assigner.end()
    for batch in batches:
        operator = MatchOperator(node, assigner.context)
        kept.load(operator)
        said.append(operator.process(0, batch).rows)
        kept.save(operator)
    whole = run(node, e=found)
    got = sorted(str(row) for table in said for row in table.select(range(len(node.schema))).to_pylist())
    reference = Run(node)
    seen: list[Batch] = []
    reference.graph.arrived[reference.graph.sinks[0].number] = seen.append
    reference.feed("e", found)
    reference.end()
    assert got == sorted(str(row) for batch in seen for row in batch.rows.select(range(len(node.schema))).to_pylist())
    assert len(got) == len(whole.rows)


def test_a_row_that_is_not_ahead_of_the_watermark_is_late() -> None:
    job = Run(PATTERNS["letters"])
    job.feed("e", [(5000, "a", 1), (4000, "a", 5), (5000, "a", 4), (6000, "a", 9)])
    job.end()
    late = [vertex.operator.late.count for vertex in job.graph.vertices if isinstance(vertex.operator, MatchOperator)]
    assert late == [1]
    assert job.rows == [("a", 1, 9, 1, [4], 14)]


def test_a_match_without_rows_for_a_variable_has_null_and_zero() -> None:
    job = run(PATTERNS["letters"], e=[(0, "a", 1), (1000, "a", 9)])
    assert job.rows == [("a", 1, 9, 0, None, 10)]


def test_an_open_older_match_holds_back_a_complete_one_for_ever() -> None:
    conditions: dict[str, Expr] = {"A": BELOW, "B": ABOVE, "C": call("=", own("C"), number(0))}
    node = match([q("A"), q("X", 0, None, lazy=True), q("B"), q("C")], conditions, {"v": nav("LAST", "C")})
    assert run(node, e=[(0, "a", 1), (1000, "a", 1), (2000, "a", 9), (3000, "a", 0)]).rows == [("a", 0)]
    only_own = replace(node, within=100_000)
    assert run(only_own, e=[(0, "a", 1), (1000, "a", 9), (2000, "a", 0)]).rows == [("a", 0)]


def test_nothing_is_kept_once_no_match_is_open() -> None:
    job = Run(PATTERNS["letters, within"])
    for second in range(0, 2000, 2):
        job.feed("e", [(second * 1000, "a", 1), (second * 1000 + 500, "b", 9)])
    (operator,) = [v.operator for v in job.graph.vertices if isinstance(v.operator, MatchOperator)]
    assert len(operator.stores["rows"]) < 20


def test_the_end_of_the_input_leaves_nothing() -> None:
    operator = MatchOperator(PATTERNS["letters"], Run(TIMED).context)
    operator.process(0, Batch(empty(TIMED.schema), END))
    assert all(not len(store) for store in operator.stores.values())

"""The automaton and the letters: Flink's rules one by one, and that both ways of matching agree."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverrun.engine.matching.automaton import Matcher, Partial, span
from riverrun.engine.matching.graph import build
from riverrun.engine.matching.heap import Heap
from riverrun.engine.matching.letters import BREAK, Found, Letters, letter
from riverrun.sql.plan import Quantified, Skip

Spans = tuple[tuple[int, int], ...]


def rows_of(
    pattern: Sequence[Quantified], masks: Sequence[int], skip: Skip, *, within: int | None = None, end: bool = True
) -> tuple[list[Spans], int | None]:
    """The spans [from, to) of the variables of each match, by the automaton; and the first row still needed."""
    matcher = Matcher(build(pattern), skip, None, within)
    found: list[Partial] = []
    for row, mask in enumerate(masks):
        found += matcher.row(row, row, lambda variable, _, mask=mask: bool(mask >> variable & 1))  # type: ignore[misc]
    if end:
        found += matcher.advance(2**60)
    return [_spans(match, len(pattern)) for match in found], matcher.first_needed()


def _spans(match: Partial, variables: int) -> Spans:
    result, at = [], match.start
    for variable in range(variables):
        rows = span(match, variable)
        at, behind = (rows[0], rows[1] + 1) if rows else (at, at)
        result.append((at, behind))
        at = behind
    return tuple(result)


def q(variable: str, least: int = 1, most: int | None = 1, *, lazy: bool = False) -> Quantified:
    return Quantified(variable, least, most, lazy)


A, B, C = 1, 2, 4


def test_the_default_skip_finds_a_match_from_each_row() -> None:
    found, _ = rows_of([q("A"), q("B", 1, None, lazy=True), q("C")], [A, B, B, C], Skip.TO_NEXT_ROW)
    assert found == [((0, 1), (1, 3), (3, 4))]


def test_earlier_variables_are_kept_longest() -> None:
    x, y = 2, 4
    pattern = [q("A"), q("X", 1, None, lazy=True), q("Y", 1, None, lazy=True), q("C")]
    found, _ = rows_of(pattern, [1, x | y, x | y, x | y, x | y, 8], Skip.PAST_LAST_ROW)
    assert found == [((0, 1), (1, 4), (4, 5), (5, 6))]


def test_a_greedy_loop_never_gives_a_row_to_the_next_variable() -> None:
    found, _ = rows_of([q("A", 0, None), q("B")], [A | B, A | B, A | B, B], Skip.PAST_LAST_ROW)
    assert found == [((0, 3), (3, 4))]


def test_an_optional_variable_is_not_greedy() -> None:
    found, _ = rows_of([q("A"), q("B", 0, 1)], [A, B], Skip.PAST_LAST_ROW)
    assert found == [((0, 1), (1, 1))]


def test_a_match_waits_for_an_older_partial_match() -> None:
    pattern = [q("A"), q("X", 0, None, lazy=True), q("B"), q("C")]
    # rows: A opens 0; A opens 1 and completes at row 3, but 0 is in X* and may still complete: it does, at the same row
    masks = [A, A | 2, 4, 8]
    found, needed = rows_of(pattern, masks, Skip.PAST_LAST_ROW, end=False)
    assert found == [((0, 1), (1, 2), (2, 3), (3, 4))]
    assert needed is None


def test_within_is_exclusive_and_releases_what_waited() -> None:
    found, _ = rows_of([q("A"), q("X", 0, None, lazy=True), q("C")], [A, 2, 2, C], Skip.PAST_LAST_ROW, within=3)
    assert found == []
    found, _ = rows_of([q("A"), q("X", 0, None, lazy=True), q("C")], [A, 2, 2, C], Skip.PAST_LAST_ROW, within=4)
    assert found == [((0, 1), (1, 3), (3, 4))]


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(0, 5))
def test_the_heap_stays_a_heap(numbers: list[int], gone: int) -> None:
    heap: Heap[int] = Heap(lambda number: number)
    for number in numbers:
        heap.add(number)
    heap.remove_where(lambda number: number == gone)
    drained = []
    while len(heap):
        drained.append(heap.poll())
    assert drained == sorted(number for number in numbers if number != gone)


def test_the_heap_orders_equals_as_java_does() -> None:
    heap: Heap[tuple[int, str]] = Heap(lambda item: item[0])
    for item in [(1, "a"), (1, "b"), (0, "c"), (1, "d"), (0, "e")]:
        heap.add(item)
    assert [name for _, name in heap] == ["c", "e", "a", "d", "b"]
    assert heap.poll() == (0, "c")
    assert [name for _, name in heap] == ["e", "b", "a", "d"]


QUANTIFIERS = (
    *((1, 1, False), (0, 1, False), (1, None, True), (0, None, True), (2, None, True), (1, None, False)),
    *((0, None, False), (2, 2, False), (1, 3, True), (0, 2, True), (2, 3, False)),
)
quantifiers = st.sampled_from(QUANTIFIERS)


@st.composite
def patterns(draw: st.DrawFn) -> list[Quantified]:
    """Patterns that the planner lets through."""
    parts = [Quantified("ABCD"[i], *draw(quantifiers)) for i in range(draw(st.integers(1, 4)))]
    fixed: list[Quantified] = []
    for number, part in enumerate(parts):
        greedy = not part.reluctant and part.least != part.most and (part.least, part.most) != (0, 1)
        last = number == len(parts) - 1
        follows = parts[number + 1] if not last else None
        if greedy and (last or (follows is not None and follows.least == 0)):
            part = Quantified(part.variable, part.least, part.most, True)
        fixed.append(part)
    if all(part.least == 0 for part in fixed):
        fixed[0] = Quantified(fixed[0].variable)
    if fixed[-1].least == 0 and all(part.least == 0 for part in fixed):
        fixed[-1] = Quantified(fixed[-1].variable)
    return fixed


alphabets = st.lists(st.sampled_from([0, 1, 2, 3, 4, 8, 10, 12]), min_size=1, max_size=5, unique=True)


@settings(max_examples=600, deadline=None)
@given(patterns(), alphabets, st.integers(0, 2**32), st.booleans(), st.sampled_from([None, 3, 6]))
def test_letters_say_what_the_automaton_says(
    pattern: list[Quantified], alphabet: list[int], seed: int, past: bool, within: int | None
) -> None:
    skip = Skip.PAST_LAST_ROW if past else Skip.TO_NEXT_ROW
    chance = random.Random(seed)
    partitions = [[chance.choice(alphabet) for _ in range(chance.randrange(1, 14))] for _ in range(6)]
    letters = Letters(build(pattern), pattern, skip, None)
    if not letters.learn(mask for partition in partitions for mask in partition):
        return
    text, times, bases = "", [], []
    for partition in partitions:
        bases.append(len(text))
        text += "".join(letter(mask) for mask in partition) + BREAK
        times += [*range(len(partition)), 0]
    found = list(_by_partition(letters.find(text, times, within, None), bases))
    for partition, base, result in zip(partitions, bases, found, strict=True):
        matches, needed = rows_of(pattern, partition, skip, within=within, end=False)
        got = [tuple((a - base, b - base) for a, b in hit.spans) for hit in result if isinstance(hit, Found)]
        assert got == matches
        open_from = [hit - base for hit in result if isinstance(hit, int)]
        assert open_from == ([needed] if needed is not None else [])


def _by_partition(found: Iterator[Found | int], bases: list[int]) -> Iterator[list[Found | int]]:
    hits = list(found)
    for number, base in enumerate(bases):
        behind = bases[number + 1] if number + 1 < len(bases) else 2**60
        yield [hit for hit in hits if base <= (hit if isinstance(hit, int) else hit.start) < behind]


def test_most_common_patterns_are_found_by_letters() -> None:
    search, other, add, anything, checkout = 1, 2, 4, 8, 16
    pattern = [q("S", 1, None, lazy=True), q("O", 0, None), q("ADD"), q("ANY", 0, None), q("C")]
    letters = Letters(build(pattern), pattern, Skip.PAST_LAST_ROW, None)
    assert letters.learn([search, other | anything, add | anything, anything, checkout, 0])


@pytest.mark.parametrize("skip", [Skip.TO_FIRST, Skip.TO_LAST])
def test_other_skips_are_left_to_the_automaton(skip: Skip) -> None:
    pattern = [q("A"), q("B")]
    assert not Letters(build(pattern), pattern, skip, 1).learn([1, 2])


def test_ambiguous_patterns_are_left_to_the_automaton() -> None:
    pattern = [q("A"), q("X", 1, None, lazy=True), q("Y", 1, None, lazy=True), q("C")]
    assert not Letters(build(pattern), pattern, Skip.PAST_LAST_ROW, None).learn([1, 2 | 4, 8])

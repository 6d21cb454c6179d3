"""Flink's automaton over one partition: all partial matches, breadth first, row by row.

Matches that are complete wait until no partial match with an earlier first row is open; then they leave, and the skip
strategy prunes what overlaps. Source: Flink's CEP library (docs/sql/match-recognize.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from riverrun.engine.matching.graph import END, Graph, moves
from riverrun.engine.matching.heap import Heap
from riverrun.errors import RunError
from riverrun.sql.plan import Skip

_NEVER = 2**63 - 1
_FRESH = 2**62  # a partial match without a row sorts behind all others

# The rows of a match: (number of the variable, its first row), in pattern order; each run ends where the next begins.
Path = tuple[tuple[int, int], ...]


class Partial(NamedTuple):
    """A partial or complete match. `start` is its first row (_FRESH: none yet), `end` its last one so far."""

    state: int
    start: int
    end: int
    path: Path


def span(match: Partial, variable: int) -> tuple[int, int] | None:
    """(first row, last row) that `match` mapped to the variable; None when it mapped none."""
    path = match.path
    for number, (name, first) in enumerate(path):
        if name == variable:
            return first, (path[number + 1][1] - 1 if number + 1 < len(path) else match.end)
    return None


# (variable, partial match before the row) -> does the variable's condition hold on the current row?
Condition = Callable[[int, Partial], bool]


class Matcher:
    """The automaton of one partition. Rows are numbered in processing order and never go back.

    skip_to is the number of the variable for TO FIRST and TO LAST; `within` is ms or None. Rows and times are the
    caller's: `row` says that a row is next, `advance` that time has passed.
    """

    def __init__(self, graph: Graph, skip: Skip, skip_to: int | None, within: int | None) -> None:
        self._graph = graph
        self._skip = skip
        self._skip_to = skip_to
        self._within = within
        self._partial = _heap([Partial(graph.start, _FRESH, -1, ())])
        self._complete = _heap([])
        self._times: dict[int, int] = {}  # first row of an open partial match -> its time; only with WITHIN

    def row(self, number: int, time: int, condition: Condition) -> Iterator[Partial]:
        """Process one row; yields the matches that leave now, in Flink's order."""
        if self._within is not None:
            yield from self.advance(time)
        following = _heap([])
        complete: list[Partial] = []
        for partial in self._partial:
            for made in self._next(partial, number, condition):
                if made.state == END:
                    complete.append(made)
                else:
                    following.add(made)
        found = _heap([])
        for made in complete:
            found.add(made)
        for made in found:
            self._complete.add(made)
        self._partial = following
        if self._within is not None and any(partial.start == number for partial in following):
            self._times[number] = time
        yield from self._release()

    def advance(self, time: int) -> Iterator[Partial]:
        """Event time has reached `time`: partial matches that are too old are dropped, which may release others."""
        if self._within is None:
            return
        oldest = time - self._within
        if not self._times or next(iter(self._times.values())) > oldest:
            return
        for row in list(self._times):  # in order of time
            if self._times[row] > oldest:
                break
            del self._times[row]
        kept = _heap([])
        for partial in self._partial:
            if partial.start == _FRESH or partial.start in self._times:
                kept.add(partial)
        self._partial = kept
        yield from self._release()

    def deadline(self) -> int:
        """The time at which `advance` has something to do."""
        if self._within is None or not self._times:
            return _NEVER
        return next(iter(self._times.values())) + self._within

    def has_timer(self, until: int) -> bool:
        """Has `advance` something to do up to this time?"""
        return bool(self._times) and self.deadline() <= until

    def first_needed(self) -> int | None:
        """The first row that an open or a waiting match still needs; None when no row is needed."""
        starts = [partial.start for partial in (*self._partial, *self._complete) if partial.start != _FRESH]
        return min(starts) if starts else None

    def dump(self, base: int) -> tuple[list[Partial], list[Partial]]:
        """(partial, complete) matches in their heap's order, rows counted from `base`."""
        return [_moved(p, -base) for p in self._partial], [_moved(p, -base) for p in self._complete]

    def load(self, dumped: tuple[list[Partial], list[Partial]], base: int, time: Callable[[int], int]) -> None:
        """Go on from what `dump` gave; `time` tells the time of a row."""
        partial, complete = dumped
        self._partial = _heap([_moved(p, base) for p in partial])
        self._complete = _heap([_moved(p, base) for p in complete])
        if self._within is not None:
            self._times = {p.start: time(p.start) for p in self._partial if p.start != _FRESH}

    def _next(self, partial: Partial, row: int, condition: Condition) -> Iterator[Partial]:
        known: dict[int, bool] = {}

        def holds(variable: int) -> bool:
            if variable not in known:
                known[variable] = condition(variable, partial)
            return known[variable]

        fresh = partial.start == _FRESH
        start = row if fresh else partial.start
        for variable, state in moves(self._graph, partial.state, holds):
            path = partial.path
            if not path or path[-1][0] != variable:
                path = (*path, (variable, row))
            yield Partial(state, start, row, path)
        if fresh:
            yield partial

    def _release(self) -> Iterator[Partial]:
        while (match := self._complete.peek()) is not None:
            oldest = self._partial.peek()
            if oldest is not None and match.start > oldest.start:
                return
            self._complete.poll()
            self._prune(match)
            yield match

    def _prune(self, match: Partial) -> None:
        last = self._last_pruned(match)
        self._partial.remove_where(lambda other: other.start <= last)
        self._complete.remove_where(lambda other: other.start <= last)
        for row in list(self._times):
            if row > last:
                break
            del self._times[row]

    def _last_pruned(self, match: Partial) -> int:
        """Everything that started at or before this row is discarded with `match`."""
        return last_pruned(self._skip, match, span(match, self._skip_to) if self._skip_to is not None else None)


def last_pruned(skip: Skip, match: Partial, target: tuple[int, int] | None) -> int:
    """The last first row that AFTER MATCH `skip` discards; `target` is the span of the variable skipped to."""
    if skip is Skip.PAST_LAST_ROW:
        return match.end
    if skip is Skip.TO_NEXT_ROW:
        return match.start
    if target is None:
        raise RunError(
            "AFTER MATCH SKIP TO a variable that this match has no row for",
            todo="skip to a variable that every match has, or use SKIP PAST LAST ROW",
        )
    row = target[0] if skip is Skip.TO_FIRST else target[1]
    if row == match.start:
        raise RunError(
            "AFTER MATCH SKIP TO the first row of the match would find the same match for ever",
            todo="skip to a later variable, or use SKIP TO NEXT ROW",
        )
    return row - 1


def _start(partial: Partial) -> int:
    return partial.start


def _heap(items: list[Partial]) -> Heap[Partial]:
    return Heap(_start, items)


def _moved(partial: Partial, by: int) -> Partial:
    if partial.start == _FRESH:
        return partial
    path = tuple((variable, row + by) for variable, row in partial.path)
    return Partial(partial.state, partial.start + by, partial.end + by, path)

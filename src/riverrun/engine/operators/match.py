"""Match: MATCH_RECOGNIZE, one row per match.

Keeps, per partition, the rows that the watermark has not reached, and those that a partial or waiting match still
needs. Speaks when the watermark passes the row that completes a match (or releases one that waited). A row that is not
ahead of the watermark is late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import END, Arrival, Batch, Ints, data, millis, take, where, with_watermarks
from riverrun.engine.context import Context
from riverrun.engine.inputs import Inputs
from riverrun.engine.keys import codes, grouped, in_order, tuples
from riverrun.engine.matching.automaton import Matcher, Partial, span
from riverrun.engine.matching.conditions import Conditions
from riverrun.engine.matching.graph import build
from riverrun.engine.matching.letters import BREAK, Found, Letters, letter
from riverrun.engine.matching.measures import Matches, Measures
from riverrun.engine.operators.protocol import Late, Operator
from riverrun.engine.ordering import ranks
from riverrun.engine.schemas import empty, schema_of
from riverrun.engine.stores import Numbers, Rows, Store, Values
from riverrun.sql.plan import Match

Key = tuple[Any, ...]


@dataclass(slots=True)
class _Kept:
    """The rows of a partition that were processed and are still needed: their ids in processing order. The first has
    the number `base` in the partition's automaton."""

    base: int = 0
    ids: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Rows in processing order, partition by partition. Partition n has the rows starts[n] .. starts[n] + sizes[n] - 1,
    of which the first `known[n]` were processed before."""

    rows: pa.Table
    ids: Ints
    times: Ints
    keys: list[Key]
    starts: Ints
    sizes: Ints
    known: Ints


@dataclass(slots=True)
class _Matched:
    """Matches as they are found: positions in a _Sorted, and the time of the row or timer that let each of them go."""

    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    first: list[list[int]] = field(default_factory=list)
    last: list[list[int]] = field(default_factory=list)
    released: list[int] = field(default_factory=list)


class MatchOperator(Operator):
    """Matching is by letters as long as that is exact (`riverrun.engine.matching.letters`), then by automaton."""

    def __init__(self, node: Match, context: Context) -> None:
        self._node, self._context = node, context
        self._graph = build(node.pattern)
        self._skip_to = self._graph.variables.index(node.skip_to) if node.skip_to is not None else None
        self._letters = Letters(self._graph, node.pattern, node.skip, self._skip_to)
        self._conditions = Conditions(node, context)
        self._measures = Measures(node, context)
        self._inputs = Inputs()
        self._time = f"c{node.time}"
        self._keys = [f"c{key}" for key in node.keys]
        self._rows = Rows(schema_of(node.input.schema))
        self._waiting: Ints = np.zeros(0, np.int64)  # ids of rows that the watermark has not reached
        self._kept: dict[Key, _Kept] = {}
        self._garbage: list[Ints] = []
        self._matchers: dict[Key, Matcher] = {}
        self._dumped = Values()
        self._changed: set[Key] = set()
        self._mode = Numbers(letters=self._letters.usable and self._conditions.only_own_rows)
        self._late = Late()

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        if len(batch):
            self._take(batch.rows, arrival)
        due = self._due(arrival)
        out = self._match(due, arrival) if len(due) or self._due_timers() else empty(self._node.schema)
        if arrival.after == END:
            self._forget_all()
        return Batch(out, arrival.after, self._inputs.idle)

    def _take(self, rows: pa.Table, arrival: Arrival) -> None:
        late = np.zeros(len(rows), np.bool_) if self._node.processing_time else self._times(rows) <= arrival.rows
        self._late.note(rows, late)
        ids = self._rows.add(data(where(rows, ~late) if late.any() else rows))
        self._waiting = np.concatenate((self._waiting, ids))

    def _times(self, rows: pa.Table) -> Ints:
        if self._node.processing_time:
            return np.full(len(rows), self._context.clock.now_ms())
        return millis(rows.column(self._time))

    def _due(self, arrival: Arrival) -> Ints:
        """The ids of rows that are to be processed now; they wait no longer."""
        if not len(self._waiting):
            return self._waiting
        if self._node.processing_time:
            due, self._waiting = self._waiting, self._waiting[:0]
            return due
        reached = millis(self._rows.column(self._time, self._waiting)) <= arrival.after
        due, self._waiting = self._waiting[reached], self._waiting[~reached]
        return due

    def _match(self, due: Ints, arrival: Arrival) -> pa.Table:
        part = self._sorted(due)
        self._conditions.prepare(part.rows)
        found = _Matched()
        if self._mode["letters"] and not self._by_letters(part, arrival, found):
            self._mode["letters"] = False
        if not self._mode["letters"]:
            self._by_automaton(part, arrival, found)
        self._tidy()
        return self._emit(part.rows, found, arrival)

    def _sorted(self, due: Ints) -> _Sorted:
        """The due rows with what is kept of their partitions, in processing order."""
        looked_at = self._keys or [self._time]
        new = self._rows.columns(looked_at, due)
        touched = {*self._distinct(new), *self._due_timers()} if self._kept else set()
        old = [self._kept[key].ids for key in touched if key in self._kept]
        ids = np.sort(np.concatenate([*old, due])) if old else due
        group, _ = codes(self._rows.columns(looked_at, ids) if old else new, self._keys)
        times = self._times(self._rows.columns([self._time], ids))
        by_time = [] if self._node.processing_time else [times]
        further = [ranks(self._rows.column(f"c{key.index}", ids), key) for key in self._node.order]
        order = in_order(group, *by_time, *further)
        ids, times = ids[order], times[order]
        rows = self._rows.take(ids)
        _, starts = grouped(group[order])
        sizes = np.diff(np.append(starts, len(order)))
        names = tuples(take(rows, starts), self._keys)
        known = np.array([len(self._kept[key].ids) if key in self._kept else 0 for key in names], np.int64)
        return _Sorted(rows, ids, times, names, starts, sizes, known)

    def _distinct(self, rows: pa.Table) -> list[Key]:
        if len(self._keys) == 1:
            rows = pa.table({self._keys[0]: rows.column(self._keys[0]).unique()})
            return tuples(rows, self._keys)
        order, starts = grouped(codes(rows, self._keys)[0])
        return tuples(take(rows, order[starts]), self._keys)

    def _due_timers(self) -> list[Key]:
        now = self._inputs.current
        return [key for key, matcher in self._matchers.items() if matcher.has_timer(now)]

    def _by_letters(self, part: _Sorted, arrival: Arrival, found: _Matched) -> bool:
        """False (and nothing done) when letters are not exact for these rows."""
        masks = self._conditions.masks()
        if not self._letters.learn(np.unique(masks).tolist()):
            return False
        ends = part.starts + part.sizes
        letters = np.insert(masks + ord(letter(0)), ends, ord(BREAK)).astype("<u4")
        place = np.insert(np.arange(len(masks)), ends, -1)  # text position -> row
        text = letters.tobytes().decode("utf-32-le")
        within = self._node.within
        times = np.insert(part.times, ends, 0).tolist() if within is not None else None
        now = None if arrival.after == END or self._node.processing_time else arrival.after
        open_from: list[int] = []
        hits: list[tuple[int, ...]] = []
        for hit in self._letters.find(text, times, within, now):
            if isinstance(hit, Found):
                hits.append((hit.start, hit.end, *(bound for bounds in hit.spans for bound in bounds)))
            else:
                open_from.append(hit)
        if hits:
            bounds = place[np.array(hits) - np.tile([0, 1], len(self._node.pattern) + 1)]
            table = np.array(hits)
            empty_spans = table[:, 2::2] == table[:, 3::2]
            found.start, found.end = bounds[:, 0].tolist(), bounds[:, 1].tolist()
            found.first = np.where(empty_spans, 0, bounds[:, 2::2]).tolist()
            found.last = np.where(empty_spans, -1, bounds[:, 3::2]).tolist()
            found.released = part.times[bounds[:, 1]].tolist()
        if arrival.after != END:
            self._keep(part, place[np.array(open_from, np.int64)])
        return True

    def _keep(self, part: _Sorted, open_from: Ints) -> None:
        """Of each partition keep the rows from the one in `open_from` on, and nothing of the others."""
        owner = np.searchsorted(part.starts, open_from, side="right") - 1
        first = np.full(len(part.keys), -1)
        first[owner] = open_from
        for number in np.flatnonzero((first >= 0) | (part.known > 0)).tolist():
            begin, end = int(part.starts[number]), int(part.starts[number] + part.sizes[number])
            needed = int(first[number]) if first[number] >= 0 else end
            self._keep_from(part, number, begin, needed, end)
        if len(open_from) < len(part.keys):
            unknown = np.repeat((first < 0) & (part.known == 0), part.sizes)
            self._garbage.append(part.ids[unknown])

    def _keep_from(self, part: _Sorted, number: int, begin: int, needed: int, end: int) -> None:
        key = part.keys[number]
        self._garbage.append(part.ids[begin:needed])
        if needed < end:
            base = self._kept[key].base if key in self._kept else 0
            self._kept[key] = _Kept(base + needed - begin, part.ids[needed:end])
        else:
            self._kept.pop(key, None)

    def _by_automaton(self, part: _Sorted, arrival: Arrival, found: _Matched) -> None:
        for number, key in enumerate(part.keys):
            begin, end = int(part.starts[number]), int(part.starts[number] + part.sizes[number])
            matcher, fresh = self._matcher(key)
            base = begin - (self._kept[key].base if key in self._kept else 0)  # row number -> position
            known = 0 if fresh else int(part.known[number])
            times = part.times[begin + known : end]
            _, _, reached = arrival.fire(times)
            for position, time, before in zip(range(begin + known, end), times.tolist(), reached.tolist(), strict=True):
                self._expire(matcher, before, arrival, found, base)
                for match in matcher.row(position - base, time, self._tries(position - base, base)):
                    self._note(found, match, base, time)
            self._expire(matcher, arrival.after, arrival, found, base)
            needed = matcher.first_needed()
            self._keep_from(part, number, begin, end if needed is None else needed + base, end)
            if needed is None:
                self._matchers.pop(key)
            self._changed.add(key)

    def _expire(self, matcher: Matcher, until: int, arrival: Arrival, found: _Matched, base: int) -> None:
        """What the watermark ends on its way to `until`, value by value: it may let matches go."""
        while not self._node.processing_time and matcher.has_timer(until):
            _, at, _ = arrival.fire(np.array([matcher.deadline()]))
            now = int(arrival.steps()[at[0]])
            for match in matcher.advance(now):
                self._note(found, match, base, now)

    def _tries(self, row: int, base: int) -> Any:
        holds = self._conditions.holds
        return lambda variable, match: holds(variable, match, row, base)

    def _matcher(self, key: Key) -> tuple[Matcher, bool]:
        """The partition's automaton, and whether it has still to see the rows that were kept."""
        found = self._matchers.get(key)
        if found is not None:
            return found, False
        made = self._matchers[key] = Matcher(self._graph, self._node.skip, self._skip_to, self._node.within)
        return made, True

    def _note(self, found: _Matched, match: Partial, base: int, released: int) -> None:
        spans = [span(match, number) or (0, -1 - base) for number in range(len(self._node.pattern))]
        found.start.append(match.start + base)
        found.end.append(match.end + base)
        found.first.append([first + base if last + base >= 0 else 0 for first, last in spans])
        found.last.append([last + base for _, last in spans])
        found.released.append(released)

    def _emit(self, rows: pa.Table, found: _Matched, arrival: Arrival) -> pa.Table:
        if not found.start:
            return empty(self._node.schema)
        variables = len(self._node.pattern)
        matches = Matches(
            np.array(found.start),
            np.array(found.end),
            np.array(found.first).reshape(-1, variables),
            np.array(found.last).reshape(-1, variables),
            released := np.array(found.released),
        )
        order = in_order(released)
        out = take(self._measures(rows, matches), order)
        if self._node.processing_time:
            return with_watermarks(out, np.full(len(order), arrival.before))
        return with_watermarks(out, arrival.fire(released[order])[2])

    def _tidy(self) -> None:
        """Really forget the garbage when there is much of it."""
        if sum(len(ids) for ids in self._garbage) > len(self._rows) // 4:
            self._forget()

    def _forget(self) -> None:
        if self._garbage:
            self._rows.drop(np.concatenate(self._garbage))
            self._garbage = []

    def _forget_all(self) -> None:
        """The end of the input: what is still open vanishes."""
        self._rows.keep(np.zeros(len(self._rows), np.bool_))
        self._waiting = self._waiting[:0]
        self._changed |= set(self._matchers)
        self._kept, self._garbage, self._matchers = {}, [], {}

    @property
    def stores(self) -> Mapping[str, Store]:
        self._forget()
        for key in self._changed:
            if key in self._matchers:
                self._dumped[key] = _plain(self._matchers[key].dump(self._kept[key].base))
            else:
                self._dumped.pop(key)
        self._changed = set()
        return {"rows": self._rows, "open": self._dumped, "inputs": self._inputs.store, "mode": self._mode}

    def restored(self) -> None:
        """Rows that the watermark has reached are kept ones; each partition's automaton goes on from where it was."""
        ids = self._rows.ids
        reached = np.ones(len(ids), np.bool_)
        if not self._node.processing_time:
            reached = self._times(self._rows.table) <= self._inputs.current
        self._waiting = ids[~reached]
        part = self._sorted(ids[reached])
        for number, key in enumerate(part.keys):
            begin, end = int(part.starts[number]), int(part.starts[number] + part.sizes[number])
            self._kept[key] = _Kept(0, part.ids[begin:end])
            if key in self._dumped:
                matcher, _ = self._matcher(key)
                matcher.load(_partials(self._dumped[key]), 0, lambda row, begin=begin: int(part.times[begin + row]))  # type: ignore[misc]

    @property
    def late(self) -> Late:
        return self._late


Dump = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]


def _plain(dumped: tuple[list[Partial], list[Partial]]) -> Dump:
    partial, complete = dumped
    return [tuple(p) for p in partial], [tuple(p) for p in complete]


def _partials(dumped: Dump) -> tuple[list[Partial], list[Partial]]:
    partial, complete = (list(_made(part)) for part in dumped)
    return partial, complete


def _made(part: list[tuple[Any, ...]]) -> Iterator[Partial]:
    for values in part:
        yield Partial(*values)

"""A run: the cores stepped on as time goes, their rows put in order, cut by time or number, and gone on with later."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from riverrun.generate import customers as people
from riverrun.generate.cores import Core, cores_for
from riverrun.generate.draw import Bools, chance
from riverrun.generate.faults import active, with_faults
from riverrun.generate.streams import Stream
from riverrun.generate.times import SECOND
from riverrun.generate.world import Rows, World, in_order


class Position(NamedTuple):
    """Published so far: everything before `time` (ms), and of each stream so many rows from `time` on."""

    time: int
    skip: Mapping[str, int]


class Run:
    """The rows of some streams, in the order in which they are published; `saved` is what `save` gave."""

    def __init__(
        self, world: World, streams: Iterable[Stream], saved: Mapping[str, Any] | None = None, *, clean: bool = False
    ) -> None:
        self.world = world
        self.streams = tuple(streams)
        names = [stream.name for stream in self.streams]
        self._time: int = saved["time"] if saved else world.start
        self._skip: dict[str, int] = dict(saved["skip"]) if saved else {}
        states: Mapping[str, Any] = saved["cores"] if saved else {}
        cores = cores_for(names, world, states)
        self._feeds = [_Feed(world, name, core, names, self._time, clean) for name, core in cores.items()]

    @property
    def position(self) -> Position:
        return Position(self._time, self._skip)

    def save(self) -> dict[str, Any]:
        return {
            "time": self._time,
            "skip": dict(self._skip),
            "cores": {feed.name: feed.save() for feed in self._feeds},
        }

    def advance(self, to: int, most: int | None = None) -> dict[str, Rows]:
        """The rows published before `to` (ms) that were not given before, by stream; at most `most` of them in all."""
        for feed in self._feeds:
            feed.advance(to)
        every = {stream.name: self._until(stream.name, to) for stream in self.streams}
        found = {name: rows.take(slice(self._skip.get(name, 0), None)) for name, rows in every.items()}
        if most is not None and sum(map(len, found.values())) > most:
            counts = _first(found, most)
            self._skip = {name: self._skip.get(name, 0) + count for name, count in counts.items()}
            return {name: rows.take(slice(0, counts[name])) for name, rows in found.items()}
        left = {name: self._skip.get(name, 0) - len(rows) for name, rows in every.items()}
        self._skip = {name: count for name, count in left.items() if count > 0}
        self._time = to
        for feed in self._feeds:
            feed.forget(to)
        return found

    def _until(self, name: str, to: int) -> Rows:
        parts = [feed.until(name, to) for feed in self._feeds if name in feed.streams]
        return parts[0] if len(parts) == 1 else in_order(parts)


def _first(found: dict[str, Rows], most: int) -> dict[str, int]:
    """How many rows of each stream are among the first `most`; of rows of one moment, by the streams' order."""
    publish = np.concatenate([rows.publish for rows in found.values()])
    stream = np.repeat(np.arange(len(found)), [len(rows) for rows in found.values()])
    first = stream[np.lexsort((stream, publish))[:most]]
    return dict(zip(found, np.bincount(first, minlength=len(found)).tolist(), strict=True))


class _Feed:
    """A core, and the rows of it that are not published yet."""

    def __init__(self, world: World, name: str, core: Core, wanted: Iterable[str], time: int, clean: bool) -> None:
        self.name = name
        self.streams = tuple(stream for stream in core.streams if stream in wanted)
        self._world = world
        self._core = core
        self._time = time
        self._clean = clean
        self._waiting: dict[str, Rows] = {}
        # What the core was before each step that has rows waiting, and when the last of those is published.
        self._steps: deque[tuple[int, dict[str, Any]]] = deque()

    def advance(self, to: int) -> None:
        while self._core.covered < to or not self._waiting:
            before = self._core.save()
            made = self._core.step()
            last = -1
            for stream in self.streams:
                rows = self._prepared(stream, made[stream], before["block"])
                rows = rows.take(slice(int(np.searchsorted(rows.publish, self._time)), None))
                last = max(last, int(rows.publish[-1]) if len(rows) else -1)
                waiting = self._waiting.get(stream)
                self._waiting[stream] = rows if waiting is None or not len(waiting) else in_order([waiting, rows])
            self._steps.append((last, before))

    def until(self, stream: str, to: int) -> Rows:
        waiting = self._waiting[stream]
        return waiting.take(slice(0, int(np.searchsorted(waiting.publish, to))))

    def forget(self, to: int) -> None:
        for stream, waiting in self._waiting.items():
            self._waiting[stream] = waiting.take(slice(int(np.searchsorted(waiting.publish, to)), None))
        while self._steps and self._steps[0][0] < to:
            self._steps.popleft()

    def save(self) -> dict[str, Any]:
        return self._steps[0][1] if self._steps else self._core.save()

    def _prepared(self, stream: str, rows: Rows, block: int) -> Rows:
        faithful = self._world.settings.faithful
        rows = rows.replaced(stamp=rows.codes["time"] // SECOND * SECOND if faithful else rows.publish)
        if self._clean:
            return rows
        rows = _duplicated(self._world, stream, rows, f"{self.name} {stream} duplicates", block)
        if active(self._world, stream):
            rows = with_faults(self._world, stream, rows, self._world.generator(f"{self.name} {stream} faults", block))
        return rows


def altered(world: World, stream: str) -> bool:
    """Whether some records of a stream are repeated or have faults."""
    return active(world, stream) or _duplicates(world, stream) > 0


def _duplicates(world: World, stream: str) -> float:
    source = "onlineorders" if world.settings.faithful and stream == "clicktracking" else stream
    return world.settings.number(f"duplicates.{source}.ratio")


def _duplicated(world: World, stream: str, rows: Rows, name: str, block: int) -> Rows:
    """Rows that are sent twice, back to back: `duplicates.STREAM.ratio`."""
    ratio = _duplicates(world, stream)
    if not ratio:
        return rows
    twice = chance(world.generator(name, block), ratio, len(rows))
    if world.settings.faithful:
        twice &= _may_be_twice(stream, rows)
    return rows.take(np.repeat(np.arange(len(rows)), 1 + twice))


def _may_be_twice(stream: str, rows: Rows) -> Bools:
    """What the original may send twice: no order of a story, and no registration in the web shop."""
    every = np.ones(len(rows), dtype=np.bool_)
    if stream == "orders":
        every &= rows.codes["once"] == 0
    if stream == "newcustomers":
        every &= people.kind_of(rows.codes["customer"]) == people.STORE
    return every

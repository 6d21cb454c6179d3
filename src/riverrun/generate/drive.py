"""From here to there: history as fast as it goes, then live by the clock, until the end; state saved on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from riverrun.clock import Clock
from riverrun.errors import InputError, Where
from riverrun.generate.breaking import details
from riverrun.generate.faults import label
from riverrun.generate.outputs import Output
from riverrun.generate.run import Run, altered
from riverrun.generate.streams import BY_NAME, Batch, render
from riverrun.generate.world import World

_SLICE_MS = 7_200_000  # of simulated time, when it goes as fast as it can
_LIVE_WAIT_S = 0.05
_SAVE_EVERY_MS = 5000
STATE_VERSION = 1


@dataclass
class Limits:
    """When the run ends: at the time `end` (ms), or after `events` records; None is never."""

    end: int | None = None
    events: int | None = None


@dataclass
class Pace:
    """Simulated time as the clock goes: it is `origin` at the clock's time `since`, and runs `speed` times as fast.

    None for `speed`: as fast as it can.
    """

    speed: float | None
    origin: int
    since: int

    def reached(self, now: int) -> int | None:
        """The simulated time (ms) at the clock's time `now`; None: there is no limit."""
        return None if self.speed is None else self.origin + int((now - self.since) * self.speed)


@dataclass
class Totals:
    records: dict[str, int] = field(default_factory=dict)
    faulty: int = 0

    @property
    def all(self) -> int:
        return sum(self.records.values())


class Faulty:
    """The side file: a line for each record with a fault."""

    def __init__(self, path: Path, position: int | None) -> None:
        self._path = path
        self._file = path.open("r+b" if position else "wb")
        if position:
            self._file.truncate(position)
            self._file.seek(position)

    def write(self, batch: Batch, first: int, *, text: bool) -> int:
        """Label the faulty records of a batch whose first record is number `first` of its topic; returns how many."""
        if batch.faults is None:
            return 0
        codes, count = batch.faults.codes, 0
        for row in codes["fault"].nonzero()[0].tolist():
            here = {name: int(codes[name][row]) for name in ("fault", "moved", "skew", "luck")}
            line = label(batch.topic, first + row, batch.key[row].as_py(), here["fault"], here)
            line |= details(batch.stream, here["fault"], here["luck"], text=text)
            self._file.write(msgspec.json.encode(line) + b"\n")
            count += 1
        return count

    def position(self) -> int:
        self._file.flush()
        return self._file.tell()

    def close(self) -> None:
        self._file.close()


class Driver:
    """Drives a run into an output. `stop` is asked between slices."""

    def __init__(
        self, run: Run, output: Output, limits: Limits, pace: Pace, clock: Clock, *,
        faulty: Faulty | None = None, save: Callable[[Mapping[str, Any]], None] | None = None,
        totals: Totals | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self.totals = totals or Totals()
        self._run, self._output, self._limits, self._pace, self._clock = run, output, limits, pace, clock
        self._faulty, self._save, self._wait = faulty, save, wait
        self._saved_at = clock.monotonic_ms()
        self._last = run.world.start

    def drive(self, stop: Callable[[], bool] = lambda: False) -> None:
        while not stop() and not self._ended():
            to = self._next_time()
            if to is None:
                self._wait(_LIVE_WAIT_S)
                continue
            left = None if self._limits.events is None else self._limits.events - self.totals.all
            self._publish(self._run.advance(to, left))
            if self._save and self._clock.monotonic_ms() - self._saved_at >= _SAVE_EVERY_MS:
                self.save()
        if self._save:
            self.save()

    def save(self) -> None:
        """Note where the run is; what was published until now is on disk first."""
        assert self._save is not None
        self._save(
            {
                "run": self._run.save(),
                "output": self._output.position(),
                "faults": self._faulty.position() if self._faulty else None,
                "totals": {"records": self.totals.records, "faulty": self.totals.faulty},
            }
        )
        self._saved_at = self._clock.monotonic_ms()

    def published(self) -> tuple[int, dict[str, int]]:
        """Until when (ms) everything was published; when the run was cut in between, also how many of each stream."""
        position = self._run.position
        if not position.skip:
            return position.time, {}
        return self._last + 1, {
            name: n for name, n in self.totals.records.items() if not altered(self._run.world, name)
        }

    def _ended(self) -> bool:
        end, events = self._limits.end, self._limits.events
        return (end is not None and self._run.position.time >= end) or (
            events is not None and self.totals.all >= events
        )

    def _next_time(self) -> int | None:
        """Up to where the next slice goes; None when it is not yet time."""
        here = self._run.position.time
        bounds = [here + _SLICE_MS, self._limits.end, self._pace.reached(self._clock.now_ms())]
        to = min(bound for bound in bounds if bound is not None)
        return to if to > here else None

    def _publish(self, found: Mapping[str, Any]) -> None:
        world: World = self._run.world
        batches = [render(BY_NAME[name], world, rows) for name, rows in found.items() if len(rows)]
        for batch in batches:
            before = self.totals.records.get(batch.stream.name, 0)
            if self._faulty:
                self.totals.faulty += self._faulty.write(batch, before, text=self._output.text)
            self.totals.records[batch.stream.name] = before + len(batch)
            self._last = max(self._last, int(batch.publish[-1]))
        self._output.write(batches)


def read_state(path: Path, fingerprint: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What a run noted in `path`, or None when there is nothing yet. It has to be a run of the same kind."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        state: dict[str, Any] = msgspec.json.decode(raw)
        noted = state["of"]
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise InputError("is not the state of a run", where=Where(file=str(path)), todo="take another file") from error
    different = sorted(name for name in {*noted, *fingerprint} if noted.get(name) != fingerprint.get(name))
    if different:
        raise InputError(
            f"is the state of another run: it differs in {', '.join(different)}",
            where=Where(file=str(path)), todo="give the same options as before, or take another file",
        )  # fmt: skip
    return state


def write_state(path: Path, fingerprint: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(path.suffix + ".tmp")
    temporary.write_bytes(msgspec.json.encode({"of": fingerprint, **state}))
    temporary.replace(path)

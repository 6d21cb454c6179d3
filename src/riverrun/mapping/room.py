"""The map room: reads events topics, maps, writes records and dead letters, exactly once, and keeps the account."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from riverrun.clock import Clock, SystemClock
from riverrun.errors import InputError, Problem, RiverrunError, RunError
from riverrun.event import Event
from riverrun.ledger import Account, read_account, write_account
from riverrun.mapping.deadletter import SCHEMA as DEAD_LETTER
from riverrun.mapping.deadletter import dead_letter
from riverrun.mapping.events import stored_event
from riverrun.mapping.mapping import Mapping
from riverrun.mapping.outputs import Output
from riverrun.mapping.reload import Reloading
from riverrun.mapping.values.agent import parse_agent
from riverrun.record import Rejected
from riverrun.topics import LocalTopics, Stored, TopicReader, WriterOptions
from riverrun.topics.local import Gone, checked_name

ROOM = "map"
_POLL_MS = 8
_BATCH = 2000
_DURABLE_MS = 1000.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Route:
    """One mapping of the configuration: which events it takes, and where their records go.

    sources, event_types   None: all; other_types are left out
    client_clock_tolerance ms by which a client's clock may be off; None: entries have the collector's time
    sinks                  topics, with the options of their writers
    """

    name: str
    load: Callable[[], Mapping]
    files: tuple[Path | None, ...]
    events: str
    sinks: tuple[tuple[str, WriterOptions], ...]
    dead_letter: str
    dead_letter_options: WriterOptions = field(default_factory=WriterOptions)
    sources: frozenset[str] | None = None
    event_types: frozenset[str] | None = None
    other_types: frozenset[str] = frozenset()
    client_clock_tolerance: int | None = None
    discard_corrupted: bool = False
    discard_duplicates: bool = False

    def takes(self, event: Event) -> bool:
        if self.sources is not None and event.source not in self.sources:
            return False
        if event.event_type in self.other_types:
            return False
        return self.event_types is None or event.event_type in self.event_types

    def time_of(self, event: Event) -> int:
        """The timestamp of what is made of an event, ms."""
        tolerance = self.client_clock_tolerance
        if tolerance is not None and abs(event.client_timestamp - event.timestamp) <= tolerance:
            return event.client_timestamp
        return event.timestamp


class Mapper:
    """One route at work. `step` maps what is there."""

    def __init__(self, route: Route, data: Path, clock: Clock) -> None:
        self.route = route
        self._data = data
        self._clock = clock
        self._topics = LocalTopics(data, clock)
        self._lock = _lock(data, route.name)
        self._reloading = Reloading(route.load, route.files, clock)
        self._account = read_account(data, ROOM, route.name) or Account(room=ROOM, name=route.name)
        self._durable_at = 0.0
        self._closers: list[Callable[[], None]] = [lambda: os.close(self._lock)]
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        if any(node.type == "agent" for node in self._reloading.current.script.nodes()):
            parse_agent("")  # its data takes a moment to load, and no event should wait for it
        schema, before = self._reloading.current.schema_json, self._account.details.get("outputs", {})
        self._sinks = [self._output(name, schema, options, before) for name, options in self.route.sinks]
        self._dead = self._output(self.route.dead_letter, DEAD_LETTER, self.route.dead_letter_options, before)
        position = self._account.positions.get(self.route.events, {})
        self._reader: TopicReader = self._topics.reader(self.route.events, position)
        self._closers.append(self._reader.close)

    def _output(self, name: str, schema: Any, options: WriterOptions, before: dict[str, Any]) -> Output:
        output = Output(self._topics, name, schema, options, self.route.name)
        self._closers.append(output.close)
        since = {int(number): offset for number, offset in before.get(name, {}).items()}
        output.recover(self.route.name, self.route.events, since)
        return output

    @property
    def account(self) -> Account:
        return self._account

    def step(self) -> int:
        """Map what is there, at most one batch; the number of events read. The account is true when it returns."""
        if self._reloading.refresh():
            for sink in self._sinks:
                sink.use_schema(self._reloading.current.schema_json)
        entries = self._read()
        if not entries:
            return 0
        counts = _Counts()
        for stored in entries:
            self._one(stored, counts)
        for output in (*self._sinks, self._dead):
            output.commit()
        self._write_account(counts)
        return len(entries)

    def _read(self) -> list[Stored]:
        try:
            return self._reader.read(_BATCH)
        except Gone as gone:
            lost = gone.first - gone.position
            _log.error("%s", gone)
            self._reader.seek({gone.partition: gone.first})
            counts = _Counts(received=lost, rejected={"expired": lost})
            self._write_account(counts)
            return []

    def _one(self, stored: Stored, counts: _Counts) -> None:
        event = stored_event(stored.value)
        if not self.route.takes(event):
            counts.others += 1
            return
        counts.received += 1
        result = self._mapped(event)
        at = self.route.events, stored.partition, stored.offset
        key = event.party_id.encode()
        if isinstance(result, Rejected):
            if any(sink.has(stored.partition, stored.offset) for sink in self._sinks):
                self._delivered_before(stored, counts)
                return
            counts.reject(result.reason)
            self._dead.append(*at, event.timestamp, key, dead_letter(self.route.name, result, stored))
        elif self._dead.has(stored.partition, stored.offset):
            counts.reject("unmappable")
        else:
            for sink in self._sinks:
                counts.deliver(sink.name)
                sink.append(*at, self.route.time_of(event), key, result)

    def _delivered_before(self, stored: Stored, counts: _Counts) -> None:
        """Mapped before a crash, and the mapping that came since refuses it: it stays delivered where it is."""
        for sink in self._sinks:
            if sink.has(stored.partition, stored.offset):
                counts.deliver(sink.name)

    def _mapped(self, event: Event) -> bytes | Rejected:
        if self.route.discard_corrupted and event.corrupt:
            return Rejected(reason="corrupt", message="the checksum does not match")
        if self.route.discard_duplicates and event.duplicate:
            return Rejected(reason="duplicate", message="the event was seen before")
        return self._reloading.current.map(event)

    def _write_account(self, counts: _Counts) -> None:
        old = self._account
        outputs = {one.name: {str(n): offset for n, offset in one.end().items()} for one in (*self._sinks, self._dead)}
        details: dict[str, Any] = {"outputs": outputs, "reloads": self._reloading.reloads}
        details["other_events"] = old.details.get("other_events", 0) + counts.others
        if self._reloading.error:
            details["reload_error"] = self._reloading.error
        self._account = Account(
            room=ROOM,
            name=self.route.name,
            positions={self.route.events: self._reader.position},
            received=old.received + counts.received,
            delivered=_added({sink.name: 0 for sink in self._sinks} | old.delivered, counts.delivered),
            rejected=_added(old.rejected, counts.rejected),
            updated=self._clock.now_ms(),
            details=details,
        )
        now = self._clock.monotonic_ms()
        durable = now >= self._durable_at
        if durable:
            self._durable_at = now + _DURABLE_MS
        write_account(self._data, self._account, durable=durable)

    def finish(self) -> None:
        """The last account, safe on disk."""
        write_account(self._data, self._account)

    def close(self) -> None:
        while self._closers:
            self._closers.pop()()


@dataclass
class _Counts:
    received: int = 0
    others: int = 0
    delivered: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)

    def deliver(self, output: str) -> None:
        self.delivered[output] = self.delivered.get(output, 0) + 1

    def reject(self, reason: str) -> None:
        self.rejected[reason] = self.rejected.get(reason, 0) + 1


def _added(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:
    return first | {name: first.get(name, 0) + count for name, count in second.items()}


def _lock(data: Path, name: str) -> int:
    """One process a mapping: two would deliver everything twice."""
    checked_name(name)
    folder = data / "ledger" / ROOM
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise RunError(f"another process is running the mapping {name}", todo="stop it first") from None
    return descriptor


def open_mappers(routes: Sequence[Route], data: Path, clock: Clock) -> list[Mapper]:
    """All routes at work; raises InputError with the mistakes of all mappings at once."""
    problems: list[Problem] = []
    kind: type[RiverrunError] = InputError
    for route in routes:
        try:
            route.load()
        except RiverrunError as error:
            kind = type(error) if not problems else InputError
            problems += error.problems
    if problems:
        raise kind(problems)
    mappers: list[Mapper] = []
    try:
        for route in routes:
            mappers.append(Mapper(route, data, clock))
    except BaseException:
        for mapper in mappers:
            mapper.close()
        raise
    return mappers


def run_room(
    routes: Sequence[Route],
    data: Path,
    stopping: Callable[[], bool],
    *,
    drain: bool = False,
    clock: Clock | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> list[Account]:
    """Map until `stopping()`; with `drain` until the end of the topics. What was begun is finished first."""
    mappers = open_mappers(routes, data, clock or SystemClock())
    try:
        while not stopping():
            if not sum(mapper.step() for mapper in mappers):
                if drain:
                    break
                wait(_POLL_MS / 1000)
        for mapper in mappers:
            mapper.finish()
        return [mapper.account for mapper in mappers]
    finally:
        for mapper in mappers:
            mapper.close()

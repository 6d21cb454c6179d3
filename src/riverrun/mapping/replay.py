"""Replay: dead letters, or a range of raw events, through the current mapping again. Running it twice changes nothing.

What a sink already has of an event is found by the event's origin and left alone, whether the map room or an earlier
replay wrote it. What is still rejected stays a dead letter and is tried again the next time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from riverrun.clock import Clock, SystemClock
from riverrun.errors import InputError
from riverrun.event import Event
from riverrun.ledger import Account, read_account, write_account
from riverrun.mapping.events import stored_event
from riverrun.mapping.outputs import MAPPING, ORIGIN, Output, origins, parse_origin
from riverrun.mapping.room import Route
from riverrun.record import Rejected
from riverrun.topics import LocalTopics, WriterOptions

ROOM = "replay"
_BATCH = 2000


class Again(NamedTuple):
    """An event to map again, and where it came from first."""

    event: Event
    partition: int
    offset: int


@dataclass
class Replayed:
    """delivered: sink -> new records; present: events that every sink had already; rejected: reason -> events."""

    read: int = 0
    present: int = 0
    delivered: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Range:
    """Raw events from `since` up to, without, `until` (ms, of the collector's clock)."""

    since: int | None = None
    until: int | None = None

    def holds(self, timestamp: int) -> bool:
        return (self.since is None or timestamp >= self.since) and (self.until is None or timestamp < self.until)


def dead_letters(topics: LocalTopics, route: Route) -> Iterator[Again]:
    """The events in the route's dead-letter topic."""
    name = route.name.encode()
    with topics.reader(topics.require(route.dead_letter)) as reader:
        while entries := reader.read(_BATCH):
            for stored in entries:
                headers = dict(stored.headers)
                origin = parse_origin(headers.get(ORIGIN, b""))
                if origin is not None and headers.get(MAPPING) == name and origin[0] == route.events:
                    yield Again(stored_event(stored.value["event"]), origin[1], origin[2])


def raw_events(topics: LocalTopics, route: Route, span: Range) -> Iterator[Again]:
    """The events of the route's events topic, in a span of time."""
    with topics.reader(topics.require(route.events)) as reader:
        while entries := reader.read(_BATCH):
            for stored in entries:
                if span.holds(stored.timestamp):
                    yield Again(stored_event(stored.value), stored.partition, stored.offset)


def replay(
    route: Route, data: Path, *, span: Range | None = None, into: str | None = None, clock: Clock | None = None
) -> Replayed:
    """Dead letters, or with `span` raw events. `into`: write to this topic instead of the route's sinks."""
    clock = clock or SystemClock()
    topics = LocalTopics(data, clock)
    mapping = route.load()
    sinks = ((into, WriterOptions()),) if into is not None else route.sinks
    if into is not None and into in (route.events, route.dead_letter):
        raise InputError(f"{into} is what is replayed", todo="choose another topic")
    done = Replayed()
    outputs: list[Output] = []
    known = {name: origins(topics, name, route.name, route.events) for name, _ in sinks}
    try:
        for name, options in sinks:
            outputs.append(Output(topics, name, mapping.schema_json, options, route.name))
        events = dead_letters(topics, route) if span is None else raw_events(topics, route, span)
        for number, again in enumerate(events, 1):
            if route.takes(again.event):
                _one(again, route, mapping.map(again.event), outputs, known, done)
            if number % _BATCH == 0:
                _commit(outputs)
        _commit(outputs)
    finally:
        for output in outputs:
            output.close()
    _write_account(data, route, done, clock.now_ms())
    return done


def _one(
    again: Again, route: Route, result: bytes | Rejected, outputs: list[Output], known: dict[str, Any], done: Replayed
) -> None:
    at = again.partition, again.offset
    done.read += 1
    missing = [output for output in outputs if at not in known[output.name]]
    if not missing:
        done.present += 1
    elif isinstance(result, Rejected):
        done.rejected[result.reason] = done.rejected.get(result.reason, 0) + 1
    else:
        for output in missing:
            known[output.name].add(at)
            output.append(route.events, *at, again.event.timestamp, again.event.party_id.encode(), result)
            done.delivered[output.name] = done.delivered.get(output.name, 0) + 1


def _commit(outputs: list[Output]) -> None:
    for output in outputs:
        output.commit()


def _write_account(data: Path, route: Route, done: Replayed, now_ms: int) -> None:
    """What all replays of a mapping delivered, beside the account of the map room."""
    old = read_account(data, ROOM, route.name) or Account(room=ROOM, name=route.name)
    delivered = dict(old.delivered)
    for name, count in done.delivered.items():
        delivered[name] = delivered.get(name, 0) + count
    new = max(done.delivered.values(), default=0)
    account = Account(
        room=ROOM, name=route.name, received=old.received + new, delivered=delivered, updated=now_ms,
        details={"last": {"read": done.read, "present": done.present, "still_rejected": done.rejected}},
    )  # fmt: skip
    write_account(data, account)

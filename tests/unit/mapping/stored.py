"""Events topics for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from riverrun.event import EVENT_FIELDS, EVENT_SCHEMA, Event
from riverrun.formats.avro import encoder
from riverrun.topics import Entry, LocalTopics

_encode = encoder(EVENT_SCHEMA)


def event(number: int, **members: Any) -> Event:
    made: dict[str, Any] = {
        "source": "browser", "source_kind": "browser", "party_id": f"0:a:{number % 7}", "session_id": "0:a:s",
        "event_id": f"e{number}", "timestamp": 1_500_000_000_000 + number, "client_timestamp": 1_500_000_000_000,
        "first_in_session": False, "new_party": False, "event_type": "pageView", "parameters": {"n": number},
    }  # fmt: skip
    return Event(**(made | members))


def event_value(one: Event) -> dict[str, Any]:
    """As it lies in an events topic."""
    value = {name: getattr(one, attribute) for attribute, name, _ in EVENT_FIELDS}
    value["eventParameters"] = json.dumps(one.parameters)
    value["headers"] = [{"name": name, "value": text} for name, text in one.headers]
    return value


def entry(one: Event) -> Entry:
    return Entry(one.timestamp, one.party_id.encode(), _encode(event_value(one)))


def write_events(data: Path, events: Iterable[Event], *, topic: str = "events", per_commit: int = 10) -> None:
    with LocalTopics(data).writer(topic, EVENT_SCHEMA) as writer:
        for number, one in enumerate(events, 1):
            writer.append(entry(one))
            if number % per_commit == 0:
                writer.commit()
        writer.commit()

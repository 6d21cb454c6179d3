"""What a collector knows when it starts again."""

from __future__ import annotations

import io
from pathlib import Path

import fastavro

from riverrun.collect.duplicates import DuplicateMemory
from riverrun.collect.storage import remember
from riverrun.topics import Entry, LocalTopics

SCHEMA = {
    "type": "record",
    "name": "E",
    "fields": [{"name": name, "type": "string"} for name in ("partyId", "sessionId", "eventId")],
}


def entry(number: int) -> Entry:
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, SCHEMA, {"partyId": "p", "sessionId": "s", "eventId": f"{number}"})
    return Entry(1, None, buffer.getvalue())


def test_an_event_that_was_stored_before_a_kill_is_a_duplicate_when_it_comes_again(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    for number in range(2):
        with topics.writer("events", SCHEMA, partition=number) as writer:
            writer.append(entry(number))
            writer.commit()
    memory = DuplicateMemory(1009)
    remember(topics, "events", memory)
    assert [memory.seen("p", "s", f"{number}")[0] for number in range(3)] == [True, True, False]


def test_a_first_start(tmp_path: Path) -> None:
    remember(LocalTopics(tmp_path), "events", DuplicateMemory(11))

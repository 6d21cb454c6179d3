"""Where a mapping's records go: local topics, written exactly once, also after a crash.

Every entry carries the place of the event that it was made of in the header `riverrun-origin`, and the mapping's name.
What an output holds beyond the last account is looked up at start, and not written again (ARCHITECTURE.md, Exactly
once).
"""

from __future__ import annotations

from collections.abc import Mapping as Positions
from typing import Any

from riverrun.topics import Entry, LocalTopics, TopicWriter, WriterOptions

ORIGIN = "riverrun-origin"
MAPPING = "riverrun-mapping"
Origin = tuple[int, int]  # partition and offset in the events topic


def origin_header(topic: str, partition: int, offset: int) -> tuple[str, bytes]:
    return ORIGIN, f"{topic}/{partition}/{offset}".encode()


def parse_origin(value: bytes) -> tuple[str, int, int] | None:
    """(topic, partition, offset); None when it is not an origin."""
    parts = value.decode("utf-8", "replace").rsplit("/", 2)
    if len(parts) != 3 or not (parts[1].isdigit() and parts[2].isdigit()):
        return None
    return parts[0], int(parts[1]), int(parts[2])


def origins(
    topics: LocalTopics, output: str, mapping: str, source: str, since: Positions[int, int] | None = None
) -> set[Origin]:
    """The events of `source` that `mapping` already made an entry of in `output`, behind the positions `since`."""
    found: set[Origin] = set()
    name = mapping.encode()
    with topics.reader(output, since) as reader:
        while entries := reader.read(5000):
            for stored in entries:
                headers = dict(stored.headers)
                origin = parse_origin(headers.get(ORIGIN, b"")) if headers.get(MAPPING) == name else None
                if origin is not None and origin[0] == source:
                    found.add(origin[1:])
    return found


class Output:
    """One topic that a mapping writes to."""

    def __init__(self, topics: LocalTopics, name: str, schema: Any, options: WriterOptions, mapping: str) -> None:
        self.name = name
        self._topics = topics
        self._mapping = (MAPPING, mapping.encode())
        self._writer: TopicWriter = topics.writer(name, schema, options)
        self._done: set[Origin] = set()

    def recover(self, mapping: str, source: str, since: Positions[int, int]) -> None:
        """Look up what is already there."""
        self._done = origins(self._topics, self.name, mapping, source, since)

    def has(self, partition: int, offset: int) -> bool:
        """Whether the event's entry was found at start."""
        return (partition, offset) in self._done

    def append(self, source: str, partition: int, offset: int, timestamp: int, key: bytes, value: bytes) -> None:
        if (partition, offset) in self._done:
            self._done.discard((partition, offset))
            return
        headers = (origin_header(source, partition, offset), self._mapping)
        self._writer.append(Entry(timestamp, key, value, headers))

    def commit(self) -> None:
        self._writer.commit()

    def use_schema(self, schema: Any) -> None:
        self._writer.use_schema(schema)

    def end(self) -> dict[int, int]:
        """Where the topic ends now, for the account."""
        return self._topics.end(self.name)

    def close(self) -> None:
        self._writer.close()

"""What a topic holds: entries as Kafka has them (timestamp, key, headers, value), and positions in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

Headers = tuple[tuple[str, bytes], ...]

# partition -> next offset to read; a partition that is missing is read from its first entry.
Position = Mapping[int, int]


class Entry(NamedTuple):
    """An entry to be written. `timestamp` is ms since the epoch; `value` is Avro binary in the writer's schema."""

    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Stored(NamedTuple):
    """An entry that was read. `value` is decoded (dict for a record; logical types are left as the numbers they are),
    `raw` the Avro binary it was decoded from, `schema` the Avro schema it was written with (as parsed JSON)."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: Any
    headers: Headers
    raw: bytes | None
    schema: Any

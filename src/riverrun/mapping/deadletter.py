"""Dead letters: what the topic of rejected events holds, and the event in it."""

from __future__ import annotations

from typing import Any

from riverrun.event import EVENT_SCHEMA
from riverrun.formats.avro import Encoder, encoder
from riverrun.formats.avro_binary import encode_long, encode_text
from riverrun.record import Rejected
from riverrun.topics import Stored

SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "DeadLetter",
    "namespace": "io.riverrun",
    "doc": "An event that a mapping did not make a record of, and why.",
    "fields": [
        {"name": "mapping", "type": "string", "doc": "name of the mapping"},
        {"name": "reason", "type": "string", "doc": "a short word, for counting"},
        {"name": "message", "type": "string", "doc": "what was wrong with which value"},
        {"name": "field", "type": ["null", "string"], "default": None, "doc": "path of the schema field concerned"},
        {"name": "file", "type": ["null", "string"], "default": None, "doc": "the mapping script"},
        {"name": "line", "type": ["null", "int"], "default": None, "doc": "line of the script"},
        {"name": "event", "type": EVENT_SCHEMA},
    ],
}
_encode_event: Encoder = encoder(EVENT_SCHEMA)


def dead_letter(mapping: str, rejected: Rejected, stored: Stored) -> bytes:
    """The Avro binary of a dead letter for an entry of an events topic."""
    where = rejected.where
    line = None if where is None else where.line
    return b"".join(
        (
            encode_text(mapping),
            encode_text(rejected.reason),
            encode_text(rejected.message[:2000]),
            _optional_text(rejected.field),
            _optional_text(where.file if where else None),
            b"\x00" if line is None else b"\x02" + encode_long(line),
            event_bytes(stored),
        )
    )


def event_bytes(stored: Stored) -> bytes:
    """The event as EVENT_SCHEMA writes it, also when the entry was written with an older version of it."""
    if stored.schema == EVENT_SCHEMA and stored.raw is not None:
        return stored.raw
    return _encode_event(stored.value)


def _optional_text(text: str | None) -> bytes:
    return b"\x00" if text is None else b"\x02" + encode_text(text)

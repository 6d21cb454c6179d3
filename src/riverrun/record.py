"""The two things a mapping makes of an event: a record for a topic, or a rejection with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from riverrun.errors import Where


class Record(msgspec.Struct, frozen=True):
    """A mapped event, ready for a topic: `value` is Avro binary (no header) written with the mapping's schema."""

    key: bytes
    timestamp: int
    value: bytes


class Rejected(msgspec.Struct, frozen=True):
    """An event that did not become a record, and why. It goes to a dead-letter topic and stops nothing.

    reason      a short stable word, for counting: "unmappable", "unparsable", "corrupt", "duplicate", "dropped" ...
    message     for a person: what was wrong with which value
    field       the path of the schema field concerned (`context.device.type`)
    where       the line of the script concerned
    detail      anything else worth keeping (found value, expected type)
    """

    reason: str
    message: str
    field: str | None = None
    where: Where | None = None
    detail: Mapping[str, Any] = {}

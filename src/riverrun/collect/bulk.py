"""Many JSON events of one request at once: those that need no second look, straight from JSON to entries.

This is `json_source` and `Intake.judge` for the usual case, faster: every event is as it should be, and no policy
applies. Whatever is unusual is left to them (a test compares the two).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from riverrun.collect.duplicates import DuplicateMemory
from riverrun.collect.encode import FLAGS, Frame, text_field
from riverrun.collect.json_source import Posted, nested_too_deep, parse_time, query_of, several
from riverrun.collect.request import CANONICAL, Request
from riverrun.config.model import Limits
from riverrun.formats.avro_binary import encode_long

_any = msgspec.json.Decoder()


# An event: its party, what was posted, the client's time in it, its parameters as JSON (empty when there are none).
Row = tuple[str, Posted, int, bytes]


class Accepted(NamedTuple):
    """What is kept of an event until it is stored: its entry, its place in the duplicate memory, what to count."""

    entry: bytes
    slot: int
    signature: int
    corrupt: bool
    duplicate: bool
    privacy: str


def usual_rows(body: bytes, party_id: str | None, limits: Limits) -> list[Row] | None:
    """The events of a JSON list when all of them are plain and right. `party_id`: for those that name none."""
    try:
        posted = several(body)
        if not posted or len(posted) > limits.batch_events:
            return None
        return [_row(one, party_id, limits.nesting) for one in posted]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, _Unusual):
        return None


class _Unusual(Exception):
    pass


def _row(posted: Posted, party_id: str | None, max_depth: int) -> Row:
    given = posted.party_id
    if given is not None:
        party_id = given if CANONICAL.match(given) else None
    timestamp = parse_time(posted.client_timestamp_iso)
    if party_id is None or timestamp is None or posted.consent is not None or not CANONICAL.match(posted.session_id):
        raise _Unusual
    parameters = bytes(posted.parameters)
    if parameters:
        if nested_too_deep(parameters, max_depth):
            raise _Unusual
        _any.decode(parameters)
    return party_id, posted, timestamp, parameters


def accepted(rows: Sequence[Row], request: Request, frame: Frame, duplicates: DuplicateMemory) -> list[Accepted]:
    """What is to be stored of these events, in order."""
    time, end = encode_long(request.timestamp), frame.app_end(request.method, query_of(request.query))
    seen, app_entry = duplicates.seen, frame.app_entry
    known, party = "", b""
    found = []
    for party_id, posted, client_timestamp, parameters in rows:
        if party_id != known:
            known, party = party_id, text_field(party_id)
        session_id, event_id = posted.session_id, posted.event_id
        duplicate, slot, signature = seen(party_id, session_id, event_id)
        flags = FLAGS[posted.is_new_session, posted.is_new_party, False, duplicate]
        entry = app_entry(
            time, party, session_id, event_id, posted.event_type, flags, client_timestamp, parameters, end
        )
        found.append(Accepted(entry, slot, signature, False, duplicate, "none"))
    return found

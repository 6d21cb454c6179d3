"""Many JSON events of one request at once: those that need no second look, straight from JSON to entries.

This is `json_source` and `Intake.judge` for the usual case, faster: every event is as it should be, and no policy
applies. Whatever is unusual is left to them (a test compares the two).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from riverrun.collect.duplicates import DuplicateMemory
from riverrun.collect.encode import FLAGS, Frame
from riverrun.collect.json_source import Posted, nested_too_deep, parse_time, query_of, several
from riverrun.collect.request import CANONICAL, Request
from riverrun.config.model import Limits
from riverrun.formats.avro_binary import encode_long

_any = msgspec.json.Decoder()
_encode = msgspec.json.Encoder().encode


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
        rows = [_row(one, party_id, limits.nesting) for one in posted]
        # Each of them is one JSON value, or there were no list; whether all is right with it is asked for all at once.
        _any.decode(b"[%b]" % b",".join([parameters for _, _, _, parameters in rows if parameters]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, _Unusual):
        return None
    return rows


class _Unusual(Exception):
    pass


def _row(posted: Posted, party_id: str | None, max_depth: int) -> Row:
    given, session_id = posted.party_id, posted.session_id
    if given is not None:
        party_id = given if CANONICAL.match(given) else None
    timestamp = parse_time(posted.client_timestamp_iso)
    if party_id is None or timestamp is None or posted.consent is not None:
        raise _Unusual
    if session_id != party_id and not CANONICAL.match(session_id):
        raise _Unusual
    parameters = bytes(posted.parameters)
    if len(parameters) > max_depth and nested_too_deep(parameters, max_depth):
        raise _Unusual
    return party_id, posted, timestamp, parameters


def accepted(rows: Sequence[Row], request: Request, frame: Frame, duplicates: DuplicateMemory) -> list[Accepted]:
    """What is to be stored of these events, in order."""
    time, end = encode_long(request.timestamp), frame.app_end(request.method, query_of(request.query))
    seen, app_entry = duplicates.seen_joined, frame.app_entry
    starts: dict[tuple[str, str, str | None], bytes] = {}
    found = []
    make = tuple.__new__  # what Accepted(...) does, without a call of Python's
    for party_id, posted, client_timestamp, parameters in rows:
        session_id, event_id = posted.session_id, posted.event_id
        same = party_id, session_id, posted.event_type
        start = starts.get(same)
        if start is None:
            start = starts[same] = frame.app_start(time, *same)
        duplicate, slot, signature = seen(party_id + session_id + event_id)
        flags = FLAGS[posted.is_new_session, posted.is_new_party, False, duplicate]
        entry = app_entry(start, event_id, flags, time, client_timestamp, parameters, end)
        found.append(make(Accepted, (entry, slot, signature, False, duplicate, "none")))
    return found


def usual_results(rows: Sequence[Row], kept: Sequence[Accepted]) -> bytes:
    """`all_results` of events that are all taken."""
    ids = _encode([posted.event_id for _, posted, _, _ in rows])
    if b"\\" in ids or any(one.duplicate for one in kept):
        both = zip(rows, kept, strict=True)
        every = [accepted_result(posted.event_id, duplicate=one.duplicate) for (_, posted, _, _), one in both]
        return all_results(len(kept), every)
    # Without a backslash every quotation mark begins or ends an id.
    inner = ids[2:-2].replace(b'","', b'"},{"status":"accepted","event_id":"')
    return b'{"accepted":%d,"results":[{"status":"accepted","event_id":"%b"}]}' % (len(kept), inner)


def all_results(accepted: int, results: Sequence[dict[str, Any]]) -> bytes:
    """The answer to several events."""
    return _encode({"accepted": accepted, "results": results})


def accepted_result(event_id: str, *, duplicate: bool) -> dict[str, Any]:
    """What the answer to several events says of one that is taken."""
    result = {"status": "accepted", "event_id": event_id}
    return {**result, "duplicate": True} if duplicate else result

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
from riverrun.collect.json_source import Posted, nested_too_deep, parse_times, query_of, several
from riverrun.collect.request import CANONICAL, Request
from riverrun.config.model import Limits
from riverrun.formats.avro_binary import encode_long, encode_longs

_any = msgspec.json.Decoder()
_encode = msgspec.json.Encoder().encode


class Rows(NamedTuple):
    """Several events, each list with one thing of all of them."""

    posted: list[Posted]
    parties: list[str]
    times: list[int]  # the client's
    parameters: list[bytes]  # JSON; empty when there are none


class Accepted(NamedTuple):
    """What is kept of an event until it is stored: its entry, its place in the duplicate memory, what to count."""

    entry: bytes
    slot: int
    signature: int
    corrupt: bool
    duplicate: bool
    privacy: str


class Packed:
    """What is kept of several events until they are stored: their entries in one piece and the sizes of these, their
    places in the duplicate memory, and which of them came before."""

    __slots__ = ("duplicates", "marks", "piece", "sizes")

    def __init__(self, entries: list[bytes], seen: list[tuple[bool, int, int]]) -> None:
        self.piece = b"".join(entries)
        self.sizes = list(map(len, entries))
        self.marks = [(slot, signature) for _, slot, signature in seen]
        self.duplicates = [duplicate for duplicate, _, _ in seen]

    def __len__(self) -> int:
        return len(self.sizes)


def usual_rows(body: bytes, party_id: str | None, limits: Limits) -> Rows | None:
    """The events of a JSON list when all of them are plain and right. `party_id`: for those that name none."""
    try:
        posted = several(body)
        if not posted or len(posted) > limits.batch_events:
            return None
        parties = _parties(posted, party_id)
        times = parse_times([one.client_timestamp_iso for one in posted])
        if times is None:
            return None
        parameters = [bytes(one.parameters) for one in posted]
        # Each of them is one JSON value, or there were no list; whether all is right with it is asked for all at once.
        given = b"[%b]" % b",".join(filter(None, parameters))
        _any.decode(given)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, _Unusual):
        return None
    most = limits.nesting
    if given.count(b"[") + given.count(b"{") > most and any(nested_too_deep(one, most) for one in parameters):
        return None
    return Rows(posted, parties, times, parameters)


class _Unusual(Exception):
    pass


def _parties(posted: list[Posted], party_id: str | None) -> list[str]:
    """The party of each; _Unusual if one has none, if a session is none, or if there is consent to be looked at."""
    found, known = [], party_id  # the identifier that was looked at last
    for one in posted:
        party, session = one.party_id, one.session_id
        if party is None:
            party = party_id
        elif not CANONICAL.match(party):
            raise _Unusual
        if party is None or one.consent is not None:
            raise _Unusual
        if session not in (party, known) and not CANONICAL.match(session):
            raise _Unusual
        known = session
        found.append(party)
    return found


def accepted(rows: Rows, request: Request, frame: Frame, duplicates: DuplicateMemory) -> Packed:
    """What is to be stored of these events, in order."""
    seen = duplicates.seen_all(
        [party_id + one.session_id + one.event_id for party_id, one in zip(rows.parties, rows.posted, strict=True)]
    )
    time, end = encode_long(request.timestamp), frame.app_end(request.method, query_of(request.query))
    entry_of, last, start = frame.app_entry, None, b""
    starts: dict[tuple[str, str, str | None], bytes] = {}
    entries = []
    for one, party_id, client, parameters, (duplicate, _, _) in zip(
        rows.posted, rows.parties, encode_longs(rows.times), rows.parameters, seen, strict=True
    ):
        same = party_id, one.session_id, one.event_type
        if same != last:
            start = starts.get(same) or starts.setdefault(same, frame.app_start(time, *same))
            last = same
        flags = FLAGS[one.is_new_session, one.is_new_party, False, duplicate]
        entries.append(entry_of(start, one.event_id, flags, time, client, parameters, end))
    return Packed(entries, seen)


def usual_results(rows: Rows, kept: Packed) -> bytes:
    """`all_results` of events that are all taken."""
    ids = [one.event_id for one in rows.posted]
    text = _encode(ids)
    if b"\\" in text or any(kept.duplicates):
        both = zip(ids, kept.duplicates, strict=True)
        return all_results(len(kept), [accepted_result(name, duplicate=duplicate) for name, duplicate in both])
    # Without a backslash every quotation mark begins or ends an id.
    inner = text[2:-2].replace(b'","', b'"},{"status":"accepted","event_id":"')
    return b'{"accepted":%d,"results":[{"status":"accepted","event_id":"%b"}]}' % (len(kept), inner)


def all_results(accepted: int, results: Sequence[dict[str, Any]]) -> bytes:
    """The answer to several events."""
    return _encode({"accepted": accepted, "results": results})


def accepted_result(event_id: str, *, duplicate: bool) -> dict[str, Any]:
    """What the answer to several events says of one that is taken."""
    result = {"status": "accepted", "event_id": event_id}
    return {**result, "duplicate": True} if duplicate else result

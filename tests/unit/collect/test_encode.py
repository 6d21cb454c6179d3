"""What is written by hand is what fastavro writes."""

from __future__ import annotations

import io
from typing import Any

import fastavro
import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Raw

from riverrun.collect.encode import REFUSED_SCHEMA, Refused, encode_headers, event_entry, refused_entry
from riverrun.event import EVENT_FIELDS, EVENT_SCHEMA, Event
from riverrun.record import Rejected
from riverrun.topics.segment import EntryDecoder, entry_schema, without_logical_types

EVENT = fastavro.parse_schema(without_logical_types(EVENT_SCHEMA), expand=True)
BROWSER_ONLY = (
    "location", "referer", "viewport_pixel_width", "viewport_pixel_height", "screen_pixel_width", "screen_pixel_height",
    "device_pixel_ratio", "page_view_id",
)  # fmt: skip
text = st.text(max_size=80)
int32 = st.integers(-(2**31), 2**31 - 1)
int64 = st.integers(-(2**63), 2**63 - 1)
events = st.builds(
    Event,
    source=text,
    source_kind=st.sampled_from(["browser", "json"]),
    party_id=text,
    session_id=text,
    event_id=text,
    timestamp=int64,
    client_timestamp=int64,
    first_in_session=st.booleans(),
    new_party=st.booleans(),
    corrupt=st.booleans(),
    duplicate=st.booleans(),
    page_view_id=st.none() | text,
    event_type=st.none() | text,
    location=st.none() | text,
    referer=st.none() | text,
    viewport_pixel_width=st.none() | int32,
    viewport_pixel_height=st.none() | int32,
    screen_pixel_width=st.none() | int32,
    screen_pixel_height=st.none() | int32,
    device_pixel_ratio=st.none() | st.floats(allow_nan=False),
    parameters=st.sampled_from([UNSET, None, 1, {"a": [1, "x"]}, Raw(b'{"b":1.50}')]),
    remote_host=st.none() | text,
    user_agent=st.none() | text,
    headers=st.lists(st.tuples(text, text), max_size=4).map(tuple),
    method=st.sampled_from(["GET", "POST"]),
    query=st.none() | text,
    consent=st.none() | st.dictionaries(text, st.booleans(), max_size=3),
    privacy=text,
)


def as_record(event: Event) -> dict[str, Any]:
    record = {name: getattr(event, attribute) for attribute, name, _ in EVENT_FIELDS}
    parameters = event.parameters
    record["eventParameters"] = None if parameters is UNSET else msgspec.json.encode(parameters).decode()
    record["headers"] = [{"name": name, "value": value} for name, value in event.headers]
    return record


def decoded(raw: bytes) -> dict[str, Any]:
    found = fastavro.schemaless_reader(io.BytesIO(raw), EVENT, None)
    assert isinstance(found, dict)
    return found


def whole(event: Event) -> bytes:
    return event_entry(event, encode_headers([(name.encode(), value.encode()) for name, value in event.headers]))


@given(events)
def test_events(event: Event) -> None:
    if event.source_kind == "json":
        event = msgspec.structs.replace(event, **dict.fromkeys(BROWSER_ONLY))
    expected = io.BytesIO()
    fastavro.schemaless_writer(expected, EVENT, as_record(event))
    (stored,) = EntryDecoder(entry_schema(EVENT_SCHEMA)).decode(whole(event), 1, 0, 7)
    assert stored.timestamp == event.timestamp
    assert stored.key == event.party_id.encode()
    assert stored.headers == ()
    assert stored.raw == expected.getvalue()
    assert decoded(stored.raw) == as_record(event)


@given(
    st.builds(
        Refused,
        source=text,
        timestamp=int64,
        rejected=st.builds(Rejected, reason=text, message=text, field=st.none() | text),
        method=st.none() | text,
        query=st.none() | text,
        body=st.none() | st.binary(max_size=50),
        remote_host=st.none() | text,
        user_agent=st.none() | text,
    )
)
def test_refused(refused: Refused) -> None:
    (stored,) = EntryDecoder(entry_schema(REFUSED_SCHEMA)).decode(refused_entry(refused), 1, 0, 0)
    assert stored.value == {
        "source": refused.source,
        "timestamp": refused.timestamp,
        "reason": refused.rejected.reason,
        "message": refused.rejected.message,
        "field": refused.rejected.field,
        "method": refused.method,
        "query": refused.query,
        "body": refused.body,
        "remoteHost": refused.remote_host,
        "userAgentString": refused.user_agent,
    }

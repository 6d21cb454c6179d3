"""Events and rejected requests as entries of their topics: Avro binary by hand (the tests compare it with fastavro)."""

from __future__ import annotations

import struct
from typing import Any

import msgspec

from riverrun.event import Event
from riverrun.record import Rejected
from riverrun.topics.segment import encode_bytes, encode_long

_NULL = b"\x00"
_SECOND = b"\x02"  # the branch that is not null, of a union
_END = b"\x00"
_BOOLEAN = (b"\x00", b"\x01")
_double = struct.Struct("<d").pack
_json = msgspec.json.Encoder(decimal_format="number").encode


def encode_event(event: Event) -> bytes:
    """The value of an entry in an events topic: `event` in `riverrun.event.EVENT_SCHEMA`."""
    consent = event.consent
    parameters = event.parameters
    return b"".join(
        (
            _text(event.source),
            _text(event.source_kind),
            _optional(event.event_type),
            _text(event.party_id),
            _text(event.session_id),
            _optional(event.page_view_id),
            _text(event.event_id),
            _BOOLEAN[event.first_in_session],
            _BOOLEAN[event.new_party],
            _BOOLEAN[event.corrupt],
            _BOOLEAN[event.duplicate],
            encode_long(event.timestamp),
            encode_long(event.client_timestamp),
            _optional(event.location),
            _optional(event.referer),
            _integer(event.viewport_pixel_width),
            _integer(event.viewport_pixel_height),
            _integer(event.screen_pixel_width),
            _integer(event.screen_pixel_height),
            _NULL if event.device_pixel_ratio is None else _SECOND + _double(event.device_pixel_ratio),
            _optional(event.remote_host),
            _optional(event.user_agent),
            _NULL if parameters is msgspec.UNSET else _SECOND + encode_bytes(_json(parameters)),
            _headers(event.headers),
            _text(event.method),
            _optional(event.query),
            _NULL if consent is None else _SECOND + _consent(consent),
            _text(event.privacy),
        )
    )


def event_entry(event: Event) -> bytes:
    """The whole entry: the event's time, the party as key, the event."""
    key = _SECOND + _text(event.party_id)
    return b"".join((encode_long(event.timestamp), key, _END, _SECOND, encode_event(event)))


def _text(text: str) -> bytes:
    raw = text.encode()
    return encode_long(len(raw)) + raw


def _optional(text: str | None) -> bytes:
    if text is None:
        return _NULL
    raw = text.encode()
    return _SECOND + encode_long(len(raw)) + raw


def _integer(number: int | None) -> bytes:
    return _NULL if number is None else _SECOND + encode_long(number)


def _headers(headers: tuple[tuple[str, str], ...]) -> bytes:
    if not headers:
        return _END
    parts = [encode_long(len(headers))]
    for name, value in headers:
        parts += (_text(name), _text(value))
    parts.append(_END)
    return b"".join(parts)


def _consent(consent: dict[str, bool]) -> bytes:
    if not consent:
        return _END
    members = b"".join(_text(purpose) + _BOOLEAN[given] for purpose, given in consent.items())
    return encode_long(len(consent)) + members + _END


# --- what was refused ------------------------------------------------------------------------------------------------


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A request, or an event in one, that did not become an event. What it said is kept as far as privacy allows."""

    source: str
    timestamp: int
    rejected: Rejected
    method: str | None = None
    query: str | None = None
    body: bytes | None = None
    remote_host: str | None = None
    user_agent: str | None = None


def _nullable(name: str, kind: Any) -> dict[str, Any]:
    return {"name": name, "type": ["null", kind], "default": None}


REFUSED_SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "RejectedEvent",
    "namespace": "io.riverrun",
    "doc": "A request, or an event in one, that did not become an event, and why.",
    "fields": [
        {"name": "source", "type": "string"},
        {"name": "timestamp", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "reason", "type": "string"},
        {"name": "message", "type": "string"},
        _nullable("field", "string"),
        _nullable("method", "string"),
        _nullable("query", "string"),
        _nullable("body", "bytes"),
        _nullable("remoteHost", "string"),
        _nullable("userAgentString", "string"),
    ],
}


def refused_entry(refused: Refused) -> bytes:
    """The whole entry in the topic of rejected requests; it has no key."""
    rejected = refused.rejected
    return b"".join(
        (
            encode_long(refused.timestamp),
            _NULL,
            _END,
            _SECOND,
            _text(refused.source),
            encode_long(refused.timestamp),
            _text(rejected.reason),
            _text(rejected.message),
            _optional(rejected.field),
            _optional(refused.method),
            _optional(refused.query),
            _NULL if refused.body is None else _SECOND + encode_bytes(refused.body),
            _optional(refused.remote_host),
            _optional(refused.user_agent),
        )
    )

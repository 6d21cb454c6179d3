"""Events and rejected requests as entries of their topics: Avro binary by hand (the tests compare it with fastavro)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import msgspec

from riverrun.collect.request import text
from riverrun.event import Event
from riverrun.formats.avro_binary import Lengths, Texts, encode_bytes, encode_long
from riverrun.record import Rejected

_NULL = b"\x00"
_SECOND = b"\x02"  # the branch that is not null, of a union
_END = b"\x00"
_BOOLEAN = (b"\x00", b"\x01")
NO_HEADERS = _END
_double = struct.Struct("<d").pack
_json = msgspec.json.Encoder(decimal_format="number").encode
_LENGTHS = Lengths()
_OPTIONAL_LENGTHS = Lengths(_SECOND)
_TEXTS = Texts()
_OPTIONAL_TEXTS = Texts(_SECOND)
_INTEGERS = Lengths(_SECOND)


class Frame:
    """The parts of an entry that are the same for many events, encoded once: the source, and what the headers of a
    request say."""

    __slots__ = ("_address", "_began", "_got", "_headers", "_no_page", "_start", "_time", "source")

    def __init__(
        self,
        source: str,
        source_kind: str,
        remote_host: str | None,
        user_agent: str | None,
        headers: bytes,
    ) -> None:
        """`headers` as `encode_headers` makes them."""
        self.source = source
        self._start = b"".join((_END, _SECOND, text_field(source), text_field(source_kind)))
        self._address = _optional(remote_host) + _optional(user_agent)
        self._no_page = _NO_PAGE + self._address
        self._headers = headers
        self._got = headers + _TEXTS["GET"]
        self._began, self._time = 0, encode_long(0)

    def entry(self, event: Event) -> bytes:
        """The whole entry: the event's time, the party as key, the event."""
        if event.source_kind == "json":
            return self._app_entry(event)
        if event.timestamp != self._began:
            self._began, self._time = event.timestamp, encode_long(event.timestamp)
        # In line, not a function a field: this is what a collector does most.
        time, party, session = self._time, event.party_id.encode(), event.session_id.encode()
        event_id, party_length = event.event_id.encode(), _LENGTHS[len(party)]
        parameters, consent, query = event.parameters, event.consent, event.query
        return b"".join(
            (
                time,
                _SECOND,
                party_length,
                party,
                self._start,
                _NULL if event.event_type is None else _optional(event.event_type),
                party_length,
                party,
                _LENGTHS[len(session)],
                session,
                _NULL if event.page_view_id is None else _optional(event.page_view_id),
                _LENGTHS[len(event_id)],
                event_id,
                FLAGS[event.first_in_session, event.new_party, event.corrupt, event.duplicate],
                time,
                encode_long(event.client_timestamp),
                _browser_only(event),
                self._address,
                _NULL if parameters is msgspec.UNSET else _SECOND + encode_bytes(_json(parameters)),
                self._headers,
                _TEXTS[event.method],
                _NULL if query is None else _optional(query),
                _NULL if consent is None else _SECOND + _consent(consent),
                _TEXTS[event.privacy],
            )
        )

    def page_entry(
        self, timestamp: int, party: bytes, session: bytes, page: bytes, event: bytes, kind: bytes, flags: bytes,
        client_timestamp: int, location: bytes | None, referer: bytes, screen: bytes, parameters: bytes | None,
        query: bytes,
    ) -> bytes:  # fmt: skip
        """Of an event of a browser's GET. Type, flags, referer and screen (sizes and ratio) are fields already; the
        other bytes are UTF-8."""
        if timestamp != self._began:
            self._began, self._time = timestamp, encode_long(timestamp)
        time, lengths, optional_lengths, party_length = self._time, _LENGTHS, _OPTIONAL_LENGTHS, _LENGTHS[len(party)]
        return b"".join(
            (
                time, _SECOND, party_length, party, self._start, kind, party_length, party,
                lengths[len(session)], session, optional_lengths[len(page)], page, lengths[len(event)], event,
                flags, time, encode_long(client_timestamp),
                _NULL if location is None else optional_lengths[len(location)] + location,
                referer, screen, self._address,
                _NULL if parameters is None else optional_lengths[len(parameters)] + parameters,
                self._got, optional_lengths[len(query)], query, _NO_CONSENT_AS_IT_IS,
            )
        )  # fmt: skip

    def app_start(self, time: bytes, party_id: str, session_id: str, event_type: str | None) -> bytes:
        """The first fields of an event of a JSON source, up to its id; `time` is a field already."""
        party = text_field(party_id)
        kind = _NULL if event_type is None else _OPTIONAL_TEXTS[event_type]
        return b"".join((time, _SECOND, party, self._start, kind, party, text_field(session_id), _NULL))

    def app_entry(
        self, start: bytes, event_id: str, flags: bytes, time: bytes, client_time: bytes, parameters: bytes, end: bytes
    ) -> bytes:
        """Of an event of a JSON source, between `app_start` and `app_end`. Flags and times are fields already;
        `parameters`: JSON, empty for none."""
        name = event_id.encode()
        given = _OPTIONAL_LENGTHS[len(parameters)] if parameters else _NULL
        length = _LENGTHS[len(name)]
        return b"".join((start, length, name, flags, time, client_time, self._no_page, given, parameters, end))

    def app_end(
        self, method: str, query: str | None, consent: dict[str, bool] | None = None, privacy: str = "none"
    ) -> bytes:
        """The last fields, which the events of one request share."""
        given = _NULL if consent is None else _SECOND + _consent(consent)
        return b"".join((self._headers, _TEXTS[method], _optional(query), given, _TEXTS[privacy]))

    def _app_entry(self, event: Event) -> bytes:
        parameters = b"" if event.parameters is msgspec.UNSET else _json(event.parameters)
        flags = FLAGS[event.first_in_session, event.new_party, event.corrupt, event.duplicate]
        time = encode_long(event.timestamp)
        start = self.app_start(time, event.party_id, event.session_id, event.event_type)
        end = self.app_end(event.method, event.query, event.consent, event.privacy)
        client_time = encode_long(event.client_timestamp)
        return self.app_entry(start, event.event_id, flags, time, client_time, parameters, end)


def event_entry(event: Event, headers: bytes) -> bytes:
    """The whole entry of one event with `headers` (of `encode_headers`)."""
    frame = Frame(event.source, event.source_kind, event.remote_host, event.user_agent, headers)
    return frame.entry(event)


def _browser_only(event: Event) -> bytes:
    return b"".join(
        (
            _NULL if event.location is None else _optional(event.location),
            _NULL if event.referer is None else _optional(event.referer),
            optional_integer(event.viewport_pixel_width),
            optional_integer(event.viewport_pixel_height),
            optional_integer(event.screen_pixel_width),
            optional_integer(event.screen_pixel_height),
            optional_number(event.device_pixel_ratio),
        )
    )


def optional_text(raw: bytes) -> bytes:
    """A field that may be null, of text in UTF-8."""
    return _OPTIONAL_LENGTHS[len(raw)] + raw


def optional_integer(number: int | None) -> bytes:
    return _NULL if number is None else _integer(number)


def optional_number(number: float | None) -> bytes:
    return _NULL if number is None else _SECOND + _double(number)


_NO_PAGE = _NULL * 7
_NO_CONSENT_AS_IT_IS = _NULL + _TEXTS["none"]
_EITHER = (False, True)
FLAGS = {
    (a, b, c, d): _BOOLEAN[a] + _BOOLEAN[b] + _BOOLEAN[c] + _BOOLEAN[d]
    for a in _EITHER for b in _EITHER for c in _EITHER for d in _EITHER
}  # fmt: skip


def _optional(text: str | None) -> bytes:
    if text is None:
        return _NULL
    raw = text.encode()
    return _OPTIONAL_LENGTHS[len(raw)] + raw


def _integer(number: int) -> bytes:
    return _INTEGERS[number] if number >= 0 else _SECOND + encode_long(number)


def encode_headers(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The field of an event's headers; names and values that are not UTF-8 are taken for ISO 8859-1."""
    if not headers:
        return NO_HEADERS
    parts = [_LENGTHS[len(headers)], *map(_HEADERS.__getitem__, headers), _END]
    return b"".join(parts)


class _Headers(dict[tuple[bytes, bytes], bytes]):
    """Headers encoded, those kept that come again and again: browsers differ in few of them."""

    LIMIT = 4096

    def __missing__(self, header: tuple[bytes, bytes]) -> bytes:
        name, value = header
        if not (name.isascii() and value.isascii()):
            name, value = text(name).encode(), text(value).encode()
        made = b"".join((_LENGTHS[len(name)], name, _LENGTHS[len(value)], value))
        if len(made) < 256 and name != b"cookie":
            if len(self) >= self.LIMIT:
                self.clear()
            self[header] = made
        return made


_HEADERS = _Headers()


def text_field(text: str) -> bytes:
    raw = text.encode()
    return _LENGTHS[len(raw)] + raw


def _consent(consent: dict[str, bool]) -> bytes:
    if not consent:
        return _END
    members = b"".join(text_field(purpose) + _BOOLEAN[given] for purpose, given in consent.items())
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
            text_field(refused.source),
            encode_long(refused.timestamp),
            text_field(rejected.reason),
            text_field(rejected.message),
            _optional(rejected.field),
            _optional(refused.method),
            _optional(refused.query),
            _NULL if refused.body is None else _SECOND + encode_bytes(refused.body),
            _optional(refused.remote_host),
            _optional(refused.user_agent),
        )
    )

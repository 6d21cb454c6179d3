"""The JSON source: what an app or a server posts to an event. Source: Divolte's wire protocol (docs/wire.md)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from riverrun.collect.browser import checked_consent
from riverrun.collect.request import Outcome, Request, Understood, all_headers, canonical_identifier
from riverrun.errors import did_you_mean
from riverrun.event import Event
from riverrun.record import Rejected

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|([+-])(\d\d):(\d\d)(?::(\d\d))?)\Z",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
REQUIRED = ("session_id", "event_id", "is_new_party", "is_new_session", "client_timestamp_iso")
OPTIONAL = ("event_type", "parameters", "party_id", "consent")  # the last two are riverrun's
_BOOLEANS = {"true": True, "false": False}

_members = msgspec.json.Decoder(dict[str, Raw])
_elements = msgspec.json.Decoder(list[Raw])
_any = msgspec.json.Decoder()


def is_batch(body: bytes) -> bool:
    """Whether a body is a list of events and not one event."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["


def batch(body: bytes, max_depth: int) -> list[bytes] | Rejected:
    """The texts of the elements of a JSON list."""
    problem = _too_deep(body, max_depth + 1)
    if problem is not None:
        return problem
    try:
        return [bytes(element) for element in _elements.decode(_without_mark(body))]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Rejected("not_json", str(error))


def json_event(body: bytes, party_id: str | None, request: Request, max_depth: int) -> Outcome:
    """The event in a JSON text. `party_id`: that of the query string, normalised; a member of that name goes before."""
    problem = _too_deep(body, max_depth)
    if problem is not None:
        return problem
    try:
        members = _decoded(_without_mark(body))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Rejected("not_json", str(error))
    return _event(members, party_id, request)


def _decoded(body: bytes) -> dict[str, Raw]:
    try:
        return _members.decode(body)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as error:
        trailing = _TRAILING.search(str(error))  # Divolte ignores what follows the first value
        if trailing is None:
            raise
        return _members.decode(body[: int(trailing[1]) - 1])


def _event(members: dict[str, Raw], party_id: str | None, request: Request) -> Outcome:
    known = REQUIRED + OPTIONAL
    for name in members:
        if name not in known:
            return Rejected(
                "unknown_member", f"there is no member {name[:100]!r}; {did_you_mean(name, known)}", name[:100]
            )
    values: dict[str, Any] = {}
    for name, raw in members.items():
        try:
            values[name] = _any.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Rejected("not_json", f"{name}: {error}", name)
    for name in REQUIRED:
        if name not in values:
            return Rejected("incomplete", f"the member {name} is missing", name)
    if "party_id" in values:
        given = values["party_id"]
        party_id = canonical_identifier(given) if isinstance(given, str) else None
    return _checked(values, members, party_id, request)


def _checked(values: dict[str, Any], members: dict[str, Raw], party_id: str | None, request: Request) -> Outcome:
    if party_id is None:
        return Rejected("no_party", "there is no party id, or it is not an identifier", "party_id")
    session_id = canonical_identifier(values["session_id"]) if isinstance(values["session_id"], str) else None
    if session_id is None:
        return Rejected("malformed", "session_id is not an identifier", "session_id")
    event_id = _text(values["event_id"])
    if event_id is None:
        return Rejected("malformed", "event_id is not a text", "event_id")
    timestamp = parse_time(values["client_timestamp_iso"])
    if timestamp is None:
        return Rejected(
            "malformed",
            "client_timestamp_iso is not an ISO 8601 time with an offset, such as 2016-06-01T18:54:16.123Z",
            "client_timestamp_iso",
        )
    flags = {name: _boolean(values[name]) for name in ("is_new_party", "is_new_session")}
    for name, flag in flags.items():
        if flag is None:
            return Rejected("malformed", f"{name} is not true or false", name)
    consent = values.get("consent")
    if consent is not None and checked_consent(consent) is None:
        return Rejected("malformed", "consent is not an object of booleans", "consent")
    return Understood(
        Event(
            source=request.source,
            source_kind="json",
            party_id=party_id,
            session_id=session_id,
            event_id=event_id,
            timestamp=request.timestamp,
            client_timestamp=timestamp,
            new_party=bool(flags["is_new_party"]),
            first_in_session=bool(flags["is_new_session"]),
            event_type=_text(values.get("event_type")),
            parameters=Raw(bytes(members["parameters"])) if "parameters" in members else UNSET,
            remote_host=request.remote_host,
            user_agent=request.header(b"user-agent"),
            headers=all_headers(request),
            method=request.method,
            query=request.query.decode("utf-8", "replace") or None,
            consent=consent,
        )
    )


def _text(value: Any) -> str | None:
    """Texts, and numbers as texts (as Divolte's binder takes them)."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _boolean(value: Any) -> bool | None:
    """null is false, 0 is false, other numbers and "true" are true (as Divolte's binder takes them)."""
    if value is None:
        return False
    if isinstance(value, str):
        return _BOOLEANS.get(value)
    return bool(value) if isinstance(value, bool | int) else None


def parse_time(value: Any) -> int | None:
    """Milliseconds of an ISO 8601 date and time with an offset; None for anything else.

    >>> parse_time("2016-06-01T18:54:16.123Z"), parse_time("2016-08-24T13:29+02:00"), parse_time("2016-08-24T13:29")
    (1464807256123, 1472038140000, None)
    """
    match = _TIME.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day, hour, minute = (int(match[group]) for group in range(1, 6))
    offset = timedelta(hours=int(match[10] or 0), minutes=int(match[11] or 0), seconds=int(match[12] or 0))
    if offset > timedelta(hours=18) or int(match[11] or 0) > 59 or int(match[12] or 0) > 59:
        return None
    try:
        local = datetime(year, month, day, hour, minute, int(match[6] or 0), tzinfo=UTC)
    except ValueError:
        return None
    delta = local - _EPOCH - (offset if match[9] != "-" else -offset)
    return delta // timedelta(milliseconds=1) + int((match[7] or "").ljust(3, "0")[:3])


def _too_deep(body: bytes, max_depth: int) -> Rejected | None:
    """A quick upper bound of the nesting first: brackets in texts count too."""
    if body.count(b"[") + body.count(b"{") <= max_depth or depth(body) <= max_depth:
        return None
    return Rejected("too_deep", f"nested more than {max_depth} deep")


_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


def depth(body: bytes) -> int:
    """How deep lists and objects go in a JSON text.

    >>> depth(b'{"a[[[": [1, {"b": []}]}')
    4
    """
    deepest = level = 0
    for match in _BRACKETS.finditer(body):
        mark = match[0][:1]
        if mark in b"[{":
            level += 1
            deepest = max(deepest, level)
        elif mark in b"]}":
            level -= 1
    return deepest


def _without_mark(body: bytes) -> bytes:
    return body.removeprefix(b"\xef\xbb\xbf")

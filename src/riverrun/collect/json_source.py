"""The JSON source: what an app or a server posts to an event. Source: Divolte's wire protocol (docs/wire.md)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET, Raw

from riverrun.collect.browser import MAX_PURPOSES, checked_consent
from riverrun.collect.request import Outcome, Request, canonical_identifier, text
from riverrun.errors import did_you_mean
from riverrun.event import Event
from riverrun.record import Rejected

_TIME = re.compile(
    r"((\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)(?:[Zz]|([+-])(\d\d):(\d\d)(?::(\d\d))?)\Z",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1)
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
REQUIRED = ("session_id", "event_id", "is_new_party", "is_new_session", "client_timestamp_iso")
OPTIONAL = ("event_type", "parameters", "party_id", "consent")  # the last two are riverrun's
_BOOLEANS = {"true": True, "false": False}


class Posted(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    session_id: str
    event_id: str
    is_new_party: bool
    is_new_session: bool
    client_timestamp_iso: str
    event_type: str | None = None
    parameters: Raw = Raw()  # empty: there were none
    party_id: str | None = None
    consent: dict[str, bool] | None = None


_one = msgspec.json.Decoder(Posted)
_several = msgspec.json.Decoder(list[Posted])
_members = msgspec.json.Decoder(dict[str, Raw])
_elements = msgspec.json.Decoder(list[Raw])
_any = msgspec.json.Decoder()


def is_batch(body: bytes) -> bool:
    """Whether a body is a list of events and not one event."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["


def several(body: bytes) -> list[Posted]:
    """The events of a list. Raises DecodeError when one of them is none, or not in the plain form."""
    return _several.decode(_without_mark(body))


def batch(
    body: bytes, party_id: str | None, request: Request, max_depth: int
) -> list[tuple[Outcome, bytes]] | Rejected:
    """Each element of a JSON list of events: what became of it, and its text."""
    try:
        return [(_checked(one, party_id, request, max_depth), b"") for one in several(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # somewhere in it is something else than plain events: one by one
    try:
        texts = [bytes(element) for element in _elements.decode(_without_mark(body))]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Rejected("not_json", str(error))
    except RecursionError:
        return _too_deep(max_depth)
    return [(json_event(text, party_id, request, max_depth), text) for text in texts]


def json_event(body: bytes, party_id: str | None, request: Request, max_depth: int) -> Outcome:
    """The event in a JSON text. `party_id`: that of the query string, normalised; a member of that name goes before."""
    body = _without_mark(body)
    try:
        return _checked(_one.decode(body), party_id, request, max_depth)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass  # not a plain event: see what Divolte would make of it, or what is wrong with it
    try:
        members = _decoded(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Rejected("not_json", str(error))
    except RecursionError:
        return _too_deep(max_depth)
    posted = _bound(members)
    return posted if isinstance(posted, Rejected) else _checked(posted, party_id, request, max_depth)


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


def _bound(members: dict[str, Raw]) -> Posted | Rejected:
    """The members with the types that Divolte's binder would turn them into."""
    known = REQUIRED + OPTIONAL
    for name in members:
        if name not in known:
            return Rejected(
                "unknown_member", f"there is no member {name[:100]!r}; {did_you_mean(name, known)}", name[:100]
            )
    values: dict[str, Any] = {}
    for name in REQUIRED:
        if name not in members:
            return Rejected("incomplete", f"the member {name} is missing", name)
    for name, raw in members.items():
        if name == "parameters":
            values[name] = raw
            continue
        try:
            values[name] = _BINDERS[name](_any.decode(raw))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Rejected("not_json", f"{name}: {error}", name)
        except TypeError as error:
            return Rejected("malformed", f"{name} is not {error}", name)
    return Posted(**values)


def _checked(posted: Posted, party_id: str | None, request: Request, max_depth: int) -> Outcome:
    if posted.party_id is not None:
        party_id = canonical_identifier(posted.party_id)
    if party_id is None:
        return Rejected("no_party", "there is no party id, or it is not an identifier", "party_id")
    session_id = canonical_identifier(posted.session_id)
    if session_id is None:
        return Rejected("malformed", "session_id is not an identifier", "session_id")
    timestamp = parse_time(posted.client_timestamp_iso)
    if timestamp is None:
        return Rejected(
            "malformed",
            "client_timestamp_iso is not an ISO 8601 time with an offset, such as 2016-06-01T18:54:16.123Z",
            "client_timestamp_iso",
        )
    if posted.consent is not None and len(posted.consent) > MAX_PURPOSES:
        return Rejected("malformed", f"consent has more than {MAX_PURPOSES} purposes", "consent")
    parameters: Any = UNSET
    raw = bytes(posted.parameters)
    if raw:
        wrong = _wrong_parameters(raw, max_depth)
        if wrong is not None:
            return wrong
        parameters = posted.parameters
    return Event(
        source=request.source,
        source_kind="json",
        party_id=party_id,
        session_id=session_id,
        event_id=posted.event_id,
        timestamp=request.timestamp,
        client_timestamp=timestamp,
        new_party=posted.is_new_party,
        first_in_session=posted.is_new_session,
        event_type=posted.event_type,
        parameters=parameters,
        remote_host=request.remote_host,
        user_agent=request.user_agent,
        method=request.method,
        query=query_of(request.query),
        consent=posted.consent,
    )


@lru_cache(64)
def query_of(raw: bytes) -> str | None:
    """Of the request; the events of one share it."""
    return text(raw) or None


def nested_too_deep(raw: bytes, max_depth: int) -> bool:
    """Whether a JSON text is nested deeper than that; most can be told by their length."""
    return len(raw) > max_depth and raw.count(b"[") + raw.count(b"{") > max_depth and depth(raw) > max_depth


def _wrong_parameters(raw: bytes, max_depth: int) -> Rejected | None:
    if nested_too_deep(raw, max_depth):
        return _too_deep(max_depth)
    try:
        _any.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Rejected("not_json", f"parameters: {error}", "parameters")
    return None


def _too_deep(max_depth: int) -> Rejected:
    return Rejected("too_deep", f"nested more than {max_depth} deep", "parameters")


def _text(value: Any) -> str:
    """Texts, and numbers as texts."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError("a text")


def _optional_text(value: Any) -> str | None:
    return None if value is None else _text(value)


def _boolean(value: Any) -> bool:
    """null is false, 0 is false, other numbers and "true" are true."""
    if value is None or isinstance(value, bool | int):
        return bool(value)
    if isinstance(value, str) and value in _BOOLEANS:
        return _BOOLEANS[value]
    raise TypeError("true or false")


def _consent(value: Any) -> dict[str, bool] | None:
    if value is None or checked_consent(value) is not None:
        return value  # type: ignore[no-any-return]  # just checked
    raise TypeError("an object of booleans")


_BINDERS: dict[str, Callable[[Any], Any]] = {
    "session_id": _text, "event_id": _text, "client_timestamp_iso": _text, "is_new_party": _boolean,
    "is_new_session": _boolean, "event_type": _optional_text, "party_id": _text, "consent": _consent,
}  # fmt: skip


def parse_time(value: str) -> int | None:
    """Milliseconds of an ISO 8601 date and time with an offset; None for anything else.

    >>> parse_time("2016-06-01T18:54:16.123Z"), parse_time("2016-08-24T13:29+02:00"), parse_time("2016-08-24T13:29")
    (1464807256123, 1472038140000, None)
    """
    fraction_ms = _USUAL_ENDS.get(value[19:])
    if fraction_ms is not None:
        began = _second(value[:19])
        if began is not None:
            return began + fraction_ms
    match = _TIME.match(value)
    if match is None:
        return None
    _, date, hour, minute, second, fraction, sign, *offset = match.groups()
    day = _day(date)
    offset_ms = _milliseconds(*offset) if sign else 0
    if day is None or hour > "23" or minute > "59" or (second or "") > "59" or offset_ms is None:
        return None
    local = day + int(hour) * 3_600_000 + int(minute) * 60_000 + int(second or 0) * 1000
    return local + int((fraction or "").ljust(3, "0")[:3]) - (offset_ms if sign == "+" else -offset_ms)


def parse_times(values: list[str]) -> list[int] | None:
    """`parse_time` of each; None when one is none."""
    try:
        return [_second(value[:19]) + _USUAL_ENDS[value[19:]] for value in values]  # type: ignore[operator]
    except (KeyError, TypeError):  # one is not written like that
        found = [parse_time(value) for value in values]
    return None if None in found else found  # type: ignore[return-value]  # none is None


_USUAL_ENDS = {f".{ms:03}Z": ms for ms in range(1000)}


@lru_cache(4096)
def _second(text: str) -> int | None:
    """Of a time in UTC without its fraction; None for what is not written like that."""
    return parse_time(text + "Z") if len(text) == 19 else None


@lru_cache(1024)
def _day(date: str) -> int | None:
    """Milliseconds of a date; None when there is no such day."""
    try:
        return (datetime.fromisoformat(date) - _EPOCH) // timedelta(milliseconds=1)
    except ValueError:
        return None


def _milliseconds(hours: str, minutes: str, seconds: str | None) -> int | None:
    """Of an offset, at most 18 hours."""
    if minutes > "59" or (seconds or "") > "59":
        return None
    total = int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)
    return total * 1000 if total <= 18 * 3600 else None


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

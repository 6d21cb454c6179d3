"""Events for a mapping: from the members that people write in files, and from what an events topic holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from riverrun.errors import InputError, Where, did_you_mean
from riverrun.event import EVENT_FIELDS, Event
from riverrun.mapping.values.json import decode

_TEXTS = ("page_view_id", "location", "referer", "party_id", "session_id", "event_id", "event_type", "remote_host",
          "user_agent", "source", "source_kind", "method", "query", "privacy")  # fmt: skip
_NUMBERS = ("viewport_pixel_width", "viewport_pixel_height", "screen_pixel_width", "screen_pixel_height", "timestamp",
            "client_timestamp")  # fmt: skip
_FLAGS = {"corrupt": "corrupt", "duplicate": "duplicate", "first_in_session": "first_in_session",
          "new_party_id": "new_party", "new_party": "new_party"}  # fmt: skip
_OTHERS = ("device_pixel_ratio", "parameters", "headers", "cookies", "consent")
MEMBERS = (*_TEXTS, *_NUMBERS, *_FLAGS, *_OTHERS)


def read_events(lines: Iterator[bytes], file: str) -> Iterator[Event]:
    """One event per line of JSON. Raises InputError at the first line that is none."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield event_of(decode(line))
            except (ValueError, RecursionError) as error:
                raise InputError(f"not JSON: {error}", where=Where(file, number)) from error
            except InputError as error:
                problem = error.problems[0]
                where = Where(file, number, path=problem.where.path if problem.where else None)
                raise InputError(problem.what, where=where, todo=problem.todo) from error


def event_of(members: Any) -> Event:
    """An event from its members (docs/mapping.md). A missing member is absent for the mapping, whatever it is."""
    if not isinstance(members, dict):
        raise InputError("an event is a JSON object")
    known: dict[str, Any] = dict.fromkeys(
        ("source", "source_kind", "party_id", "session_id", "event_id", "timestamp", "client_timestamp",
         "first_in_session", "new_party", "corrupt", "duplicate", "method")
    )  # fmt: skip
    for name, value in members.items():
        if name not in MEMBERS:
            raise InputError("an event has no such member", where=Where(path=name), todo=did_you_mean(name, MEMBERS))
        if name == "parameters":
            known["parameters"] = value
        elif value is not None:
            known |= _member(name, value)
    headers = known.pop("headers", ()) + known.pop("cookies", ())
    return Event(headers=headers, **known)


def _member(name: str, value: Any) -> dict[str, Any]:
    if name in _TEXTS:
        return {name: _checked(name, value, isinstance(value, str), "a text")}
    if name in _FLAGS:
        return {_FLAGS[name]: _checked(name, value, isinstance(value, bool), "true or false")}
    number = isinstance(value, (int, float)) or type(value).__name__ == "Decimal"
    if name in _NUMBERS:
        return {name: _checked(name, value, isinstance(value, int) and not isinstance(value, bool), "a whole number")}
    if name == "device_pixel_ratio":
        return {name: float(_checked(name, value, number and not isinstance(value, bool), "a number"))}
    _checked(name, value, isinstance(value, dict), "an object")
    if name == "consent":
        return {name: value}
    return {name: _headers(value) if name == "headers" else _cookies(value)}


def _checked(name: str, value: Any, fits: bool, what: str) -> Any:
    if not fits:
        raise InputError(f"{json.dumps(value, default=str)} is not {what}", where=Where(path=name))
    return value


def _headers(value: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """name -> one value or a list of values."""
    found = []
    for name, values in value.items():
        lines = values if isinstance(values, list) else [values]
        _checked(f"headers.{name}", values, all(isinstance(line, str) for line in lines), "a list of texts")
        found += [(name.lower(), line) for line in lines]
    return tuple(found)


def _cookies(value: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """As the header that a browser would send."""
    found = []
    for name, text in value.items():
        _checked(f"cookies.{name}", text, isinstance(text, str), "a text")
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        quoted = any(char in text for char in ';" \\') or text != text.strip()
        found.append(f'{name}="{escaped}"' if quoted else f"{name}={text}")
    return (("cookie", "; ".join(found)),) if found else ()


_STORED = tuple((attribute, name) for attribute, name, _ in EVENT_FIELDS if attribute not in ("parameters", "headers"))


def stored_event(value: Mapping[str, Any]) -> Event:
    """The event in an entry of an events topic (decoded with EVENT_SCHEMA or an older version of it). The parameters
    stay JSON text until a mapping asks for them."""
    members = {attribute: value[name] for attribute, name in _STORED if name in value}
    parameters = value.get("eventParameters")
    if parameters is not None:
        members["parameters"] = msgspec.Raw(parameters.encode())
    headers = tuple([(header["name"], header["value"]) for header in value.get("headers", ())])
    return Event(headers=headers, **members)


def members_of(event: Event) -> dict[str, Any]:
    """The members of an event, the absent ones left out: what `event_of` reads."""
    found: dict[str, Any] = {}
    for attribute, _, _ in EVENT_FIELDS:
        value = getattr(event, attribute)
        if attribute == "parameters" and type(value) is msgspec.Raw:
            value = decode(bytes(value))
        elif attribute == "headers":
            value = {name: [v for n, v in event.headers if n == name] for name, _ in event.headers} or None
        if value is not msgspec.UNSET and (value is not None or attribute == "parameters"):
            found["new_party_id" if attribute == "new_party" else attribute] = value
    return found


def events_in(path: Path) -> Iterator[Event]:
    """The events of a file of JSON lines."""
    try:
        with path.open("rb") as file:
            yield from read_events(iter(file), str(path))
    except OSError as error:
        raise InputError(f"cannot read the events: {error.strerror}", where=Where(str(path))) from error

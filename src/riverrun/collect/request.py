"""What an event source is told about an HTTP request, and the small readings that the sources share."""

from __future__ import annotations

import re

import msgspec

from riverrun.event import Event
from riverrun.ids import parse_identifier
from riverrun.record import Rejected

Header = tuple[bytes, bytes]  # name in lower case, value


class Request(msgspec.Struct, frozen=True):
    """`headers` in order; `remote_host` is the client's address after proxies; `timestamp` when it arrived (ms)."""

    source: str
    method: str
    query: bytes
    headers: list[Header]
    timestamp: int
    remote_host: str | None = None
    user_agent: str | None = None


# What a source makes of what was said: the event as its sender gave it, before the privacy policy and the duplicate
# memory, its headers still in the request; or why it is none. `privacy` "cookieless" is then a wish of the sender.
Outcome = Event | Rejected


def text(raw: bytes) -> str:
    """Bytes of a header or a URL, whatever they are."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


# An identifier whose time is written as we would write it, and fits 64 bits for certain.
CANONICAL = re.compile(r"0:(?:0|[1-9a-z][0-9a-z]{0,11}):[^:]*\Z", re.ASCII)


def canonical_identifier(given: str) -> str | None:
    """The normalised form of a party or session id; None when it is none."""
    if CANONICAL.match(given) is not None:
        return given
    identifier = parse_identifier(given)
    return None if identifier is None else str(identifier)

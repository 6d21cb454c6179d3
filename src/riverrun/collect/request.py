"""What an event source is told about an HTTP request, and the small readings that both sources share."""

from __future__ import annotations

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

    def header(self, name: bytes) -> str | None:
        """The first value of a header."""
        return next((text(value) for key, value in self.headers if key == name), None)


class Understood(msgspec.Struct, frozen=True):
    """An event as its sender gave it, before the privacy policy and the duplicate memory. `cookieless`: the sender asks
    for identifiers of ours in place of its own."""

    event: Event
    cookieless: bool = False


Outcome = Understood | Rejected


def text(raw: bytes) -> str:
    """Bytes of a header or a URL, whatever they are."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def all_headers(request: Request) -> tuple[tuple[str, str], ...]:
    return tuple((text(name), text(value)) for name, value in request.headers)


def canonical_identifier(given: str) -> str | None:
    """The normalised form of a party or session id; None when it is none."""
    identifier = parse_identifier(given)
    return None if identifier is None else str(identifier)

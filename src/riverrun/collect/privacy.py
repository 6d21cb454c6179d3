"""What the privacy policy makes of an event before anything is written: nothing, less, or no event at all.

docs/privacy.md describes the policies for those who have to answer for them.
"""

from __future__ import annotations

import fcntl
import hashlib
import ipaddress
import os
import secrets
from base64 import b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import msgspec

from riverrun.collect.encode import NO_HEADERS, encode_headers
from riverrun.collect.request import Header, Request, text
from riverrun.config.model import Privacy
from riverrun.event import Event
from riverrun.ids import Identifier
from riverrun.record import Rejected

_DAY_MS = 86_400_000
_WRITE_KEY = b"x-write-key"
_ANONYMOUS_BITS = {4: 24, 6: 48}
# Headers in which proxies and browsers put the client's address.
_ADDRESS_HEADERS = frozenset(
    (
        b"x-forwarded-for", b"forwarded", b"x-real-ip", b"x-client-ip", b"x-cluster-client-ip", b"true-client-ip",
        b"cf-connecting-ip", b"cf-connecting-ipv6", b"fastly-client-ip", b"fly-client-ip", b"x-original-forwarded-for",
        b"via", b"x-appengine-user-ip", b"x-azure-clientip", b"x-envoy-external-address",
    )
)  # fmt: skip

Signal = Literal["gpc", "dnt", "no_consent"]
_SIGNALS: dict[bytes, Literal["gpc", "dnt"]] = {b"sec-gpc": "gpc", b"dnt": "dnt"}


class Terms(NamedTuple):
    """What the policy says about a request, worked out once for all its events.

    headers         those that may be kept, encoded
    remote_host     as much of the address as may be kept
    action, signal  "ignore", "anonymise" or "drop", and the signal in the headers that is the reason
    plain           an event is stored as it is, unless its sender wishes otherwise
    """

    headers: bytes
    remote_host: str | None
    action: str
    signal: Signal | None
    plain: bool


class Permitted(NamedTuple):
    """An event that may be stored, with its headers encoded."""

    event: Event
    headers: bytes


class Policy:
    """The configuration, ready for use. `salt_of(day)`: a secret of the UTC day that begins at `day` ms."""

    def __init__(self, config: Privacy, salt_of: Callable[[int], bytes]) -> None:
        self._config = config
        self._salt_of = salt_of
        self._truncates = config.ipv4_bits < 32 or config.ipv6_bits < 128
        self._plain = not (config.cookieless or config.consent_required or self._truncates)
        excluded = {_WRITE_KEY, *(name.lower().encode() for name in config.excluded_headers)}
        self._excluded = frozenset(excluded | _ADDRESS_HEADERS if self._truncates else excluded)
        self._cookies = None if "*" in config.cookies else frozenset(config.cookies)
        self._actions = {"gpc": config.gpc, "dnt": config.dnt}

    def terms(self, headers: Sequence[Header], remote_host: str | None) -> Terms:
        action, signal = "ignore", None
        kept = []
        for header in headers:
            name = header[0]
            if name in self._excluded:
                continue
            if name in _SIGNALS and header[1].strip() == b"1":
                action, signal = _stricter((action, signal), (self._actions[_SIGNALS[name]], _SIGNALS[name]))
            elif name == b"cookie" and self._cookies is not None:
                header = (name, self._kept_cookies(header[1]))
                if not header[1]:
                    continue
            kept.append(header)
        plain = action == "ignore" and self._plain
        return Terms(encode_headers(kept), self.address(remote_host), action, signal, plain)

    def apply(self, event: Event, request: Request, terms: Terms) -> Permitted | Rejected:
        """The event as it may be stored, or that it may not."""
        action, signal = terms.action, terms.signal
        config = self._config
        if config.consent_required:
            consent = event.consent or {}
            if any(not consent.get(purpose, False) for purpose in config.consent_required):
                action, signal = _stricter((action, signal), (config.without_consent, "no_consent"))
        if action == "drop":
            return Rejected(f"privacy_{signal}", "dropped: the privacy policy says so")
        if action == "anonymise":
            return Permitted(self._anonymised(event), NO_HEADERS)
        headers = terms.headers
        if config.cookieless or event.privacy == "cookieless":
            event = self._cookieless(event, "cookieless")
            without = [header for header in request.headers if header[0] != b"cookie"]
            headers = self.terms(without, None).headers
        if self._truncates:
            event = msgspec.structs.replace(event, remote_host=terms.remote_host)
        return Permitted(event, headers)

    def keeps_content(self, terms: Terms) -> bool:
        """Whether what a refused request said may be kept: nobody looks into it, so only if all of it may."""
        return terms.plain

    def address(self, address: str | None) -> str | None:
        """As much of an address as the policy keeps."""
        if address is None or not self._truncates:
            return address
        return truncated(address, self._config.ipv4_bits, self._config.ipv6_bits)

    def _anonymised(self, event: Event) -> Event:
        bits4 = min(self._config.ipv4_bits, _ANONYMOUS_BITS[4])
        bits6 = min(self._config.ipv6_bits, _ANONYMOUS_BITS[6])
        address = None if event.remote_host is None else truncated(event.remote_host, bits4, bits6)
        return msgspec.structs.replace(self._cookieless(event, "anonymised"), remote_host=address)

    def _cookieless(self, event: Event, how: str) -> Event:
        """With identifiers that last for a day and lead nowhere, and without the query that has the sender's."""
        day = event.timestamp // _DAY_MS * _DAY_MS
        said = "\n".join((event.source, _host(event.location), event.remote_host or "", event.user_agent or ""))
        digest = hashlib.blake2b(said.encode("utf-8", "replace"), key=self._salt_of(day), digest_size=24).digest()
        identifier = str(Identifier(day, b64encode(digest, b"~_").decode()))
        return msgspec.structs.replace(
            event,
            party_id=identifier,
            session_id=identifier,
            new_party=False,
            first_in_session=False,
            query=None,
            privacy=how,
        )

    def _kept_cookies(self, value: bytes) -> bytes:
        assert self._cookies is not None
        pairs = (pair.strip() for pair in value.split(b";"))
        return b"; ".join(pair for pair in pairs if text(pair.partition(b"=")[0].strip()) in self._cookies)


_ORDER = ("ignore", "anonymise", "drop")


def _stricter(one: tuple[str, Signal | None], other: tuple[str, Signal | None]) -> tuple[str, Signal | None]:
    return other if _ORDER.index(other[0]) > _ORDER.index(one[0]) else one


def _host(location: str | None) -> str:
    try:
        return urlsplit(location or "").hostname or ""
    except ValueError:
        return ""


def truncated(address: str, ipv4_bits: int, ipv6_bits: int) -> str | None:
    """The first bits of an address, the others zero; None for what is no address.

    >>> truncated("192.0.2.77", 24, 48), truncated("2001:db8:1:2::3", 24, 48)
    ('192.0.2.0', '2001:db8:1::')
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    bits = ipv4_bits if parsed.version == 4 else ipv6_bits
    return str(ipaddress.ip_network((parsed, bits), strict=False).network_address)


class DailySalts:
    """The secret of the day, shared by the workers through a file that is replaced, not kept: yesterday's identifiers
    cannot be made again by anybody."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._day = -1
        self._salt = b""

    def __call__(self, day: int) -> bytes:
        if day > self._day:
            self._salt = self._shared(day)
            self._day = day
        return self._salt

    def _shared(self, day: int) -> bytes:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            found = os.read(descriptor, 100)
            if len(found) == 40 and int.from_bytes(found[:8]) >= day:
                return found[8:]
            salt = secrets.token_bytes(32)
            os.pwrite(descriptor, day.to_bytes(8) + salt, 0)
            os.fsync(descriptor)
            return salt
        finally:
            os.close(descriptor)

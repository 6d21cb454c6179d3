"""What the privacy policy makes of an event before anything is written: nothing, less, or no event at all.

docs/collector.md describes the policies for those who have to answer for them.
"""

from __future__ import annotations

import fcntl
import hashlib
import ipaddress
import os
import secrets
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import msgspec

from riverrun.collect.request import Understood
from riverrun.config.model import Privacy
from riverrun.event import Event
from riverrun.ids import Identifier
from riverrun.record import Rejected

_DAY_MS = 86_400_000
_ANONYMOUS_BITS = {4: 24, 6: 48}
# Headers in which proxies and browsers put the client's address.
_ADDRESS_HEADERS = frozenset(
    (
        "x-forwarded-for", "forwarded", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip",
        "cf-connecting-ip", "cf-connecting-ipv6", "fastly-client-ip", "fly-client-ip", "x-original-forwarded-for",
        "via", "x-appengine-user-ip", "x-azure-clientip", "x-envoy-external-address",
    )
)  # fmt: skip

Signal = Literal["gpc", "dnt", "no_consent"]
Headers = tuple[tuple[str, str], ...]


class Signals(NamedTuple):
    """What a request says about privacy in its headers."""

    gpc: bool
    dnt: bool


def signals(headers: Headers) -> Signals:
    said = {name: value.strip() for name, value in headers if name in ("sec-gpc", "dnt")}
    return Signals(said.get("sec-gpc") == "1", said.get("dnt") == "1")


class Policy:
    """The configuration, ready for use. `salt_of(day)`: a secret of the UTC day that begins at `day` ms."""

    def __init__(self, config: Privacy, salt_of: Callable[[int], bytes]) -> None:
        self._config = config
        self._salt_of = salt_of
        self._excluded = frozenset(name.lower() for name in config.excluded_headers)
        self._truncates = config.ipv4_bits < 32 or config.ipv6_bits < 128
        self._cookies = None if "*" in config.cookies else frozenset(config.cookies)

    def action(self, said: Signals, consent: dict[str, bool] | None) -> tuple[str, Signal | None]:
        """("ignore" | "anonymise" | "drop", the signal that is the reason): the strictest of all that apply."""
        config = self._config
        found: list[tuple[str, Signal]] = []
        if said.gpc:
            found.append((config.gpc, "gpc"))
        if said.dnt:
            found.append((config.dnt, "dnt"))
        if any(not (consent or {}).get(purpose, False) for purpose in config.consent_required):
            found.append((config.without_consent, "no_consent"))
        for action in ("drop", "anonymise"):
            for one, signal in found:
                if one == action:
                    return action, signal
        return "ignore", None

    def apply(self, understood: Understood) -> Event | Rejected:
        """The event as it may be stored, or that it may not."""
        event = understood.event
        action, signal = self.action(signals(event.headers), event.consent)
        if action == "drop":
            return Rejected(f"privacy_{signal}", "dropped: the privacy policy says so")
        if action == "anonymise":
            return self._anonymised(event)
        if self._config.cookieless or understood.cookieless:
            event = self._cookieless(event, "cookieless")
        headers = self._headers(event.headers)
        if headers is event.headers and not self._truncates:
            return event
        return msgspec.structs.replace(event, remote_host=self.address(event.remote_host), headers=headers)

    def keeps_content(self, headers: Headers) -> bool:
        """Whether what a refused request said may be kept: nothing in it is looked at, so only if all of it may."""
        config = self._config
        action, _ = self.action(signals(headers), None)
        return action == "ignore" and not config.cookieless and not self._truncates

    def address(self, address: str | None) -> str | None:
        """As much of an address as the policy keeps."""
        if address is None or not self._truncates:
            return address
        return truncated(address, self._config.ipv4_bits, self._config.ipv6_bits)

    def _anonymised(self, event: Event) -> Event:
        bits4 = min(self._config.ipv4_bits, _ANONYMOUS_BITS[4])
        bits6 = min(self._config.ipv6_bits, _ANONYMOUS_BITS[6])
        address = None if event.remote_host is None else truncated(event.remote_host, bits4, bits6)
        event = self._cookieless(event, "anonymised")
        return msgspec.structs.replace(event, remote_host=address, headers=())

    def _cookieless(self, event: Event, how: str) -> Event:
        """With identifiers that last for a day and lead nowhere, and without what holds those of the sender."""
        day = event.timestamp // _DAY_MS * _DAY_MS
        host = urlsplit_host(event.location)
        said = "\n".join((event.source, host, event.remote_host or "", event.user_agent or ""))
        digest = hashlib.blake2b(said.encode("utf-8", "replace"), key=self._salt_of(day), digest_size=24).digest()
        identifier = str(Identifier(day, b64encode(digest, b"~_").decode()))
        return msgspec.structs.replace(
            event,
            party_id=identifier,
            session_id=identifier,
            new_party=False,
            first_in_session=False,
            query=None,
            headers=tuple(header for header in event.headers if header[0] != "cookie"),
            privacy=how,
        )

    def _headers(self, headers: Headers) -> Headers:
        if not self._truncates and self._cookies is None and not any(name in self._excluded for name, _ in headers):
            return headers
        kept = [header for header in headers if header[0] not in self._excluded]
        if self._truncates:
            kept = [header for header in kept if header[0] not in _ADDRESS_HEADERS]
        if self._cookies is not None:
            kept = [(name, self._kept_cookies(value) if name == "cookie" else value) for name, value in kept]
        return tuple(header for header in kept if header != ("cookie", ""))

    def _kept_cookies(self, value: str) -> str:
        assert self._cookies is not None
        pairs = (pair.strip() for pair in value.split(";"))
        return "; ".join(pair for pair in pairs if pair.partition("=")[0].strip() in self._cookies)


def urlsplit_host(location: str | None) -> str:
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

"""The collector's own cookie, which keeps a party where browsers forget the tag's."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from riverrun.collect.http import Exchange
from riverrun.collect.request import canonical_identifier, text
from riverrun.config.model import BrowserSource
from riverrun.event import Event


class ServerCookie:
    """A first-party cookie that only the collector reads and writes: it lives where browsers forget the tag's."""

    def __init__(self, source: BrowserSource) -> None:
        config = source.server_cookie
        self._name = config.name
        domain = f"; Domain={source.cookie_domain}" if source.cookie_domain else ""
        secure = "; Secure" if config.secure else ""
        age = min(source.party_timeout // 1000, 2**31 - 1)
        self._attributes = f"; Max-Age={age}; Path=/{domain}; HttpOnly{secure}; SameSite={config.same_site}"

    def party(self, exchange: Exchange) -> str | None:
        """The party that the cookie names."""
        for name, value in exchange.head.pairs:
            if name == b"cookie":
                for pair in text(value).split(";"):
                    cookie, _, given = pair.strip().partition("=")
                    if cookie == self._name:
                        return canonical_identifier(given)
        return None

    def headers(self, event: Event) -> tuple[tuple[str, str], ...]:
        """Set it (again), unless the event is to have no lasting identifier, or one that is no cookie's value."""
        value = event.party_id
        if (
            event.privacy != "none"
            or not value.isascii()
            or any(one in value for one in ' ";,\\')
            or not value.isprintable()
        ):
            return ()
        return (("Set-Cookie", f"{self._name}={value}{self._attributes}"),)


def of_party(known: str | None) -> Callable[[Event], Event] | None:
    """The change of an event to the party that the server's cookie knows."""
    if known is None:
        return None

    def change(event: Event) -> Event:
        if event.privacy != "none" or event.party_id == known:
            return event
        return msgspec.structs.replace(event, party_id=known, new_party=False)

    return change

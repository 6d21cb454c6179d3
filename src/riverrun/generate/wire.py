"""What the tag sends: identifiers, and the query string of an event. Source: Divolte's wire protocol (docs/wire.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from riverrun.collect.mincode import encode
from riverrun.collect.query import build_query
from riverrun.generate.draw import Random, letters
from riverrun.ids import ALPHABET, Identifier, event_id, to_base36

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def unique(random: Random) -> str:
    """The 32 characters of an identifier."""
    return letters(random, 32, 1, ALPHABET).tobytes().decode()


def identifier(random: Random, ms: int) -> str:
    return str(Identifier(ms, unique(random)))


@dataclass(frozen=True, slots=True)
class Screen:
    width: int
    height: int
    viewport_width: int
    viewport_height: int
    ratio: float


class PageViews:
    """The page views of one session in one browser: ids, the counter of events, and what is true only once."""

    def __init__(self, random: Random, party: str, session: str, screen: Screen, *, new_party: bool) -> None:
        self._random = random
        self._party, self._session, self._screen = party, session, screen
        self._new_party, self._first = new_party, True
        self._page_view = ""
        self._events = 0
        self._location = ""
        self._referrer: str | None = None

    def load(self, location: str, referrer: str | None, page_view: str | None = None) -> None:
        """A page is loaded: a new page view. `referrer` is where the browser comes from, None when it tells nothing."""
        self._page_view = page_view or f"0:{unique(self._random)}"
        self._events = 0
        self._location, self._referrer = location, referrer

    @property
    def location(self) -> str:
        return self._location

    def signal(self, kind: str, parameters: Mapping[str, Any] | None, ms: int) -> list[tuple[str, str]]:
        """The parameters of an event's request, in the tag's order, all but the checksum."""
        pairs = list(self._pairs(kind, parameters, ms))
        self._new_party = self._first = False
        self._events += 1
        return pairs

    def _pairs(self, kind: str, parameters: Mapping[str, Any] | None, ms: int) -> Iterator[tuple[str, str]]:
        screen = self._screen
        yield "p", self._party
        yield "s", self._session
        yield "v", self._page_view
        yield "e", event_id(self._page_view, self._events)
        yield "c", to_base36(ms)
        yield "n", _flag(self._new_party)
        yield "f", _flag(self._first)
        yield "l", self._location
        if self._referrer:
            yield "r", self._referrer
        yield "i", to_base36(screen.width)
        yield "j", to_base36(screen.height)
        yield "k", _ratio(screen.ratio)
        yield "w", to_base36(screen.viewport_width)
        yield "h", to_base36(screen.viewport_height)
        yield "t", kind
        if parameters:
            yield "u", encode(parameters)


def _flag(given: bool) -> str:
    return "t" if given else "f"


def _ratio(ratio: float) -> str:
    """A number that may have a fraction, in base 36, as JavaScript writes it: 1.5 is 1.i."""
    whole, fraction = divmod(ratio, 1)
    digits = ""
    while fraction and len(digits) < 10:
        digit, fraction = divmod(fraction * 36, 1)
        digits += _BASE36[int(digit)]
    return to_base36(int(whole)) + (f".{digits}" if digits else "")


def target(path: str, pairs: list[tuple[str, str]]) -> str:
    """The request target of an event, with its checksum."""
    return f"{path}?{build_query(pairs)}"

"""Visits to a real shop: who comes, with which browser, and what is clicked when. Planned only; nothing is sent here.

The visits are those of the click stream. What a click stream need not say is added: parties that come back, and
customers who register before they log in for the first time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from riverrun.generate import customers as people
from riverrun.generate import vocabulary as words
from riverrun.generate.activity import shop_of
from riverrun.generate.draw import Random
from riverrun.generate.visits import VISITS, Visitors
from riverrun.generate.vocabulary import CLICKS, LOGIN
from riverrun.generate.walks import NEVER, Walks
from riverrun.generate.wire import Screen, identifier
from riverrun.generate.world import World

MEAN_SIGNALS = 19.1  # of a lively visit to the shop
MEAN_VISIT_MS = 156_000
_COMES_BACK = 0.25  # share of anonymous visits by a browser that was there before
_REGISTERS = 0.7  # share of log-ins, by somebody not known yet, that are registrations
_RECENT = 500
_TRIES = 20
_BROWSER_EDGE = (15, 130)  # pixels that the browser itself takes, desktop: width, height
_YEAR_MS = 365 * 86_400_000
_NUMBERS = 1 << 39


@dataclass(slots=True, eq=False)
class Browser:
    """A browser that visits: its party id, and who is behind it once that is known."""

    party: str
    user_agent: str
    address: str
    do_not_track: bool
    cookies: bool
    screen: Screen
    customer: int = -1
    free: int = 0  # when its visit is over


@dataclass(frozen=True, slots=True)
class Click:
    """`at` is ms since the epoch (simulated). `page`, `product` and `customer` are numbers, -1 for none.

    registers: this LOGIN is by somebody who has to register first.
    """

    at: int
    type: str
    page: int
    product: int
    customer: int
    registers: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    number: int
    browser: Browser
    new_party: bool
    session: str
    referrer: str | None
    query: str
    bot: bool
    clicks: tuple[Click, ...] = field(repr=False)


class Itineraries:
    """The visits of a world, in the order in which they begin."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shop = shop_of(world)
        self._random = world.generator("itineraries", 0)
        self._anonymous: deque[Browser] = deque(maxlen=_RECENT)
        self._members: deque[Browser] = deque(maxlen=_RECENT)
        self._regulars: dict[int, Browser] = {}
        # Runs with one seed have the same regulars, but each has new customers of its own.
        self._registered = world.start % _NUMBERS

    def __iter__(self) -> Iterator[Visit]:
        block = 0
        while True:
            visitors, walks = self._shop.visitors(block), self._shop.walks(block)
            order = np.argsort(walks.visit, kind="stable")
            ends = np.cumsum(np.bincount(walks.visit, minlength=VISITS))
            for row in range(VISITS):
                clicks = order[ends[row - 1] if row else 0 : ends[row]]
                yield self._visit(block, row, visitors, walks, clicks.tolist())
            block += 1

    def _visit(self, block: int, row: int, visitors: Visitors, walks: Walks, clicks: list[int]) -> Visit:
        start, end = int(visitors.starts[row]), int(walks.end[row])
        before = int(walks.login[row]) if walks.login[row] != NEVER else None
        browser, new_party = self._browser(visitors, row, start, knows_customer=before == start)
        registers = False
        if before is not None and before > start:
            registers = self._log_in(browser)
        browser.free = end
        made = [self._click(walks, click, before, browser.customer, registers=registers) for click in clicks]
        return Visit(
            number=block * VISITS + row,
            browser=browser,
            new_party=new_party,
            session=identifier(self._random, start),
            referrer=visitors.referrers[row],
            query=visitors.queries[row],
            bot=bool(visitors.bots[row] >= 0),
            clicks=tuple(made),
        )

    def _click(self, walks: Walks, click: int, login: int | None, customer: int, *, registers: bool) -> Click:
        at = int(walks.time[click])
        known = login is not None and at >= login
        kind, page, product = int(walks.type[click]), int(walks.page[click]), int(walks.product[click])
        return Click(at, CLICKS[kind], page, product, customer if known else -1, registers and kind == LOGIN)

    def _browser(self, visitors: Visitors, row: int, start: int, *, knows_customer: bool) -> tuple[Browser, bool]:
        """The browser of a visit, and whether it was never here before."""
        luck = self._random.random()
        if knows_customer:
            known = _first_free(self._members, start) if luck < 0.5 else None
            return known or self._regular(visitors, row, start), False
        if luck < _COMES_BACK and visitors.bots[row] < 0:
            known = _first_free(self._anonymous, start)
            if known is not None:
                return known, False
        browser = _browser(self._random, visitors, row, start)
        self._anonymous.append(browser)
        return browser, True

    def _regular(self, visitors: Visitors, row: int, start: int) -> Browser:
        regulars = self._world.settings.integer("shop.regulars")
        number = int(self._random.integers(0, regulars))
        for _ in range(_TRIES):
            if number not in self._regulars or self._regulars[number].free < start:
                break
            number = (number + 1) % regulars
        if number not in self._regulars:
            long_ago = start - int(self._random.integers(86_400_000, _YEAR_MS))
            self._regulars[number] = _browser(self._random, visitors, row, long_ago)
            self._regulars[number].customer = people.code(people.REGULAR, number)
        return self._regulars[number]

    def _log_in(self, browser: Browser) -> bool:
        """Say who logs in with this browser; whether she has to register first."""
        luck = self._random.random()
        if browser.customer >= 0:
            return False
        if browser in self._anonymous:
            self._anonymous.remove(browser)
        self._members.append(browser)
        if luck >= _REGISTERS:
            number = int(self._random.integers(0, self._world.settings.integer("shop.regulars")))
            browser.customer = people.code(people.REGULAR, number)
            return False
        browser.customer = people.code(people.ONLINE, self._registered)
        self._registered += 1
        return True


def _first_free(browsers: deque[Browser], time: int) -> Browser | None:
    return next((browser for browser in browsers if browser.free < time), None)


def _browser(random: Random, visitors: Visitors, row: int, first_seen: int) -> Browser:
    context = visitors.contexts[row].as_py()
    width, height = (int(number) for number in context["device"]["resolution"].split("x"))
    desktop = visitors.device[row] == words.DESKTOP
    edge = _BROWSER_EDGE if desktop else (0, 60)
    ratio = float(random.choice([1.0, 1.25, 1.5, 2.0]) if desktop else random.choice([2.0, 2.625, 3.0]))
    return Browser(
        party=identifier(random, first_seen),
        user_agent=context["browser"]["useragent"],
        address=context["ipaddress"],
        do_not_track=bool(context["donottrack"]),
        cookies=bool(context["browser"]["enabled"]["cookies"]),
        screen=Screen(width, height, width - edge[0], height - edge[1], ratio),
    )

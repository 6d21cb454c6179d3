"""What the visits of a block do, click by click: all visits of a block take their next step together.

The state machine is the original's: weights by the last click, impossible ones taken out; a visitor with something in
the basket may leave at each step; an order follows CHECKOUT_COMPLETE.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from riverrun.generate.draw import Bools, Floats, Ints, Random, chance, whole
from riverrun.generate.visits import (
    ABANDONED,
    CART,
    CATEGORY,
    HOME,
    LEAST_GAP_MS,
    LOGIN_PAGE,
    ORDERED,
    SEARCH_PAGE,
    STOPPED,
    VISITS,
    Visitors,
)
from riverrun.generate.vocabulary import (
    ADD_TO_CART,
    BOT_CLICKS,
    CART_VIEW,
    CHECKOUT_COMPLETE,
    CHECKOUT_START,
    LOGIN,
    PAGE_VIEW,
    PRODUCT_VIEW,
    REMOVE_FROM_CART,
    SEARCH,
    TRANSITIONS,
)
from riverrun.generate.world import World

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Walks:
    """The clicks of a block, by time, and how its visits ended. Basket rows are filled up with -1.

    visit, type, time, page, product      of each click; `product` is -1 when the click has none
    login        when the visitor of each visit was known (the start, LOGIN, or NEVER)
    end          when the visit was over: the moment after its last click
    """

    visit: Ints
    type: Ints
    time: Ints
    page: Ints
    product: Ints
    login: Ints
    end: Ints
    outcome: Ints
    basket: Ints


def walk(world: World, block: int, visitors: Visitors) -> Walks:
    steps = _Steps(world, world.generator("clicks", block), visitors)
    steps.begin()
    while steps.alive.size:
        steps.step()
    return steps.walks()


@cache
def _limits() -> Floats:
    """Cumulative weights of the next click, by 8 x situation (0 to 7 and, for crawlers, 8) and last click."""
    tables = []
    for situation in range(8):
        table = TRANSITIONS.copy()
        known, empty, full = situation & 1, situation & 2, situation & 4
        if known:
            table[:, LOGIN] = 0
        else:
            table[:, CHECKOUT_START] = 0
        if empty:
            table[:, [CHECKOUT_START, REMOVE_FROM_CART]] = 0
        if full:
            table[:, ADD_TO_CART] = 0
        tables.append(table)
    tables.append(np.tile(BOT_CLICKS, (len(TRANSITIONS), 1)))
    limits = np.cumsum(np.concatenate(tables), axis=1)
    scaled: Floats = limits / limits[:, -1:]
    return scaled


class _Steps:
    """The state of a block's visits while they go on."""

    def __init__(self, world: World, random: Random, visitors: Visitors) -> None:
        settings = world.settings
        self.random = random
        self.products = world.products
        self.visitors = visitors
        self.most_clicks = settings.integer("onlineorders.clickevents.max")
        self.most_products = settings.integer("onlineorders.products.max")
        self.greatest_gap = settings.integer("timings.ms.clicktracking")
        self.leaving = settings.number("onlineorders.abandoned.ratio") * visitors.leaving
        self.bot = visitors.bots >= 0
        self.alive = np.arange(VISITS)
        self.clicks = 0  # so far, of each visit that is still alive
        self.time = visitors.starts.copy()
        self.type = np.full(VISITS, PAGE_VIEW)
        self.page = np.full(VISITS, HOME)
        self.basket = np.full((VISITS, self.most_products), -1)
        self.filled = np.zeros(VISITS, dtype=np.int64)
        self.login = np.where(visitors.logged_in, visitors.starts, NEVER)
        self.end = np.zeros(VISITS, dtype=np.int64)
        self.outcome = np.zeros(VISITS, dtype=np.int64)
        self.kept: list[tuple[Ints, ...]] = []

    def begin(self) -> None:
        self._act(self.alive, self.type.copy())

    def step(self) -> None:
        alive, random = self.alive, self.random
        gaps = whole(random, LEAST_GAP_MS, self.greatest_gap, alive.size)
        self.time[alive] += np.where(self.bot[alive], self.visitors.pace[alive], gaps)
        ordered = self.type[alive] == CHECKOUT_COMPLETE
        stopped = ~ordered & (self.clicks >= self.most_clicks)
        leaves = random.random(alive.size) < self.leaving[alive]
        abandoned = ~ordered & ~stopped & leaves & (self.filled[alive] > 0)
        over = ordered | stopped | abandoned
        ending = alive[over]
        self.end[ending] = self.time[ending]
        self.outcome[ending] = np.select([ordered[over], stopped[over]], [ORDERED, STOPPED], ABANDONED)
        self.alive = alive[~over]
        if self.alive.size:
            self._act(self.alive, self._next(self.alive))

    def _next(self, alive: Ints) -> Ints:
        known = self.login[alive] != NEVER
        empty, full = self.filled[alive] == 0, self.filled[alive] >= self.most_products
        situation = np.where(self.bot[alive], 8, known + 2 * empty + 4 * full)
        limits = _limits()[situation * len(TRANSITIONS) + self.type[alive]]
        chosen: Ints = (self.random.random(alive.size)[:, None] >= limits).sum(axis=1)
        return chosen

    def _act(self, alive: Ints, types: Ints) -> None:
        """Every visit in `alive` makes a click of its type."""
        self.type[alive] = types
        product = np.full(alive.size, -1)
        self._look(alive[types == PAGE_VIEW])
        self._view(alive[types == PRODUCT_VIEW])
        for kind, page in ((SEARCH, SEARCH_PAGE), (CART_VIEW, CART), (CHECKOUT_START, CART), (LOGIN, LOGIN_PAGE)):
            self.page[alive[types == kind]] = page
        adding, removing, known = types == ADD_TO_CART, types == REMOVE_FROM_CART, alive[types == LOGIN]
        product[adding] = self._add(alive[adding])
        product[removing] = self._remove(alive[removing])
        self.login[known] = self.time[known]
        self.clicks += 1
        self.kept.append((alive, types, self.time[alive], self.page[alive], product))

    def _look(self, who: Ints) -> None:
        home = chance(self.random, 0.4, who.size)
        self.page[who] = np.where(home, HOME, CATEGORY + self.random.integers(0, len(self.products.styles), who.size))

    def _view(self, who: Ints) -> None:
        self.page[who] = CATEGORY + len(self.products.styles) + self.products.pick_models(self.random, who.size)

    def _add(self, who: Ints) -> Ints:
        """The product whose page is open goes into the basket, in some size; once is enough."""
        models = self.page[who] - CATEGORY - len(self.products.styles)
        added = self.products.sized(models, self.products.pick_sizes(self.random, who.size))
        fresh = ~(self.basket[who] == added[:, None]).any(axis=1)
        self.basket[who[fresh], self.filled[who[fresh]]] = added[fresh]
        self.filled[who[fresh]] += 1
        return added

    def _remove(self, who: Ints) -> Ints:
        at = (self.random.random(who.size) * self.filled[who]).astype(np.int64)
        removed: Ints = self.basket[who, at]
        self.filled[who] -= 1
        last = self.filled[who]
        self.basket[who, at] = self.basket[who, last]
        self.basket[who, last] = -1
        return removed

    def walks(self) -> Walks:
        visit, kind, time, page, product = (np.concatenate(parts) for parts in zip(*self.kept, strict=True))
        order = np.argsort(time, kind="stable")
        return Walks(
            visit[order], kind[order], time[order], page[order], product[order],
            login=self.login, end=self.end, outcome=self.outcome, basket=self.basket,
        )  # fmt: skip


def by_member(walks: Walks, members: Bools, begin: int, end: int) -> Ints:
    """Which clicks fall into [begin, end) and belong to a visit of `members`."""
    low, high = np.searchsorted(walks.time, [begin, end])
    found: Ints = low + np.flatnonzero(members[walks.visit[low:high]])
    return found

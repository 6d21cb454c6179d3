"""The web shop: visits, who their customers are, and what follows from them.

Visits and their clicks are made by the block (`visits`, `walks`), whoever makes them. What depends on the order of
things is decided here, one block after another: whether there is room for one more visit, and who it is that logs in.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from riverrun.generate import customers as people
from riverrun.generate.draw import Bools, Bytes, Ints, chance, letters, whole
from riverrun.generate.ticking import delayed
from riverrun.generate.times import SECOND
from riverrun.generate.visits import ORDERED, VISITS, Visitors, visitors
from riverrun.generate.walks import NEVER, Walks, by_member, walk
from riverrun.generate.world import Rows, World, in_order, rows_of, schedule

_POOL = 3  # customers who have registered and not yet logged in
_RECENT = 1000  # customers of the run who may come back
_TRIES = 20
_KEPT_BLOCKS = 8

WEB_STREAMS = ("clicktracking", "onlineorders", "abandonedorders", "outofstocks", "newcustomers")

Block = TypeVar("Block")


class Shop:
    """The blocks of visits, made when they are needed and kept for a while."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._visitors: OrderedDict[int, Visitors] = OrderedDict()
        self._walks: OrderedDict[int, Walks] = OrderedDict()
        self._event_ids: OrderedDict[int, Bytes] = OrderedDict()

    def visitors(self, block: int) -> Visitors:
        return _kept(self._visitors, block, lambda: visitors(self._world, block))

    def walks(self, block: int) -> Walks:
        return _kept(self._walks, block, lambda: walk(self._world, block, self.visitors(block)))

    def event_ids(self, block: int) -> Bytes:
        """The id of each click of a block's `walks`, as ASCII bytes."""
        random = self._world.generator("event ids", block)
        return _kept(self._event_ids, block, lambda: letters(random, 12, self.walks(block).time.size))


def _kept(cache: OrderedDict[int, Block], block: int, make: Callable[[], Block]) -> Block:
    if block not in cache:
        cache[block] = make()
        if len(cache) > _KEPT_BLOCKS:
            cache.popitem(last=False)
    cache.move_to_end(block)
    return cache[block]


def shop_of(world: World) -> Shop:
    shop = world.caches.setdefault("shop", Shop(world))
    assert isinstance(shop, Shop)
    return shop


class Activity:
    """The core of the clicks, the online and abandoned orders, the out-of-stock events and the online registrations.

    A step covers the time from a block's first visit to that of the next block. `save()` is what the next step needs.
    """

    def __init__(self, world: World, saved: Mapping[str, Any] | None = None) -> None:
        self._world = world
        self._shop = shop_of(world)
        state = saved or {}
        self._block: int = state.get("block", 0)
        self._ends: list[int] = list(state.get("ends", []))
        self._pool: list[int] = list(state.get("pool", []))
        self._registered: int = state.get("registered", 0)
        self._recent: list[list[int]] = [list(pair) for pair in state.get("recent", [])]
        self._next_recent: int = state.get("next_recent", 0)
        self._busy: dict[int, int] = {int(number): end for number, end in state.get("busy", [])}
        # block -> (its visits that took place and may go on, their customers by row, -1: not known yet)
        self._open: dict[int, tuple[Bools, Ints]] = {
            int(block): _unpacked(members) for block, members in state.get("open", {}).items()
        }
        self._new: list[tuple[int, int]] = []

    @property
    def streams(self) -> tuple[str, ...]:
        return WEB_STREAMS

    @property
    def covered(self) -> int:
        """Everything before this moment is out."""
        return int(self._shop.visitors(self._block).starts[0])

    def save(self) -> dict[str, Any]:
        return {
            "block": self._block, "ends": list(self._ends), "pool": list(self._pool), "registered": self._registered,
            "recent": [list(pair) for pair in self._recent], "next_recent": self._next_recent,
            "busy": [list(pair) for pair in self._busy.items()],
            "open": {str(block): _packed(*members) for block, members in self._open.items()},
        }  # fmt: skip

    def step(self) -> dict[str, Rows]:
        begin, block = self.covered, self._block
        visitors, walks = self._shop.visitors(block), self._shop.walks(block)
        end = int(self._shop.visitors(block + 1).starts[0])
        self._new = []
        self._open[block] = (self._admitted(visitors, walks), np.full(VISITS, -1))
        self._identify(begin, end)
        rows = {
            "clicktracking": self._clicks(begin, end),
            "newcustomers": self._registrations(),
            **self._outcomes(block, begin, end),
        }
        self._forget(end)
        self._block += 1
        return rows

    def _admitted(self, visitors: Visitors, walks: Walks) -> Bools:
        """Which visits find room: at most `onlineorders.sessions.max` at a time."""
        most, ends = self._world.settings.integer("onlineorders.sessions.max"), self._ends
        admitted = np.zeros(VISITS, dtype=np.bool_)
        for row, (start, end) in enumerate(zip(visitors.starts.tolist(), walks.end.tolist(), strict=True)):
            while ends and ends[0] <= start:
                heapq.heappop(ends)
            if len(ends) < most:
                heapq.heappush(ends, end)
                admitted[row] = True
        return admitted

    def _identify(self, begin: int, end: int) -> None:
        """Say who logs in, in the order of time: registrations and log-ins depend on each other."""
        happenings: list[tuple[int, int, int, int]] = []  # time, what, block, visit
        for block, (members, _) in self._open.items():
            login, visitors = self._shop.walks(block).login, self._shop.visitors(block)
            for visit in np.flatnonzero(members & (login >= begin) & (login < end)).tolist():
                happenings.append((int(login[visit]), 2 if visitors.logged_in[visit] else 3, block, visit))
        starts = self._shop.visitors(self._block).starts.tolist()
        happenings += [(start, 0, self._block, row) for row, start in enumerate(starts)]
        if not self._world.settings.faithful:
            happenings += [(time, 1, number, 0) for number, time in self._store_customers(begin, end)]
        happenings.sort()
        for time, what, block, visit in happenings:
            if what == 0:
                self._fill_pool(time)
            elif what == 1:
                self._may_return(people.code(people.STORE, block), time + SECOND)
            else:
                until = int(self._shop.walks(block).end[visit])
                pick = self._returning if what == 2 else self._from_pool
                self._open[block][1][visit] = pick(time, until, block * VISITS + visit)

    def _store_customers(self, begin: int, end: int) -> list[tuple[int, int]]:
        interval = self._world.settings.integer("timings.ms.newcustomers")
        first = -(-(begin - self._world.start) // interval)
        last = -(-(end - self._world.start) // interval)
        return list(
            enumerate(schedule(self._world, "timings.ms.newcustomers", first, last - first).tolist(), start=first)
        )

    def _fill_pool(self, time: int) -> None:
        if len(self._pool) < _POOL:
            self._pool.append(self._register(time))

    def _register(self, time: int) -> int:
        customer = people.code(people.ONLINE, self._registered)
        self._registered += 1
        self._new.append((time, customer))
        return customer

    def _from_pool(self, time: int, until: int, visit: int) -> int:
        """Somebody logs in: who has waited longest since registering; with nobody waiting, who registers now."""
        if self._pool:
            customer = self._pool.pop(0)
        elif self._world.settings.faithful:
            return people.code(people.GUEST, visit)
        else:
            customer = self._register(time)
        self._may_return(customer, until)
        return customer

    def _may_return(self, customer: int, free: int) -> None:
        if len(self._recent) < _RECENT:
            self._recent.append([customer, free])
        else:
            self._recent[self._next_recent] = [customer, free]
            self._next_recent = (self._next_recent + 1) % _RECENT

    def _returning(self, time: int, until: int, visit: int) -> int:
        """Who comes back logged in: a customer of this run or of before; nobody is in two visits at a time."""
        settings = self._world.settings
        if settings.faithful:
            return people.code(people.GUEST, visit)
        luck, place = self._shop.visitors(visit // VISITS).luck[visit % VISITS].tolist()
        if luck < settings.number("shop.recent.ratio"):
            for attempt in range(min(_TRIES, len(self._recent))):
                pair = self._recent[(int(place * len(self._recent)) + attempt) % len(self._recent)]
                if pair[1] <= time:
                    pair[1] = until
                    return pair[0]
        regulars = settings.integer("shop.regulars")
        for attempt in range(_TRIES):
            number = (int(place * regulars) + attempt) % regulars
            if self._busy.get(number, 0) <= time:
                self._busy[number] = until
                return people.code(people.REGULAR, number)
        return self._register(time)

    def _clicks(self, begin: int, end: int) -> Rows:
        parts = []
        for block, (members, customers) in self._open.items():
            walks = self._shop.walks(block)
            which = by_member(walks, members, begin, end)
            visit, time = walks.visit[which], walks.time[which]
            parts.append(
                Rows(
                    time,
                    {
                        "time": time,
                        "visit": visit + block * VISITS,
                        "event": which + (block << 32),
                        "type": walks.type[which],
                        "page": walks.page[which],
                        "product": walks.product[which],
                        "customer": np.where(walks.login[visit] <= time, customers[visit], -1),
                    },
                )
            )
        return in_order(parts)

    def _registrations(self) -> Rows:
        times, customers = np.array(self._new, dtype=np.int64).reshape(-1, 2).T
        return rows_of(times, time=times, customer=customers)

    def _outcomes(self, number: int, begin: int, end: int) -> dict[str, Rows]:
        """What follows from the visits that are over: an order, an abandoned basket, or nothing."""
        parts = []
        for block, (members, customers) in self._open.items():
            walks = self._shop.walks(block)
            over = np.flatnonzero(members & (walks.end >= begin) & (walks.end < end) & (walks.login != NEVER))
            parts.append(
                rows_of(
                    walks.end[over], time=walks.end[over], visit=over + block * VISITS, customer=customers[over],
                    outcome=walks.outcome[over], basket=walks.basket[over],
                )
            )  # fmt: skip
        finished = in_order(parts)
        ordered = finished.codes["outcome"] == ORDERED
        orders = finished.take(ordered)
        return {
            "onlineorders": orders,
            "abandonedorders": finished.take(~ordered),
            "outofstocks": self._out_of_stock(number, orders),
        }

    def _out_of_stock(self, number: int, orders: Rows) -> Rows:
        settings, random, count = self._world.settings, self._world.generator("outofstocks", number), len(orders)
        which = chance(random, settings.number("onlineorders.outofstock.ratio"), count)
        delay = whole(random, *settings.bounds("outofstocks.delay.ms"), count)
        filled = (orders.codes["basket"] >= 0).sum(axis=1)
        place = (random.random((3, count)).sum(axis=0) / 3 * filled).astype(np.int64)
        product = orders.codes["basket"][np.arange(count), place] if count else np.zeros(0, dtype=np.int64)
        days = whole(random, *settings.bounds("outofstocks.restocking.delay.days"), count)
        noticed = orders.publish + delay
        happened = orders.publish if settings.faithful else delayed(self._world, "outofstocks", noticed, random)
        return rows_of(
            noticed[which],
            time=happened[which],
            product=product[which],
            days=days[which],
            number=orders.codes["visit"][which],
        )

    def _forget(self, end: int) -> None:
        for block in list(self._open):
            members, _ = self._open[block]
            members &= self._shop.walks(block).end >= end
            if not members.any():
                del self._open[block]
        self._busy = {number: until for number, until in self._busy.items() if until > end}


def _packed(members: Bools, customers: Ints) -> list[list[int]]:
    rows = np.flatnonzero(members)
    return [[row, customer] for row, customer in zip(rows.tolist(), customers[rows].tolist(), strict=True)]


def _unpacked(packed: list[list[int]]) -> tuple[Bools, Ints]:
    members, customers = np.zeros(VISITS, dtype=np.bool_), np.full(VISITS, -1)
    for row, customer in packed:
        members[row], customers[row] = True, customer
    return members, customers

"""What really happened: sessions, baskets, purchases; and what the six walkthrough queries have to give, without "
"any SQL.

The truth is of the clean run, without duplicates and faults, whatever was done to the records on their way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from riverrun.generate.activity import Shop, shop_of
from riverrun.generate.draw import Ints
from riverrun.generate.run import Run
from riverrun.generate.streams import BY_NAME
from riverrun.generate.times import HOUR, MINUTE, iso
from riverrun.generate.visits import ABANDONED, ORDERED, VISITS, Visitors
from riverrun.generate.vocabulary import ADD_TO_CART, CHECKOUT_COMPLETE, CLICKS, REMOVE_FROM_CART
from riverrun.generate.walks import NEVER
from riverrun.generate.world import Rows, World

_STEP_MS = 24 * HOUR
_LEAST_SECONDS = 60  # query 5 leaves out shorter sessions
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")

EXPLANATION = {
    "5-aggregate-session": (
        "as_published: what the published text gives. ARRAY_AGG over no rows is NULL and ARRAY_EXCEPT with a NULL "
        "argument is NULL, so "
        "a basket from which nothing was ever removed is lost. mended: both aggregates in COALESCE(..., "
        "ARRAY[CAST(NULL AS STRING)]); "
        "still sets, so a product that was removed and added again is missing. as_intended: the products in the "
        "basket at the last click."
    ),
    "3-most-used-browsers": (
        "Browsers with the same number of sessions may come in any order, and at most three of them come: rank_from "
        "and rank_to are the "
        "ranks that each may have."
    ),
    "6-match-recognize": (
        "ARRAY_CONCAT is NULL when a variable matched no row; here OTHER and ANYTHING always match one, because an "
        "ADD_TO_CART follows a "
        "PRODUCT_VIEW and a CHECKOUT_COMPLETE a CHECKOUT_START."
    ),
}


@dataclass(frozen=True)
class Session:
    """A session window: clicks of one visit without a gap that is too long. Times are ms; products and people are "
    "numbers."""

    visit: int
    first: int
    last: int
    types: tuple[int, ...]
    times: tuple[int, ...]
    products: tuple[int, ...]
    customer: int

    @property
    def seconds(self) -> int:
        return (self.last - self.first) // 1000

    @property
    def checked_out(self) -> bool:
        return CHECKOUT_COMPLETE in self.types

    def of_type(self, kind: int) -> list[int]:
        return [product for type_, product in zip(self.types, self.products, strict=True) if type_ == kind]

    def basket(self) -> list[int]:
        """What is in the basket after the last click, in the order in which it came in."""
        held: dict[int, None] = {}
        for kind, product in zip(self.types, self.products, strict=True):
            if kind == ADD_TO_CART:
                held.setdefault(product)
            elif kind == REMOVE_FROM_CART:
                held.pop(product, None)
        return list(held)


def truth(
    world: World,
    to: int,
    counts: Mapping[str, int] = MappingProxyType({}),
    *,
    window_ms: int = HOUR,
    gap_ms: int = 15 * MINUTE,
) -> dict[str, Any]:
    """The truth of everything published before `to` (ms); `counts` cuts clicks and registrations to so many of each."""
    clicks, registrations = _rows(world, to, counts)
    return Evaluation(world, clicks, registrations, to, window_ms, gap_ms).result()


def _rows(world: World, to: int, counts: Mapping[str, int]) -> tuple[Rows, Rows]:
    names = ("clicktracking", "newcustomers")
    run = Run(world, [BY_NAME[name] for name in names], clean=True)
    parts: dict[str, list[Rows]] = {name: [] for name in names}
    time = world.start
    while time < to or not parts[names[0]]:
        time = max(min(time + _STEP_MS, to), time)
        for name, rows in run.advance(time).items():
            parts[name].append(rows)
    found = []
    for name in names:
        rows = Rows(
            np.concatenate([part.publish for part in parts[name]]),
            {code: np.concatenate([part.codes[code] for part in parts[name]]) for code in parts[name][0].codes},
        )
        found.append(rows.take(slice(0, counts.get(name))))
    return found[0], found[1]


class Evaluation:
    def __init__(self, world: World, clicks: Rows, registrations: Rows, to: int, window_ms: int, gap_ms: int) -> None:
        self._world, self._shop = world, shop_of(world)
        self._clicks, self._registrations = clicks, registrations
        self._to, self._window, self._gap = to, window_ms, gap_ms
        self._ids = _Names(world, np.unique(clicks.codes["customer"]))
        by_visit = np.argsort(clicks.codes["visit"], kind="stable")
        self._by_visit = clicks.take(by_visit)

    def result(self) -> dict[str, Any]:
        sessions = list(self.sessions(self._gap))
        visits = list(self.sessions(None))
        return {
            "seed": self._world.seed,
            "from": iso(self._world.start),
            "to": iso(self._to),
            "window_ms": self._window,
            "gap_ms": self._gap,
            "records": {"clicktracking": len(self._clicks), "newcustomers": len(self._registrations)},
            "sessions": [self._session(session) for session in sessions],
            "queries": {
                "1-transform": self._campaigns(),
                "2-interval-join": self._new_customers(),
                "3-device-type-usage": self._usage("device"),
                "3-browser-usage": self._usage("browser"),
                "3-most-used-browsers": self._most_used(),
                "4-sessions": [self._duration(session) for session in sessions],
                "4-average-sessions": self._averages(sessions),
                "5-aggregate-session": self._abandoned(sessions),
                "6-match-recognize": [row for name in _PATTERNS for row in self._purchases(visits, name)],
            },
            "explanation": EXPLANATION,
        }

    def sessions(self, gap_ms: int | None) -> Iterator[Session]:
        """The session windows; with no gap, the whole visits."""
        codes = self._by_visit.codes
        visit, time = codes["visit"], codes["stamp"]
        if not visit.size:
            return
        new = np.diff(visit, prepend=-1) != 0
        if gap_ms is not None:
            new |= np.diff(time, prepend=time[0]) > gap_ms
        starts = np.flatnonzero(new).tolist()
        columns = [codes[name].tolist() for name in ("visit", "type", "stamp", "product", "customer")]
        for start, end in zip(starts, [*starts[1:], visit.size], strict=True):
            visits, types, times, products, customers = (column[start:end] for column in columns)
            yield Session(
                visits[0], times[0], times[-1], tuple(types), tuple(times), tuple(products), max(customers)
            )  # fmt: skip

    def _session(self, session: Session) -> dict[str, Any]:
        visitors, row = self._visitors(session.visit)
        walks = self._shop.walks(session.visit // VISITS)
        name = self._ids.product
        return {
            "sessionid": self._ids.session(session.visit),
            "first": iso(session.first),
            "last": iso(session.last),
            "clicks": len(session.types),
            "device": self._ids.device(session.visit),
            "browser": self._ids.browser(session.visit),
            "bot": bool(visitors.bots[row] >= 0),
            "campaign": visitors.marketing[row],
            "referrer": visitors.referrers[row],
            "customer": self._ids.customer(session.customer),
            "added": [name(product) for product in session.of_type(ADD_TO_CART)],
            "removed": [name(product) for product in session.of_type(REMOVE_FROM_CART)],
            "basket": [name(product) for product in session.basket()],
            "checked_out": session.checked_out,
            "outcome": self._outcome(int(walks.outcome[row]), int(walks.end[row]), bool(walks.login[row] != NEVER)),
        }

    def _outcome(self, outcome: int, end: int, known: bool) -> str:
        if end >= self._to:
            return "open"
        if outcome == ORDERED:
            return "ordered"
        return ("abandoned" if outcome == ABANDONED else "stopped") if known else "left"

    def _visitors(self, visit: int) -> tuple[Visitors, int]:
        return self._shop.visitors(visit // VISITS), visit % VISITS

    def _campaigns(self) -> dict[str, Any]:
        clicks = Counter(self._clicks.codes["visit"].tolist())
        found: dict[str, Counter[str]] = {name: Counter() for name in _UTM}
        marketing = 0
        for visit, count in clicks.items():
            visitors, row = self._visitors(visit)
            campaign = visitors.marketing[row]
            marketing += count if campaign else 0
            for name in _UTM:
                if campaign and name in campaign:
                    found[name][campaign[name]] += count
        return {
            "rows": clicks.total(),
            "digital_marketing": marketing,
            "clicks": {n: dict(sorted(c.items())) for n, c in found.items()},
        }

    def _new_customers(self) -> list[dict[str, Any]]:
        registered = dict(
            zip(
                self._registrations.codes["customer"].tolist(), self._registrations.codes["stamp"].tolist(), strict=True
            )
        )
        codes = self._clicks.codes
        which = np.flatnonzero(codes["customer"] >= 0)
        columns = zip(*(codes[name][which].tolist() for name in ("customer", "stamp", "type", "product")), strict=True)
        return [
            {
                "registration_time": iso(registered[customer]),
                "click_time": iso(time),
                "customer": self._ids.customer(customer),
                "customername": self._ids.customer_name(customer),
                "type": CLICKS[kind],
                "product": self._ids.product(product) if product >= 0 else None,
            }
            for customer, time, kind, product in columns
            if registered.get(customer, NEVER) <= time <= registered.get(customer, 0) + HOUR
        ]

    def _window_counts(self, what: str) -> dict[int, Counter[str]]:
        """window start -> number of sessions by device type or browser."""
        name = self._ids.device if what == "device" else self._ids.browser
        codes = self._clicks.codes
        visits = int(codes["visit"].max(initial=0)) + 1
        pairs = np.divmod(np.unique(codes["stamp"] // self._window * visits + codes["visit"]), visits)
        found: dict[int, Counter[str]] = {}
        for window, visit in zip(*(column.tolist() for column in pairs), strict=True):
            found.setdefault(window * self._window, Counter())[name(visit)] += 1
        return found

    def _usage(self, what: str) -> list[dict[str, Any]]:
        return [
            {"start": iso(start), "end": iso(start + self._window), what: name, "sessions": count}
            for start, counts in sorted(self._window_counts(what).items())
            for name, count in sorted(counts.items())
        ]

    def _most_used(self) -> list[dict[str, Any]]:
        rows = []
        for start, counts in sorted(self._window_counts("browser").items()):
            for name, count in sorted(counts.items()):
                better = sum(other > count for other in counts.values())
                equal = sum(other == count for other in counts.values())
                if better < 3:
                    ranks = {"rank_from": better + 1, "rank_to": min(better + equal, 3)}
                    rows.append({"start": iso(start), "browser": name, "sessions": count, **ranks})
        return rows

    def _expires(self, session: Session) -> int:
        """The time (ms) of what a session window gives: just before its end."""
        return session.last + self._gap - 1

    def _duration(self, session: Session) -> dict[str, Any]:
        return {
            "sessionid": self._ids.session(session.visit),
            "duration_secs": session.seconds,
            "sessions_time": iso(self._expires(session)),
        }

    def _averages(self, sessions: list[Session]) -> list[dict[str, Any]]:
        windows: dict[int, list[int]] = {}
        for session in sessions:
            windows.setdefault(self._expires(session) // self._window * self._window, []).append(session.seconds)
        return [
            {
                "start": iso(start),
                "end": iso(start + self._window),
                "sessions": len(seconds),
                "shortest": min(seconds),
                "longest": max(seconds),
                "average": sum(seconds) // len(seconds),
            }
            for start, seconds in sorted(windows.items())
        ]

    def _abandoned(self, sessions: list[Session]) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {"as_published": [], "mended": [], "as_intended": []}
        for session in sessions:
            if session.seconds <= _LEAST_SECONDS or session.checked_out or session.customer < 0:
                continue
            added, removed = session.of_type(ADD_TO_CART), session.of_type(REMOVE_FROM_CART)
            left = [product for product in dict.fromkeys(added) if product not in removed]
            for name, products in (
                ("as_published", left if removed else []),
                ("mended", left),
                ("as_intended", session.basket()),
            ):
                if products:
                    found[name].append(
                        {
                            "sessionid": self._ids.session(session.visit),
                            "sessions_time": iso(self._expires(session)),
                            "customer_id": self._ids.customer(session.customer),
                            "products": [self._ids.product(product) for product in products],
                        }
                    )
        return found

    def _purchases(self, visits: list[Session], name: str) -> Iterator[dict[str, Any]]:
        for visit in visits:
            letters = "".join(_LETTERS[kind] for kind in visit.types)
            for match in _PATTERNS[name].finditer(letters):
                yield {
                    "sessionid": self._ids.session(visit.visit),
                    "buy_pattern": name,
                    "checkout_complete_time": iso(visit.times[match.end() - 1]),
                    "all_events": [CLICKS[kind] for kind in visit.types[match.start() : match.end()]],
                }


_LETTERS = "PSVARCKXL"  # as CLICKS
_PATTERNS = {
    "search purchase": re.compile("S+?[PVRCKL]*A[SAPVRCKL]*X"),
    "browsing purchase": re.compile("P+?[VRCKL]*A[APVRCKL]*X"),
}


class _Names:
    """Ids and names for numbers; `customers` are all that will be asked for, and -1 for none."""

    def __init__(self, world: World, customers: Ints) -> None:
        self._shop: Shop = shop_of(world)
        self._products: list[str] = world.products.names.to_pylist()
        known = customers[customers >= 0]
        people = world.customers.ids(known).to_pylist(), world.customers.names(known).to_pylist()
        self._customers: dict[int, tuple[str, str]] = dict(zip(known.tolist(), zip(*people, strict=True), strict=True))
        self._blocks: dict[int, tuple[list[str], list[str], list[str]]] = {}

    def session(self, visit: int) -> str:
        return self._block(visit)[0][visit % VISITS]

    def device(self, visit: int) -> str:
        return self._block(visit)[1][visit % VISITS]

    def browser(self, visit: int) -> str:
        return self._block(visit)[2][visit % VISITS]

    def _block(self, visit: int) -> tuple[list[str], list[str], list[str]]:
        """Session ids, device types and browsers of the visits that are drawn together with one."""
        number = visit // VISITS
        if number not in self._blocks:
            visitors = self._shop.visitors(number)
            device, browser = visitors.contexts.field("device"), visitors.contexts.field("browser")
            columns = (visitors.session_ids, device.field("type"), browser.field("name"))
            ids, devices, browsers = (column.to_pylist() for column in columns)
            self._blocks[number] = ids, devices, browsers
        return self._blocks[number]

    def product(self, product: int) -> str:
        return self._products[product]

    def customer(self, customer: int) -> str | None:
        return None if customer < 0 else self._customers[customer][0]

    def customer_name(self, customer: int) -> str:
        return self._customers[customer][1]

"""Visitors of a real shop: the requests that its tag would send, to the collector, by the visitors' own clock.

The visitors' clock starts when they come and runs `speed` times as fast as ours. It is in the requests as the client's
timestamp, so whoever wants the time of a visitor's clock maps clientTimestamp.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from riverrun.clock import Clock, SystemClock
from riverrun.generate.draw import Random
from riverrun.generate.http import Client
from riverrun.generate.itineraries import MEAN_SIGNALS, MEAN_VISIT_MS, Itineraries, Visit
from riverrun.generate.setting import Value
from riverrun.generate.setting_table import LIVELY
from riverrun.generate.settings import Settings
from riverrun.generate.site import Signal, Site, Tour
from riverrun.generate.wire import PageViews, target
from riverrun.generate.world import World, make_world

_CONNECTIONS = 64
_TIMEOUT_S = 10.0
_FIRST_RETRY_S = 0.25
_LONGEST_RETRY_S = 5.0
_EVENT_PATH = "/csc-event"

# What comes now and then from broken pages, proxies and scanners.
BROKEN = ("no session", "party is none", "wrong checksum", "parameters cut off", "clock is none", "unknown type")


class Latencies:
    """How often which latency (ms) was seen, in classes two percent wide."""

    _WIDTH = math.log(1.02)

    def __init__(self) -> None:
        self._classes: Counter[int] = Counter()

    def add(self, ms: float) -> None:
        self._classes[math.ceil(math.log(max(ms, 0.01)) / self._WIDTH)] += 1

    def percentile(self, percent: float) -> float:
        """The upper end of the class below which so many percent lie; 0 when nothing was seen."""
        rest = self._classes.total() * percent / 100
        for number in sorted(self._classes):
            rest -= self._classes[number]
            if rest <= 0:
                return round(math.exp(number * self._WIDTH), 2)
        return 0.0


@dataclass
class Report:
    """What came of the visitors. Latencies are ms from writing a request to its whole answer.

    events      well-formed events that were answered with 2xx; each counts once, however often it was tried
    broken      requests that were broken on purpose and answered, by kind
    repeated    events that were sent a second time although they had been answered
    sent        requests that were answered with 2xx: all of the above
    refused     events that were given up, by the last status or error
    """

    seconds: float = 0.0
    visits: int = 0
    events: int = 0
    retried: int = 0
    repeated: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    latencies: Latencies = field(default_factory=lambda: Latencies())

    @property
    def sent(self) -> int:
        return self.events + self.repeated + self.broken.total()

    def as_json(self) -> dict[str, Any]:
        return {
            "seconds": round(self.seconds, 3), "visits": self.visits, "sent": self.sent,
            "events": self.events, "retried": self.retried,
            "repeated": self.repeated, "broken": dict(self.broken), "refused": dict(self.refused),
            "answers": dict(self.answers), "types": dict(self.types),
            "requests_per_second": round(self.answers.total() / self.seconds, 1) if self.seconds else 0.0,
            "latency_ms": {f"p{q}": self.latencies.percentile(q) for q in (50, 95, 99, 100)},
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`rate` is requests a second, by our clock; `speed` how much faster the visitors' clock runs."""

    collector_url: str
    shop_url: str
    seed: int = 1
    duration_s: float | None = None
    speed: float = 1.0
    rate: float = 20.0
    broken_ratio: float = 0.005
    repeated_ratio: float = 0.002
    settings: Mapping[str, Value] = field(default_factory=dict)
    prices: Mapping[str, int] = field(default_factory=dict)
    connections: int = _CONNECTIONS


async def run_visitors(
    collector_url: str, shop_url: str, seed: int = 1, duration_s: float | None = None, speed: float = 1.0,
    rate: float = 20.0, *, stop: asyncio.Event | None = None, clock: Clock | None = None, **options: Any,
) -> Report:  # fmt: skip
    """Send visitors to a shop until `duration_s` has passed or `stop` is set; `options` are the other fields of `Plan`.

    Comes back when every request has its answer.
    """
    plan = Plan(
        collector_url=collector_url,
        shop_url=shop_url,
        seed=seed,
        duration_s=duration_s,
        speed=speed,
        rate=rate,
        **options,
    )
    return await _Visitors(plan, clock or SystemClock(), stop or asyncio.Event()).run()


def world_of(plan: Plan, start: int) -> World:
    """The world whose visits these visitors make: lively, and as many of them as the rate wants."""
    every_ms = max(1, round(MEAN_SIGNALS * 1000 * plan.speed / plan.rate))
    values = {**LIVELY, "shop.daily.amplitude": 0.0, "timings.ms.onlineorders": every_ms, **plan.settings}
    return make_world(Settings(values), plan.seed, start)


class _Visitors:
    def __init__(self, plan: Plan, clock: Clock, stop: asyncio.Event) -> None:
        self._plan, self._clock, self._stop = plan, clock, stop
        self._began_ms, self._began = clock.now_ms(), clock.monotonic_ms()
        self._world = world_of(plan, self._began_ms)
        self._site = Site(plan.shop_url, self._world, plan.prices)
        self._client = Client(plan.collector_url, plan.connections, _TIMEOUT_S)
        self.report = Report()

    async def run(self) -> Report:
        try:
            async with asyncio.TaskGroup() as visits:
                for visit in Itineraries(self._world):
                    if not await self._until(self._start(visit)):
                        break
                    visits.create_task(self._visit(visit))
                    self.report.visits += 1
        finally:
            self._client.close()
        self.report.seconds = (self._clock.monotonic_ms() - self._began) / 1000
        return self.report

    def _start(self, visit: Visit) -> int:
        """When a visit begins. So many come at once in the beginning that traffic is full from the first seconds on."""
        since = visit.clicks[0].at - self._began_ms
        rush = MEAN_VISIT_MS
        squeezed = since * 0.06 if since < rush else since - rush * 0.94
        return self._began_ms + int(squeezed)

    def _now(self) -> int:
        """The visitors' clock: ms since the epoch."""
        return self._began_ms + int((self._clock.monotonic_ms() - self._began) * self._plan.speed)

    def _over(self) -> bool:
        passed = (self._clock.monotonic_ms() - self._began) / 1000
        return self._stop.is_set() or (self._plan.duration_s is not None and passed >= self._plan.duration_s)

    async def _until(self, moment: int) -> bool:
        """Wait for a moment of the visitors' clock; False when the run is over before it."""
        while not self._over():
            wait_s = (moment - self._now()) / self._plan.speed / 1000
            if wait_s <= 0:
                return True
            if self._plan.duration_s is not None:
                passed = (self._clock.monotonic_ms() - self._began) / 1000
                wait_s = min(wait_s, max(0.0, self._plan.duration_s - passed) + 0.001)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), wait_s)
        return False

    async def _visit(self, visit: Visit) -> None:
        browser = visit.browser
        random = self._world.generator(f"page views {self._began_ms}", visit.number)
        views = PageViews(random, browser.party, visit.session, browser.screen, new_party=visit.new_party)
        shift = self._start(visit) - visit.clicks[0].at
        headers = self._headers(visit)
        referrer = visit.referrer
        for signal in Tour(self._site, visit, random).signals():
            if not await self._until(signal.at + shift):
                return
            if signal.location is not None:
                views.load(signal.location, referrer)
                referrer = signal.location
            if not await self._send(views, signal, random, headers):
                return

    def _headers(self, visit: Visit) -> dict[str, str]:
        browser = visit.browser
        headers = {
            "User-Agent": browser.user_agent,
            "Accept": "image/avif,image/webp,image/png,*/*;q=0.8",
            "Accept-Language": "en-US,en;q=0.7",
            "X-Forwarded-For": browser.address,
            "Referer": self._site.home,
        }
        if browser.cookies:
            headers["Cookie"] = f"_dvp={browser.party}; _dvs={visit.session}"
        return headers | ({"DNT": "1"} if browser.do_not_track else {})

    async def _send(self, views: PageViews, signal: Signal, random: Random, headers: dict[str, str]) -> bool:
        """Send an event until it is answered; False when it was given up."""
        path = self._client.prefix + _EVENT_PATH
        async with self._client.turn():
            pairs = views.signal(signal.type, signal.parameters, self._now())
            request = self._client.request(target(path, pairs), headers)
            delivered = await self._deliver(request)
        if delivered:
            self.report.events += 1
            self.report.types[signal.type] += 1
            if random.random() < self._plan.repeated_ratio and await self._deliver(request):
                self.report.repeated += 1
            if random.random() < self._plan.broken_ratio:
                await self._send_broken(pairs, random, headers)
        return delivered

    async def _send_broken(self, pairs: list[tuple[str, str]], random: Random, headers: dict[str, str]) -> None:
        kind = BROKEN[int(random.integers(0, len(BROKEN)))]
        request = self._client.request(broken_target(self._client.prefix + _EVENT_PATH, pairs, kind), headers)
        if await self._deliver(request):
            self.report.broken[kind] += 1

    async def _deliver(self, request: bytes) -> bool:
        """Whether the request was answered with 2xx, however often it has to be sent until then."""
        wait_s = _FIRST_RETRY_S
        while True:
            begin = self._clock.monotonic_ms()
            try:
                answer = await self._client.get(request)
            except OSError as error:
                outcome, pause_s = type(error).__name__, wait_s
            else:
                self.report.latencies.add(self._clock.monotonic_ms() - begin)
                outcome, pause_s = str(answer.status), answer.retry_after_s or wait_s
                if 200 <= answer.status < 300:
                    self.report.answers[outcome] += 1
                    return True
            self.report.answers[outcome] += 1
            again = outcome in ("429", "503", "507") or not outcome.isdigit()
            if not again or self._over():
                self.report.refused[outcome] += 1
                return False
            self.report.retried += 1
            await asyncio.sleep(min(pause_s, _LONGEST_RETRY_S))
            wait_s = min(wait_s * 2, _LONGEST_RETRY_S)


def broken_target(path: str, pairs: Iterable[tuple[str, str]], kind: str) -> str:
    """The request target of an event that has something wrong with it."""
    values = dict(pairs)
    values["e"] += "x"
    match kind:
        case "no session":
            del values["s"]
        case "party is none":
            values["p"] = "undefined"
        case "clock is none":
            values["c"] = "NaN!"
        case "unknown type":
            values["t"] = "PAGE_VEIW"
        case "parameters cut off":
            values["u"] = values.get("u", "(sproduct!")[:-1]
    whole = target(path, list(values.items()))
    return whole[:-1] + ("0" if whole[-1] != "0" else "1") if kind == "wrong checksum" else whole

"""Visitors: the requests that leave are what the tag sends, in an order that makes sense, and are answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import islice, pairwise
from typing import Any
from urllib.parse import urlsplit

import msgspec
import numpy as np
import pytest

from riverrun.collect.mincode import to_json
from riverrun.collect.query import is_corrupt, parse_query
from riverrun.errors import InputError
from riverrun.generate.http import Client
from riverrun.generate.itineraries import Itineraries
from riverrun.generate.site import Site, Tour
from riverrun.generate.visitors import BROKEN, Latencies, Plan, broken_target, run_visitors, world_of
from riverrun.generate.wire import PageViews, Screen, target
from riverrun.ids import from_base36, parse_identifier

START = 1_767_571_200_000


class Seen:
    """The requests that came: headers, and decoded parameters."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], dict[str, str], bool]] = []
        self.connections = 0

    def add(self, head: str) -> None:
        first, *lines = head.split("\r\n")
        method, path, _ = first.split(" ")
        assert method == "GET"
        parts = urlsplit(path)
        assert parts.path == "/csc-event"
        parameters = parse_query(parts.query.encode())
        headers = dict(line.split(": ", 1) for line in lines)
        self.requests.append((headers, parameters.first, is_corrupt(parameters)))


@asynccontextmanager
async def server(seen: Seen, answer: Callable[[int], bytes]) -> AsyncIterator[str]:
    """A server that notes the requests; `answer` gives the bytes for the n-th."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                seen.add(head.decode().removesuffix("\r\n\r\n"))
                reply = answer(len(seen.requests))
                writer.write(reply)
                if b"connection: close" in reply:
                    break
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        listening.close()


GIF = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nGIF"


async def test_the_requests_are_what_the_tag_sends() -> None:
    seen = Seen()
    async with server(seen, lambda _: GIF) as url:
        report = await run_visitors(
            url, "http://shop.example/", seed=3, duration_s=1.0, speed=120, rate=150, broken_ratio=0, repeated_ratio=0
        )
    assert report.sent == len(seen.requests) > 50
    assert report.answers == {"200": report.sent}
    assert seen.connections < 30  # kept open
    assert not any(corrupt for _, _, corrupt in seen.requests)
    ids = [parameters["e"] for _, parameters, _ in seen.requests]
    assert len(set(ids)) == len(ids)
    by_session: dict[str, list[dict[str, str]]] = {}
    for headers, parameters, _ in seen.requests:
        by_session.setdefault(parameters["s"], []).append(parameters)
        assert headers["User-Agent"].startswith("Mozilla/5.0")
        assert headers["X-Forwarded-For"].count(".") == 3
        assert list(parameters)[:8] == ["p", "s", "v", "e", "c", "n", "f", "l"]
        assert parse_identifier(parameters["p"]) and parse_identifier(parameters["s"])
    for events in by_session.values():
        _check_session(events)
    assert set(report.types) > {"PAGE_VIEW", "SEARCH", "PRODUCT_VIEW", "ADD_TO_CART", "CART_VIEW"}


def _check_session(events: list[dict[str, str]]) -> None:
    assert [event["f"] for event in events] == ["t"] + ["f"] * (len(events) - 1)
    assert len({event["p"] for event in events}) == 1
    assert events[0]["t"] == "PAGE_VIEW"
    clocks = [from_base36(event["c"]) or 0 for event in events]
    assert clocks == sorted(clocks)
    assert clocks[0] - (parse_identifier(events[0]["s"]) or (0,))[0] <= 147_000
    for before, after in pairwise(events):
        assert before["t"] != "LOGIN" or "customer" in parameters(before)
        if before["v"] == after["v"]:
            assert after["t"] in ("ADD_TO_CART", "REMOVE_FROM_CART", "NEW_CUSTOMER", "LOGIN")
            assert int(after["e"].removeprefix(after["v"]), 16) == int(before["e"].removeprefix(before["v"]), 16) + 1
            assert after["l"] == before["l"]
        else:
            assert after["e"] == f"{after['v']}0"
            assert after["r"] == before["l"]
        assert _customer(before) in (None, _customer(after))


def parameters(event: dict[str, str]) -> Any:
    return msgspec.json.decode(to_json(event["u"])) if "u" in event else {}


def _customer(event: dict[str, str]) -> Any:
    return parameters(event).get("customer", {}).get("id")


def test_a_tour_tells_what_the_shop_tells() -> None:
    """docs/shop.md: the addresses, and which event has which parameters."""
    world = world_of(plan(seed=5), START)
    site = Site("http://shop/", world, {"navy-slim-jeans": 4499})
    expected = {
        "PAGE_VIEW": set(), "SEARCH": {"query", "results"}, "PRODUCT_VIEW": {"model", "price"},
        "ADD_TO_CART": {"product", "price"}, "REMOVE_FROM_CART": {"product", "price"}, "CART_VIEW": {"items"},
        "CHECKOUT_START": {"items", "total"}, "CHECKOUT_COMPLETE": {"order", "items", "total"},
        "NEW_CUSTOMER": {"customer"}, "LOGIN": {"customer"},
    }  # fmt: skip
    seen = set()
    for visit in islice(Itineraries(world), 400):
        signals = list(Tour(site, visit, np.random.default_rng(1)).signals())
        assert [signal.at for signal in signals] == sorted(signal.at for signal in signals)
        assert signals[0].location == f"http://shop{_path(signals[0].location)}{visit.query}"
        held: list[str] = []
        for number, signal in enumerate(signals):
            seen.add(signal.type)
            assert set(signal.parameters) - {"customer"} == expected[signal.type] - {"customer"}
            assert number == 0 or "utm_" not in (signal.location or "")
            product = signal.parameters.get("product", "")
            if signal.type == "ADD_TO_CART" and product not in held:
                held.append(product)
            elif signal.type == "REMOVE_FROM_CART":
                held.remove(product)
            elif signal.type == "PRODUCT_VIEW":
                slug = signal.parameters["model"].lower().replace(" ", "-")
                assert _path(signal.location) == f"/product/{slug}"
                assert slug != "navy-slim-jeans" or signal.parameters["price"] == 44.99
            assert signal.parameters.get("items", len(held)) == len(held)
    assert seen == set(expected)


def _path(location: str | None) -> str:
    return urlsplit(location or "").path


async def test_an_event_is_tried_until_it_is_answered() -> None:
    seen = Seen()
    busy = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    async with server(seen, lambda number: busy if number % 3 == 0 else GIF) as url:
        report = await run_visitors(url, "http://shop.example/", duration_s=1.0, speed=60, rate=60, broken_ratio=0,
                                    repeated_ratio=0)  # fmt: skip
    events = {parameters["e"] for _, parameters, _ in seen.requests}
    assert report.retried > 0
    assert report.events + report.refused.total() == len(events)
    assert len(seen.requests) == report.answers.total()


async def test_nobody_answers() -> None:
    report = await run_visitors("http://127.0.0.1:9/", "http://shop.example/", duration_s=0.3, speed=60, rate=20)
    assert report.sent == 0
    assert report.refused.total() > 0


async def test_they_stop_when_told() -> None:
    seen, stop = Seen(), asyncio.Event()

    def answer(number: int) -> bytes:
        if number == 5:
            stop.set()
        return GIF

    async with server(seen, answer) as url:
        report = await asyncio.wait_for(
            run_visitors(url, "http://shop.example/", speed=60, rate=60, stop=stop, repeated_ratio=0, broken_ratio=0),
            20,
        )
    assert report.sent == len(seen.requests) >= 5


async def test_broken_and_repeated_requests_are_counted() -> None:
    seen = Seen()
    async with server(seen, lambda _: GIF) as url:
        report = await run_visitors(
            url, "http://shop.example/", duration_s=0.7, speed=120, rate=150, broken_ratio=0.4, repeated_ratio=0.4
        )
    assert len(seen.requests) == report.sent == report.events + report.repeated + report.broken.total()
    assert report.repeated > 0
    assert set(report.broken) <= set(BROKEN)
    assert len(report.broken) > 3
    corrupt = sum(corrupt for _, _, corrupt in seen.requests)
    assert corrupt == report.broken["wrong checksum"]


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_broken_is_broken(kind: str) -> None:
    pairs = [("p", "0:16:x"), ("s", "0:16:y"), ("e", "0:v0"), ("c", "16"), ("t", "LOGIN"), ("u", "(sa!b!)")]
    parameters = parse_query(broken_target("/csc-event", pairs, kind).partition("?")[2].encode())
    assert is_corrupt(parameters) == (kind == "wrong checksum")
    values = {name: found for name, found in parameters.first.items() if name not in ("x", "e")}
    assert (values == {name: value for name, value in pairs if name != "e"}) == (kind == "wrong checksum")


def plan(**options: Any) -> Plan:
    return Plan(collector_url="http://c/", shop_url="http://s/", **options)


def test_the_same_seed_plans_the_same_visits() -> None:
    def planned() -> list[Any]:
        visits = islice(Itineraries(world_of(plan(seed=5), START)), 500)
        return [(v.session, v.browser.party, v.new_party, v.referrer, v.query, v.clicks) for v in visits]

    assert planned() == planned()


async def test_two_runs_with_one_seed_have_no_id_in_common() -> None:
    runs = []
    for _ in range(2):
        seen = Seen()
        async with server(seen, lambda _: GIF) as url:
            await run_visitors(url, "http://shop.example/", duration_s=0.5, speed=120, rate=150)
        runs.append([event for _, event, _ in seen.requests])
    assert runs[0] and runs[1]
    for name in ("e", "v", "s"):
        assert not {event.get(name, "") for event in runs[0]} & {event.get(name) for event in runs[1]}


def test_new_customers_are_others_in_another_run() -> None:
    new = [
        {
            click.customer
            for visit in islice(Itineraries(world_of(plan(seed=5), start)), 300)
            for click in visit.clicks
            if click.registers
        }
        for start in (START, START + 30_000)
    ]
    assert len(new[0]) > 50
    assert not new[0] & new[1]


def test_browsers_come_back_and_customers_register_before_they_log_in() -> None:
    visits = list(islice(Itineraries(world_of(plan(seed=5), START)), 3000))
    known: set[int] = set()
    logins = registrations = 0
    seen: set[str] = set()
    back = 0
    for visit in visits:
        assert visit.new_party == (visit.browser.party not in seen) or visit.clicks[0].customer >= 0
        back += visit.browser.party in seen
        seen.add(visit.browser.party)
        times = [click.at for click in visit.clicks]
        assert times == sorted(times)
        for click in visit.clicks:
            if click.registers:
                assert click.customer not in known
                registrations += 1
            if click.customer >= 0:
                known.add(click.customer)
            logins += click.type == "LOGIN"
    assert back > 300
    assert logins > registrations > 500
    # Nobody is in two visits at a time.
    last: dict[str, int] = {}
    for visit in visits:
        assert last.get(visit.browser.party, 0) < visit.clicks[0].at
        last[visit.browser.party] = visit.clicks[-1].at


def test_a_fractional_pixel_ratio_is_written_as_the_tag_writes_it() -> None:
    views = PageViews(np.random.default_rng(1), "0:16:x", "0:16:y", Screen(1920, 1040, 1280, 720, 1.5), new_party=True)
    views.load("http://shop/", None)
    pairs = dict(views.signal("PAGE_VIEW", None, START))
    assert pairs["k"] == "1.i"
    assert {"i": "1hc", "j": "sw", "w": "zk", "h": "k0"}.items() <= pairs.items()
    assert "u" not in pairs and "r" not in pairs
    assert target("/x", list(pairs.items())).startswith("/x?p=0%3A16%3Ax&s=0%3A16%3Ay&v=0%3A")


def test_the_checksums_are_those_of_divoltes_own_tag() -> None:
    """Two requests that the original tag was seen to send (its clock and random numbers held still)."""
    one = "0:j5399reo:qkfUDJ3893UmJkS8UkPYeHkFO9qpsT~5"
    views = PageViews(np.random.default_rng(1), one, one, Screen(1920, 1040, 1280, 720, 2.0), new_party=True)
    views.load(
        "https://www.example.com/a?b=c#d", "https://ref.example.org/", page_view="0:qkfUDJ3893UmJkS8UkPYeHkFO9qpsT~5"
    )
    first = target("/csc-event", views.signal("pageView", None, 1_500_000_000_000))
    second = target("/csc-event", views.signal("myEvent", {"foo": "hello", "bar": 42}, 1_500_000_000_000))
    assert first.endswith("&t=pageView&x=-59yg3b")
    assert second.endswith("&t=myEvent&u=(sfoo!hello!dbar!16!)&x=-bsysxd")


def test_the_shop_knows_what_visitors_look_at() -> None:
    """Every page that visitors open is one that the shop serves, and prices are the shop's."""
    from riverrun.serve.shop.catalogue import models, styles

    world = world_of(plan(seed=5), START)
    site = Site("http://shop/", world, {slug: model.price_cents for slug, model in models().items()})
    pages = set()
    for visit in islice(Itineraries(world), 300):
        for signal in Tour(site, visit, np.random.default_rng(1)).signals():
            pages.add(_path(signal.location))
            if signal.type == "PRODUCT_VIEW":
                model = models()[_path(signal.location).removeprefix("/product/")]
                assert signal.parameters == {"model": model.name, "price": model.price_cents / 100} | {
                    name: value for name, value in signal.parameters.items() if name == "customer"
                }
    categories = {page.removeprefix("/category/") for page in pages if page.startswith("/category/")}
    assert categories <= set(styles())
    assert len(categories) == 36


def test_latencies() -> None:
    latencies = Latencies()
    assert latencies.percentile(99) == 0
    for ms in range(1, 1001):
        latencies.add(float(ms))
    for percent in (50, 95, 99, 100):
        assert latencies.percentile(percent) == pytest.approx(percent * 10, rel=0.03)


@pytest.mark.parametrize("url", ["", "localhost:8290", "ftp://x/", "http:///x", "http://x:notaport/"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(InputError, match="is not an http address"):
        Client(url, 1, 1.0)

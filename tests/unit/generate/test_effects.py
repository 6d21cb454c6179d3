"""Every setting has the effect that its meaning says: one line of the table for each of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from riverrun.generate.run import Run
from riverrun.generate.settings import ALL, load
from riverrun.generate.streams import BY_NAME, render
from riverrun.generate.world import make_world

pytestmark = pytest.mark.slow

START = 1_767_571_200_000
HOUR = 3_600_000


@dataclass(frozen=True)
class Record:
    publish: int
    stamp: int
    key: str
    headers: dict[str, str]
    value: Any


Stream = list[Record]


@cache
def records(stream: str, hours: float, *assignments: str, faithful: bool = False) -> Stream:
    world = make_world(load(assignments=assignments, faithful=faithful), 11, START)
    rows = Run(world, [BY_NAME[stream]]).advance(START + round(hours * HOUR))[stream]
    batch = render(BY_NAME[stream], world, rows)
    names = list(batch.headers)
    headers = list(zip(*(column.to_pylist() for column in batch.headers.values()), strict=True)) or [()] * len(batch)
    return [
        Record(publish, stamp, key, dict(zip(names, values, strict=True)), value)
        for publish, stamp, key, values, value in zip(
            batch.publish.tolist(), batch.stamp.to_pylist(), batch.key.to_pylist(), headers, batch.value.to_pylist(),
            strict=True,
        )
    ]  # fmt: skip


# --- what is looked at --------------------------------------------------------------------------------------------

Sees = Callable[[Stream], bool]


def field(*path: str) -> Callable[[Stream], list[Any]]:
    def values(stream: Stream) -> list[Any]:
        found = []
        for record in stream:
            value = record.value
            for name in path:
                value = value[name] if value is not None else None
            found.append(value)
        return found

    return values


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text.replace(" ", "T").removesuffix("Z") + "+00:00").timestamp() * 1000)


def every(values: Callable[[Stream], list[Any]], test: Callable[[Any], bool]) -> Sees:
    return lambda stream: len(stream) > 0 and all(test(value) for value in values(stream))


def about(low: float, high: float, measure: Callable[[Stream], float]) -> Sees:
    return lambda stream: low <= measure(stream) <= high


def count(stream: Stream) -> float:
    return len(stream)


def repeated(stream: Stream) -> float:
    """Share of records that are the one before them again."""
    again = sum(a == b for a, b in pairwise(stream))
    return again / (len(stream) - again)


def lateness(name: str) -> Callable[[Stream], float]:
    """The greatest time (s) from what happened to its publication."""
    return lambda stream: max((record.publish - ms(record.value[name])) / 1000 for record in stream)


def normal(stream: Stream) -> Stream:
    """Orders made by the timer of normal orders: they come at its moments."""
    return [record for record in stream if record.publish % 30_000 == 0]


def by_type(stream: Stream) -> Counter[str]:
    return Counter(record.value["type"] for record in stream)


def sessions(stream: Stream) -> dict[str, Stream]:
    found: dict[str, Stream] = {}
    for record in stream:
        found.setdefault(record.key, []).append(record)
    return found


def gaps(stream: Stream) -> list[int]:
    return [b.publish - a.publish for part in sessions(stream).values() for a, b in pairwise(part)]


def most_at_a_time(stream: Stream) -> float:
    """Sessions between whose first and last click another begins."""
    spans = [(part[0].publish, part[-1].publish) for part in sessions(stream).values()]
    return max(sum(begin <= start <= end for begin, end in spans) for start, _ in spans)


def phones(address: dict[str, Any]) -> int:
    return len(address["phones"] or [])


def order_addresses(stream: Stream) -> list[Any]:
    return [record.value["address"][kind] for record in stream for kind in ("shippingaddress", "billingaddress")]


def return_addresses(stream: Stream) -> list[Any]:
    return [address for record in stream for address in record.value["addresses"]]


def items(stream: Stream) -> list[Any]:
    return [item for record in stream for item in record.value["returns"]]


def cancelled_after(stream: Stream, which: Callable[[Record], bool], *assignments: str) -> list[float]:
    """Minutes from each order to its cancellation."""
    orders = {record.value["id"]: record for record in records("orders", 12, *assignments)}
    known = [(orders[record.value["orderid"]], record) for record in stream if record.value["orderid"] in orders]
    return [(record.publish - order.publish) / 60_000 for order, record in known if which(order)]


def is_normal(record: Record) -> bool:
    """Of the timer of normal orders; at the very beginning there are others, too."""
    return record.publish % 30_000 == 0 and record.publish > START


def first_orders(stream: Stream) -> list[float]:
    """Minutes from each registration in a store to the order of that customer."""
    registered = {
        record.key: record.publish for record in records("newcustomers", 48, "timings.ms.onlineorders=86400000")
    }
    found: dict[str, float] = {}
    for record in stream:
        customer = record.value["customerid"]
        if customer in registered and record.publish % 30_000 and record.publish % 600_000:
            found.setdefault(customer, (record.publish - registered[customer]) / 60_000)
    return list(found.values())


def stories(stream: Stream) -> dict[str, list[Record]]:
    """Orders with a price cut, by their product: what is cheaper than before at the same store."""
    found: dict[str, list[Record]] = {}
    for record in stream:
        found.setdefault(record.value["description"] + record.headers["storeid"], []).append(record)
    return {name: part for name, part in found.items() if len(part) > 1}


def price_cuts(stream: Stream) -> list[float]:
    return [round(part[0].value["price"] - part[-1].value["price"], 2) for part in stories(stream).values()]


_SUSPECTS = ("Suspicious Bob", "Naughty Nigel", "Criminal Clive", "Dastardly Derek")


def fraud_sizes(stream: Stream) -> list[int]:
    found = []
    for part in stories(stream).values():
        if part[-1].value["customer"] in _SUSPECTS:
            found.append(len(part) - 1)
    return found


def sequences(stream: Stream) -> Counter[str]:
    found: dict[str, str] = {}
    for record in stream:
        found[record.key] = found.get(record.key, "") + record.value["state"][0]
    return Counter(part for text in found.values() for part in re.findall("SPPC?", text))


def size_talk(stream: Stream) -> float:
    """Share of reviews that say that a product runs small or large."""
    return float(np.mean([record.value["review"]["characteristics"][0]["ranking"] != 2 for record in stream]))


def ratio(values: list[bool]) -> float:
    return float(np.mean(values))


def returned_share_of_commonest(stream: Stream) -> float:
    names = Counter(item["product"]["id"] for item in items(stream))
    return sum(sorted(names.values(), reverse=True)[:10]) / names.total()


def restocking_days(stream: Stream) -> list[int]:
    return [r.value["restockingdate"] - r.value["outofstocktime"] // 86_400_000 for r in stream]


def stock_delay(*assignments: str) -> Callable[[Stream], list[float]]:
    """Minutes from an online order to its out-of-stock event: their products tell which belong together."""

    def minutes(stream: Stream) -> list[float]:
        orders = records("onlineorders", 12, *assignments)
        found = []
        for record in stream:
            product = " ".join(record.value["product"][name] for name in ("size", "material", "style", "name"))
            times = [order.publish for order in orders if product in order.value["products"]]
            found.append(min((record.publish - t for t in times if t < record.publish), default=60_000) / 60_000)
        return found

    return minutes


def reviews_after(stream: Stream) -> list[float]:
    """Minutes from the last return request to each review that no timer made."""
    follow = [record for record in stream if record.publish % 60_000]
    return [(record.publish % 7_200_000) / 60_000 for record in follow]


# --- the table ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Effect:
    """With `assignments`, `hours` of `stream` are as `sees` says; with the defaults they are not."""

    stream: str
    assignments: tuple[str, ...]
    sees: Sees
    hours: float = 2
    both: tuple[str, ...] = ()  # also set for the run with the defaults


_ISO_TIME = {
    "clicktracking": "timestamp", "newcustomers": "registered", "onlineorders": "ordertime",
    "abandonedorders": "abandonedtime", "returnrequests": "returntime", "productreviews": "reviewtime",
    "orders": "ordertime", "cancellations": "canceltime", "stockmovements": "updatetime", "badgeins": "badgetime",
    "transactions": "timestamp",
}  # fmt: skip
_MANY_CANCELLED = (
    "cancellations.ratio=1",
    "timings.ms.falsepositives=86400000",
    "timings.ms.suspiciousorders=86400000",
)
_NO_STORIES = _MANY_CANCELLED[1:]
_FRAUD = ("timings.ms.suspiciousorders=60000", "timings.ms.falsepositives=86400000", "timings.ms.orders=86400000")
_MANY_STOCK = ("onlineorders.outofstock.ratio=1",)

EFFECTS: dict[str, Effect] = {
    "formats.timestamps": Effect(
        "orders", ("formats.timestamps=dd.MM.yy HH:mm",),
        every(field("ordertime"), lambda text: re.fullmatch(r"\d\d\.01\.26 \d\d:\d\d", text) is not None)),
    "formats.timestamps.ltz": Effect(
        "clicktracking", ("formats.timestamps.ltz=EEE hh:mm:ss a",),
        every(field("timestamp"), lambda text: re.fullmatch(r"Mon \d\d:\d\d:\d\d AM", text) is not None)),
    **{f"topic.name.{name}": Effect(name, (f"topic.name.{name}=MINE",), lambda _: True) for name in BY_NAME},
    "startup.history.enabled": Effect("orders", ("startup.history.enabled=true",), lambda _: True),
    "timings.ms.orders": Effect("orders", ("timings.ms.orders=1000",), about(3600, 3700, count), 1),
    "timings.ms.falsepositives": Effect(
        "orders", ("timings.ms.falsepositives=60000",), about(200, 300, lambda s: len(stories(s)) * 2), 2),
    "timings.ms.suspiciousorders": Effect(
        "orders", ("timings.ms.suspiciousorders=60000",),
        about(100, 130, lambda s: sum(r.value["customer"] in _SUSPECTS for r in s)), 2),
    "timings.ms.stockmovements": Effect("stockmovements", ("timings.ms.stockmovements=60000",), about(120, 150, count)),
    "timings.ms.badgeins": Effect("badgeins", ("timings.ms.badgeins=6000",), about(600, 600, count), 1),
    "timings.ms.newcustomers": Effect(
        "newcustomers", ("timings.ms.newcustomers=5000",), about(720, 770, count), 1,
            ("timings.ms.onlineorders=600000",)),
    "timings.ms.sensorreadings": Effect("sensorreadings", ("timings.ms.sensorreadings=5000",), about(920, 920, count),
        1),
    "timings.ms.highsensorreadings": Effect(
        "sensorreadings", ("timings.ms.highsensorreadings=4000",), about(1034, 1034, count), 1),
    "timings.ms.onlineorders": Effect(
        "clicktracking", ("timings.ms.onlineorders=60000",), about(55, 60, lambda s: len(sessions(s))), 1),
    "timings.ms.clicktracking": Effect("clicktracking", ("timings.ms.clicktracking=5000",),
        lambda s: max(gaps(s)) <= 5000),
    "timings.ms.returnrequests": Effect("returnrequests", ("timings.ms.returnrequests=60000",), about(120, 120, count)),
    "timings.ms.productreviews": Effect("productreviews", ("timings.ms.productreviews=30000",), about(240, 260, count)),
    "timings.ms.transactions": Effect("transactions", ("timings.ms.transactions=5000",), about(720, 720, count), 1),
    **{
        f"eventdelays.{name}.secs.max": Effect(
            name, (f"eventdelays.{name}.secs.max=800",), about(500, 800, lateness(_ISO_TIME[name])), 6)
        for name in ("orders", "cancellations", "stockmovements", "badgeins", "newcustomers", "returnrequests",
                     "productreviews", "transactions")
    },
    "eventdelays.sensorreadings.secs.max": Effect(
        "sensorreadings", ("eventdelays.sensorreadings.secs.max=0",),
        lambda s: all(_clock(r.publish) in r.value["sensortime"] for r in s)),
    "eventdelays.outofstocks.secs.max": Effect(
        "outofstocks", ("eventdelays.outofstocks.secs.max=800",),
        about(400, 800, lambda s: max(r.publish - r.value["outofstocktime"] for r in s) / 1000), 12, _MANY_STOCK),
    **{
        f"duplicates.{name}.ratio": Effect(name, (f"duplicates.{name}.ratio=0.5",), about(0.35, 0.65, repeated),
            1 if name == "clicktracking" else 8)
        for name in BY_NAME
    },
    "products.sizes": Effect(
        "orders", ("products.sizes=Big,Small",), every(field("description"), lambda t: t.split()[0] in ("Big",
            "Small"))),
    "products.materials": Effect(
        "stockmovements", ("products.materials=Oak,Ash",), every(field("product"), lambda t: t.split()[1] in ("Oak",
            "Ash"))),
    "products.styles": Effect(
        "productreviews", ("products.styles=Round",), every(field("product"), lambda t: t.split()[1] == "Round")),
    "products.name": Effect(
        "outofstocks", ("products.name=Dining Table",), every(field("product", "name"), lambda t: t == "Dining Table"),
            12),
    "prices.min": Effect("orders", ("prices.min=50",), lambda s: min(r.value["price"] for r in normal(s)) >= 50, 2,
        _NO_STORIES),
    "prices.max": Effect("orders", ("prices.max=20",), every(field("price"), lambda price: price <= 20)),
    "prices.maxvariation": Effect("orders", ("prices.maxvariation=0.5",), lambda s: max(price_cuts(s)) <= 0.5, 6),
    "orders.small.quantity.min": Effect(
        "orders", ("orders.small.quantity.min=4",), every(field("quantity"), lambda quantity: quantity >= 4)),
    "orders.small.quantity.max": Effect(
        "orders", ("orders.small.quantity.max=2",),
            lambda s: all(p[-1].value["quantity"] <= 2 for p in stories(s).values()), 6),
    "orders.large.quantity.min": Effect(
        "orders", ("orders.large.quantity.min=9",),
            lambda s: all(p[0].value["quantity"] >= 9 for p in stories(s).values()), 6),
    "orders.large.quantity.max": Effect(
        "orders", ("orders.large.quantity.max=30",), lambda s: max(r.value["quantity"] for r in s) > 25),
    "cancellations.ratio": Effect("cancellations", ("cancellations.ratio=0.5",), about(450, 750, count), 12),
    "cancellations.delay.ms.min": Effect(
        "cancellations", ("cancellations.delay.ms.min=6000000",),
        lambda s: min(cancelled_after(s, is_normal, "cancellations.delay.ms.min=6000000", *_MANY_CANCELLED)) >= 100, 12,
        _MANY_CANCELLED),
    "cancellations.delay.ms.max": Effect(
        "cancellations", ("cancellations.delay.ms.max=600000",),
        lambda s: max(cancelled_after(s, is_normal, "cancellations.delay.ms.max=600000", *_MANY_CANCELLED)) <= 10, 12,
        _MANY_CANCELLED),
    "cancellations.reasons": Effect(
        "cancellations", ("cancellations.reasons=WHIM",), every(field("reason"), lambda reason: reason == "WHIM"), 6),
    "suspicious.cancellations.delay.ms.min": Effect(
        "cancellations", ("suspicious.cancellations.delay.ms.min=1500000",),
        lambda s: min(cancelled_after(s, lambda _: True, *_FRAUD)) >= 25, 12, _FRAUD),
    "suspicious.cancellations.delay.ms.max": Effect(
        "cancellations", ("suspicious.cancellations.delay.ms.max=1000000",),
        lambda s: max(cancelled_after(s, lambda _: True, *_FRAUD)) <= 16.7, 12, _FRAUD),
    "suspicious.cancellations.max": Effect(
        "orders", ("suspicious.cancellations.max=1",), lambda s: set(fraud_sizes(s)) == {1}, 12, _FRAUD),
    "suspicious.cancellations.customernames": Effect(
        "orders", ("suspicious.cancellations.customernames=Sly Fox",),
        lambda s: sum(r.value["customer"] == "Sly Fox" for r in s) > 10, 12),
    "newcustomers.order.ratio": Effect(
        "orders", ("newcustomers.order.ratio=1",), about(280, 320, lambda s: len(first_orders(s))), 48, _NO_STORIES),
    "newcustomers.order.delay.ms.min": Effect(
        "orders", ("newcustomers.order.delay.ms.min=1200000",),
        lambda s: bool(np.percentile(first_orders(s), 5) >= 20), 48, (*_NO_STORIES, "newcustomers.order.ratio=1")),
    "newcustomers.order.delay.ms.max": Effect(
        "orders", ("newcustomers.order.delay.ms.max=240000",),
        lambda s: bool(np.percentile(first_orders(s), 95) <= 4), 48, (*_NO_STORIES, "newcustomers.order.ratio=1")),
    "onlineorders.products.max": Effect(
        "abandonedorders", ("onlineorders.products.max=1",), every(field("products"), lambda names: len(names) <= 1)),
    "onlineorders.customer.emails.min": Effect(
        "onlineorders", ("onlineorders.customer.emails.min=2",), every(field("customer", "emails"),
            lambda e: len(e) == 2)),
    "onlineorders.customer.emails.max": Effect(
        "abandonedorders", ("onlineorders.customer.emails.max=5",),
        lambda s: {len(r.value["customer"]["emails"]) for r in s} == {1, 2, 3, 4, 5}),
    "onlineorders.address.phones.min": Effect(
        "onlineorders", ("onlineorders.address.phones.min=1",), every(order_addresses, lambda a: phones(a) >= 1)),
    "onlineorders.address.phones.max": Effect(
        "onlineorders", ("onlineorders.address.phones.max=0",), every(order_addresses, lambda a: a["phones"] is None)),
    "onlineorders.reuse.address.ratio": Effect(
        "onlineorders", ("onlineorders.reuse.address.ratio=0",),
        every(field("address"), lambda a: a["shippingaddress"] != a["billingaddress"])),
    "onlineorders.outofstock.ratio": Effect("outofstocks", ("onlineorders.outofstock.ratio=0.8",), about(580, 850,
        count), 12),
    "onlineorders.cities": Effect(
        "onlineorders", ("onlineorders.cities=New York,Boston",),
        every(field("address", "shippingaddress", "city"), lambda city: city in ("New York", "Boston"))),
    "onlineorders.url": Effect(
        "clicktracking", ("onlineorders.url=http://x",), every(field("url"), lambda url: url.startswith("http://x/")),
            0.5),
    "onlineorders.clickevents.max": Effect(
        "clicktracking", ("onlineorders.clickevents.max=5",), lambda s: max(map(len, sessions(s).values())) == 5),
    "onlineorders.abandoned.ratio": Effect(
        "clicktracking", ("onlineorders.abandoned.ratio=0",),
        about(0.5, 1, lambda s: by_type(s)["CHECKOUT_COMPLETE"] / len(sessions(s)))),
    "onlineorders.loggedin.ratio": Effect(
        "clicktracking", ("onlineorders.loggedin.ratio=1",), every(field("customer"),
            lambda customer: customer is not None)),
    "onlineorders.marketing.ratio": Effect(
        "clicktracking", ("onlineorders.marketing.ratio=1",), every(field("url"), lambda url: "utm_source=" in url)),
    "onlineorders.sessions.max": Effect(
        "clicktracking", ("onlineorders.sessions.max=3",), about(1, 3, most_at_a_time)),
    "outofstocks.restocking.delay.days.min": Effect(
        "outofstocks", ("outofstocks.restocking.delay.days.min=4",), lambda s: set(restocking_days(s)) == {4, 5}, 12),
    "outofstocks.restocking.delay.days.max": Effect(
        "outofstocks", ("outofstocks.restocking.delay.days.max=3",), lambda s: set(restocking_days(s)) == {1, 2, 3},
            12),
    "outofstocks.delay.ms.min": Effect(
        "outofstocks", ("outofstocks.delay.ms.min=7000000",),
        lambda s: float(np.median(stock_delay()(s))) > 110, 12),
    "outofstocks.delay.ms.max": Effect(
        "outofstocks", ("outofstocks.delay.ms.max=400000",), lambda s: float(np.median(stock_delay()(s))) < 10, 12),
    "returnrequests.products.min": Effect(
        "returnrequests", ("returnrequests.products.min=3",), every(field("returns"),
            lambda returns: len(returns) >= 3)),
    "returnrequests.products.max": Effect(
        "returnrequests", ("returnrequests.products.max=1",), every(field("returns"),
            lambda returns: len(returns) == 1)),
    "returnrequests.product.quantity.min": Effect(
        "returnrequests", ("returnrequests.product.quantity.min=3",), every(items, lambda item: item["quantity"] == 3)),
    "returnrequests.product.quantity.max": Effect(
        "returnrequests", ("returnrequests.product.quantity.max=1",), every(items, lambda item: item["quantity"] == 1)),
    "returnrequests.customer.emails.min": Effect(
        "returnrequests", ("returnrequests.customer.emails.min=2",),
        every(field("customer", "emails"), lambda emails: len(emails) == 2)),
    "returnrequests.customer.emails.max": Effect(
        "returnrequests", ("returnrequests.customer.emails.max=1",),
        every(field("customer", "emails"), lambda emails: len(emails) == 1)),
    "returnrequests.address.phones.min": Effect(
        "returnrequests", ("returnrequests.address.phones.min=2",), every(return_addresses, lambda a: phones(a) == 2)),
    "returnrequests.address.phones.max": Effect(
        "returnrequests", ("returnrequests.address.phones.max=0",), every(return_addresses,
            lambda a: a["phones"] is None)),
    "returnrequests.reuse.address.ratio": Effect(
        "returnrequests", ("returnrequests.reuse.address.ratio=0",), every(field("addresses"), lambda a: len(a) == 2)),
    "returnrequests.reasons": Effect(
        "returnrequests", ("returnrequests.reasons=WHIM",), every(items, lambda item: item["reason"] == "WHIM")),
    "returnrequests.review.ratio": Effect("productreviews", ("returnrequests.review.ratio=1",), about(820, 870, count),
        12),
    "returnrequests.product.with.size.issue.ratio": Effect(
        "returnrequests", ("returnrequests.product.with.size.issue.ratio=1",), about(0.99, 1,
            returned_share_of_commonest), 12),
    "productreviews.products.with.size.issue.count": Effect(
        "productreviews", ("productreviews.products.with.size.issue.count=900",), about(0.7, 0.9, size_talk), 12),
    "productreviews.review.with.size.issue.ratio": Effect(
        "productreviews", ("productreviews.review.with.size.issue.ratio=1",), about(1, 1, size_talk), 6,
        ("productreviews.products.with.size.issue.count=900",)),
    "productreviews.delay.ms.min": Effect(
        "productreviews", ("productreviews.delay.ms.min=3000000",),
        lambda s: min(reviews_after(s)) >= 50, 24, ("timings.ms.returnrequests=7200000",
            "returnrequests.review.ratio=1")),
    "productreviews.delay.ms.max": Effect(
        "productreviews", ("productreviews.delay.ms.max=600000",),
        lambda s: max(reviews_after(s)) <= 10, 24, ("timings.ms.returnrequests=7200000",
            "returnrequests.review.ratio=1")),
    "transactions.max.ids": Effect("transactions", ("transactions.max.ids=2",), lambda s: {r.key for r in s} == {"T1",
        "T2"}),
    "transactions.amount.min": Effect(
        "transactions", ("transactions.amount.min=900",), every(field("amount"), lambda amount: amount >= 900)),
    "transactions.amount.max": Effect(
        "transactions", ("transactions.amount.max=101",), every(field("amount"), lambda amount: amount <= 101)),
    "transactions.valid.ratio": Effect("transactions", ("transactions.valid.ratio=0",),
        lambda s: set(sequences(s)) == {"SPP"}),
    "highsensorreadings.outlier.ratio": Effect(
        "sensorreadings", ("highsensorreadings.outlier.ratio=0.5",),
        about(0.2, 0.4, lambda s: ratio([r.value["temperature"] >= 46 and r.value["humidity"] >= 112 for r in s]))),
    "locations.regions": Effect("orders", ("locations.regions=NA,SA",),
        lambda s: {r.value["region"] for r in s} == {"NA", "SA"}),
    "locations.regions.countries": Effect(
        "orders", ("locations.regions.countries=EMEA:IT;NA:US",), lambda s: {r.key for r in s} == {"", "IT", "US"}, 6),
    "locations.warehouses": Effect(
        "stockmovements", ("locations.warehouses=Up,Down",), every(field("warehouse"), lambda name: name in ("Up",
            "Down"))),
    "priorities.priority": Effect(
        "orders", ("priorities.priority=low",), lambda s: {r.headers["priority"] for r in s} == {"low"}),
    "shop.regulars": Effect(
        "returnrequests", ("shop.regulars=100",), about(50, 100,
            lambda s: len({r.value["customer"]["id"] for r in s})), 24,
        ("shop.recent.ratio=0",)),
    "shop.recent.ratio": Effect(
        "returnrequests", ("shop.recent.ratio=1",),
        lambda s: {r.value["customer"]["id"] for r in s[40:]} <= {r.key for r in records("newcustomers", 12)}, 12),
    "shop.daily.amplitude": Effect(
        "clicktracking", ("shop.daily.amplitude=0.9",),
        lambda s: sum(r.publish % 86_400_000 < 12 * HOUR for r in s) < 0.4 * len(s), 24,
            ("timings.ms.onlineorders=300000",)),
    "shop.campaigns.effect": Effect(
        "clicktracking", ("shop.campaigns.effect=1",), about(1.4, 9, lambda s: _orders_by("utm_medium=email", s)), 8),
    "shop.bots.ratio": Effect(
        "clicktracking", ("shop.bots.ratio=0.5",),
        about(0.4, 0.6, lambda s: ratio(["bot" in p[0].value["context"]["browser"]["useragent"].lower()
                                         for p in sessions(s).values()]))),
    "shop.coherent.context": Effect(
        "clicktracking", ("shop.coherent.context=true",),
        every(field("context"), lambda c: not c["browser"]["name"].startswith("Safari") or "OS" in c["device"]["os"])),
}  # fmt: skip
_FAULTS = {name for name in ALL if name.startswith("faults.")}  # test_faults.py
# Seen elsewhere: the names of files and topics, and history before the start.
_ELSEWHERE = {name for name in ALL if name.startswith("topic.name.")} | {"startup.history.enabled"}


def _clock(at: int) -> str:
    return f"{at // 60_000 % 60:02d}:{at // 1000 % 60:02d} UTC"


def _orders_by(mark: str, stream: Stream) -> float:
    """How much more often visits with `mark` in their address buy than all do."""
    parts = list(sessions(stream).values())
    buys = {part[0].key: any(r.value["type"] == "CHECKOUT_COMPLETE" for r in part) for part in parts}
    marked = [part[0].key for part in parts if mark in part[0].value["url"]]
    return ratio([buys[key] for key in marked]) / ratio(list(buys.values()))


def test_every_setting_is_in_the_table() -> None:
    assert set(EFFECTS) | _FAULTS == set(ALL)


@pytest.mark.parametrize("name", sorted(set(EFFECTS) - _ELSEWHERE))
def test_the_setting_does_what_it_says(name: str) -> None:
    effect = EFFECTS[name]
    assert effect.assignments[0].startswith(f"{name}=")
    with_it = records(effect.stream, effect.hours, *effect.both, *effect.assignments)
    without = records(effect.stream, effect.hours, *effect.both)
    assert effect.sees(with_it)
    assert not effect.sees(without)

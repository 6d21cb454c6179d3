"""Ten simulated days reproduce the published rates, shares and the transition table, within their statistical error.

Expected values are those of the original (its documentation, or a simulation of its state machine with 300,000
sessions); tolerances are computed here: half a unit of the last published digit, and four and a half standard errors.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from riverrun.generate.activity import shop_of
from riverrun.generate.comments import COMMENTS
from riverrun.generate.run import Run
from riverrun.generate.settings import load
from riverrun.generate.streams import BY_NAME, STREAMS
from riverrun.generate.visits import VISITS
from riverrun.generate.vocabulary import CLICKS, DEVICES, UTM_SOURCES
from riverrun.generate.world import Rows, World, make_world

pytestmark = pytest.mark.slow

START = 1_767_571_200_000
DAYS = 10
HOURS = DAYS * 24
_SIGMAS = 4.5


@cache
def world() -> World:
    return make_world(load(), 2026, START)


@cache
def ten_days() -> dict[str, Rows]:
    run = Run(world(), STREAMS)
    parts = [run.advance(START + (day + 1) * 86_400_000) for day in range(DAYS)]
    return {
        name: Rows(
            np.concatenate([part[name].publish for part in parts]),
            {code: np.concatenate([part[name].codes[code] for part in parts]) for code in parts[0][name].codes},
        )
        for name in BY_NAME
    }


@cache
def visits() -> list[tuple[list[str], list[int], list[int]]]:
    """(types, products, customers) of each visit that is over."""
    codes = ten_days()["clicktracking"].codes
    order = np.argsort(codes["visit"], kind="stable")
    columns = [codes[name][order].tolist() for name in ("type", "product", "customer")]
    starts = np.flatnonzero(np.diff(codes["visit"][order], prepend=-1)).tolist()
    bounds = pairwise([*starts, order.size])
    found = []
    for low, high in bounds:
        types, products, customers = (column[low:high] for column in columns)
        found.append(([CLICKS[kind] for kind in types], products, customers))
    return found[: -2 * VISITS]


def close(share: float, expected: float, count: int, digit: float = 0.0) -> bool:
    """Whether a share of `count` trials may be what was published, to half of `digit`."""
    error = math.sqrt(expected * (1 - expected) / count)
    return abs(share - expected) <= digit / 2 + _SIGMAS * error


def check(counts: Counter[Any], expected: dict[Any, float], digit: float = 0.0) -> None:
    total = counts.total()
    assert set(counts) <= set(expected)
    wrong = {
        name: (counts[name] / total, share)
        for name, share in expected.items()
        if not close(counts[name] / total, share, total, digit)
    }
    assert not wrong


def bates(choices: int) -> list[float]:
    """Shares of a pick by the mean of three even numbers: the distribution of Irwin and Hall, n = 3."""

    def below(x: float) -> float:
        return math.fsum((-1) ** k * math.comb(3, k) * (x - k) ** 3 for k in range(int(x) + 1)) / 6

    return [below(3 * (i + 1) / choices) - below(3 * i / choices) for i in range(choices)]


def test_bates_as_published() -> None:
    assert [round(100 * share, 1) for share in bates(5)] == [3.6, 24.8, 43.2, 24.8, 3.6]
    assert [round(100 * share, 1) for share in bates(7)] == [1.3, 9.2, 23.8, 31.5, 23.8, 9.2, 1.3]


@pytest.mark.parametrize(
    ("stream", "per_hour", "digit"),
    [
        ("orders", 120 + 3600 / 543.4 * 0.22 + 2 * 6 + 2.89, 0.1),
        ("cancellations", 0.6 + 6 + 1.89, 0.1),
        ("stockmovements", 12 * 1.1, 0.0),
        ("badgeins", 6000, 0.0),
        ("sensorreadings", 3600 / 27 + 3600 / 18, 1.0),
        ("onlineorders", 81, 1.0),
        ("abandonedorders", 210, 4.0),
        ("outofstocks", 18, 1.0),
        ("returnrequests", 12, 0.0),
        ("productreviews", 60 + 12 * 0.32, 0.1),
        ("transactions", 180, 0.0),
        ("newcustomers", 3600 / 543.4 + 200, 10.0),
        ("clicktracking", 7700, 200.0),
    ],
)
def test_rates(stream: str, per_hour: float, digit: float) -> None:
    found = len(ten_days()[stream]) / HOURS
    assert abs(found - per_hour) <= digit / 2 + _SIGMAS * math.sqrt(per_hour / HOURS) + 1 / HOURS


# The weights of the next click, as published, and what may not come next.
_TABLE = {
    "PAGE_VIEW": {"PAGE_VIEW": 30, "SEARCH": 25, "PRODUCT_VIEW": 30, "CART_VIEW": 10, "LOGIN": 5},
    "SEARCH": {"PAGE_VIEW": 15, "SEARCH": 25, "PRODUCT_VIEW": 50, "CART_VIEW": 5, "LOGIN": 5},
    "PRODUCT_VIEW": {"PAGE_VIEW": 25, "SEARCH": 10, "ADD_TO_CART": 50, "CART_VIEW": 10, "LOGIN": 5},
    "ADD_TO_CART": {"PAGE_VIEW": 25, "SEARCH": 20, "CART_VIEW": 50, "LOGIN": 5},
    "REMOVE_FROM_CART": {"PAGE_VIEW": 25, "CART_VIEW": 75},
    "CART_VIEW": {"PAGE_VIEW": 20, "SEARCH": 20, "REMOVE_FROM_CART": 10, "CHECKOUT_START": 45, "LOGIN": 5},
    "LOGIN": {"PAGE_VIEW": 55, "CART_VIEW": 45},
    "CHECKOUT_START": {"PAGE_VIEW": 30, "CHECKOUT_COMPLETE": 70},
}
_MOST_PRODUCTS = 5


def _allowed(kind: str, *, known: bool, basket: int) -> bool:
    match kind:
        case "LOGIN":
            return not known
        case "CHECKOUT_START":
            return known and basket > 0
        case "REMOVE_FROM_CART":
            return basket > 0
        case "ADD_TO_CART":
            return basket < _MOST_PRODUCTS
    return True


def test_the_transition_table() -> None:
    counts: dict[tuple[str, bool, int], Counter[str]] = {}
    for types, products, customers in visits():
        basket: set[int] = set()
        for position, (before, after) in enumerate(pairwise(types)):
            if before == "ADD_TO_CART":
                basket.add(products[position])
            elif before == "REMOVE_FROM_CART":
                basket.discard(products[position])
            fill = 0 if not basket else 2 if len(basket) == _MOST_PRODUCTS else 1
            counts.setdefault((before, customers[position] >= 0, fill), Counter())[after] += 1
    for (before, known, fill), found in counts.items():
        basket_size = (0, 1, _MOST_PRODUCTS)[fill]
        weights = {k: w for k, w in _TABLE[before].items() if _allowed(k, known=known, basket=basket_size)}
        check(found, {kind: weight / sum(weights.values()) for kind, weight in weights.items()})
    assert len(counts) > 30


def test_shares_of_click_types() -> None:
    shares = {
        "PAGE_VIEW": 31.5, "SEARCH": 20.8, "PRODUCT_VIEW": 19.6, "CART_VIEW": 12.3, "ADD_TO_CART": 9.6, "LOGIN": 2.6,
        "CHECKOUT_START": 1.7, "CHECKOUT_COMPLETE": 1.05, "REMOVE_FROM_CART": 0.90,
    }  # fmt: skip
    counts = Counter(kind for types, _, _ in visits() for kind in types)
    # Clicks of a visit depend on each other, so the error is that of visits and not of clicks.
    for kind, share in shares.items():
        error = 0.05 / 100 + _SIGMAS * math.sqrt(share / 100 / len(visits()) / 4)
        assert abs(counts[kind] / counts.total() - share / 100) <= error, kind


def test_visits() -> None:
    shop, count = shop_of(world()), len(visits())
    lengths = np.array([len(types) for types, _, _ in visits()])
    assert abs(lengths.mean() - 17.3) <= 0.05 + _SIGMAS * lengths.std() / math.sqrt(count)
    assert np.percentile(lengths, [5, 25, 50, 75, 95]).tolist() == pytest.approx([5, 10, 15, 23, 38], abs=0.51)
    assert lengths.max() == 50
    assert all(types[0] == "PAGE_VIEW" for types, _, _ in visits())
    logins = sum("LOGIN" in types for types, _, _ in visits())
    removals = sum("REMOVE_FROM_CART" in types for types, _, _ in visits())
    orders = sum("CHECKOUT_COMPLETE" in types for types, _, _ in visits())
    known = sum(customers[0] >= 0 for _, _, customers in visits())
    adds = sum("ADD_TO_CART" in types for types, _, _ in visits())
    assert close(logins / count, 0.446, count, 0.001)
    assert close(removals / count, 0.136, count, 0.001)
    assert close(orders / count, 0.182, count, 0.001)
    assert close(known / count, 0.2, count)
    assert close(adds / count, 0.9996, count, 0.0001)
    starts = np.concatenate([shop.visitors(block).starts for block in range(3)])
    assert set(np.diff(starts)) == {8000}


def test_durations() -> None:
    codes = ten_days()["clicktracking"].codes
    order = np.argsort(codes["visit"], kind="stable")
    visit, time = codes["visit"][order], codes["time"][order]
    gaps = np.diff(time)[np.diff(visit) == 0]
    assert 3000 <= gaps.min() <= 3010
    assert 14_990 <= gaps.max() <= 15_000
    assert abs(gaps.mean() - 9000) <= _SIGMAS * gaps.std() / math.sqrt(gaps.size)
    first = np.flatnonzero(np.diff(visit, prepend=-1))
    seconds = (time[np.append(first[1:], visit.size) - 1] - time[first])[: -2 * VISITS] / 1000
    assert abs(seconds.mean() - 147) <= 0.5 + _SIGMAS * seconds.std() / math.sqrt(seconds.size)
    assert np.median(seconds) == pytest.approx(127, abs=2)
    assert np.percentile(seconds, 95) == pytest.approx(331, abs=5)


def test_purchases_by_pattern() -> None:
    letters = dict(zip(CLICKS, "PSVARCKXL", strict=True))
    search, browse = re.compile("S+[PVRCKL]*A[SAPVRCKL]*X"), re.compile("P+[VRCKL]*A[APVRCKL]*X")
    texts = ["".join(letters[kind] for kind in types) for types, _, _ in visits() if "CHECKOUT_COMPLETE" in types]
    counts = Counter((bool(search.search(text)), bool(browse.search(text))) for text in texts)
    total = counts.total()
    assert close((counts[True, True] + counts[True, False]) / total, 0.856, total, 0.001)
    assert close((counts[True, True] + counts[False, True]) / total, 0.356, total, 0.001)
    assert close(counts[True, True] / total, 0.250, total, 0.001)
    assert close(counts[False, False] / total, 0.039, total, 0.001)


def test_who_logs_in_registered_shortly_before() -> None:
    registered = dict(
        zip(
            ten_days()["newcustomers"].codes["customer"].tolist(),
            ten_days()["newcustomers"].codes["time"].tolist(),
            strict=True,
        )
    )
    codes = ten_days()["clicktracking"].codes
    which = codes["type"] == CLICKS.index("LOGIN")
    ages = np.array(
        [
            time - registered[customer]
            for customer, time in zip(codes["customer"][which].tolist(), codes["time"][which].tolist(), strict=True)
        ]
    )
    assert ages.min() >= 0
    assert (ages > 0).mean() > 0.985  # the others register when they log in: nobody logs in without having registered
    waiting = ages[ages > 0] / 1000
    assert waiting.mean() == pytest.approx(49, abs=1.5)
    assert np.median(waiting) == pytest.approx(44, abs=1.5)
    assert np.percentile(waiting, 95) == pytest.approx(103, abs=3)


def test_what_visitors_come_with() -> None:
    shop = shop_of(world())
    blocks = [shop.visitors(block) for block in range(40)]
    count = 40 * VISITS
    contexts = [context for block in blocks for context in block.contexts.to_pylist()]
    check(Counter(context["device"]["type"] for context in contexts), dict(zip(DEVICES, (0.5, 0.4, 0.1), strict=True)))
    desktop = dict.fromkeys(("Chrome", "Firefox", "Safari", "Edge", "Opera", "Brave"), 0.5 / 6)
    handheld = ("Chrome Mobile", "Safari Mobile", "Samsung Internet", "Firefox Mobile", "Opera Mobile")
    check(Counter(context["browser"]["name"] for context in contexts), desktop | dict.fromkeys(handheld, 0.1))
    systems = Counter(context["device"]["os"] for context in contexts if context["device"]["type"] == "Desktop")
    check(systems, dict.fromkeys(systems, 1 / 9))
    assert len(systems) == 9
    enabled = [context["browser"]["enabled"] for context in contexts]
    assert close(sum(flags["cookies"] for flags in enabled) / count, 0.98, count)
    assert close(sum(flags["javascript"] for flags in enabled) / count, 0.99, count)
    assert close(sum(context["donottrack"] for context in contexts) / count, 0.25, count)
    assert all(2 <= int(octet) <= 255 for context in contexts for octet in context["ipaddress"].split("."))
    assert all(context["browser"]["version"] in context["browser"]["useragent"] for context in contexts
               if context["browser"]["name"] != "Samsung Internet")  # fmt: skip
    campaigns = [campaign for block in blocks for campaign in block.marketing if campaign]
    assert close(len(campaigns) / count, 0.4, count)
    named = {"google": 31.1, "facebook": 21.1, "email": 11.1, "twitter": 11.1, "linkedin": 6.1, "instagram": 6.1}
    shares = {source: named.get(source, 1.1) / 100 for source in UTM_SOURCES}
    check(Counter(campaign["utm_source"] for campaign in campaigns), shares, 0.001)
    terms, clicks = (sum(any(name in campaign for name in names) for campaign in campaigns)
                     for names in (("utm_term",), ("gclid", "fbclid", "ttclid")))  # fmt: skip
    assert close(terms / len(campaigns), 0.17, len(campaigns), 0.01)
    assert close(clicks / len(campaigns), 0.30, len(campaigns), 0.01)
    referrers = sum(referrer is not None for block in blocks for referrer in block.referrers)
    assert close(referrers / count, 0.5, count)


@pytest.mark.parametrize(
    ("stream", "column", "choices"),
    [
        ("orders", "region", 5),
        ("stockmovements", "warehouse", 5),
        ("transactions", "id", 6),
        ("cancellations", "reason", 5),
    ],
)
def test_the_middle_of_a_list_is_favoured(stream: str, column: str, choices: int) -> None:
    check(Counter(ten_days()[stream].codes[column].tolist()), dict(enumerate(bates(choices))))


def test_orders() -> None:
    codes = ten_days()["orders"].codes
    normal = codes["once"] == 0
    check(Counter(codes["quantity"][normal].tolist()), dict.fromkeys(range(1, 11), 0.1))
    assert codes["cents"][normal].min() >= 1499 and codes["cents"][normal].max() <= 5999
    assert codes["cents"].min() >= 499
    check(Counter(world().products.size(codes["product"][normal]).tolist()), dict(enumerate(bates(7))))


def test_transactions() -> None:
    codes = ten_days()["transactions"].codes
    sequences: dict[int, list[int]] = {}
    for number, state in zip(codes["id"].tolist(), codes["state"].tolist(), strict=True):
        sequences.setdefault(number, []).append(state)
    ends: Counter[bool] = Counter()
    for states in sequences.values():
        text = "".join(map(str, states))
        assert set(text.replace("0112", "").replace("011", "").rstrip("01")) <= set(), text[:40]
        ends[True] += text.count("0112")
        ends[False] += len(re.findall("011(?=0)", text))
    assert close(ends[True] / ends.total(), 0.8, ends.total())


def test_reviews_and_returns() -> None:
    codes = ten_days()["productreviews"].codes
    marked = np.isin(world().products.model(codes["product"]), world().products.size_issues)
    ratings = Counter(COMMENTS[comment].rating for comment in codes["comment"][~marked].tolist())
    check(ratings, dict(zip((5, 4, 3, 2, 1), bates(5), strict=True)))
    issues = np.array([comment.size != 2 for comment in COMMENTS])
    assert 0.75 - 0.08 <= issues[codes["comment"][marked]].mean() <= 0.95
    returns = ten_days()["returnrequests"].codes
    items = (returns["products"] >= 0).sum(axis=1)
    check(Counter(items.tolist()), dict.fromkeys(range(1, 5), 0.25))
    assert close((returns["addresses"] == 1).mean(), 0.75, len(items))


def test_sensors() -> None:
    codes = ten_days()["sensorreadings"].codes
    normal = codes["tenths"] <= 235
    assert codes["tenths"].min() >= 195 and codes["tenths"].max() <= 400
    assert 0.9 < normal.mean() < 1.0
    late = ten_days()["sensorreadings"].publish - codes["time"]
    check(Counter((late // 1000).tolist()), dict.fromkeys(range(301), 1 / 301))

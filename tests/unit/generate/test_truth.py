"""The truth file agrees with the six queries evaluated in plain Python over the records that were written."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from riverrun.cli.main import main

_PARAMETERS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def iso(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Plain:
    """The queries, over records with their own timestamps, as one would write them without any library."""

    def __init__(self, folder: Path, window: int, gap: int) -> None:
        self.clicks = self._read(folder / "CLICKTRACKING.jsonl")
        self.registrations = self._read(folder / "CUSTOMERS.NEW.jsonl")
        self.window, self.gap = window, gap
        by_session: dict[str, list[tuple[int, Any]]] = {}
        for at, click in self.clicks:
            by_session.setdefault(click["sessionid"], []).append((at, click))
        self.by_session = by_session
        self.windows = [part for clicks in by_session.values() for part in self._cut(clicks)]

    def _read(self, path: Path) -> list[tuple[int, Any]]:
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        return [(row["timestamp"], row["value"]) for row in rows]

    def _cut(self, clicks: list[tuple[int, Any]]) -> list[list[tuple[int, Any]]]:
        parts = [[clicks[0]]]
        for click in clicks[1:]:
            if click[0] - parts[-1][-1][0] > self.gap:
                parts.append([])
            parts[-1].append(click)
        return parts

    def transform(self) -> dict[str, Any]:
        counts: dict[str, Counter[str]] = {name: Counter() for name in _PARAMETERS}
        marketing = 0
        for _, click in self.clicks:
            query = urlsplit(click["url"]).query
            marketing += bool(re.search("(^|&)utm_", query))
            for name, values in parse_qs(query).items():
                if name in counts:
                    counts[name][values[0]] += 1
        found = {name: dict(sorted(count.items())) for name, count in counts.items()}
        return {"rows": len(self.clicks), "digital_marketing": marketing, "clicks": found}

    def interval_join(self) -> list[dict[str, Any]]:
        known = {row["customerid"]: (at, row["customername"]) for at, row in self.registrations}
        found = []
        for at, click in self.clicks:
            customer = (click["customer"] or {}).get("id")
            if customer in known and known[customer][0] <= at <= known[customer][0] + 3_600_000:
                registered, name = known[customer]
                found.append(
                    {
                        "registration_time": iso(registered), "click_time": iso(at), "customer": customer,
                        "customername": name, "type": click["type"], "product": click["product"],
                    }
                )  # fmt: skip
        return found

    def usage(self, name: str) -> list[dict[str, Any]]:
        sessions: dict[int, dict[str, set[str]]] = {}
        for at, click in self.clicks:
            context = click["context"]
            value = context["device"]["type"] if name == "device" else context["browser"]["name"]
            start = at // self.window * self.window
            sessions.setdefault(start, {}).setdefault(value, set()).add(click["sessionid"])
        return [
            {"start": iso(start), "end": iso(start + self.window), name: value, "sessions": len(ids)}
            for start, values in sorted(sessions.items())
            for value, ids in sorted(values.items())
        ]

    def durations(self) -> list[tuple[str, int, int]]:
        return [
            (clicks[0][1]["sessionid"], (clicks[-1][0] - clicks[0][0]) // 1000, clicks[-1][0] + self.gap - 1)
            for clicks in self.windows
        ]

    def averages(self) -> list[dict[str, Any]]:
        found: dict[int, list[int]] = {}
        for _, seconds, expires in self.durations():
            found.setdefault(expires // self.window * self.window, []).append(seconds)
        return [
            {
                "start": iso(start), "end": iso(start + self.window), "sessions": len(seconds),
                "shortest": min(seconds), "longest": max(seconds), "average": sum(seconds) // len(seconds),
            }
            for start, seconds in sorted(found.items())
        ]  # fmt: skip

    def abandoned(self) -> dict[str, set[Any]]:
        found: dict[str, set[Any]] = {"as_published": set(), "mended": set(), "as_intended": set()}
        for clicks, (session, seconds, expires) in zip(self.windows, self.durations(), strict=True):
            added = [click["product"] for _, click in clicks if click["type"] == "ADD_TO_CART"]
            removed = [click["product"] for _, click in clicks if click["type"] == "REMOVE_FROM_CART"]
            customers = {click["customer"]["id"] for _, click in clicks if click["customer"]}
            basket: list[str] = []
            for _, click in clicks:
                if click["type"] == "ADD_TO_CART" and click["product"] not in basket:
                    basket.append(click["product"])
                elif click["type"] == "REMOVE_FROM_CART" and click["product"] in basket:
                    basket.remove(click["product"])
            out = any(click["type"] == "CHECKOUT_COMPLETE" for _, click in clicks)
            if seconds <= 60 or out or not customers:
                continue
            (customer,) = customers
            # NULL where ARRAY_AGG found nothing makes ARRAY_EXCEPT NULL.
            sets = [product for product in dict.fromkeys(added) if product not in removed]
            published = sets if added and removed else []
            for name, products in (("as_published", published), ("mended", sets), ("as_intended", basket)):
                if products:
                    found[name].add((session, iso(expires), customer, tuple(products)))
        return found

    def purchases(self) -> set[Any]:
        found = set()
        browsing = ("PRODUCT_VIEW", "REMOVE_FROM_CART", "CART_VIEW", "CHECKOUT_START", "LOGIN")
        for session, clicks in self.by_session.items():
            types = [click["type"] for _, click in clicks]
            for name, first, other in (
                ("search purchase", "SEARCH", ("PAGE_VIEW", *browsing)),
                ("browsing purchase", "PAGE_VIEW", browsing),
            ):
                allowed = {first, *other, "ADD_TO_CART"}
                begin = _first_match(types, first, set(other), allowed)
                if begin is not None:
                    end = types.index("CHECKOUT_COMPLETE", begin)
                    found.add((session, name, iso(clicks[end][0]), tuple(types[begin : end + 1])))
        return found


def _first_match(types: list[str], first: str, other: set[str], allowed: set[str]) -> int | None:
    """Where FIRST+ OTHER* ADD ALLOWED* CHECKOUT_COMPLETE begins; a visit has at most one completed checkout."""
    for begin, kind in enumerate(types):
        if kind != first:
            continue
        at = begin
        while at < len(types) and types[at] == first:
            at += 1
        while at < len(types) and types[at] in other:
            at += 1
        if at >= len(types) or types[at] != "ADD_TO_CART":
            continue
        while at < len(types) and types[at] in allowed:
            at += 1
        if at < len(types) and types[at] == "CHECKOUT_COMPLETE":
            return begin
    return None


@pytest.mark.parametrize(
    ("options", "window", "gap"),
    [
        (["--for", "2h"], "1h", "15m"),
        (["--for", "1h", "--faithful"], "5m", "30s"),
        (["--for", "1h", "--lively", "--seed", "4"], "1m", "10s"),
        (["--events", "9000", "--seed", "5", "--set", "duplicates.stockmovements.ratio=0"], "10m", "1m"),
    ],
)
def test_the_truth_is_what_the_queries_mean(tmp_path: Path, options: list[str], window: str, gap: str) -> None:
    truth_options = ["--truth-window", window, "--truth-gap", gap]
    assert main(["generate", "all", "--output", str(tmp_path), "--meta", *options, *truth_options]) == 0
    truth = json.loads((tmp_path / "truth.json").read_text())
    plain = Plain(tmp_path, truth["window_ms"], truth["gap_ms"])
    queries = truth["queries"]
    assert queries["1-transform"] == plain.transform()
    assert queries["2-interval-join"] == plain.interval_join()
    for name in ("device", "browser"):
        assert queries[f"3-{'device-type' if name == 'device' else name}-usage"] == plain.usage(name)
    assert {(row["sessionid"], row["duration_secs"], ms(row["sessions_time"])) for row in queries["4-sessions"]} == set(
        plain.durations()
    )
    assert queries["4-average-sessions"] == plain.averages()
    abandoned = {
        name: {(r["sessionid"], r["sessions_time"], r["customer_id"], tuple(r["products"])) for r in rows}
        for name, rows in queries["5-aggregate-session"].items()
    }
    assert abandoned == plain.abandoned()
    purchases = {
        (row["sessionid"], row["buy_pattern"], row["checkout_complete_time"], tuple(row["all_events"]))
        for row in queries["6-match-recognize"]
    }
    assert purchases == plain.purchases()
    assert purchases
    if gap == "15m":
        assert len(abandoned["as_published"]) * 4 < len(abandoned["mended"])
    _check_ranks(queries["3-browser-usage"], queries["3-most-used-browsers"])
    _check_sessions(truth["sessions"], plain)


def _check_ranks(usage: list[dict[str, Any]], ranked: list[dict[str, Any]]) -> None:
    """Every way of putting the browsers in order by their counts gives three that are in the list, with these ranks."""
    for start in {row["start"] for row in usage}:
        counts = {row["browser"]: row["sessions"] for row in usage if row["start"] == start}
        listed = {row["browser"]: row for row in ranked if row["start"] == start}
        for reverse in (False, True):
            order = sorted(counts, key=lambda name: (-counts[name], name if not reverse else _backwards(name)))[:3]
            for rank, name in enumerate(order, start=1):
                row = listed[name]
                assert row["rank_from"] <= rank <= row["rank_to"]
                assert row["sessions"] == counts[name]
        least = sorted(counts.values(), reverse=True)[: len(listed)]
        assert sorted((row["sessions"] for row in listed.values()), reverse=True) == least


def _backwards(text: str) -> tuple[int, ...]:
    return (*(-ord(letter) for letter in text), 1)


def _check_sessions(sessions: list[dict[str, Any]], plain: Plain) -> None:
    assert len(sessions) == len(plain.windows)
    clicks = {(part[0][1]["sessionid"], part[0][0]): [click for _, click in part] for part in plain.windows}
    for session in sessions:
        here = clicks[session["sessionid"], ms(session["first"])]
        assert session["clicks"] == len(here)
        assert session["device"] == here[0]["context"]["device"]["type"]
        assert session["added"] == [click["product"] for click in here if click["type"] == "ADD_TO_CART"]
        query = parse_qs(urlsplit(here[0]["url"]).query)
        assert {name: values[0] for name, values in query.items()} == (session["campaign"] or {})
        if session["outcome"] == "ordered":
            assert here[-1]["type"] == "CHECKOUT_COMPLETE" or not session["checked_out"]


def test_the_outcomes_are_those_of_the_other_topics(tmp_path: Path) -> None:
    assert main(["generate", "all", "--for", "3h", "--output", str(tmp_path)]) == 0
    truth = json.loads((tmp_path / "truth.json").read_text())
    outcomes = Counter(session["outcome"] for session in truth["sessions"])
    orders = [json.loads(line) for line in (tmp_path / "ORDERS.ONLINE.jsonl").read_text().splitlines()]
    abandoned = [json.loads(line) for line in (tmp_path / "ORDERS.ABANDONED.jsonl").read_text().splitlines()]
    assert outcomes["ordered"] == len(orders)
    assert outcomes["abandoned"] + outcomes["stopped"] == len(abandoned)
    bought = Counter(
        (session["customer"], tuple(sorted(session["basket"])))
        for session in truth["sessions"]
        if session["outcome"] == "ordered"
    )
    assert bought == Counter((order["customer"]["id"], tuple(sorted(order["products"]))) for order in orders)


def test_every_customer_has_registered(tmp_path: Path) -> None:
    """In the run, or before it: then she is one of the regulars, who are not many."""
    assert main(["generate", "all", "--for", "6h", "--output", str(tmp_path), "--set", "shop.regulars=200"]) == 0

    def read(topic: str) -> list[Any]:
        return [json.loads(line) for line in (tmp_path / f"{topic}.jsonl").read_text().splitlines()]

    new = {row["customerid"]: (row["registered"], row["customername"]) for row in read("CUSTOMERS.NEW")}
    regulars: set[str] = set()
    seen = [(o["customerid"], o["customer"], o["ordertime"].replace(" ", "T") + "Z") for o in read("ORDERS.NEW")]
    seen = [
        row for row in seen if row[1] not in ("Suspicious Bob", "Naughty Nigel", "Criminal Clive", "Dastardly Derek")
    ]
    times = {
        "CLICKTRACKING": "timestamp",
        "ORDERS.ONLINE": "ordertime",
        "PRODUCT.RETURNS": "returntime",
        "ORDERS.ABANDONED": "abandonedtime",
    }
    for topic, time in times.items():
        seen += [(r["customer"]["id"], r["customer"]["name"], r[time]) for r in read(topic) if r["customer"]]
    for customer, name, time in seen:
        if customer in new:
            assert new[customer][0] <= time
            assert new[customer][1] == name
        else:
            regulars.add(customer)
    assert 150 < len(regulars) <= 200

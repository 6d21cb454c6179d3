"""`--lively`: traffic by the hour, campaigns that differ, crawlers, browsers that exist."""

from __future__ import annotations

from collections import Counter
from functools import cache
from urllib.parse import urlsplit

import numpy as np
import pytest

from riverrun.generate.activity import shop_of
from riverrun.generate.run import Run
from riverrun.generate.settings import load
from riverrun.generate.streams import BY_NAME
from riverrun.generate.visits import ORDERED, VISITS, agents
from riverrun.generate.vocabulary import CLICKS, REFERRER_HOSTS
from riverrun.generate.world import World, make_world

START = 1_767_571_200_000
HOUR = 3_600_000
BLOCKS = 24


@cache
def lively() -> World:
    return make_world(load(lively=True), 9, START)


def test_traffic_follows_the_hour_and_a_day_has_as_many_visits_as_ever() -> None:
    starts = np.concatenate([shop_of(lively()).visitors(block).starts for block in range(22)])
    day = starts[starts < START + 24 * HOUR]
    assert day.size == pytest.approx(24 * 450, abs=2)
    assert (np.diff(starts) > 0).all()
    by_hour = np.bincount((day % (24 * HOUR)) // HOUR, minlength=24)
    expected = [450 * (1 - 0.7 * np.cos(2 * np.pi * (hour + 0.5 - 4) / 24)) for hour in range(24)]
    assert np.abs(by_hour - expected).max() < 12
    assert by_hour.argmin() in (3, 4)
    assert by_hour.argmax() in (15, 16)


def test_a_run_that_begins_in_the_afternoon_has_the_traffic_of_the_afternoon() -> None:
    world = make_world(load(lively=True), 9, START + 15 * HOUR)
    clicks = Run(world, [BY_NAME["clicktracking"]]).advance(START + 16 * HOUR)["clicktracking"]
    assert len(set(clicks.codes["visit"].tolist())) == pytest.approx(450 * 1.69, rel=0.03)


def test_campaigns_differ() -> None:
    bought: dict[str, list[bool]] = {}
    for block in range(BLOCKS):
        visitors, walks = shop_of(lively()).visitors(block), shop_of(lively()).walks(block)
        for campaign, outcome in zip(visitors.marketing, walks.outcome.tolist(), strict=True):
            if campaign:
                bought.setdefault(campaign["utm_medium"], []).append(outcome == ORDERED)
    rates = {medium: float(np.mean(found)) for medium, found in bought.items() if len(found) > 500}
    assert rates["email"] > rates["cpc"] > rates["paid_social"]
    assert rates["email"] > 2 * rates["paid_social"]


def test_crawlers_behave_like_crawlers() -> None:
    seen = 0
    for block in range(4):
        visitors, walks = shop_of(lively()).visitors(block), shop_of(lively()).walks(block)
        for row in np.flatnonzero(visitors.bots >= 0).tolist():
            seen += 1
            mine = walks.visit == row
            assert len(set(np.diff(walks.time[mine]).tolist())) == 1
            assert {CLICKS[kind] for kind in walks.type[mine].tolist()} <= {"PAGE_VIEW", "SEARCH", "PRODUCT_VIEW"}
            assert mine.sum() == 50
            context = visitors.contexts[row].as_py()
            assert "bot" in context["browser"]["useragent"].lower()
            assert not context["browser"]["enabled"]["javascript"]
            assert visitors.marketing[row] is None
            assert visitors.referrers[row] is None
            assert not visitors.logged_in[row]
    assert 0.02 * 4 * VISITS < seen < 0.04 * 4 * VISITS


def test_browsers_exist_and_referrers_agree_with_campaigns() -> None:
    kinds: Counter[tuple[str, str]] = Counter()
    agreeing = 0
    for block in range(8):
        visitors = shop_of(lively()).visitors(block)
        kinds.update(
            (agents()[row].browser, agents()[row].system.split()[0]) for row in visitors.agents.tolist() if row >= 0
        )
        for campaign, referrer in zip(visitors.marketing, visitors.referrers, strict=True):
            if campaign and referrer:
                source = campaign["utm_source"]
                assert source in REFERRER_HOSTS
                assert urlsplit(referrer).hostname == f"{source}.com"
                agreeing += 1
    assert agreeing > 300
    assert not {kind for kind in kinds if kind[0].startswith("Safari") and kind[1] not in ("macOS", "iOS", "iPadOS")}
    assert not {kind for kind in kinds if kind[0] == "Samsung Internet" and kind[1] != "Android"}
    assert len(kinds) > 20

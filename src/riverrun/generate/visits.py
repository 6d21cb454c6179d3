"""Who visits the web shop, and what each visit does: both are pure functions of the number of a block of visits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from riverrun.generate import vocabulary as words
from riverrun.generate.columns import Column, from_bytes, join, look_up, pa, record, texts
from riverrun.generate.draw import Bools, Floats, Ints, Random, chance, letters, weighted_pick, whole
from riverrun.generate.times import DAY
from riverrun.generate.world import World, daily_schedule

VISITS = 1024  # in a block
LEAST_GAP_MS = 3000

# How a visit ends.
ORDERED, ABANDONED, STOPPED = range(3)  # STOPPED: at the greatest number of clicks

# Pages that visits look at; from CATEGORY on they are categories (one a style), then products (one a model).
HOME, SEARCH_PAGE, CART, LOGIN_PAGE, CATEGORY = range(5)


@dataclass(frozen=True)
class Visitors:
    """The visitors of a block: when they come, and all that stays the same during a visit."""

    starts: Ints
    bots: Ints  # which crawler, or -1
    logged_in: Bools  # from the beginning
    leaving: Floats  # by how much the chance to leave is multiplied
    device: Ints
    session_ids: Column
    contexts: Column
    agents: Ints  # rows of `agents()`, or -1 for crawlers
    queries: list[str]
    marketing: list[dict[str, str] | None]
    referrers: list[str | None]
    luck: Floats  # (VISITS, 2): who it is that begins logged in
    pace: Ints  # ms between the clicks of a crawler


def visitors(world: World, block: int) -> Visitors:
    settings, random = world.settings, world.generator("visitors", block)
    bots = np.where(
        chance(random, settings.number("shop.bots.ratio"), VISITS), random.integers(0, len(words.BOTS), VISITS), -1
    )
    people = bots < 0
    marketing = chance(random, settings.number("onlineorders.marketing.ratio"), VISITS) & people
    campaigns = _campaigns(world, random, marketing)
    device = np.where(people, weighted_pick(random, words.DEVICE_WEIGHTS, VISITS), words.DESKTOP)
    agent = _pick_agents(world, random, device)
    effect = settings.number("shop.campaigns.effect")
    leaving = np.array([1 + effect * (_leaving(campaign) - 1) for campaign in campaigns])
    return Visitors(
        starts=daily_schedule(world, "timings.ms.onlineorders", block * VISITS, VISITS),
        bots=bots,
        logged_in=chance(random, settings.number("onlineorders.loggedin.ratio"), VISITS) & people,
        leaving=leaving,
        device=device,
        session_ids=join("sess_", from_bytes(letters(random, 16, VISITS))),
        contexts=_contexts(random, device, agent, bots),
        agents=np.where(people, agent, -1),
        queries=[_query(campaign) for campaign in campaigns],
        marketing=campaigns,
        referrers=_referrers(world, random, people, campaigns),
        luck=random.random((VISITS, 2)),
        pace=whole(random, LEAST_GAP_MS, settings.integer("timings.ms.clicktracking"), VISITS),
    )


def _leaving(campaign: dict[str, str] | None) -> float:
    return 1.0 if campaign is None else words.LEAVING_BY_MEDIUM.get(campaign["utm_medium"], 1.0)


# The order in which the parameters stand in a URL.
_QUERY_ORDER = ("utm_term", "gclid", "fbclid", "utm_campaign", "utm_medium", "ttclid", "utm_source", "utm_content")


def _query(campaign: dict[str, str] | None) -> str:
    if campaign is None:
        return ""
    return "?" + "&".join(f"{name}={campaign[name]}" for name in _QUERY_ORDER if name in campaign)


def _campaigns(world: World, random: Random, which: Bools) -> list[dict[str, str] | None]:
    """The campaign parameters of each visit, or None."""
    source = weighted_pick(random, words.UTM_SOURCE_WEIGHTS, VISITS).tolist()
    draws = random.random((6, VISITS))
    click_ids = letters(random, 28, VISITS, words.CLICK_ID_LETTERS)
    prefixes = [*(f"{_year(world)}_q{quarter}" for quarter in (1, 2, 3, 4)), *words.CAMPAIGN_MONTHS]
    found: list[dict[str, str] | None] = [None] * VISITS
    for row in np.flatnonzero(which).tolist():
        name = words.UTM_SOURCES[source[row]]
        medium, prefix, kind, content, term, click = draws[:, row].tolist()
        campaign = {
            "utm_source": name,
            "utm_medium": _one_of(words.MEDIUMS_OF_SOURCE.get(name, words.UTM_MEDIUMS), medium),
            "utm_campaign": f"{_one_of(prefixes, prefix)}_{_one_of(words.CAMPAIGN_TYPES, kind)}",
            "utm_content": _one_of(words.UTM_CONTENTS, content),
        }
        if campaign["utm_medium"] in words.MEDIUMS_WITH_TERM:
            campaign["utm_term"] = _one_of(words.UTM_TERMS, term)
        if click < 0.5 and name in words.CLICK_IDS:
            parameter, beginnings, width = words.CLICK_IDS[name]
            campaign[parameter] = _one_of(beginnings, click * 2) + click_ids[row, :width].tobytes().decode()
        found[row] = campaign
    return found


def _year(world: World) -> int:
    return 1970 + int(np.int64(world.start // DAY).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64))


def _one_of(choices: Any, drawn: float) -> Any:
    return choices[int(drawn * len(choices))]


def _referrers(world: World, random: Random, people: Bools, campaigns: list[dict[str, str] | None]) -> list[str | None]:
    """Where each visit comes from, or None: a crawler, a bookmark, a letter."""
    coherent = world.settings.flag("shop.coherent.context")
    draws = random.random((3, VISITS))
    found: list[str | None] = [None] * VISITS
    for row in np.flatnonzero(people & (draws[0] < 0.5)).tolist():
        host: str | None = _one_of(words.REFERRER_HOSTS, draws[1, row])
        campaign = campaigns[row]
        if coherent and campaign is not None:
            host = campaign["utm_source"] if campaign["utm_source"] in words.REFERRER_HOSTS else None
        if host is not None:
            found[row] = f"https://{host}.com{_one_of(words.REFERRER_PATHS, draws[2, row])}"
    return found


@dataclass(frozen=True)
class Agent:
    """A kind of browser on a kind of device."""

    device: int
    system: str
    browser: str
    version: str
    user_agent: str


@cache
def agents() -> tuple[Agent, ...]:
    return tuple(
        Agent(device, system, browser, version, words.user_agent(device, system, browser, version))
        for device in range(len(words.DEVICES))
        for system in words.SYSTEMS[device]
        for browser in words.BROWSERS[device]
        for version in words.VERSIONS[browser]
    )


@cache
def _agent_weights(device: int, coherent: bool) -> Floats:
    """The share of each of `agents()` on a device: systems alike, then browsers alike, then versions alike."""
    weights = np.zeros(len(agents()))
    for row, agent in enumerate(agents()):
        if agent.device == device:
            browsers = [b for b in words.BROWSERS[device] if not coherent or words.exists(b, agent.system)]
            if agent.browser in browsers:
                weights[row] = 1 / len(browsers) / len(words.VERSIONS[agent.browser])
    return weights


def _pick_agents(world: World, random: Random, device: Ints) -> Ints:
    coherent = world.settings.flag("shop.coherent.context")
    found = np.zeros(VISITS, dtype=np.int64)
    for kind in range(len(words.DEVICES)):
        which = device == kind
        found[which] = weighted_pick(random, _agent_weights(kind, coherent), int(which.sum()))
    return found


@cache
def _agent_columns() -> dict[str, Column]:
    bots = [(words.DESKTOP, "Linux", name, version, agent) for name, version, agent in words.BOTS]
    known = [(a.device, a.system, a.browser, a.version, a.user_agent) for a in agents()] + bots
    device, system, browser, version, user_agent = zip(*known, strict=True)
    return {
        "device": texts([words.DEVICES[number] for number in device]),
        "os": texts(system),
        "name": texts(browser),
        "version": texts(version),
        "useragent": texts(user_agent),
    }


@cache
def _octets() -> Column:
    return texts([str(number) for number in range(256)])


def _contexts(random: Random, device: Ints, agent: Ints, bots: Ints) -> Column:
    row = np.where(bots < 0, agent, len(agents()) + bots)
    table = {name: look_up(column, row) for name, column in _agent_columns().items()}
    resolutions = [_one_of(words.RESOLUTIONS[d], u) for d, u in zip(device, random.random(VISITS), strict=True)]
    octets = [look_up(_octets(), whole(random, 2, 255, VISITS)) for _ in range(4)]
    flags = [chance(random, ratio, VISITS) for ratio in (0.98, 0.99, 0.25)]
    cookies, javascript, do_not_track = (flag & (bots < 0) for flag in flags)
    return record(
        device=record(type=table["device"], os=table["os"], resolution=texts(resolutions)),
        browser=record(
            name=table["name"], version=table["version"], useragent=table["useragent"],
            enabled=record(cookies=_booleans(cookies), javascript=_booleans(javascript)),
        ),
        ipaddress=join(octets[0], ".", octets[1], ".", octets[2], ".", octets[3]),
        donottrack=_booleans(do_not_track),
    )  # fmt: skip


def _booleans(values: Bools) -> Column:
    return pa.array(values)

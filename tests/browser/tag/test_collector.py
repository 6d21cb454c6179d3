"""The tag and the real collector: what a page says is what the topic holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.tag.test_delivery import kept, signal
from tests.browser.tag.test_pages import open_page
from tests.conftest import ROOT
from tests.helpers.collecting import Collecting, collecting
from tests.helpers.recorder import Site, eventually

pytestmark = pytest.mark.browser


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Collecting]:
    with collecting(tmp_path / "data") as collector:
        yield collector


def test_a_page_with_divoltes_snippet(visitor: BrowserContext, running: Collecting, site: Site) -> None:
    """Divolte's snippet with another host in it: one line on the page, and the API that its scripts call."""
    snippet = f'<script src="//127.0.0.1:{running.port}/divolte.js" defer async></script>'
    url = site.page("/shop", "", snippet)
    page = open_page(visitor, url + "?a=b#c")
    page.wait_for_function("window.divolte")
    page.evaluate("divolte.signal('addToBasket', {item: 'Ä☕😀', price: 19.99, list: [1, null], deep: {x: true}})")
    seen = page.evaluate(
        """() => ({
            party: divolte.partyId, session: divolte.sessionId, view: divolte.pageViewId,
            agent: navigator.userAgent, size: [innerWidth, innerHeight, screen.availWidth, screen.availHeight],
        })"""
    )
    view, event = running.wait_for("pageView", "addToBasket")
    for found in (view, event):
        assert (found["source"], found["sourceKind"], found["corrupt"], found["duplicate"]) == (
            "browser", "browser", False, False,
        )  # fmt: skip
        assert (found["partyId"], found["sessionId"], found["pageViewId"]) == (
            seen["party"], seen["session"], seen["view"],
        )  # fmt: skip
        assert found["location"] == url + "?a=b#c"
        assert found["referer"] is None
        assert found["userAgentString"] == seen["agent"]
        assert found["devicePixelRatio"] == 1
        assert [
            found[name]
            for name in ("viewportPixelWidth", "viewportPixelHeight", "screenPixelWidth", "screenPixelHeight")
        ] == seen["size"]
    assert [view["eventId"], event["eventId"]] == [seen["view"] + "0", seen["view"] + "1"]
    assert [view["newParty"], view["firstInSession"], event["newParty"], event["firstInSession"]] == [
        True, True, False, False,
    ]  # fmt: skip
    assert view["eventParameters"] is None
    assert event["eventParameters"] == {"item": "Ä☕😀", "price": 19.99, "list": [1, None], "deep": {"x": True}}
    eventually(lambda: kept(page) == 0)


def test_requests_of_divoltes_own_tag(visitor: BrowserContext, running: Collecting, site: Site) -> None:
    """The images that divolte.js itself would load, from the traces of the real one."""
    traces: list[dict[str, Any]] = json.loads((ROOT / "tests/wire/tag.json").read_text())
    page = open_page(visitor, site.page("/", ""))
    expected = []
    for trace in traces:
        for event in trace["events"]:
            loaded = page.evaluate(
                """url => new Promise(done => {
                    const image = new Image();
                    image.onload = () => done([image.width, image.height]);
                    image.onerror = () => done("error");
                    image.src = url;
                })""",
                f"{running.url}/csc-event?{event['query']}",
            )
            assert loaded == [1, 1]
            expected.append((trace["page"], event["signal"]))
    found = running.wait(lambda events: len(events) == len(expected))
    for event, (seen, said) in zip(found, expected, strict=True):
        assert not event["corrupt"]
        assert event["eventType"] == (said[0] if said else "pageView")
        assert event["eventParameters"] == (said[1] if said and len(said) > 1 else None)
        assert (event["partyId"], event["sessionId"], event["pageViewId"]) == (
            seen["party"], seen["session"], seen["pageView"],
        )  # fmt: skip
        assert (event["location"], event["referer"]) == (seen["location"], seen["referrer"] or None)
        assert [event["screenPixelWidth"], event["screenPixelHeight"]] == seen["screen"]
        assert [event["viewportPixelWidth"], event["viewportPixelHeight"]] == seen["viewport"]
        assert event["devicePixelRatio"] == seen["ratio"]


def test_the_collector_is_killed_and_comes_back(visitor: BrowserContext, running: Collecting, site: Site) -> None:
    page = open_page(visitor, site.page("/", "", running.snippet))
    running.wait_for("pageView")
    running.stop(kill=True)
    signal(page, *["x"] * 30)
    page.wait_for_timeout(300)
    assert kept(page) == 30
    running.start()
    found = running.wait(lambda events: len(events) >= 31)
    assert [event["eventType"] for event in found] == ["pageView"] + ["x"] * 30
    assert len({event["eventId"] for event in found}) == 31
    assert {event["method"] for event in found[2:]} == {"POST"}
    assert not any(event["corrupt"] or event["duplicate"] for event in found)
    eventually(lambda: kept(page) == 0)


CONFIG = """
[global.server]
port = 8290

[global.privacy]
gpc = "anonymise"

[sources.site]
type = "browser"
prefix = "/t/"
event_suffix = "e"
party_cookie = "party.id"
session_cookie = "session.id"
session_timeout = "1 hour"
cookie_domain = "localhost"

[sources.site.javascript]
name = "my-tag.js"
global_name = "rr"
event_timeout = "2 seconds"
auto_page_view_event = false
track = ["eventAttributes", "scrollDepth"]
consent = "queue"
"""


@pytest.mark.parametrize("build", ["", "debug = true\n"], ids=["the small build", "the readable build"])
def test_the_configuration_reaches_the_tag(build: str, visitor: BrowserContext, tmp_path: Path, site: Site) -> None:
    config = tmp_path / "riverrun.toml"
    config.write_text(CONFIG + build)
    with collecting(tmp_path / "data", config) as running:
        tag = f'<script src="{running.url}/t/my-tag.js" type="module"></script>'
        page = open_page(visitor, site.page("/", "<button data-event=press data-event-which=1>x</button>", tag))
        page.wait_for_function("window.rr")
        page.click("button")
        assert visitor.cookies() == []
        page.evaluate("rr.consent(true, {analytics: true, ads: false})")
        [event] = running.wait_for("press")
        assert event["source"] == "site"
        assert event["eventParameters"] == {"which": "1"}
        assert event["consent"] == {"analytics": True, "ads": False}
        assert event["privacy"] == "none"
        assert not event["corrupt"]
        cookies = {cookie["name"]: cookie for cookie in visitor.cookies()}
        assert set(cookies) == {"party.id", "session.id"}
        assert cookies["party.id"]["domain"] in ("localhost", ".localhost")

        visitor.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
        other = open_page(visitor, site.url + "/")
        other.wait_for_function("window.rr")
        other.evaluate("rr.consent(true); rr.signal('anonymous')")
        _, anonymous = running.wait_for("press", "anonymous")
        assert anonymous["privacy"] == "cookieless"
        assert anonymous["partyId"] != event["partyId"]

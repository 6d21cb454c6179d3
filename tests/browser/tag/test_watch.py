"""Events without code, each off unless asked for; and what consent, GPC and DNT let out."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from riverrun.collect import mincode
from tests.browser.tag.test_delivery import kept, signal
from tests.browser.tag.test_pages import assert_whole, open_page
from tests.helpers.recorder import EVERYTHING, Recorder, Site

pytestmark = pytest.mark.browser

PAGE = """
    <button data-event="ADD" data-event-product="M Navy" data-event-price="19.99"><b>add</b></button>
    <svg width="20" height="20"><a id="svg" href="#x"><rect data-event="rect" width="20" height="20"/></a></svg>
    <a id="out" href="https://elsewhere.invalid/x?y=1">out</a>
    <a id="in" href="/other.html">in</a>
    <a id="pdf" href="/files/list.PDF">list</a>
    <a id="named" download href="/plain">plain</a>
    <a id="mail" href="mailto:x@example.com">mail</a>
    <form id="f" name="n" action="/do"><input name="id" value="secret"><button id="submit">go</button></form>
    <div id="far" style="margin-top: 3000px; height: 40px" data-visible="footer">far</div>
    <script>
        addEventListener("click", (e) => { if (e.target.closest("a")) e.preventDefault(); });
        addEventListener("submit", (e) => e.preventDefault());
        document.querySelector("button").addEventListener("click", (e) => e.stopPropagation());
    </script>
"""
CLICKS = ("button b", "rect", "#out", "#in", "#pdf", "#named", "#mail", "#submit")


def said(collector: Recorder) -> list[tuple[str, object]]:
    found = []
    for event in collector.events[1:]:
        parameters = event.get("u")
        found.append((event["t"], json.loads(mincode.to_json(parameters, 8)) if parameters else None))
    return found


def test_all_of_it_is_off_by_itself(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    page = open_page(visitor, site.page("/", PAGE, collector.snippet))
    collector.wait_for("pageView")
    for selector in CLICKS:
        page.click(selector)
    page.evaluate("scrollTo(0, 5000); history.pushState(null, '', '/b')")
    page.wait_for_timeout(500)
    page.close()
    open_page(visitor, site.page("/", "", collector.snippet))
    collector.wait_for("pageView", "pageView")


def test_clicks_and_forms(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    tag = collector.snippet.replace("<script", '<script data-track="eventAttributes outboundLink download formSubmit"')
    page = open_page(visitor, site.page("/", PAGE, tag))
    collector.wait_for("pageView")
    for selector in CLICKS:
        page.click(selector)
    signal(page, "end")
    collector.wait(lambda events: events[-1]["t"] == "end")
    assert said(collector) == [
        ("ADD", {"product": "M Navy", "price": "19.99"}),
        ("rect", {}),
        ("outboundLink", {"url": "https://elsewhere.invalid/x?y=1"}),
        ("download", {"url": site.url + "/files/list.PDF"}),
        ("download", {"url": site.url + "/plain"}),
        ("formSubmit", {"id": "f", "name": "n", "action": "/do"}),
        ("end", None),
    ]
    assert "secret" not in "".join(query for request in collector.requests for query in request.queries)
    assert_whole(collector)


def test_a_click_that_leaves_the_page_arrives(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    collector.config = {"track": "outboundLink"}
    elsewhere = site.page("/elsewhere", "").replace("localhost", "127.0.0.1")
    page = open_page(visitor, site.page("/", f'<a href="{elsewhere}">out</a>', collector.snippet))
    collector.wait_for("pageView")
    page.click("a")
    page.wait_for_url(elsewhere)
    collector.wait_for("pageView", "outboundLink")
    assert_whole(collector)


def test_scrolling_and_visibility(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    collector.config = {"track": "scrollDepth elementVisible"}
    page = open_page(visitor, site.page("/", PAGE, collector.snippet))
    collector.wait_for("pageView")
    page.evaluate("scrollTo(0, 100)")
    page.mouse.wheel(0, 20_000)
    collector.wait(lambda events: {"elementVisible"} <= {event["t"] for event in events} and len(events) == 6)
    assert sorted(said(collector), key=str) == [
        ("elementVisible", {"element": "footer"}),
        ("scrollDepth", {"percent": 100}),
        ("scrollDepth", {"percent": 25}),
        ("scrollDepth", {"percent": 50}),
        ("scrollDepth", {"percent": 75}),
    ]
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<p data-visible=later>x'); scrollTo(0, 0); scrollTo(0, 1e5)"
    )
    collector.wait(lambda events: len(events) == 7)
    assert said(collector)[-1] == ("elementVisible", {"element": "later"})
    assert_whole(collector)


def test_engaged_time_and_web_vitals_leave_with_the_page(
    visitor: BrowserContext, collector: Recorder, site: Site
) -> None:
    collector.config = {"track": "engagedTime webVitals"}
    slow = "const end = performance.now() + 60; while (performance.now() < end);"
    page = open_page(
        visitor, site.page("/", f"<h1>words</h1><button onclick='{slow}'>press</button>", collector.snippet)
    )
    collector.wait_for("pageView")
    page.click("button")
    page.wait_for_timeout(2200)
    page.close()
    collector.wait(lambda events: len(events) == 3)
    found = dict(said(collector))
    engaged = found["engagedTime"]
    assert isinstance(engaged, dict)
    assert engaged["seconds"] >= 1
    vitals = found["webVitals"]
    assert isinstance(vitals, dict)
    assert set(vitals) == {"cls", "ttfb", "fcp", "lcp", "inp"}, vitals
    assert vitals["cls"] == 0
    assert 0 < vitals["ttfb"] <= vitals["fcp"] <= vitals["lcp"]
    assert vitals["inp"] >= 56
    assert collector.requests[-1].method == "POST", "one beacon for both"
    assert_whole(collector)


def test_single_page_app(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    collector.config = {"track": "singlePage"}
    url = site.page("/", "<a href='#part'>part</a><p id=part>p", collector.snippet)
    page = open_page(visitor, url)
    collector.wait_for("pageView")
    page.evaluate("history.pushState({}, '', '/old'); history.replaceState({}, '', '/list?page=1')")
    collector.wait_for("pageView", "pageView")
    page.evaluate("history.replaceState({a: 1}, ''); location.hash = 'part'")
    page.wait_for_timeout(500)
    page.evaluate("history.pushState({}, '', '/item/1'); divolte.signal('look')")
    collector.wait_for("pageView", "pageView", "pageView", "look")
    page.evaluate("history.go(-2)")
    events = collector.wait_for("pageView", "pageView", "pageView", "look", "pageView")
    assert [event["l"].removeprefix(site.url) for event in events] == [
        "/", "/list?page=1", "/item/1", "/item/1", "/list?page=1",
    ]  # fmt: skip
    assert [event.get("r", "").removeprefix(site.url) for event in events] == [
        "", "/", "/list?page=1", "/list?page=1", "/item/1",
    ]  # fmt: skip
    assert len({event["v"] for event in events}) == 4
    assert events[3]["v"] == events[2]["v"]
    assert_whole(collector)


def test_nothing_before_consent(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    tag = collector.snippet.replace("<script", '<script data-consent="queue"')
    page = open_page(visitor, site.page("/", "", tag))
    signal(page, "early")
    page.wait_for_timeout(500)
    assert collector.requests == []
    assert visitor.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.evaluate("divolte.consent(true, {analytics: true, ads: false})")
    collector.wait_for("pageView", "early")
    assert [event["o"] for event in collector.events] == ["(tanalytics!fads!)"] * 2
    assert {cookie["name"] for cookie in visitor.cookies()} == {"_dvp", "_dvs"}
    page.evaluate("divolte.consent(false)")
    assert visitor.cookies() == []
    signal(page, "late")
    page.wait_for_timeout(300)
    assert len(collector.events) == 2


def test_cookieless(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    collector.config = {"consent": "cookieless"}
    page = open_page(visitor, site.page("/", "", collector.snippet))
    signal(page, "x")
    [first, second] = collector.wait_for("pageView", "x")
    assert (first["y"], second["y"]) == ("t", "t")
    assert visitor.cookies() == []
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize(("setting", "said"), [("gpc", "globalPrivacyControl: true"), ("dnt", "doNotTrack: '1'")])
@pytest.mark.parametrize(("policy", "left"), [("gate", 0), ("cookieless", 1), (None, 1)])
def test_global_privacy_control_and_do_not_track(
    visitor: BrowserContext, collector: Recorder, site: Site, policy: str | None, left: int, setting: str, said: str
) -> None:
    visitor.add_init_script(
        f"for (const [k, value] of Object.entries({{{said}}})) Object.defineProperty(navigator, k, {{value}})"
    )
    collector.config = {setting: policy} if policy else {}
    page = open_page(visitor, site.page("/", "", collector.snippet))
    page.wait_for_function("window.divolte")
    page.evaluate("divolte.consent(true)")  # whatever the page says
    if left:
        collector.wait(lambda events: len(events) == left)
    page.wait_for_timeout(500)
    assert len(collector.events) == left
    assert bool(visitor.cookies()) == (policy is None)
    assert kept(page) == 0


def test_everything_on_at_once_disturbs_no_page(
    new_visitor: Callable[..., BrowserContext], collector: Recorder, site: Site
) -> None:
    collector.config = {"track": EVERYTHING, "logging": True}
    page = new_visitor(has_touch=True, viewport={"width": 390, "height": 844}).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(site.page("/", PAGE, '<link rel="icon" href="data:,">' + collector.snippet))
    collector.wait_for("pageView")
    for selector in CLICKS:
        page.tap(selector)
    page.evaluate("document.dispatchEvent(new Event('click')); dispatchEvent(new Event('scroll'))")
    signal(page, "end")
    collector.wait(lambda events: "end" in {event["t"] for event in events})
    assert complaints == []
    assert_whole(collector)

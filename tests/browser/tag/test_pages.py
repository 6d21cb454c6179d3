"""What Divolte's own browser tests ask of the tag, in today's Chromium: the exact requests that leave a page."""

from __future__ import annotations

import json
import subprocess
from threading import Event

import pytest
from playwright.sync_api import BrowserContext, Page

from riverrun.collect import mincode
from riverrun.collect.query import is_corrupt, parse_query
from riverrun.ids import parse_identifier
from tests.conftest import ROOT
from tests.helpers.recorder import Answer, Recorder, Site, eventually

pytestmark = pytest.mark.browser

DIVOLTE_ORDER = "psvecnflrijkwhtux"


def parameters(event: dict[str, str]) -> object:
    return json.loads(mincode.to_json(event["u"], 64))


def assert_whole(collector: Recorder) -> None:
    """Each request is a GET of one event, or a batch, whole and in Divolte's order; no event is there twice."""
    for request in collector.requests:
        single = request.method == "GET"
        assert request.path == ("/csc-event" if single else "/csc-event/batch")
        for query in request.queries:
            fields = parse_query(query.encode())
            assert not is_corrupt(fields)
            names = "".join(fields.first)
            assert names == "".join(name for name in DIVOLTE_ORDER if name in names)
    ids = [event["e"] for event in collector.events]
    assert len(set(ids)) == len(ids)


def open_page(visitor: BrowserContext, url: str) -> Page:
    page = visitor.new_page()
    page.goto(url)
    return page


def test_page_views_of_a_visit(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    site.page("/a", '<a id="b" href="/b">b</a>', collector.snippet)
    site.page("/b", '<a id="a" href="/a">a</a>', collector.snippet)
    page = open_page(visitor, site.url + "/a")
    seen = 1

    def one_more() -> None:
        nonlocal seen
        seen += 1
        collector.wait(lambda events: len(events) >= seen)

    collector.wait_for("pageView")
    page.click("#b")
    one_more()
    page.click("#a")
    one_more()
    page.reload()
    one_more()
    page.evaluate("history.back()")
    one_more()
    page.evaluate("history.forward()")
    one_more()
    events = collector.events
    assert [event["t"] for event in events] == ["pageView"] * 6
    assert [event["l"].removeprefix(site.url) for event in events] == ["/a", "/b", "/a", "/a", "/b", "/a"]
    assert len({event["v"] for event in events}) == 6
    assert len({event["p"] for event in events}) == len({event["s"] for event in events}) == 1
    assert [event["n"] + event["f"] for event in events] == ["tt"] + ["ff"] * 5
    assert "r" not in events[0]
    assert events[1]["r"] == site.url + "/a"
    assert_whole(collector)


def test_back_forward_cache(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    site.page("/a", "a", collector.snippet)
    site.page("/b", "b", collector.snippet)
    page = open_page(visitor, site.url + "/a")
    [first] = collector.wait_for("pageView")
    page.evaluate("window.stayed = true")
    page.goto(site.url + "/b")
    collector.wait_for("pageView", "pageView")
    page.evaluate("history.back()")
    restored = collector.wait_for("pageView", "pageView", "pageView")[2]
    # Not at once: its events may come before the browser tells Playwright which page this is.
    page.wait_for_function("window.divolte")
    assert page.evaluate("window.stayed") is True, "the page was not in the back/forward cache"
    assert restored["v"] != first["v"]
    assert restored["e"] == restored["v"] + "0"
    assert page.evaluate("divolte.signal('x')") == restored["v"] + "1"
    collector.wait_for("pageView", "pageView", "pageView", "x")
    assert_whole(collector)


def test_custom_parameters_survive(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    page = open_page(visitor, site.page("/", "", collector.snippet))
    collector.wait_for("pageView")
    page.evaluate(
        """divolte.signal("custom", {
            nested: {a: {b: [{c: null}]}},
            array: [1, undefined, "x", [true, false]],
            dropped: undefined,
            date: new Date(Date.UTC(2020, 0, 2, 3, 4, 5, 678)),
            own: {toJSON: () => "mine"},
            small: -7.83e-9, whole: 42, big: 9007199254740991, zero: -0,
            text: "dots … !+~?=;()-_[]<>%^& | ' \\" `",
            emoji: "😀", cut: "\\ud83d",
            empty: "", none: null, yes: true, no: false, list: [], object: {},
        })"""
    )
    [_, event] = collector.wait_for("pageView", "custom")
    assert parameters(event) == {
        "nested": {"a": {"b": [{"c": None}]}},
        "array": [1, None, "x", [True, False]],
        "date": "2020-01-02T03:04:05.678Z",
        "own": "mine",
        "small": -7.83e-9,
        "whole": 42,
        "big": 9007199254740991,
        "zero": 0,
        "text": "dots … !+~?=;()-_[]<>%^& | ' \" `",
        "emoji": "😀",
        "cut": "\ufffd",
        "empty": "",
        "none": None,
        "yes": True,
        "no": False,
        "list": [],
        "object": {},
    }
    assert_whole(collector)


@pytest.mark.parametrize("attributes", ["defer async", "", "type=module"])
def test_the_page_supplies_the_page_view_id(
    visitor: BrowserContext, collector: Recorder, site: Site, attributes: str
) -> None:
    supplied = "supercalifragilisticexpialidocious"
    tag = f'<script {attributes} src="{collector.url}/divolte.js#{supplied}"></script>'
    page = open_page(visitor, site.page("/", "", tag))
    [event] = collector.wait_for("pageView")
    assert (event["v"], event["e"]) == (supplied, supplied + "0")
    assert page.evaluate("[divolte.isServerPageView, divolte.pageViewId]") == [True, supplied]
    assert_whole(collector)


@pytest.mark.parametrize("way", ["late", "quirks", "twice"])
def test_ways_to_load_it(visitor: BrowserContext, collector: Recorder, site: Site, way: str) -> None:
    site.page("/quirks", "", collector.snippet, doctype="")
    site.page("/twice", "", collector.snippet * 2)
    inject = (
        f"document.head.append(Object.assign(document.createElement('script'), {{src: '{collector.url}/divolte.js'}}))"
    )
    site.page("/late", f"<script>{inject}</script>")
    page = open_page(visitor, f"{site.url}/{way}")
    collector.wait_for("pageView")
    page.evaluate("divolte.signal('x')")
    collector.wait_for("pageView", "x")
    assert_whole(collector)


@pytest.mark.parametrize(
    ("loader", "found"),
    [
        ("window.define = make => { window.given = make() }; define.amd = {}", "given"),
        ("window.module = {exports: {}}", "module.exports"),
    ],
)
def test_a_module_loader_gets_the_object(
    visitor: BrowserContext, collector: Recorder, site: Site, loader: str, found: str
) -> None:
    page = open_page(visitor, site.page("/", "", f"<script>{loader}</script>" + collector.snippet))
    collector.wait_for("pageView")
    assert page.evaluate(f"{found}.signal('x') == {found}.pageViewId + '1' && !('divolte' in window)")
    collector.wait_for("pageView", "x")
    assert_whole(collector)


def test_as_an_es_module(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    """The npm package's module, in a page that bundles it."""
    subprocess.run(["npm", "run", "--silent", "build"], cwd=ROOT / "web" / "tag", check=True)
    module = (ROOT / "web" / "tag" / "dist" / "index.js").read_text()
    script = f"""<script type="module">
        const url = URL.createObjectURL(new Blob([{json.dumps(module)}], {{type: "text/javascript"}}));
        const {{start}} = await import(url);
        window.tag = start({{collector: "{collector.url}", track: "singlePage", partyCookie: "who"}});
    </script>"""
    page = open_page(visitor, site.page("/", script))
    collector.wait_for("pageView")
    page.evaluate("tag.signal('x', {a: 1}); history.pushState({}, '', '/next')")
    view, event, next_view = collector.wait_for("pageView", "x", "pageView")
    assert parameters(event) == {"a": 1}
    assert (event["v"], next_view["r"]) == (view["v"], view["l"])
    assert view["v"] != next_view["v"]
    assert page.evaluate("'divolte' in window") is False
    assert {cookie["name"] for cookie in visitor.cookies()} == {"who", "_dvs"}
    assert_whole(collector)


@pytest.mark.parametrize("supplied", ["", "#from-the-server"])
def test_a_page_in_the_background_waits_until_it_is_seen(
    visitor: BrowserContext, collector: Recorder, site: Site, supplied: str
) -> None:
    visitor.add_init_script(
        """window.seen = false;
        Object.defineProperty(document, 'hidden', {get: () => !seen});
        Object.defineProperty(document, 'visibilityState', {get: () => seen ? 'visible' : 'hidden'});"""
    )
    page = open_page(visitor, site.page("/", "", collector.snippet.replace("divolte.js", "divolte.js" + supplied)))
    page.wait_for_function("window.divolte")
    assert page.evaluate("divolte.pageViewId") is None
    assert collector.requests == []
    page.evaluate("seen = true; document.dispatchEvent(new Event('visibilitychange'))")
    [event] = collector.wait_for("pageView")
    assert event["v"] == (supplied[1:] or page.evaluate("divolte.pageViewId"))
    assert_whole(collector)


def test_a_slow_collector_holds_nothing_up(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    hold = Event()
    collector.answer = lambda _: Answer(after=hold)
    page = open_page(visitor, site.page("/", "", collector.snippet))
    collector.wait_for("pageView")
    page.evaluate("divolte.signal('a')")
    page.wait_for_timeout(800)  # longer than the tag waits for an answer
    page.evaluate("divolte.signal('b')")
    collector.wait_for("pageView", "a", "b")
    hold.set()
    assert_whole(collector)


def test_click_out_after_ten_events(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    site.page("/next", "", collector.snippet)
    script = """<script>function leave(event) {
        event.preventDefault();
        for (let i = 0; i < 10; i++) divolte.signal("count", {i});
        divolte.whenCommitted(() => location.href = "/next", 5000);
    }</script>"""
    page = open_page(
        visitor, site.page("/", script + '<a href="/next" onclick="leave(event)">out</a>', collector.snippet)
    )
    collector.wait_for("pageView")
    page.click("a")
    events = collector.wait_for("pageView", *["count"] * 10, "pageView")
    assert [parameters(event) for event in events[1:11]] == [{"i": i} for i in range(10)]
    assert events[11]["l"] == site.url + "/next"
    assert_whole(collector)


def test_committed_at_once_when_nothing_is_open(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    page = open_page(visitor, site.page("/", "", collector.snippet))
    collector.wait_for("pageView")
    eventually(
        lambda: page.evaluate("(() => { let now = 0; divolte.whenCommitted(() => now = 1); return now })()") == 1
    )


def test_endless_events_do_not_keep_the_visitor(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    site.page("/next", "", collector.snippet)
    page = open_page(visitor, site.page("/", "", collector.snippet))
    collector.wait_for("pageView")
    page.evaluate(
        """() => {
            let i = 0;
            (function more() { divolte.signal("x", {i: i++}); setTimeout(more, 1); })();
            divolte.whenCommitted(() => location.href = "/next", 500);
        }"""
    )
    # Events of the page before may still be on their way then.
    events = collector.wait(lambda events: any(event["l"] == site.url + "/next" for event in events))
    assert 2 < len(events) < 1000
    assert_whole(collector)


def test_a_page_may_signal_its_own_page_views(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    tag = collector.snippet.replace("<script", '<script data-page-views="manual"')
    script = "<script>addEventListener('load', () => divolte.signal('pageView', {mine: true}))</script>"
    open_page(visitor, site.page("/", script, tag))
    [event] = collector.wait_for("pageView")
    assert parameters(event) == {"mine": True}
    assert_whole(collector)


def test_cookies_are_identifiers(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    page = open_page(visitor, site.page("/", "", collector.snippet))
    [event] = collector.wait_for("pageView")
    cookies = {cookie["name"]: cookie for cookie in visitor.cookies()}
    assert set(cookies) == {"_dvp", "_dvs"}
    assert cookies["_dvp"]["value"] == event["p"] == page.evaluate("divolte.partyId")
    assert cookies["_dvs"]["value"] == event["s"] == page.evaluate("divolte.sessionId")
    assert all(parse_identifier(cookie["value"]) for cookie in cookies.values())
    assert {(cookie["sameSite"], cookie["path"], cookie["secure"]) for cookie in cookies.values()} == {
        ("Lax", "/", False)
    }


def test_garbled_cookies_heal(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    url = site.page("/", "", collector.snippet)
    visitor.add_cookies([{"name": name, "value": "rubbish", "url": url} for name in ("_dvp", "_dvs")])
    open_page(visitor, url)
    [event] = collector.wait_for("pageView")
    assert parse_identifier(event["p"]) and parse_identifier(event["s"])
    assert {cookie["value"] for cookie in visitor.cookies()} == {event["p"], event["s"]}


def test_screen_and_viewport(new_visitor: object, collector: Recorder, site: Site) -> None:
    visitor: BrowserContext = new_visitor(  # type: ignore[operator]  # a fixture's function
        viewport={"width": 1280, "height": 720}, screen={"width": 1920, "height": 1080}, device_scale_factor=1.5
    )
    open_page(visitor, site.page("/", "", collector.snippet))
    [event] = collector.wait_for("pageView")
    assert (event["w"], event["h"], event["k"]) == ("zk", "k0", "1.i")
    assert (int(event["i"], 36), int(event["j"], 36)) == (1920, 1080)

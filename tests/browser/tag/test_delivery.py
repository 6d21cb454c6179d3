"""Nothing is lost and nothing is sent twice: networks, collectors, tabs and pages that come and go."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.tag.test_pages import assert_whole, open_page
from tests.helpers.recorder import EVERYTHING, Answer, Recorder, Site, eventually

pytestmark = pytest.mark.browser

BUSY = Answer(503, {"Retry-After": "1"})


def signal(page: Page, *types: str) -> None:
    page.evaluate("types => { for (const type of types) divolte.signal(type) }", list(types))


def kept(page: Page) -> int:
    """Events that wait on the device."""
    records = page.evaluate("Object.entries(localStorage).filter(([k]) => k.startsWith('_dvq.')).map(([, v]) => v)")
    return sum(record.count("\n") for record in records)


def given_over(page: Page, key: str) -> bool:
    """Whether the record of a page that was closed says so, or is gone: closing takes a while."""
    return bool(page.evaluate("key => !(key in localStorage) || localStorage[key].startsWith('0\\n')", key))


def record_of(page: Page) -> str:
    """The key of the only record on the device."""
    [key] = page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('_dvq.') && key != '_dvq.')")
    return str(key)


def refused(page: Page) -> None:
    """Waits until the tag knows that the collector does not take events now."""
    page.wait_for_function("() => { let given_up = 0; divolte.whenCommitted(() => given_up++); return given_up }")


def test_offline_then_online(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    page = open_page(visitor, site.page("/", "", collector.snippet))
    collector.wait_for("pageView")
    eventually(lambda: kept(page) == 0)
    visitor.set_offline(True)
    signal(page, "a", "b")
    page.wait_for_timeout(300)
    signal(page, "c")
    assert kept(page) == 3
    visitor.set_offline(False)
    collector.wait(lambda events: len(events) == 4)
    eventually(lambda: kept(page) == 0)
    page.wait_for_timeout(500)
    assert collector.types() == ["pageView", "a", "b", "c"]
    assert_whole(collector)


def test_a_collector_that_refuses_for_a_while(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    attempts: list[str] = []

    def answer(seen: object) -> Answer:
        attempts.append("")
        return BUSY if len(attempts) < 3 else Answer()

    collector.answer = answer
    page = open_page(visitor, site.page("/", "", collector.snippet))
    signal(page, "a")
    collector.wait(lambda events: len(events) == 2)
    assert sorted(collector.types()) == ["a", "pageView"]
    assert_whole(collector)
    eventually(lambda: kept(page) == 0)


def test_kept_over_page_loads(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    collector.answer = lambda _: BUSY
    url = site.page("/", "", collector.snippet)
    page = open_page(visitor, url)
    signal(page, "a")
    refused(page)
    page.goto(site.page("/plain", "no tag here"))
    eventually(lambda: kept(page) == 2)
    page.close()
    collector.answer = lambda _: Answer()
    page = open_page(visitor, url)
    collector.wait(lambda events: len(events) == 3)
    assert sorted(collector.types()) == ["a", "pageView", "pageView"]
    assert_whole(collector)
    eventually(lambda: kept(page) == 0)


def test_closing_the_tab(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    hold = Event()
    collector.answer = lambda seen: Answer(after=hold if seen.method == "GET" else None)
    page = open_page(visitor, site.page("/", "", collector.snippet))
    collector.wait_for("pageView")
    signal(page, "a", "b")  # they wait for the page view's answer
    page.close()
    collector.wait_for("pageView", "a", "b")
    beacon = collector.requests[-1]
    assert (beacon.method, beacon.path) == ("POST", "/csc-event/batch")
    assert beacon.headers["content-type"] == "text/plain;charset=UTF-8"
    hold.set()
    page = open_page(visitor, site.page("/plain", ""))
    eventually(lambda: kept(page) == 0)
    assert_whole(collector)


def test_leaving_right_after_a_signal(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    site.page("/next", "", collector.snippet)
    page = open_page(
        visitor, site.page("/", "<a href=/next onclick=\"divolte.signal('go')\">next</a>", collector.snippet)
    )
    collector.wait_for("pageView")
    page.click("a")
    collector.wait(lambda events: len(events) >= 3)
    page.wait_for_timeout(500)
    assert collector.types() == ["pageView", "go", "pageView"]
    assert_whole(collector)


def test_two_tabs(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    url = site.page("/", "", collector.snippet)
    one = open_page(visitor, url)
    collector.wait_for("pageView")
    two = open_page(visitor, url)
    collector.wait_for("pageView", "pageView")
    eventually(lambda: kept(one) == 0)
    visitor.set_offline(True)
    for _ in range(3):
        signal(one, "one")
        signal(two, "two")
    eventually(lambda: kept(one) == 6)
    visitor.set_offline(False)
    collector.wait(lambda events: len(events) >= 8)
    two.wait_for_timeout(500)
    assert sorted(collector.types()) == ["one"] * 3 + ["pageView"] * 2 + ["two"] * 3
    assert len({event["s"] for event in collector.events}) == 1
    assert_whole(collector)
    eventually(lambda: kept(two) == 0)


def test_two_offline_tabs_and_one_is_closed(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    # Closing ends Playwright's grip on the network of the closed tab, so that it may still find itself online and send
    # its events; or it leaves them to the other. On a slow machine an answer must not count as missing because of that.
    collector.config = {"eventTimeout": 60_000}
    url = site.page("/", "", collector.snippet)
    one = open_page(visitor, url)
    collector.wait_for("pageView")
    two = open_page(visitor, url)
    collector.wait_for("pageView", "pageView")
    eventually(lambda: kept(one) == 0)
    visitor.set_offline(True)
    for _ in range(3):
        signal(one, "one")
        signal(two, "two")
    eventually(lambda: kept(one) == 6)  # what one tab stores the other sees a little later
    one.close()
    visitor.set_offline(False)
    collector.wait(lambda events: len(events) >= 8)
    eventually(lambda: kept(two) == 0)
    two.wait_for_timeout(500)
    assert sorted(collector.types()) == ["one"] * 3 + ["pageView"] * 2 + ["two"] * 3
    assert_whole(collector)


def test_a_tab_takes_over_what_another_left(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    url = site.page("/", "", collector.snippet)
    one = open_page(visitor, url)
    collector.wait_for("pageView")
    two = open_page(visitor, url)
    collector.wait_for("pageView", "pageView")
    eventually(lambda: kept(one) == 0)
    collector.answer = lambda _: Answer(503, {"Retry-After": "3"})
    signal(one, "one", "one", "one")
    refused(one)
    key = record_of(two)
    signal(two, "two", "two", "two")
    refused(two)
    one.close()
    eventually(lambda: given_over(two, key))
    eventually(lambda: kept(two) == 6)
    collector.answer = lambda _: Answer()
    collector.wait(lambda events: len(events) >= 8)
    two.wait_for_timeout(500)
    assert sorted(collector.types()) == ["one"] * 3 + ["pageView"] * 2 + ["two"] * 3
    assert_whole(collector)
    eventually(lambda: kept(two) == 0)


def test_many_tabs_find_what_was_left(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    collector.answer = lambda _: BUSY
    url = site.page("/", "", collector.snippet)
    left = open_page(visitor, url)
    signal(left, "left", "left", "left")
    refused(left)
    eventually(lambda: kept(left) == 4)
    key = record_of(left)
    witness = open_page(visitor, site.page("/plain", "no tag here"))
    left.close()
    eventually(lambda: given_over(witness, key))
    collector.answer = lambda _: Answer()
    tabs = [visitor.new_page() for _ in range(4)]
    for tab in tabs:
        tab.evaluate("url => { location.href = url }", url)
    collector.wait(lambda events: len(events) >= 8)
    tabs[0].wait_for_timeout(500)
    assert collector.types().count("left") == 3
    assert collector.types().count("pageView") == 5
    assert_whole(collector)


def test_without_leave_to_read_answers(visitor: BrowserContext, collector: Recorder, site: Site) -> None:
    collector.cors = False
    page = open_page(visitor, site.page("/", "", collector.snippet))
    collector.wait(lambda events: len(events) >= 2)
    signal(page, "a", "b")
    collector.wait(lambda events: len(events) >= 4)
    # fetch found out, and an image said it again with the same id: a collector marks the second as a duplicate.
    first, second, *rest = collector.events
    assert (first["e"], first["x"]) == (second["e"], second["x"])
    assert [event["t"] for event in rest] == ["a", "b"]
    assert {request.method for request in collector.requests} == {"GET"}
    eventually(lambda: kept(page) == 0)


POLICY = "default-src 'none'; script-src {0}; {1} {0}"


@pytest.mark.parametrize("directive", ["connect-src", "img-src"])
def test_a_strict_content_security_policy(
    visitor: BrowserContext, collector: Recorder, site: Site, directive: str
) -> None:
    collector.config = {"track": EVERYTHING}
    page = visitor.new_page()
    violations: list[str] = []
    page.on("console", lambda message: violations.append(message.text) if "Content Security" in message.text else None)
    policy = POLICY.format(collector.url, directive)
    page.goto(site.page("/", "", collector.snippet, Content_Security_Policy=policy))
    collector.wait_for("pageView")
    # The page's own policy forbids evaluated code to the test as well, but not in its isolated world.
    eventually(lambda: kept(page) == 0)
    assert {request.method for request in collector.requests} == {"GET"}
    assert_whole(collector)
    # Where only images are allowed fetch is tried once.
    assert bool(violations) == (directive == "img-src"), violations


def test_cookies_of_the_collector_go_only_where_they_may(
    new_visitor: Callable[[], BrowserContext], collector: Recorder, site: Site
) -> None:
    for config, sent in (({}, False), ({"credentials": "include"}, True)):
        collector.config = config
        collector.forget()
        collector.answer = lambda _: Answer(200, {"Access-Control-Allow-Credentials": "true"})
        visitor = new_visitor()
        visitor.add_cookies([{"name": "mine", "value": "x", "url": collector.url, "sameSite": "Lax"}])
        # The same site, another origin: as shop.example.com and collect.example.com.
        open_page(visitor, site.page("/", "", collector.snippet).replace("localhost", "127.0.0.1"))
        collector.wait(lambda events: len(events) >= 1)
        assert ("cookie" in collector.requests[0].headers) == sent

"""The live pages in a real browser: they show what is there, follow it by themselves, and say when they cannot."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.ui.conftest import Live
from tests.conftest import ROOT
from tests.helpers.world import World, shop

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
PAGES = {
    "/": "Live",
    "/queries": "Results",
    "/queries/device_types": "device types",
    "/sessions": "Sessions",
    "/rejected": "Rejected events",
    "/topics": "Topics",
    "/topics/clicks": "clicks",
    "/ledger": "Ledger",
    "/health": "Health",
}


def recent(world: World) -> int:
    """A time near now, so that the pages show times of the day."""
    return int(time.time() * 1000) - 300_000


@pytest.mark.parametrize("path", PAGES)
def test_every_view_has_an_address_and_draws_without_complaint(world: World, visit: Visit, path: str) -> None:
    shop(world, 60, at=recent(world))
    page = visit(path)
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[path])
    expect(page.locator(".state.loading")).to_have_count(0)
    expect(page.locator(".state.failed")).to_have_count(0)
    expect(page.locator("nav a[aria-current=page]")).to_have_count(1)


def test_it_updates_by_itself(world: World, visit: Visit) -> None:
    shop(world, 20, at=recent(world))
    page = visit()
    terms = page.locator(".equation .term b")
    expect(terms).to_have_text(["20", "19", "1", "0"])
    session = "0:new:visitor"
    origin = world.event(21, session, "CHECKOUT_START", int(time.time() * 1000))
    row = page.locator(".events tbody tr", has_text="CHECKOUT_START")
    expect(row.locator(".badge")).to_have_text("open")
    expect(terms).to_have_text(["21", "19", "1", "1"])
    world.map(21, origin, session, "CHECKOUT_START", int(time.time() * 1000))
    world.account("map", "clicks", ["events"], delivered={"clicks": 20}, rejected={"unmappable": 1})
    expect(row.locator(".badge")).to_have_text("accepted")
    expect(terms).to_have_text(["21", "20", "1", "0"])
    expect(page.locator(".verdict b")).to_have_text("0")


def test_rejected_events_say_why(world: World, visit: Visit) -> None:
    shop(world, 20, at=recent(world))
    page = visit()
    expect(page.locator(".events .badge.rejected")).to_have_text("rejected: unmappable")
    page.get_by_role("link", name="Rejected").click()
    expect(page.locator("table")).to_contain_text("unmappable")
    entry = page.locator(".entries li").first
    expect(entry).to_contain_text("context.device.type: no value for a required field")
    entry.locator("summary").click()
    expect(entry.locator("pre")).to_contain_text('"reason": "unmappable"')


def test_results_are_tables_and_charts(world: World, visit: Visit) -> None:
    shop(world, 40, at=recent(world))
    page = visit()
    cards = page.locator(".card.query")
    expect(cards).to_have_count(5)
    bars = page.get_by_role("img", name="device types: sessions by device over 12 points in time")
    expect(bars.locator("rect")).to_have_count(36)
    expect(page.get_by_role("img", name="session averages: shortest, average, longest over time")).to_be_visible()
    expect(page.locator(".card.query", has_text="abandoned baskets").locator("table")).to_contain_text(
        "M Navy Slim Jeans"
    )
    page.get_by_role("link", name="top browsers").click()
    expect(page).to_have_url(visit_url(page, "/queries/top_browsers"))
    rows = page.get_by_role("region", name="Rows of top browsers")
    expect(rows.locator("tbody tr")).to_have_count(36)
    expect(rows.locator("thead th")).to_have_text(["window start", "rank", "browser", "sessions"])
    operators = page.get_by_role("region", name="Operators").locator("tbody tr")
    expect(operators.locator("td:first-child")).to_have_text(["Scan", "WindowAggregate", "Sink"])
    expect(operators.nth(1)).to_contain_text("82.3 kB")


def visit_url(page: Page, path: str) -> str:
    return "/".join(page.url.split("/")[:3]) + path


def test_one_finds_ones_own_session(world: World, visit: Visit) -> None:
    shop(world, 20, at=recent(world))
    page = visit()
    session = "0:mine:abcdefgh"
    page.context.add_cookies([{"name": "_dvs", "value": session, "url": page.url}])
    origin = world.event(30, session, "PRODUCT_VIEW", int(time.time() * 1000))
    world.map(30, origin, session, "PRODUCT_VIEW", int(time.time() * 1000))
    expect(page.locator("tr.mine")).to_contain_text("PRODUCT_VIEW")
    page.get_by_role("link", name="Your session").click()
    expect(page.locator(".timeline li")).to_have_count(1)
    expect(page.locator(".timeline li")).to_contain_text("PRODUCT_VIEW")
    world.event(31, session, "ADD_TO_CART", int(time.time() * 1000) + 1)
    expect(page.locator(".timeline li").first).to_contain_text("ADD_TO_CART")


def test_events_can_be_filtered_by_session_and_held_still(world: World, visit: Visit) -> None:
    shop(world, 21, at=recent(world))
    page = visit()
    rows = page.locator(".events tbody tr")
    expect(rows).to_have_count(21)
    page.get_by_label("Session", exact=True).fill("session3")
    expect(rows).to_have_count(3)
    page.get_by_label("Session", exact=True).fill("nobody")
    expect(page.locator(".events .state")).to_contain_text("None of the latest events")
    page.get_by_label("Session", exact=True).fill("")
    page.get_by_role("button", name="Pause").click()
    world.event(50, "s", "LOGIN", int(time.time() * 1000))
    page.wait_for_timeout(900)
    expect(rows).to_have_count(21)
    page.get_by_role("button", name="Go on").click()
    world.event(51, "s", "LOGIN", int(time.time() * 1000))
    expect(rows).to_have_count(23)


def test_a_session_is_found_by_its_id(world: World, visit: Visit) -> None:
    shop(world, 20, at=recent(world))
    page = visit()
    page.get_by_label("Session", exact=True).fill("0:nobody:x")
    page.keyboard.press("Enter")
    expect(page).to_have_url(visit_url(page, "/sessions/0%3Anobody%3Ax"))
    expect(page.locator(".state.empty")).to_contain_text("Nothing is known of this session yet.")


def test_an_empty_folder_says_what_to_do(visit: Visit) -> None:
    page = visit()
    expect(page.locator(".events .state")).to_contain_text("Nothing has arrived yet.")
    expect(page.locator(".results .state")).to_contain_text("No results yet.")
    for name, text in {
        "Topics": "The collector makes the first one",
        "Ledger": "No room has written an account yet.",
        "Rejected": "Nothing was rejected.",
        "Sessions": "No session yet.",
        "Health": "No supervisor looks after this data folder.",
    }.items():
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.locator(".state.empty")).to_contain_text(text)


def test_an_unknown_result_names_the_nearest(world: World, visit: Visit) -> None:
    shop(world, 20, at=recent(world))
    page = visit("/queries/device_type")
    expect(page.locator(".state.failed")).to_contain_text("no result device_type; did you mean device_types?")
    visit.complaints.clear()  # type: ignore[attr-defined]  # the browser reports the 404 itself


def test_a_server_that_goes_away_and_comes_back(world: World, live: Live, visit: Visit) -> None:
    shop(world, 20, at=recent(world))
    page = visit()
    terms = page.locator(".equation .term b")
    expect(terms.first).to_have_text("20")
    assert live.stop() == 0  # with an open stream
    expect(page.locator(".stale")).to_contain_text("The connection is lost")
    expect(terms.first).to_have_text("20")
    world.event(50, "s", "LOGIN", int(time.time() * 1000))
    live.start()
    expect(terms.first).to_have_text("21")
    expect(page.locator(".stale")).to_have_count(0)
    visit.complaints.clear()  # type: ignore[attr-defined]  # refused connections are reported by the browser


def test_the_keyboard_is_enough(world: World, visit: Visit) -> None:
    shop(world, 20, at=recent(world))
    page = visit()
    expect(page.locator(".equation")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Results", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Results")).to_be_focused()
    assert page.title() == "Results · riverrun"
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Live")).to_be_focused()


def test_names_are_shown_not_run(world: World, visit: Visit) -> None:
    hostile = "<img src=x onerror=document.title='owned'>"
    world.event(1, hostile, hostile, int(time.time() * 1000), location=f"http://x/?q={hostile}")
    page = visit()
    expect(page.locator(".events tbody")).to_contain_text("<img src=x")
    assert page.title() == "Live · riverrun"
    assert page.locator(".events img").count() == 0


@pytest.mark.parametrize("path", ["/", "/queries/device_types", "/ledger", "/topics", "/health", "/rejected"])
def test_a_phone_needs_no_sideways_scrolling(world: World, visit: Visit, path: str) -> None:
    shop(world, 60, at=recent(world))
    page = visit(path, width=375)
    expect(page.locator(".card").first).to_be_visible()
    widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert widths[0] <= widths[1]


def test_light_and_dark(world: World, visit: Visit) -> None:
    grounds = [
        visit("/", scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert grounds == ["rgb(245, 247, 247)", "rgb(15, 23, 25)"]


def test_a_page_that_nobody_sees_lets_go_and_catches_up(world: World, visit: Visit) -> None:
    """Browsers open six connections to a server: a hidden tab must not hold one."""
    shop(world, 20, at=recent(world))
    page = visit()
    terms = page.locator(".equation .term b")
    expect(terms.first).to_have_text("20")
    show = """state => {
        Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(show, "hidden")
    world.event(50, "s", "LOGIN", int(time.time() * 1000))
    page.wait_for_timeout(900)
    expect(terms.first).to_have_text("20")
    page.evaluate(show, "visible")
    expect(terms.first).to_have_text("21")


AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_people_out(
    world: World, live: Live, new_visitor: Callable[..., BrowserContext], scheme: str
) -> None:
    """axe-core finds nothing on any page: contrast, names, headings, regions."""
    shop(world, 60, at=recent(world))
    page = new_visitor(color_scheme=scheme, bypass_csp=True).new_page()
    for path in PAGES:
        page.goto(live.url + path)
        expect(page.locator(".state.loading")).to_have_count(0)
        page.wait_for_timeout(1000)  # colours of what has just arrived fade
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run()")["violations"]
        assert [(path, one["id"], one["nodes"][0]["html"]) for one in found] == []

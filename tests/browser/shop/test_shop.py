"""A person in the shop, with the real collector: the events that reach the topic, and pages that hold up."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import ROOT
from tests.helpers.collecting import Collecting, collecting

pytestmark = pytest.mark.browser

PAGES = (
    "/", "/category/wide-leg", "/product/navy-overalls-jeans", "/search?q=velvet", "/search?q=nothing+like+it", "/cart",
    "/login", "/about", "/privacy", "/nope",
)  # fmt: skip
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collecting]:
    with collecting(tmp_path / "data") as running:
        yield running


def serve_shop(collector_url: str) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "riverrun", "shop", "--port", "0", "--collector", collector_url]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    found = re.match(r"shop: (http://127\.0\.0\.1:\d+)/", process.stderr.readline())
    assert found
    return process, found[1]


@pytest.fixture
def shop(collector: Collecting) -> Iterator[str]:
    process, url = serve_shop(collector.url)
    yield url
    process.terminate()
    assert process.wait(20) == 0
    assert process.stderr is not None
    process.stderr.close()


@pytest.fixture
def page(visitor: BrowserContext) -> Iterator[Page]:
    """A page that must not complain."""
    page = visitor.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


def said(event: dict[str, Any], shop: str) -> tuple[str, str, dict[str, Any]]:
    parameters = {name: value for name, value in (event["eventParameters"] or {}).items() if name != "customer"}
    return event["eventType"], event["location"].removeprefix(shop), parameters


def test_from_home_to_an_order(page: Page, collector: Collecting, shop: str) -> None:
    page.goto(shop + "/?utm_source=newsletter&utm_medium=email")
    page.locator("nav.styles summary", has_text="Wide").click()
    page.get_by_role("link", name="Flare", exact=True).click()
    page.get_by_role("link", name="Selvedge Flare Jeans").click()
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("#buy-message")).to_have_text("Please choose a size.")
    page.get_by_text("M", exact=True).click()
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("#buy-message")).to_contain_text("M Selvedge Flare Jeans, $54.99, is in your cart.")
    expect(page.locator("#cart-count")).to_have_text("1")

    page.get_by_role("searchbox").fill("navy slim")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Navy Slim Jeans").click()
    page.get_by_text("XL", exact=True).click()
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="Go to the cart").click()
    page.get_by_role("button", name="Remove XL Navy Slim Jeans").click()
    expect(page.locator("#summary")).to_contain_text("$54.99")

    page.get_by_role("link", name="Check out").click()
    page.wait_for_url(shop + "/login?next=/checkout")
    register = page.locator("#register")
    register.get_by_label("Name").fill("Ann Lee")
    register.get_by_label("Email").fill("Ann.Lee@example.com")
    register.get_by_label("Password").fill("x")
    register.get_by_role("button", name="Register").click()
    page.wait_for_url(shop + "/checkout")
    expect(page.get_by_label("Name")).to_have_value("Ann Lee")
    page.get_by_role("button", name="Place order").click()
    page.wait_for_url(shop + "/checkout/complete")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, Ann.")
    number = page.locator("#number").inner_text()
    page.reload()

    events = collector.wait(lambda events: len(events) >= 15)
    assert [said(event, shop) for event in events] == [
        ("PAGE_VIEW", "/?utm_source=newsletter&utm_medium=email", {}),
        ("PAGE_VIEW", "/category/flare", {}),
        ("PRODUCT_VIEW", "/product/selvedge-flare-jeans", {"model": "Selvedge Flare Jeans", "price": 54.99}),
        ("ADD_TO_CART", "/product/selvedge-flare-jeans", {"product": "M Selvedge Flare Jeans", "price": 54.99}),
        ("SEARCH", "/search?q=navy+slim", {"query": "navy slim", "results": 8}),
        ("PRODUCT_VIEW", "/product/navy-slim-jeans", {"model": "Navy Slim Jeans", "price": 24.99}),
        ("ADD_TO_CART", "/product/navy-slim-jeans", {"product": "XL Navy Slim Jeans", "price": 24.99}),
        ("CART_VIEW", "/cart", {"items": 2}),
        ("REMOVE_FROM_CART", "/cart", {"product": "XL Navy Slim Jeans", "price": 24.99}),
        ("PAGE_VIEW", "/login?next=/checkout", {}),
        ("NEW_CUSTOMER", "/login?next=/checkout", {}),
        ("LOGIN", "/login?next=/checkout", {}),
        ("CHECKOUT_START", "/checkout", {"items": 1, "total": 54.99}),
        ("CHECKOUT_COMPLETE", "/checkout/complete", {"order": number, "items": 1, "total": 54.99}),
        ("PAGE_VIEW", "/checkout/complete", {}),
    ]
    assert len({event["sessionId"] for event in events}) == 1
    assert not any(event["corrupt"] or event["duplicate"] for event in events)
    customers = [(event["eventParameters"] or {}).get("customer") for event in events]
    assert customers[:10] == [None] * 10
    ann = customers[10]
    assert ann is not None
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", ann["id"])
    assert ann == {"id": ann["id"], "name": "Ann Lee", "emails": ["ann.lee@example.com"]}
    assert customers[10:] == [ann] * 5
    assert events[0]["referer"] is None
    assert events[1]["referer"].startswith(shop)


def test_logging_out_and_in_again(page: Page, collector: Collecting, shop: str) -> None:
    page.goto(shop + "/login")
    page.get_by_role("button", name="Invent somebody").click()
    email = page.locator("#register").get_by_label("Email").input_value()
    page.get_by_role("button", name="Register").click()
    page.wait_for_url(shop + "/account")
    expect(page.locator("#no-orders")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(shop + "/")
    expect(page.locator("#account-name")).to_have_text("Log in")

    page.goto(shop + "/login?next=//elsewhere.example/")
    login = page.locator("#login")
    login.get_by_label("Email").fill("nobody@example.com")
    login.get_by_label("Password").fill("x")
    login.get_by_role("button", name="Log in").click()
    expect(page.locator("#login-message")).to_contain_text("no account")
    login.get_by_label("Email").fill(email.upper())
    login.get_by_role("button", name="Log in").click()
    page.wait_for_url(shop + "/account")
    events = collector.wait(lambda events: len(events) >= 8)
    assert [event["eventType"] for event in events] == [
        "PAGE_VIEW", "NEW_CUSTOMER", "LOGIN", "PAGE_VIEW", "PAGE_VIEW", "PAGE_VIEW", "LOGIN", "PAGE_VIEW",
    ]  # fmt: skip
    customers = [(event["eventParameters"] or {}).get("customer") for event in events]
    assert [customer is not None for customer in customers] == [False, True, True, True, False, False, True, True]
    assert customers[1] == customers[6]


def test_pages_that_a_visitor_cannot_be_on_yet(page: Page, collector: Collecting, shop: str) -> None:
    page.goto(shop + "/checkout")
    page.wait_for_url(shop + "/cart")
    expect(page.get_by_text("There is nothing in it yet.")).to_be_visible()
    page.goto(shop + "/account")
    page.wait_for_url(shop + "/login")
    page.goto(shop + "/checkout/complete")
    expect(page.get_by_role("heading", level=1)).to_have_text("No order yet")
    events = collector.wait(lambda events: len(events) >= 3)
    assert [event["eventType"] for event in events] == ["CART_VIEW", "PAGE_VIEW", "PAGE_VIEW"]


def test_back_shows_the_cart_as_it_is(page: Page, collector: Collecting, shop: str) -> None:
    page.goto(shop + "/cart")
    page.goto(shop + "/product/navy-slim-jeans")
    page.get_by_text("M", exact=True).click()
    page.get_by_role("button", name="Add to cart").click()
    page.evaluate("history.back()")
    expect(page.locator("#summary")).to_contain_text("1 item")
    expect(page.locator("#cart-count")).to_have_text("1")
    events = collector.wait(lambda events: len(events) >= 4)
    assert [event["eventType"] for event in events] == ["CART_VIEW", "PRODUCT_VIEW", "ADD_TO_CART", "CART_VIEW"]
    first, product, added, again = (event["pageViewId"] for event in events)
    assert product == added
    assert product not in (
        first,
        again,
    )  # a page that the browser has kept goes on with its own view, another begins one


def test_an_objection_holds(page: Page, visitor: BrowserContext, collector: Collecting, shop: str) -> None:
    page.goto(shop + "/privacy")
    collector.wait_for("PAGE_VIEW")
    page.get_by_label("The tag may follow").uncheck()
    page.goto(shop + "/product/navy-slim-jeans")
    page.get_by_text("M", exact=True).click()
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("#cart-count")).to_have_text("1")
    assert visitor.cookies() == []
    page.goto(shop + "/privacy")
    page.get_by_label("The tag may follow").check()
    page.goto(shop + "/cart")
    assert [event["eventType"] for event in collector.wait(lambda events: len(events) >= 2)] == [
        "PAGE_VIEW",
        "CART_VIEW",
    ]


def test_who_clicks_before_the_shop_is_ready_sends_no_form(visitor: BrowserContext, shop: str) -> None:
    """A form that the browser sends itself has the password in the address."""
    page = visitor.new_page()
    page.route("**/static/shop.js", lambda route: route.abort())
    for path in ("/login", "/checkout", "/product/navy-slim-jeans"):
        page.goto(shop + path)
        buttons = page.locator("main form button").all()
        assert buttons
        for button in buttons:
            expect(button).to_be_disabled()


def test_without_a_collector_the_shop_still_sells(visitor: BrowserContext) -> None:
    process, url = serve_shop("http://127.0.0.1:9/")
    try:
        page = visitor.new_page()
        page.goto(url + "/product/navy-slim-jeans")
        page.get_by_text("M", exact=True).click()
        page.get_by_role("button", name="Add to cart").click()
        page.goto(url + "/login?next=/checkout")
        page.get_by_role("button", name="Invent somebody").click()
        page.get_by_role("button", name="Register").click()
        page.wait_for_url(url + "/checkout")
        page.get_by_role("button", name="Place order").click()
        page.wait_for_url(url + "/checkout/complete")
    finally:
        process.terminate()
        process.wait(20)
        assert process.stderr is not None
        process.stderr.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844), (320, 640)])
def test_pages_fit_the_screen(new_visitor: Callable[..., BrowserContext], shop: str, width: int, height: int) -> None:
    page = new_visitor(viewport={"width": width, "height": height}).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(shop + "/product/stretch-denim-super-skinny-jeans")
    page.get_by_text("XXL", exact=True).click()
    page.get_by_role("button", name="Add to cart").click()
    for path in PAGES:
        page.goto(shop + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("h1").count() >= 1
        page.evaluate("Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode() }))")
    assert [one for one in complaints if "404" not in one] == []


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_keeps_people_out(new_visitor: Callable[..., BrowserContext], shop: str, width: int) -> None:
    """axe-core finds nothing on any page: contrast, names, headings, regions."""
    page = new_visitor(viewport={"width": width, "height": 900}, bypass_csp=True).new_page()

    def assert_open() -> None:
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run()")["violations"]
        assert [(page.url, one["id"], one["nodes"][0]["html"]) for one in found] == []

    for path in PAGES:
        page.goto(shop + path)
        assert_open()
    page.goto(shop + "/product/navy-slim-jeans")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("#buy-message")).to_have_text("Please choose a size.")
    assert_open()
    page.get_by_text("M", exact=True).click()
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("link", name="Cart 1 item", exact=True)).to_be_visible()
    assert_open()
    page.goto(shop + "/cart")
    assert_open()
    page.goto(shop + "/login?next=/checkout")
    page.get_by_role("button", name="Invent somebody").click()
    page.get_by_role("button", name="Register").click()
    page.wait_for_url(shop + "/checkout")
    assert_open()
    page.get_by_role("button", name="Place order").click()
    page.wait_for_url(shop + "/checkout/complete")
    assert_open()
    page.goto(shop + "/account")
    assert_open()


def test_it_works_with_the_keyboard(page: Page, shop: str) -> None:
    page.goto(shop + "/product/navy-slim-jeans")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="XXS").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="XS", exact=True)).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("#buy-message")).to_contain_text("XS Navy Slim Jeans")

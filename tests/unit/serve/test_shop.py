"""The shop's pages: they lead somewhere, say what they signal, and take nothing from a visitor as markup."""

from __future__ import annotations

import json
import re
from html import unescape
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from riverrun.errors import InputError
from riverrun.generate import settings
from riverrun.generate.itineraries import Click
from riverrun.generate.products import catalogue
from riverrun.generate.site import Site
from riverrun.generate.visits import CATEGORY
from riverrun.generate.world import make_world
from riverrun.serve.shop.app import shop_app
from riverrun.serve.shop.catalogue import FAMILIES, MATERIALS, SIZES, STYLES, models, search, styles
from riverrun.serve.shop.cuts import CUTS
from riverrun.serve.shop.drawing import picture
from tests.conftest import ROOT

COLLECTOR = "http://127.0.0.1:8290/"
LINK = re.compile(r'(?:href|src|action)="(/[^"]*)"')
BODY = re.compile(r'<body data-page="([a-z]*)" data-signal="([A-Z_]+)" data-parameters="([^"]*)">')


@pytest.fixture(scope="module")
def shop() -> TestClient:
    return TestClient(shop_app(COLLECTOR, "http://127.0.0.1:8291"))


def event(text: str) -> tuple[str, dict[str, object]]:
    found = BODY.search(text)
    assert found
    return found[2], json.loads(unescape(found[3]))


def test_every_link_leads_somewhere(shop: TestClient) -> None:
    """All pages that can be reached, but of the products only those that other kinds of pages show."""
    seen, waiting = {"/"}, ["/"]
    while waiting:
        path = waiting.pop()
        answer = shop.get(path)
        assert answer.status_code == 200, path
        if path.startswith("/product/") or "html" not in answer.headers["content-type"]:
            continue
        for link in LINK.findall(answer.text):
            link = unescape(link)
            if link not in seen and not link.startswith("/picture/"):
                seen.add(link)
                waiting.append(link)
    assert {f"/category/{style}" for style in styles()} <= seen
    assert {f"/product/{slug}" for slug in models()} <= seen
    assert {"/cart", "/login", "/checkout", "/about", "/privacy", "/static/shop.js", "/static/shop.css"} <= seen


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", ("PAGE_VIEW", {})),
        ("/category/wide-leg", ("PAGE_VIEW", {})),
        ("/product/navy-slim-jeans", ("PRODUCT_VIEW", {"model": "Navy Slim Jeans", "price": 24.99})),
        ("/search?q=navy+slim", ("SEARCH", {"query": "navy slim", "results": 8})),
        ("/search", ("SEARCH", {"query": "", "results": 0})),
        ("/cart", ("CART_VIEW", {})),
        ("/login", ("PAGE_VIEW", {})),
        ("/checkout", ("CHECKOUT_START", {})),
        ("/checkout/complete", ("CHECKOUT_COMPLETE", {})),
    ],
)
def test_what_a_page_signals(shop: TestClient, path: str, expected: tuple[str, dict[str, object]]) -> None:
    assert event(shop.get(path).text) == expected


def test_the_tag_is_one_line(shop: TestClient) -> None:
    line = f'<script src="{COLLECTOR}divolte.js" data-page-views="manual" defer async></script>'
    assert shop.get("/").text.count(line) == 1
    assert line in (ROOT / "docs/shop.md").read_text()
    assert 'href="http://127.0.0.1:8291/"' in shop.get("/").text
    assert "See your clicks" not in TestClient(shop_app(COLLECTOR)).get("/").text


def test_the_documentation_has_the_events_and_no_others(shop: TestClient) -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/shop.md").read_text(), re.MULTILINE))
    signalled = {event(shop.get(path).text)[0] for path in ("/", "/cart", "/search", "/product/navy-slim-jeans")}
    sources = "".join(path.read_text() for path in (ROOT / "web/shop/src").rglob("*.ts"))
    signalled |= set(re.findall(r'(?:signal\(|\[)"([A-Z_]+)"', sources))
    signalled |= {event(shop.get(path).text)[0] for path in ("/checkout", "/checkout/complete")}
    assert documented == signalled


def test_what_a_visitor_typed_is_text(shop: TestClient) -> None:
    text = shop.get("/search", params={"q": '"><script>alert(1)</script>&'}).text
    assert "<script>alert" not in text
    assert event(text)[1]["query"] == '"><script>alert(1)</script>&'
    assert len(str(event(shop.get("/search", params={"q": "x" * 5000}).text)[1]["query"])) == 100


def test_pages_may_load_from_the_shop_and_the_collector_only(shop: TestClient) -> None:
    policy = shop.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src 'self' http://127.0.0.1:8290;" in policy
    for path in ("/", "/product/navy-slim-jeans", "/cart", "/login", "/checkout"):
        text = shop.get(path).text
        assert "style=" not in text
        assert not re.search(r"\son[a-z]+=", text)


@pytest.mark.parametrize("path", ["/nope", "/category/nope", "/product/nope", "/picture/nope.svg", "/static/tag.js"])
def test_what_is_not_there(shop: TestClient, path: str) -> None:
    answer = shop.get(path)
    assert answer.status_code == 404
    assert "This pair is gone" in answer.text


@pytest.mark.parametrize("url", ["", "collector", "ftp://x/", "http://", "javascript:alert(1)", "http://x/?a=b"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(InputError, match="no address of a collector"):
        shop_app(url)


def test_a_collector_below_a_path() -> None:
    text = TestClient(shop_app("https://c.example/t")).get("/").text
    assert 'src="https://c.example/t/divolte.js"' in text


def test_the_catalogue_has_the_words_of_the_generated_data() -> None:
    assert len(models()) == len(MATERIALS) * len(STYLES) == 900
    generated = catalogue(settings.load(), seed=1)
    assert generated.sizes == SIZES
    assert generated.materials == tuple(material.name for material in MATERIALS)
    assert generated.styles == tuple(style.name for style in STYLES)
    assert {style.family for style in STYLES} == {family.name for family in FAMILIES}
    assert {style.cut for style in STYLES} == set(CUTS)
    assert {family.face for family in FAMILIES} <= set(models())
    cents = [model.price_cents for model in models().values()]
    assert min(cents) == 1499
    assert max(cents) == 5999


def test_simulated_visitors_visit_pages_that_exist(shop: TestClient) -> None:
    prices = {slug: model.price_cents for slug, model in models().items()}
    site = Site("http://shop.test", make_world(settings.load(), 7, 0), prices)
    first = CATEGORY + len(STYLES)
    clicks = [Click(0, "PAGE_VIEW", page, -1, -1) for page in range(first)]
    clicks += [Click(0, "PRODUCT_VIEW", first + model, -1, -1) for model in range(len(models()))]
    clicks += [Click(0, kind, 0, -1, -1) for kind in ("SEARCH", "CART_VIEW", "CHECKOUT_START", "CHECKOUT_COMPLETE")]
    pages = {site.page(click) for click in clicks}
    assert {f"category/{style}" for style in styles()} | {f"product/{slug}" for slug in models()} < pages
    for page in sorted(pages)[::7]:
        assert shop.get("/" + page).status_code == 200, page
    assert {site.cents(model) for model in range(len(models()))} == set(prices.values())


def test_every_picture_is_whole() -> None:
    for model in models().values():
        root = ElementTree.fromstring(picture(model))
        assert root.find("{http://www.w3.org/2000/svg}title") is not None
        ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
        assert sorted(ids) == ["c", "g", "s", "t"]


def test_search() -> None:
    def names(words: str) -> list[str]:
        return [model.name for model in search(words)]

    assert names("navy slim jeans")[0] == "Navy Slim Jeans"
    assert names("selv flare") == ["Selvedge Flare Jeans"]
    assert set(names("raw-denim bell")) == {"Raw-Denim Bell-bottom Jeans"}
    assert names("xyz") == names("  ") == []
    assert len(names("jeans")) == 48


def test_sorting(shop: TestClient) -> None:
    def prices(sort: str) -> list[str]:
        return re.findall(r'class="price">\$([0-9.]+)', shop.get("/category/flare", params={"sort": sort}).text)

    assert prices("price") == sorted(prices("price"), key=float)
    assert prices("-price") == prices("price")[::-1]
    assert prices("nonsense") == prices("popular")

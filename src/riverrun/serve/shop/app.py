"""The shop over HTTP: pages, pictures, and the built script and style sheet. It keeps no state at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from riverrun.errors import InputError
from riverrun.serve.shop import counter, pages
from riverrun.serve.shop.catalogue import models, styles
from riverrun.serve.shop.drawing import picture
from riverrun.serve.shop.layout import Addresses, Page, render

WEB = Path(__file__).resolve().parents[2] / "web"
STATIC = {"shop.js": "text/javascript", "shop.css": "text/css", "shop-icon.svg": "image/svg+xml"}
_LONGEST_QUERY = 100

Endpoint = Callable[[Request], Awaitable[Response]]


def shop_app(collector_url: str, live_url: str | None = None) -> Starlette:
    """`collector_url`: the collector's browser source, whose tag the pages load; `live_url`: a page that the shop's
    visitors may look at to see what they did. Raises InputError when they are no HTTP addresses."""
    addresses = Addresses(_address(collector_url, "collector"), _address(live_url, "live page") if live_url else None)
    headers = _headers(addresses.collector)

    def show(page: Page, status: int = 200) -> Response:
        return HTMLResponse(render(page, addresses), status, headers)

    def fixed(make: Callable[[], Page]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            return show(make())

        return endpoint

    async def category(request: Request) -> Response:
        style = styles().get(request.path_params["style"])
        return show(pages.category(style, _sort(request))) if style else show(counter.not_found(), 404)

    async def product(request: Request) -> Response:
        model = models().get(request.path_params["slug"])
        return show(pages.product(model)) if model else show(counter.not_found(), 404)

    async def search(request: Request) -> Response:
        return show(pages.results(request.query_params.get("q", "").strip()[:_LONGEST_QUERY], _sort(request)))

    async def not_found(request: Request, error: Exception) -> Response:
        return show(counter.not_found(), 404)

    simple = {
        "/": pages.home, "/cart": counter.cart, "/login": counter.login, "/checkout": counter.checkout,
        "/checkout/complete": counter.complete, "/account": counter.account, "/about": counter.about,
        "/privacy": counter.privacy,
    }  # fmt: skip
    routes = [Route(path, fixed(make)) for path, make in simple.items()]
    routes += [
        Route("/category/{style}", category),
        Route("/product/{slug}", product),
        Route("/search", search),
        Route("/picture/{slug}.svg", _picture),
        Route("/static/{name}", _static),
    ]
    return Starlette(routes=routes, exception_handlers={404: not_found})


def _address(url: str, what: str) -> str:
    """`url` with its final slash."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise InputError(f"{url!r} is no address of a {what}", todo="give one such as http://127.0.0.1:8290/")
    return url if url.endswith("/") else url + "/"


def _headers(collector: str) -> dict[str, str]:
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(collector))
    policy = (
        f"default-src 'none'; script-src 'self' {origin}; connect-src {origin}; img-src 'self' {origin}; "
        "style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cache-Control": "no-cache",
    }


def _sort(request: Request) -> str:
    asked = request.query_params.get("sort", "")
    return asked if asked in pages.SORTS else "popular"


async def _picture(request: Request) -> Response:
    model = models().get(request.path_params["slug"])
    if model is None:
        raise HTTPException(404)
    return Response(picture(model), media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in STATIC:
        raise HTTPException(404)
    return FileResponse(WEB / name, media_type=STATIC[name], headers={"Cache-Control": "no-cache"})

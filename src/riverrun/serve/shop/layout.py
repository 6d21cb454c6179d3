"""What all pages of the shop have: head, header, footer, and the tag in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape

import msgspec

from riverrun.serve.shop.catalogue import FAMILIES, Model, of_family

NAME = "Loosehanger"


@dataclass(frozen=True)
class Addresses:
    """Where the shop's visitors are led: `collector` has its final slash; `live` is the page that shows the events."""

    collector: str
    live: str | None = None


@dataclass(frozen=True)
class Page:
    """`kind` chooses the page's script, `signal` and `parameters` are its event."""

    title: str
    body: str
    kind: str = ""
    signal: str = "PAGE_VIEW"
    parameters: Mapping[str, object] = field(default_factory=dict)
    query: str = ""  # what was searched for


def render(page: Page, addresses: Addresses) -> str:
    parameters = msgspec.json.encode(page.parameters).decode()
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(page.title)} | {NAME}</title>
<link rel="icon" href="/static/shop-icon.svg">
<link rel="stylesheet" href="/static/shop.css">
<script src="{escape(addresses.collector)}divolte.js" data-page-views="manual" defer async></script>
<script src="/static/shop.js" defer></script>
</head>
<body data-page="{page.kind}" data-signal="{page.signal}" data-parameters="{escape(parameters)}">
<a class="skip" href="#main">To the content</a>
{_ribbon(addresses)}
{_header(page.query)}
<main id="main" tabindex="-1">
<noscript><p class="note">The cart needs JavaScript. You can look around without it.</p></noscript>
{page.body}
</main>
{_footer()}
</body>
</html>
"""


def _ribbon(addresses: Addresses) -> str:
    live = f' <a href="{escape(addresses.live)}">See your clicks arrive</a>' if addresses.live else ""
    notice = f"A demonstration: nothing here is for sale, and no order leaves your browser.{live}"
    return f'<aside class="ribbon" aria-label="Notice">{notice}</aside>'


def _header(query: str) -> str:
    menus = "".join(
        f'<details name="menu"><summary>{family.name}</summary><div class="menu"><p>{family.blurb}</p><ul>'
        + "".join(f'<li><a href="/category/{s.slug}">{s.name}</a></li>' for s in of_family(family.name))
        + "</ul></div></details>"
        for family in FAMILIES
    )
    return f"""<header class="top">
<a class="logo" href="/">{NAME}</a>
<form class="find" action="/search" role="search">
<input type="search" name="q" value="{escape(query)}" placeholder="Search 900 jeans"
aria-label="Search" maxlength="100">
<button>Search</button>
</form>
<nav class="mine" aria-label="Yours">
<a id="account-link" href="/login">{_icon("person")}<span id="account-name">Log in</span></a>
<a id="cart-link" href="/cart">{_icon("bag")}<span>Cart</span><b id="cart-count" hidden>0</b>
<i id="cart-unit" class="unseen" hidden>items</i></a>
</nav>
<nav class="styles" aria-label="Styles">{menus}</nav>
</header>"""


_ICONS = {
    "person": '<circle cx="12" cy="8" r="4"/><path d="M4 21c0-5 4-7 8-7s8 2 8 7"/>',
    "bag": '<path d="M5 8h14l1 13H4L5 8Z"/><path d="M8.5 10V7a3.5 3.5 0 0 1 7 0v3"/>',
}


def _icon(name: str) -> str:
    return (
        '<svg viewBox="0 0 24 24" width="22" height="22" fill="none" stroke="currentColor" stroke-width="1.7" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{_ICONS[name]}</svg>'
    )


def _footer() -> str:
    return f"""<footer class="bottom">
<div><strong class="logo">{NAME}</strong>
<p>Twenty-five fabrics, thirty-six cuts, seven sizes. One kind of trousers.</p></div>
<div><strong>Help</strong>
<ul><li>Free delivery</li><li>100 days to return</li><li>Free repairs, for ever</li></ul></div>
<div><strong>This shop</strong>
<ul><li><a href="/about">What this is</a></li><li><a href="/privacy">Privacy</a></li></ul></div>
</footer>"""


def picture_of(model: Model, *, lazy: bool = True, alt: str | None = None) -> str:
    text = escape(model.name if alt is None else alt)
    loading = ' loading="lazy"' if lazy else ""
    return f'<img src="/picture/{model.slug}.svg" width="300" height="380" alt="{text}"{loading}>'


def cards(models: Iterable[Model]) -> str:
    """A grid of products."""
    return '<ul class="cards">' + "".join(_card(model) for model in models) + "</ul>"


def _card(model: Model) -> str:
    return (
        f'<li><a class="card" href="/product/{model.slug}">{picture_of(model, alt="")}'
        f'<span class="name">{model.name}</span>'
        f'<span class="price">{model.price}</span><span class="quiet stars">{model.rating} / 5</span></a></li>'
    )


def crumbs(*steps: tuple[str, str]) -> str:
    """Where the visitor is: (name, address) of the pages above."""
    links = "".join(f'<li><a href="{address}">{escape(name)}</a></li>' for name, address in steps)
    return f'<nav class="crumbs" aria-label="Where you are"><ol>{links}</ol></nav>'

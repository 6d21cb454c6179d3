"""The pages of the shop, and what each tells the tag: a visit as a row of signals (docs/shop.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from riverrun.generate.draw import Random
from riverrun.generate.itineraries import Click, Visit
from riverrun.generate.visits import CATEGORY
from riverrun.generate.vocabulary import CLICKS, LOGIN, PAGE_VIEW
from riverrun.generate.world import World

NEW_CUSTOMER = "NEW_CUSTOMER"
_OPENS_FORM_MS = 2500  # before the log-in: its page is loaded
_REGISTERS_MS = 800  # before the log-in


@dataclass(frozen=True, slots=True)
class Signal:
    """`at` is ms since the epoch (simulated); `location` the page that is loaded for it, None: the one that is open."""

    at: int
    type: str
    location: str | None
    parameters: dict[str, Any]


class Site:
    """The shop at an address. `prices` are those of its models, in cents, by the last part of their addresses."""

    def __init__(self, url: str, world: World, prices: Mapping[str, int]) -> None:
        self.home = url.rstrip("/") + "/"
        self.world = world
        self.products: list[str] = world.products.names.to_pylist()
        self.models: list[str] = world.products.short_names.to_pylist()
        self._prices = prices
        self._customers: dict[int, dict[str, Any]] = {}

    def page(self, click: Click) -> str:
        """The page of a click, without what is asked for in it."""
        match click.type:
            case "SEARCH":
                return "search"
            case "CART_VIEW" | "REMOVE_FROM_CART":
                return "cart"
            case "CHECKOUT_START":
                return "checkout"
            case "CHECKOUT_COMPLETE":
                return "checkout/complete"
            case "LOGIN":
                return "login"
        styles = self.world.products.styles
        if click.page < CATEGORY:
            return ""
        place = click.page - CATEGORY
        return (
            f"category/{styles[place].lower()}" if place < len(styles) else f"product/{self._slug(place - len(styles))}"
        )

    def model(self, click: Click) -> int:
        """The model whose page is open."""
        return click.page - CATEGORY - len(self.world.products.styles)

    def cents(self, model: int) -> int:
        """The price of a model; one of our own where the shop's is not known."""
        return self._prices.get(self._slug(model), 1499 + 500 * (model % 10))

    def _slug(self, model: int) -> str:
        return self.models[model].lower().replace(" ", "-")

    def customer(self, number: int) -> dict[str, Any]:
        if number not in self._customers:
            record = self.world.customer_records(np.array([number]), "onlineorders.customer.emails")
            self._customers[number] = record[0].as_py()
        return self._customers[number]


class Tour:
    """One visit to the site."""

    def __init__(self, site: Site, visit: Visit, random: Random) -> None:
        self._site, self._visit, self._random = site, visit, random
        self._basket: dict[int, int] = {}  # product -> cents

    def signals(self) -> Iterator[Signal]:
        """What the tag is told, in order. Who came by a campaign has its parameters in the first address only."""
        landing = self._visit.query
        for click in self._visit.clicks:
            for signal in self._of(click):
                yield signal if not landing else _with_query(signal, landing)
                landing = ""

    def _of(self, click: Click) -> Iterator[Signal]:
        page = self._site.home + self._site.page(click)
        if click.type == CLICKS[LOGIN]:
            yield Signal(click.at - _OPENS_FORM_MS, CLICKS[PAGE_VIEW], page, {})
            if click.registers:
                yield Signal(click.at - _REGISTERS_MS, NEW_CUSTOMER, None, self._with_customer({}, click))
            yield Signal(click.at, click.type, None, self._with_customer({}, click))
        elif click.type == "SEARCH":
            words, results = self._search()
            found = {"query": words, "results": results}
            yield Signal(click.at, click.type, f"{page}?q={words.replace(' ', '+')}", self._with_customer(found, click))
        else:
            own = self._parameters(click)
            loads = click.product < 0  # the buttons of the basket are on the page that is open
            yield Signal(click.at, click.type, page if loads else None, self._with_customer(own, click))

    def _with_customer(self, parameters: dict[str, Any], click: Click) -> dict[str, Any]:
        return parameters if click.customer < 0 else {**parameters, "customer": self._site.customer(click.customer)}

    def _search(self) -> tuple[str, int]:
        """Words that somebody looks for, and how many models have them."""
        products, luck = self._site.world.products, self._random.random(3)
        material = products.materials[int(luck[0] * len(products.materials))].lower().replace("-", " ")
        style = products.styles[int(luck[1] * len(products.styles))].lower().replace("-", " ")
        if luck[2] < 0.4:
            return material, len(products.styles)
        return (style, len(products.materials)) if luck[2] < 0.8 else (f"{material} {style}", 1)

    def _parameters(self, click: Click) -> dict[str, Any]:
        site, basket = self._site, self._basket
        if click.product >= 0:
            cents = site.cents(int(click.product % site.world.products.models))
            if click.type == "ADD_TO_CART":
                basket[click.product] = cents
            else:
                basket.pop(click.product, None)
            return {"product": site.products[click.product], "price": cents / 100}
        if click.type == "PRODUCT_VIEW":
            model = site.model(click)
            return {"model": site.models[model], "price": site.cents(model) / 100}
        found: dict[str, Any] = {}
        if click.type == "CHECKOUT_COMPLETE":
            found["order"] = f"LH-{self._random.integers(100_000, 1_000_000)}"
        if click.type in ("CART_VIEW", "CHECKOUT_START", "CHECKOUT_COMPLETE"):
            found["items"] = len(basket)
        if click.type in ("CHECKOUT_START", "CHECKOUT_COMPLETE"):
            found["total"] = sum(basket.values()) / 100
        return found


def _with_query(signal: Signal, query: str) -> Signal:
    return Signal(signal.at, signal.type, f"{signal.location}{query}", signal.parameters)

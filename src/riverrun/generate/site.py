"""The pages of the shop that visitors visit: which address each click is made on."""

from __future__ import annotations

from riverrun.generate.itineraries import NEW_CUSTOMER, Click
from riverrun.generate.visits import CART, CATEGORY, HOME, LOGIN_PAGE, SEARCH_PAGE
from riverrun.generate.vocabulary import ADD_TO_CART, CHECKOUT_COMPLETE, CHECKOUT_START, CLICKS, REMOVE_FROM_CART
from riverrun.generate.world import World

# Made by a button on the page that is open; every other click loads a page.
_ON_THE_PAGE = {CLICKS[ADD_TO_CART], CLICKS[REMOVE_FROM_CART], NEW_CUSTOMER}
_CHECKOUT = {CLICKS[CHECKOUT_START]: "checkout", CLICKS[CHECKOUT_COMPLETE]: "checkout/complete"}
_PAGES = {HOME: "", SEARCH_PAGE: "search", CART: "cart", LOGIN_PAGE: "login"}


class Site:
    def __init__(self, url: str, world: World) -> None:
        self._base = url.rstrip("/") + "/"
        self._styles = [style.lower() for style in world.products.styles]
        self._pages: list[str] = world.products.page_ids.to_pylist()

    def loads_page(self, click: Click) -> bool:
        return click.type not in _ON_THE_PAGE

    def location(self, click: Click, query: str) -> str:
        """The address of the page of a click; `query` are the parameters of the campaign, with their question mark."""
        return f"{self._base}{self._path(click)}{query}"

    def _path(self, click: Click) -> str:
        if click.type in _CHECKOUT:
            return _CHECKOUT[click.type]
        if click.page < CATEGORY:
            return _PAGES[click.page]
        place = click.page - CATEGORY
        if place < len(self._styles):
            return f"category/{self._styles[place]}"
        return f"product/{self._pages[place - len(self._styles)]}"

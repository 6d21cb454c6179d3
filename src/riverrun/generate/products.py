"""What the shop sells. A product is a number that holds its size, material and style; its page has an id of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riverrun.generate.columns import Column, from_bytes, texts
from riverrun.generate.draw import Floats, Ints, Random, generator, letters, middling_between, middling_pick
from riverrun.generate.settings import Settings

_PRODUCT_ID = "abcde0123456789"
_CATEGORY_ID = "abcdef"


@dataclass(frozen=True)
class Products:
    """`names` go by product number, `short_names` and `page_ids` by its model (the number without the size)."""

    sizes: tuple[str, ...]
    materials: tuple[str, ...]
    styles: tuple[str, ...]
    name: str
    names: Column
    short_names: Column
    page_ids: Column
    category_ids: Column
    size_issues: Ints  # models that run small or large

    @property
    def models(self) -> int:
        return len(self.materials) * len(self.styles)

    def pick_models(self, random: Random, count: int) -> Ints:
        material = middling_pick(random, len(self.materials), count)
        return material * len(self.styles) + middling_pick(random, len(self.styles), count)

    def pick_sizes(self, random: Random, count: int) -> Ints:
        return middling_pick(random, len(self.sizes), count)

    def pick(self, random: Random, count: int) -> Ints:
        return self.sized(self.pick_models(random, count), self.pick_sizes(random, count))

    def sized(self, models: Ints, sizes: Ints) -> Ints:
        return sizes * self.models + models

    def model(self, products: Ints) -> Ints:
        return products % self.models

    def size(self, products: Ints) -> Ints:
        return products // self.models

    def material(self, products: Ints) -> Ints:
        return self.model(products) // len(self.styles)

    def style(self, products: Ints) -> Ints:
        return self.model(products) % len(self.styles)


def catalogue(settings: Settings, seed: int) -> Products:
    """The products of a seed."""
    sizes, materials, styles = (settings.items(f"products.{part}") for part in ("sizes", "materials", "styles"))
    name = settings.text("products.name")
    short = [f"{material} {style} {name}" for material in materials for style in styles]
    random = generator(seed, "catalogue", 0)
    page_ids = letters(random, 12, len(short), _PRODUCT_ID)
    category_ids = letters(random, 5, len(styles), _CATEGORY_ID)
    issues = random.permutation(len(short))[: settings.integer("productreviews.products.with.size.issue.count")]
    return Products(
        sizes, materials, styles, name,
        names=texts([f"{size} {model}" for size in sizes for model in short]),
        short_names=texts(short),
        page_ids=from_bytes(page_ids),
        category_ids=from_bytes(category_ids),
        size_issues=np.sort(issues).astype(np.int64),
    )  # fmt: skip


def prices(settings: Settings, random: Random, count: int) -> Floats:
    return middling_between(random, settings.number("prices.min"), settings.number("prices.max"), 2, count)

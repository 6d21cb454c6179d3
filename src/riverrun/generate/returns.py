"""Return requests and product reviews."""

from __future__ import annotations

import numpy as np

from riverrun.generate import customers as people
from riverrun.generate.comments import COMMENTS, SIZE_COMMENTS
from riverrun.generate.draw import Bools, Ints, chance, middling_pick, whole
from riverrun.generate.ticking import Carry, Ticks, back_dated, delayed
from riverrun.generate.world import Rows, World, rows_of


def return_requests(ticks: Ticks, _: Carry) -> tuple[dict[str, Rows], Carry]:
    """Requests to take products back; a review of one of the products follows some of them."""
    world, random, count = ticks.world, ticks.random, ticks.count
    settings = world.settings
    number = ticks.first + np.arange(count)
    customer = (
        people.codes(people.RETURNING, number) if settings.faithful else world.known_customers(random, ticks.times)
    )
    fewest, most = settings.bounds("returnrequests.products")
    items = whole(random, fewest, most, count)
    absent = np.arange(most) >= items[:, None]
    products = _returned(world, random, count * most).reshape(count, most)
    quantities = whole(random, *settings.bounds("returnrequests.product.quantity"), count * most).reshape(count, most)
    reasons = middling_pick(random, len(settings.items("returnrequests.reasons")), count * most).reshape(count, most)
    happened = back_dated(ticks, "returnrequests")
    rows = Rows(ticks.times, {
        "time": happened, "number": number, "customer": customer,
        "addresses": 2 - chance(random, settings.number("returnrequests.reuse.address.ratio"), count),
        "products": np.where(absent, -1, products),
        "quantities": np.where(absent, -1, quantities),
        "reasons": np.where(absent, -1, reasons),
    })  # fmt: skip
    reviewed = chance(random, settings.number("returnrequests.review.ratio"), count)
    when = ticks.times + whole(random, *settings.bounds("productreviews.delay.ms"), count)
    chosen = products[np.arange(count), (random.random(count) * items).astype(np.int64)]
    written = when if settings.faithful else delayed(world, "productreviews", when, random)
    reviews = _reviews(world, random, (when, written, chosen, number + _FOLLOWING), reviewed)
    return {"returnrequests": rows, "productreviews": reviews}, None


def _returned(world: World, random: np.random.Generator, count: int) -> Ints:
    products, issues = world.products, world.products.size_issues
    any_product = products.pick(random, count)
    if not issues.size:
        return any_product
    bad = products.sized(issues[random.integers(0, issues.size, count)], products.pick_sizes(random, count))
    ratio = world.settings.number("returnrequests.product.with.size.issue.ratio")
    return np.where(chance(random, ratio, count), bad, any_product)


def reviews(ticks: Ticks, _: Carry) -> tuple[dict[str, Rows], Carry]:
    """Reviews of random products."""
    products = ticks.world.products.pick(ticks.random, ticks.count)
    happened, number = back_dated(ticks, "productreviews"), ticks.first + np.arange(ticks.count)
    every = np.ones(ticks.count, dtype=np.bool_)
    return {
        "productreviews": _reviews(ticks.world, ticks.random, (ticks.times, happened, products, number), every)
    }, None


_FOLLOWING = 1 << 56  # added to the number of a request: the review that follows it


def _reviews(world: World, random: np.random.Generator, columns: tuple[Ints, Ints, Ints, Ints], which: Bools) -> Rows:
    publish, happened, products, number = (column[which] for column in columns)
    count = publish.size
    marked = np.isin(world.products.model(products), world.products.size_issues)
    ratio = world.settings.number("productreviews.review.with.size.issue.ratio")
    about_size = marked & chance(random, ratio, count)
    comment = np.where(
        about_size,
        np.array(SIZE_COMMENTS)[middling_pick(random, len(SIZE_COMMENTS), count)],
        middling_pick(random, len(COMMENTS), count),
    )
    return rows_of(publish, time=happened, number=number, product=products, comment=comment)

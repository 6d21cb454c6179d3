"""Rows of numbers as the columns that a consumer reads, stream by stream: names, ids, addresses, texts of times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from riverrun.generate import customers as people
from riverrun.generate.activity import shop_of
from riverrun.generate.addresses import SHIPPING_OFFSET, addresses
from riverrun.generate.columns import Column, from_bytes, join, list_of, look_up, pa, pc, ragged, record, shared, texts
from riverrun.generate.comments import COMMENTS
from riverrun.generate.draw import Ints, Random, uuids
from riverrun.generate.numbered import by_number
from riverrun.generate.settings import countries
from riverrun.generate.store import BUILDINGS, STATES
from riverrun.generate.times import DAY, java_pattern
from riverrun.generate.visits import CART, CATEGORY, HOME, LOGIN_PAGE, SEARCH_PAGE, VISITS
from riverrun.generate.vocabulary import CLICKS
from riverrun.generate.words import FIRST_NAMES, LAST_NAMES
from riverrun.generate.world import Rows, World


@dataclass(frozen=True)
class Rendered:
    key: Column
    fields: dict[str, Column]
    headers: Mapping[str, Column] = field(default_factory=dict)


def _ids(world: World, stream: str, numbers: Ints) -> Column:
    return from_bytes(by_number(world, f"{stream} ids", numbers, uuids))


def _plain(world: World, rows: Rows) -> Column:
    return world.plain_time(rows.codes["time"])


def _utc(world: World, rows: Rows) -> Column:
    return world.utc_time(rows.codes["time"])


def _items(world: World, setting: str, codes: Ints) -> Column:
    return look_up(texts(world.settings.items(setting)), codes)


def _tenths(codes: Ints) -> Column:
    return pa.array(codes / 10)


def orders(world: World, rows: Rows) -> Rendered:
    codes, settings = rows.codes, world.settings
    regions = settings.items("locations.regions")
    known = countries(settings.text("locations.regions.countries"))
    lists = [known.get(region, ()) for region in regions]
    firsts = np.cumsum([0] + [len(names) for names in lists])[:-1]
    names = [name for names in lists for name in names] + [""]
    country = np.where(codes["country"] < 0, len(names) - 1, firsts[codes["region"]] + codes["country"])
    return Rendered(
        key=look_up(texts(names), country),
        fields={
            "id": _ids(world, "orders", codes["number"]),
            "customer": world.customers.names(codes["customer"]),
            "customerid": world.customers.ids(codes["customer"]),
            "description": look_up(world.products.names, codes["product"]),
            "price": pa.array(codes["cents"] / 100),
            "quantity": pa.array(codes["quantity"], pa.int32()),
            "region": _items(world, "locations.regions", codes["region"]),
            "ordertime": _plain(world, rows),
        },
        headers={
            "priority": _items(world, "priorities.priority", codes["priority"]),
            "storeid": pa.array(codes["store"]).cast(pa.string()),
        },
    )


def cancellations(world: World, rows: Rows) -> Rendered:
    ids = _ids(world, "cancellations", rows.codes["number"])
    return Rendered(
        key=ids,
        fields={
            "id": ids,
            "orderid": _ids(world, "orders", rows.codes["number"]),
            "canceltime": _plain(world, rows),
            "reason": _items(world, "cancellations.reasons", rows.codes["reason"]),
        },
    )


def stock_movements(world: World, rows: Rows) -> Rendered:
    ids = _ids(world, "stockmovements", rows.codes["number"])
    return Rendered(
        key=ids,
        fields={
            "movementid": ids,
            "warehouse": _items(world, "locations.warehouses", rows.codes["warehouse"]),
            "product": look_up(world.products.names, rows.codes["product"]),
            "quantity": pa.array(rows.codes["quantity"], pa.int32()),
            "updatetime": _plain(world, rows),
        },
    )


def _place(rows: Rows) -> Column:
    """Building, floor and door."""
    codes = rows.codes
    floor, door = (pa.array(codes[name]).cast(pa.string()) for name in ("floor", "door"))
    return join(look_up(texts(BUILDINGS), codes["building"]), "-", floor, "-", door)


@cache
def _user_names() -> tuple[Column, Column]:
    return texts([name.lower() for name in FIRST_NAMES]), texts([name.lower() for name in LAST_NAMES])


def badge_ins(world: World, rows: Rows) -> Rendered:
    ids = _ids(world, "badgeins", rows.codes["number"])
    first, last = _user_names()
    employee = rows.codes["employee"]
    return Rendered(
        key=ids,
        fields={
            "recordid": ids,
            "door": _place(rows),
            "employee": join(
                look_up(first, employee % len(FIRST_NAMES)),
                ".",
                look_up(last, employee // len(FIRST_NAMES) % len(LAST_NAMES)),
            ),
            "badgetime": _plain(world, rows),
        },
    )


def new_customers(world: World, rows: Rows) -> Rendered:
    customer = rows.codes["customer"]
    ids = world.customers.ids(customer)
    registered = _utc(world, rows)
    if world.settings.faithful:  # who registers in a store has the other format
        store = pa.array(people.kind_of(customer) == people.STORE)
        registered = pc.if_else(store, _plain(world, rows), registered)
    return Rendered(
        key=ids,
        fields={"customerid": ids, "customername": world.customers.names(customer), "registered": registered},
    )


_SENSOR_TIME = java_pattern("EEE MMM dd HH:mm:ss z yyyy", "sensortime")


def sensor_readings(world: World, rows: Rows) -> Rendered:
    sensor = _place(rows)
    return Rendered(
        key=sensor,
        fields={
            "sensortime": _SENSOR_TIME(rows.codes["time"]),
            "sensorid": sensor,
            "temperature": _tenths(rows.codes["tenths"]),
            "humidity": pa.array(rows.codes["humidity"], pa.int32()),
        },
    )


def _product_lists(table: Column, matrix: Ints) -> Column:
    offsets, codes = ragged(matrix)
    return list_of(offsets, look_up(table, codes))


def online_orders(world: World, rows: Rows) -> Rendered:
    visit = rows.codes["visit"]
    ids = _ids(world, "onlineorders", visit)
    shipping = addresses(world, "onlineorders", visit + SHIPPING_OFFSET, world.settings.items("onlineorders.cities"))
    reused = by_number(world, "onlineorders reuse", visit, _fractions) < world.settings.number(
        "onlineorders.reuse.address.ratio"
    )
    billing = pc.if_else(pa.array(reused), shipping, addresses(world, "onlineorders", visit, ()))
    return Rendered(
        key=ids,
        fields={
            "id": ids,
            "customer": world.customer_records(rows.codes["customer"], "onlineorders.customer.emails"),
            "products": _product_lists(world.products.names, rows.codes["basket"]),
            "address": record(shippingaddress=shipping, billingaddress=billing),
            "ordertime": _utc(world, rows),
        },
    )


def _fractions(random: Random, count: int) -> npt.NDArray[np.float64]:
    return random.random(count)


def out_of_stocks(world: World, rows: Rows) -> Rendered:
    codes, products = rows.codes, world.products
    ids = _ids(world, "outofstocks", codes["number"])
    size, material, style = (
        products.size(codes["product"]),
        products.material(codes["product"]),
        products.style(codes["product"]),
    )
    return Rendered(
        key=ids,
        fields={
            "id": ids,
            "product": record(
                size=look_up(texts(products.sizes), size), material=look_up(texts(products.materials), material),
                style=look_up(texts(products.styles), style), name=texts([products.name] * len(rows)),
            ),
            "restockingdate": pa.array(codes["time"] // DAY + codes["days"], pa.int32()),
            "outofstocktime": pa.array(codes["time"], pa.int64()),
        },
    )  # fmt: skip


def return_requests(world: World, rows: Rows) -> Rendered:
    codes, products = rows.codes, world.products
    ids = _ids(world, "returnrequests", codes["number"])
    offsets, items = ragged(codes["products"])
    returns = record(
        product=record(
            id=look_up(products.short_names, products.model(items)),
            size=look_up(texts(products.sizes), products.size(items)),
        ),
        quantity=pa.array(codes["quantities"][codes["quantities"] >= 0], pa.int32()),
        reason=_items(world, "returnrequests.reasons", codes["reasons"][codes["reasons"] >= 0]),
    )
    return Rendered(
        key=ids,
        fields={
            "id": ids,
            "customer": world.customer_records(codes["customer"], "returnrequests.customer.emails"),
            "addresses": _named_addresses(world, codes["number"], codes["addresses"]),
            "returns": list_of(offsets, returns),
            "returntime": _utc(world, rows),
        },
    )


def _named_addresses(world: World, numbers: Ints, counts: Ints) -> Column:
    """The billing address, and the shipping address of those who have two."""
    offsets = np.concatenate(([0], np.cumsum(counts)))
    owner = np.repeat(np.arange(numbers.size), counts)
    second = np.arange(owner.size) - offsets[owner]
    plain = addresses(world, "returnrequests", numbers[owner] + second * SHIPPING_OFFSET, ())
    names = look_up(texts(["Billing address", "Shipping address"]), second)
    fields = dict(zip([f.name for f in plain.type], plain.flatten(), strict=True))
    return list_of(offsets, record(name=names, **fields))


def product_reviews(world: World, rows: Rows) -> Rendered:
    codes, products = rows.codes, world.products
    ids = _ids(world, "productreviews", codes["number"])
    comments, count = [COMMENTS[row] for row in codes["comment"].tolist()], len(rows)
    rankings = [ranking for comment in comments for ranking in (comment.size, comment.length)]
    characteristics = record(id=texts(["Size", "Length"] * count), ranking=pa.array(rankings, pa.int32()))
    return Rendered(
        key=ids,
        fields={
            "id": ids,
            "product": look_up(products.short_names, products.model(codes["product"])),
            "size": look_up(texts(products.sizes), products.size(codes["product"])),
            "review": record(
                rating=pa.array([comment.rating for comment in comments], pa.int32()),
                comment=texts([comment.text for comment in comments]),
                characteristics=list_of(np.arange(0, 2 * count + 1, 2), characteristics),
            ),
            "reviewtime": _utc(world, rows),
        },
    )


def transactions(world: World, rows: Rows) -> Rendered:
    ids = join("T", pa.array(rows.codes["id"] + 1).cast(pa.string()))
    return Rendered(
        key=ids,
        fields={
            "id": ids,
            "state": look_up(texts(STATES), rows.codes["state"]),
            "amount": _tenths(rows.codes["tenths"]),
            "timestamp": _plain(world, rows),
        },
    )


def abandoned_orders(world: World, rows: Rows) -> Rendered:
    basket = rows.codes["basket"]
    ids = _ids(world, "abandonedorders", rows.codes["visit"])
    models = np.where(basket < 0, -1, world.products.model(basket))
    return Rendered(
        key=ids,
        fields={
            "cartid": ids,
            "customer": world.customer_records(rows.codes["customer"], "onlineorders.customer.emails"),
            "products": _product_lists(world.products.short_names, models),
            "abandonedtime": _utc(world, rows),
        },
    )


def clicks(world: World, rows: Rows) -> Rendered:
    codes, shop = rows.codes, shop_of(world)
    visits, at = np.unique(codes["visit"] // VISITS, return_inverse=True)
    blocks = [shop.visitors(block) for block in visits.tolist()]
    row, used = _dense(at * VISITS + codes["visit"] % VISITS, len(blocks) * VISITS)
    session_ids = pa.concat_arrays([block.session_ids for block in blocks]).take(used)
    starts = np.concatenate([block.starts for block in blocks])[used]
    referrers = pa.array([referrer for block in blocks for referrer in block.referrers], pa.string()).take(used)
    queries = texts([query for block in blocks for query in block.queries]).take(used)
    first = codes["time"] == starts[row]
    customers, customer = np.unique(codes["customer"], return_inverse=True)
    known = customers >= 0
    customer = customer - int((~known).sum())
    sessions = look_up(session_ids, row)
    return Rendered(
        key=sessions,
        fields={
            "sessionid": sessions,
            "eventid": from_bytes(_event_ids(world, codes["event"])),
            "type": shared(texts(CLICKS), codes["type"]),
            "context": shared(pa.concat_arrays([block.contexts for block in blocks]).take(used), row),
            "referrer": shared(
                referrers, np.where(first & referrers.is_valid().to_numpy(zero_copy_only=False)[row], row, -1)
            ),
            "customer": shared(world.customer_records(customers[known], "onlineorders.customer.emails"), customer),
            "url": join(
                world.settings.text("onlineorders.url"), look_up(_paths(world), codes["page"]), look_up(queries, row)
            ),
            "product": shared(world.products.names, codes["product"]),
            "timestamp": _utc(world, rows),
        },
    )


def _dense(codes: Ints, size: int) -> tuple[Ints, Column]:
    """(the codes, renumbered without gaps; the codes that occur)."""
    used = np.zeros(size, dtype=np.bool_)
    used[codes] = True
    return (np.cumsum(used) - 1)[codes], pa.array(np.flatnonzero(used))


def _event_ids(world: World, events: Ints) -> npt.NDArray[np.uint8]:
    shop = shop_of(world)
    blocks = events >> 32
    found = np.empty((events.size, 12), dtype=np.uint8)
    for block in np.unique(blocks).tolist():
        which = blocks == block
        found[which] = shop.event_ids(block)[events[which] & 0xFFFFFFFF]
    return found


def _paths(world: World) -> Column:
    table: Column = world.caches.get("paths")
    if table is None:
        pages = {HOME: "/homepage", SEARCH_PAGE: "/search", CART: "/cart", LOGIN_PAGE: "/login"}
        known = texts([pages[page] for page in range(CATEGORY)])
        products = world.products
        table = pa.concat_arrays(
            [known, join("/category/", products.category_ids), join("/product/", products.page_ids)]
        )
        world.caches["paths"] = table
    return table

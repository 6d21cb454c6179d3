"""What happens outside the web shop: orders and their stories, registrations, stock, doors, sensors, transactions."""

from __future__ import annotations

import numpy as np

from riverrun.generate import customers as people
from riverrun.generate.draw import Bools, Ints, chance, middling, middling_between, middling_pick, whole
from riverrun.generate.products import prices
from riverrun.generate.settings import countries
from riverrun.generate.ticking import Carry, Ticks, back_dated, delayed
from riverrun.generate.times import MINUTE, SECOND
from riverrun.generate.world import Rows, in_order, rows_of

_LOWEST_CENTS = 1


# --- orders and cancellations -------------------------------------------------------------------------------------


def _places(ticks: Ticks, count: int) -> dict[str, Ints]:
    """Region, country, priority and store of orders."""
    settings, random = ticks.world.settings, ticks.random
    regions = settings.items("locations.regions")
    known = countries(settings.text("locations.regions.countries"))
    region = middling_pick(random, len(regions), count)
    many = np.array([len(known.get(name, ())) for name in regions])
    return {
        "region": region,
        "country": np.minimum((random.random(count) * many[region]).astype(np.int64), many[region] - 1),
        "priority": middling_pick(random, len(settings.items("priorities.priority")), count),
        "store": whole(random, 1000, 9999, count),
    }


def _order_time(ticks: Ticks, publish: Ints) -> Ints:
    if ticks.world.settings.faithful:
        return publish
    return delayed(ticks.world, "orders", publish, ticks.random)


def _orders(ticks: Ticks, publish: Ints, customer: Ints, product: Ints, cents: Ints, quantity: Ints, number: Ints,
            places: dict[str, Ints], *, once: bool) -> Rows:  # fmt: skip
    """`number` identifies the order; `once` says that the original never sends it twice."""
    return rows_of(
        publish, time=_order_time(ticks, publish), customer=customer, product=product, cents=cents, quantity=quantity,
        number=number, once=np.full(publish.size, int(once)), **places,
    )  # fmt: skip


def _cancellations(ticks: Ticks, publish: Ints, number: Ints) -> Rows:
    reasons = len(ticks.world.settings.items("cancellations.reasons"))
    return rows_of(
        publish,
        time=delayed(ticks.world, "cancellations", publish, ticks.random),
        number=number,
        reason=middling_pick(ticks.random, reasons, publish.size),
    )


# Orders are numbered by tick; each story has a range of its own.
_NORMAL, _FIRST, _FALSE, _FRAUD = (story << 56 for story in range(4))
_STEPS_OF_STORY = 1024


def _cents(ticks: Ticks, count: int) -> Ints:
    return np.round(prices(ticks.world.settings, ticks.random, count) * 100).astype(np.int64)


def _cheaper(ticks: Ticks, cents: Ints) -> Ints:
    most = max(1, round(ticks.world.settings.number("prices.maxvariation") * 100))
    lower: Ints = np.maximum(cents - whole(ticks.random, 1, most, cents.size), _LOWEST_CENTS)
    return lower


def _quantity(ticks: Ticks, size: str, count: int) -> Ints:
    settings = ticks.world.settings
    low, high = {"small": ("small", "small"), "large": ("large", "large"), "any": ("small", "large")}[size]
    return whole(
        ticks.random,
        settings.integer(f"orders.{low}.quantity.min"),
        settings.integer(f"orders.{high}.quantity.max"),
        count,
    )


def normal_orders(ticks: Ticks, _: Carry) -> tuple[dict[str, Rows], Carry]:
    world, random, count = ticks.world, ticks.random, ticks.count
    number = _NORMAL + ticks.first + np.arange(count)
    walk_in = people.codes(people.WALK_IN, ticks.first + np.arange(count))
    orders = _orders(
        ticks, ticks.times, walk_in if world.settings.faithful else world.known_customers(random, ticks.times),
        world.products.pick(random, count), _cents(ticks, count), _quantity(ticks, "any", count), number,
        _places(ticks, count), once=False,
    )  # fmt: skip
    cancelled = chance(random, world.settings.number("cancellations.ratio"), count)
    when = ticks.times + whole(random, *world.settings.bounds("cancellations.delay.ms"), count)
    return {"orders": orders, "cancellations": _cancellations(ticks, when[cancelled], number[cancelled])}, None


def false_positives(ticks: Ticks, _: Carry) -> tuple[dict[str, Rows], Carry]:
    """A customer makes a large order, then a small cheaper one of the same product, then cancels the large one."""
    world, random, count = ticks.world, ticks.random, ticks.count
    number = _FALSE + (ticks.first + np.arange(count)) * _STEPS_OF_STORY
    if world.settings.faithful:
        customer = people.codes(people.WALK_IN, ticks.first + np.arange(count) + (1 << 38))
    else:
        customer = world.known_customers(random, ticks.times)
    product, cents, places = world.products.pick(random, count), _cents(ticks, count), _places(ticks, count)
    large = _orders(
        ticks, ticks.times, customer, product, cents, _quantity(ticks, "large", count), number, places, once=True
    )
    later = ticks.times + whole(random, 30 * SECOND, 15 * MINUTE, count)
    small = _orders(
        ticks,
        later,
        customer,
        product,
        _cheaper(ticks, cents),
        _quantity(ticks, "small", count),
        number + 1,
        places,
        once=True,
    )
    cancelled = ticks.times + whole(random, *world.settings.bounds("suspicious.cancellations.delay.ms"), count)
    return {"orders": in_order([large, small]), "cancellations": _cancellations(ticks, cancelled, number)}, None


def fraud(ticks: Ticks, _: Carry) -> tuple[dict[str, Rows], Carry]:
    """Several customers order much of one product and cancel; then somebody named makes a small, cheaper order."""
    world, random, count = ticks.world, ticks.random, ticks.count
    settings = world.settings
    most = settings.integer("suspicious.cancellations.max")
    steps = _fraud_steps(random, most, count)
    story = np.repeat(np.arange(count), steps)
    step = np.arange(story.size) - np.repeat(np.cumsum(steps) - steps, steps)
    number = _FRAUD + (ticks.first + story) * _STEPS_OF_STORY + step
    product, cents, places = world.products.pick(random, count), _cents(ticks, count), _places(ticks, count)
    here = {name: column[story] for name, column in places.items()}
    delay = whole(random, SECOND, 15 * MINUTE, story.size)
    publish = ticks.times[story] + delay
    crowd = people.codes(people.WALK_IN, (ticks.first + story) * _STEPS_OF_STORY + step + (1 << 39))
    customer = crowd if settings.faithful else world.known_customers(random, ticks.times[story])
    large = _orders(
        ticks,
        publish,
        customer,
        product[story],
        cents[story],
        _quantity(ticks, "large", story.size),
        number,
        here,
        once=True,
    )
    last = ticks.times + SECOND + np.bincount(story, weights=delay, minlength=count).astype(np.int64)
    named = people.codes(
        people.SUSPECT, random.integers(0, len(settings.items("suspicious.cancellations.customernames")), count)
    )
    small = _orders(
        ticks, last, named, product, _cheaper(ticks, cents), _quantity(ticks, "small", count),
        _FRAUD + (ticks.first + np.arange(count)) * _STEPS_OF_STORY + _STEPS_OF_STORY - 1, places, once=True,
    )  # fmt: skip
    cancelled = publish + whole(random, *settings.bounds("suspicious.cancellations.delay.ms"), story.size)
    return {"orders": in_order([large, small]), "cancellations": _cancellations(ticks, cancelled, number)}, None


def _fraud_steps(random: np.random.Generator, most: int, count: int) -> Ints:
    """How many large orders: the limit is drawn anew before each, as the original does."""
    steps = np.zeros(count, dtype=np.int64)
    going = np.ones(count, dtype=np.bool_)
    while going.any():
        going &= steps < whole(random, 1, most, count)
        steps[going] += 1
    return steps


# --- registrations in a store -------------------------------------------------------------------------------------


def registrations(ticks: Ticks, _: Carry) -> tuple[dict[str, Rows], Carry]:
    """New customers, some of whom order soon after."""
    world, random, count = ticks.world, ticks.random, ticks.count
    number = ticks.first + np.arange(count)
    customer = people.codes(people.STORE, number)
    happened = back_dated(ticks, "newcustomers")
    orders = chance(random, world.settings.number("newcustomers.order.ratio"), count)
    when = ticks.times + whole(random, *world.settings.bounds("newcustomers.order.delay.ms"), count)
    quantity = np.ones(count, dtype=np.int64) if world.settings.faithful else _quantity(ticks, "any", count)
    first = _orders(
        ticks, when, customer, world.products.pick(random, count), _cents(ticks, count), quantity, _FIRST + number,
        _places(ticks, count), once=True,
    )  # fmt: skip
    return {
        "newcustomers": Rows(ticks.times, {"time": happened, "customer": customer}),
        "orders": first.take(orders[np.argsort(when, kind="stable")]),
    }, None


# --- stock, doors, sensors, transactions --------------------------------------------------------------------------


def stock_movements(ticks: Ticks, _: Carry) -> tuple[dict[str, Rows], Carry]:
    world, random, count = ticks.world, ticks.random, ticks.count
    rows = Rows(ticks.times, {
        "time": back_dated(ticks, "stockmovements"),
        "number": ticks.first + np.arange(count),
        "warehouse": middling_pick(random, len(world.settings.items("locations.warehouses")), count),
        "product": world.products.pick(random, count),
        "quantity": whole(random, 20, 500, count) // 10 * 10,
    })  # fmt: skip
    return {"stockmovements": rows}, None


BUILDINGS = ("A", "B", "DM", "DE", "G", "H")
FLOORS = 3


def _doors(ticks: Ticks, low: int, high: int) -> dict[str, Ints]:
    return {
        "building": ticks.random.integers(0, len(BUILDINGS), ticks.count),
        "floor": ticks.random.integers(0, FLOORS, ticks.count),
        "door": whole(ticks.random, low, high, ticks.count),
    }


def badge_ins(ticks: Ticks, _: Carry) -> tuple[dict[str, Rows], Carry]:
    rows = Rows(ticks.times, {
        "time": back_dated(ticks, "badgeins"),
        "number": ticks.first + np.arange(ticks.count),
        "employee": ticks.random.integers(0, 2**31, ticks.count),
        **_doors(ticks, 10, 25),
    })  # fmt: skip
    return {"badgeins": rows}, None


def sensors(ticks: Ticks, _: Carry) -> tuple[dict[str, Rows], Carry]:
    rows = Rows(ticks.times, {
        "time": back_dated(ticks, "sensorreadings"),
        **_doors(ticks, 10, 20),
        "tenths": np.round(middling_between(ticks.random, 19.5, 23.5, 1, ticks.count) * 10).astype(np.int64),
        "humidity": whole(ticks.random, 41, 58, ticks.count),
    })  # fmt: skip
    return {"sensorreadings": rows}, None


def problem_sensor(ticks: Ticks, carry: Carry) -> tuple[dict[str, Rows], Carry]:
    """One sensor whose temperature and humidity now and then rise for a while; some readings may be impossible."""
    random, count = ticks.random, ticks.count
    place = ticks.world.generator("problem sensor", -1 & 0xFFFFFFFF)
    building, floor, door = (
        int(place.integers(0, len(BUILDINGS))),
        int(place.integers(0, FLOORS)),
        int(place.integers(10, 21)),
    )
    glitch = chance(random, ticks.world.settings.number("highsensorreadings.outlier.ratio"), count)
    impossible = {"tenths": whole(random, 460, 800, count), "humidity": whole(random, 112, 150, count)}
    heat, damp = carry or [None, None]
    tenths, heat = _rising(ticks, heat, glitch, normal=(195, 235), high=(230, 400), rise=10)
    humidity, damp = _rising(ticks, damp, glitch, normal=(41, 58), high=(56, 75), rise=3)
    rows = Rows(ticks.times, {
        "time": back_dated(ticks, "sensorreadings"),
        "building": np.full(count, building), "floor": np.full(count, floor), "door": np.full(count, door),
        "tenths": np.where(glitch, impossible["tenths"], tenths),
        "humidity": np.where(glitch, impossible["humidity"], humidity),
    })  # fmt: skip
    return {"sensorreadings": rows}, [heat, damp]


def _rising(
    ticks: Ticks, carry: Carry, glitch: Bools, *, normal: tuple[int, int], high: tuple[int, int], rise: int
) -> tuple[Ints, Carry]:
    """Readings of one quantity. The carry is [normal readings left, value of the series that is going on or None]."""
    random, count = ticks.random, ticks.count
    usual = normal[0] + (middling(random, count) * (normal[1] - normal[0] + 1)).astype(np.int64)
    pauses, steps, ends = (
        whole(random, 50, 200, count).tolist(),
        whole(random, 0, rise, count).tolist(),
        chance(random, 0.08, count),
    )
    left, series = carry or [pauses[0], None]
    found = []
    for tick in range(count):
        if glitch[tick]:
            found.append(0)
            continue
        if series is None and left > 0:
            left -= 1
            found.append(int(usual[tick]))
            continue
        series = high[0] if series is None else min(series + steps[tick], high[1])
        found.append(series)
        if ends[tick]:
            left, series = pauses[tick], None
    return np.array(found, dtype=np.int64), [left, series]


STARTED, PROCESSING, COMPLETED = range(3)
STATES = ("STARTED", "PROCESSING", "COMPLETED")


def transactions(ticks: Ticks, carry: Carry) -> tuple[dict[str, Rows], Carry]:
    """Ids that start, are processed twice, and are then completed, or begin anew without having been."""
    settings, random, count = ticks.world.settings, ticks.random, ticks.count
    ids = middling_pick(random, settings.integer("transactions.max.ids"), count)
    valid = chance(random, settings.number("transactions.valid.ratio"), count).tolist()
    amount = middling_between(
        random, settings.number("transactions.amount.min"), settings.number("transactions.amount.max"), 1, count
    )
    passed: dict[str, int] = dict(carry or {})  # id -> events of its sequence so far
    states = []
    for tick, number in enumerate(ids.tolist()):
        step = passed.get(str(number), 0)
        if step == 3 and not valid[tick]:
            step = 0
        states.append((STARTED, PROCESSING, PROCESSING, COMPLETED)[step])
        passed[str(number)] = (step + 1) % 4
    rows = Rows(ticks.times, {
        "time": back_dated(ticks, "transactions"), "id": ids, "state": np.array(states, dtype=np.int64),
        "tenths": np.round(amount * 10).astype(np.int64),
    })  # fmt: skip
    return {"transactions": rows}, passed

"""What all streams share: the settings, the seed, when the run began, the products and the customers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from riverrun.generate import customers as people
from riverrun.generate.columns import Column
from riverrun.generate.customers import Customers
from riverrun.generate.draw import Bools, Ints, Random, chance, generator
from riverrun.generate.products import Products, catalogue
from riverrun.generate.settings import Settings
from riverrun.generate.times import DAY, HOUR, Formatter, java_pattern


@dataclass(frozen=True)
class Rows:
    """Rows of a stream as numbers. `publish` (ms) is when each arrives, in ascending order; `codes` are its columns.

    Every stream has the columns `time` (ms: when it happened) and `stamp` (ms: the record's own timestamp).
    """

    publish: Ints
    codes: dict[str, Ints]

    def __len__(self) -> int:
        return int(self.publish.size)

    def take(self, which: Ints | Bools | slice) -> Rows:
        return Rows(self.publish[which], {name: column[which] for name, column in self.codes.items()})

    def replaced(self, **codes: Ints) -> Rows:
        return Rows(self.publish, {**self.codes, **codes})


def rows_of(publish: Ints, **codes: Ints) -> Rows:
    """Rows in any order, put into the order in which they are published."""
    order = np.argsort(publish, kind="stable")
    return Rows(publish, codes).take(order)


def in_order(parts: list[Rows]) -> Rows:
    """The parts as one, in the order in which they are published; at the same moment, in the order of the parts."""
    if len(parts) == 1:
        return parts[0]
    together = Rows(
        np.concatenate([part.publish for part in parts]),
        {name: np.concatenate([part.codes[name] for part in parts]) for name in parts[0].codes},
    )
    if np.all(together.publish[:-1] <= together.publish[1:]):
        return together
    return together.take(np.argsort(together.publish, kind="stable"))


@dataclass(frozen=True)
class World:
    settings: Settings
    seed: int
    start: int
    products: Products
    customers: Customers
    plain_time: Formatter
    utc_time: Formatter
    caches: dict[str, Any] = field(default_factory=dict)

    def generator(self, stream: str, block: int) -> Random:
        return generator(self.seed, stream, block)

    def customer_records(self, customers: Ints, emails: str) -> Column:
        """The customers as records; NAME.min and NAME.max of the setting `emails` say how many addresses they have."""
        return self.customers.records(customers, *self.settings.bounds(emails))

    def known_customers(self, random: Random, times: Ints) -> Ints:
        """Somebody who has registered, for each of the times: in a store during the run, or before it."""
        settings, count = self.settings, times.size
        registered = (times - self.start) // settings.integer("timings.ms.newcustomers")
        recent = chance(random, settings.number("shop.recent.ratio"), count) & (registered > 0)
        number = (random.random(count) * np.where(recent, registered, settings.integer("shop.regulars"))).astype(
            np.int64
        )
        return number + np.where(recent, people.code(people.STORE, 0), people.code(people.REGULAR, 0))


def make_world(settings: Settings, seed: int, start: int) -> World:
    return World(
        settings, seed, start,
        products=catalogue(settings, seed),
        customers=Customers(seed, settings.items("suspicious.cancellations.customernames")),
        plain_time=java_pattern(settings.text("formats.timestamps"), "formats.timestamps"),
        utc_time=java_pattern(settings.text("formats.timestamps.ltz"), "formats.timestamps.ltz"),
    )  # fmt: skip


def schedule(world: World, interval: str, first: int, count: int) -> Ints:
    """When the ticks `first` ... of a setting's timer come: at once, then at a fixed rate."""
    return world.start + np.arange(first, first + count, dtype=np.int64) * world.settings.integer(interval)


_TABLE_STEP = 60_000


def daily_schedule(world: World, interval: str, first: int, count: int) -> Ints:
    """As `schedule`, but following the hour of the day: `shop.daily.amplitude`, fewest at 4:00 UTC, most at 16:00."""
    even = schedule(world, interval, first, count)
    amplitude = world.settings.number("shop.daily.amplitude")
    if not amplitude:
        return even
    # Traffic passed from the start to t: even time plus a wave, the integral of 1 - amplitude * cos(...).
    table = world.caches.get("day")
    if table is None:
        moments = world.start + np.arange(0, DAY + _TABLE_STEP, _TABLE_STEP)
        angle = 2 * np.pi * (moments % DAY - 4 * HOUR) / DAY
        wave = -amplitude * DAY / (2 * np.pi) * np.sin(angle)
        table = world.caches["day"] = (moments - world.start, moments - world.start + wave - wave[0])
    clock, passed = table
    days, within = np.divmod(even - world.start, DAY)
    return world.start + days * DAY + np.interp(within, passed, clock).astype(np.int64)

"""Invented addresses in the United States, one for each number."""

from __future__ import annotations

import numpy as np

from riverrun.generate.columns import Column, list_of, pa, record, texts
from riverrun.generate.draw import Ints, Random
from riverrun.generate.numbered import by_number
from riverrun.generate.words import CITY_PREFIXES, CITY_SUFFIXES, FIRST_NAMES, LAST_NAMES, STREET_SUFFIXES
from riverrun.generate.world import World

SHIPPING_OFFSET = 1 << 56  # added to a number: its other address
_DRAWS = 16
_PHONES = ("{}-{}-{}", "({}) {}-{}", "1-{}-{}-{}", "{}.{}.{}")


def addresses(world: World, stream: str, numbers: Ints, cities: tuple[str, ...]) -> Column:
    """number, street, city, zipcode, country and phones of each; `cities` are the ones to choose from, if any."""
    fewest, most = world.settings.bounds(f"{stream}.address.phones")
    drawn = by_number(world, f"{stream} addresses", numbers, _draws)
    phones = [[_phone(row, i) for i in range(fewest + int(row[0] * (most - fewest + 1)))] for row in drawn.tolist()]
    counts = np.array([len(some) for some in phones], dtype=np.int64)
    count = numbers.size
    rows = drawn.tolist()
    return record(
        number=pa.array([1 + int(row[1] * 1000) for row in rows], pa.int32()),
        street=texts([f"{_of(LAST_NAMES, row[2])} {_of(STREET_SUFFIXES, row[3])}" for row in rows]),
        city=texts([_of(cities, row[4]) if cities else _city(row) for row in rows]),
        zipcode=texts([_zip_code(row) for row in rows]),
        country=record(code=texts(["US"] * count), name=texts(["United States"] * count)),
        phones=list_of(
            np.concatenate(([0], np.cumsum(counts))),
            texts([phone for some in phones for phone in some]),
            null=counts == 0,
        ),
    )


def _draws(random: Random, count: int) -> Ints:
    return random.random((count, _DRAWS))  # type: ignore[return-value]  # numbers in [0, 1)


def _of(choices: tuple[str, ...], drawn: float) -> str:
    return choices[int(drawn * len(choices))]


def _city(row: list[float]) -> str:
    return _of(CITY_PREFIXES, row[4]) + _of(FIRST_NAMES, row[5]) + _of(CITY_SUFFIXES, row[6])


def _zip_code(row: list[float]) -> str:
    short = f"{int(row[7] * 100_000):05d}"
    return short if row[8] < 0.5 else f"{short}-{int(row[9] * 10_000):04d}"


def _phone(row: list[float], which: int) -> str:
    """The digits of the n-th number come from the draws, shifted by n."""
    area, office, line = ((row[10 + part] + which * 0.37) % 1.0 for part in range(3))
    return _PHONES[int((row[13] + which * 0.29) % 1.0 * len(_PHONES))].format(
        200 + int(area * 800), 200 + int(office * 800), f"{int(line * 10_000):04d}"
    )

"""The people of the shop. A customer is a number; name, id and e-mail addresses follow from the number and the seed."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from riverrun.generate.columns import Column, list_of, look_up, pa, record, texts
from riverrun.generate.draw import Floats, Ints, chance, generator, uuids
from riverrun.generate.words import FIRST_NAMES, LAST_NAMES, SUFFIXES, TITLES

Numbers = TypeVar("Numbers", int, Ints)

_SHIFT = 40
_BLOCK = 256
_KEPT_BLOCKS = 512
_MOST_EMAILS = 20

# How a customer came to be. `code(kind, number)` is unique over all kinds.
REGULAR = 0  # registered before the run began
ONLINE = 1  # registers in the web shop
STORE = 2  # registers in a store (the original's timer)
GUEST = 3  # never registered: the original's visitors who begin logged in
WALK_IN = 4  # never registered: the original's customers of normal orders
RETURNING = 5  # never registered: the original's customers of return requests
SUSPECT = 6  # commits fraud under one of the configured names
_TITLED = (STORE, WALK_IN)


def code(kind: int, number: int) -> int:
    return kind << _SHIFT | number


def codes(kind: int, numbers: Ints) -> Ints:
    return numbers + (kind << _SHIFT)


def kind_of(customers: Numbers) -> Numbers:
    return customers >> _SHIFT


def number_of(customers: Numbers) -> Numbers:
    return customers & ((1 << _SHIFT) - 1)


@dataclass(frozen=True, slots=True)
class _Block:
    ids: Column
    names: Column
    first: Ints
    last: Ints
    emails: Floats
    others: Ints  # names in further e-mail addresses


class Customers:
    """All customers of a seed. `suspects` are the names that SUSPECT customers have."""

    def __init__(self, seed: int, suspects: tuple[str, ...]) -> None:
        self._seed = seed
        self._suspects = suspects
        self._blocks: OrderedDict[int, _Block] = OrderedDict()

    def ids(self, customers: Ints) -> Column:
        return self._column(customers, lambda block: block.ids)

    def names(self, customers: Ints) -> Column:
        return self._column(customers, lambda block: block.names)

    def records(self, customers: Ints, fewest: int, most: int) -> Column:
        """id, name and emails of each customer."""
        parts = [self._some(block, rows, fewest, most) for block, rows in self._grouped(customers)]
        return pa.concat_arrays(parts) if parts else _NOBODY

    def _some(self, block: _Block, rows: Ints, fewest: int, most: int) -> Column:
        addresses: list[str] = []
        offsets = [0]
        counts = fewest + (block.emails[rows] * (most - fewest + 1)).astype(np.int64)
        for row, count in zip(rows.tolist(), counts.tolist(), strict=True):
            addresses.append(_email(block.first[row], block.last[row]))
            addresses += [
                _email(other // len(LAST_NAMES), other % len(LAST_NAMES)) for other in block.others[row, : count - 1]
            ]
            offsets.append(len(addresses))
        return record(
            id=look_up(block.ids, rows),
            name=look_up(block.names, rows),
            emails=list_of(np.array(offsets, dtype=np.int64), texts(addresses)),
        )

    def _column(self, customers: Ints, column: object) -> Column:
        assert callable(column)
        distinct, back = np.unique(customers, return_inverse=True)
        parts = [look_up(column(block), rows) for block, rows in self._grouped(distinct)]
        return look_up(pa.concat_arrays(parts), back) if parts else texts([])

    def _grouped(self, customers: Ints) -> list[tuple[_Block, Ints]]:
        """Runs of `customers` that lie in one block, and their rows in it."""
        if not customers.size:
            return []
        blocks = customers // _BLOCK
        starts = np.flatnonzero(np.diff(blocks, prepend=blocks[0] - 1))
        ends = np.append(starts[1:], customers.size)
        return [
            (self._block(int(blocks[start])), customers[start:end] % _BLOCK)
            for start, end in zip(starts, ends, strict=True)
        ]

    def _block(self, number: int) -> _Block:
        found = self._blocks.get(number)
        if found is None:
            found = self._blocks[number] = self._make(number)
            if len(self._blocks) > _KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        else:
            self._blocks.move_to_end(number)
        return found

    def _make(self, number: int) -> _Block:
        random = generator(self._seed, "customers", number)
        kind = kind_of(number * _BLOCK)
        first = random.integers(0, len(FIRST_NAMES), _BLOCK)
        last = random.integers(0, len(LAST_NAMES), _BLOCK)
        titled = chance(random, 0.15, _BLOCK) & (kind in _TITLED)
        titles = np.where(titled, random.integers(0, len(TITLES), _BLOCK), -1)
        suffixed = chance(random, 0.08, _BLOCK) & (kind in _TITLED)
        suffixes = np.where(suffixed, random.integers(0, len(SUFFIXES), _BLOCK), -1)
        names = [
            _name(*parts)
            for parts in zip(titles.tolist(), first.tolist(), last.tolist(), suffixes.tolist(), strict=True)
        ]
        if kind == SUSPECT:
            begin = number_of(number * _BLOCK)
            names = [self._suspects[(begin + row) % len(self._suspects)] for row in range(_BLOCK)]
        ids = texts([row.tobytes().decode() for row in uuids(random, _BLOCK)])
        emails = random.random(_BLOCK)
        others = random.integers(0, len(FIRST_NAMES) * len(LAST_NAMES), (_BLOCK, _MOST_EMAILS - 1))
        return _Block(ids, texts(names), first, last, emails, others)


def _name(title: int, first: int, last: int, suffix: int) -> str:
    parts = [
        TITLES[title] if title >= 0 else "",
        FIRST_NAMES[first],
        LAST_NAMES[last],
        SUFFIXES[suffix] if suffix >= 0 else "",
    ]
    return " ".join(part for part in parts if part)


def _email(first: int, last: int) -> str:
    return f"{FIRST_NAMES[first]}.{LAST_NAMES[last]}@example.com".lower()


_NOBODY = record(id=texts([]), name=texts([]), emails=list_of(np.zeros(1, dtype=np.int64), texts([])))

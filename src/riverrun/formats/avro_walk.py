"""Walking over many Avro values at once: a position for each, moved on step by step with numpy.

Nothing here judges. What is not plainly right (a number that does not end, a branch that is not there, a position
behind the end) raises Odd, and whoever asked reads these values the plain way, which says what is wrong. Positions only
ever go forward, so when every value is found to end where it should, everything that was passed lies within it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from riverrun.formats.avro_binary import PADDING
from riverrun.schema.avro import Schema

Ints = npt.NDArray[np.int64]
Walk = Callable[["Bytes", Ints], Ints]

_MOST_ROUNDS = 2000  # elements of the longest array or map; beyond it the plain way is not slower

_HIGH, _LOW = np.uint64(0x8080808080808080), np.uint64(0x7F7F7F7F7F7F7F7F)
_SQUEEZES = tuple(
    (np.uint64(even), np.uint64(odd), np.uint64(shift))
    for even, odd, shift in (
        (0x007F007F007F007F, 0x7F007F007F007F00, 1),
        (0x00003FFF00003FFF, 0x3FFF00003FFF0000, 2),
        (0x000000000FFFFFFF, 0x0FFFFFFF00000000, 4),
    )
)
_ONE = np.uint64(1)


class Odd(Exception):
    """Values that the plain way has to read."""


class NotCovered(Exception):
    """A schema that only the plain way reads."""


class Bytes:
    """The bytes that are walked over. `data` ends with PADDING bytes that are not part of it."""

    def __init__(self, data: npt.NDArray[np.uint8]) -> None:
        self.size = len(data) - PADDING
        self.data = data
        self.buffer = pa.py_buffer(data)
        self._views: dict[str, npt.NDArray[np.generic]] = {}

    def words(self, kind: str, at: Ints) -> npt.NDArray[np.generic]:
        """Of every position the bytes from there on, as numbers of `kind`."""
        view = self._views.get(kind)
        if view is None:
            size = np.dtype(kind).itemsize
            view = np.ndarray((len(self.data) - size + 1,), kind, buffer=self.data, strides=(1,))
            self._views[kind] = view
        try:
            return view[at]
        except IndexError:
            raise Odd from None

    def bytes(self, at: Ints) -> npt.NDArray[np.uint8]:
        try:
            return self.data.take(at)
        except IndexError:
            raise Odd from None

    def longs(self, at: Ints) -> tuple[Ints, Ints]:
        """(numbers, positions behind them)."""
        words = self.words("<u8", at).astype(np.uint64, copy=False)
        ends = ~words & _HIGH
        if not ends.all():
            return self._long_longs(at)
        last = ends & (~ends + _ONE)
        words &= last - _ONE  # the bit `last` itself is not set
        words &= _LOW
        for even, odd, shift in _SQUEEZES:
            words = (words & even) | ((words & odd) >> shift)
        size = (np.bitwise_count(last - _ONE) >> 3).astype(np.int64)
        return _unzigzag(words), at + size + 1

    def _long_longs(self, at: Ints) -> tuple[Ints, Ints]:
        """As `longs`, where some have nine or ten bytes."""
        found, at, shift = np.zeros(len(at), np.uint64), at.copy(), 0
        more = np.arange(len(at))
        for _ in range(10):
            one = self.bytes(at[more])
            if shift == 63 and (one > 1).any():
                raise Odd  # beyond 64 bits
            found[more] |= (one & np.uint8(127)).astype(np.uint64) << np.uint64(shift)
            at[more] += 1
            more = more[one > 127]
            if not len(more):
                return _unzigzag(found), at
            shift += 7
        raise Odd

    def lengths(self, at: Ints) -> tuple[Ints, Ints]:
        """As `longs`, for numbers that are small and not negative."""
        first = self.bytes(at)
        if not len(at) or first.max() < 128:
            if (first & 1).any():
                raise Odd
            return (first >> 1).astype(np.int64), at + 1
        second = self.bytes(at + 1)
        two = first > 127
        if (first & 1).any() or (second[two] > 127).any():
            found, behind = self.longs(at)
            if found.min() < 0 or found.max() > self.size:
                raise Odd
            return found, behind
        high = np.where(two, second, np.uint8(0)).astype(np.int64) << 6
        return high | ((first & np.uint8(127)) >> 1), at + 1 + two


def _unzigzag(numbers: npt.NDArray[np.uint64]) -> Ints:
    return ((numbers >> _ONE) ^ (~(numbers & _ONE) + _ONE)).view(np.int64)


def walk(schema: Schema, around: tuple[Schema, ...] = ()) -> Walk:
    """A function that moves positions behind values of `schema`. `around`: the records that contain it."""
    kind = schema.kind
    if kind in _SIZES:
        size = _SIZES[kind]
        return lambda data, at: at + size
    if kind == "fixed":
        fixed = sized(schema)
        return lambda data, at: at + fixed
    if kind in ("int", "long"):
        return lambda data, at: data.longs(at)[1]
    if kind in ("string", "bytes"):
        return _behind_text
    if kind == "boolean":
        return lambda data, at: flags(data, at)[1]
    if kind == "enum":
        count = len(schema.symbols)
        return lambda data, at: choices(data, at, count)[1]
    if schema in around:
        raise NotCovered(f"{schema} contains itself")
    inner = (*around, schema)
    if kind == "record":
        return _in_turn([walk(field.schema, inner) for field in schema.fields])
    if kind == "union":
        return _union([walk(branch, inner) for branch in schema.branches])
    element = walk(element_of(schema), inner)
    each = element if kind == "array" else _in_turn([_behind_text, element])
    return lambda data, at: elements(data, at, each)[0]


_SIZES = {"null": 0, "float": 4, "double": 8}


def element_of(schema: Schema) -> Schema:
    assert schema.element is not None
    return schema.element


def sized(schema: Schema) -> int:
    """The size of a fixed. NotCovered where positions behind it might not fit their numbers."""
    if schema.size >= 2**31:
        raise NotCovered(f"{schema}")
    return schema.size


def _behind_text(data: Bytes, at: Ints) -> Ints:
    length, at = data.lengths(at)
    return at + length


def flags(data: Bytes, at: Ints) -> tuple[npt.NDArray[np.uint8], Ints]:
    """Booleans, as 0 and 1."""
    found = data.bytes(at)
    if (found > 1).any():
        raise Odd
    return found, at + 1


def choices(data: Bytes, at: Ints, count: int) -> tuple[Ints, Ints]:
    """Numbers of symbols or branches, of which there are `count`."""
    found, at = data.lengths(at)
    if (found >= count).any():
        raise Odd
    return found, at


def _in_turn(walks: Sequence[Walk]) -> Walk:
    def turn(data: Bytes, at: Ints) -> Ints:
        for each in walks:
            at = each(data, at)
        return at

    return turn


def _union(walks: Sequence[Walk]) -> Walk:
    def union(data: Bytes, at: Ints) -> Ints:
        branch, at = choices(data, at, len(walks))
        for number, each in enumerate(walks):
            here = np.flatnonzero(branch == number)
            if len(here):
                at[here] = each(data, at[here])
        return at

    return union


def elements(data: Bytes, at: Ints, each: Walk) -> tuple[Ints, Ints, Ints]:
    """(positions behind arrays or maps, how many elements every one has, where these begin, in order)."""
    at, counts = at.copy(), np.zeros(len(at), np.int64)
    owners, starts, rounds = [], [], 0
    more = np.arange(len(at))
    while len(more):
        left, behind = data.longs(at[more])
        sized = np.flatnonzero(left < 0)
        if len(sized):
            left[sized] = -left[sized]
            behind[sized] = data.longs(behind[sized])[1]
        at[more] = behind
        more, left = more[left != 0], left[left != 0]
        rounds += int(left.max(initial=0))
        if rounds > _MOST_ROUNDS or left.min(initial=0) < 0:
            raise Odd
        counts[more] += left
        inside = more
        while len(inside):
            here = at[inside]
            owners.append(inside)
            starts.append(here)
            at[inside] = each(data, here)
            left = left - 1
            inside, left = inside[left > 0], left[left > 0]
    if not starts:
        return at, counts, np.zeros(0, np.int64)
    order = np.argsort(np.concatenate(owners), kind="stable")
    return at, counts, np.concatenate(starts)[order]

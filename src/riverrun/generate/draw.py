"""Random numbers by the column. Every stream has generators of its own, one for each of its blocks.

So a block is a pure function of seed, stream and number: a stream alone gives what it gives among all thirteen, and a
run that was stopped goes on without reading what it wrote.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Random = np.random.Generator

LOWER_ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyz0123456789"


def generator(seed: int, stream: str, block: int) -> Random:
    """The generator of one block of one stream."""
    entropy = np.random.SeedSequence([seed, zlib.crc32(stream.encode()), block])
    return np.random.Generator(np.random.PCG64DXSM(entropy))


def whole(random: Random, low: int, high: int, count: int) -> Ints:
    """Whole numbers from `low` to `high`, both included."""
    return random.integers(low, high, count, endpoint=True)


def middling(random: Random, count: int) -> Floats:
    """Numbers in [0, 1) that favour the middle: the mean of three even ones."""
    drawn: Floats = random.random((3, count)).sum(axis=0) / 3.0
    return drawn


def middling_pick(random: Random, choices: int, count: int) -> Ints:
    """Positions in a list of `choices`, the middle ones the most frequent."""
    return (middling(random, count) * choices).astype(np.int64)


def middling_between(random: Random, low: float, high: float, digits: int, count: int) -> Floats:
    rounded: Floats = np.round(low + middling(random, count) * (high - low), digits)
    return rounded


def chance(random: Random, ratio: float, count: int) -> Bools:
    drawn: Bools = random.random(count) < ratio
    return drawn


def weighted_pick(random: Random, weights: Any, count: int) -> Ints:
    """Positions, each as frequent as its weight."""
    limits = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(limits / limits[-1], random.random(count), side="right").astype(np.int64)


def letters(random: Random, width: int, count: int, alphabet: str = LOWER_ALPHANUMERIC) -> Bytes:
    """`count` texts of `width` ASCII characters, as a matrix of bytes."""
    known = np.frombuffer(alphabet.encode("ascii"), dtype=np.uint8)
    return known[random.integers(0, len(known), (count, width), dtype=np.uint8)]


_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_UUID_DIGITS = np.array([*range(8), *range(9, 13), *range(14, 18), *range(19, 23), *range(24, 36)])


def uuids(random: Random, count: int) -> Bytes:
    """Random (version 4) UUIDs, as a matrix of 36 ASCII bytes each."""
    raw = random.integers(0, 256, (count, 16), dtype=np.uint8)
    raw[:, 6] = (raw[:, 6] & 0x0F) | 0x40
    raw[:, 8] = (raw[:, 8] & 0x3F) | 0x80
    digits = np.empty((count, 32), dtype=np.uint8)
    digits[:, 0::2] = _HEX[raw >> 4]
    digits[:, 1::2] = _HEX[raw & 0x0F]
    text = np.full((count, 36), ord("-"), dtype=np.uint8)
    text[:, _UUID_DIGITS] = digits
    return text

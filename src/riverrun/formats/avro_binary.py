"""Avro's binary encoding of primitive values, with tables for the frequent ones.

Source: the Avro 1.12 specification, binary encoding.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

PADDING = 16  # zero bytes behind data that is walked over, so that a number at its end may be read as a whole word

_TABLED = 1 << 14

# Zigzag numbers below 2^14, and the same 14 bits as the first two of more bytes.
_ENDING = [bytes([n]) if n < 128 else bytes([n & 127 | 128, n >> 7]) for n in range(_TABLED)]
_GOES_ON = [bytes([n & 127 | 128, n >> 7 | 128]) for n in range(_TABLED)]

pack_float = struct.Struct("<f").pack
pack_double = struct.Struct("<d").pack
TRUE, FALSE = b"\x01", b"\x00"


def encode_long(number: int) -> bytes:
    """A zigzag variable-length integer. Raises OverflowError beyond 64 bits.

    >>> encode_long(-1), encode_long(64)
    (b'\\x01', b'\\x80\\x01')
    """
    rest = number << 1 if number >= 0 else ~(number << 1)
    if rest < _TABLED:
        return _ENDING[rest]
    if rest >> 42 == 0 and rest >> 28:  # milliseconds since 1970 are of this size
        return _GOES_ON[rest & 16383] + _GOES_ON[rest >> 14 & 16383] + _ENDING[rest >> 28]
    if rest >> 64:
        raise OverflowError(f"{number} does not fit 64 bits")
    out = _GOES_ON[rest & 16383]
    rest >>= 14
    while rest >= _TABLED:
        out += _GOES_ON[rest & 16383]
        rest >>= 14
    return out + _ENDING[rest]


def encode_longs(numbers: Sequence[int]) -> list[bytes]:
    """`encode_long` of each; quick for times."""
    return [
        _GOES_ON[rest & 16383] + _GOES_ON[rest >> 14 & 16383] + _ENDING[rest >> 28]
        if 0 < (rest := number << 1) >> 28 < _TABLED
        else encode_long(number)
        for number in numbers
    ]


def encode_int(number: int) -> bytes:
    """As encode_long. Raises OverflowError beyond 32 bits."""
    if not -0x80000000 <= number <= 0x7FFFFFFF:
        raise OverflowError(f"{number} does not fit 32 bits")
    return encode_long(number)


class Lengths(dict[int, bytes]):
    """length -> its encoding behind `prefix` (the number of a union's branch), filled as lengths are met."""

    def __init__(self, prefix: bytes = b"") -> None:
        self._prefix = prefix

    def __missing__(self, length: int) -> bytes:
        made = self._prefix + encode_long(length)
        if length < _TABLED:
            self[length] = made
        return made


class Texts(dict[str, bytes]):
    """text -> its encoding behind `prefix`; for texts that come again and again (bounded)."""

    LIMIT = 4096

    def __init__(self, prefix: bytes = b"") -> None:
        self._prefix = prefix

    def __missing__(self, text: str) -> bytes:
        made = self._prefix + encode_text(text)
        if len(text) < 512:
            if len(self) >= self.LIMIT:
                self.clear()
            self[text] = made
        return made


def encode_text(text: str) -> bytes:
    raw = text.encode()
    return encode_long(len(raw)) + raw


def encode_bytes(raw: bytes) -> bytes:
    return encode_long(len(raw)) + raw

"""Numbers from texts, as Guava's tryParse and Java's parsers read them; and texts from numbers."""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_INTEGER = re.compile(r"-?[0-9]+\Z", re.ASCII)
_FLOAT = re.compile(
    r"[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?)\Z",
    re.ASCII,
)
_HEX_FLOAT = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+[fFdD]?\Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_int32(text: str) -> int | None:
    """
    >>> to_int32("-12"), to_int32("+1"), to_int32(" 1"), to_int32("2147483648")
    (-12, None, None, None)
    """
    return _integer(text, 31)


def to_int64(text: str) -> int | None:
    return _integer(text, 63)


def _integer(text: str, bits: int) -> int | None:
    if len(text) > 40 or _INTEGER.match(text) is None:
        return None
    number = int(text)
    return number if -(1 << bits) <= number < 1 << bits else None


def to_fp64(text: str) -> float | None:
    """
    >>> to_fp64("1.5e3"), to_fp64("Infinity"), to_fp64("1_0"), to_fp64(" 1")
    (1500.0, inf, None, None)
    """
    if _FLOAT.match(text) is not None:
        return float(text if text[-1] not in "fFdD" else text[:-1])
    if _HEX_FLOAT.match(text) is not None:
        return float.fromhex(text if text[-1] not in "fFdD" else text[:-1])
    return None


def to_fp32(text: str) -> float | None:
    number = to_fp64(text)
    if number is None:
        return None
    return as_float32(number)


def as_float32(number: float) -> float:
    """The nearest 32-bit float."""
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", number))[0]
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
    return rounded


def to_bool(text: str) -> bool:
    """True for `true` in any case; everything else is false, never absent (as Java's parseBoolean)."""
    return text.casefold() == "true"


def whole(number: float) -> int | None:
    """A number without a fraction as an integer; absent otherwise."""
    return int(number) if number == number // 1 else None


def iso_time(ms: int) -> str | None:
    """
    >>> iso_time(1464807256123)
    '2016-06-01T18:54:16.123Z'
    """
    second = _iso_second(ms // 1000)
    return None if second is None else f"{second}{ms % 1000:03d}Z"


@lru_cache(maxsize=256)
def _iso_second(second: int) -> str | None:
    """Many events come in one second."""
    try:
        moment = _EPOCH + timedelta(seconds=second)
    except OverflowError:
        return None
    return f"{moment.year:04d}" + moment.strftime("-%m-%dT%H:%M:%S.")


def cut(number: float) -> int | None:
    """Without its fraction, as a 64-bit integer; absent when it is none."""
    if number != number or not -(2.0**63) <= number < 2.0**63:
        return None
    return int(number)

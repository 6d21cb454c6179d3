"""The texts of a configuration that stand for something else: durations, sizes, property bags, secrets."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Final

_UNITS_NS: Final = {
    "ns": 1, "nano": 1, "nanos": 1, "nanosecond": 1, "nanoseconds": 1,
    "us": 10**3, "micro": 10**3, "micros": 10**3, "microsecond": 10**3, "microseconds": 10**3,
    "ms": 10**6, "milli": 10**6, "millis": 10**6, "millisecond": 10**6, "milliseconds": 10**6,
    "s": 10**9, "second": 10**9, "seconds": 10**9,
    "m": 60 * 10**9, "minute": 60 * 10**9, "minutes": 60 * 10**9,
    "h": 3600 * 10**9, "hour": 3600 * 10**9, "hours": 3600 * 10**9,
    "d": 86400 * 10**9, "day": 86400 * 10**9, "days": 86400 * 10**9,
}  # fmt: skip
_UNITS_BYTES: Final = {
    "": 1, "b": 1, "byte": 1, "bytes": 1,
    "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip
_NUMBER_AND_UNIT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*([A-Za-z]*)\s*\Z", re.ASCII)

DURATION_FORM = "a number and a unit in quotes, such as '30 minutes' (ns, us, ms, s, m, h, d or their long names)"
SIZE_FORM = "a number of bytes, or a number and a unit in quotes, such as '64 MiB' (KiB, MiB, GiB, kB, MB, GB)"


class Mark:
    """An annotation that says how a value is written."""

    def __init__(self, name: str) -> None:
        self.name = name


duration = Mark("duration")
size = Mark("size")
secret = Mark("secret")


class Properties(dict[str, str]):
    """A property bag: dotted name -> text, as a Java properties file would have it."""


def parse_duration(text: str) -> int | None:
    """Milliseconds, rounded up; None when `text` is not a duration. A number without unit is milliseconds.

    >>> parse_duration("30 minutes"), parse_duration("1.5s"), parse_duration("250"), parse_duration("3 fortnights")
    (1800000, 1500, 250, None)
    """
    match = _NUMBER_AND_UNIT.match(text)
    if match is None:
        return None
    factor = _UNITS_NS.get(match[2] or "ms")
    return None if factor is None else math.ceil(Decimal(match[1]) * factor / 10**6)


def parse_size(text: str) -> int | None:
    """Bytes; None when `text` is not a size.

    >>> parse_size("64 MiB"), parse_size("1.5kB"), parse_size("12"), parse_size("a lot")
    (67108864, 1500, 12, None)
    """
    match = _NUMBER_AND_UNIT.match(text)
    if match is None:
        return None
    factor = _UNITS_BYTES.get(match[2].lower())
    return None if factor is None else math.ceil(Decimal(match[1]) * factor)


def show_duration(ms: int) -> str:
    """
    >>> show_duration(1_800_000), show_duration(1500), show_duration(0)
    ('30 minutes', '1500 milliseconds', '0 seconds')
    """
    for unit, length in (("days", 86_400_000), ("hours", 3_600_000), ("minutes", 60_000), ("seconds", 1000)):
        if ms % length == 0:
            count = ms // length
            if count or unit == "seconds":
                return f"{count} {unit if count != 1 else unit[:-1]}"
    return f"{ms} millisecond{'s' if ms != 1 else ''}"


def show_size(count: int) -> str:
    """
    >>> show_size(64 * 2**20), show_size(4096), show_size(10)
    ('64 MiB', '4 KiB', '10 bytes')
    """
    for unit, length in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count and count % length == 0:
            return f"{count // length} {unit}"
    return f"{count} bytes"

"""Time as an argument: the wall clock and the monotonic clock behind one protocol, so that tests can move it; and
lengths of time as Flink's options write them.
"""

from __future__ import annotations

import re
import time
from typing import Protocol

_UNITS = {
    "ms": 1, "milli": 1, "millis": 1, "millisecond": 1, "milliseconds": 1,
    "s": 1000, "sec": 1000, "secs": 1000, "second": 1000, "seconds": 1000,
    "min": 60_000, "m": 60_000, "minute": 60_000, "minutes": 60_000,
    "h": 3_600_000, "hour": 3_600_000, "hours": 3_600_000,
    "d": 86_400_000, "day": 86_400_000, "days": 86_400_000,
}  # fmt: skip
_NUMBER_UNIT = re.compile(r"\s*(\d+)\s*([A-Za-z]*)\s*\Z")


def duration(value: str) -> int:
    """ms; a bare number is ms. ValueError or KeyError for anything else.

    >>> duration("5 s"), duration("200"), duration("1 min")
    (5000, 200, 60000)
    """
    found = _NUMBER_UNIT.match(value)
    if not found:
        raise ValueError(value)
    return int(found[1]) * _UNITS[found[2].lower() or "ms"]


class Clock(Protocol):
    def now_ms(self) -> int:
        """Wall-clock time, milliseconds since the epoch, UTC."""
        ...

    def monotonic_ms(self) -> float:
        """Milliseconds that only ever grow; for time-outs and durations."""
        ...


class SystemClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> float:
        return time.monotonic() * 1000.0


class ManualClock:
    """A clock that stands still until told to move (for tests and for simulated time)."""

    def __init__(self, now_ms: int = 1_500_000_000_000) -> None:
        self._now_ms = now_ms
        self._monotonic_ms = 0.0

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic_ms(self) -> float:
        return self._monotonic_ms

    def advance(self, ms: int) -> None:
        """Move both clocks on by `ms` (never back)."""
        if ms < 0:
            raise ValueError(f"a clock moves forward only, not by {ms} ms")
        self._now_ms += ms
        self._monotonic_ms += ms

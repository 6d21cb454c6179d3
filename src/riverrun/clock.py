"""Time as an argument: the wall clock and the monotonic clock behind one protocol, so that tests can move it."""

from __future__ import annotations

import time
from typing import Protocol


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

"""How many events an address may send: a bucket of tokens for each, forgotten when it is full again."""

from __future__ import annotations

import math
from typing import Final

from riverrun.collect.privacy import truncated

_MOST: Final = 100_000


class Rates:
    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: dict[str, tuple[float, float]] = {}  # address -> (tokens, at what second)

    def take(self, address: str | None, events: int, now: float) -> int:
        """0 when `events` more are allowed; else the seconds after which they are."""
        if self._per_second <= 0:
            return 0
        key = shared_by(address or "")
        tokens, since = self._buckets.get(key, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + (now - since) * self._per_second)
        wanted = min(events, self._burst)
        if tokens < wanted:
            self._buckets[key] = (tokens, now)
            return math.ceil((wanted - tokens) / self._per_second)
        self._buckets[key] = (tokens - wanted, now)
        if len(self._buckets) > _MOST:
            self._forget(now)
        return 0

    def _forget(self, now: float) -> None:
        """Drop the buckets that are full; when that is not enough, the oldest half."""
        full_after = self._burst / self._per_second
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if now - bucket[1] < full_after}
        if len(self._buckets) > _MOST:
            newest = sorted(self._buckets.items(), key=lambda item: item[1][1])[_MOST // 2 :]
            self._buckets = dict(newest)


def shared_by(address: str) -> str:
    """What counts as one sender: an IPv4 address, or a /64 of IPv6."""
    return truncated(address, 32, 64) or address if ":" in address else address

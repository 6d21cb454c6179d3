"""Time zones for columns: instants to local wall time and back, as Flink's windows over TIMESTAMP_LTZ need them.

Source: java.time's LocalDateTime.atZone and Flink 2.3's TimeWindowUtil; docs/sql/flink-differences.md.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from riverrun.engine.batch import Ints
from riverrun.errors import InputError

_HOUR = 3_600_000
_DAY = 86_400_000
_FIXED = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?\Z")
_EARLIEST, _LATEST = -62135596800000 + 2 * _DAY, 253402300799000 - 2 * _DAY  # what datetime can say


class _Transitions(NamedTuple):
    """`at`: instants at which the offset changes; `offsets` has one more, the first holds before all of them."""

    at: Ints
    offsets: Ints


class Zone:
    """A time zone by its IANA name or fixed offset ("+05:30", "GMT+8")."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._zone = _find(name)
        self.utc = self._zone is UTC
        self._known: tuple[int, int, _Transitions] | None = None

    def to_local(self, instants: Ints) -> Ints:
        """Local wall time (ms) of instants (ms since the epoch)."""
        if self.utc or not len(instants):
            return instants
        found = self._transitions(instants)
        return instants + found.offsets[np.searchsorted(found.at, instants, side="right")]

    def to_instant(self, local: Ints) -> Ints:
        """Instants of wall times: the earlier one of two; a time that a gap swallows moves on by the gap."""
        if self.utc or not len(local):
            return local
        found = self._transitions(local)
        before, after = found.offsets[:-1], found.offsets[1:]
        return local - found.offsets[np.searchsorted(found.at + np.maximum(before, after), local, side="right")]

    def to_timer(self, local: Ints) -> Ints:
        """Instants at which the last ms of a window passes: the later one of two; in a gap, the gap itself."""
        if self.utc or not len(local):
            return local
        first = self.to_instant(local)
        second = self.to_instant(local + _HOUR)
        return np.where(second - first > _HOUR, first + _HOUR, np.where(first == second, first - first % _HOUR, first))

    def _transitions(self, times: Ints) -> _Transitions:
        low, high = int(times.min()) - 2 * _DAY, int(times.max()) + 2 * _DAY
        low, high = max(low, _EARLIEST), min(high, _LATEST)
        if self._known is None or low < self._known[0] or high > self._known[1]:
            low, high = low - 366 * _DAY, high + 366 * _DAY
            if self._known is not None:
                low, high = min(low, self._known[0]), max(high, self._known[1])
            low, high = max(low, _EARLIEST), min(high, _LATEST)
            self._known = (low, high, self._search(low, high))
        return self._known[2]

    def _search(self, low: int, high: int) -> _Transitions:
        at: list[int] = []
        offsets = [self._offset(low)]
        for day in range(low, high, _DAY):
            end = min(day + _DAY, high)
            offset = self._offset(end)
            if offset != offsets[-1]:
                at.append(self._change(day, end, offsets[-1]))
                offsets.append(offset)
        return _Transitions(np.array(at, np.int64), np.array(offsets, np.int64))

    def _change(self, low: int, high: int, offset: int) -> int:
        """The first ms in (low, high] with another offset than `offset`."""
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._offset(middle) == offset else (low, middle)
        return high

    def _offset(self, instant: int) -> int:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=instant)
        offset = moment.astimezone(self._zone).utcoffset()
        assert offset is not None
        return int(offset / timedelta(milliseconds=1))


def _find(name: str) -> tzinfo:
    if name.upper() in ("UTC", "Z", "GMT", "ETC/UTC"):
        return UTC
    fixed = _FIXED.match(name)
    if fixed:
        sign, hours, minutes = fixed.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-offset if sign == "-" else offset)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(
            f"table.local-time-zone: no time zone {name!r}", todo="use a name as 'Europe/Amsterdam', or '+02:00'"
        ) from error

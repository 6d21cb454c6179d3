"""Which windows a time falls into, and when they fire: tumbling, hopping and cumulating windows over whole columns.

All numbers are ms. Windows over TIMESTAMP_LTZ are computed in local wall time, and fire by the instants of their ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riverrun.engine.batch import Ints
from riverrun.engine.zones import Zone
from riverrun.sql.plan import Window, WindowKind


@dataclass(frozen=True, slots=True)
class Assigned:
    """Pairs of a row (its number) and a window it is in."""

    row: Ints
    start: Ints
    end: Ints


def assign(window: Window, local: Ints) -> Assigned:
    """The windows of each time, row after row. HOP: the latest window first; CUMULATE: the shortest first."""
    match window.kind:
        case WindowKind.TUMBLE:
            start = local - np.mod(local - window.offset, window.size)
            return Assigned(np.arange(len(local)), start, start + window.size)
        case WindowKind.HOP:
            return _hop(window, local)
        case WindowKind.CUMULATE:
            return _cumulate(window, local)
        case WindowKind.SESSION:
            raise ValueError("sessions depend on other rows")


def _hop(window: Window, local: Ints) -> Assigned:
    last = local - np.mod(local - window.offset, window.slide)
    most = -(-window.size // window.slide)
    starts = last[:, None] - window.slide * np.arange(most)[None, :]
    inside = starts + window.size > local[:, None]
    rows = np.broadcast_to(np.arange(len(local))[:, None], starts.shape)[inside]
    return Assigned(rows, starts[inside], starts[inside] + window.size)


def _cumulate(window: Window, local: Ints) -> Assigned:
    start = local - np.mod(local - window.offset, window.size)
    steps = window.size // window.slide
    ends = start[:, None] + window.slide * np.arange(1, steps + 1)[None, :]
    inside = ends > local[:, None]
    rows = np.broadcast_to(np.arange(len(local))[:, None], ends.shape)[inside]
    return Assigned(rows, start[rows], ends[inside])


def last_end(window: Window, local: Ints) -> Ints:
    """The end of the last window that a time is in (for HOP with gaps: of the one that begins before it)."""
    if window.kind is WindowKind.HOP:
        return local - np.mod(local - window.offset, window.slide) + window.size
    return local - np.mod(local - window.offset, window.size) + window.size


class Clockwork:
    """Turns times of the time column into window time and back: the identity unless the column is TIMESTAMP_LTZ."""

    def __init__(self, zone: Zone, *, local: bool) -> None:
        self._zone = zone if local and not zone.utc else None

    def to_local(self, times: Ints) -> Ints:
        return self._zone.to_local(times) if self._zone else times

    def fires(self, ends: Ints) -> Ints:
        """The watermark at which windows with these ends fire."""
        return self._zone.to_timer(ends - 1) if self._zone else ends - 1

    def window_time(self, ends: Ints) -> Ints:
        """The time attribute of the windows: their last ms."""
        return self._zone.to_instant(ends - 1) if self._zone else ends - 1

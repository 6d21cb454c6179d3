"""The session's time zone: instants to local times and back, with Java's rules in gaps and overlaps."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from riverrun.sql.functions.physical import quote
from riverrun.sql.functions.python import PythonFunction, Vector

_FIXED = re.compile(r"(?:GMT|UTC|UT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?")
_UTC = ("UTC", "GMT", "Z", "UT", "Etc/UTC", "Etc/GMT", "UTC+0", "Zulu", "Universal", "Greenwich")
Seconds = npt.NDArray[np.int64]


def is_utc(zone: str) -> bool:
    return zone in _UTC


@functools.lru_cache(maxsize=64)
def zone_info(name: str) -> datetime.tzinfo:
    """The zone of an IANA name or a fixed offset (`GMT+05:30`, `+01:00`); KeyError when there is none."""
    if is_utc(name):
        return datetime.UTC
    match = _FIXED.fullmatch(name)
    if match:
        sign, hours, minutes, seconds = match.groups()
        delta = datetime.timedelta(hours=int(hours), minutes=int(minutes or 0), seconds=int(seconds or 0))
        return datetime.timezone(-delta if sign == "-" else delta)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as missing:
        raise KeyError(name) from missing


@functools.lru_cache(maxsize=64)
def transitions(name: str) -> tuple[Seconds, Seconds]:
    """When the offset from UTC changes (seconds since the epoch), and the offset from then on."""
    zone = zone_info(name)
    start = datetime.datetime(1850, 1, 1, tzinfo=datetime.UTC)
    end = datetime.datetime(2150, 1, 1, tzinfo=datetime.UTC)
    step = datetime.timedelta(days=7)
    moments, offsets = [-(2**62)], [_offset(start, zone)]
    now = start
    while now < end:
        after = now + step
        if _offset(after, zone) != offsets[-1]:
            changed = _first_change(now, after, offsets[-1], zone)
            moments.append(int(changed.timestamp()))
            offsets.append(_offset(changed, zone))
            now = changed
        else:
            now = after
    return np.array(moments, np.int64), np.array(offsets, np.int64)


def _offset(moment: datetime.datetime, zone: datetime.tzinfo) -> int:
    delta = moment.astimezone(zone).utcoffset()
    return int(delta.total_seconds()) if delta is not None else 0


def _first_change(
    low: datetime.datetime, high: datetime.datetime, before: int, zone: datetime.tzinfo
) -> datetime.datetime:
    while high - low > datetime.timedelta(seconds=1):
        middle = low + datetime.timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return high


def offsets_at(instants: Seconds, zone: str) -> Seconds:
    """The offset from UTC at each instant (seconds since the epoch)."""
    moments, offsets = transitions(zone)
    return offsets[np.searchsorted(moments, instants, side="right") - 1]


_UTC_1900 = -2_208_988_800


@functools.lru_cache(maxsize=64)
def _standard_offset(zone: str) -> int:
    """The offset of today's standard time."""
    moment = datetime.datetime(2037, 1, 1, tzinfo=datetime.UTC).astimezone(zone_info(zone))
    return _offset(moment, zone_info(zone)) - int((moment.dst() or datetime.timedelta()).total_seconds())


def offsets_of_1900(instants: Seconds, zone: str) -> Seconds:
    """As `offsets_at`; before 1900 today's standard offset, which is what `java.util.TimeZone` and EXTRACT know."""
    return np.where(instants < _UTC_1900, _standard_offset(zone), offsets_at(instants, zone))


def offsets_of_local(local: Seconds, zone: str) -> Seconds:
    """The offset for each local time: the earlier one in an overlap, and in a gap the one before it (time moves on)."""
    moments, offsets = transitions(zone)
    # A local time belongs to period i from the moment both clocks, before and after the change, have passed it.
    changes = moments[1:] + np.maximum(offsets[:-1], offsets[1:])
    return offsets[np.searchsorted(changes, local, side="right")]


def _shifted(values: Any, zone: str, offsets: Callable[[Seconds, str], Seconds], sign: int) -> Any:
    unit = {"us": 10**6, "ns": 10**9}[values.type.unit]
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    ticks = whole.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    moved = ticks + sign * unit * offsets(np.floor_divide(ticks, unit), zone)
    return pa.array(moved, pa.int64(), mask=whole.is_null().to_numpy(zero_copy_only=False)).cast(values.type)


def _vector(offsets: Callable[[Seconds, str], Seconds], sign: int) -> Vector:
    def vector(values: Any, zones: Any) -> Any:
        return _shifted(values, zones[0].as_py(), offsets, sign)

    return vector


def to_local(instant: str, zone: str, *, nanos: bool = False) -> str:
    """A TIMESTAMP_LTZ (an instant) as the local time of `zone`, in DuckDB SQL."""
    return instant if is_utc(zone) else f"rr_to_local{'_ns' if nanos else ''}({instant}, {quote(zone)})"


def to_local_of_1900(instant: str, zone: str) -> str:
    """As `to_local`, for EXTRACT, FLOOR and CEIL, which know no local times before 1900."""
    return instant if is_utc(zone) else f"rr_to_local_of_1900({instant}, {quote(zone)})"


def to_instant(local: str, zone: str, *, nanos: bool = False) -> str:
    """A local time of `zone` as an instant, in DuckDB SQL."""
    return local if is_utc(zone) else f"rr_to_instant{'_ns' if nanos else ''}({local}, {quote(zone)})"


FUNCTIONS = (
    *(
        PythonFunction(name + suffix, (kind, "VARCHAR"), kind, _vector(offsets, sign))
        for name, offsets, sign in (("rr_to_local", offsets_at, 1), ("rr_to_instant", offsets_of_local, -1))
        for suffix, kind in (("", "TIMESTAMP"), ("_ns", "TIMESTAMP_NS"))
    ),
    PythonFunction("rr_to_local_of_1900", ("TIMESTAMP", "VARCHAR"), "TIMESTAMP", _vector(offsets_of_1900, 1)),
)

"""Times to texts and back for whole columns: those of the usual form, by arithmetic on their digits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow
import pyarrow.compute

pa: Any = pyarrow
pc: Any = pyarrow.compute

_DAY_MS = 86_400_000
# Where the digits of a time with milliseconds stand.
_DIGITS = np.array([0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18, 20, 21, 22])
_WIDTH = 23
_LENGTHS_OF_MONTHS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_FIRST, _BEHIND_LAST = -62_135_596_800_000, 253_402_300_800_000  # the years 1 to 9999, in ms


def equal_times(array: Any, between: str, end: str) -> Any:
    """Milliseconds since the epoch of texts that all are like 2025-12-19T11:12:56.423Z; None when one is not."""
    width = _WIDTH + len(end)
    count = len(array)
    if not count or array.null_count:
        return None
    offsets = np.frombuffer(array.buffers()[1], np.int32, count + 1, 4 * array.offset)
    if not (np.diff(offsets) == width).all():
        return None
    texts = np.frombuffer(array.buffers()[2], np.uint8, count * width, int(offsets[0])).reshape(count, width)
    for place, character in ((4, "-"), (7, "-"), (10, between), (13, ":"), (16, ":"), (19, "."), (23, end)):
        if character and not (texts[:, place] == ord(character)).all():
            return None
    digits = texts.T[_DIGITS] - ord("0")
    if (digits > 9).any():
        return None
    found = digits.astype(np.int32)
    year = ((found[0] * 10 + found[1]) * 10 + found[2]) * 10 + found[3]
    month, day, hour, minute, second = (found[at] * 10 + found[at + 1] for at in range(4, 14, 2))
    in_order = (year > 0) & (month > 0) & (month <= 12) & (day > 0) & (hour < 24) & (minute < 60) & (second < 60)
    if not in_order.all() or not (day <= _LENGTHS_OF_MONTHS[month - 1]).all():
        return None
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    if ((month == 2) & (day == 29) & ~leap).any():
        return None
    millis = (found[14] * 10 + found[15]) * 10 + found[16]
    seconds = _days(year, month, day) * 86_400 + (hour * 60 + minute) * 60 + second
    return seconds * 1000 + millis


def _days(year: Any, month: Any, day: Any) -> Any:
    """Days since 1970-01-01, of the Gregorian calendar, which is Java's. A year begins in March here: leap days are
    the last ones."""
    year = year - (month <= 2)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return (year * 365 + year // 4 - year // 100 + year // 400 + of_year - 719_468).astype(np.int64)


def timestamp_texts(column: Any, between: str) -> Any:
    """A timestamp column as texts like 2025-12-19 11:12:56.423, without zeros at the end of the fraction; None when
    one is not a whole millisecond of the years 1 to 9999."""
    per_milli = 1_000_000 if column.type.unit == "ns" else 1000
    ticks = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    millis = ticks // per_milli
    if not len(millis) or (millis * per_milli != ticks).any() or millis.min() < _FIRST or millis.max() >= _BEHIND_LAST:
        return None
    days, of_day = np.divmod(millis, _DAY_MS)
    of_day = of_day.astype(np.int32)
    unique, places = np.unique(days, return_inverse=True)
    dates = np.array(unique, "datetime64[D]").astype("S10").view(np.uint8).reshape(-1, 10)[places]
    texts = np.empty((len(millis), _WIDTH), np.uint8)
    texts[:, :10] = dates
    for place, character in ((10, between), (13, ":"), (16, ":"), (19, ".")):
        texts[:, place] = ord(character)
    for place, unit, most in ((11, 36_000_000, 10), (12, 3_600_000, 10), (14, 600_000, 6), (15, 60_000, 10),
                              (17, 10_000, 6), (18, 1000, 10), (20, 100, 10), (21, 10, 10), (22, 1, 10)):  # fmt: skip
        texts[:, place] = of_day // unit % most + ord("0")
    offsets = pa.py_buffer(np.arange(len(millis) + 1, dtype=np.int32) * _WIDTH)
    whole = pa.Array.from_buffers(pa.string(), len(millis), [None, offsets, pa.py_buffer(texts)])
    trimmed = pc.ascii_rtrim(pc.ascii_rtrim(whole, "0"), ".") if (of_day % 10 == 0).any() else whole
    return pc.if_else(column.is_valid(), trimmed, None) if column.null_count else trimmed

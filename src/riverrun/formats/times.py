"""Dates, times and timestamps in text formats: Java's ISO forms, read and written by columns."""

from __future__ import annotations

import datetime
import re
from typing import Any

from riverrun.errors import UnsupportedError
from riverrun.java.moments import DAY_NANOS, civil, days_of, month_length

EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()
_YEAR = r"(-?\d{4}|[+-]\d{5,9})"
_DATE = re.compile(_YEAR + r"-(\d{2})-(\d{2})", re.ASCII)
_TIME = re.compile(r"(\d{2}):(\d{2}):(\d{2})(?:\.(\d{0,9}))?", re.ASCII)
_ISO_TIME = re.compile(r"(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{0,9}))?)?", re.ASCII)
SQL, ISO = "SQL", "ISO-8601"


def read_date(text: str, *, lenient: bool = False) -> int | None:
    """ISO_LOCAL_DATE as days since the epoch. `lenient`: a day after the month's end (up to 31) is its last day."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups())
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    last = month_length(year, month)
    if day > last and not lenient:
        return None
    return days_of(year, month, min(day, last))


def read_time(text: str, *, lenient: bool = True, short: bool = False) -> int | None:
    """`HH:mm:ss[.f]` as nanoseconds of the day. `lenient`: 24:00:00 is a whole day. `short`: seconds may be missing."""
    match = (_ISO_TIME if short else _TIME).fullmatch(text)
    if match is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    nanos = int(((match.group(4) or "") + "0" * 9)[:9])
    if minute > 59 or second > 59 or hour > 24:
        return None
    if hour == 24 and (not lenient or minute or second or nanos):
        return None
    return ((hour * 60 + minute) * 60 + second) * 10**9 + nanos


def read_timestamp(text: str, standard: str = SQL) -> int | None:
    """A TIMESTAMP of the JSON and CSV formats as nanoseconds since the epoch.

    >>> read_timestamp("1970-01-01 00:00:01.5"), read_timestamp("1970-01-01T00:00", ISO)
    (1500000000, 0)
    """
    strict = standard == ISO
    date_text, separator, time_text = text.partition("T" if strict else " ")
    if not separator:
        return None
    days = read_date(date_text, lenient=not strict)
    nanos = read_time(time_text, lenient=not strict, short=strict)
    return None if days is None or nanos is None else days * DAY_NANOS + nanos


def read_instant(text: str, standard: str = SQL) -> int | None:
    """A TIMESTAMP_LTZ: as a TIMESTAMP with a literal `Z` behind it (UTC), lenient in both standards."""
    if not text.endswith("Z"):
        return None
    date_text, separator, time_text = text[:-1].partition("T" if standard == ISO else " ")
    days = read_date(date_text, lenient=True) if separator else None
    nanos = read_time(time_text)
    return None if days is None or nanos is None else days * DAY_NANOS + nanos


def stored(nanos: int, precision: int) -> int:
    """A timestamp as a column of this precision keeps it: milliseconds up to 3 digits, then microseconds, nanoseconds.

    Columns of 7 and more digits reach from 1677 to 2262, all others over 292,000 years.
    """
    unit, size = (10**6, 1000) if precision <= 3 else (1000, 1000) if precision <= 6 else (1, 1)
    found = (nanos - nanos % unit) // size
    if not -(2**63) <= found < 2**63:
        todo = "use a column of at most 6 digits" if precision > 6 else "riverrun knows the years -290,000 to 290,000"
        raise UnsupportedError(f"{timestamp_text(nanos)} cannot be kept as TIMESTAMP({precision})", todo=todo)
    return found


def date_text(days: int) -> str:
    """Days since the epoch as ISO text, with a sign beyond year 9999 as Java writes it."""
    if -719162 <= days <= 2932896:
        return datetime.date.fromordinal(days + EPOCH_ORDINAL).isoformat()
    year, month, day = civil(days)
    return f"{_year_text(year)}-{month:02d}-{day:02d}"


def _year_text(year: int) -> str:
    if year > 9999:
        return f"+{year}"
    return f"{year:05d}" if year < 0 else f"{year:04d}"


def clock_text(nanos: int, digits: int | None = None) -> str:
    """Nanoseconds of the day as `HH:mm:ss[.f]`; `digits`: exactly so many, else none that is a trailing zero."""
    second, fraction = divmod(nanos, 10**9)
    text = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    if digits is not None:
        return f"{text}.{fraction:09d}"[: 9 + digits] if digits else text
    return f"{text}.{fraction:09d}".rstrip("0") if fraction else text


def timestamp_text(nanos: int, separator: str = " ") -> str:
    """Nanoseconds since the epoch as `yyyy-MM-dd HH:mm:ss[.f]`."""
    days, of_day = divmod(nanos, DAY_NANOS)
    return date_text(days) + separator + clock_text(of_day)


def ticks(column: Any) -> list[int | None]:
    """A date, time or timestamp column as whole numbers of its own unit."""
    import pyarrow as pa

    small = pa.types.is_date32(column.type) or pa.types.is_time32(column.type)
    found: list[int | None] = column.cast(pa.int32() if small else pa.int64()).to_pylist()
    return found

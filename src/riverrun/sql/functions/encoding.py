"""Values as JSON, as `riverrun run --output` prints them (docs/sql/types.md)."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from riverrun.schema.types import BYTES, Root, Type
from riverrun.sql.functions.formatting import float_text

_EPOCH = datetime.date(1970, 1, 1)


def encode(value: Any, type_: Type) -> Any:
    """A value as Arrow's `to_pylist` gives it, in JSON.

    >>> from riverrun.schema.types import decimal
    >>> encode(Decimal("1.50"), decimal(3, 2))
    '1.50'
    """
    if value is None:
        return None
    root = type_.root
    if root is Root.DECIMAL:
        return f"{value:f}"
    if root in (Root.FLOAT, Root.DOUBLE):
        return _float(value, root)
    if root in BYTES:
        return "hex:" + value.hex()
    if root is Root.DATE:
        return value.isoformat()
    if root is Root.TIME:
        return _time(value)
    if root in (Root.TIMESTAMP, Root.TIMESTAMP_LTZ):
        return _timestamp(value) + ("Z" if root is Root.TIMESTAMP_LTZ else "")
    if root is Root.INTERVAL_DAY_TIME:
        return {"$interval_ms": value}
    if root is Root.INTERVAL_YEAR_MONTH:
        return {"$interval_months": value}
    return _nested(value, type_)


def _float(value: float, root: Root) -> Any:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return float(float_text(value)) if root is Root.FLOAT else value


def _time(value: datetime.time) -> str:
    text = value.strftime("%H:%M:%S")
    return f"{text}.{value.microsecond // 1000:03d}" if value.microsecond >= 1000 else text


def _timestamp(value: datetime.datetime) -> str:
    text = value.strftime("%Y-%m-%d %H:%M:%S") if value.year > 999 else value.isoformat(" ", "seconds")
    nanos = value.microsecond * 1000 + getattr(value, "nanosecond", 0)
    return f"{text}.{nanos:09d}".rstrip("0") if nanos else text


def _nested(value: Any, type_: Type) -> Any:
    if type_.root is Root.ROW:
        return {f.name: encode(value[f"f{i}"], f.type) for i, f in enumerate(type_.fields)}
    if type_.element is None:
        return value
    if type_.root is Root.ARRAY:
        return [encode(item, type_.element) for item in value]
    key = type_.key if type_.key is not None else type_.element
    inside = type_.element if type_.root is Root.MAP else Type(Root.INTEGER)
    entries = value.items() if isinstance(value, dict) else value
    pairs = [[encode(k, key), encode(v, inside)] for k, v in entries]
    return {"$map": sorted(pairs, key=lambda pair: json.dumps(pair, sort_keys=True))}


def encode_column(column: Any, type_: Type) -> list[Any]:
    """A column's values in JSON; also dates and times that Python's own types cannot hold."""
    encoder = _RAW.get(type_.root)
    if encoder is None:
        return [encode(value, type_) for value in column.to_pylist()]
    return encoder(column, type_)


def _raw_dates(column: Any, type_: Type) -> list[Any]:
    return [None if days is None else date_text(days) for days in column.cast(pa.int32()).to_pylist()]


def date_text(days: int) -> str:
    """Days since the epoch as ISO text, with a sign beyond year 9999 as Java writes it."""
    if -719162 <= days <= 2932896:
        return (_EPOCH + datetime.timedelta(days=days)).isoformat()
    year, month, day = civil(days)
    return f"{_year_text(year)}-{month:02d}-{day:02d}"


def _year_text(year: int) -> str:
    if year > 9999:
        return f"+{year}"
    return f"{year:05d}" if year < 0 else f"{year:04d}"


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of the proleptic Gregorian calendar, for any number of days since the epoch."""
    eras, of_era = divmod(days + 719468, 146097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    day_of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + eras * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


def _raw_timestamps(column: Any, type_: Type) -> list[Any]:
    per_second = 10**9 if column.type.unit == "ns" else 10**6
    suffix = "Z" if type_.root is Root.TIMESTAMP_LTZ else ""
    out: list[Any] = []
    for ticks in column.cast(pa.int64()).to_pylist():
        out.append(None if ticks is None else _ticks_text(ticks, per_second) + suffix)
    return out


def _ticks_text(ticks: int, per_second: int) -> str:
    seconds, fraction = divmod(ticks, per_second)
    days, second = divmod(seconds, 86400)
    text = f"{date_text(days)} {second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    if not fraction:
        return text
    return f"{text}.{fraction * (10**9 // per_second):09d}".rstrip("0")


_RAW: dict[Root, Callable[[Any, Type], list[Any]]] = {
    Root.DATE: _raw_dates,
    Root.TIMESTAMP: _raw_timestamps,
    Root.TIMESTAMP_LTZ: _raw_timestamps,
}

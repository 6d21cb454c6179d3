"""Values as JSON, as `riverrun run --output` prints them (docs/sql/types.md)."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Callable
from typing import Any

from riverrun.formats.times import date_text, ticks, timestamp_text
from riverrun.java.numbers import float_text
from riverrun.schema.types import BYTES, Root, Type


def encode(value: Any, type_: Type) -> Any:
    """A value as Arrow's `to_pylist` gives it, in JSON.

    >>> from decimal import Decimal
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
    return [None if days is None else date_text(days) for days in ticks(column)]


def _raw_timestamps(column: Any, type_: Type) -> list[Any]:
    nanos = 1 if column.type.unit == "ns" else 1000
    suffix = "Z" if type_.root is Root.TIMESTAMP_LTZ else ""
    return [None if tick is None else timestamp_text(tick * nanos) + suffix for tick in ticks(column)]


_RAW: dict[Root, Callable[[Any, Type], list[Any]]] = {
    Root.DATE: _raw_dates,
    Root.TIMESTAMP: _raw_timestamps,
    Root.TIMESTAMP_LTZ: _raw_timestamps,
}

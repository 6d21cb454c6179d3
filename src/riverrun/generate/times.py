"""Times as people write them: durations (`2h`), instants, and Java's date patterns as columns of text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np

from riverrun.errors import InputError, Where
from riverrun.generate.columns import Column, from_bytes, texts
from riverrun.generate.draw import Bytes, Ints

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
_UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|min|m|h|d)", re.ASCII)


def duration(text: str, what: str = "duration") -> int:
    """Milliseconds of `90s`, `2h`, `1h30m`, `10d`.

    >>> duration("1h30m"), duration("250ms")
    (5400000, 250)
    """
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise InputError(f"{text!r} is not a duration", where=Where(path=what), todo="write 30s, 15m, 2h, 1h30m or 10d")
    return round(sum(float(number) * _UNITS[unit] for number, unit in parts))


def instant(text: str, now: int, what: str = "time") -> int:
    """Milliseconds of an ISO time (UTC unless it says otherwise), `now`, `now-2h` or `now+5m`."""
    if text.startswith("now"):
        rest = text[3:]
        if not rest:
            return now
        if rest[0] in "+-":
            return now + (1 if rest[0] == "+" else -1) * duration(rest[1:], what)
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    raise InputError(f"{text!r} is not a time", where=Where(path=what), todo="write 2026-01-31T12:00Z, now or now-2h")


def iso(ms: int) -> str:
    """
    >>> iso(1770110208007)
    '2026-02-03T09:16:48.007Z'
    """
    minutes, rest = divmod(ms, MINUTE)
    seconds, millis = divmod(rest, SECOND)
    return f"{_to_the_minute(minutes)}:{seconds:02d}.{millis:03d}Z"


@lru_cache(maxsize=4096)
def _to_the_minute(minutes: int) -> str:
    return datetime.fromtimestamp(minutes * 60, UTC).strftime("%Y-%m-%dT%H:%M")


Formatter = Callable[[Ints], Column]
_FIELD = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_DAYS = ("Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")  # 1970-01-01 was a Thursday
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def java_pattern(pattern: str, setting: str) -> Formatter:
    """What writes times (ms, UTC) by a Java date pattern. Raises InputError for a letter that it does not know.

    >>> java_pattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "x")(np.array([1770110208007])).to_pylist()
    ['2026-02-03T09:16:48.007Z']
    """
    parts: list[str | tuple[str, int]] = []
    at = 0
    while at < len(pattern):
        found = _FIELD.match(pattern, at)
        if found is None:
            raise InputError(f"{pattern!r} has a quote that is not closed", where=Where(path=setting), todo="close it")
        text, letter = found[0], found[2]
        if letter is not None:
            _check_field(letter, len(text), pattern, setting)
            parts.append((letter, len(text)))
        else:
            parts.append("'" if text == "''" else found[1].replace("''", "'") if found[1] is not None else text)
        at = found.end()
    if not all(part.isascii() for part in parts if isinstance(part, str)):
        return lambda times: texts([_one(parts, row) for row in _fields_of_rows(times)])
    return lambda times: _all_written(parts, _fields(times))


def _all_written(parts: list[str | tuple[str, int]], fields: dict[str, Ints]) -> Column:
    return from_bytes(np.concatenate([_written(part, fields) for part in parts], axis=1))


_WIDTHS = {
    **dict.fromkeys("dHhms", (2,)), **dict.fromkeys("SEzZX", (1, 2, 3)), "y": (2, 4), "M": (2, 3), "a": (1,),
}  # fmt: skip
_UTC = (("z", "UTC"), ("Z", "+0000"), ("X", "Z"))
_ZONES = {(letter, width): text for letter, text in _UTC for width in (1, 2, 3)}


def _check_field(letter: str, width: int, pattern: str, setting: str) -> None:
    if width not in _WIDTHS.get(letter, ()):
        known = " ".join(letter * width for letter, widths in _WIDTHS.items() for width in widths)
        raise InputError(
            f"{letter * width!r} in the date pattern {pattern!r} is not known here",
            where=Where(path=setting),
            todo=f"known: {known}; texts stand in single quotes",
        )


def _fields(times: Ints) -> dict[str, Ints]:
    days, rest = np.divmod(times, DAY)
    calendar = days.astype("datetime64[D]")
    months = calendar.astype("datetime64[M]")
    month = months.astype(np.int64)
    hour = rest // HOUR
    return {
        "y": 1970 + month // 12,
        "M": 1 + month % 12,
        "d": 1 + (calendar - months.astype("datetime64[D]")).astype(np.int64),
        "H": hour,
        "h": (hour + 11) % 12 + 1,
        "m": rest // MINUTE % 60,
        "s": rest // SECOND % 60,
        "S": rest % 1000,
        "E": days % 7,
        "a": hour // 12,
    }


def _written(part: str | tuple[str, int], fields: dict[str, Ints]) -> Bytes:
    count = fields["y"].size
    if isinstance(part, str):
        return np.tile(np.frombuffer(part.encode("ascii"), dtype=np.uint8), (count, 1))
    letter, width = part
    if part in _ZONES:
        return _written(_ZONES[part], fields)
    names = {"E": _DAYS, "a": ("AM", "PM")}.get(letter, _MONTHS if part == ("M", 3) else None)
    if names is not None:
        table = np.array([list(name.encode()) for name in names], dtype=np.uint8)
        return table[fields[letter] - (1 if letter == "M" else 0)]
    number = fields[letter] // 10 ** (3 - width) if letter == "S" else fields[letter]
    digits = [number // 10**place % 10 for place in range(width - 1, -1, -1)]
    return (np.stack(digits, axis=1) + ord("0")).astype(np.uint8)


def _fields_of_rows(times: Ints) -> list[dict[str, Ints]]:
    return [_fields(times[row : row + 1]) for row in range(times.size)]


def _one(parts: list[str | tuple[str, int]], fields: dict[str, Ints]) -> str:
    return "".join(part if isinstance(part, str) else _written(part, fields).tobytes().decode() for part in parts)

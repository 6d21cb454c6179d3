"""Patterns of java.text.SimpleDateFormat, lenient as it is: months and days that do not exist run on into the next.

Source: the documentation of SimpleDateFormat (JDK 17), English names.
"""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

from riverrun.java.datetime_format import BadPattern, BadTime
from riverrun.java.moments import DAY_NANOS, DAYS, MONTHS, SHORT_DAYS, SHORT_MONTHS, Moment, days_of
from riverrun.values import dataclass

_LETTERS = "GyYMLwWDdFEuaHkKhmsSzZX"
_TEXTS = "GEazZX"


@dataclass(frozen=True, slots=True)
class _Part:
    letter: str  # "" for plain text
    count: int = 0
    text: str = ""
    limited: bool = False  # a number follows at once: exactly `count` digits


@dataclass(frozen=True, slots=True)
class SimpleFormat:
    parts: tuple[_Part, ...]

    def write(self, moment: Moment, zone: str = "") -> str:
        return "".join(part.text if not part.letter else _write(part, moment, zone) for part in self.parts)

    def read(self, text: str) -> int:
        """Milliseconds since the epoch in local time; what follows is ignored. BadTime when the text does not fit."""
        at = 0
        fields: dict[str, int] = {}
        for part in self.parts:
            if not part.letter:
                if not text.startswith(part.text, at):
                    raise BadTime(f"'{part.text}' is expected at {at}")
                at += len(part.text)
            else:
                at = _read(part, text, at, fields)
        if not at:
            raise BadTime("nothing was read")
        return _milliseconds(fields)


@lru_cache(maxsize=512)
def pattern(text: str) -> SimpleFormat:
    """The compiled pattern; BadPattern when it is none."""
    parts: list[_Part] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "'":
            quoted, at = _quoted(text, at)
            parts.append(_Part("", text=quoted))
        elif char.isascii() and char.isalpha():
            if char not in _LETTERS:
                raise BadPattern(f"unknown letter {char}")
            end = at
            while end < len(text) and text[end] == char:
                end += 1
            parts.append(_Part(char, end - at))
            at = end
        else:
            parts.append(_Part("", text=char))
            at += 1
    return SimpleFormat(tuple(_limited(parts)))


def _quoted(text: str, at: int) -> tuple[str, int]:
    if text[at + 1 : at + 2] == "'":
        return "'", at + 2
    out: list[str] = []
    at += 1
    while at < len(text):
        if text[at] == "'":
            if text[at + 1 : at + 2] != "'":
                return "".join(out), at + 1
            at += 1
        out.append(text[at])
        at += 1
    raise BadPattern("a quote without its end")


def _limited(parts: list[_Part]) -> list[_Part]:
    def is_number(part: _Part) -> bool:
        return bool(part.letter) and part.letter not in _TEXTS and not (part.letter in "ML" and part.count >= 3)

    out = []
    for i, part in enumerate(parts):
        follows = i + 1 < len(parts) and is_number(parts[i + 1])
        out.append(_Part(part.letter, part.count, part.text, is_number(part) and follows))
    return out


def _write(part: _Part, moment: Moment, zone: str) -> str:
    letter, count = part.letter, part.count
    year, month, day = moment.date
    if letter in "yY":
        value = (year if letter == "y" else moment.week_of_year()[0]) if year > 0 else 1 - year
        return f"{value % 100:02d}" if count == 2 else f"{value:0{count}d}"
    if letter in "ML":
        return MONTHS[month - 1] if count >= 4 else SHORT_MONTHS[month - 1] if count == 3 else f"{month:0{count}d}"
    if letter == "E":
        return (DAYS if count >= 4 else SHORT_DAYS)[moment.weekday]
    if letter == "a":
        return "PM" if moment.hour >= 12 else "AM"
    if letter == "G":
        return "AD" if year > 0 else "BC"
    if letter in "zZX":
        raise BadTime("zones are not supported in this pattern")
    numbers = {
        "d": day, "D": moment.day_of_year, "w": moment.week_of_year()[1], "W": moment.week_of_month(),
        "F": (day - 1) // 7 + 1, "u": moment.weekday + 1, "H": moment.hour, "k": moment.hour or 24,
        "K": moment.hour % 12, "h": moment.hour % 12 or 12, "m": moment.minute, "s": moment.second,
        "S": moment.fraction // 10**6,
    }  # fmt: skip
    return f"{numbers[letter]:0{count}d}"


_NUMBER = re.compile(r"-?\d+", re.ASCII)
_ZONE = re.compile(r"Z|(?:GMT|UTC)?[+-]\d{1,2}:?(?:\d\d)?|[A-Za-z]+(?:/[A-Za-z_]+)?", re.ASCII)


def _read(part: _Part, text: str, at: int, fields: dict[str, int]) -> int:
    while at < len(text) and text[at] in " \t":
        at += 1
    if at >= len(text):
        raise BadTime("the text is too short")
    letter = part.letter
    if letter in "GEa" or (letter in "ML" and part.count >= 3):
        return _read_name(part, text, at, fields)
    if letter in "zZX":
        found = _ZONE.match(text, at)
        if found is None:
            raise BadTime("a zone is expected")
        return found.end()
    end = at + part.count if part.limited else len(text)
    if part.limited and end > len(text):
        raise BadTime("the text is too short")
    match = _NUMBER.match(text, at, end)
    if match is None:
        raise BadTime("a number is expected")
    value = int(match[0])
    if letter == "y" and part.count <= 2 and match.end() - at == 2 and match[0].isdigit():
        value = _century(value)
    fields[letter] = value
    return match.end()


def _century(value: int) -> int:
    """A year of two digits lies between 80 years ago and 20 years ahead."""
    start = datetime.datetime.now(datetime.UTC).year - 80
    year = start // 100 * 100 + value
    return year + 100 if year < start else year


def _read_name(part: _Part, text: str, at: int, fields: dict[str, int]) -> int:
    tables = {
        "G": (("BC", "AD"), 0),
        "a": (("AM", "PM"), 0),
        "E": ((*DAYS, *SHORT_DAYS), 0),
        "M": ((*MONTHS, *SHORT_MONTHS), 1),
        "L": ((*MONTHS, *SHORT_MONTHS), 1),
    }
    names, first = tables[part.letter]
    lower = text.lower()
    best = max(
        (i for i, name in enumerate(names) if lower.startswith(name.lower(), at)),
        key=lambda i: len(names[i]),
        default=None,
    )
    if best is None:
        raise BadTime("a name is expected")
    size = 12 if part.letter in "ML" else 7 if part.letter == "E" else len(names)
    fields["M" if part.letter == "L" else part.letter] = best % size + first
    return at + len(names[best])


def _milliseconds(fields: dict[str, int]) -> int:
    year = fields.get("y", 1970)
    if fields.get("G") == 0:
        year = 1 - year
    month = fields.get("M", fields.get("L", 1))
    years, month = divmod(month - 1, 12)
    if "D" in fields and "M" not in fields and "d" not in fields:
        days = days_of(year, 1, 1) + fields["D"] - 1
    else:
        days = days_of(year + years, month + 1, 1) + fields.get("d", 1) - 1
    hour = fields.get("H", 0)
    if "k" in fields:
        hour = fields["k"] % 24 if fields["k"] == 24 else fields["k"]
    half = fields.get("h")
    if half is not None or "K" in fields:
        of_half = (0 if half == 12 else half) if half is not None else fields["K"]
        hour = of_half + 12 * fields.get("a", 0)
    ms = ((hour * 60 + fields.get("m", 0)) * 60 + fields.get("s", 0)) * 1000 + fields.get("S", 0)
    return days * (DAY_NANOS // 10**6) + ms

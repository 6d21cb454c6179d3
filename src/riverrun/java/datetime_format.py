"""Patterns of java.time.format.DateTimeFormatter: a local time to text, and text to the fields it names.

Source: the documentation of DateTimeFormatterBuilder.appendPattern (JDK 17), English names, resolver style SMART.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import lru_cache

from riverrun.java.moments import (
    DAY_NANOS,
    DAYS,
    MONTHS,
    SHORT_DAYS,
    SHORT_MONTHS,
    Moment,
    days_of,
    month_length,
)
from riverrun.values import dataclass

NORMAL, EXCEEDS_PAD, NOT_NEGATIVE = "normal", "exceeds pad", "not negative"
_QUARTERS = ("1st quarter", "2nd quarter", "3rd quarter", "4th quarter")


class BadPattern(ValueError):
    """Not a pattern."""


class BadTime(ValueError):
    """The text is not of the pattern, or the local time has not what the pattern asks for (a zone)."""


Fields = dict[str, int]
_GETTERS: Mapping[str, Callable[[Moment], int]] = {
    "year": lambda m: m.date[0],
    "year of era": lambda m: m.date[0] if m.date[0] > 0 else 1 - m.date[0],
    "quarter": lambda m: (m.date[1] + 2) // 3,
    "month": lambda m: m.date[1],
    "day": lambda m: m.date[2],
    "day of year": lambda m: m.day_of_year,
    "week year": lambda m: m.week_of_year()[0],
    "week": lambda m: m.week_of_year()[1],
    "week of month": lambda m: m.week_of_month(),
    "aligned week": lambda m: (m.date[2] - 1) // 7 + 1,
    "local weekday": lambda m: (m.weekday + 1) % 7 + 1,
    "hour": lambda m: m.hour,
    "clock hour": lambda m: m.hour or 24,
    "hour of half": lambda m: m.hour % 12,
    "clock hour of half": lambda m: m.hour % 12 or 12,
    "minute": lambda m: m.minute,
    "second": lambda m: m.second,
    "nano": lambda m: m.fraction,
    "milli of day": lambda m: m.nanos // 10**6,
    "nano of day": lambda m: m.nanos,
    "weekday": lambda m: m.weekday + 1,
    "half": lambda m: m.hour // 12,
    "era": lambda m: int(m.date[0] > 0),
}


@dataclass(frozen=True, slots=True)
class _Number:
    name: str
    least: int
    most: int
    sign: str
    following: int = 0  # digits of numbers that follow at once; -1: of fixed width

    def write(self, moment: Moment) -> str:
        value = _GETTERS[self.name](moment)
        digits = str(abs(value))
        if len(digits) > self.most:
            raise BadTime(f"{value} is too long")
        padded = digits.rjust(self.least, "0")
        if value >= 0:
            grown = self.sign == EXCEEDS_PAD and self.least < 19 and len(digits) > self.least
            return "+" + padded if grown else padded
        if self.sign == NOT_NEGATIVE:
            raise BadTime(f"{value} is negative")
        return "-" + padded

    def read(self, text: str, at: int, fields: Fields) -> int:
        start = at
        negative = text[at : at + 1] == "-"
        positive = text[at : at + 1] == "+"
        if (negative and self.sign == NOT_NEGATIVE) or (positive and self.sign != EXCEEDS_PAD):
            raise BadTime("an unexpected sign")
        at += negative or positive
        end = _digits(text, at, self.most + max(self.following, 0))
        if self.following > 0:
            end = _digits(text, at, max(self.least, end - at - self.following))
        if end - at < self.least:
            raise BadTime(f"a number is expected at {start}")
        value = int(text[at:end])
        if negative and value == 0:
            raise BadTime("-0")
        if self.sign == EXCEEDS_PAD and not negative and (end - at > self.least) != positive:
            raise BadTime("a sign belongs to a longer year, and to none else")
        _put(fields, self.name, -value if negative else value)
        return end


@dataclass(frozen=True, slots=True)
class _Reduced:
    """A year with two digits, from 2000 on."""

    name: str
    following: int = 0
    least: int = 2
    most: int = 2
    sign: str = NOT_NEGATIVE

    def write(self, moment: Moment) -> str:
        return f"{abs(_GETTERS[self.name](moment)) % 100:02d}"

    def read(self, text: str, at: int, fields: Fields) -> int:
        end = _digits(text, at, 2)
        if end - at < 2:
            raise BadTime("two digits are expected")
        _put(fields, self.name, 2000 + int(text[at:end]))
        return end


@dataclass(frozen=True, slots=True)
class _Fraction:
    width: int
    name: str = "nano"
    following: int = 0
    sign: str = NOT_NEGATIVE

    @property
    def least(self) -> int:
        return self.width

    @property
    def most(self) -> int:
        return self.width

    def write(self, moment: Moment) -> str:
        return f"{moment.fraction:09d}"[: self.width]

    def read(self, text: str, at: int, fields: Fields) -> int:
        end = _digits(text, at, self.width)
        if end - at < self.width:
            raise BadTime("a fraction is expected")
        _put(fields, "nano", int(text[at:end].ljust(9, "0")))
        return end


@dataclass(frozen=True, slots=True)
class _Name:
    name: str
    words: tuple[str, ...]
    first: int = 1

    def write(self, moment: Moment) -> str:
        return self.words[_GETTERS[self.name](moment) - self.first]

    def read(self, text: str, at: int, fields: Fields) -> int:
        for i in sorted(range(len(self.words)), key=lambda i: -len(self.words[i])):
            if text.startswith(self.words[i], at):
                _put(fields, self.name, i + self.first)
                return at + len(self.words[i])
        raise BadTime("a name is expected")


@dataclass(frozen=True, slots=True)
class _Text:
    text: str

    def write(self, moment: Moment) -> str:
        return self.text

    def read(self, text: str, at: int, fields: Fields) -> int:
        if not text.startswith(self.text, at):
            raise BadTime(f"'{self.text}' is expected at {at}")
        return at + len(self.text)


@dataclass(frozen=True, slots=True)
class _Zone:
    """A zone or offset: read and left out of account; a local time has none to write."""

    letter: str
    count: int

    def write(self, moment: Moment) -> str:
        raise BadTime("a local time has no zone")

    def read(self, text: str, at: int, fields: Fields) -> int:
        end = zone_end(text, at, self.letter, self.count)
        if end is None:
            raise BadTime("a zone is expected")
        return end


@dataclass(frozen=True, slots=True)
class _Optional:
    parts: tuple[_Part, ...]

    def write(self, moment: Moment) -> str:
        try:
            return "".join(part.write(moment) for part in self.parts)
        except BadTime:
            return ""

    def read(self, text: str, at: int, fields: Fields) -> int:
        tried = dict(fields)
        end = at
        try:
            for part in self.parts:
                end = part.read(text, end, tried)
        except BadTime:
            return at
        fields.update(tried)
        return end


_Value = _Number | _Reduced | _Fraction
_Part = _Value | _Name | _Text | _Zone | _Optional


def _digits(text: str, at: int, most: int) -> int:
    end = at
    while end < len(text) and end - at < most and text[end].isascii() and text[end].isdigit():
        end += 1
    return end


def _put(fields: Fields, name: str, value: int) -> None:
    if fields.setdefault(name, value) != value:
        raise BadTime(f"two values for {name}")


def zone_end(text: str, at: int, letter: str, count: int) -> int | None:
    """Where the zone that stands at `at` ends; None when there is none of the form."""
    import re

    if letter in ("X", "x", "Z"):
        forms = {
            ("X", 1): r"Z|[+-]\d\d(?:\d\d)?", ("X", 2): r"Z|[+-]\d{4}", ("X", 3): r"Z|[+-]\d\d:\d\d",
            ("X", 4): r"Z|[+-]\d{4}(?:\d\d)?", ("X", 5): r"Z|[+-]\d\d:\d\d(?::\d\d)?",
            ("x", 1): r"[+-]\d\d(?:\d\d)?", ("x", 2): r"[+-]\d{4}", ("x", 3): r"[+-]\d\d:\d\d",
            ("x", 4): r"[+-]\d{4}(?:\d\d)?", ("x", 5): r"[+-]\d\d:\d\d(?::\d\d)?",
            ("Z", 1): r"[+-]\d{4}", ("Z", 2): r"[+-]\d{4}", ("Z", 3): r"[+-]\d{4}",
            ("Z", 4): r"GMT(?:[+-]\d\d:\d\d(?::\d\d)?)?", ("Z", 5): r"Z|[+-]\d\d:\d\d(?::\d\d)?",
        }  # fmt: skip
        found = re.compile(forms[letter, count], re.ASCII).match(text, at)
    elif letter == "O":
        found = re.compile(r"GMT(?:[+-]\d{1,2}(?::\d\d(?::\d\d)?)?)?", re.ASCII).match(text, at)
    elif letter == "V":
        found = re.compile(r"[A-Za-z][A-Za-z0-9_/+-]*|Z|[+-]\d\d:\d\d", re.ASCII).match(text, at)
    else:
        found = re.compile(r"[A-Z]{3,5}|[A-Za-z]+(?: [A-Za-z]+)* Time|[A-Za-z]+/[A-Za-z_]+", re.ASCII).match(text, at)
    return None if found is None else found.end()


@dataclass(frozen=True, slots=True)
class Format:
    parts: tuple[_Part, ...]

    def write(self, moment: Moment) -> str:
        """The local time as text; BadTime when the pattern needs more than that."""
        return "".join(part.write(moment) for part in self.parts)

    def read(self, text: str) -> Fields:
        """What the text says: year, month, day, hour, minute, second, nano, as far as it does. BadTime when it does not
        fit the pattern or there is no such time."""
        fields: Fields = {}
        at = 0
        for part in self.parts:
            at = part.read(text, at, fields)
        if at < len(text):
            raise BadTime("something is left over")
        return _resolved(fields)


@lru_cache(maxsize=512)
def pattern(text: str) -> Format:
    """The compiled pattern; BadPattern when it is none."""
    return Format(_Compiler(text).compile())


@dataclasses.dataclass(slots=True)
class _Compiler:
    text: str
    at: int = 0
    stack: list[list[_Part]] = dataclasses.field(default_factory=lambda: [[]])
    active: int = -1  # the number that following digits count for, in the current list

    def compile(self) -> tuple[_Part, ...]:
        while self.at < len(self.text):
            self.step(self.text[self.at])
        while len(self.stack) > 1:
            self.close()
        return tuple(self.stack[0])

    def step(self, char: str) -> None:
        if char.isascii() and char.isalpha():
            end = self.at
            while end < len(self.text) and self.text[end] == char:
                end += 1
            count, self.at = end - self.at, end
            if char == "p":
                raise BadPattern("padding (p) is not supported")
            self.letter(char, count)
        elif char == "'":
            self.quoted()
        elif char == "[":
            self.at += 1
            self.active = -1
            self.stack.append([])
        elif char == "]":
            self.at += 1
            if len(self.stack) == 1:
                raise BadPattern("a ] without its [")
            self.close()
        elif char in "{}#":
            raise BadPattern(f"'{char}' is reserved")
        else:
            self.at += 1
            self.append(_Text(char))

    def close(self) -> None:
        self.active = -1
        parts = self.stack.pop()
        self.stack[-1].append(_Optional(tuple(parts)))

    def quoted(self) -> None:
        end = self.at + 1
        out = []
        while True:
            if end >= len(self.text):
                raise BadPattern("a quote without its end")
            if self.text[end] == "'":
                if self.text[end + 1 : end + 2] != "'":
                    break
                end += 1
            out.append(self.text[end])
            end += 1
        self.at = end + 1
        self.append(_Text("".join(out) or "'"))

    def append(self, part: _Part) -> None:
        self.active = -1
        self.stack[-1].append(part)

    def value(self, part: _Value) -> None:
        """Numbers side by side: those of fixed width take their digits from the first one."""
        parts = self.stack[-1]
        if self.active < 0:
            parts.append(part)
            self.active = len(parts) - 1
            return
        base = parts[self.active]
        assert isinstance(base, (_Number, _Reduced, _Fraction))
        if part.least == part.most and part.sign == NOT_NEGATIVE:
            parts[self.active] = dataclasses.replace(base, following=max(base.following, 0) + part.most)
            parts.append(dataclasses.replace(part, following=-1))
        else:
            parts[self.active] = dataclasses.replace(base, following=-1)
            parts.append(part)
            self.active = len(parts) - 1

    def letter(self, char: str, count: int) -> None:
        if char in _SIMPLE:
            name, most = _SIMPLE[char]
            self.simple(char, name, most, count)
        elif char in "uyY":
            self.year({"u": "year", "y": "year of era", "Y": "week year"}[char], count)
        elif char in "MLqQEecaG":
            self.word(char, count)
        elif char == "S":
            self.limit(char, count, 9)
            self.value(_Fraction(count))
        elif char in "nAN":
            name = {"n": "nano", "A": "milli of day", "N": "nano of day"}[char]
            self.value(_Number(name, count, 19, NOT_NEGATIVE))
        elif char in "XxZOVvz":
            self.zone(char, count)
        else:
            raise BadPattern(f"unknown letter {char}")

    def limit(self, char: str, count: int, most: int) -> None:
        if count > most:
            raise BadPattern(f"too many letters {char}")

    def simple(self, char: str, name: str, most: int, count: int) -> None:
        self.limit(char, count, most)
        if count == 1:
            self.value(_Number(name, 1, 19, NORMAL))
        elif char == "D":
            self.value(_Number(name, count, 3, NOT_NEGATIVE))
        else:
            self.value(_Number(name, count, count, NOT_NEGATIVE))

    def year(self, name: str, count: int) -> None:
        self.limit("y", count, 19)
        if count == 2:
            self.value(_Reduced(name))
        elif count < 4:
            self.value(_Number(name, count, 19, NORMAL))
        else:
            self.value(_Number(name, count, 19, EXCEEDS_PAD))

    def word(self, char: str, count: int) -> None:
        self.limit(char, count, 5)
        if char in "ec" and count <= 2:
            if char == "c" and count == 2:
                raise BadPattern("cc is not a pattern")
            self.value(_Number("local weekday", count, 19 if count == 1 else 2, NORMAL if count == 1 else NOT_NEGATIVE))
        elif char in "MLqQ" and count <= 2:
            name = "month" if char in "ML" else "quarter"
            self.value(_Number(name, count, 19 if count == 1 else 2, NORMAL if count == 1 else NOT_NEGATIVE))
        else:
            self.append(_word(char, count))

    def zone(self, char: str, count: int) -> None:
        allowed = {"X": range(1, 6), "x": range(1, 6), "Z": range(1, 6), "O": (1, 4), "V": (2,), "v": (1, 4)}
        if count not in allowed.get(char, range(1, 5)):
            raise BadPattern(f"so many letters {char}")
        self.append(_Zone(char, count))


# letter -> field, and how many letters there may be at most
_SIMPLE = {
    "d": ("day", 2), "D": ("day of year", 3), "w": ("week", 2), "W": ("week of month", 1), "F": ("aligned week", 1),
    "H": ("hour", 2), "k": ("clock hour", 2), "K": ("hour of half", 2), "h": ("clock hour of half", 2),
    "m": ("minute", 2), "s": ("second", 2),
}  # fmt: skip


def _word(char: str, count: int) -> _Name:
    long, narrow = count == 4, count == 5
    if char in "ML":
        words = MONTHS if long else tuple(name[0] for name in MONTHS) if narrow else SHORT_MONTHS
        return _Name("month", words)
    if char in "Eec":
        words = DAYS if long else tuple(name[0] for name in DAYS) if narrow else SHORT_DAYS
        return _Name("weekday", words)
    if char in "qQ":
        return _Name("quarter", _QUARTERS if long else ("1", "2", "3", "4") if narrow else ("Q1", "Q2", "Q3", "Q4"))
    if char == "G":
        return _Name("era", ("Before Christ", "Anno Domini") if long else ("B", "A") if narrow else ("BC", "AD"), 0)
    if count > 1 and char == "a":
        raise BadPattern("too many letters a")
    return _Name("half", ("AM", "PM"), 0)


# -- what the fields mean together

_RANGES = {
    "month": (1, 12), "day": (1, 31), "day of year": (1, 366), "quarter": (1, 4), "hour": (0, 23), "minute": (0, 59),
    "second": (0, 59), "clock hour": (0, 24), "hour of half": (0, 11), "clock hour of half": (0, 12), "week": (1, 54),
    "nano": (0, 999_999_999),
}  # fmt: skip


def _resolved(found: Fields) -> Fields:
    fields = dict(found)
    whole_day = _time(fields)
    for name, (least, most) in _RANGES.items():
        if name in fields and not least <= fields[name] <= most:
            raise BadTime(f"{name} {fields[name]} is out of range")
    if "year of era" in fields:
        year = fields.pop("year of era")
        _put(fields, "year", 1 - year if fields.get("era") == 0 else year)
    _date(fields)
    if whole_day:
        _next_day(fields)
    return fields


def _time(fields: Fields) -> bool:
    """The hour of the day, from the other ways to say it. True: it is 24:00."""
    if "clock hour" in fields:
        _put(fields, "hour", fields["clock hour"] % 24)
    if "clock hour of half" in fields:
        _put(fields, "hour of half", fields["clock hour of half"] % 12)
    if "hour of half" in fields and "half" in fields:
        _put(fields, "hour", fields["half"] * 12 + fields["hour of half"])
    for name, size in (("nano of day", 1), ("milli of day", 10**6)):
        if name in fields:
            nanos = fields[name] * size
            moment = Moment(0, nanos % DAY_NANOS)
            fields.update(hour=moment.hour, minute=moment.minute, second=moment.second, nano=moment.fraction)
    if fields.get("hour") == 24 and not any(fields.get(name) for name in ("minute", "second", "nano")):
        fields["hour"] = 0
        return True
    return False


def _date(fields: Fields) -> None:
    """The day, clamped to its month's end; from the day of the year; checked against the weekday."""
    if "year" in fields and "month" in fields and "day" in fields:
        fields["day"] = min(fields["day"], month_length(fields["year"], fields["month"]))
    elif "year" in fields and "day of year" in fields:
        moment = Moment(days_of(fields["year"], 1, 1) + fields["day of year"] - 1, 0)
        if moment.date[0] != fields["year"]:
            raise BadTime("the year has no such day")
        fields["month"], fields["day"] = moment.date[1:]
    else:
        return
    moment = Moment(days_of(fields["year"], fields["month"], fields["day"]), 0)
    for name in ("weekday", "local weekday", "quarter", "week", "week of month", "day of year"):
        if name in fields and _GETTERS[name](moment) != fields[name]:
            raise BadTime(f"the {name} is not that of the date")


def _next_day(fields: Fields) -> None:
    if all(name in fields for name in ("year", "month", "day")):
        following = Moment(days_of(fields["year"], fields["month"], fields["day"]) + 1, 0)
        fields["year"], fields["month"], fields["day"] = following.date

"""Request headers and cookies of an event."""

from __future__ import annotations

import re

from riverrun.event import Event

_BLANKS = re.compile(r"[ \t]+")


def header(event: Event, name: str) -> list[str] | None:
    """All values of the header lines called `name` (lower case), in order; None when there is no such line."""
    lines = [value for key, value in event.headers if key == name]
    return [value for line in lines for value in split_header(line)] if lines else None


def split_header(line: str) -> list[str]:
    """The values of a header line: split at commas outside quotes, blanks collapsed, quotes and escapes undone.

    >>> split_header('a,, foo \\t bar ,"sixth,still",foo"bar"baz,""')
    ['a', 'foo bar', 'sixth,still', 'foobarbaz']
    """
    if '"' not in line:
        return [value for part in line.split(",") if (value := _BLANKS.sub(" ", part.strip(" \t")))]
    values, pieces, at = [], list[str](), 0
    blank = False  # a run of blanks was met, which counts only when something follows it
    while at <= len(line):
        char = line[at] if at < len(line) else ","
        if char == ",":
            if value := "".join(pieces):
                values.append(value)
            pieces, blank = [], False
        elif char in " \t":
            blank = bool(pieces)
        else:
            if blank:
                pieces.append(" ")
                blank = False
            if char == '"':
                quoted, at = _quoted(line, at + 1)
                at = min(at, len(line) - 1)
                pieces.append(quoted)
            else:
                pieces.append(char)
        at += 1
    return values


def _quoted(line: str, at: int) -> tuple[str, int]:
    """(the text up to the closing quote or the end, position of the closing quote)."""
    pieces = []
    while at < len(line) and line[at] != '"':
        if line[at] == "\\" and at + 1 < len(line):
            at += 1
        pieces.append(line[at])
        at += 1
    return "".join(pieces), at


def get(values: list[str], index: int) -> str | None:
    """By number from the front (0) or from the end (-1)."""
    return values[index] if -len(values) <= index < len(values) else None


def comma_separated(values: list[str]) -> str:
    return ",".join(values)


def cookie(event: Event, name: str) -> str | None:
    """The value of a cookie of the request."""
    for key, line in event.headers:
        if key == "cookie" and name in line:
            value = _cookie_in(line, name)
            if value is not None:
                return value
    return None


def _cookie_in(line: str, name: str) -> str | None:
    """One walk over the line: it comes from outside and may be long."""
    at = 0
    while (equals := line.find("=", at)) >= 0:
        end = line.find(";", at)
        if 0 <= end < equals:  # a name without a value
            at = end + 1
            continue
        found = line[at:equals].strip()
        start = equals + 1
        while start < len(line) and line[start] in " \t":
            start += 1
        if start < len(line) and line[start] == '"':
            value, closing = _quoted(line, start + 1)
            end = line.find(";", closing)
        else:
            value = line[start : end if end >= 0 else len(line)].strip()
        if found == name:
            return value
        if end < 0:
            break
        at = end + 1
    return None

"""Request headers and cookies of an event."""

from __future__ import annotations

import re

from riverrun.event import Event

_BLANKS = re.compile(r"[ \t]+")
_COOKIE = re.compile(r'\s*([^=;]+?)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)\s*(?:;|\Z)')


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
        if key == "cookie":
            for found in _COOKIE.finditer(line):
                if found[1] == name:
                    value = found[2].strip()
                    return (
                        re.sub(r"\\(.)", r"\1", value[1:-1]) if value[:1] == '"' == value[-1:] and value[1:] else value
                    )
    return None

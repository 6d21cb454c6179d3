"""Regular expressions of Java on one value: found, counted, replaced, cut apart."""

from __future__ import annotations

import re
from functools import lru_cache

from riverrun.errors import InputError, UnsupportedError
from riverrun.java.regex import compile_pattern
from riverrun.sql.functions.python import Failure


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str] | str | None:
    """The pattern; None when Java refuses it; a text when it is right but we cannot run it."""
    try:
        return compile_pattern(pattern)
    except InputError:
        return None
    except UnsupportedError as problem:
        return str(problem)


def usable(place: str, pattern: str) -> re.Pattern[str] | None:
    found = compiled(pattern)
    if isinstance(found, str):
        raise Failure("unsupported", place, found)
    return found


def matches(place: str, text: str, pattern: str) -> bool:
    found = usable(place, pattern) if pattern else None
    return found is not None and found.search(text) is not None


def extract(place: str, text: str, pattern: str, group: int = 0) -> str | None:
    found = usable(place, pattern)
    if found is None or not 0 <= group <= found.groups:
        return None
    match = found.search(text)
    return None if match is None else match[group]


def extract_all(place: str, text: str, pattern: str, group: int = 1) -> list[str | None] | None:
    found = usable(place, pattern)
    if found is None or not 0 <= group <= found.groups:
        return None
    return [match[group] for match in found.finditer(text)]


def count(place: str, text: str, pattern: str) -> int | None:
    found = usable(place, pattern)
    return None if found is None else sum(1 for _ in found.finditer(text))


def position(place: str, text: str, pattern: str) -> int | None:
    found = usable(place, pattern)
    if found is None:
        return None
    match = found.search(text)
    return 0 if match is None else match.start() + 1


def substring(place: str, text: str, pattern: str) -> str | None:
    return extract(place, text, pattern)


def replace(place: str, text: str, pattern: str, replacement: str) -> str | None:
    """All matches; the replacement is plain text."""
    found = usable(place, pattern)
    return None if found is None else found.sub(lambda _: replacement, text)


def split(text: str, pattern: str, limit: int = 0) -> list[str]:
    """`String.split`: without empty parts at the end (limit 0), or into at most `limit` parts."""
    found = usable("0:0", pattern)
    if found is None:
        raise Failure("regex", "0:0", f"'{pattern}' is not a regular expression")
    parts: list[str] = []
    at = 0
    for match in found.finditer(text):
        if limit and len(parts) == limit - 1:
            break
        if match.end() == 0:
            continue
        parts.append(text[at : match.start()])
        at = match.end()
    if at == 0 and not parts:
        return [text]
    parts.append(text[at:])
    while not limit and parts and not parts[-1]:
        parts.pop()
    return parts


# -- LIKE and SIMILAR TO


class BadEscape(ValueError):
    """An escape character before something that needs none."""


@lru_cache(maxsize=512)
def like_pattern(pattern: str, escape: str = "") -> re.Pattern[str]:
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if escape and char == escape:
            following = pattern[at + 1 : at + 2]
            if following not in ("%", "_", escape) or not following:
                raise BadEscape(f"'{escape}' may stand before %, _ and itself only")
            out.append(re.escape(following))
            at += 2
            continue
        out.append({"%": ".*", "_": "."}.get(char, re.escape(char)))
        at += 1
    return re.compile("".join(out), re.DOTALL)


def like(place: str, text: str, pattern: str, escape: str = "") -> bool:
    try:
        return like_pattern(pattern, escape).fullmatch(text) is not None
    except BadEscape as problem:
        raise Failure("like", place, str(problem)) from problem


_CHAR_CLASSES = {
    "ALPHA": "A-Za-z",
    "UPPER": "A-Z",
    "LOWER": "a-z",
    "DIGIT": "0-9",
    "ALNUM": "A-Za-z0-9",
    "SPACE": " ",
    "WHITESPACE": r"\s",
}
_CLASS = re.compile(r"\[:(\w+):\]")


@lru_cache(maxsize=512)
def similar_pattern(pattern: str, escape: str = "") -> re.Pattern[str]:
    """A SQL regular expression (SIMILAR TO): `%` and `_` as in LIKE, with | * + ? {} () [] and [:ALPHA:] ...

    Raises BadEscape (a ValueError) for what is no such expression.
    """
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if escape and char == escape:
            following = pattern[at + 1 : at + 2]
            if not following:
                raise BadEscape("the escape character stands at the end")
            out.append(re.escape(following))
            at += 2
        elif char == "[":
            inside, at = _similar_class(pattern, at)
            out.append(inside)
        else:
            out.append({"%": ".*", "_": ".", ".": r"\.", "^": r"\^", "$": r"\$", "\\": r"\\"}.get(char, char))
            at += 1
    try:
        return re.compile("".join(out), re.DOTALL)
    except re.error as problem:
        raise BadEscape(str(problem)) from problem


def _similar_class(pattern: str, at: int) -> tuple[str, int]:
    end = at + 1
    out = ["["]
    while end < len(pattern) and pattern[end] != "]":
        named = _CLASS.match(pattern, end)
        if named is not None:
            if named[1].upper() not in _CHAR_CLASSES:
                raise BadEscape(f"unknown class {named[0]}")
            out.append(_CHAR_CLASSES[named[1].upper()])
            end = named.end()
            continue
        char = pattern[end]
        out.append("\\" + char if char in "\\[&|~" else char)
        end += 1
    if end >= len(pattern):
        raise BadEscape("a [ without its ]")
    return "".join(out) + "]", end + 1


def similar(place: str, text: str, pattern: str, escape: str = "") -> bool:
    try:
        return similar_pattern(pattern, escape).fullmatch(text) is not None
    except BadEscape as problem:
        raise Failure("similar", place, str(problem)) from problem

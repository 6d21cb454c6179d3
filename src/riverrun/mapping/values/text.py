"""Small functions over texts that the words of a mapping are made of."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from riverrun.mapping.values.json import scalar_text

Match = Any  # re.Match, or False where the text does not match: a matcher is absent only when its text is


class Bound:
    """A function with arguments behind the first one."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.function = function
        self.arguments = arguments

    def __call__(self, value: Any) -> Any:
        return self.function(value, *self.arguments)


def join(first: str, second: str) -> str:
    return first + second


def contains(value: str, part: str) -> bool:
    return part in value


def starts_with(value: str, part: str) -> bool:
    return value.startswith(part)


def ends_with(value: str, part: str) -> bool:
    return value.endswith(part)


def slice_of(value: str, start: int, end: int | None) -> str:
    return value[start:end]


def replace(value: str, pattern: re.Pattern[str], replacement: str) -> str:
    return pattern.sub(replacement, value)


def full_match(value: str, pattern: re.Pattern[str]) -> Match:
    return pattern.fullmatch(value) or False


def did_match(match: Match) -> bool:
    return match is not False


def group(match: Match, which: int | str) -> str | None:
    found: str | None = match[which] if match is not False else None
    return found


def entry(values: dict[str, str], name: str) -> str | None:
    return values.get(name)


def json_number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) else None


def places(template: str) -> int | None:
    """How many `{}` a template has; None when it is not one."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        return None
    names = [name for _, name, _, _ in parts if name is not None]
    plain = all(not name and not spec and not conversion for _, name, spec, conversion in parts)
    return len(names) if plain else None


class Format:
    """Fills a template's `{}` with the texts of values."""

    __slots__ = ("template",)

    def __init__(self, template: str) -> None:
        self.template = template

    def __call__(self, *values: Any) -> str:
        return self.template.format(*(scalar_text(one) for one in values))


class WrongResult(Exception):
    """A user's function returned something else than it said."""


_ACCEPTED: dict[str, tuple[type, ...]] = {
    "string": (str,), "boolean": (bool,), "int": (int,), "long": (int,), "float": (float, int), "double": (float, int),
    "strings": (list, tuple),
}  # fmt: skip


class CheckedResult:
    """A user's function whose result is checked against what it says to return."""

    __slots__ = ("function", "returns")

    def __init__(self, function: Callable[..., Any], returns: str) -> None:
        self.function = function
        self.returns = returns

    def __call__(self, *values: Any) -> Any:
        result = self.function(*values)
        if result is None or self.returns == "json":
            return result
        fits = isinstance(result, _ACCEPTED[self.returns]) and (
            self.returns == "boolean" or not isinstance(result, bool)
        )
        if fits and self.returns == "strings":
            fits = all(isinstance(one, str) for one in result)
        if not fits:
            raise WrongResult(f"{self.function.__name__}() returned {result!r:.60}, not {self.returns}")
        return result

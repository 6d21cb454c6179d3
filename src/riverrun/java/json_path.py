"""JSON paths as Jayway's library reads them for Flink's JSON functions: `$.a.b[0]`, `$['x y']`, `$[*].a`, `$..a`.

A path is definite when it names at most one place; an indefinite one finds a list. Filters (`[?(...)]`) and functions
(`.length()`) are not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from riverrun.values import dataclass


class NotFound(Exception):
    """The document has nothing at the path."""


class BadPath(Exception):
    """The text is not a path. `unsupported`: it is one, of a kind that is not here."""

    def __init__(self, message: str, *, unsupported: bool = False) -> None:
        super().__init__(message)
        self.unsupported = unsupported


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """Elements by number, negative ones from the end."""

    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Everything:
    """All values of an object, all elements of an array."""


@dataclass(frozen=True, slots=True)
class Anywhere:
    """The next step is tried at every depth."""


Step = Name | Index | Slice | Everything | Anywhere


@dataclass(frozen=True, slots=True)
class Path:
    steps: tuple[Step, ...]

    @property
    def definite(self) -> bool:
        return all(_is_definite(step) for step in self.steps)


def _is_definite(step: Step) -> bool:
    return isinstance(step, Name) or (isinstance(step, Index) and len(step.numbers) == 1)


_STEP = re.compile(
    r"""
    (?P<scan>\.\.)
  | \.?\s*(?P<all>\*|\[\s*\*\s*\])
  | \.(?P<name>[^.\[\]()*\s]+)(?P<call>\()?
  | \.?\[\s*(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*\]
  | \.?\[\s*(?P<numbers>-?\d+(?:\s*,\s*-?\d+)*)\s*\]
  | \.?\[\s*(?P<start>-?\d*)\s*:\s*(?P<end>-?\d*)\s*\]
    """,
    re.VERBOSE | re.DOTALL,
)
_SCANNED = re.compile(r"(?P<name>[^.\[\]()*\s]+)(?P<call>\()?")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def parse_path(text: str) -> Path:
    """The path that a text means; a text that does not begin with `$` stands behind `$.`.

    >>> parse_path("$.a[0]['b c']").steps
    (Name(name='a'), Index(numbers=(0,)), Name(name='b c'))
    """
    whole = text.strip(" ")
    if not whole:
        raise BadPath("a path may not be empty")
    if whole[0] not in "$@":
        whole = "$." + whole
    steps: list[Step] = []
    at = 1
    while at < len(whole):
        step, at = _step(whole, at, bool(steps) and isinstance(steps[-1], Anywhere))
        steps.append(step)
    if steps and isinstance(steps[-1], Anywhere):
        raise BadPath(f"{text} may not end with '..'")
    return Path(tuple(steps))


def _step(text: str, at: int, scanned: bool) -> tuple[Step, int]:
    found = (_SCANNED.match(text, at) if scanned else None) or _STEP.match(text, at)
    if found is None:
        raise BadPath(f"cannot read {text[at:]!r} in the path {text}", unsupported=text[at : at + 2] in ("[?", "[("))
    parts = found.groupdict()
    if parts["call"]:
        raise BadPath(f"the function {parts['name']}() in the path {text}", unsupported=True)
    return _made(parts), found.end()


def _made(parts: dict[str, str | None]) -> Step:
    name, quoted, numbers = parts.get("name"), parts.get("quoted"), parts.get("numbers")
    if name is not None:
        return Name(name)
    if quoted is not None:
        return Name(_ESCAPE.sub(r"\1", quoted[1:-1]))
    if numbers is not None:
        return Index(tuple(int(number) for number in numbers.split(",")))
    if parts.get("scan"):
        return Anywhere()
    if parts.get("all"):
        return Everything()
    start, end = parts["start"], parts["end"]
    return Slice(int(start) if start else None, int(end) if end else None)


def read(path: Path, document: Any) -> Any:
    """What is at the path: a value, or a list of values for an indefinite path; NotFound when there is nothing."""
    found = list(_walk(path.steps, 0, document, sure=True))
    if not path.definite:
        return found
    if not found:
        raise NotFound("there is nothing at the path")
    return found[0]


def _walk(steps: tuple[Step, ...], at: int, value: Any, *, sure: bool) -> Iterator[Any]:
    """The values behind `steps[at:]`; `sure`: nothing indefinite came before, so that a missing value is an error."""
    if at == len(steps):
        yield value
        return
    step = steps[at]
    if isinstance(step, Anywhere):
        yield from _anywhere(steps, at + 1, value)
        return
    more = sure and _is_definite(step)
    for found in _children(step, value, sure=sure, last=at + 1 == len(steps)):
        yield from _walk(steps, at + 1, found, sure=more)


def _children(step: Step, value: Any, *, sure: bool, last: bool) -> Iterator[Any]:
    match step:
        case Name(name):
            if isinstance(value, dict) and name in value:
                yield value[name]
            elif sure and not (last and isinstance(value, dict)):
                raise NotFound(f"there is no {name}")
        case Everything():
            yield from value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        case Index(numbers):
            for number in numbers:
                if -len(_elements(value, sure)) <= number < len(value):
                    yield value[number]
        case Slice(start, end):
            yield from _elements(value, sure)[start:end]
        case _:
            raise AssertionError(step)


def _elements(value: Any, sure: bool) -> list[Any]:
    if isinstance(value, list):
        return value
    if sure:
        raise NotFound("there is no array")
    return []


def _anywhere(steps: tuple[Step, ...], at: int, value: Any) -> Iterator[Any]:
    """The values behind `steps[at:]`, of this value and then of everything in it."""
    step = steps[at]
    if not isinstance(value, dict | list):
        return
    if not isinstance(step, Name) or (isinstance(value, dict) and step.name in value):
        yield from _walk(steps, at, value, sure=False)
    for inner in value.values() if isinstance(value, dict) else value:
        yield from _anywhere(steps, at, inner)

"""Options of a table: declared once per connector, checked all at once, with the nearest known name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from riverrun.clock import duration
from riverrun.connectors.protocol import Relation
from riverrun.errors import InputError, Problem, Where, did_you_mean
from riverrun.values import dataclass

_BYTES = {"": 1, "b": 1, "kb": 2**10, "k": 2**10, "mb": 2**20, "m": 2**20, "gb": 2**30, "g": 2**30}
_NUMBER_UNIT = re.compile(r"\s*(\d+)\s*([A-Za-z]*)\s*\Z")


def text(value: str) -> str:
    return value


def number(value: str) -> int:
    return int(value)


def flag(value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise ValueError(value)
    return value.lower() == "true"


def size(value: str) -> int:
    """Bytes.

    >>> size("128MB")
    134217728
    """
    found = _NUMBER_UNIT.match(value)
    if not found:
        raise ValueError(value)
    return int(found[1]) * _BYTES[found[2].lower()]


_SHAPES: dict[Callable[[str], Any], str] = {
    number: "a whole number", flag: "true or false", duration: "a duration as '5 s'", size: "a size as '128MB'",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """`parse` raises ValueError or KeyError for a wrong value. `ignored` says why an option has no effect here."""

    name: str
    doc: str
    parse: Callable[[str], Any] = text
    default: Any = None
    required: bool = False
    choices: tuple[str, ...] = ()
    ignored: str = ""


def parse(
    relation: Relation, declared: Iterable[Option], *, free: Iterable[str] = (), lenient: Iterable[str] = ()
) -> dict[str, Any]:
    """All values by option name, defaults included. Options that begin with one of `free` (known elsewhere) or
    `lenient` (accepted, whatever they are) are left out. Raises InputError with every mistake."""
    options = {option.name: option for option in declared}
    prefixes = (*free, *lenient)
    problems = [
        _problem(relation, f"unknown option '{name}'", did_you_mean(name, [*options, "connector", "format"]))
        for name in relation.options
        if name not in options and name != "connector" and not name.startswith(prefixes)
    ]
    values: dict[str, Any] = {}
    for name, option in options.items():
        given = relation.options.get(name)
        if given is None:
            if option.required:
                problems.append(_problem(relation, f"the option '{name}' is missing", option.doc))
            values[name] = option.default
            continue
        try:
            values[name] = option.parse(given)
        except (ValueError, KeyError):
            problems.append(_problem(relation, f"'{name}' = '{given}'", f"it is {_SHAPES.get(option.parse, 'a text')}"))
            continue
        if option.choices and given not in option.choices:
            problems.append(_problem(relation, f"'{name}' = '{given}'", did_you_mean(given, option.choices)))
    if problems:
        raise InputError(problems)
    return values


def format_options(relation: Relation, prefix: str) -> dict[str, str]:
    """The options of a format, without its prefix: `json.ignore-parse-errors` -> `ignore-parse-errors`."""
    start = prefix + "."
    return {name[len(start) :]: value for name, value in relation.options.items() if name.startswith(start)}


def _problem(relation: Relation, what: str, todo: str) -> Problem:
    where = relation.where or Where(path=f"table {relation.name}")
    return Problem(f"table {relation.name}: {what}" if relation.where else what, where, todo)


def wrong(relation: Relation, what: str, todo: str) -> InputError:
    """An InputError about a table."""
    return InputError([_problem(relation, what, todo)])


def metadata_keys(relation: Relation, known: Mapping[str, object]) -> None:
    """Refuse metadata columns that the connector does not have."""
    problems = [
        _problem(
            relation, f"column {column.name}: no metadata key '{column.metadata}'", did_you_mean(column.metadata, known)
        )
        for column in relation.columns
        if column.metadata is not None and column.metadata not in known
    ]
    if problems:
        raise InputError(problems)

"""A configuration file as it was written: scalars, lists and tables that know where they stand."""

from __future__ import annotations

from dataclasses import dataclass, field

from riverrun.errors import Where


@dataclass(frozen=True, slots=True)
class Scalar:
    """`loose`: the format does not tell texts from numbers (HOCON, environment), so "8290" may stand for 8290."""

    value: str | int | float | bool | None
    where: Where
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    values: tuple[Node, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class Table:
    entries: dict[str, Node] = field(default_factory=dict)
    where: Where = field(default_factory=Where)


Node = Scalar | Items | Table


def describe(node: Node) -> str:
    """The value as an error message shows it.

    >>> describe(Scalar("404.exe", Where())), describe(Scalar(True, Where())), describe(Table())
    ("'404.exe'", 'true', 'a table')
    """
    match node:
        case Scalar(value=bool(value)):
            return "true" if value else "false"
        case Scalar(value=None):
            return "null"
        case Scalar(value=value):
            return repr(value)
        case Items():
            return "a list"
        case Table():
            return "a table"

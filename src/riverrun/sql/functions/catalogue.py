"""All entries and Python functions, by name; how a call is resolved and rendered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from riverrun.sql.expr import Expr
from riverrun.sql.functions import arithmetic, casting, comparison, conditional, logic, rows, zones
from riverrun.sql.functions.entry import Entry, InvalidCall, Request
from riverrun.sql.functions.python import PythonFunction
from riverrun.sql.session import Session

_FAMILIES = (comparison, logic, arithmetic, conditional, casting, rows)

ENTRIES: Mapping[str, Entry] = {entry.name: entry for family in _FAMILIES for entry in family.ENTRIES}
FUNCTIONS: tuple[PythonFunction, ...] = (*arithmetic.FUNCTIONS, *casting.FUNCTIONS, *zones.FUNCTIONS)


def resolve(name: str, args: Sequence[Expr], session: Session, *, options: tuple[Any, ...] = ()) -> Expr:
    entry = ENTRIES.get(name.upper())
    if entry is None:
        raise InvalidCall(f"there is no function {name}")
    return entry.resolve(Request(entry.name, tuple(args), options, session))

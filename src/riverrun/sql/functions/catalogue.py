"""All entries and Python functions, by name; how a call is resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from riverrun.errors import nearest
from riverrun.sql.expr import Call, Expr
from riverrun.sql.functions import (
    aggregates,
    arithmetic,
    arrays,
    casting,
    comparison,
    conditional,
    hashes,
    json,
    logic,
    mathematics,
    regex,
    rows,
    strings,
    system,
    times,
    urls,
    user,
    watermarks,
    zones,
)
from riverrun.sql.functions.entry import Entry, InvalidCall, Request
from riverrun.sql.functions.python import PythonFunction
from riverrun.sql.session import Session

# Family -> title, in the order of the documentation.
FAMILIES: Mapping[str, tuple[Entry, ...]] = {
    "Comparison": comparison.ENTRIES,
    "Logic": logic.ENTRIES,
    "Arithmetic": arithmetic.ENTRIES,
    "Mathematics": mathematics.ENTRIES,
    "Strings": strings.ENTRIES,
    "Regular expressions and patterns": regex.ENTRIES,
    "URLs": urls.ENTRIES,
    "Hashes and encodings": hashes.ENTRIES,
    "Dates and times": (*times.ENTRIES, *watermarks.ENTRIES),
    "Conditionals": conditional.ENTRIES,
    "Casts": casting.ENTRIES,
    "Rows, arrays and maps: constructors and access": rows.ENTRIES,
    "Arrays and maps": arrays.ENTRIES,
    "JSON": json.ENTRIES,
    "Types": system.ENTRIES,
    "Your own": user.ENTRIES,
}
ENTRIES: Mapping[str, Entry] = {entry.name: entry for entries in FAMILIES.values() for entry in entries}
FUNCTIONS: tuple[PythonFunction, ...] = (
    *arithmetic.FUNCTIONS,
    *casting.FUNCTIONS,
    *zones.FUNCTIONS,
    *strings.FUNCTIONS,
    *regex.FUNCTIONS,
    *hashes.FUNCTIONS,
    *mathematics.FUNCTIONS,
    *urls.FUNCTIONS,
    *arrays.FUNCTIONS,
    *times.FUNCTIONS,
    *json.FUNCTIONS,
    *aggregates.FUNCTIONS,
    *user.FUNCTIONS,
)


def resolve(name: str, args: Sequence[Expr], session: Session, *, options: tuple[Any, ...] = ()) -> Expr:
    """A call of a function or operator with its result type; InvalidCall when Flink refuses it."""
    entry = ENTRIES.get(name.upper())
    if entry is None:
        near = nearest(name.upper(), sorted(ENTRIES))
        raise InvalidCall(f"there is no function {name}" + (f"; did you mean {near}?" if near else ""))
    if entry.name not in ("JSON_OBJECT", "JSON_ARRAY") and any(
        isinstance(a, Call) and a.function == "JSON" for a in args
    ):
        raise InvalidCall("JSON(string) stands only in JSON_OBJECT and JSON_ARRAY")
    return entry.resolve(Request(entry.name, tuple(args), options, session))

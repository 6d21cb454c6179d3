"""Names and strings as SQL text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from riverrun.sql.keywords import RESERVED
from riverrun.sql.tree.expressions import Identifier, Name

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


def identifier_sql(name: Identifier | str) -> str:
    """The name, in back quotes where it was written so or has to be."""
    text = name if isinstance(name, str) else name.text
    quoted = not isinstance(name, str) and name.quoted
    if not quoted and _PLAIN.fullmatch(text) and text.upper() not in RESERVED:
        return text
    return "`" + text.replace("`", "``") + "`"


def name_sql(name: Name) -> str:
    return ".".join(identifier_sql(part) for part in name.parts)


def identifiers_sql(names: Iterable[Identifier]) -> str:
    return "(" + ", ".join(identifier_sql(name) for name in names) + ")"


def string_sql(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

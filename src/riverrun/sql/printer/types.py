"""Data types and interval qualifiers as SQL text."""

from __future__ import annotations

from riverrun.sql.printer.names import identifier_sql, name_sql, string_sql
from riverrun.sql.tree import expressions as tree


def type_sql(kind: tree.DataType) -> str:
    text = _plain(kind)
    if kind.not_null is not None:
        text += " NOT NULL" if kind.not_null else " NULL"
    return text


def _plain(kind: tree.DataType) -> str:
    match kind.name:
        case "ARRAY" | "MULTISET" | "MAP":
            return f"{kind.name}<{', '.join(type_sql(element) for element in kind.elements)}>"
        case "ROW":
            return f"ROW<{_fields(kind)}>"
        case "RAW":
            return f"RAW({', '.join(string_sql(part) for part in kind.strings)})"
        case "STRUCTURED":
            return f"STRUCTURED<{', '.join([string_sql(kind.strings[0]), *([_fields(kind)] if kind.fields else [])])}>"
        case "USER":
            assert kind.user is not None, "a user-defined type has a name"
            return name_sql(kind.user)
        case "TIME_LTZ":
            return f"TIME{_parameters(kind)} WITH LOCAL TIME ZONE"
        case _:
            return kind.name + _parameters(kind)


def _parameters(kind: tree.DataType) -> str:
    return f"({', '.join(map(str, kind.parameters))})" if kind.parameters else ""


def _fields(kind: tree.DataType) -> str:
    return ", ".join(
        f"{identifier_sql(field.name)} {type_sql(field.type)}"
        + (f" {string_sql(field.comment)}" if field.comment is not None else "")
        for field in kind.fields
    )


def qualifier_sql(qualifier: tree.IntervalQualifier) -> str:
    text = qualifier.start
    if qualifier.precision is not None:
        scale = f", {qualifier.fraction}" if qualifier.end is None and qualifier.fraction is not None else ""
        text += f"({qualifier.precision}{scale})"
    if qualifier.end is not None:
        text += f" TO {qualifier.end}"
        text += f"({qualifier.fraction})" if qualifier.fraction is not None else ""
    return text

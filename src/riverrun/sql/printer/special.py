"""Calls whose syntax has words in it, as SQL text."""

from __future__ import annotations

from riverrun.sql.parser.expressions import ACCESS
from riverrun.sql.printer import expressions
from riverrun.sql.printer.types import type_sql
from riverrun.sql.tree import expressions as tree


def special_sql(node: tree.Special) -> str:
    sql = expressions.expression_sql
    args = [sql(arg) for arg in node.args]
    options = node.options
    match node.name:
        case "EXTRACT":
            return f"EXTRACT({options[0]} FROM {args[0]})"
        case "POSITION":
            tail = f" FROM {args[2]}" if len(args) > 2 else ""
            return f"POSITION({expressions.wrapped(node.args[0], ACCESS)} IN {args[1]}{tail})"
        case "CONVERT" | "TRANSLATE":
            return f"{node.name}({args[0]} USING {options[0]})"
        case "OVERLAY":
            tail = f" FOR {args[3]}" if len(args) > 3 else ""
            return f"OVERLAY({args[0]} PLACING {args[1]} FROM {args[2]}{tail})"
        case "FLOOR" | "CEIL":
            unit = f" TO {options[0]}" if options else ""
            over = f" OVER {expressions.over_sql(node.over)}" if node.over is not None else ""
            return f"{node.name}({args[0]}{unit}){over}"
        case "TRIM":
            if not args:
                return f"TRIM({options[0]})"
            characters = f" {args[1]}" if len(args) > 1 else ""
            return f"TRIM({options[0]}{characters} FROM {args[0]})"
        case "TIMESTAMPADD" | "TIMESTAMPDIFF":
            return f"{node.name}({options[0]}, {', '.join(args)})"
        case "RUNNING" | "FINAL":
            return f"{node.name} {args[0]}"
        case name if name.startswith("JSON_"):
            return _json(node, args)
        case _:
            inside = [*args, *(str(option) for option in options)]
            return f"{node.name}({', '.join(inside)})"


def _json(node: tree.Special, args: list[str]) -> str:
    match node.name:
        case "JSON_EXISTS":
            tail = f" {node.options[0]} ON ERROR" if node.options else ""
            return f"JSON_EXISTS({', '.join(args)}{tail})"
        case "JSON_VALUE" | "JSON_QUERY":
            clauses = "".join(" " + _clause(clause) for clause in node.options if isinstance(clause, tuple))
            return f"{node.name}({', '.join(args)}{clauses})"
        case "JSON_OBJECT" | "JSON_OBJECTAGG":
            pairs = [f"KEY {name} VALUE {value}" for name, value in zip(args[::2], args[1::2], strict=True)]
            return f"{node.name}({_inside(pairs, node)})"
        case _:
            order = f" ORDER BY {expressions.order_sql(node.order)}" if node.order else ""
            within = f" WITHIN GROUP (ORDER BY {expressions.order_sql(node.within_group)})" if node.within_group else ""
            return f"{node.name}({_inside(args, node, order)}){within}"


def _inside(items: list[str], node: tree.Special, order: str = "") -> str:
    on_null = f"{node.options[0]} ON NULL" if node.options else ""
    return " ".join(part for part in (", ".join(items) + order, on_null) if part)


def _clause(clause: tuple[object, ...]) -> str:
    kind, value, *default = clause
    if kind == "RETURNING" and isinstance(value, tree.DataType):
        return f"RETURNING {type_sql(value)}"
    if kind == "WRAPPER":
        return f"{value} ARRAY WRAPPER"
    tail = "".join(" " + expressions.expression_sql(item) for item in default)  # type: ignore[arg-type]  # an expression
    return f"{value}{tail} {kind}"

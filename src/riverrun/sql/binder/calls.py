"""Calls: which kind of function a name is, and the calls whose syntax has words in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riverrun.schema import types as t
from riverrun.sql import functions
from riverrun.sql.binder.types import bind_type
from riverrun.sql.binder.unknown import unknown_function
from riverrun.sql.expr import Expr, Literal
from riverrun.sql.tree import expressions as tree

if TYPE_CHECKING:
    from riverrun.sql.binder.expressions import Binder

GROUP_WINDOWS = ("TUMBLE", "HOP", "SESSION")
AUXILIARY = tuple(f"{window}_{part}" for window in GROUP_WINDOWS for part in ("START", "END", "ROWTIME", "PROCTIME"))
GROUPINGS = ("GROUPING", "GROUPING_ID", "GROUP_ID")
# Names that other systems use and Flink writes otherwise.
_ALIASES = {"CEILING": "CEIL", "CHARACTER_LENGTH": "CHAR_LENGTH", "SUBSTR": "SUBSTRING"}


def function(binder: Binder, node: tree.Function) -> Expr:
    """A call with ordinary syntax."""
    name = node.name.last.text.upper()
    _check_known(binder, node, name)
    if node.over is not None:
        return _with_over(binder, node, name)
    if functions.is_over_only(name):
        raise binder.context.error(f"{name} needs an OVER clause", node.span)
    if _is_aggregate(binder, node, name):
        return _aggregate(binder, node, name)
    _check_plain(binder, node, name)
    if name in GROUP_WINDOWS:
        raise binder.context.error(f"{name}(...) stands only in GROUP BY", node.span)
    args = [binder.bind(arg) for arg in _positional(binder, node)]
    return _resolve(binder, node, name, args)


def _check_known(binder: Binder, node: tree.Function, name: str) -> None:
    """Before anything in the call is looked at: is there such a function at all?"""
    if binder.context.catalog.function(node.name.texts) is not None:
        return
    known = functions.is_scalar(_ALIASES.get(name, name)) or functions.is_aggregate(name)
    known = known or name in (*GROUP_WINDOWS, *AUXILIARY, *GROUPINGS)
    if not known or len(node.name.parts) > 1:
        raise unknown_function(binder.context, str(node.name), node.name.span)


def _with_over(binder: Binder, node: tree.Function, name: str) -> Expr:
    if not functions.is_aggregate(name):
        raise binder.context.error(f"{name} is no aggregate function; OVER needs one", node.span)
    found = binder.rules.over(node) if binder.rules.over is not None else None
    if found is None:
        raise binder.context.error(f"OVER is not allowed in {binder.rules.clause}", node.span)
    return found


def _is_aggregate(binder: Binder, node: tree.Function, name: str) -> bool:
    return name in GROUPINGS or name in AUXILIARY or (functions.is_aggregate(name) and len(node.name.parts) == 1)


def _aggregate(binder: Binder, node: tree.Function, name: str) -> Expr:
    found = binder.rules.aggregate(node) if binder.rules.aggregate is not None else None
    if found is None:
        raise binder.context.error(f"{name} is an aggregate; it is not allowed in {binder.rules.clause}", node.span)
    return found


def _check_plain(binder: Binder, node: tree.Function, name: str) -> None:
    wrong = {
        "FILTER": node.condition is not None,
        "DISTINCT": node.quantifier == "DISTINCT",
        "WITHIN GROUP": bool(node.within_group),
        "NULLS": node.nulls is not None,
        "*": node.star,
    }
    word = next((word for word, there in wrong.items() if there), None)
    if word is not None and functions.is_scalar(name):
        raise binder.context.error(f"{word} needs an aggregate function; {name} is none", node.span)


def _positional(binder: Binder, node: tree.Function) -> tuple[tree.Expression, ...]:
    for arg in node.args:
        if isinstance(arg, tree.Argument):
            raise binder.context.unsupported("named arguments of a scalar function", arg.span)
        if isinstance(arg, tree.Default):
            raise binder.context.error("DEFAULT is not allowed here", arg.span)
    return node.args


def _resolve(binder: Binder, node: tree.Function, name: str, args: list[Expr]) -> Expr:
    user = binder.context.catalog.function(node.name.texts)
    if user is not None:
        return binder.context.call("CALL PYTHON", args, node.span, (user,))
    return binder.call(_ALIASES.get(name, name) if not functions.is_scalar(name) else name, args, node.span)


# Special syntax


def special(binder: Binder, node: tree.Special) -> Expr:
    if node.over is not None:
        raise binder.context.error(f"{node.name} is no aggregate function; OVER needs one", node.span)
    if node.name.startswith("JSON_"):
        if not functions.is_scalar(node.name) and not functions.is_aggregate(node.name):
            raise unknown_function(binder.context, node.name, node.span)
        return _json(binder, node)
    match node.name:
        case "EXTRACT" | "FLOOR" | "CEIL" | "TIMESTAMPADD" | "TIMESTAMPDIFF" | "POSITION" | "OVERLAY" | "SUBSTRING":
            options = tuple(str(option).upper() for option in node.options)
            return binder.call(node.name, binder.bind_all(node.args), node.span, options)
        case "TRIM":
            return _trim(binder, node)
        case "FIRST" | "LAST" | "PREV" | "NEXT" | "RUNNING" | "FINAL" | "CLASSIFIER" | "MATCH_NUMBER":
            raise binder.context.error(f"{node.name} stands only in MATCH_RECOGNIZE", node.span)
        case _:
            raise binder.context.error(f"Flink has no function {node.name} of this form", node.span)


def _trim(binder: Binder, node: tree.Special) -> Expr:
    if not node.args:
        raise binder.context.error("TRIM needs a value", node.span)
    value = binder.bind(node.args[0])
    blank = Literal(" ", t.char(1).not_null(), node.span)
    characters = binder.bind(node.args[1]) if len(node.args) > 1 else blank
    return binder.call("TRIM", (characters, value), node.span, node.options)


def _json(binder: Binder, node: tree.Special) -> Expr:
    """Options as the entries of the functions say; DEFAULT expressions follow the arguments."""
    if node.name in ("JSON_OBJECTAGG", "JSON_ARRAYAGG"):
        found = binder.rules.aggregate(node) if binder.rules.aggregate is not None else None
        if found is None:
            raise binder.context.error(
                f"{node.name} is an aggregate; it is not allowed in {binder.rules.clause}", node.span
            )
        return found
    args = binder.bind_all(node.args)
    options: list[object] = []
    for option in node.options:
        if not isinstance(option, tuple):
            options.append(option)
            continue
        kind, value, *default = option
        if isinstance(value, tree.DataType):
            value = bind_type(value, binder.context.source)
        if default:
            options.append((kind, value, len(args)))
            args.append(binder.bind(default[0]))
        else:
            options.append((kind, value))
    return binder.call(node.name, args, node.span, tuple(options))

"""What conditions tell: substitution of columns, and which rows a condition can never keep."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from riverrun.schema.types import BOOLEAN, EXACT_NUMERICS, STRINGS, Root
from riverrun.sql import functions
from riverrun.sql.expr import Call, Column, Expr, Literal, columns_of, walk

# Calls that are NULL when one argument is.
_STRICT = {
    "+", "-", "*", "/", "%", "MOD", "NEGATE", "=", "<>", "<", "<=", ">", ">=", "CAST", "UPPER", "LOWER", "ABS",
    "CHAR_LENGTH", "LIKE", "FIELD", "ITEM", "NOT", "||", "TRIM", "SUBSTRING", "FLOOR", "CEIL",
}  # fmt: skip


def substituted(expr: Expr, expressions: Sequence[Expr]) -> Expr:
    """The expression with the columns of a projection replaced by what they are."""
    match expr:
        case Column(index=index):
            return expressions[index]
        case Call(args=args):
            return replace(expr, args=tuple(substituted(arg, expressions) for arg in args))
        case _:
            return expr


def size(expr: Expr) -> int:
    return sum(1 for _ in walk(expr))


def is_simple(expr: Expr) -> bool:
    """May it be computed more than once without a thought?"""
    if isinstance(expr, Call) and expr.function == "FIELD":
        return is_simple(expr.args[0])
    return isinstance(expr, Column | Literal)


def is_pure(expr: Expr) -> bool:
    return functions.is_deterministic(expr)


def rejects_null(condition: Expr, low: int, high: int) -> bool:
    """Is the condition never TRUE when all columns low .. high-1 are NULL?"""
    match condition:
        case Literal(value=value):
            return value is not True
        case Call(function="AND", args=args):
            return any(rejects_null(arg, low, high) for arg in args)
        case Call(function="OR", args=args):
            return all(rejects_null(arg, low, high) for arg in args)
        case Call(function="IS NOT NULL" | "IS TRUE" | "IS FALSE" | "IS NOT UNKNOWN", args=(arg,)):
            return is_null_with(arg, low, high)
        case Call(function="NOT", args=(arg,)):
            return is_null_with(arg, low, high)
        case Call(function="IN", args=(value, *_)):
            return is_null_with(value, low, high)
        case _:
            return is_null_with(condition, low, high)


def is_null_with(expr: Expr, low: int, high: int) -> bool:
    """Is the expression NULL when all columns low .. high-1 are?"""
    match expr:
        case Column(index=index):
            return low <= index < high
        case Literal(value=value):
            return value is None
        case Call(function=function, args=args) if function in _STRICT:
            return any(is_null_with(arg, low, high) for arg in args)
        case _:
            return False


def touches(expr: Expr, columns: set[int]) -> bool:
    return bool(columns_of(expr) & columns)


# Constants

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def folded(condition: Expr) -> Expr:
    """A condition over constants as TRUE, FALSE or NULL; others as they are."""
    if not isinstance(condition, Call):
        return condition
    args = [folded(arg) for arg in condition.args]
    known = [arg.value for arg in args if isinstance(arg, Literal)]
    found = _folded(condition.function, args, known)
    return condition if found is _UNKNOWN else Literal(found, BOOLEAN, condition.span)


_UNKNOWN = object()


def _folded(function: str, args: Sequence[Expr], known: Sequence[Any]) -> Any:
    everything = len(known) == len(args)
    if function in _COMPARED and everything and len(args) == 2:
        if None in known:
            return None
        return _COMPARED[function](*known) if _comparable(args) else _UNKNOWN
    if function in _COMPARED and None in known:
        return None
    if function in ("AND", "OR"):
        decisive = function == "OR"
        if decisive in known:
            return decisive
        return (None if None in known else not decisive) if everything else _UNKNOWN
    if function == "NOT" and everything:
        return None if known[0] is None else not known[0]
    return _UNKNOWN


def _comparable(args: Sequence[Expr]) -> bool:
    """Are they compared in Python as in SQL?"""
    roots = {arg.type.root for arg in args}
    return roots <= set(EXACT_NUMERICS) or roots <= set(STRINGS) or roots == {Root.BOOLEAN}

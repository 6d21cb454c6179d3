"""What Flink's planner believes to be NOT NULL although it may be NULL, and what is written then (quirks 0.1, 0.2).

A column or field that is declared NOT NULL is never checked when it is read. Tests for NULL on it are folded away, and
a computed NOT NULL value that is NULL after all is written as -1, FALSE or ''.
"""

from __future__ import annotations

from riverrun.schema.types import APPROXIMATE_NUMERICS, INTEGERS, STRINGS, Root, Type
from riverrun.sql.expr import Call, Expr, Literal

# Calls that are NULL exactly when an argument is, as Calcite knows: a NULL test moves on to the arguments.
_STRONG = {"+", "-", "*", "/", "%", "MOD", "NEGATE", "=", "<>", "<", "<=", ">", ">=", "AND", "OR", "NOT", "CAST"}
_COMPARISONS = {"=", "<>", "<", "<=", ">", ">="}


def believed(expr: Expr) -> bool:
    """Whether the planner's type of `expr` is NOT NULL (COALESCE drops what follows such an argument)."""
    if not expr.type.nullable:
        return True
    match expr:
        case Call(function="FIELD", args=(row,), options=(index, *_)):
            return not row.type.fields[index].type.nullable
        case Call(function=function, args=args) if function in _COMPARISONS:
            return all(believed(arg) for arg in args)
        case Call(function="CASE", args=args):
            return all(believed(value) for value in (*args[1::2], args[-1]))
        case _:
            return False


def null_test_folds(expr: Expr) -> bool:
    """Whether `expr IS NULL` is folded to FALSE."""
    if believed(expr):
        return True
    match expr:
        case Call(function="ITEM", args=(collection, _)):
            element = collection.type.element
            return element is not None and not element.nullable
        case Call(function=function, args=args) if function in _STRONG:
            return all(null_test_folds(arg) for arg in args)
        case _:
            return False


def default(type_: Type) -> Literal | None:
    """What Flink's generated code holds beside a NULL of this type; None when it is NULL itself."""
    root = type_.root
    if root in (*INTEGERS, *APPROXIMATE_NUMERICS):
        return Literal(-1, type_)
    if root is Root.BOOLEAN:
        return Literal(False, type_)
    if root in STRINGS:
        return Literal("", type_)
    return None

"""Small constructions over relations: projecting, filtering, joining; conditions as lists of their parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from riverrun.schema.types import BOOLEAN, Field
from riverrun.sql.expr import Call, Column, Expr, Literal, columns_of
from riverrun.sql.logical import Filter, Join, Node, Project
from riverrun.sql.plan import JoinKind, Schema


def column(node: Node, index: int) -> Column:
    return Column(index, node.schema[index].type)


def columns(node: Node) -> list[Expr]:
    return [column(node, i) for i in range(len(node.schema))]


def project(node: Node, expressions: Sequence[Expr], names: Sequence[str]) -> Node:
    """The projection; the input itself when nothing changes."""
    schema = tuple(Field(name, expr.type) for name, expr in zip(names, expressions, strict=True))
    same = len(expressions) == len(node.schema) and all(
        isinstance(expr, Column) and expr.index == i for i, expr in enumerate(expressions)
    )
    return node if same and schema == node.schema else Project(node, tuple(expressions), schema)


def extended(node: Node, extra: Sequence[Expr], names: Sequence[str] | None = None) -> Node:
    """All columns, and more behind them."""
    if not extra:
        return node
    own = [item.name for item in node.schema]
    return project(node, [*columns(node), *extra], [*own, *(names or [f"$f{len(own) + i}" for i in range(len(extra))])])


def first(node: Node, count: int) -> Node:
    """Only the first columns."""
    if len(node.schema) == count:
        return node
    return project(node, columns(node)[:count], [item.name for item in node.schema[:count]])


def joined(kind: JoinKind, left: Node, right: Node) -> Schema:
    """The schema of a join: the side that may be padded becomes nullable."""
    if kind in (JoinKind.SEMI, JoinKind.ANTI):
        return left.schema
    padded_left = kind in (JoinKind.RIGHT, JoinKind.FULL)
    padded_right = kind in (JoinKind.LEFT, JoinKind.FULL)
    return _nullable(left.schema, padded_left) + _nullable(right.schema, padded_right)


def _nullable(schema: Schema, padded: bool) -> Schema:
    return tuple(Field(item.name, item.type.null()) for item in schema) if padded else schema


def join(kind: JoinKind, left: Node, right: Node, condition: Expr | None, *, null_aware: bool = False) -> Join:
    return Join(left, right, kind, condition, joined(kind, left, right), null_aware)


def filtered(node: Node, condition: Expr | None) -> Node:
    return node if condition is None or is_true(condition) else Filter(node, condition)


# Conditions


def is_true(expr: Expr) -> bool:
    return isinstance(expr, Literal) and expr.value is True


def is_false(expr: Expr) -> bool:
    """FALSE or UNKNOWN, where only TRUE counts."""
    return isinstance(expr, Literal) and expr.value is not True and expr.type.root is BOOLEAN.root


def conjuncts(expr: Expr | None) -> list[Expr]:
    """The parts of `a AND b AND c`."""
    if expr is None or is_true(expr):
        return []
    if isinstance(expr, Call) and expr.function == "AND":
        return [part for arg in expr.args for part in conjuncts(arg)]
    return [expr]


def conjunction(parts: Iterable[Expr]) -> Expr | None:
    """The parts connected with AND; None when there are none."""
    found = [part for part in parts if not is_true(part)]
    if not found:
        return None
    if len(found) == 1:
        return found[0]
    nullable = any(part.type.nullable for part in found)
    return Call("AND", tuple(found), BOOLEAN.with_nullable(nullable), span=found[0].span)


def reads(expr: Expr, low: int, high: int) -> bool:
    """Are all columns that the expression reads in low .. high-1?"""
    return all(low <= index < high for index in columns_of(expr))

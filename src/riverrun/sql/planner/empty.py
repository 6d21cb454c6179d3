"""Relations that have no rows, as Flink finds them before anything runs: what is above them has none either."""

from __future__ import annotations

from collections.abc import Sequence

from riverrun.schema.types import Field
from riverrun.sql.binder import relations
from riverrun.sql.expr import Expr, Literal
from riverrun.sql.logical import (
    Aggregate,
    Filter,
    Join,
    Node,
    Project,
    SetOperation,
    Sort,
    Union,
    Values,
    inputs,
    with_inputs,
)
from riverrun.sql.plan import JoinKind, SetKind
from riverrun.sql.planner.conditions import folded


def emptied(node: Node) -> Node:
    """The same rows; what cannot have any is Values without rows."""
    node = with_inputs(node, tuple(emptied(below) for below in inputs(node)))
    match node:
        case Filter():
            return _filter(node)
        case Aggregate():
            return _aggregate(node)
        case Join():
            return _join(node)
        case Union():
            return _union(node)
        case SetOperation():
            return _set_operation(node)
        case Sort(limit=0):
            return _none(node)
        case _:
            below = inputs(node)
            return _none(node) if below and all(is_empty(one) for one in below) else node


def is_empty(node: Node) -> bool:
    return isinstance(node, Values) and not node.rows


def _none(node: Node) -> Node:
    return Values((), node.schema)


def _is_false(condition: Expr | None) -> bool:
    return any(relations.is_false(folded(part)) for part in relations.conjuncts(condition))


def _filter(node: Filter) -> Node:
    if is_empty(node.input) or _is_false(node.condition):
        return _none(node)
    parts = [part for part in relations.conjuncts(node.condition) if not relations.is_true(folded(part))]
    return relations.filtered(node.input, relations.conjunction(parts))


def _aggregate(node: Aggregate) -> Node:
    if not is_empty(node.input):
        return node
    if node.keys or node.window is not None:
        return _none(node)
    # Without GROUP BY there is one row, and Flink knows it: no count, no values.
    row = tuple(Literal(0 if call.function == "COUNT" else None, call.type) for call in node.calls)
    return Values((row,), node.schema)


def _join(node: Join) -> Node:
    never = _is_false(node.condition) or (node.snapshot is not None and is_empty(node.right))
    left, right = is_empty(node.left), is_empty(node.right)
    match node.kind:
        case JoinKind.INNER | JoinKind.SEMI:
            return _none(node) if left or right or never else node
        case JoinKind.ANTI:
            return _none(node) if left else node.left if right or never else node
        case JoinKind.LEFT:
            return _none(node) if left else _padded(node, 0) if right or never else node
        case JoinKind.RIGHT:
            return _none(node) if right else _padded(node, 1) if left or never else node
        case _:
            return _full(node, left, right)


def _full(node: Join, left: bool, right: bool) -> Node:
    if left and right:
        return _none(node)
    if left or right:
        return _padded(node, 1 if left else 0)
    return node


def _padded(node: Join, side: int) -> Node:
    """One side's rows, with NULLs for the other."""
    kept = node.right if side else node.left
    first = len(node.left.schema) if side else 0
    exprs: list[Expr] = [Literal(None, item.type.plain().null()) for item in node.schema]
    for i in range(len(kept.schema)):
        exprs[first + i] = relations.column(kept, i)
    return Project(kept, tuple(exprs), _schema(node, exprs))


def _schema(node: Node, exprs: Sequence[Expr]) -> tuple[Field, ...]:
    return tuple(Field(item.name, expr.type) for item, expr in zip(node.schema, exprs, strict=True))


def _union(node: Union) -> Node:
    kept = [side for side in node.inputs if not is_empty(side)]
    if not kept:
        return _none(node)
    if len(kept) > 1:
        return Union(tuple(kept), node.schema) if len(kept) < len(node.inputs) else node
    return relations.project(kept[0], relations.columns(kept[0]), [item.name for item in node.schema])


def _set_operation(node: SetOperation) -> Node:
    left, right = is_empty(node.left), is_empty(node.right)
    if left or (right and node.kind is SetKind.INTERSECT):
        return _none(node)
    if right and node.all:
        return node.left
    if right:
        keys = tuple(range(len(node.schema)))
        return Aggregate(node.left, keys, (), node.schema)
    return node

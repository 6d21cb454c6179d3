"""Relations to equal relations: conditions move down to where their columns come from, projections join."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from riverrun.sql.binder import relations
from riverrun.sql.expr import Column, Expr, columns_of, shift, walk
from riverrun.sql.logical import (
    Aggregate,
    Filter,
    Join,
    Node,
    Project,
    Union,
    Unnest,
    WindowTable,
    inputs,
    with_inputs,
)
from riverrun.sql.plan import JoinKind, WindowKind
from riverrun.sql.planner.conditions import is_pure, is_simple, rejects_null, size, substituted
from riverrun.sql.planner.empty import emptied
from riverrun.sql.planner.uniqueness import unique_keys

# Expressions up to this size may be computed twice when projections are joined.
_SMALL = 6


def rewritten(node: Node) -> Node:
    return merged(emptied(pushed(node, [])))


# Conditions


def pushed(node: Node, conditions: list[Expr]) -> Node:
    """`node`, filtered by all conditions."""
    match node:
        case Filter():
            return pushed(node.input, [*conditions, *relations.conjuncts(node.condition)])
        case Project():
            return _through_project(node, conditions)
        case Join():
            return _through_join(node, conditions)
        case Union():
            return replace(node, inputs=tuple(pushed(one, list(conditions)) for one in node.inputs))
        case WindowTable() if node.window.kind is not WindowKind.SESSION:
            return _below(node, conditions, len(node.input.schema))
        case Unnest():
            return _below(node, conditions, len(node.input.schema))
        case Aggregate(window=None) if node.keys:
            return _through_aggregate(node, conditions)
        case _:
            below = tuple(pushed(one, []) for one in inputs(node))
            return _above(with_inputs(node, below), conditions)


def _above(node: Node, conditions: Sequence[Expr]) -> Node:
    return relations.filtered(node, relations.conjunction(conditions))


def _below(node: WindowTable | Unnest, conditions: Sequence[Expr], width: int) -> Node:
    """Conditions on the input's own columns go to the input."""
    down = [condition for condition in conditions if relations.reads(condition, 0, width)]
    stay = [condition for condition in conditions if condition not in down]
    return _above(with_inputs(node, (pushed(node.input, down),)), stay)


def _through_project(node: Project, conditions: Sequence[Expr]) -> Node:
    down: list[Expr] = []
    stay: list[Expr] = []
    for condition in conditions:
        read = [node.expressions[index] for index in columns_of(condition)]
        (down if all(is_pure(expr) for expr in read) else stay).append(condition)
    below = pushed(node.input, [substituted(condition, node.expressions) for condition in down])
    return _above(replace(node, input=below), stay)


def _through_aggregate(node: Aggregate, conditions: Sequence[Expr]) -> Node:
    """Conditions on keys choose the rows that make the groups."""
    keys: list[Expr] = [relations.column(node.input, key) for key in node.keys]
    down = [condition for condition in conditions if relations.reads(condition, 0, len(keys)) and is_pure(condition)]
    stay = [condition for condition in conditions if condition not in down]
    below = pushed(node.input, [substituted(condition, keys) for condition in down])
    return _above(replace(node, input=below), stay)


def _through_join(node: Join, conditions: Sequence[Expr]) -> Node:
    width, total = len(node.left.schema), len(node.schema)
    node = _simplified(node, conditions)
    if node.kind in (JoinKind.SEMI, JoinKind.ANTI):
        return _through_semi(node, conditions)
    parts = relations.conjuncts(node.condition)
    if node.kind is JoinKind.INNER and node.snapshot is None:
        parts, conditions = [*parts, *conditions], []
    total = width + len(node.right.schema)
    left: list[Expr] = []
    right: list[Expr] = []
    both: list[Expr] = []
    stay: list[Expr] = []
    keeps_left = node.kind in (JoinKind.INNER, JoinKind.LEFT)
    keeps_right = node.kind in (JoinKind.INNER, JoinKind.RIGHT) and node.snapshot is None
    for part in parts:
        # In ON a condition on one side may move there if the other side is the one that is kept whole.
        if relations.reads(part, 0, width) and columns_of(part) and node.kind in (JoinKind.INNER, JoinKind.RIGHT):
            left.append(part)
        elif relations.reads(part, width, total) and columns_of(part) and _right_moves(node):
            right.append(shift(part, -width))
        else:
            both.append(part)
    for condition in conditions:
        if keeps_left and relations.reads(condition, 0, width) and columns_of(condition):
            left.append(condition)
        elif keeps_right and relations.reads(condition, width, total) and columns_of(condition):
            right.append(shift(condition, -width))
        else:
            stay.append(condition)
    found = replace(
        node,
        left=pushed(node.left, left),
        right=pushed(node.right, right),
        condition=relations.conjunction(both),
    )
    return _above(found, stay)


def _right_moves(node: Join) -> bool:
    return node.kind in (JoinKind.INNER, JoinKind.LEFT) and node.snapshot is None


def _through_semi(node: Join, conditions: Sequence[Expr]) -> Node:
    """What is asked of the result is asked of the left side."""
    width = len(node.left.schema)
    total = width + len(node.right.schema)
    left, right, both = list(conditions), [], []
    for part in relations.conjuncts(node.condition):
        if node.null_aware or not columns_of(part):
            both.append(part)
        elif relations.reads(part, width, total):
            right.append(shift(part, -width))
        elif relations.reads(part, 0, width) and node.kind is JoinKind.SEMI:
            left.append(part)
        else:
            both.append(part)
    return replace(
        node,
        left=pushed(node.left, left),
        right=pushed(node.right, right),
        condition=relations.conjunction(both),
    )


def _simplified(node: Join, conditions: Sequence[Expr]) -> Join:
    """An outer join whose padded rows no condition keeps is none. The types of the columns stay."""
    width, total = len(node.left.schema), len(node.schema)
    kind = node.kind
    if kind in (JoinKind.LEFT, JoinKind.FULL) and any(rejects_null(c, width, total) for c in conditions):
        kind = JoinKind.INNER if kind is JoinKind.LEFT else JoinKind.RIGHT
    if kind in (JoinKind.RIGHT, JoinKind.FULL) and any(rejects_null(c, 0, width) for c in conditions):
        kind = JoinKind.INNER if kind is JoinKind.RIGHT else JoinKind.LEFT
    return node if kind is node.kind else replace(node, kind=kind)


# Projections


def merged(node: Node) -> Node:
    """Projections of projections as one, where that computes nothing twice."""
    node = with_inputs(node, tuple(merged(one) for one in inputs(node)))
    if isinstance(node, Project) and isinstance(node.input, Project) and _may_merge(node, node.input):
        inner = node.input
        expressions = tuple(substituted(expr, inner.expressions) for expr in node.expressions)
        node = replace(node, input=inner.input, expressions=expressions)
    if isinstance(node, Aggregate) and _same_keys(node):
        columns: list[Expr] = [relations.column(node.input, key) for key in node.keys]
        return merged(Project(node.input, tuple(columns), node.schema))
    return node


def _same_keys(node: Aggregate) -> bool:
    """Is it DISTINCT of what is different already?"""
    return not node.calls and node.window is None and any(key <= set(node.keys) for key in unique_keys(node.input))


def _may_merge(outer: Project, inner: Project) -> bool:
    used = Counter(part.index for expr in outer.expressions for part in walk(expr) if isinstance(part, Column))
    return all(
        count <= 1 or is_simple(inner.expressions[index]) or _is_small(inner.expressions[index])
        for index, count in used.items()
    )


def _is_small(expr: Expr) -> bool:
    return is_pure(expr) and size(expr) <= _SMALL

"""WHERE and HAVING; EXISTS and IN among their parts become semi and anti joins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from riverrun.schema import types as t
from riverrun.schema.types import Field
from riverrun.sql.binder import relations
from riverrun.sql.binder.context import Context
from riverrun.sql.binder.correlation import Independent, inward
from riverrun.sql.binder.expressions import Binder, Rules
from riverrun.sql.binder.numbers import Others
from riverrun.sql.binder.scope import Scope
from riverrun.sql.binder.subqueries import Outer, Subqueries, equalities, first_columns, query_of
from riverrun.sql.expr import Call, Expr, Literal, Span, columns_of, shift
from riverrun.sql.logical import Aggregate, Node
from riverrun.sql.plan import JoinKind
from riverrun.sql.tree import expressions as tree
from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class _Semi:
    kind: JoinKind
    found: Independent
    tests: tuple[Expr, ...]


class Condition:
    """A bound WHERE or HAVING; `over` makes the filtered relation when the columns' numbers are known."""

    def __init__(
        self,
        context: Context,
        names: Scope,
        base: Node | None,
        condition: tree.Expression,
        rules: Rules,
        outer: Outer | None = None,
    ) -> None:
        self._context = context
        self._subqueries = Subqueries(context, names, base, outer)
        self._binder = Binder(context, names, replace(rules, subquery=self._subqueries.rule))
        parts = _parts(condition)
        self._plain = [self._binder.condition(part, rules.clause) for part in parts if is_semi_join(part) is None]
        self._semi = [self._semi_join(part) for part in parts if is_semi_join(part) is not None]

    def over(self, node: Node, numbers: Mapping[int, int]) -> Node:
        width = len(node.schema)
        joined, places = self._subqueries.relation(node, numbers)
        condition = relations.conjunction(shift(part, places) for part in self._plain)
        node = relations.first(relations.filtered(joined, condition), width)
        for semi in self._semi:
            node = self._joined(node, semi, Others(numbers))
        return node

    def _semi_join(self, part: tree.Expression) -> _Semi:
        kind = JoinKind.ANTI if is_semi_join(part) else JoinKind.SEMI
        while isinstance(part, tree.Prefix) and part.operator == "NOT":
            part = part.operand
        if isinstance(part, tree.Prefix):
            query = query_of(self._context, part.operand, part.span)
            return _Semi(kind, _any(self._context, self._subqueries.sub(query, part.span), part.span), ())
        assert isinstance(part, tree.In | tree.Quantified) and part.query is not None, "is_semi_join says so"
        found = self._subqueries.sub(part.query, part.span)
        items = part.operand.items if isinstance(part.operand, tree.Row) else (part.operand,)
        values = self._binder.bind_all(items)
        tests = equalities(self._context, values, first_columns(found, len(values)), part.span)
        return _Semi(kind, found, tuple(tests))

    @staticmethod
    def _joined(node: Node, semi: _Semi, places: Others) -> Node:
        width = len(node.schema)
        tests: Sequence[Expr] = semi.tests
        nullable = any(test.type.nullable for test in tests)
        if semi.kind is JoinKind.ANTI and nullable and semi.found.conditions:
            # NOT IN inside of each group: no row may equal the value, nor be unknown to do so.
            sure = t.BOOLEAN.not_null()
            tests = [Call("IS NOT FALSE", (test,), sure, span=test.span) for test in tests]
            nullable = False
        parts = [shift(_apart(test), places) for test in (*tests, *semi.found.conditions)]
        condition = relations.conjunction(_beside(part, width) for part in parts)
        null_aware = semi.kind is JoinKind.ANTI and nullable
        return relations.join(semi.kind, node, semi.found.node, condition, null_aware=null_aware)


def _any(context: Context, found: Independent, span: Span) -> Independent:
    """Whether there are rows at all is asked once."""
    if found.conditions:
        return found
    true = Literal(True, t.BOOLEAN.not_null())
    marked = relations.project(found.node, [true], ["i"])
    least = context.aggregate("MIN", (relations.column(marked, 0),), span, grouped=False)
    node: Node = Aggregate(marked, (), (least,), (Field("m", least.type),))
    there = context.call("IS NOT NULL", (relations.column(node, 0),), span)
    return Independent(relations.filtered(node, there), ())


# The subquery's own columns while placeholders of the query around get their numbers.
_OWN = 50_000_000


def _apart(condition: Expr) -> Expr:
    return inward(condition, _OWN)


def _beside(condition: Expr, width: int) -> Expr:
    return shift(condition, {i: i - _OWN + width if i >= _OWN else i for i in columns_of(condition)})


def _parts(condition: tree.Expression) -> list[tree.Expression]:
    if isinstance(condition, tree.Infix) and condition.operator == "AND":
        return [*_parts(condition.left), *_parts(condition.right)]
    return [condition]


def is_semi_join(node: tree.Expression) -> bool | None:
    """Is it EXISTS or IN (False), NOT EXISTS or NOT IN (True), or neither (None)?"""
    match node:
        case tree.Prefix(operator="NOT", operand=operand):
            inner = is_semi_join(operand)
            return None if inner is None else not inner
        case tree.Prefix(operator="EXISTS"):
            return False
        case tree.In(query=query, negated=negated) if query is not None:
            return negated
        case tree.Quantified(operator="=", quantifier="SOME", query=query) if query is not None:
            return False
        case tree.Quantified(operator="<>", quantifier="ALL", query=query) if query is not None:
            return True
        case _:
            return None

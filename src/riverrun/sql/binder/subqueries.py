"""EXISTS, IN (query), and queries as values: all become joins, as Flink makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from riverrun.schema import types as t
from riverrun.schema.types import Field
from riverrun.sql.binder import queries, relations
from riverrun.sql.binder.context import Context
from riverrun.sql.binder.correlation import Correlation, Independent, independent, inward, is_correlated, looks_out
from riverrun.sql.binder.expressions import Binder, Rules
from riverrun.sql.binder.numbers import Others
from riverrun.sql.binder.scope import OUTER, Scope
from riverrun.sql.expr import AggregateCall, Call, Column, Expr, Literal, Span, columns_of, shift
from riverrun.sql.logical import Aggregate, Node, Project, Sort, Values
from riverrun.sql.plan import JoinKind
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree.queries import Query
from riverrun.values import dataclass

# Columns of subqueries get their numbers when the relation is known that they are joined to.
SUBQUERY = 600_000
# Where a column of the query around is, as far as subqueries may see it (an error if it is not grouped).
Outer = Callable[[Column], int]
_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True, slots=True)
class _Joined:
    """`condition`: over placeholders, and from SUBQUERY on over all subqueries' columns."""

    kind: JoinKind
    right: Node
    condition: Expr | None


class Subqueries:
    """Collects the subqueries of expressions over `names` while those are bound, then joins them.

    base    what the names stand for, for subqueries that need the values outside
    """

    def __init__(self, context: Context, names: Scope, base: Node | None, outer: Outer | None = None) -> None:
        self.context = context
        self.names = names
        self._base = base
        self._outer = outer
        self._joined: list[_Joined] = []
        self._width = 0

    def rule(self, node: tree.Expression) -> Expr | None:
        match node:
            case tree.Subquery(query=query):
                return self._scalar(query, node.span)
            case tree.Prefix(operator="EXISTS", operand=operand):
                return self._exists(operand, node.span)
            case tree.In(query=query) if query is not None:
                found = self._in(node.operand, query, node.span)
                return self.context.call("NOT", (found,), node.span) if node.negated else found
            case tree.Quantified(query=query) if query is not None:
                return self._quantified(node, query)
            case _:
                return None

    def relation(self, node: Node, numbers: Mapping[int, int]) -> tuple[Node, Others]:
        """`node` with all subqueries joined, and where the columns are. `numbers`: other placeholders."""
        places = Others(numbers)
        number = SUBQUERY
        for joined in self._joined:
            width = len(node.schema)
            for i in range(len(joined.right.schema)):
                places[number + i] = width + i
            number += len(joined.right.schema)
            condition = shift(joined.condition, places) if joined.condition is not None else None
            node = relations.join(joined.kind, node, joined.right, condition)
        return node, places

    def sub(self, query: Query, span: Span) -> Independent:
        return self.untangled(queries.bind_query(self.context, query, self.names), span)

    def untangled(self, node: Node, span: Span) -> Independent:
        found = independent(node, Correlation(self.context, span, self._values_outside))
        if self._outer is None:
            return found
        return Independent(found.node, tuple(self._seen(condition, self._outer) for condition in found.conditions))

    def _seen(self, condition: Expr, outer: Outer) -> Expr:
        """What a subquery of a grouped query sees are the grouping keys."""
        columns = self.names.fields
        places = {
            index: OUTER + outer(Column(index - OUTER, columns[index - OUTER].type, condition.span))
            for index in columns_of(condition)
            if OUTER <= index < 2 * OUTER
        }
        return shift(condition, Others(places))

    def _values_outside(self, columns: Sequence[Column]) -> Node:
        if self._base is None:
            raise self.context.unsupported("this subquery in a grouped query", columns[0].span)
        inside: list[Expr] = [Column(column.index - OUTER, column.type) for column in columns]
        return distinct(relations.project(self._base, inside, [f"c{i}" for i in range(len(inside))]))

    def _join(self, kind: JoinKind, right: Node, conditions: Sequence[Expr]) -> int:
        """Joins `right`; the number of its first column."""
        first = SUBQUERY + self._width
        condition = relations.conjunction(inward(condition, first) for condition in conditions)
        self._joined.append(_Joined(kind, right, condition))
        self._width += len(right.schema)
        return first

    # A query as a value

    def _scalar(self, query: Query, span: Span) -> Expr:
        sub = queries.bind_query(self.context, query, self.names)
        if len(sub.schema) != 1:
            raise self.context.error(f"a query as a value has one column, this has {len(sub.schema)}", span)
        aggregate = _global_aggregate(sub)
        if aggregate is not None and is_correlated(sub):
            return self._aggregated(*aggregate, span)
        found = self.untangled(sub, span)
        right = found.node if _is_single(sub) else self._single(found, span)
        value = self._join(JoinKind.LEFT, right, found.conditions)
        return Column(value, right.schema[0].type.null(), span)

    def _aggregated(self, value: Expr, aggregate: Aggregate, span: Span) -> Expr:
        """What is computed from aggregates is computed after the join; where nothing is joined, COUNT is 0."""
        found = self.untangled(aggregate, span)
        first = self._join(JoinKind.LEFT, found.node, found.conditions)
        results: list[Expr] = []
        for i, call in enumerate(aggregate.calls):
            result: Expr = Column(first + i, found.node.schema[i].type.null(), span)
            if call.function == "COUNT" and found.conditions:
                none = self.context.call("IS NULL", (result,), span)
                zero = Literal(0, t.BIGINT.not_null())
                result = self.context.call("CASE", (none, zero, result), span)
            results.append(result)
        return _over(value, results)

    def _single(self, found: Independent, span: Span) -> Node:
        """At most one row (per what the conditions compare): more of them fail while running."""
        keys = tuple(range(1, len(found.node.schema)))
        call = self.context.aggregate("SINGLE_VALUE", (relations.column(found.node, 0),), span, grouped=False)
        fields = (*(found.node.schema[key] for key in keys), Field(found.node.schema[0].name, call.type))
        aggregate = Aggregate(found.node, keys, (call,), fields, span=span)
        order = [len(keys), *range(len(keys))]
        columns: list[Expr] = [relations.column(aggregate, i) for i in order]
        return relations.project(aggregate, columns, [fields[i].name for i in order])

    # EXISTS and IN that are no condition of their own

    def _exists(self, operand: tree.Expression, span: Span) -> Expr:
        found = self.sub(query_of(self.context, operand, span), span)
        marked, conditions = _marked(found, keep=0)
        return self._is_there(self._join(JoinKind.LEFT, marked, conditions), span)

    def _is_there(self, first: int, span: Span) -> Expr:
        return self.context.call("IS NOT NULL", (Column(first, t.BOOLEAN, span),), span)

    def _in(self, operand: tree.Expression, query: Query, span: Span) -> Expr:
        values = self._values(operand)
        found = self.sub(query, span)
        tests = equalities(self.context, values, first_columns(found, len(values)), span)
        if not any(test.type.nullable for test in tests):
            marked, conditions = _marked(found, keep=len(values))
            first = self._join(JoinKind.LEFT, marked, (*_behind(tests, 1), *conditions))
            return self._is_there(first, span)
        if found.conditions:
            raise self.context.unsupported("a correlated IN with NULLs outside of WHERE", span)
        return self._three_valued(values, found, tests, span)

    def _three_valued(self, values: Sequence[Expr], found: Independent, tests: Sequence[Expr], span: Span) -> Expr:
        """As Flink: counts of all rows and of those without NULL, joined (so an empty subquery leaves no row)."""
        keys = [relations.column(found.node, i) for i in range(len(values))]
        big = t.BIGINT.not_null()
        counted = AggregateCall("COUNT", tuple(key for key in keys if key.type.nullable)[:1], big)
        calls = (AggregateCall("COUNT", (), big), counted)
        counts = Aggregate(found.node, (), calls, (Field("c", big), Field("ck", big)))
        all_at = self._join(JoinKind.INNER, counts, ())
        marked, _ = _marked(found, keep=len(values))
        mark = self._join(JoinKind.LEFT, marked, _behind(tests, 1))
        call, unknown = self.context.call, Literal(None, t.BOOLEAN, span)
        all_rows, known = Column(all_at, big), Column(all_at + 1, big)
        args: list[Expr] = [call("=", (all_rows, Literal(0, big)), span), Literal(False, t.BOOLEAN.not_null())]
        for value in values:
            if value.type.nullable:
                args += [call("IS NULL", (value,), span), unknown]
        args += [self._is_there(mark, span), Literal(True, t.BOOLEAN.not_null())]
        args += [call("<", (known, all_rows), span), unknown, Literal(False, t.BOOLEAN.not_null())]
        return call("CASE", args, span)

    def _values(self, operand: tree.Expression) -> list[Expr]:
        binder = Binder(self.context, self.names, Rules("IN", subquery=self.rule))
        return binder.bind_all(operand.items) if isinstance(operand, tree.Row) else [binder.bind(operand)]

    # Comparisons with ANY, SOME and ALL

    def _quantified(self, node: tree.Quantified, query: Query) -> Expr:
        operator, every = node.operator, node.quantifier == "ALL"
        if (operator, every) == ("=", False):
            return self._in(node.operand, query, node.span)
        if (operator, every) == ("<>", True):
            return self.context.call("NOT", (self._in(node.operand, query, node.span),), node.span)
        if operator not in _NEGATED:
            raise self.context.unsupported(f"{operator} {node.quantifier} (query)", node.span)
        if not every:
            return self._some(node, operator, query)
        return self.context.call("NOT", (self._some(node, _NEGATED[operator], query),), node.span)

    def _some(self, node: tree.Quantified, operator: str, query: Query) -> Expr:
        """`value < SOME (query)` compares with the largest; a NULL among the others leaves it unknown."""
        (value,) = self._values(node.operand)
        found = self.sub(query, node.span)
        if found.conditions or len(found.node.schema) != 1:
            raise self.context.unsupported("a comparison with SOME or ALL of this query", node.span)
        call, big, span = self.context.call, t.BIGINT.not_null(), node.span
        other = relations.column(found.node, 0)
        function = "MAX" if operator in ("<", "<=") else "MIN"
        extreme = self.context.aggregate(function, (other,), span, grouped=False)
        count = AggregateCall("COUNT", (), big)
        known = self.context.aggregate("COUNT", (other,), span, grouped=False)
        fields = (Field("m", extreme.type), Field("c", big), Field("d", big))
        first = self._join(JoinKind.INNER, Aggregate(found.node, (), (extreme, count, known), fields), ())
        test = call(operator, (value, Column(first, extreme.type)), span)
        none = call("=", (Column(first + 1, big), Literal(0, big)), span)
        unknown = call(">", (Column(first + 1, big), Column(first + 2, big)), span)
        no, yes = Literal(False, t.BOOLEAN.not_null()), Literal(True, t.BOOLEAN.not_null())
        sure = call("IS TRUE", (test,), span)
        return call("CASE", (none, no, sure, yes, unknown, Literal(None, t.BOOLEAN), test), span)


def query_of(context: Context, operand: tree.Expression, span: Span) -> Query:
    if not isinstance(operand, tree.Subquery):
        raise context.error("EXISTS takes a query", span)
    return operand.query


def _behind(tests: Sequence[Expr], by: int) -> list[Expr]:
    """Tests over a relation that got `by` columns in front; columns outside stay."""
    return [shift(test, {i: i if i >= OUTER else i + by for i in columns_of(test)}) for test in tests]


def _marked(found: Independent, keep: int) -> tuple[Node, tuple[Expr, ...]]:
    """TRUE and the columns that are compared, without repetitions; the conditions over that."""
    width = len(found.node.schema)
    read = sorted({i for condition in found.conditions for i in columns_of(condition) if i < OUTER})
    kept = [*range(keep), *(i for i in read if i >= keep)]
    true = Literal(True, t.BOOLEAN.not_null())
    columns: list[Expr] = [true, *(relations.column(found.node, i) for i in kept)]
    names = ["i", *(found.node.schema[i].name for i in kept)]
    node = distinct(relations.project(found.node, columns, names))
    places = {old: new + 1 for new, old in enumerate(kept)}
    assert all(i < width for i in kept), "conditions read the relation's columns"
    return node, tuple(shift(condition, Others(places)) for condition in found.conditions)


def distinct(node: Node) -> Node:
    keys = tuple(range(len(node.schema)))
    fields = tuple(Field(item.name, item.type) for item in node.schema)
    return Aggregate(node, keys, (), fields)


def equalities(context: Context, values: Sequence[Expr], node: Node, span: Span) -> list[Expr]:
    """value = column, the values as columns outside."""
    if len(values) != len(node.schema):
        raise context.error(f"IN compares {len(values)} with {len(node.schema)} columns", span)
    outside = [shift(value, OUTER) for value in values]
    return [context.call("=", (value, relations.column(node, i)), span) for i, value in enumerate(outside)]


def first_columns(found: Independent, count: int) -> Node:
    """The subquery's own columns; those that conditions need come behind them."""
    return relations.first(found.node, count) if found.conditions else found.node


def _global_aggregate(node: Node) -> tuple[Expr, Aggregate] | None:
    """The value over the results of an aggregate without GROUP BY."""
    value: Expr = Column(0, node.schema[0].type)
    if isinstance(node, Project):
        value, node = node.expressions[0], node.input
    if isinstance(node, Aggregate) and not node.keys and node.window is None and not looks_out(value):
        return value, node
    return None


def _over(value: Expr, results: Sequence[Expr]) -> Expr:
    """The value over the joined results, which may be missing."""
    if isinstance(value, Column):
        return results[value.index]
    if isinstance(value, Call):
        args = tuple(_over(arg, results) for arg in value.args)
        nullable = value.type.nullable or any(
            new.type.nullable and not old.type.nullable for new, old in zip(args, value.args, strict=True)
        )
        return Call(value.function, args, value.type.with_nullable(nullable), value.options, value.span)
    return value


def _is_single(node: Node) -> bool:
    """Has the relation at most one row (per what conditions compare)?"""
    match node:
        case Project(input=below):
            return _is_single(below)
        case Aggregate(keys=keys, window=None):
            return not keys
        case Values(rows=rows):
            return len(rows) <= 1
        case Sort(limit=limit):
            return limit is not None and limit <= 1
        case _:
            return False

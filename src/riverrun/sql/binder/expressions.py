"""Expressions: names to columns, operators and functions to typed calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from riverrun.errors import did_you_mean
from riverrun.schema.types import Root, Type
from riverrun.sql import functions
from riverrun.sql.binder import calls, literals, scope
from riverrun.sql.binder.context import Context
from riverrun.sql.binder.scope import Scope
from riverrun.sql.binder.types import bind_type
from riverrun.sql.expr import Expr, Literal, Span
from riverrun.sql.tree import expressions as tree
from riverrun.values import dataclass

Rule = Callable[[tree.Expression], Expr | None]


@dataclass(frozen=True, slots=True)
class Rules:
    """What is allowed where the expression stands. A rule that is missing means: not here, and `clause` says where.

    known       anything that is known without looking into it (a grouping key); tried first
    aggregate   a call of an aggregate function without OVER
    over        a call with OVER
    subquery    EXISTS, IN (query), a query as a value, comparison with ANY or ALL of a query
    name        a name, before it is looked up as a column
    """

    clause: str
    known: Rule | None = None
    aggregate: Rule | None = None
    over: Rule | None = None
    subquery: Rule | None = None
    name: Callable[[tree.Name], Expr | None] | None = None
    special: Callable[[tree.Special], Expr | None] | None = None


class Binder:
    """Binds expressions over the columns that `names` shows."""

    def __init__(self, context: Context, names: Scope, rules: Rules) -> None:
        self.context = context
        self.names = names
        self.rules = rules

    def bind(self, node: tree.Expression) -> Expr:
        if self.rules.known is not None:
            known = self.rules.known(node)
            if known is not None:
                return known
        literal = literals.bind_literal(node, self.context.source, self.context.session)
        if literal is not None:
            return literal
        return self._compound(node)

    def bind_all(self, nodes: Sequence[tree.Expression]) -> list[Expr]:
        return [self.bind(node) for node in nodes]

    def condition(self, node: tree.Expression, clause: str) -> Expr:
        """A BOOLEAN expression."""
        found = self.bind(node)
        if found.type.root not in (Root.BOOLEAN, Root.NULL):
            shown = found.type.summary(nullability=False)
            raise self.context.error(f"the condition of {clause} has to be BOOLEAN, it is {shown}", node.span)
        return found if found.type.root is Root.BOOLEAN else Literal(None, Type(Root.BOOLEAN), node.span)

    def call(self, name: str, args: Sequence[Expr], span: Span, options: tuple[object, ...] = ()) -> Expr:
        return self.context.call(name, args, span, options)

    # One method for each kind of node

    def _compound(self, node: tree.Expression) -> Expr:
        match node:
            case tree.Name():
                return self.name(node)
            case tree.Function():
                return calls.function(self, node)
            case tree.Special():
                return self._special(node)
            case tree.Prefix() | tree.Infix() | tree.Is() | tree.Between() | tree.Like():
                return self._operator(node)
            case tree.In() | tree.Quantified():
                return self._membership(node)
            case tree.Case():
                return self._case(node)
            case tree.Cast():
                return self._cast(node)
            case tree.Subquery() | tree.CollectionQuery():
                return self._subquery(node)
            case _:
                return self._collection(node)

    def _special(self, node: tree.Special) -> Expr:
        if self.rules.special is not None:
            found = self.rules.special(node)
            if found is not None:
                return found
        return calls.special(self, node)

    def name(self, node: tree.Name) -> Expr:
        if self.rules.name is not None:
            known = self.rules.name(node)
            if known is not None:
                return known
        found = scope.resolve(self.names, node.parts, self.context.source)
        return self.fields(found.column, found.rest, node.span)

    def fields(self, value: Expr, names: Sequence[tree.Identifier], span: Span) -> Expr:
        for name in names:
            value = self.field(value, name, span)
        return value

    def field(self, value: Expr, name: tree.Identifier, span: Span) -> Expr:
        if value.type.root is not Root.ROW:
            shown = value.type.summary(nullability=False)
            raise self.context.error(f"only a ROW has fields, this is {shown}", name.span)
        known = [item.name for item in value.type.fields]
        if name.text not in known:
            raise self.context.error(f"the row has no field {name.text}", name.span, did_you_mean(name.text, known))
        return self.call("FIELD", (value,), span, (known.index(name.text),))

    def _operator(self, node: tree.Expression) -> Expr:
        match node:
            case tree.Prefix(operator="EXISTS"):
                return self._subquery(node)
            case tree.Prefix(operator=operator, operand=operand):
                return self._prefix(operator, operand, node.span)
            case tree.Infix(operator="OVERLAPS", left=tree.Row(items=left), right=tree.Row(items=right)):
                return self.call("OVERLAPS", self.bind_all((*left, *right)), node.span)
            case tree.Infix(operator=operator, left=first, right=second):
                self._check_infix(operator, node.span)
                return self.call(operator, (self.bind(first), self.bind(second)), node.span)
            case tree.Is(operand=operand, test=test, negated=negated):
                if test in ("A SET", "EMPTY"):
                    raise self.context.error(f"Flink has no IS {test}", node.span)
                return self._is(operand, test, negated, node.span)
            case tree.Between():
                return self._between(node)
            case tree.Like():
                return self._like(node)
            case _:
                raise AssertionError(f"no operator {type(node).__name__}")

    def _check_infix(self, operator: str, span: Span) -> None:
        if operator.startswith("MULTISET") or operator in _REFUSED:
            raise self.context.error(f"Flink has no operator {operator}", span)

    def _prefix(self, operator: str, operand: tree.Expression, span: Span) -> Expr:
        if operator == "UNIQUE":
            raise self.context.error("Flink has no UNIQUE", span)
        value = self.bind(operand)
        if operator == "+":
            return value
        if operator == "-" and isinstance(value, Literal) and isinstance(value.value, int) and value.value is not True:
            return Literal(-value.value, value.type, span)
        return self.call("NEGATE" if operator == "-" else operator, (value,), span)

    def _is(self, operand: tree.Expression, test: str, negated: bool, span: Span) -> Expr:
        value = self.bind(operand)
        if test.startswith("JSON"):
            found = self.call("IS JSON", (value,), span, (test.removeprefix("JSON "),))
            return self.call("NOT", (found,), span) if negated else found
        return self.call(f"IS {'NOT ' if negated else ''}{test}", (value,), span)

    def _between(self, node: tree.Between) -> Expr:
        value, low, high = self.bind_all((node.operand, node.low, node.high))
        found = self._within(value, low, high, node.span)
        if node.symmetric:
            found = self.call("OR", (found, self._within(value, high, low, node.span)), node.span)
        return self.call("NOT", (found,), node.span) if node.negated else found

    def _within(self, value: Expr, low: Expr, high: Expr, span: Span) -> Expr:
        least = self.call(">=", (value, low), span)
        return self.call("AND", (least, self.call("<=", (value, high), span)), span)

    def _like(self, node: tree.Like) -> Expr:
        if node.operator in ("ILIKE", "RLIKE"):
            raise self.context.error(f"Flink has no {node.operator}", node.span, "use REGEXP or LOWER(...) LIKE")
        args = [node.operand, node.pattern] + ([node.escape] if node.escape is not None else [])
        found = self.call(node.operator, self.bind_all(args), node.span)
        return self.call("NOT", (found,), node.span) if node.negated else found

    def _membership(self, node: tree.In | tree.Quantified) -> Expr:
        if node.query is not None:
            return self._subquery(node)
        value = self.bind(node.operand)
        items = self.bind_all(node.items)
        if isinstance(node, tree.In):
            found = self.call("IN", (value, *items), node.span)
            return self.call("NOT", (found,), node.span) if node.negated else found
        tests = [self.call(node.operator, (value, item), node.span) for item in items]
        connect = "OR" if node.quantifier == "SOME" else "AND"
        return tests[0] if len(tests) == 1 else self.call(connect, tests, node.span)

    def _case(self, node: tree.Case) -> Expr:
        args: list[Expr] = []
        operand = self.bind(node.operand) if node.operand is not None else None
        for branch in node.branches:
            args += [self._when(operand, branch, node.span), self.bind(branch.result)]
        otherwise = node.otherwise if node.otherwise is not None else tree.Null(node.span)
        return self.call("CASE", (*args, self.bind(otherwise)), node.span)

    def _when(self, operand: Expr | None, branch: tree.When, span: Span) -> Expr:
        if operand is None:
            if len(branch.conditions) > 1:
                raise self.context.error("only CASE with an operand takes several values in a WHEN", span)
            return self.bind(branch.conditions[0])
        values = self.bind_all(branch.conditions)
        if len(values) == 1:
            return self.call("=", (operand, values[0]), span)
        return self.call("IN", (operand, *values), span)

    def _cast(self, node: tree.Cast) -> Expr:
        value = self.bind(node.operand)
        if isinstance(node.target, tree.IntervalQualifier):
            target = literals.interval_type(node.target)
        else:
            target = bind_type(node.target, self.context.source)
        try:
            found = functions.cast(value, target, self.context.session, try_=node.safe)
        except functions.InvalidCall as invalid:
            raise self.context.invalid(invalid, node.span) from None
        return self.context.at(found, node.span)

    def _subquery(self, node: tree.Expression) -> Expr:
        if self.rules.subquery is not None:
            found = self.rules.subquery(node)
            if found is not None:
                return found
        raise self.context.unsupported(f"a subquery in {self.rules.clause}", node.span)

    def _collection(self, node: tree.Expression) -> Expr:
        match node:
            case tree.Item(operand=operand, index=index):
                return self.call("ITEM", (self.bind(operand), self.bind(index)), node.span)
            case tree.Member(operand=operand, name=name):
                return self.field(self.bind(operand), name, node.span)
            case tree.Row(items=items):
                return self.call("ROW", self.bind_all(items), node.span)
            case tree.Array(items=items):
                return self.call("ARRAY", self.bind_all(items), node.span)
            case tree.Map(items=items):
                return self.call("MAP", self.bind_all(items), node.span)
            case tree.Multiset():
                raise self.context.unsupported("a MULTISET constructor", node.span)
            case tree.IntervalOf():
                return self._interval(node)
            case tree.Exotic(feature="difference in units", args=(tree.Infix(left=left, right=right),)):
                return self._difference(node, left, right)
            case tree.Star():
                raise self.context.error("* stands only in SELECT and COUNT(*)", node.span)
            case tree.Parameter():
                raise self.context.error("a parameter (?) has no value here", node.span)
            case _:
                feature = node.feature if isinstance(node, tree.Exotic) else type(node).__name__.lower()
                raise self.context.error(f"Flink does not support {feature} here", node.span)

    def _interval(self, node: tree.IntervalOf) -> Expr:
        """`INTERVAL x DAY`: x times one day."""
        value = self.bind(node.operand)
        unit = Literal(literals.unit_length(node.qualifier.start), literals.interval_type(node.qualifier).not_null())
        found = self.call("*", (unit, value), node.span)
        return self.call("NEGATE", (found,), node.span) if node.negative else found

    def _difference(self, node: tree.Exotic, left: tree.Expression, right: tree.Expression) -> Expr:
        """`(a - b) DAY`: the difference of two times, as an interval."""
        return self.call("MINUS_DATE", (self.bind(left), self.bind(right)), node.span, (node.text.upper(),))


_REFUSED = (
    "CONTAINS", "EQUALS", "PRECEDES", "SUCCEEDS", "IMMEDIATELY PRECEDES", "IMMEDIATELY SUCCEEDS", "MEMBER OF",
    "SUBMULTISET OF", "NOT SUBMULTISET OF", "OVERLAPS",
)  # fmt: skip

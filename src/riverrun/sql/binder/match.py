"""MATCH_RECOGNIZE: the pattern as a sequence, conditions and measures with their navigation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from riverrun.errors import did_you_mean
from riverrun.schema import types as t
from riverrun.schema.types import Field, Root, TimeAttribute
from riverrun.sql import functions
from riverrun.sql.binder import literals, scope, sources
from riverrun.sql.binder.context import Context
from riverrun.sql.binder.expressions import Binder, Rules
from riverrun.sql.binder.patterns import sequence, variables
from riverrun.sql.binder.scope import Scope
from riverrun.sql.expr import Column, Expr, Literal, Navigation, PatternAggregate, SortKey, Span
from riverrun.sql.logical import Match, Node
from riverrun.sql.plan import Measure, Skip
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import queries as q


def bind_match(context: Context, match: q.MatchRecognize, outer: Scope | None) -> Node:
    found = sources.bind_from(context, match.source, outer)
    _check_clauses(context, match)
    names = found.scope(None)
    pattern = sequence(context, match.pattern)
    known = variables(match.pattern)
    named = frozenset([*known, *(definition.name.text for definition in match.define)])
    binder = _Binder(context, names, named, frozenset(subset.name.text for subset in match.subsets))
    keys = tuple(_column(context, names, key, "PARTITION BY") for key in match.partition)
    order = tuple(_sort_key(context, names, item) for item in match.order)
    define = _definitions(context, match, binder, known)
    measures = tuple(Measure(m.name.text, binder.bind(m.expression)) for m in match.measures)
    _check_names(context, match, {names.fields[key].name for key in keys})
    skip, skip_to = _skip(context, match, known)
    fields = (
        *(found.node.schema[key] for key in keys),
        *(Field(measure.name, measure.expression.type) for measure in measures),
    )
    within = _within(context, match)
    return Match(found.node, keys, order, pattern, define, measures, skip, skip_to, within, fields, match.span)


def _check_clauses(context: Context, match: q.MatchRecognize) -> None:
    if match.rows == "ALL ROWS":
        raise context.error("Flink has no ALL ROWS PER MATCH", match.span, "use ONE ROW PER MATCH")
    if not match.order:
        raise context.error("MATCH_RECOGNIZE needs ORDER BY with a time attribute first", match.span)
    if not match.measures:
        raise context.error("MATCH_RECOGNIZE needs MEASURES in Flink", match.span, "name at least one value")


def _column(context: Context, names: Scope, node: tree.Expression, clause: str) -> int:
    if not isinstance(node, tree.Name):
        raise context.error(f"{clause} of MATCH_RECOGNIZE takes columns only", node.span)
    found = scope.resolve(names, node.parts, context.source)
    if found.rest or not isinstance(found.column, Column):
        raise context.error(f"{clause} of MATCH_RECOGNIZE takes columns only", node.span)
    return found.column.index


def _sort_key(context: Context, names: Scope, item: tree.OrderItem) -> SortKey:
    index = _column(context, names, item.expression, "ORDER BY")
    nulls_first = item.nulls_first if item.nulls_first is not None else not item.descending
    return SortKey(index, item.descending, nulls_first)


def _definitions(
    context: Context, match: q.MatchRecognize, binder: _Binder, known: Sequence[str]
) -> tuple[tuple[str, Expr], ...]:
    """Conditions of the pattern's variables; others are looked at and dropped, as in Flink."""
    found: dict[str, Expr] = {}
    seen = set()
    for definition in match.define:
        name = definition.name.text
        if name in seen:
            raise context.error(f"the variable {name} is defined twice", definition.name.span)
        seen.add(name)
        condition = binder.condition(definition.expression, "DEFINE")
        if name in known:
            found[name] = condition
    return tuple(found.items())


def _check_names(context: Context, match: q.MatchRecognize, keys: set[str]) -> None:
    seen: set[str] = set()
    for measure in match.measures:
        if measure.name.text in seen:
            raise context.error(f"two measures are called {measure.name.text}", measure.name.span)
        if measure.name.text in keys:
            what = f"a measure and a PARTITION BY column are both called {measure.name.text}"
            raise context.error(what, measure.name.span)
        seen.add(measure.name.text)


def _skip(context: Context, match: q.MatchRecognize, known: Sequence[str]) -> tuple[Skip, str | None]:
    if match.after is None:
        return Skip.TO_NEXT_ROW, None
    variable = match.after.variable
    if variable is not None and variable.text not in known:
        raise context.error(f"there is no variable {variable.text}", variable.span, did_you_mean(variable.text, known))
    return Skip(match.after.kind), variable.text if variable is not None else None


def _within(context: Context, match: q.MatchRecognize) -> int | None:
    if match.within is None:
        return None
    found = literals.interval(match.within, context.source)
    if found.type.root is not Root.INTERVAL_DAY_TIME:
        raise context.error("WITHIN takes an interval of days to seconds", match.within.span)
    return int(found.value)


@dataclass
class _Reference:
    """What the inside of a FIRST, LAST or aggregate refers to: variables, None for a bare column."""

    variables: set[str | None] = field(default_factory=set)


class _Binder:
    """Expressions of MEASURES and DEFINE."""

    def __init__(self, context: Context, names: Scope, known: frozenset[str], subsets: frozenset[str]) -> None:
        self.context = context
        self.names = names
        self.variables = known
        self.subsets = subsets
        rules = Rules("MATCH_RECOGNIZE", aggregate=self._aggregate, name=self._name, special=self._special)
        rules = replace(rules, known=self._known)
        self._binder = Binder(context, names, rules)

    def bind(self, node: tree.Expression) -> Expr:
        return self._binder.bind(node)

    def condition(self, node: tree.Expression, clause: str) -> Expr:
        return self._binder.condition(node, clause)

    # Columns

    def _known(self, node: tree.Expression) -> Expr | None:
        """MATCH_ROWTIME() and MATCH_PROCTIME()."""
        if not isinstance(node, tree.Function) or len(node.name.parts) != 1:
            return None
        name = node.name.last.text.upper()
        if name == "MATCH_PROCTIME" and not node.args:
            return self.context.call("PROCTIME", (), node.span)
        if name != "MATCH_ROWTIME":
            return None
        return self._rowtime(node)

    def _rowtime(self, node: tree.Function) -> Expr:
        if node.args:
            column = Binder(self.context, self.names, Rules("MATCH_ROWTIME")).bind(node.args[0])
            type_ = replace(column.type, time_attribute=TimeAttribute.ROWTIME)
            return Navigation("ROWTIME", None, 0, column, type_, node.span)
        times = [i for i, item in enumerate(self.names.fields) if item.type.is_rowtime]
        if not times:
            raise self.context.error("MATCH_ROWTIME() needs an event time in ORDER BY", node.span)
        type_ = replace(t.timestamp(3), nullable=False, time_attribute=TimeAttribute.ROWTIME)
        return Navigation("ROWTIME", None, 0, Column(times[0], self.names.fields[times[0]].type), type_, node.span)

    def _split(self, node: tree.Name) -> tuple[str | None, tree.Name]:
        """The variable in front of a name, and the name."""
        first = node.parts[0].text
        if len(node.parts) > 1 and first in self.variables | self.subsets:
            return first, replace(node, parts=node.parts[1:])
        return None, node

    def _name(self, node: tree.Name) -> Expr | None:
        variable, name = self._split(node)
        if variable is None and len(node.parts) > 1:
            self._check_variable(node)
        value = Binder(self.context, self.names, Rules("MATCH_RECOGNIZE")).name(name)
        if variable in self.subsets and variable not in self.variables:
            return Literal(None, value.type.plain().null(), node.span)
        return Navigation("LAST", variable, 0, _plain(value), value.type, node.span)

    def _check_variable(self, node: tree.Name) -> None:
        first = node.parts[0].text
        table = self.names.named((first,))
        if table is None and not any(item.name == first for item in self.names.fields):
            todo = did_you_mean(first, sorted(self.variables))
            raise self.context.error(f"there is no pattern variable {first}", node.parts[0].span, todo)

    # FIRST, LAST and aggregates

    def _special(self, node: tree.Special) -> Expr | None:
        match node.name:
            case "FINAL":
                return self.bind(node.args[0])
            case "RUNNING" | "CLASSIFIER" | "MATCH_NUMBER":
                raise self.context.error(f"Flink does not support {node.name} in patterns", node.span)
            case "PREV" | "NEXT":
                todo = "use LAST(variable.column, n)"
                raise self.context.error(f"Flink does not support {node.name} in patterns", node.span, todo)
            case "FIRST" | "LAST":
                return self._navigation(node)
            case _:
                return None

    def _navigation(self, node: tree.Special) -> Expr:
        reference, value = self._inside(node.args[0], node.name, node.span)
        offset = 0
        if len(node.args) > 1:
            found = literals.bind_literal(node.args[1], self.context.source, self.context.session)
            if found is None or not isinstance(found.value, int) or found.value < 0:
                raise self.context.error(f"{node.name} takes a whole number from 0", node.args[1].span)
            offset = found.value
        if reference in self.subsets and reference not in self.variables:
            return Literal(None, value.type.plain().null(), node.span)
        return Navigation(node.name, reference, offset, _plain(value), value.type, node.span)

    def _inside(self, node: tree.Expression, clause: str, span: Span) -> tuple[str | None, Expr]:
        """An expression over one row, and the one variable it speaks of."""
        seen = _Reference()

        def name(part: tree.Name) -> Expr | None:
            variable, rest = self._split(part)
            if variable is None and len(part.parts) > 1:
                self._check_variable(part)
            seen.variables.add(variable)
            return Binder(self.context, self.names, Rules(clause)).name(rest)

        def nested(part: tree.Expression) -> Expr | None:
            raise self.context.error(f"{clause} takes no aggregate inside", part.span)

        def special(part: tree.Special) -> Expr | None:
            if part.name in ("FIRST", "LAST", "PREV", "NEXT", "RUNNING", "FINAL"):
                raise self.context.error(f"{clause} takes no {part.name} inside", part.span)
            return None

        value = Binder(self.context, self.names, Rules(clause, aggregate=nested, name=name, special=special)).bind(node)
        if len(seen.variables) > 1:
            raise self.context.error(f"{clause} speaks of several pattern variables", span)
        return next(iter(seen.variables), None), value

    def _aggregate(self, node: tree.Expression) -> Expr | None:
        if not isinstance(node, tree.Function):
            raise self.context.unsupported("this aggregate in MATCH_RECOGNIZE", node.span)
        name = node.name.last.text.upper()
        if node.quantifier == "DISTINCT":
            raise self.context.error("Flink has no DISTINCT aggregates in patterns", node.span)
        if node.condition is not None:
            raise self.context.unsupported("FILTER in MATCH_RECOGNIZE", node.span)
        if not functions.is_aggregate(name):
            raise self.context.error(f"{name} has no meaning in MATCH_RECOGNIZE", node.span)
        found = [self._inside(arg, name, node.span) for arg in ([] if node.star else node.args)]
        spoken = {variable for (variable, value) in found if not isinstance(value, Literal)}
        if len(spoken) > 1:
            raise self.context.error(f"{name} speaks of several pattern variables", node.span)
        variable = next(iter(spoken), None)
        call = self.context.aggregate(
            name,
            [value for _, value in found],
            node.span,
            ignore_nulls=node.nulls == "IGNORE",
            kind="pattern",
            grouped=False,
        )
        return PatternAggregate(call, variable, call.type, node.span)


def _plain(value: Expr) -> Expr:
    """Only MATCH_ROWTIME() tells a time attribute; a time column of a row of the match is a plain value."""
    return replace(value, type=value.type.plain()) if isinstance(value, Column) else value

"""Subqueries that look at the query around them: their conditions move out of them, into the join."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from riverrun.sql.binder import relations
from riverrun.sql.binder.context import Context
from riverrun.sql.binder.scope import OUTER
from riverrun.sql.expr import Call, Column, Expr, Span, columns_of, shift, walk
from riverrun.sql.logical import (
    Aggregate,
    Expand,
    Filter,
    Join,
    Match,
    Node,
    Over,
    Project,
    Sort,
    Unnest,
    Values,
    Watermark,
    inputs,
)
from riverrun.sql.plan import JoinKind
from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class Independent:
    """A relation that looks at nothing outside, and conditions over its columns and (from OUTER on) those outside."""

    node: Node
    conditions: tuple[Expr, ...]


def expressions(node: Node) -> Iterator[Expr]:
    """The expressions of one node."""
    match node:
        case Values(rows=rows):
            yield from (item for row in rows for item in row)
        case Project(expressions=found):
            yield from found
        case Filter(condition=condition):
            yield condition
        case Watermark(expression=expression):
            yield expression
        case Join():
            yield from (part for part in (node.condition, node.snapshot) if part is not None)
        case Unnest():
            yield node.collection
            yield from () if node.condition is None else (node.condition,)
        case Expand(projections=projections):
            yield from (item for row in projections for item in row)
        case Aggregate(calls=calls) | Over(calls=calls):
            for call in calls:
                yield from call.args
                yield from () if call.filter is None else (call.filter,)
        case Match(define=define, measures=measures):
            yield from (condition for _, condition in define)
            yield from (measure.expression for measure in measures)
        case _:
            return


def looks_out(expr: Expr) -> bool:
    return any(isinstance(part, Column) and part.index >= OUTER for part in walk(expr))


def is_correlated(node: Node) -> bool:
    return any(looks_out(expr) for expr in expressions(node)) or any(is_correlated(below) for below in inputs(node))


# From columns outside (numbers from OUTER on) to a relation with the different values that they have there.
Generator = Callable[[Sequence[Column]], Node]


@dataclass(frozen=True, slots=True)
class Correlation:
    """How to untangle one subquery. `values`: conditions that are no equality join with the values outside, so that
    nothing but equalities is left for the query around (what an aggregate above needs)."""

    context: Context
    span: Span
    generator: Generator | None = None
    values: bool = False

    def refuse(self) -> Exception:
        what = "this subquery looks at the query around it in a way that riverrun cannot untangle"
        return self.context.unsupported(what, self.span, "write it as a join")


def independent(node: Node, how: Correlation) -> Independent:
    if not is_correlated(node):
        return Independent(node, ())
    match node:
        case Filter():
            return _filter(node, how)
        case Project():
            return _project(node, how)
        case Aggregate():
            return _aggregate(node, how)
        case Join(kind=JoinKind.INNER, snapshot=None):
            return _join(node, how)
        case Sort():
            what = "LIMIT and ORDER BY ... LIMIT cannot look at the query around"
            raise how.context.error(what, how.span, "number the rows with ROW_NUMBER() and join")
        case _:
            raise how.refuse()


def _with_values(below: Independent, exprs: Sequence[Expr], how: Correlation) -> tuple[Independent, dict[int, int]]:
    """The relation joined with the values of the columns outside that `exprs` read, and where they are then."""
    found: dict[int, Column] = {}
    for expr in exprs:
        for part in walk(expr):
            if isinstance(part, Column) and part.index >= OUTER:
                found.setdefault(part.index, part)
    if how.generator is None or any(index >= 2 * OUTER for index in found):
        raise how.refuse()
    columns = [found[index] for index in sorted(found)]
    width = len(below.node.schema)
    joined = relations.join(JoinKind.INNER, below.node, how.generator(columns), None)
    numbers = {column.index: width + i for i, column in enumerate(columns)}
    equal = [how.context.call("=", (relations.column(joined, numbers[c.index]), c), how.span) for c in columns]
    return Independent(joined, (*below.conditions, *equal)), numbers


def _inside(expr: Expr, numbers: Mapping[int, int]) -> Expr:
    return shift(expr, {index: numbers.get(index, index) for index in columns_of(expr)})


def _filter(node: Filter, how: Correlation) -> Independent:
    below = independent(node.input, how)
    parts = relations.conjuncts(node.condition)
    own = relations.conjunction(part for part in parts if not looks_out(part))
    outside = [part for part in parts if looks_out(part)]
    filtered = Independent(relations.filtered(below.node, own), below.conditions)
    if not how.values or all(_pair(part) is not None for part in outside):
        return Independent(filtered.node, (*filtered.conditions, *outside))
    joined, numbers = _with_values(filtered, outside, how)
    condition = relations.conjunction(_inside(part, numbers) for part in outside)
    return Independent(relations.filtered(joined.node, condition), joined.conditions)


def _project(node: Project, how: Correlation) -> Independent:
    below = independent(node.input, how)
    expressions = list(node.expressions)
    if any(looks_out(expr) for expr in expressions):
        below, numbers = _with_values(below, expressions, how)
        expressions = [_inside(expr, numbers) for expr in expressions]
    kept, places = _keeping(expressions, below)
    names = [item.name for item in node.schema]
    names += [below.node.schema[c.index].name for c in kept[len(names) :] if isinstance(c, Column)]
    return Independent(relations.project(below.node, kept, names), _renumbered(below.conditions, places))


def _keeping(wanted: list[Expr], below: Independent) -> tuple[list[Expr], dict[int, int]]:
    """`wanted` and the columns that the conditions need; where those columns are then."""
    numbers: dict[int, int] = {}
    for index in sorted({i for c in below.conditions for i in columns_of(c) if i < OUTER}):
        column = relations.column(below.node, index)
        if column not in wanted:
            wanted.append(column)
        numbers[index] = wanted.index(column)
    return wanted, numbers


def _renumbered(conditions: Sequence[Expr], numbers: dict[int, int]) -> tuple[Expr, ...]:
    found = []
    for condition in conditions:
        outer = {index: index for index in columns_of(condition) if index >= OUTER}
        found.append(shift(condition, {**numbers, **outer}))
    return tuple(found)


def _aggregate(node: Aggregate, how: Correlation) -> Independent:
    """The columns that have to equal something outside become keys."""
    if node.window is not None or any(looks_out(expr) for expr in expressions(node)):
        raise how.refuse()
    below = independent(node.input, how)
    if any(_pair(condition) is None for condition in below.conditions):
        below = independent(node.input, replace(how, values=True))
    pairs = [pair for condition in below.conditions if (pair := _pair(condition)) is not None]
    if len(pairs) != len(below.conditions):
        raise how.refuse()
    base = relations.extended(below.node, [inside for inside, _ in pairs])
    width, own = len(below.node.schema), len(node.keys)
    keys = (*node.keys, *range(width, width + len(pairs)))
    fields = (*node.schema[:own], *(base.schema[key] for key in keys[own:]), *node.schema[own:])
    aggregate = replace(node, input=base, keys=keys, schema=fields)
    order = [*range(own), *range(own + len(pairs), len(fields)), *range(own, own + len(pairs))]
    columns: list[Expr] = [relations.column(aggregate, i) for i in order]
    back = relations.project(aggregate, columns, [fields[i].name for i in order])
    conditions = [
        how.context.call("=", (relations.column(back, len(node.schema) + i), outside), how.span)
        for i, (_, outside) in enumerate(pairs)
    ]
    return Independent(back, tuple(conditions))


def _pair(condition: Expr) -> tuple[Expr, Expr] | None:
    """Inside and outside of `inside = outside`."""
    if not (isinstance(condition, Call) and condition.function == "=" and len(condition.args) == 2):
        return None
    left, right = condition.args
    for inside, outside in ((left, right), (right, left)):
        all_outside = all(index >= OUTER for index in columns_of(outside))
        if not looks_out(inside) and all_outside and columns_of(outside):
            return inside, outside
    return None


def _join(node: Join, how: Correlation) -> Independent:
    left, right = independent(node.left, how), independent(node.right, how)
    by = len(left.node.schema)
    moved = [_moved(condition, by) for condition in right.conditions]
    before = len(node.left.schema)
    own: list[Expr] = []
    outside: list[Expr] = []
    for part in relations.conjuncts(node.condition):
        part = _spread(part, before, by)
        (outside if looks_out(part) else own).append(part)
    joined = relations.join(JoinKind.INNER, left.node, right.node, relations.conjunction(own))
    count = len(node.right.schema)
    order = [*range(before), *range(by, by + count), *range(before, by), *range(by + count, len(joined.schema))]
    columns = [relations.column(joined, i) for i in order]
    numbers = {old: new for new, old in enumerate(order)}
    back = relations.project(joined, columns, [joined.schema[i].name for i in order])
    return Independent(back, _renumbered([*left.conditions, *moved, *outside], numbers))


def _moved(condition: Expr, by: int) -> Expr:
    return shift(condition, {i: i if i >= OUTER else i + by for i in columns_of(condition)})


def _spread(condition: Expr, before: int, by: int) -> Expr:
    """The condition of a join whose left side got more columns."""
    return shift(condition, {i: i if i < before or i >= OUTER else i - before + by for i in columns_of(condition)})


def inward(condition: Expr, left: int) -> Expr:
    """A condition of an Independent over the columns of a join: those outside are left's, its own come after them."""
    numbers = {}
    for index in columns_of(condition):
        level, number = divmod(index, OUTER)
        numbers[index] = number + left if level == 0 else number + OUTER * (level - 1)
    return shift(condition, numbers)

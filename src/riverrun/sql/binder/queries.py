"""Queries: WITH, set operations, VALUES, ORDER BY and LIMIT around a SELECT."""

from __future__ import annotations

from collections.abc import Sequence

from riverrun.schema.types import Field, Root, Type
from riverrun.sql import functions
from riverrun.sql.binder import relations, select, sources, subqueries
from riverrun.sql.binder.context import Context
from riverrun.sql.binder.expressions import Binder, Rules
from riverrun.sql.binder.scope import Scope, ScopeTable
from riverrun.sql.expr import Column, Expr, Span
from riverrun.sql.logical import Aggregate, Node, Project, SetOperation, Sort, Union, Values
from riverrun.sql.plan import SetKind
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import queries as q


def bind_query(context: Context, query: q.Query, outer: Scope | None = None, *, top: bool = False) -> Node:
    """The relation of a query. An ORDER BY without LIMIT counts only at the top."""
    match query:
        case q.Select():
            return select.bind_select(context, query, outer)
        case q.Values():
            return bind_values(context, query, outer)
        case q.Table():
            return sources.bind_table(context, query.name, ()).node
        case q.SetOperation():
            return _set_operation(context, query, outer)
        case q.With():
            return bind_query(_with(context, query, outer), query.query, outer, top=top)
        case q.Ordered():
            return _ordered(context, query, outer, top)


def _with(context: Context, query: q.With, outer: Scope | None) -> Context:
    if query.recursive:
        raise context.error("Flink has no WITH RECURSIVE", query.span)
    for table in query.tables:
        node = bind_query(context, table.query, outer)
        if table.columns:
            node = renamed(context, node, table.columns, table.span)
        context = context.with_table(table.name.text, node)
    return context


def renamed(context: Context, node: Node, names: Sequence[tree.Identifier], span: Span) -> Node:
    if len(names) != len(node.schema):
        raise context.error(f"{len(names)} names for {len(node.schema)} columns", span)
    return relations.project(node, relations.columns(node), [name.text for name in names])


# ORDER BY and LIMIT


def _ordered(context: Context, query: q.Ordered, outer: Scope | None, top: bool) -> Node:
    offset, limit = _amount(context, query.offset), _amount(context, query.limit)
    order = query.order if top or offset is not None or limit is not None else ()
    body = query.query
    while isinstance(body, q.With):
        context = _with(context, body, outer)
        body = body.query
    if isinstance(body, q.Select):
        selected = select.bind_ordered(context, body, outer, order)
    else:
        selected = _sorted(context, bind_query(context, body, outer), order)
    node = selected.node
    if selected.order or offset is not None or limit is not None:
        node = Sort(node, selected.order, offset or 0, limit, query.span)
    return relations.first(node, selected.width)


def _amount(context: Context, amount: tree.Number | tree.Parameter | None) -> int | None:
    if amount is None:
        return None
    if isinstance(amount, tree.Parameter) or not amount.text.isdigit():
        raise context.error("LIMIT and OFFSET take whole numbers", amount.span)
    return int(amount.text)


def _sorted(context: Context, node: Node, order: Sequence[tree.OrderItem]) -> select.Selected:
    """ORDER BY over a set operation or VALUES: only its own columns."""
    names = Scope((ScopeTable(None, node.schema, 0),))
    binder = Binder(context, names, Rules("ORDER BY", subquery=None))
    width = len(node.schema)
    extra: list[Expr] = []
    keys = []
    for item in order:
        ordinal = select.ordinal(context, item.expression, width)
        if ordinal is None:
            extra.append(binder.bind(item.expression))
            ordinal = width + len(extra) - 1
        keys.append(select.sort_key(item, ordinal))
    return select.Selected(relations.extended(node, extra), width, tuple(keys))


# Set operations


def _set_operation(context: Context, query: q.SetOperation, outer: Scope | None) -> Node:
    sides = [bind_query(context, side, outer) for side in (query.left, query.right)]
    left, right = _aligned(context, query, sides)
    if query.operator == "UNION":
        union = Union((*_united(left, query.all), *_united(right, query.all)), left.schema)
        return union if query.all else subqueries.distinct(union)
    return SetOperation(left, right, SetKind(query.operator), query.all, left.schema)


def _united(side: Node, every: bool) -> tuple[Node, ...]:
    """The inputs of a UNION inside of a UNION."""
    if isinstance(side, Union):
        return side.inputs
    distinct = isinstance(side, Aggregate) and not side.calls and len(side.keys) == len(side.input.schema)
    if distinct and not every and isinstance(side, Aggregate) and isinstance(side.input, Union):
        return side.input.inputs
    return (side,)


def _aligned(context: Context, query: q.SetOperation, sides: list[Node]) -> list[Node]:
    """Both sides with the common types of their columns and left's names."""
    words = f"{query.operator}{' ALL' if query.all else ''}"
    widths = [len(side.schema) for side in sides]
    if widths[0] != widths[1]:
        raise context.error(f"{words} of {widths[0]} and {widths[1]} columns", query.right.span)
    types: list[Type] = []
    for i in range(widths[0]):
        pair = [side.schema[i].type for side in sides]
        found = pair[0] if pair[0] == pair[1] else functions.common_type(pair)
        if found is None:
            shown = " and ".join(type_.summary(nullability=False) for type_ in pair)
            raise context.error(f"the columns {i + 1} of {words} have no common type: {shown}", query.span)
        types.append(found)
    names = [item.name for item in sides[0].schema]
    return [_cast(context, side, types, names) for side in sides]


def _cast(context: Context, node: Node, types: Sequence[Type], names: Sequence[str]) -> Node:
    exprs = [cast(context, relations.column(node, i), type_) for i, type_ in enumerate(types)]
    projected = relations.project(node, exprs, names)
    # The common type says NULL is possible if it is on one side; the values stay as they are.
    if projected.schema == tuple(Field(n, t) for n, t in zip(names, types, strict=True)):
        return projected
    return _typed(projected, types, names)


def _typed(node: Node, types: Sequence[Type], names: Sequence[str]) -> Node:
    fields = tuple(Field(name, type_) for name, type_ in zip(names, types, strict=True))
    return Project(node, tuple(Column(i, type_) for i, type_ in enumerate(types)), fields)


def cast(context: Context, expr: Expr, target: Type) -> Expr:
    """The value as `target`, which it fits; nothing to do when only nullability differs."""
    if expr.type.same_as(target):
        return expr
    return functions.cast(expr, target.with_nullable(expr.type.nullable), context.session)


# VALUES


def bind_values(
    context: Context, query: q.Values, outer: Scope | None = None, targets: Sequence[Type] | None = None
) -> Node:
    """Rows of constants. NULL without a type is allowed where `targets` (of an INSERT) tell it."""
    binder = Binder(context, Scope(outer=outer), Rules("VALUES"))
    width = len(query.rows[0].items)
    rows = []
    for row in query.rows:
        if len(row.items) != width:
            raise context.error(f"a row has {len(row.items)} values, the first has {width}", row.span)
        rows.append([_value(context, binder, item, targets) for item in row.items])
    types = [_value_type(context, query, rows, i, targets) for i in range(width)]
    typed = tuple(tuple(cast(context, value, t) for value, t in zip(row, types, strict=True)) for row in rows)
    fields = tuple(Field(f"EXPR${i}", type_) for i, type_ in enumerate(types))
    return Values(typed, fields)


def _value(context: Context, binder: Binder, item: tree.Expression, targets: Sequence[Type] | None) -> Expr:
    if isinstance(item, tree.Default):
        raise context.unsupported("DEFAULT in VALUES", item.span)
    found = binder.bind(item)
    if found.type.root is Root.NULL and targets is None:
        raise untyped_null(context, found.span)
    return found


def untyped_null(context: Context, span: Span) -> Exception:
    return context.error("NULL has no type here", span, "say which: CAST(NULL AS INT)")


def _value_type(
    context: Context, query: q.Values, rows: Sequence[Sequence[Expr]], index: int, targets: Sequence[Type] | None
) -> Type:
    types = [row[index].type for row in rows]
    found = functions.common_type(types)
    if found is None:
        shown = " and ".join(dict.fromkeys(type_.summary(nullability=False) for type_ in types))
        raise context.error(f"the values number {index + 1} have no common type: {shown}", query.span)
    if found.root is Root.NULL and targets is not None and index < len(targets):
        return targets[index].null()
    return found

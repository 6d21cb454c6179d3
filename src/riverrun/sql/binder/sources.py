"""FROM: tables, views, subqueries, joins, UNNEST, window functions, patterns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from riverrun.errors import did_you_mean
from riverrun.schema import types as t
from riverrun.schema.types import Field, Root
from riverrun.sql.binder import match, queries, relations, subqueries, tables, window_tables
from riverrun.sql.binder.context import Context
from riverrun.sql.binder.correlation import Correlation, independent, inward
from riverrun.sql.binder.expressions import Binder, Rules
from riverrun.sql.binder.scope import OUTER, Scope, ScopeTable
from riverrun.sql.catalog import Table, View
from riverrun.sql.expr import Call, Column, Expr, Literal, Span, shift
from riverrun.sql.logical import Join, Node, Unnest, Values
from riverrun.sql.plan import JoinKind, Schema
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import queries as q
from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class From:
    """A relation and what its columns are called. `snapshot`: the time as of which a join sees it."""

    node: Node
    tables: tuple[ScopeTable, ...]
    common: Mapping[str, Expr] = field(default_factory=dict)
    order: tuple[tuple[str, Expr], ...] | None = None
    snapshot: tree.Expression | None = None

    def scope(self, outer: Scope | None) -> Scope:
        return Scope(self.tables, self.common, self.order, outer)


def named(node: Node, name: str | None, path: tuple[str, ...] = ()) -> From:
    return From(node, (ScopeTable(name, node.schema, 0, path),))


def bind_from(context: Context, source: q.Source, outer: Scope | None) -> From:
    match source:
        case q.TableName():
            return bind_table(context, source.name, source.hints)
        case q.Aliased():
            return _aliased(context, source, outer)
        case q.Derived():
            return named(queries.bind_query(context, source.query, outer), None)
        case q.TableFunction():
            return named(window_tables.bind_window_table(context, source, outer), None)
        case q.UnnestSource():
            return _unnested_alone(context, source, outer)
        case q.Join():
            return _join(context, source, outer)
        case q.MatchRecognize():
            return named(match.bind_match(context, source, outer), None)
        case q.Snapshot():
            return replace(bind_from(context, source.source, outer), snapshot=source.period)
        case q.Sampled():
            if source.feature in ("TABLESAMPLE", "PIVOT"):
                raise context.error(f"Flink runs no {source.feature} on streams", source.span)
            raise context.unsupported(source.feature, source.span)


# Tables and views


def bind_table(context: Context, name: tree.Name, hints: Sequence[q.Hint]) -> From:
    texts = name.texts
    if len(texts) == 1 and texts[0] in context.tables:
        return named(context.tables[texts[0]], texts[0], texts)
    found = context.catalog.find(texts)
    if found is None:
        known = [*context.catalog.names(), *context.tables]
        raise context.error(f"there is no table or view {name}", name.span, did_you_mean(str(name), known))
    if isinstance(found, Table):
        return named(
            tables.scan(context, found, name.span, tables.option_hints(context, hints)), found.name, found.path
        )
    return named(_view(context, found, name), found.name, found.path)


def _view(context: Context, view: View, name: tree.Name) -> Node:
    """The view's query, bound with the names of the time when it was made."""
    if view.path in context.views:
        raise context.error(f"the view {view.name} refers to itself", name.span)
    inner = replace(context, source=view.source, tables={}, views=(*context.views, view.path))
    node = queries.bind_query(inner, view.query)
    names = view.columns or [item.name for item in view.schema]
    return relations.project(node, relations.columns(node), names)


def _aliased(context: Context, source: q.Aliased, outer: Scope | None) -> From:
    if isinstance(source.source, q.UnnestSource):
        return _unnested_alone(context, source.source, outer, source)
    found = bind_from(context, source.source, outer)
    node = found.node
    if source.columns:
        node = queries.renamed(context, node, source.columns, source.span)
    return replace(named(node, source.alias.text), snapshot=found.snapshot)


# Joins

_KINDS = {
    "INNER": JoinKind.INNER,
    "CROSS": JoinKind.INNER,
    "COMMA": JoinKind.INNER,
    "LEFT": JoinKind.LEFT,
    "RIGHT": JoinKind.RIGHT,
    "FULL": JoinKind.FULL,
}


def _join(context: Context, join: q.Join, outer: Scope | None) -> From:
    left = bind_from(context, join.left, outer)
    kind = _KINDS[join.kind]
    _check_condition(context, join)
    unnest = _unnest_of(join.right)
    if unnest is not None:
        return _unnested(context, join, left, unnest, outer)
    if isinstance(_unaliased(join.right), q.TableFunction) and _is_lateral(join.right):
        raise context.unsupported("a table function of the user (LATERAL TABLE)", join.right.span)
    lateral = _is_lateral(join.right)
    right = bind_from(context, join.right, left.scope(outer) if lateral else outer)
    if lateral:
        return _lateral(context, join, left, right, outer)
    merged = _merged(context, left, right, kind, join)
    if join.using or join.natural:
        merged, condition = _using(context, join, merged, left, right)
    else:
        condition = _condition(context, join, merged, outer)
    snapshot = _snapshot(context, right, left, outer)
    schema = relations.joined(kind, left.node, right.node)
    node = Join(left.node, right.node, kind, condition, schema, False, snapshot, span=join.span)
    return replace(merged, node=node)


def _check_condition(context: Context, join: q.Join) -> None:
    given = join.condition is not None or bool(join.using) or join.natural
    if join.kind in ("CROSS", "COMMA"):
        if given:
            raise context.error("CROSS JOIN takes no condition", join.span, "write JOIN ... ON")
    elif not given:
        raise context.error(f"{join.kind} JOIN needs a condition", join.right.span, "add ON or USING")


def _unaliased(source: q.Source) -> q.Source:
    return source.source if isinstance(source, q.Aliased) else source


def _is_lateral(source: q.Source) -> bool:
    inner = _unaliased(source)
    return isinstance(inner, q.Derived | q.TableFunction) and inner.lateral


def _merged(context: Context, left: From, right: From, kind: JoinKind, join: q.Join) -> From:
    """The names of both sides; the side that may be padded is nullable."""
    width = len(left.node.schema)
    schema = relations.joined(kind, left.node, right.node)
    names = [table.name for table in left.tables if table.name]
    for table in right.tables:
        if table.name in names:
            todo = "give one of them another alias"
            raise context.error(f"the name {table.name} stands twice in FROM", join.right.span, todo)
    moved = [replace(table, offset=table.offset + width) for table in right.tables]
    found = tuple(
        replace(table, fields=schema[table.offset : table.offset + len(table.fields)])
        for table in (*left.tables, *moved)
    )
    shown = From(left.node, found)
    if left.order is None and right.order is None:
        return shown
    order = ((name, _padded(context, shown, expr)) for name, expr in _star(left, right))
    return replace(shown, order=tuple(order))


def _star(left: From, right: From) -> list[tuple[str, Expr]]:
    """`*` of both sides, over the columns of the join."""
    width = len(left.node.schema)
    return [*left.scope(None).star(), *((name, shift(expr, width)) for name, expr in right.scope(None).star())]


def _condition(context: Context, join: q.Join, merged: From, outer: Scope | None) -> Expr | None:
    if join.condition is None:
        return None
    binder = Binder(context, merged.scope(outer), Rules("ON"))
    return binder.condition(join.condition, "ON")


def _using(context: Context, join: q.Join, merged: From, left: From, right: From) -> tuple[From, Expr | None]:
    """The names with the common columns merged, and the condition."""
    names = [name.text for name in join.using]
    spans = {name.text: name.span for name in join.using}
    if join.natural:
        theirs = {item.name for item in right.node.schema}
        names = [name for name, _ in left.scope(None).star() if name in theirs]
    tests, common = [], {}
    width = len(left.node.schema)
    for name in names:
        span = spans.get(name, join.span)
        one = _padded(context, merged, _only(context, left, name, span))
        two = _padded(context, merged, shift(_only(context, right, name, span), width))
        tests.append(context.call("=", (one, two), span))
        common[name] = _common(context, join.kind, one, two, span)
    order = ((name, common[name]) for name in names)
    others = ((name, _padded(context, merged, expr)) for name, expr in _star(left, right) if name not in common)
    shown = replace(merged, common={} if join.natural else common, order=(*order, *others))
    return shown, relations.conjunction(tests)


def _only(context: Context, side: From, name: str, span: Span) -> Expr:
    """The column of a side, which may be one that an earlier USING merged."""
    found = [expr for own, expr in side.scope(None).star() if own == name]
    if len(found) != 1:
        what = "is ambiguous" if found else "is not on both sides"
        raise context.error(f"the column {name} of USING {what}", span)
    return context.at(found[0], span)


def _padded(context: Context, merged: From, expr: Expr) -> Expr:
    """A (merged) column as the join has it, which may be nullable now."""
    if isinstance(expr, Column):
        return replace(expr, type=merged.scope(None).field_at(expr.index).type)
    if isinstance(expr, Call) and expr.function == "COALESCE":
        return context.call("COALESCE", [_padded(context, merged, arg) for arg in expr.args], expr.span)
    return expr


def _common(context: Context, kind: str, left: Expr, right: Expr, span: Span) -> Expr:
    if kind == "FULL":
        return context.call("COALESCE", (left, right), span)
    sure = kind == "INNER" and left.type.nullable and not right.type.nullable
    return right if kind == "RIGHT" or sure else left


def _snapshot(context: Context, right: From, left: From, outer: Scope | None) -> Expr | None:
    if right.snapshot is None:
        return None
    return Binder(context, left.scope(outer), Rules("FOR SYSTEM_TIME AS OF")).bind(right.snapshot)


def _lateral(context: Context, join: q.Join, left: From, right: From, outer: Scope | None) -> From:
    """A subquery that looks at the tables before it: what it compares goes into the join's condition."""
    kind = _KINDS[join.kind]
    if kind not in (JoinKind.INNER, JoinKind.LEFT):
        raise context.error(f"LATERAL takes part in inner and left joins only, not {join.kind}", join.right.span)
    found = independent(right.node, Correlation(context, join.right.span, lambda columns: _values(left.node, columns)))
    width = len(left.node.schema)
    merged = _merged(context, left, right, kind, join)
    conditions = [inward(condition, width) for condition in found.conditions]
    own = _condition(context, join, merged, outer)
    condition = relations.conjunction([*conditions, *([own] if own is not None else [])])
    schema = relations.joined(kind, left.node, found.node)
    node = Join(left.node, found.node, kind, condition, schema, span=join.span)
    return replace(merged, node=relations.first(node, width + len(right.node.schema)))


def _values(node: Node, columns: Sequence[Column]) -> Node:
    """The different values that columns of the left side have."""
    inside: list[Expr] = [Column(column.index - OUTER, column.type) for column in columns]
    return subqueries.distinct(relations.project(node, inside, [f"c{i}" for i in range(len(inside))]))


# UNNEST


def _unnest_of(source: q.Source) -> q.UnnestSource | None:
    inner = _unaliased(source)
    return inner if isinstance(inner, q.UnnestSource) else None


def _unnested(context: Context, join: q.Join, left: From, unnest: q.UnnestSource, outer: Scope | None) -> From:
    if join.kind in ("RIGHT", "FULL") or join.using or join.natural:
        raise context.error("UNNEST takes part in CROSS JOIN, INNER JOIN and LEFT JOIN ... ON only", join.span)
    scope = left.scope(outer)
    alias = join.right if isinstance(join.right, q.Aliased) else None
    collection, fields = _elements(context, Binder(context, scope, Rules("UNNEST")), unnest, alias)
    padded = join.kind == "LEFT"
    shown = tuple(Field(item.name, item.type.null()) for item in fields) if padded else fields
    width = len(left.node.schema)
    table = ScopeTable(alias.alias.text if alias is not None else None, shown, width)
    found = From(left.node, (*left.tables, table), left.common)
    if left.order is not None:
        items = ((item.name, Column(width + i, item.type)) for i, item in enumerate(shown))
        found = replace(found, order=(*left.order, *items))
    condition = None
    if join.condition is not None:
        condition = Binder(context, found.scope(outer), Rules("ON")).condition(join.condition, "ON")
        condition = None if relations.is_true(condition) else condition
    node = Unnest(left.node, collection, padded, unnest.ordinality, condition, (*left.node.schema, *shown))
    return replace(found, node=node)


def _unnested_alone(
    context: Context, unnest: q.UnnestSource, outer: Scope | None, alias: q.Aliased | None = None
) -> From:
    """`FROM UNNEST(...)`: joined with one row that is then dropped."""
    zero = Literal(0, t.INT.not_null())
    row = Values(((zero,),), (Field("ZERO", zero.type),))
    binder = Binder(context, Scope(outer=outer), Rules("UNNEST"))
    collection, fields = _elements(context, binder, unnest, alias)
    node = Unnest(row, collection, False, unnest.ordinality, None, (*row.schema, *fields))
    columns = [Column(1 + i, item.type) for i, item in enumerate(fields)]
    rows = relations.project(node, columns, [item.name for item in fields])
    return named(rows, alias.alias.text if alias is not None else None)


def _elements(context: Context, binder: Binder, unnest: q.UnnestSource, alias: q.Aliased | None) -> tuple[Expr, Schema]:
    """The collection, and the columns of its elements."""
    if unnest.query is not None or len(unnest.items) != 1:
        raise context.unsupported("UNNEST of a query or of several collections", unnest.span)
    collection = binder.bind(unnest.items[0])
    fields = _element_fields(context, collection, unnest, alias)
    if alias is not None and alias.columns:
        if len(alias.columns) != len(fields):
            raise context.error(f"{len(alias.columns)} names for {len(fields)} columns", alias.span)
        fields = tuple(Field(name.text, item.type) for name, item in zip(alias.columns, fields, strict=True))
    return collection, fields


def _element_fields(context: Context, collection: Expr, unnest: q.UnnestSource, alias: q.Aliased | None) -> Schema:
    type_ = collection.type
    fields: Schema
    if type_.root is Root.MAP and type_.key is not None and type_.element is not None:
        fields = (Field("KEY", type_.key), Field("VALUE", type_.element))
    elif type_.root in (Root.ARRAY, Root.MULTISET) and type_.element is not None:
        element = type_.element
        if element.root is Root.ROW:
            fields = element.fields  # rows that are NULL are left out
        else:
            fields = (Field(alias.alias.text if alias is not None else "EXPR$0", element),)
    else:
        shown = type_.summary(nullability=False)
        raise context.error(f"UNNEST takes an ARRAY, MAP or MULTISET, this is {shown}", unnest.items[0].span)
    return (*fields, Field("ORDINALITY", t.INT.not_null())) if unnest.ordinality else fields

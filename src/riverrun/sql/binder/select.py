"""SELECT: items, WHERE, GROUP BY, HAVING, OVER, DISTINCT, and ORDER BY as far as it looks into the SELECT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from riverrun.errors import did_you_mean
from riverrun.schema import types as t
from riverrun.schema.types import Field, Root, Type
from riverrun.sql import functions
from riverrun.sql.binder import calls, queries, relations, scope, sources, subqueries, tables
from riverrun.sql.binder.context import Context
from riverrun.sql.binder.expressions import Binder, Rules
from riverrun.sql.binder.filters import Condition
from riverrun.sql.binder.grouping import Grouping
from riverrun.sql.binder.numbers import Others
from riverrun.sql.binder.overs import Overs
from riverrun.sql.binder.scope import Scope
from riverrun.sql.expr import Column, Expr, Literal, SortKey, shift
from riverrun.sql.logical import Join, Node, Values
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import queries as q
from riverrun.sql.tree.walk import children
from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class Selected:
    """A relation whose first `width` columns are the query's; the others are there for `order`."""

    node: Node
    width: int
    order: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class _Item:
    """An item of the select list: bound already (from a star), or a tree."""

    name: str
    tree: tree.Expression | None
    expr: Expr | None = None


def bind_select(context: Context, select: q.Select, outer: Scope | None) -> Node:
    return bind_ordered(context, select, outer, ()).node


def bind_ordered(context: Context, select: q.Select, outer: Scope | None, order: Sequence[tree.OrderItem]) -> Selected:
    return _Select(context, select, outer).bind(order)


def ordinal(context: Context, node: tree.Expression, width: int) -> int | None:
    """The column that `ORDER BY 2` means."""
    if not isinstance(node, tree.Number) or not node.text.isdigit():
        return None
    if not 1 <= int(node.text) <= width:
        raise context.error(f"there is no column number {node.text}", node.span, f"columns have numbers 1 to {width}")
    return int(node.text) - 1


def sort_key(item: tree.OrderItem, index: int) -> SortKey:
    nulls_first = item.nulls_first if item.nulls_first is not None else not item.descending
    return SortKey(index, item.descending, nulls_first)


class _Select:
    def __init__(self, context: Context, select: q.Select, outer: Scope | None) -> None:
        self.context = context
        self.select = select
        if select.stream:
            raise context.error("Flink has no SELECT STREAM", select.span)
        self.ttl: int | None = None  # of the groups, by a hint
        self.node, self.names = self._source(outer)
        if select.where is not None:
            where = Condition(context, self.names, self.node, select.where, Rules("WHERE"))
            self.node = where.over(self.node, {})
        self.grouping: Grouping | None = None

    def _source(self, outer: Scope | None) -> tuple[Node, Scope]:
        if self.select.source is None:
            zero = Literal(0, t.INT.not_null())
            return Values(((zero,),), (Field("ZERO", zero.type),)), Scope(outer=outer)
        found = sources.bind_from(self.context, self.select.source, outer)
        if found.snapshot is not None:
            raise self.context.error("FOR SYSTEM_TIME AS OF stands behind JOIN only", found.snapshot.span)
        return self._kept_as_hinted(found), found.scope(outer)

    def _kept_as_hinted(self, found: sources.From) -> Node:
        """STATE_TTL says how long the sides of a join, or the groups over one table, are kept."""
        ttls = tables.state_ttls(self.context, self.select.hints)
        names = [table.name for table in found.tables]
        for name, (ttl, span) in ttls.items():
            if name not in names:
                known = did_you_mean(name, [each for each in names if each])
                raise self.context.error(f"STATE_TTL: there is no table {name} in this FROM", span, known)
            if isinstance(self.select.source, q.Join) and (len(names) != 2 or self.select.group_by is not None):
                todo = "put each join and each GROUP BY into a query of its own"
                raise self.context.unsupported("the hint STATE_TTL over several operators", span, todo)
            self.ttl = ttl
        if not ttls or not isinstance(found.node, Join):
            return found.node
        self.ttl = None
        left, right = (ttls[name][0] if name in ttls else None for name in names)
        return replace(found.node, ttl=(left, right))

    def bind(self, order: Sequence[tree.OrderItem]) -> Selected:
        items = self._items()
        if self._aggregates(items, order):
            self.grouping = Grouping(self.context, self.names, self.node, self.select.group_by)
        outer = self.grouping.seen if self.grouping is not None else None
        base = self.node if self.grouping is None else None
        joined = subqueries.Subqueries(self.context, self.names, base, outer)
        binder, overs = self._binder(joined)
        exprs = [self._bound(item, binder) for item in items]
        having = self._having(binder, outer)
        keys, hidden = self._order(order, items, exprs, binder)
        qualify = self._qualify(items, exprs, binder, overs)
        node, exprs = self._relation(joined, [*exprs, *hidden, *qualify], having, overs)
        if qualify:
            node = relations.filtered(node, exprs.pop())
        names = [*(item.name for item in items), *(f"$o{i}" for i in range(len(hidden)))]
        node = relations.project(node, exprs, names)
        if self.select.distinct:
            self._check_distinct(order, hidden)
            node = subqueries.distinct(node)
        return Selected(node, len(items), keys)

    def _relation(
        self, joined: subqueries.Subqueries, exprs: Sequence[Expr], having: Condition | None, overs: Overs
    ) -> tuple[Node, list[Expr]]:
        """Everything but the last projection, and that over its columns."""
        node, places = self.node, Others()
        if self.grouping is not None:
            node, places = self.grouping.relation(self.ttl)
        if having is not None:
            node = having.over(node, places)
        node, places = joined.relation(node, places)
        exprs = [shift(expr, places) for expr in exprs]
        if overs.calls:
            overs.renumber(places)
            node, numbers = overs.relation(node)
            exprs = [shift(expr, Others(numbers)) for expr in exprs]
        return node, list(exprs)

    # The items

    def _items(self) -> list[_Item]:
        found: list[_Item] = []
        for item in self.select.items:
            if isinstance(item.expression, tree.Star):
                if item.alias is not None:
                    raise self.context.error("* takes no alias", item.alias.span)
                found += self._star(item.expression, [one.name for one in found])
            else:
                name = item.alias.text if item.alias is not None else _derived(item.expression, len(found))
                found.append(_Item(name, item.expression))
        return found

    def _star(self, star: tree.Star, taken: Sequence[str]) -> list[_Item]:
        """The columns of a star; names that are taken get a number."""
        if self.select.source is None:
            raise self.context.error("* needs a FROM", star.span)
        used = set(taken)
        items = []
        for name, expr in self._columns(star):
            unique = uniquified(name, used)
            used.add(unique)
            items.append(_Item(unique, None, expr))
        return items

    def _columns(self, star: tree.Star) -> list[tuple[str, Expr]]:
        if not star.qualifier:
            self._check_different(star)
            return self.names.star()
        texts = tuple(part.text for part in star.qualifier)
        table = self.names.named(texts)
        if table is not None:
            return [(f.name, Column(table.offset + i, f.type, star.span)) for i, f in enumerate(table.fields)]
        if len(texts) == 1 and not any(item.name == texts[0] for item in self.names.fields):
            known = [one.name for one in self.names.tables if one.name]
            raise self.context.error(f"there is no table {texts[0]} in FROM", star.span, did_you_mean(texts[0], known))
        found = scope.resolve(self.names, star.qualifier, self.context.source)
        plain = Binder(self.context, self.names, Rules("SELECT"))
        row = plain.fields(found.column, found.rest, star.span)
        if row.type.root is not Root.ROW:
            raise self.context.error(f"{'.'.join(texts)} is no ROW", star.span)
        return [(f.name, self.context.call("FIELD", (row,), star.span, (i,))) for i, f in enumerate(row.type.fields)]

    def _check_different(self, star: tree.Star) -> None:
        for table in self.names.tables:
            names = [item.name for item in table.fields]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise self.context.error(f"the column {twice} is ambiguous", star.span, "give one of them another name")

    def _bound(self, item: _Item, binder: Binder) -> Expr:
        if item.tree is not None:
            found = binder.bind(item.tree)
            if _has_untyped_null(found.type):
                raise queries.untyped_null(self.context, item.tree.span)
            return found
        assert item.expr is not None, "an item is bound or a tree"
        if self.grouping is None:
            return item.expr
        if item.expr not in self.grouping.keys:
            what = f"the column {item.name} is neither grouped nor aggregated"
            raise self.context.error(what, item.expr.span, "name the columns instead of *")
        index = self.grouping.keys.index(item.expr)
        return Column(index, self.grouping.key_type(index), item.expr.span)

    # Binding items

    def _aggregates(self, items: Sequence[_Item], order: Sequence[tree.OrderItem]) -> bool:
        if self.select.group_by is not None or self.select.having is not None:
            return True
        trees = [item.tree for item in items if item.tree is not None]
        return any(_has_aggregate(node) for node in [*trees, *(item.expression for item in order)])

    def _binder(self, joined: subqueries.Subqueries) -> tuple[Binder, Overs]:
        grouping = self.grouping
        rules = Rules(
            "SELECT",
            known=grouping.known if grouping is not None else None,
            aggregate=grouping.aggregate if grouping is not None else None,
            subquery=joined.rule,
        )
        overs = Overs(self.context, self.names, self.select.windows, rules)
        with_over = Rules("SELECT", rules.known, rules.aggregate, overs.rule, rules.subquery)
        return Binder(self.context, self.names, with_over), overs

    def _having(self, binder: Binder, outer: subqueries.Outer | None) -> Condition | None:
        if self.select.having is None:
            return None
        plain = Rules("HAVING", binder.rules.known, binder.rules.aggregate)
        return Condition(self.context, self.names, None, self.select.having, plain, outer)

    # QUALIFY and ORDER BY see the items by their names

    def _with_items(self, clause: str, items: Sequence[_Item], exprs: Sequence[Expr], binder: Binder) -> Binder:
        by_name = {item.name: expr for item, expr in zip(items, exprs, strict=True)}

        def known(node: tree.Expression) -> Expr | None:
            found = by_name.get(node.last.text) if isinstance(node, tree.Name) and len(node.parts) == 1 else None
            if found is None and binder.rules.known is not None:
                found = binder.rules.known(node)
            return found

        rules = binder.rules
        return Binder(self.context, self.names, Rules(clause, known, rules.aggregate, rules.over, rules.subquery))

    def _qualify(self, items: Sequence[_Item], exprs: Sequence[Expr], binder: Binder, overs: Overs) -> list[Expr]:
        node = self.select.qualify
        if node is None:
            return []
        found = self._with_items("QUALIFY", items, exprs, binder).condition(node, "QUALIFY")
        if not overs.calls:
            raise self.context.error("QUALIFY needs an OVER aggregate", node.span, "use WHERE or HAVING")
        return [found]

    def _order(
        self, order: Sequence[tree.OrderItem], items: Sequence[_Item], exprs: list[Expr], binder: Binder
    ) -> tuple[tuple[SortKey, ...], list[Expr]]:
        """Sort keys over items and hidden columns: numbers and aliases mean items, the rest is bound like an item."""
        found = self._with_items("ORDER BY", items, exprs, binder)
        hidden: list[Expr] = []
        keys = []
        for item in order:
            index = ordinal(self.context, item.expression, len(items))
            if index is None:
                index = self._place(found.bind(item.expression), exprs, hidden)
            keys.append(sort_key(item, index))
        return tuple(keys), hidden

    @staticmethod
    def _place(expr: Expr, exprs: list[Expr], hidden: list[Expr]) -> int:
        if expr in exprs:
            return exprs.index(expr)
        if expr not in hidden:
            hidden.append(expr)
        return len(exprs) + hidden.index(expr)

    def _check_distinct(self, order: Sequence[tree.OrderItem], hidden: Sequence[Expr]) -> None:
        if hidden:
            raise self.context.error("with DISTINCT, ORDER BY takes columns of the select list only", order[0].span)


def _has_untyped_null(type_: Type) -> bool:
    inner = (type_.key, type_.element, *(item.type for item in type_.fields))
    return type_.root is Root.NULL or any(_has_untyped_null(one) for one in inner if one is not None)


def uniquified(name: str, used: set[str]) -> str:
    """`id`, or `id0`, `id1` ... when it is taken."""
    if name not in used:
        return name
    number = 0
    while f"{name}{number}" in used:
        number += 1
    return f"{name}{number}"


def unique_names(names: Sequence[str]) -> list[str]:
    """A result's column names, made different as Flink does."""
    used: set[str] = set()
    found = []
    for name in names:
        found.append(uniquified(name, used))
        used.add(found[-1])
    return found


def _derived(node: tree.Expression, position: int) -> str:
    """The name of an item without an alias."""
    if isinstance(node, tree.Name):
        return node.last.text
    if isinstance(node, tree.Function) and node.span == node.name.span:
        return node.name.last.text
    return f"EXPR${position}"


def _has_aggregate(node: object) -> bool:
    """Is there an aggregate outside of subqueries and not as an OVER call?"""
    if isinstance(node, q.Query):
        return False
    if isinstance(node, tree.Function) and node.over is None:
        name = node.name.last.text.upper()
        if name in (*calls.GROUPINGS, *calls.AUXILIARY) or _is_plain_aggregate(node, name):
            return True
    if isinstance(node, tree.Special) and node.name in ("JSON_OBJECTAGG", "JSON_ARRAYAGG"):
        return True
    return any(_has_aggregate(child) for child in children(node))


def _is_plain_aggregate(node: tree.Function, name: str) -> bool:
    return len(node.name.parts) == 1 and functions.is_aggregate(name) and not functions.is_over_only(name)

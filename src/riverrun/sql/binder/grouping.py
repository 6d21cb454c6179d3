"""GROUP BY: keys, grouping sets, aggregates, group windows; and what a grouped query may still refer to."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from riverrun.errors import InputError, UnsupportedError
from riverrun.schema import types as t
from riverrun.schema.types import Field, TimeAttribute, Type
from riverrun.sql.binder import calls, relations
from riverrun.sql.binder.context import Context
from riverrun.sql.binder.expressions import Binder, Rules
from riverrun.sql.binder.group_windows import GroupWindow, bind_group_window, is_group_window
from riverrun.sql.binder.numbers import Others
from riverrun.sql.binder.scope import Scope
from riverrun.sql.expr import AggregateCall, Column, Expr, Literal
from riverrun.sql.logical import Aggregate, Expand, Node
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import queries as q
from riverrun.values import dataclass

# Columns that get their numbers when everything is known: aggregates, window properties, GROUPING(...).
CALL, PROPERTY, MARK = 100_000, 200_000, 500_000


@dataclass(frozen=True, slots=True)
class _Property:
    what: str
    type: Type


class Grouping:
    """Collects the aggregates of one SELECT while its items are bound, then makes the relation."""

    def __init__(self, context: Context, names: Scope, node: Node, group_by: q.GroupBy | None) -> None:
        self.context = context
        self.names = names
        self.node = node
        self.keys: list[Expr] = []
        self.key_trees: list[tree.Expression] = []
        self.sets: list[tuple[int, ...]] | None = None
        self.window: GroupWindow | None = None
        self.calls: list[AggregateCall] = []
        self.properties: list[_Property] = []
        self.marks: list[tuple[str, tuple[int, ...]]] = []
        self._raw = Binder(context, names, Rules("GROUP BY"))
        self._inner = Binder(context, names, Rules("an aggregate function", aggregate=self._nested))
        if group_by is not None:
            self._bind_keys(group_by)

    # Keys and sets

    def _bind_keys(self, group_by: q.GroupBy) -> None:
        alternatives = [self._alternatives(element) for element in group_by.elements]
        if any(isinstance(element, q.GroupingSets) for element in group_by.elements):
            found = [_merged(parts) for parts in itertools.product(*alternatives)]
            self.sets = list(dict.fromkeys(found)) if group_by.distinct else found

    def _alternatives(self, element: q.GroupingElement) -> list[tuple[int, ...]]:
        """The sets of keys that one element of GROUP BY stands for."""
        if isinstance(element, q.GroupingSet):
            return [tuple(self._key(item) for item in element.expressions if not self._is_window(item))]
        if element.kind == "SETS":
            return [one for inner in element.elements for one in self._alternatives(inner)]
        parts = [self._alternatives(inner)[0] for inner in element.elements]
        if element.kind == "ROLLUP":
            return [_merged(parts[:length]) for length in range(len(parts), -1, -1)]
        chosen = itertools.product((True, False), repeat=len(parts))
        return [_merged([part for part, taken in zip(parts, mask, strict=True) if taken]) for mask in chosen]

    def _key(self, node: tree.Expression) -> int:
        found = self._raw.bind(node)
        if found not in self.keys:
            self.keys.append(found)
            self.key_trees.append(node)
        return self.keys.index(found)

    def _is_window(self, node: tree.Expression) -> bool:
        if not is_group_window(node):
            return False
        if self.window is not None:
            raise self.context.error("only one window can be in GROUP BY", node.span)
        assert isinstance(node, tree.Function), "is_group_window says so"
        self.window = bind_group_window(self._raw, node)
        return True

    @property
    def grouped(self) -> bool:
        """Is a group never empty?"""
        return bool(self.keys or self.window) and not (self.sets is not None and () in self.sets)

    def key_type(self, index: int) -> Type:
        everywhere = self.sets is None or all(index in one for one in self.sets)
        type_ = self.keys[index].type
        return type_ if everywhere else type_.null()

    # What the items of the query refer to

    def known(self, node: tree.Expression) -> Expr | None:
        """A grouping key; a column that is none is refused."""
        if isinstance(node, tree.Number | tree.String | tree.Null | tree.Boolean | tree.Interval | tree.Star):
            return None
        found = self._quietly(node)
        if found is not None and found in self.keys:
            index = self.keys.index(found)
            return Column(index, self.key_type(index), node.span)
        if isinstance(node, tree.Name):
            found = self._raw.bind(node)  # raises when there is no such column
            raise self.context.error(
                f"the column {node} is neither grouped nor aggregated", node.span, f"add it to GROUP BY: {node}"
            )
        return None

    def _quietly(self, node: tree.Expression) -> Expr | None:
        try:
            return self._raw.bind(node)
        except (InputError, UnsupportedError):
            return None

    def aggregate(self, node: tree.Expression) -> Expr | None:
        """An aggregate, a part of the window (TUMBLE_START), or GROUPING(...)."""
        if isinstance(node, tree.Special):
            return self._json(node)
        if not isinstance(node, tree.Function):
            return None
        name = node.name.last.text.upper()
        if name in calls.AUXILIARY:
            return self._auxiliary(node, name)
        if name in calls.GROUPINGS:
            return self._grouping(node, name)
        return self._add(self.bind_call(node))

    def bind_call(self, node: tree.Function, kind: str = "group") -> AggregateCall:
        check_clauses(self.context, node)
        args = [] if node.star else [self._inner.bind(arg) for arg in node.args]
        condition = None
        if node.condition is not None:
            condition = self._inner.condition(node.condition, "FILTER")
        return self.context.aggregate(
            node.name.last.text.upper(),
            args,
            node.span,
            distinct=node.quantifier == "DISTINCT",
            ignore_nulls=node.nulls == "IGNORE",
            filter=condition,
            kind=kind,
            grouped=self.grouped,
        )

    def _json(self, node: tree.Special) -> Expr:
        if node.order or node.within_group:
            raise self.context.error(f"{node.name} takes no order in Flink", node.span)
        args = [self._inner.bind(arg) for arg in node.args]
        found = self.context.aggregate(
            node.name, args, node.span, kind="group", grouped=self.grouped, options=node.options
        )
        return self._add(found)

    def _add(self, call: AggregateCall) -> Column:
        if call not in self.calls:
            self.calls.append(call)
        index = self.calls.index(call)
        return Column(CALL + index, self.calls[index].type, call.span)

    def _nested(self, node: tree.Expression) -> Expr | None:
        raise self.context.error("an aggregate stands inside another aggregate", node.span)

    def _auxiliary(self, node: tree.Function, name: str) -> Expr:
        kind, part = name.rsplit("_", 1)
        window = self.window
        same = window is not None and window.kind == kind and bind_group_window(self._raw, node, kind) == window
        if window is None or not same:
            raise self.context.error(f"{name} needs the same {kind}(...) in GROUP BY", node.span)
        found = _Property(part.lower(), _property_type(part, window, self.context, node))
        if found not in self.properties:
            self.properties.append(found)
        return Column(PROPERTY + self.properties.index(found), found.type, node.span)

    def _grouping(self, node: tree.Function, name: str) -> Expr:
        indexes = []
        for arg in node.args:
            found = self._quietly(arg)
            if found is None or found not in self.keys:
                raise self.context.error(f"the argument of {name} has to be a grouping key", arg.span)
            indexes.append(self.keys.index(found))
        if name != "GROUP_ID" and not indexes:
            raise self.context.error(f"{name} needs an argument", node.span)
        mark = (name, tuple(indexes))
        if mark not in self.marks:
            self.marks.append(mark)
        return Column(MARK + self.marks.index(mark), t.BIGINT.not_null(), node.span)

    # The relation

    def relation(self, ttl: int | None = None) -> tuple[Node, Others]:
        """The aggregate (and over it what GROUPING(...) is without grouping sets), and where its columns are."""
        width = len(self.node.schema)
        names = [_name(node, i) for i, node in enumerate(self.key_trees)]
        base = relations.extended(self.node, self.keys, names) if self.keys else self.node
        keys = list(range(width, width + len(self.keys)))
        if self.sets is not None:
            base = self._expanded(base, keys)
            keys += range(len(base.schema) - len(self.marks) - 1, len(base.schema))
        window = self.window.over(self.node) if self.window is not None else None
        fields = [base.schema[key] for key in keys]
        fields += [Field(f"EXPR${i}", call.type) for i, call in enumerate(self.calls)]
        fields += [Field(f"w${p.what}", p.type) for p in self.properties]
        properties = tuple(p.what for p in self.properties)
        node: Node = Aggregate(base, tuple(keys), tuple(self.calls), tuple(fields), window, properties, ttl)
        numbers = self._numbers(len(keys))
        if self.sets is None and self.marks:
            zero = Literal(0, t.BIGINT.not_null())
            numbers.update({MARK + i: len(node.schema) for i in range(len(self.marks))})
            node = relations.extended(node, [zero])
        return node, numbers

    def _numbers(self, keys: int) -> Others:
        calls_at, properties_at = keys, keys + len(self.calls)
        own = len(self.keys)
        return Others(
            {
                **{i: i for i in range(own)},
                **{MARK + i: own + 1 + i for i in range(len(self.marks))},
                **{CALL + i: calls_at + i for i in range(len(self.calls))},
                **{PROPERTY + i: properties_at + i for i in range(len(self.properties))},
            }
        )

    def seen(self, column: Column) -> int:
        """Where a subquery of the grouped query finds a column of the query around: among the keys."""
        if column not in self.keys:
            name = self.node.schema[column.index].name
            todo = f"add it to GROUP BY: {name}"
            raise self.context.error(f"the column {name} is neither grouped nor aggregated", column.span, todo)
        return self.keys.index(column)

    def _expanded(self, base: Node, keys: Sequence[int]) -> Node:
        """Every row once per grouping set: keys outside of the set are NULL; then the set's number and the marks."""
        assert self.sets is not None, "only with grouping sets"
        big = t.BIGINT.not_null()
        projections = []
        for number, one in enumerate(self.sets):
            row: list[Expr] = []
            for i, item in enumerate(base.schema):
                left_out = i in keys and keys.index(i) not in one
                row.append(Literal(None, item.type.null()) if left_out else Column(i, item.type))
            row.append(Literal(self.sets.index(one), big))
            row += [Literal(_mark(mark, one, self.sets[:number].count(one)), big) for mark in self.marks]
            projections.append(tuple(row))
        fields = [
            Field(item.name, self.key_type(keys.index(i)) if i in keys else item.type)
            for i, item in enumerate(base.schema)
        ]
        extra = [Field("$e", big), *(Field(f"$g{i}", big) for i in range(len(self.marks)))]
        return Expand(base, tuple(projections), (*fields, *extra))


def _mark(mark: tuple[str, tuple[int, ...]], one: tuple[int, ...], repeated: int) -> int:
    """The value of GROUPING(...), GROUPING_ID(...) or GROUP_ID() for the rows of one set."""
    name, indexes = mark
    if name == "GROUP_ID":
        return repeated
    value = 0
    for index in indexes:
        value = value * 2 + (0 if index in one else 1)
    return value


def _merged(parts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sorted({index for part in parts for index in part}))


def _name(node: tree.Expression, index: int) -> str:
    return node.last.text if isinstance(node, tree.Name) else f"$k{index}"


def _property_type(part: str, window: GroupWindow, context: Context, node: tree.Function) -> Type:
    if part in ("START", "END"):
        return t.timestamp(3).not_null()
    time = window.time.type
    if part == "PROCTIME":
        if not time.is_proctime:
            raise context.error(f"{window.kind}_PROCTIME needs a window over processing time", node.span)
        return replace(t.timestamp_ltz(3), nullable=False, time_attribute=TimeAttribute.PROCTIME)
    if time.is_proctime:
        raise context.error(f"{window.kind}_ROWTIME needs a window over event time", node.span)
    return replace(time, nullable=True)


def check_clauses(context: Context, node: tree.Function) -> None:
    """What may follow an aggregate in Flink."""
    name = node.name.last.text.upper()
    if node.within_distinct:
        raise context.error("Flink has no WITHIN DISTINCT", node.span)
    if node.within_group:
        if name.startswith("PERCENTILE"):
            raise context.unsupported(f"{name} WITHIN GROUP", node.span)
        raise context.error(f"{name} takes no WITHIN GROUP in Flink", node.span)
    if node.order:
        raise context.error(f"{name} takes no ORDER BY in Flink", node.span)
    if node.nulls is not None and name not in ("ARRAY_AGG", "FIRST_VALUE", "LAST_VALUE", "LAG", "LEAD"):
        raise context.error(f"{name} takes no {node.nulls} NULLS", node.span)

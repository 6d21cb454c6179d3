"""Relations to plan nodes. Each kind of relation has its rule here or in the module named after it."""

from __future__ import annotations

from dataclasses import replace

from riverrun.sql import logical, plan
from riverrun.sql.binder import relations
from riverrun.sql.binder.context import Context
from riverrun.sql.catalog import Table
from riverrun.sql.expr import Column, Expr, Span, columns_of
from riverrun.sql.planner import aggregates, joins, matching, overs, ranks, sorting
from riverrun.sql.planner.relation import Relation, WindowColumns, calc, live, shape_of

_CHANGELOG_FORMATS = ("debezium-json", "debezium-avro-confluent", "canal-json", "maxwell-json", "ogg-json")


class Planner:
    """Plans one query."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def plan(self, node: logical.Node) -> Relation:
        match node:
            case logical.Scan():
                return _scan(node)
            case logical.Values():
                return Relation(plan.Values(node.rows, node.schema))
            case logical.Watermark():
                return self._watermark(node)
            case logical.Project() | logical.Filter():
                return self._calc(node)
            case logical.Join():
                return joins.plan_join(self, node)
            case logical.Aggregate():
                return aggregates.plan_aggregate(self, node)
            case logical.Over():
                return overs.plan_over(self, node)
            case logical.Sort():
                return sorting.plan_sort(self, node)
            case logical.Match():
                return matching.plan_match(self, node)
            case _:
                return self._other(node)

    def _other(self, node: logical.Node) -> Relation:
        match node:
            case logical.WindowTable():
                return self._window_table(node)
            case logical.Union():
                return self._union(node)
            case logical.Unnest():
                return self._unnest(node)
            case logical.Expand():
                return self._expand(node)
            case logical.SetOperation():
                left, right = self.plan(node.left), self.plan(node.right)
                schema = live(node.schema, frozenset())
                return Relation(plan.SetOperation(left.node, right.node, node.kind, node.all, schema))
            case _:
                raise AssertionError(f"no plan for {type(node).__name__}")

    # What Flink refuses

    def needs_inserts(self, below: Relation, what: str, span: Span) -> None:
        """Refuses an input that updates rows it has told before."""
        if not below.append_only:
            todo = "its input updates rows (an aggregate, a join or a Top-N without windows); move it below those"
            raise self.context.error(f"{what} takes no updating input", span, todo)

    # One rule for each

    def _calc(self, node: logical.Project | logical.Filter) -> Relation:
        inner = node.input if isinstance(node, logical.Project) else node
        condition = inner.condition if isinstance(inner, logical.Filter) else None
        source = inner.input if isinstance(inner, logical.Filter) else inner
        expressions: list[Expr] = relations.columns(source)
        if isinstance(node, logical.Project):
            expressions = list(node.expressions)
        if condition is not None and isinstance(source, logical.Over):
            ranked = ranks.plan_rank(self, source, condition, expressions)
            if ranked is not None:
                return calc(ranked.relation, ranked.expressions, node.schema, ranked.condition)
        return calc(self.plan(source), expressions, node.schema, condition)

    def _watermark(self, node: logical.Watermark) -> Relation:
        below = self.plan(node.input)
        times = below.times | {node.time}
        schema = live(node.schema, times)
        assigner = plan.WatermarkAssigner(below.node, node.time, node.expression, schema, below.append_only)
        return replace(below, node=assigner, times=times)

    def _window_table(self, node: logical.WindowTable) -> Relation:
        below = self.plan(node.input)
        self.check_window_time(below, node.window.time, node.span)
        width = len(below.schema)
        times = below.times | {width + 2}
        processing = below.is_proctime(node.window.time)
        window = WindowColumns(
            shape_of(node.window), processing, frozenset({width}), frozenset({width + 1}), frozenset({width + 2})
        )
        schema = live((*below.schema, *node.schema[width:]), times)
        table = plan.WindowTableFunction(below.node, node.window, schema, below.append_only)
        return Relation(table, times, window)

    def check_window_time(self, below: Relation, time: int, span: Span) -> None:
        if time not in below.times:
            what = "a window needs a time attribute"
            if 0 <= time < len(below.schema):
                item = below.schema[time]
                what += f"; {item.name} is {item.type.summary(nullability=False)} only"
            todo = "a column with WATERMARK or PROCTIME(), not computed further, and not through a regular join"
            raise self.context.error(what, span, todo)

    def _union(self, node: logical.Union) -> Relation:
        sides = [self.plan(side) for side in node.inputs]
        times = frozenset.intersection(*(side.times for side in sides))
        first = sides[0].window
        same = first is not None and all(first.like(side.window) and first == side.window for side in sides)
        schema = live(node.schema, times)
        append_only = all(side.append_only for side in sides)
        union = plan.Union(tuple(side.node for side in sides), schema, append_only)
        return Relation(union, times, first if same else None)

    def _unnest(self, node: logical.Unnest) -> Relation:
        below = self.plan(node.input)
        schema = (*below.schema, *node.schema[len(below.schema) :])
        unnest = plan.Unnest(
            below.node, node.collection, node.outer, node.ordinality, node.condition, schema, below.append_only
        )
        if not columns_of(node.collection):  # to Flink that is a regular join
            return Relation(unnest)
        return Relation(unnest, below.times, below.window)

    def _expand(self, node: logical.Expand) -> Relation:
        below = self.plan(node.input)
        same = {i: (i,) for i in range(len(below.schema)) if all(_keeps(row, i) for row in node.projections)}
        times = frozenset(i for i in below.times if i in same)
        window = below.window.moved(same) if below.window is not None else None
        expand = plan.Expand(below.node, node.projections, live(node.schema, times), below.append_only)
        return Relation(expand, times, window)


def _keeps(row: tuple[Expr, ...], index: int) -> bool:
    expr = row[index]
    return isinstance(expr, Column) and expr.index == index


def _scan(node: logical.Scan) -> Relation:
    table: Table = node.table
    places = {table.columns[column].name: i for i, column in enumerate(node.columns)}
    key = frozenset(places[name] for name in table.primary_key if name in places)
    unique = frozenset({key}) if key and len(key) == len(table.primary_key) else frozenset()
    scan = plan.Scan(table, node.columns, node.schema, is_append_only(table))
    return Relation(scan, unique=unique)


def is_append_only(table: Table) -> bool:
    """Does the table's connector deliver insertions only?"""
    formats = {table.options.get(key) for key in ("format", "value.format")}
    return table.options.get("connector") != "upsert-kafka" and not formats.intersection(_CHANGELOG_FORMATS)

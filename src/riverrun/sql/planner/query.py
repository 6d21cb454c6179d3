"""A bound query or INSERT as a plan with its sink."""

from __future__ import annotations

from riverrun.schema.types import Field
from riverrun.sql import logical, plan
from riverrun.sql.binder import inserts, queries
from riverrun.sql.binder.context import Context
from riverrun.sql.binder.definitions import output_names
from riverrun.sql.catalog import Table
from riverrun.sql.expr import Literal, Span
from riverrun.sql.planner.physical import Planner
from riverrun.sql.planner.pruning import pruned
from riverrun.sql.planner.relation import Relation
from riverrun.sql.planner.rewrite import merged, rewritten
from riverrun.sql.tree import queries as q
from riverrun.sql.tree import statements as s


def planned(context: Context, node: logical.Node) -> Relation:
    return Planner(context).plan(merged(pruned(rewritten(node))))


def plan_query(context: Context, query: q.Query) -> plan.Sink:
    """A query whose rows go to the person who asked."""
    node = queries.bind_query(context, query, top=True)
    relation = planned(context, node)
    # The result has the types that Flink shows: time attributes as the query's author sees them.
    schema = tuple(Field(name, item.type) for name, item in zip(output_names(node), node.schema, strict=True))
    return plan.Sink(relation.node, None, schema, append_only=relation.append_only, name="collect")


def plan_insert(context: Context, insert: s.Insert) -> plan.Sink:
    table = inserts.target(context, insert)
    node = inserts.bind_insert(context, insert, table)
    return insert_sink(context, insert, table, node)


def insert_sink(context: Context, insert: s.Insert, table: Table, node: logical.Node) -> plan.Sink:
    relation = planned(context, node)
    _check_times(context, relation, table, insert.query.span)
    constants = insert.partition.values if insert.partition is not None else ()
    names = [name.text for name, _ in constants]
    values = _constants(node, names)
    return plan.Sink(
        relation.node,
        table,
        table.sink_schema,
        values,
        insert.overwrite,
        relation.append_only,
        f"insert-into_{'.'.join(table.path)}",
    )


def _constants(node: logical.Node, names: list[str]) -> tuple[tuple[str, object], ...]:
    """The values of a static PARTITION, as the rows have them."""
    if not isinstance(node, logical.Project):
        return ()
    places = {item.name: i for i, item in enumerate(node.schema)}
    found = []
    for name in names:
        expr = node.expressions[places[name]]
        if isinstance(expr, Literal):
            found.append((name, expr.value))
    return tuple(found)


def _check_times(context: Context, relation: Relation, table: Table, span: Span) -> None:
    times = [relation.schema[i].name for i in sorted(relation.times) if relation.is_rowtime(i)]
    if len(times) > 1:
        todo = f"cast all but one of {', '.join(times)} to TIMESTAMP(3)"
        raise context.error(f"the query has several event times for {table.name}", span, todo)

"""INSERT: the query's columns put into the table's, with the casts that Flink makes without being asked."""

from __future__ import annotations

from collections.abc import Sequence

from riverrun.errors import did_you_mean
from riverrun.schema.types import Field, Root
from riverrun.sql import functions
from riverrun.sql.binder import literals, queries, relations
from riverrun.sql.binder.context import Context
from riverrun.sql.catalog import Table
from riverrun.sql.expr import Expr, Literal, Span
from riverrun.sql.logical import Node
from riverrun.sql.tree import queries as q
from riverrun.sql.tree import statements as s


def target(context: Context, insert: s.Insert) -> Table:
    found = context.catalog.find(insert.table.texts)
    if found is None:
        known = context.catalog.names()
        todo = did_you_mean(str(insert.table), known)
        raise context.error(f"there is no table {insert.table}", insert.table.span, todo)
    if not isinstance(found, Table):
        raise context.error(f"{insert.table} is a view; INSERT needs a table", insert.table.span)
    return found


def bind_insert(context: Context, insert: s.Insert, table: Table) -> Node:
    """The rows for the table: its written columns, in its order, with its types."""
    _check(context, insert)
    fields = table.sink_schema
    constants = _partition(context, insert, table)
    free = [item for item in fields if item.name not in constants]
    wanted = _named(context, insert, free) if insert.columns else free
    node = _rows(context, insert, wanted)
    if len(node.schema) != len(wanted):
        what = f"the query has {len(node.schema)} columns, {table.name} takes {len(wanted)}"
        raise context.error(what, insert.query.span, _columns_todo(wanted))
    places = {item.name: i for i, item in enumerate(wanted)}
    exprs = [_value(context, insert, node, places, constants, item) for item in fields]
    return relations.project(node, exprs, [item.name for item in fields])


def _check(context: Context, insert: s.Insert) -> None:
    if insert.upsert:
        raise context.error("Flink has no UPSERT INTO", insert.span, "INSERT INTO a table with a primary key")
    if insert.overwrite:
        raise context.error("INSERT OVERWRITE works in batch mode only", insert.span)
    if insert.conflict is not None:
        raise context.unsupported("ON CONFLICT", insert.span)


def _columns_todo(wanted: Sequence[Field]) -> str:
    return "the columns are " + ", ".join(f"{item.name} {item.type}" for item in wanted)


def _rows(context: Context, insert: s.Insert, wanted: Sequence[Field]) -> Node:
    if isinstance(insert.query, q.Values):
        return queries.bind_values(context, insert.query, None, [item.type for item in wanted])
    return queries.bind_query(context, insert.query, top=True)


def _named(context: Context, insert: s.Insert, free: Sequence[Field]) -> list[Field]:
    by_name = {item.name: item for item in free}
    wanted = []
    for name in insert.columns:
        if len(name.parts) > 1:
            raise context.unsupported("a nested column in INSERT", name.span)
        if str(name) not in by_name:
            raise context.error(f"there is no column {name} to write", name.span, did_you_mean(str(name), by_name))
        if by_name[str(name)] in wanted:
            raise context.error(f"the column {name} is named twice", name.span)
        wanted.append(by_name[str(name)])
    for item in free:
        if item not in wanted and not item.type.nullable:
            what = f"the column {item.name} is NOT NULL and gets no value"
            raise context.error(what, insert.columns[0].span, f"name it: ({', '.join(f.name for f in free)})")
    return wanted


def _partition(context: Context, insert: s.Insert, table: Table) -> dict[str, Expr]:
    if insert.partition is None:
        return {}
    found: dict[str, Expr] = {}
    for name, value in insert.partition.values:
        if name.text not in table.partitioned_by:
            todo = did_you_mean(name.text, table.partitioned_by)
            raise context.error(f"{table.name} is not partitioned by {name.text}", name.span, todo)
        literal = literals.bind_literal(value, context.source, context.session)
        if literal is None:
            raise context.error("PARTITION takes constants", value.span)
        found[name.text] = literal
    return found


def _value(
    context: Context, insert: s.Insert, node: Node, places: dict[str, int], constants: dict[str, Expr], item: Field
) -> Expr:
    if item.name in constants:
        return _assigned(context, constants[item.name], item, insert.span)
    if item.name not in places:
        return Literal(None, item.type.null())
    column = relations.column(node, places[item.name])
    return _assigned(context, column, item, insert.query.span)


def _assigned(context: Context, value: Expr, item: Field, span: Span) -> Expr:
    if value.type.root is Root.NULL:
        return Literal(None, item.type.null(), span)
    found = functions.assign(value, item.type)
    if found is None:
        shown = value.type.summary(nullability=False)
        what = f"{shown} does not fit the column {item.name} {item.type}"
        raise context.error(what, span, f"CAST(... AS {item.type.summary(nullability=False)})")
    return found

"""A table as a relation: what its connector delivers, computed columns, watermark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from riverrun.clock import duration
from riverrun.schema.types import Field, TimeAttribute
from riverrun.sql.binder import relations
from riverrun.sql.binder.context import Context
from riverrun.sql.binder.expressions import Binder, Rules
from riverrun.sql.binder.scope import Scope, ScopeTable
from riverrun.sql.catalog import Table, TableColumn
from riverrun.sql.expr import Column, Expr, Span
from riverrun.sql.logical import Node, Scan, Watermark
from riverrun.sql.tree import queries as q


def option_hints(context: Context, hints: Sequence[q.Hint]) -> tuple[tuple[str, str], ...]:
    """What `/*+ OPTIONS('k' = 'v') */` says. Other hints change no result."""
    found: list[tuple[str, str]] = []
    for hint in hints:
        if hint.name.text.upper() != "OPTIONS":
            continue
        for key, value in hint.items:
            if value is None:
                raise context.error("OPTIONS takes pairs: OPTIONS('key' = 'value')", hint.span)
            found.append((key, value))
    return tuple(found)


def state_ttls(context: Context, hints: Sequence[q.Hint]) -> dict[str, tuple[int, Span]]:
    """What `/*+ STATE_TTL('a' = '1 d') */` says: name of a table -> (ms, place)."""
    found: dict[str, tuple[int, Span]] = {}
    for hint in hints:
        for name, value in hint.items if hint.name.text.upper() == "STATE_TTL" else ():
            try:
                found[name] = duration(value or ""), hint.span
            except (ValueError, KeyError):
                todo = "STATE_TTL('table' = '12 h')"
                raise context.error(f"'{name}' = '{value}' is no length of time", hint.span, todo) from None
    return found


def scan(context: Context, table: Table, span: Span, options: tuple[tuple[str, str], ...] = ()) -> Node:
    """All declared columns in their order; the time attribute is one."""
    stored = tuple(i for i, column in enumerate(table.columns) if column.stored)
    schema = tuple(Field(table.columns[i].name, table.columns[i].type.plain()) for i in stored)
    used = table.with_options(dict(options)) if options else table
    node: Node = Scan(used, stored, schema, options, span)
    if len(stored) < len(table.columns):
        node = with_computed(context, table, node)
    if table.watermark is None:
        return node
    return _with_watermark(context, table, node)


def with_computed(context: Context, table: Table, node: Node) -> Node:
    own = replace(context, source=table.source or context.source, tables={})
    names = Scope((ScopeTable(table.name, node.schema, 0),))
    places = {item.name: i for i, item in enumerate(node.schema)}
    exprs = [_column(own, names, places, column) for column in table.columns]
    return relations.project(node, exprs, [column.name for column in table.columns])


def _column(context: Context, names: Scope, places: dict[str, int], column: TableColumn) -> Expr:
    if column.stored:
        return Column(places[column.name], column.type.plain())
    assert column.tree is not None, "a computed column has its expression"
    return Binder(context, names, Rules("a computed column")).bind(column.tree)


def _with_watermark(context: Context, table: Table, node: Node) -> Node:
    assert table.watermark is not None and table.watermark.tree is not None, "asked only with a watermark"
    own = replace(context, source=table.source or context.source, tables={})
    names = Scope((ScopeTable(table.name, node.schema, 0),))
    expression = Binder(own, names, Rules("WATERMARK")).bind(table.watermark.tree)
    time = next(i for i, column in enumerate(table.columns) if column.name == table.watermark.column)
    fields = list(node.schema)
    fields[time] = Field(fields[time].name, replace(fields[time].type, time_attribute=TimeAttribute.ROWTIME))
    return Watermark(node, time, expression, tuple(fields))

"""CREATE TABLE and CREATE VIEW: what is declared, checked as Flink checks it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from riverrun.errors import did_you_mean
from riverrun.schema.types import TIMESTAMPS, Field, TimeAttribute, Type
from riverrun.sql.binder import queries, select
from riverrun.sql.binder.context import Context
from riverrun.sql.binder.expressions import Binder, Rules
from riverrun.sql.binder.like import merged_with_like
from riverrun.sql.binder.scope import Scope, ScopeTable
from riverrun.sql.binder.types import bind_type
from riverrun.sql.catalog import Path, Table, TableColumn, TableWatermark, View
from riverrun.sql.expr import Span
from riverrun.sql.logical import Node
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import statements as s


def bind_table(context: Context, statement: s.CreateTable, path: Path) -> Table:
    """The table that the statement declares; with LIKE, merged with the other table."""
    base = _base(context, statement)
    columns = [_column(context, column) for column in statement.columns if not isinstance(column, s.ColumnName)]
    table = Table(
        path[-1],
        tuple(columns),
        None,
        (),
        tuple(name.text for name in statement.partitioned_by),
        dict(statement.options),
        statement.comment,
        path,
        statement.temporary,
        context.source.where(statement.name.span),
        context.source,
        _distribution(statement.distribution),
    )
    _check_repeated(context, statement)
    if base is not None and statement.like is not None:
        table = merged_with_like(context, table, base, statement)
    return checked(context, table, statement.watermark, _primary_key(context, statement), statement.name.span)


def checked(
    context: Context, table: Table, watermark: s.Watermark | None, key: Sequence[tree.Identifier], span: Span
) -> Table:
    """The table with its computed columns typed, its key and its watermark."""
    table = _with_computed(context, table)
    if key:
        table = _with_key(context, table, key)
    if watermark is not None:
        table = _with_watermark(context, table, watermark)
    elif table.watermark is not None:
        table = _marked(table, table.watermark.column)
    known = [column.name for column in table.columns]
    for name in table.partitioned_by:
        if name not in known:
            raise context.error(f"PARTITIONED BY: there is no column {name}", span, did_you_mean(name, known))
    return table


def _base(context: Context, statement: s.CreateTable) -> Table | None:
    if statement.like is None:
        return None
    name = statement.like.table
    found = context.catalog.find(name.texts)
    if found is None:
        raise context.error(f"there is no table {name}", name.span, did_you_mean(str(name), context.catalog.names()))
    if isinstance(found, View):
        raise context.error(f"{name} is a view; LIKE takes a table", name.span)
    return found


def _distribution(given: s.Distribution | None) -> tuple[str | None, tuple[str, ...], int | None] | None:
    if given is None:
        return None
    return given.kind, tuple(column.text for column in given.columns), given.buckets


# Columns


def _column(context: Context, column: s.Column) -> TableColumn:
    match column:
        case s.PhysicalColumn():
            return TableColumn(column.name.text, bind_type(column.type, context.source), comment=column.comment)
        case s.MetadataColumn():
            key = column.key or column.name.text
            type_ = bind_type(column.type, context.source)
            return TableColumn(column.name.text, type_, "metadata", key, column.virtual, comment=column.comment)
        case s.ComputedColumn():
            span = column.expression.span
            text = context.source.text[span.start : span.end]
            unknown = Type(TIMESTAMPS[0])
            return TableColumn(
                column.name.text, unknown, "computed", expression=text, comment=column.comment, tree=column.expression
            )
        case s.ColumnName():
            raise context.error("a column needs a type", column.span)


def bind_column(context: Context, column: s.Column) -> TableColumn:
    return _column(context, column)


def _check_repeated(context: Context, statement: s.CreateTable) -> None:
    seen = set()
    for column in statement.columns:
        if column.name.text in seen:
            raise context.error(f"the column {column.name.text} is declared twice", column.name.span)
        seen.add(column.name.text)


def _with_computed(context: Context, table: Table) -> Table:
    """Computed columns see what the connector delivers, not each other."""
    stored = [column for column in table.columns if column.stored]
    fields = tuple(Field(column.name, column.type) for column in stored)
    source = table.source or context.source
    own = replace(context, source=source, tables={})
    binder = Binder(own, Scope((ScopeTable(None, fields, 0),)), Rules("a computed column"))
    columns = []
    for column in table.columns:
        if column.kind == "computed" and column.tree is not None:
            column = replace(column, type=binder.bind(column.tree).type)
        columns.append(column)
    return replace(table, columns=tuple(columns))


# Key and watermark


def _primary_key(context: Context, statement: s.CreateTable) -> tuple[tree.Identifier, ...]:
    found: list[tuple[tuple[tree.Identifier, ...], bool | None, Span]] = []
    for column in statement.columns:
        if isinstance(column, s.PhysicalColumn) and column.primary_key:
            found.append(((column.name,), column.enforced, column.span))
        if isinstance(column, s.PhysicalColumn) and column.unique:
            raise context.error("Flink has no UNIQUE", column.span)
    for constraint in statement.constraints:
        if constraint.kind == "UNIQUE":
            raise context.error("Flink has no UNIQUE", constraint.span)
        found.append((constraint.columns, constraint.enforced, constraint.span))
    if len(found) > 1:
        raise context.error("a table has at most one PRIMARY KEY", found[1][2])
    return checked_key(context, *found[0]) if found else ()


def checked_key(
    context: Context, columns: tuple[tree.Identifier, ...], enforced: bool | None, span: Span
) -> tuple[tree.Identifier, ...]:
    if enforced is not False:
        raise context.error("Flink takes only keys that are NOT ENFORCED", span, "write PRIMARY KEY (...) NOT ENFORCED")
    return columns


def _with_key(context: Context, table: Table, key: Sequence[tree.Identifier]) -> Table:
    known = [column.name for column in table.columns]
    columns = {column.name: column for column in table.columns}
    for name in key:
        if name.text not in columns:
            todo = did_you_mean(name.text, known)
            raise context.error(f"PRIMARY KEY: there is no column {name.text}", name.span, todo)
        if columns[name.text].kind != "physical":
            raise context.error(f"PRIMARY KEY: {name.text} is no physical column", name.span)
        columns[name.text] = replace(columns[name.text], type=columns[name.text].type.not_null())
    return replace(table, columns=tuple(columns.values()), primary_key=tuple(name.text for name in key))


def _with_watermark(context: Context, table: Table, watermark: s.Watermark) -> Table:
    if len(watermark.column.parts) > 1:
        todo = "add a computed column for it: ts AS row.field"
        raise context.error("WATERMARK needs a top-level column", watermark.column.span, todo)
    name = watermark.column.last
    columns = {column.name: column for column in table.columns}
    if name.text not in columns:
        todo = did_you_mean(name.text, columns)
        raise context.error(f"WATERMARK: there is no column {name.text}", name.span, todo)
    type_ = columns[name.text].type
    if type_.root not in TIMESTAMPS or type_.precision > 3 or type_.is_proctime:
        shown = type_.summary(nullability=False)
        what = f"WATERMARK needs a TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p at most 3, {name.text} is {shown}"
        raise context.error(what, name.span)
    fields = tuple(Field(column.name, column.type) for column in table.columns)
    binder = Binder(context, Scope((ScopeTable(None, fields, 0),)), Rules("WATERMARK"))
    found = binder.bind(watermark.expression)
    if found.type.root not in TIMESTAMPS:
        shown = found.type.summary(nullability=False)
        raise context.error(f"the watermark has to be a TIMESTAMP, it is {shown}", watermark.expression.span)
    span = watermark.expression.span
    text = context.source.text[span.start : span.end]
    marked = _marked(table, name.text)
    return replace(marked, watermark=TableWatermark(name.text, text, found.type.plain(), watermark.expression))


def _marked(table: Table, time: str) -> Table:
    """The time column as a time attribute."""
    columns = [
        replace(column, type=replace(column.type, time_attribute=TimeAttribute.ROWTIME))
        if column.name == time
        else column
        for column in table.columns
    ]
    return replace(table, columns=tuple(columns))


def table_of_query(context: Context, statement: s.CreateTable, path: Path, node: Node) -> Table:
    """CREATE TABLE ... AS: the declared columns (if any), then those of the query."""
    names = [column for column in statement.columns if isinstance(column, s.ColumnName)]
    fields = [Field(name, item.type.plain()) for name, item in zip(output_names(node), node.schema, strict=True)]
    if names:
        by_name = {item.name: item for item in fields}
        for column in names:
            if column.name.text not in by_name:
                todo = did_you_mean(column.name.text, by_name)
                raise context.error(f"the query has no column {column.name.text}", column.span, todo)
        fields = [by_name[column.name.text] for column in names]
    declared = bind_table(context, replace(statement, columns=statement.columns if not names else ()), path)
    own = {column.name for column in declared.columns}
    more = tuple(TableColumn(item.name, item.type) for item in fields if item.name not in own)
    return replace(declared, columns=(*declared.columns, *more))


def output_names(node: Node) -> list[str]:
    return select.unique_names([item.name for item in node.schema])


# Views


def bind_view(context: Context, statement: s.CreateView, path: Path) -> View:
    """The query is bound at once, so that mistakes are found here."""
    node = queries.bind_query(context, statement.query)
    columns = tuple(name.text for name in statement.columns)
    if columns and len(columns) != len(node.schema):
        what = f"the view has {len(columns)} names for {len(node.schema)} columns"
        raise context.error(what, statement.columns[0].span)
    names: Iterable[str] = columns or output_names(node)
    fields = tuple(Field(name, item.type) for name, item in zip(names, node.schema, strict=True))
    span = statement.query.span
    return View(
        path[-1],
        statement.query,
        context.source,
        columns,
        fields,
        statement.comment,
        path,
        statement.temporary,
        context.source.text[span.start : span.end],
        context.catalog.catalog,
        context.catalog.database,
    )

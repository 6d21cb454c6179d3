"""SHOW and DESCRIBE."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any

from riverrun.errors import did_you_mean
from riverrun.schema import types as t
from riverrun.schema.types import Field
from riverrun.sql import functions
from riverrun.sql.binder.context import Context
from riverrun.sql.catalog import Table, TableColumn, View
from riverrun.sql.expr import Span
from riverrun.sql.printer import identifier_sql, string_sql
from riverrun.sql.printer.expressions import expression_sql
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import statements as s
from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class Listing:
    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def schema(self) -> tuple[Field, ...]:
        return tuple(Field(name, t.BOOLEAN if name == "null" else t.STRING) for name in self.names)


def show(context: Context, statement: s.Show) -> Listing:
    catalog = context.catalog
    match statement.what:
        case "CURRENT CATALOG":
            return Listing(("current catalog name",), ((catalog.catalog,),))
        case "CURRENT DATABASE":
            return Listing(("current database name",), ((catalog.database,),))
        case "COLUMNS":
            assert statement.name is not None, "the parser takes no SHOW COLUMNS without a table"
            return _filtered(_described(_found(context, statement.name)), statement)
        case "CREATE TABLE" | "CREATE VIEW":
            return _create(context, statement)
        case _:
            return _filtered(_listed(context, statement), statement)


def _listed(context: Context, statement: s.Show) -> Listing:
    catalog = context.catalog
    match statement.what:
        case "CATALOGS":
            return _column("catalog name", sorted(catalog.catalogs))
        case "DATABASES":
            owner = statement.name.last.text if statement.name is not None else catalog.catalog
            return _column("database name", sorted(name for where, name in catalog.databases if where == owner))
        case "TABLES" | "VIEWS":
            return _objects(context, statement)
        case "FUNCTIONS":
            own = {function.name.lower() for function in catalog.functions.values()}
            known = own if statement.user else own | {name.lower() for name in functions.names()}
            return _column("function name", sorted(known))
        case "MODULES":
            return _column("module name", ["core"])
        case _:
            raise context.unsupported(f"SHOW {statement.what}", statement.span)


def _objects(context: Context, statement: s.Show) -> Listing:
    catalog = context.catalog
    where: tuple[str | None, str | None] = (None, None)
    if statement.name is not None:
        texts = statement.name.texts
        where = (catalog.catalog, texts[0]) if len(texts) == 1 else (texts[0], texts[1])
        if where not in catalog.databases:
            raise context.error(f"there is no database {statement.name}", statement.name.span)
    views_only = statement.what == "VIEWS"
    found = [item.name for item in catalog.objects(*where) if isinstance(item, View) or not views_only]
    return _column("view name" if views_only else "table name", found)


def _column(name: str, values: Iterable[str]) -> Listing:
    return Listing((name,), tuple((value,) for value in values))


def _filtered(listing: Listing, statement: s.Show) -> Listing:
    """LIKE and ILIKE: % and _ as in SQL."""
    if statement.like is None:
        return listing
    negated, operator, pattern = statement.like
    parts = (".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern)
    flags = re.IGNORECASE | re.DOTALL if operator == "ILIKE" else re.DOTALL
    compiled = re.compile("".join(parts), flags)
    rows = tuple(row for row in listing.rows if (compiled.fullmatch(row[0]) is None) is negated)
    return Listing(listing.names, rows)


def _found(context: Context, name: tree.Name) -> Table | View:
    found = context.catalog.find(name.texts)
    if found is None:
        todo = did_you_mean(str(name), context.catalog.names())
        raise context.error(f"there is no table or view {name}", name.span, todo)
    return found


# DESCRIBE


def describe(context: Context, statement: s.Describe) -> Listing:
    if statement.kind != "TABLE" or statement.extended:
        what = "DESCRIBE EXTENDED" if statement.extended else f"DESCRIBE {statement.kind}"
        raise context.unsupported(what, statement.span)
    return _described(_found(context, statement.name))


def _described(item: Table | View) -> Listing:
    names = ("name", "type", "null", "key", "extras", "watermark")
    if isinstance(item, View):
        rows = tuple((f.name, _type(f.type), f.type.nullable, None, None, None) for f in item.schema)
        return Listing(names, rows)
    described = [_column_row(item, column) for column in item.columns]
    if any(column.comment for column in item.columns):
        pairs = zip(described, item.columns, strict=True)
        return Listing((*names, "comment"), tuple((*row, column.comment) for row, column in pairs))
    return Listing(names, tuple(described))


def _column_row(table: Table, column: TableColumn) -> tuple[Any, ...]:
    key = f"PRI({', '.join(table.primary_key)})" if column.name in table.primary_key else None
    watermark = table.watermark
    shown = None
    if watermark is not None and watermark.column == column.name:
        shown = _quoted_sql(watermark.tree, watermark.expression)
    return column.name, _type(column.type), column.type.nullable, key, _extras(column), shown


def _quoted_sql(node: tree.Expression | None, text: str) -> str:
    """The expression as Flink shows it: columns in back quotes."""
    return expression_sql(_quoted(node)) if node is not None else text


def _quoted(node: Any) -> Any:
    match node:
        case tree.Name():
            return replace(node, parts=tuple(replace(part, quoted=True) for part in node.parts))
        case tree.Function():
            return replace(node, args=tuple(_quoted(arg) for arg in node.args))
        case tuple():
            return tuple(_quoted(part) for part in node)
        case _ if is_dataclass(node) and not isinstance(node, type | Span):
            changed = {item.name: _quoted(getattr(node, item.name)) for item in fields(node) if item.init}
            return replace(node, **changed)
        case _:
            return node


def _type(type_: t.Type) -> str:
    return type_.summary(nullability=False)


def _extras(column: TableColumn) -> str | None:
    match column.kind:
        case "computed":
            return f"AS {_quoted_sql(column.tree, column.expression or '')}"
        case "metadata":
            key = f" FROM {string_sql(column.metadata_key)}" if column.metadata_key not in (None, column.name) else ""
            return f"METADATA{key}{' VIRTUAL' if column.virtual else ''}"
        case _:
            return None


# SHOW CREATE


def _create(context: Context, statement: s.Show) -> Listing:
    assert statement.name is not None, "the parser takes no SHOW CREATE without a name"
    item = _found(context, statement.name)
    wanted = "VIEW" if isinstance(item, View) else "TABLE"
    if statement.what != f"CREATE {wanted}":
        what = f"{statement.name} is a {wanted.lower()}"
        raise context.error(what, statement.name.span, f"SHOW CREATE {wanted} {statement.name}")
    text = _view_sql(item) if isinstance(item, View) else table_sql(item)
    return Listing(("result",), ((text,),))


def _path(path: tuple[str, ...]) -> str:
    return ".".join(f"`{t.escape(part)}`" for part in path)


def _view_sql(view: View) -> str:
    temporary = "TEMPORARY " if view.temporary else ""
    columns = ", ".join(f"`{t.escape(item.name)}`" for item in view.schema)
    return f"CREATE {temporary}VIEW {_path(view.path)} ({columns})\nAS {view.text}\n"


def table_sql(table: Table) -> str:
    """CREATE TABLE of a table as it is known."""
    lines = [f"  {_column_sql(column)}" for column in table.columns]
    if table.watermark is not None:
        mark = table.watermark
        lines.append(f"  WATERMARK FOR `{t.escape(mark.column)}` AS {mark.expression}")
    if table.primary_key:
        keys = ", ".join(f"`{t.escape(name)}`" for name in table.primary_key)
        lines.append(f"  PRIMARY KEY ({keys}) NOT ENFORCED")
    text = (
        f"CREATE {'TEMPORARY ' if table.temporary else ''}TABLE {_path(table.path)} (\n" + ",\n".join(lines) + "\n)\n"
    )
    if table.comment:
        text += f"COMMENT {string_sql(table.comment)}\n"
    if table.partitioned_by:
        text += f"PARTITIONED BY ({', '.join(identifier_sql(name) for name in table.partitioned_by)})\n"
    if table.options:
        options = ",\n".join(f"  {string_sql(k)} = {string_sql(v)}" for k, v in table.options.items())
        text += f"WITH (\n{options}\n)\n"
    return text


def _column_sql(column: TableColumn) -> str:
    extras = _extras(column)
    type_ = "" if column.kind == "computed" else f" {column.type.plain()}"
    comment = f" COMMENT {string_sql(column.comment)}" if column.comment else ""
    return f"`{t.escape(column.name)}`{type_}{f' {extras}' if extras else ''}{comment}"

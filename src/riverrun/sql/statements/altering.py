"""ALTER."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from riverrun.errors import did_you_mean
from riverrun.sql.binder import definitions
from riverrun.sql.binder.context import Context
from riverrun.sql.catalog import Object, Table, TableColumn, View
from riverrun.sql.script import parse_expression
from riverrun.sql.statements.defining import exists, path_of, renamed
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import statements as s
from riverrun.sql.tree.walk import walk


def alter(context: Context, statement: s.Statement) -> str:
    match statement:
        case s.AlterRename():
            return _rename(context, statement)
        case s.AlterView():
            return _view(context, statement)
        case s.AlterOptions(kind="TABLE"):
            return _options(context, statement)
        case s.AlterColumns():
            return _columns(context, statement)
        case s.AlterRenameColumn():
            return _rename_column(context, statement)
        case s.AlterDrop():
            return _drop(context, statement)
        case _:
            raise context.unsupported("this statement", statement.span)


def _found(context: Context, name: tree.Name, kind: type[Object], if_exists: bool = False) -> Object | None:
    found = context.catalog.find(name.texts)
    if isinstance(found, kind):
        return found
    if if_exists and found is None:
        return None
    word = "table" if kind is Table else "view"
    raise context.error(f"there is no {word} {name}", name.span, did_you_mean(str(name), context.catalog.names()))


def _table(context: Context, name: tree.Name, if_exists: bool) -> Table | None:
    found = _found(context, name, Table, if_exists)
    assert found is None or isinstance(found, Table), "asked for a table"
    return found


def _gone(name: tree.Name) -> str:
    return f"There is no table {name}."


def _rename(context: Context, statement: s.AlterRename) -> str:
    kind = Table if statement.kind == "TABLE" else View
    found = _found(context, statement.name, kind, statement.if_exists)
    if found is None:
        return _gone(statement.name)
    path = path_of(context, statement.to)
    exists(context, path, statement.to, statement.kind.lower(), found.temporary, False)
    context.catalog.drop(found.path, temporary=found.temporary)
    context.catalog.put(renamed(found, path))
    return f"Renamed {statement.name} to {statement.to}."


def _view(context: Context, statement: s.AlterView) -> str:
    found = _found(context, statement.name, View)
    assert isinstance(found, View), "asked for a view"
    create = s.CreateView(statement.name, statement.query, temporary=found.temporary, span=statement.span)
    context.catalog.put(definitions.bind_view(context, create, found.path))
    return f"Changed the view {statement.name}."


def _options(context: Context, statement: s.AlterOptions) -> str:
    table = _table(context, statement.name, statement.if_exists)
    if table is None:
        return _gone(statement.name)
    if "connector" in statement.reset:
        raise context.error("the option 'connector' cannot be reset", statement.span)
    options = {key: value for key, value in table.options.items() if key not in statement.reset}
    context.catalog.put(replace(table, options={**options, **dict(statement.set)}))
    return f"Changed the options of {statement.name}."


# Columns, key, watermark


def _columns(context: Context, statement: s.AlterColumns) -> str:
    table = _table(context, statement.name, statement.if_exists)
    if table is None:
        return _gone(statement.name)
    if statement.distribution is not None:
        raise context.unsupported("ALTER TABLE with a distribution", statement.span)
    columns = [_plain(column) for column in table.columns]
    for change in statement.columns:
        columns = _changed(context, columns, change, statement)
    key: Sequence[tree.Identifier] = ()
    for constraint in statement.constraints:
        if table.primary_key and statement.action == "ADD":
            raise context.error(f"{table.name} has a primary key already", constraint.span)
        key = definitions.checked_key(context, constraint.columns, constraint.enforced, constraint.span)
    if statement.watermark is not None and table.watermark is not None and statement.action == "ADD":
        raise context.error(f"{table.name} has a watermark already", statement.watermark.span)
    changed = replace(table, columns=tuple(columns))
    context.catalog.put(definitions.checked(context, changed, statement.watermark, key, statement.name.span))
    return f"Changed the table {statement.name}."


def _plain(column: TableColumn) -> TableColumn:
    """Which column is the event time is decided again."""
    return replace(column, type=column.type.plain()) if column.stored else column


def _changed(
    context: Context, columns: list[TableColumn], change: s.ColumnChange, statement: s.AlterColumns
) -> list[TableColumn]:
    column = definitions.bind_column(context, change.column)
    names = [one.name for one in columns]
    place = len(columns)
    if statement.action == "ADD":
        if column.name in names:
            raise context.error(f"there is a column {column.name} already", change.column.span)
    else:
        place = _place(context, names, change.column.name)
        del columns[place]
        names.remove(column.name)
    if change.position is not None:
        after = change.position.after
        place = 0 if after is None else _place(context, names, after) + 1
    return [*columns[:place], column, *columns[place:]]


def _place(context: Context, names: Sequence[str], name: tree.Identifier) -> int:
    if name.text not in names:
        raise context.error(f"there is no column {name.text}", name.span, did_you_mean(name.text, names))
    return names.index(name.text)


def _rename_column(context: Context, statement: s.AlterRenameColumn) -> str:
    table = _table(context, statement.name, statement.if_exists)
    if table is None:
        return _gone(statement.name)
    names = [column.name for column in table.columns]
    old, new = statement.column.last, statement.to
    place = _place(context, names, old)
    if new.text in names:
        raise context.error(f"there is a column {new.text} already", new.span)
    _check_unused(context, table, old)
    columns = list(table.columns)
    columns[place] = replace(columns[place], name=new.text)
    context.catalog.put(
        replace(
            table,
            columns=tuple(columns),
            primary_key=tuple(new.text if name == old.text else name for name in table.primary_key),
        )
    )
    return f"Renamed the column {old.text} of {statement.name} to {new.text}."


def _check_unused(context: Context, table: Table, name: tree.Identifier) -> None:
    """Computed columns, the watermark and partitions may speak of a column."""
    used = [column.name for column in table.columns if _speaks_of(column.expression, name.text)]
    if used:
        raise context.error(f"the computed column {used[0]} uses {name.text}", name.span)
    watermark = table.watermark
    if watermark is not None and (watermark.column == name.text or _speaks_of(watermark.expression, name.text)):
        raise context.error(f"the watermark uses {name.text}", name.span)
    if name.text in table.partitioned_by:
        raise context.error(f"{table.name} is partitioned by {name.text}", name.span)


def _speaks_of(text: str | None, name: str) -> bool:
    if text is None:
        return False
    return any(isinstance(node, tree.Name) and name in node.texts for node in walk(parse_expression(text)))


def _drop(context: Context, statement: s.AlterDrop) -> str:
    table = _table(context, statement.name, statement.if_exists)
    if table is None:
        return _gone(statement.name)
    match statement.what:
        case "WATERMARK":
            table = _without_watermark(context, table, statement)
        case "PRIMARY KEY" | "CONSTRAINT":
            if not table.primary_key:
                raise context.error(f"{table.name} has no primary key", statement.span)
            table = replace(table, primary_key=())
        case "COLUMN":
            table = _without_columns(context, table, statement)
        case _:
            raise context.unsupported(f"ALTER TABLE ... DROP {statement.what}", statement.span)
    context.catalog.put(table)
    return f"Changed the table {statement.name}."


def _without_watermark(context: Context, table: Table, statement: s.AlterDrop) -> Table:
    if table.watermark is None:
        raise context.error(f"{table.name} has no watermark", statement.span)
    return replace(table, watermark=None, columns=tuple(_plain(column) for column in table.columns))


def _without_columns(context: Context, table: Table, statement: s.AlterDrop) -> Table:
    columns = list(table.columns)
    for name in statement.columns:
        place = _place(context, [column.name for column in columns], name.last)
        _check_unused(context, replace(table, columns=tuple(columns)), name.last)
        if name.last.text in table.primary_key:
            raise context.error(f"the primary key uses {name.last.text}", name.span)
        del columns[place]
    if not columns:
        raise context.error("a table needs a column", statement.span)
    return replace(table, columns=tuple(columns))

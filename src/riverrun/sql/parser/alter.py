"""ALTER TABLE, VIEW, DATABASE, CATALOG, FUNCTION."""

from __future__ import annotations

from riverrun.sql.parser import definitions, queries
from riverrun.sql.parser.cursor import Cursor
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import statements as s


def alter(cursor: Cursor) -> s.Statement:
    start = cursor.expect("ALTER").span.start
    match cursor.word():
        case "TABLE":
            cursor.take()
            exists = definitions.if_exists(cursor)
            return _table(cursor, cursor.name(), exists, start)
        case "VIEW":
            cursor.take()
            return _view(cursor, cursor.name(), start)
        case "DATABASE":
            cursor.take()
            name = cursor.name()
            cursor.expect("SET")
            return s.AlterOptions("DATABASE", name, definitions.options(cursor), span=cursor.since(start))
        case "CATALOG":
            cursor.take()
            return _catalog(cursor, start)
        case "FUNCTION" | "TEMPORARY":
            return definitions.alter_function(cursor, start)
        case "MODEL" | "CONNECTION" | "MATERIALIZED" | "SYSTEM" | "SESSION":
            return definitions.rest(cursor, start, f"ALTER {cursor.word()}")
    return cursor.fail_expected("TABLE, VIEW, DATABASE or CATALOG")


def _catalog(cursor: Cursor, start: int) -> s.Statement:
    name = cursor.name()
    if cursor.accept("COMMENT"):
        cursor.string()
        return definitions.rest(cursor, start, "ALTER CATALOG COMMENT")
    if cursor.accept("RESET"):
        return s.AlterOptions("CATALOG", name, (), definitions.option_keys(cursor), span=cursor.since(start))
    cursor.expect("SET")
    return s.AlterOptions("CATALOG", name, definitions.options(cursor), span=cursor.since(start))


def _view(cursor: Cursor, name: tree.Name, start: int) -> s.Statement:
    if cursor.accept("RENAME"):
        cursor.expect("TO")
        return s.AlterRename("VIEW", name, cursor.name(), span=cursor.since(start))
    cursor.expect("AS")
    return s.AlterView(name, queries.query(cursor), cursor.since(start))


def _table(cursor: Cursor, name: tree.Name, exists: bool, start: int) -> s.Statement:
    if cursor.accept("RENAME"):
        return _rename(cursor, name, exists, start)
    if cursor.accept("SET"):
        return s.AlterOptions("TABLE", name, definitions.options(cursor), (), exists, cursor.since(start))
    if cursor.accept("RESET"):
        return s.AlterOptions("TABLE", name, (), definitions.option_keys(cursor), exists, cursor.since(start))
    if cursor.accept("DROP"):
        return _drop(cursor, name, exists, start)
    action = cursor.one_of("ADD", "MODIFY")
    if action == "ADD" and (cursor.at("PARTITION") or cursor.at("IF")):
        return definitions.partitions(cursor, start, "ALTER TABLE ADD PARTITION")
    if cursor.accept("DISTRIBUTION"):
        found = definitions.distribution(cursor)
        return s.AlterColumns(action, name, distribution=found, if_exists=exists, span=cursor.since(start))
    return _columns(cursor, action, name, exists, start)


def _rename(cursor: Cursor, name: tree.Name, exists: bool, start: int) -> s.Statement:
    if cursor.accept("TO"):
        return s.AlterRename("TABLE", name, cursor.name(), exists, cursor.since(start))
    column = cursor.name()
    cursor.expect("TO")
    return s.AlterRenameColumn(name, column, cursor.identifier(), exists, cursor.since(start))


def _columns(cursor: Cursor, action: str, name: tree.Name, exists: bool, start: int) -> s.AlterColumns:
    schema = definitions.changed(cursor)
    changes = tuple(
        s.ColumnChange(column, position) for column, position in zip(schema.columns, schema.positions, strict=True)
    )
    return s.AlterColumns(
        action, name, changes, schema.watermark, tuple(schema.constraints), None, exists, cursor.since(start)
    )


def _drop(cursor: Cursor, name: tree.Name, exists: bool, start: int) -> s.Statement:
    if cursor.accept("PRIMARY"):
        cursor.expect("KEY")
        return s.AlterDrop("PRIMARY KEY", name, if_exists=exists, span=cursor.since(start))
    for what in ("WATERMARK", "DISTRIBUTION"):
        if cursor.accept(what):
            return s.AlterDrop(what, name, if_exists=exists, span=cursor.since(start))
    if cursor.accept("CONSTRAINT"):
        constraint = cursor.identifier()
        return s.AlterDrop("CONSTRAINT", name, (), constraint, exists, cursor.since(start))
    if cursor.at("PARTITION") or cursor.at("IF"):
        return definitions.partitions(cursor, start, "ALTER TABLE DROP PARTITION")
    columns = cursor.in_parentheses(cursor.name) if cursor.at("(") else (cursor.name(),)
    return s.AlterDrop("COLUMN", name, columns, None, exists, cursor.since(start))

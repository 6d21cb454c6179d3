"""Data types: in CAST, and (with NOT NULL) in column definitions."""

from __future__ import annotations

from dataclasses import replace

from riverrun.sql.lexer import Kind
from riverrun.sql.parser.cursor import Cursor
from riverrun.sql.tree import expressions as tree

_SIMPLE = {
    "BOOLEAN": "BOOLEAN", "INTEGER": "INT", "INT": "INT", "TINYINT": "TINYINT", "SMALLINT": "SMALLINT",
    "BIGINT": "BIGINT", "REAL": "REAL", "FLOAT": "FLOAT", "VARIANT": "VARIANT", "STRING": "STRING", "BYTES":
    "BYTES", "DATE": "DATE", "BITMAP": "BITMAP",
}  # fmt: skip
_WITH_LENGTH = {"VARBINARY": "VARBINARY", "VARCHAR": "VARCHAR", "TIMESTAMP_LTZ": "TIMESTAMP_LTZ"}
_COLLECTIONS = ("ARRAY", "MULTISET")


def data_type(cursor: Cursor) -> tree.DataType:
    """A type without NOT NULL at its end (CAST)."""
    start = cursor.here
    found = _type_name(cursor)
    while cursor.at_any(*_COLLECTIONS):
        found = tree.DataType(cursor.take().upper, elements=(found,), span=cursor.since(start))
    return found


def column_type(cursor: Cursor) -> tree.DataType:
    """A type that may end with NULL or NOT NULL; `INT NOT NULL ARRAY` is an array of such."""
    start = cursor.here
    found = _nullable(cursor, _type_name(cursor))
    while cursor.at_any(*_COLLECTIONS):
        found = tree.DataType(cursor.take().upper, elements=(found,), span=cursor.since(start))
        found = _nullable(cursor, found)
    return found


def _nullable(cursor: Cursor, found: tree.DataType) -> tree.DataType:
    if cursor.accept("NULL"):
        return replace(found, not_null=False)
    if cursor.accept("NOT", "NULL"):
        return replace(found, not_null=True)
    return found


def _type_name(cursor: Cursor) -> tree.DataType:
    start = cursor.here
    found = _nested(cursor) or _plain(cursor)
    if found is not None:
        return replace(found, span=cursor.since(start))
    if not cursor.is_name():
        cursor.fail_expected("a data type")
    return tree.DataType("USER", user=cursor.name(), span=cursor.since(start))


def _plain(cursor: Cursor) -> tree.DataType | None:
    token = cursor.peek()
    word = token.upper if token.kind is Kind.WORD else ""
    if word in _SIMPLE:
        cursor.take()
        return tree.DataType(_SIMPLE[word])
    if word in _WITH_LENGTH:
        cursor.take()
        return _character_set(cursor, tree.DataType(word, _parameters(cursor, 1)))
    match word:
        case "DOUBLE":
            cursor.take()
            cursor.accept("PRECISION")
            return tree.DataType("DOUBLE")
        case "DECIMAL" | "DEC" | "NUMERIC":
            cursor.take()
            return tree.DataType("DECIMAL", _parameters(cursor, 2))
        case "ANY":
            cursor.take()
            return tree.DataType("ANY", _parameters(cursor, 2))
        case "CHAR" | "CHARACTER" | "BINARY":
            return _varying(cursor)
        case "TIME" | "TIMESTAMP":
            return _time(cursor)
        case "GEOMETRY":
            cursor.fail("Flink SQL has no GEOMETRY type")
    return None


def _parameters(cursor: Cursor, most: int) -> tuple[int, ...]:
    if not cursor.accept("("):
        return ()
    found = [cursor.integer()]
    if most == 2 and cursor.accept(","):
        found.append(cursor.integer())
    cursor.expect(")")
    return tuple(found)


def _varying(cursor: Cursor) -> tree.DataType:
    word = "BINARY" if cursor.take().upper == "BINARY" else "CHAR"
    name = f"VAR{word}" if cursor.accept("VARYING") else word
    found = tree.DataType(name, _parameters(cursor, 1))
    return _character_set(cursor, found) if word == "CHAR" else found


def _character_set(cursor: Cursor, found: tree.DataType) -> tree.DataType:
    if found.name in ("CHAR", "VARCHAR") and cursor.accept("CHARACTER"):
        cursor.expect("SET")
        cursor.identifier()
    return found


def _time(cursor: Cursor) -> tree.DataType:
    word = cursor.take().upper
    parameters = _parameters(cursor, 1)
    if cursor.accept("WITHOUT", "TIME", "ZONE"):
        return tree.DataType(word, parameters)
    if cursor.accept("WITH"):
        cursor.expect("LOCAL", "TIME", "ZONE")
        return tree.DataType(f"{word}_LTZ", parameters)
    return tree.DataType(word, parameters)


def _nested(cursor: Cursor) -> tree.DataType | None:
    word = cursor.word()
    if word in _COLLECTIONS and cursor.at(word, "<"):
        cursor.position += 2
        element = column_type(cursor)
        cursor.expect(">")
        return tree.DataType(word, elements=(element,))
    if word == "MAP" and cursor.at("MAP", "<"):
        cursor.position += 2
        key = column_type(cursor)
        cursor.expect(",")
        value = column_type(cursor)
        cursor.expect(">")
        return tree.DataType("MAP", elements=(key, value))
    if word == "ROW":
        return _row(cursor)
    if word == "RAW":
        return _raw(cursor)
    if word == "STRUCTURED":
        return _structured(cursor)
    return None


def _row(cursor: Cursor) -> tree.DataType:
    cursor.take()
    if cursor.accept("<>") or cursor.accept("(", ")"):
        return tree.DataType("ROW")
    close = ">" if cursor.one_of("<", "(") == "<" else ")"
    fields = cursor.separated(lambda: _field(cursor))
    cursor.expect(close)
    return tree.DataType("ROW", fields=fields)


def _field(cursor: Cursor) -> tree.TypeField:
    name = cursor.identifier()
    kind = column_type(cursor)
    comment = cursor.string() if cursor.peek().kind is Kind.STRING else None
    return tree.TypeField(name, kind, comment)


def _raw(cursor: Cursor) -> tree.DataType:
    cursor.take()
    cursor.expect("(")
    strings = [cursor.string()]
    cursor.expect(",")
    strings.append(cursor.string())
    cursor.expect(")")
    return tree.DataType("RAW", strings=tuple(strings))


def _structured(cursor: Cursor) -> tree.DataType:
    cursor.take()
    cursor.expect("<")
    strings = (cursor.string(),)
    fields = cursor.separated(lambda: _field(cursor)) if cursor.accept(",") else ()
    cursor.expect(">")
    return tree.DataType("STRUCTURED", fields=fields, strings=strings)

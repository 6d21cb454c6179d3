"""What a result looks like (its columns, from the Avro schema of its topic) and the SQL text that it comes from."""

from __future__ import annotations

from typing import Any

import msgspec


class QueryText(msgspec.Struct, frozen=True):
    """The SQL behind a result topic. `title` and `about` come from the file's opening comment."""

    file: str
    title: str
    about: str | None
    sql: str


def columns_of(schema: Any) -> list[dict[str, Any]]:
    """The columns of a record schema, as the pages need them: name, kind (how to show it), type (Avro), nullable.

    >>> columns_of({"type": "record", "name": "R", "fields": [{"name": "n", "type": ["null", "long"]}]})
    [{'name': 'n', 'kind': 'number', 'type': 'long', 'nullable': True}]
    """
    if not isinstance(schema, dict) or schema.get("type") != "record":
        return []
    return [{"name": part["name"], **_column(part["type"])} for part in schema["fields"]]


def _column(avro: Any) -> dict[str, Any]:
    nullable = isinstance(avro, list) and "null" in avro
    if isinstance(avro, list):
        others = [branch for branch in avro if branch != "null"]
        avro = others[0] if len(others) == 1 else "union"
    return {"kind": _kind(avro), "type": _name(avro), "nullable": nullable}


def _kind(avro: Any) -> str:
    logical = avro.get("logicalType") if isinstance(avro, dict) else None
    if logical in ("timestamp-millis", "local-timestamp-millis"):
        return "time"
    if logical in ("timestamp-micros", "local-timestamp-micros"):
        return "time-micros"
    if logical == "date":
        return "date"
    if logical == "decimal":
        return "text"
    name = _name(avro)
    if name in ("int", "long", "float", "double"):
        return "number"
    if name in ("array", "map", "record", "union"):
        return "nested"
    return "boolean" if name == "boolean" else "text"


def _name(avro: Any) -> str:
    if isinstance(avro, dict):
        kind = avro.get("type")
        return kind if isinstance(kind, str) else _name(kind)
    return avro if isinstance(avro, str) else "union"

"""Stored entries as JSON shows them: for `riverrun topics tail` and for the live pages."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from riverrun.topics.entry import Stored


def stored_json(stored: Stored, *, meta: bool = False) -> str:
    """A stored entry as one line of JSON: the value's fields, or with `meta` the whole entry."""
    value = plain(stored.value, stored.schema)
    if not meta:
        return _encode(value)
    return _encode(
        {
            "partition": stored.partition,
            "offset": stored.offset,
            "timestamp": stored.timestamp,
            "key": text_of(stored.key),
            "headers": {name: text_of(raw) for name, raw in stored.headers},
            "value": value,
        }
    )


def plain(value: Any, schema: Any) -> Any:
    """A decoded Avro value as JSON shows it: bytes in base64, JSON texts (logical type json) as the value they hold."""
    if value is None:
        return None
    if isinstance(schema, list):
        schema = next((branch for branch in schema if branch != "null"), "null") if len(schema) == 2 else None
    if isinstance(schema, dict):
        kind = schema.get("type")
        if schema.get("logicalType") == "json" and isinstance(value, str):
            return _decoded(value)
        if kind == "record":
            fields = {field["name"]: field["type"] for field in schema["fields"]}
            return {name: plain(part, fields.get(name)) for name, part in value.items()}
        if kind == "array":
            return [plain(part, schema["items"]) for part in value]
        if kind == "map":
            return {name: plain(part, schema["values"]) for name, part in value.items()}
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text  # somebody else's schema says json and does not keep it


def text_of(raw: bytes | None) -> str | None:
    if raw is None:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return base64.b64encode(raw).decode()


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()

"""What a result looks like (its columns, from the Avro schema of its topic) and the SQL text that it comes from."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from riverrun.config import Config


class QueryText(msgspec.Struct, frozen=True):
    """The SQL of a pipeline. `about`: the opening paragraph of its own file; `files`: (name, text), that one first."""

    about: str | None
    files: tuple[tuple[str, str], ...]


def pipeline_texts(config: Config) -> dict[str, QueryText]:
    """Pipeline -> its SQL. A file that several pipelines share (tables) stands behind the pipeline's own."""
    uses = Counter(path for pipeline in config.pipelines.values() for path in pipeline.sql)
    return {
        name: _text(sorted(pipeline.sql, key=lambda path: uses[path])) for name, pipeline in config.pipelines.items()
    }


def _text(paths: list[Path]) -> QueryText:
    files = []
    for path in paths:
        try:
            files.append((path.name, path.read_text()))
        except (OSError, UnicodeDecodeError) as error:
            files.append((path.name, f"-- {error}"))
    return QueryText(opening_paragraph(files[0][1]) if files else None, tuple(files))


def opening_paragraph(sql: str) -> str | None:
    """The first paragraph of the comment that a script opens with.

    >>> opening_paragraph("-- How many\\n-- sessions.\\n--\\n-- More.\\nSELECT 1")
    'How many sessions.'
    """
    lines = []
    for line in sql.lstrip().splitlines():
        text = line.strip()
        if not text.startswith("--") or not text.lstrip("- "):
            break
        lines.append(text.lstrip("- "))
    return " ".join(lines) or None


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

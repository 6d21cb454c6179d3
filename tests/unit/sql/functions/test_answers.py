"""What Apache Flink 2.3 answered (answers/*.json) is what DuckDB computes; `ask_flink.py` asks it again."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from riverrun.formats.json import decoder
from riverrun.schema.types import Field
from riverrun.sql import functions as f
from riverrun.sql.session import Session
from tests.unit.sql.functions.expressions import bind, type_of
from tests.unit.sql.functions.test_examples import close

FOLDER = Path(__file__).parent / "answers"
CASES = [
    pytest.param(path.stem, text, id=f"{path.stem}: {text}")
    for path in sorted(FOLDER.glob("*.json"))
    for text in json.loads(path.read_text(encoding="utf-8"))["answers"]
]


@lru_cache
def case(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@lru_cache
def table(name: str) -> tuple[duckdb.DuckDBPyConnection, dict[str, Any], Session]:
    """A connection with the case's rows as table t, the types of its columns, and its session."""
    found = case(name)
    session = Session(found.get("options", {}))
    opened = duckdb.connect()
    f.register(opened)
    columns = {column: type_of(text) for column, text in found["columns"].items()}
    lines = (json.dumps(dict(zip(columns, row, strict=True))) for row in found["rows"])
    fields = tuple(Field(name, type_) for name, type_ in columns.items())
    rows = decoder(fields, {}, "UTC").lines("\n".join(lines).encode() + b"\n")
    opened.register("t", rows.rename_columns(list(columns)))
    return opened, columns, session


@pytest.mark.parametrize(("name", "text"), CASES)
def test_answer(name: str, text: str) -> None:
    expected = case(name)["answers"][text]
    connection, columns, session = table(name)
    if "error" in expected:
        with pytest.raises((f.InvalidCall, duckdb.Error)):
            computed(connection, text, columns, session)
        return
    type_, values = computed(connection, text, columns, session)
    assert type_ == expected["type"]
    assert all(close(value, wanted) for value, wanted in zip(values, expected["values"], strict=True)), values


def computed(connection: Any, text: str, columns: dict[str, Any], session: Session) -> tuple[str, list[Any]]:
    expr = bind(text, columns, session)
    sql = f.render(expr, list(columns), session)
    found = connection.sql(f"SELECT {sql} AS v FROM t").to_arrow_table().column(0)
    return expr.type.summary(), f.encode_column(found, expr.type)

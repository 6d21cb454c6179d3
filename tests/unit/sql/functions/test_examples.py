"""Every entry's examples give the documented values on DuckDB (on Flink: tests/differential)."""

from __future__ import annotations

import math
from typing import Any

import duckdb
import pytest

from riverrun.sql import functions as f
from riverrun.sql.session import Session
from tests.unit.sql.functions.expressions import bind

EXAMPLES = [(text, value) for entry in f.ENTRIES.values() for text, value in entry.examples.items()]
SESSION = Session()


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    f.register(opened)
    return opened


def evaluate(connection: duckdb.DuckDBPyConnection, text: str) -> Any:
    expr = bind(text)
    sql = f.render(expr, [], SESSION)
    return f.encode_column(connection.sql(f"SELECT {sql} AS v").to_arrow_table().column(0), expr.type)[0]


def close(actual: Any, expected: Any) -> bool:
    if isinstance(expected, float) and isinstance(actual, float):
        return math.isclose(actual, expected, rel_tol=1e-12)
    return bool(actual == expected) and type(actual) is type(expected)


@pytest.mark.parametrize(("text", "value"), EXAMPLES, ids=[text for text, _ in EXAMPLES])
def test_example(connection: duckdb.DuckDBPyConnection, text: str, value: Any) -> None:
    assert close(evaluate(connection, text), value)


def test_every_entry_is_documented() -> None:
    for entry in f.ENTRIES.values():
        assert entry.usage and entry.doc.endswith("."), entry.name
        assert entry.examples or entry.options, entry.name

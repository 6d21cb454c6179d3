"""What a condition guards is not evaluated in vain: a division by zero or a cast behind AND, OR, CASE, IF, COALESCE."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pytest

from riverrun.schema import types as t
from riverrun.sql import functions as f
from riverrun.sql.functions.catalogue import FUNCTIONS
from riverrun.sql.session import Session
from tests.unit.sql.functions.expressions import bind

SESSION = Session()
COLUMNS = {"x": t.INT, "e": t.decimal(10, 2), "s": t.STRING}
# Enough rows that DuckDB works on whole vectors.
ROWS = pa.table(
    {
        "x": pa.array([0, 1, 5, None, 20] * 1000, pa.int32()),
        "e": pa.array([None, 0, 2, 5, 0] * 1000, pa.int64()).cast(pa.decimal128(21, 2)).cast(pa.decimal128(10, 2)),
        "s": pa.array(["a", "1", None, "2.5", ""] * 1000),
    }
)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    f.register(opened)
    opened.register("t", ROWS)
    return opened


def values(connection: Any, text: str) -> list[Any]:
    sql = f.render(bind(text, COLUMNS, SESSION), list(COLUMNS), SESSION)
    return connection.sql(f"SELECT {sql} AS v FROM t").to_arrow_table().column(0).to_pylist()[:5]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x <> 0 AND 10 / x > 1", [False, True, True, None, False]),
        ("x = 0 OR 10 / x > 1", [True, True, True, None, False]),
        ("NOT (x = 0 OR 10 / x > 1)", [False, False, False, None, True]),
        ("x <> 0 AND 100 % x = 0 AND 10 / x > 1", [False, True, True, None, False]),
        ("x IS NOT NULL AND x <> 0 AND 10 / (x * 1) >= 2 OR x = 0", [True, True, True, None, False]),
        ("CASE WHEN x = 0 THEN -1 ELSE 10 / x END", [-1, 10, 2, None, 0]),
        ("CASE WHEN x = 0 THEN NULL WHEN 10 / x > 1 THEN 'b' ELSE 's' END", [None, "b", "b", "s", "s"]),
        ("IF(x = 0, 0, 10 / x)", [0, 10, 2, None, 0]),
        ("COALESCE(NULLIF(x, 0) / NULLIF(x, 0), 7)", [7, 1, 1, 7, 1]),
        ("e <> 0 AND 1 / e > 0.3", [None, False, True, False, False]),
        ("CASE WHEN e = 0 THEN 0 ELSE x / e END IS NULL", [True, False, False, True, False]),
        ("s IN ('1', '2.5') AND CAST(s AS DOUBLE) > 2", [False, False, None, True, False]),
        ("CASE WHEN s IN ('1', '2.5') THEN CAST(s AS DECIMAL(4, 1)) END > 2", [None, False, None, True, None]),
        ("CASE WHEN x <> 0 AND 10 / x > 1 THEN 10 / x ELSE 0 END", [0, 10, 2, 0, 0]),
        ("x > 0 AND 10 / x > 1 AND IF(x = 1, CAST(s AS INT), 3) = 1", [False, True, False, False, False]),
    ],
)  # fmt: skip
def test_guarded(connection: Any, text: str, expected: list[Any]) -> None:
    assert values(connection, text) == expected


@pytest.mark.parametrize(
    "condition", ["x <> 0 AND 10 / x > 1", "x = 0 OR 10 / x > 1", "s = '1' AND CAST(s AS INT) > 0"]
)
def test_guarded_as_a_filter(connection: Any, condition: str) -> None:
    sql = f.render(bind(condition, COLUMNS, SESSION), list(COLUMNS), SESSION)
    assert connection.sql(f"SELECT x FROM t WHERE {sql}").to_arrow_table().num_rows > 0


@pytest.mark.parametrize("text", ["10 / x > 1 AND x <> 0", "CAST(s AS INT) > 0", "10 % x = 0", "1 / e > 0"])
def test_unguarded_fails(connection: Any, text: str) -> None:
    with pytest.raises(duckdb.Error, match="riverrun:"):
        values(connection, text)


def test_python_functions_are_found_in_what_calls_them() -> None:
    for function in FUNCTIONS:
        assert f.called(f"SELECT {function.name}(c0) FROM batch") == {function.name}
    assert f.called("SELECT lower('rr_') FROM rr_none") == set()

"""CREATE FUNCTION ... LANGUAGE PYTHON, as a script uses it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.differential.running import Case, Outcome, outcome

MODULE = """
import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from riverrun.udf import udf

def shout(text: str | None, times: int = 1) -> str | None:
    return None if text is None else text.upper() + "!" * times

def half(value: float) -> float | None:
    return None if value is None else value / 2

def words(text: str) -> list[str]:
    return (text or "").split()

def price(cents: int) -> Decimal:
    return Decimal(cents) / 100

def day(moment: datetime.datetime) -> datetime.date:
    return moment.date()

def nothing() -> int:
    return 7

def fails(n: int) -> int:
    return 10 // n

def untyped(n):
    return n

@udf("STRING", "INT", result_type="INT", vectorized=True)
def length(texts: pa.Array, more: pa.Array) -> pa.Array:
    return pc.add(pc.utf8_length(texts), more)

@udf("INT", result_type="INT", vectorized=True)
def short(values: pa.Array) -> pa.Array:
    return values[:0]
"""


@pytest.fixture(autouse=True)
def module(tmp_path: Path) -> Iterator[str]:
    """A module of its own per test, found by `python.files`."""
    name = f"mine_{abs(hash(tmp_path))}"
    (tmp_path / f"{name}.py").write_text(MODULE, encoding="utf-8")
    yield name
    sys.modules.pop(name, None)
    sys.path[:] = [entry for entry in sys.path if entry != str(tmp_path)]


def run(module: str, folder: Path, function: str, query: str) -> Outcome:
    script = (
        f"SET 'python.files' = '{folder / module}.py';\n"
        f"CREATE TEMPORARY FUNCTION f AS '{module}.{function}' LANGUAGE PYTHON;\n{query}"
    )
    return outcome(Case("user", "", "rows", script, {}, {}), folder)


def value(found: Outcome) -> Any:
    assert found.error is None, found.error
    assert found.changelog is not None
    return [row for _, row in found.changelog]


VALUES = "FROM (VALUES (1, 'a b'), (2, CAST(NULL AS STRING))) AS t(n, s)"


@pytest.mark.parametrize(
    ("function", "query", "expected", "type_"),
    [
        ("shout", f"SELECT f(s, n) AS v {VALUES};", [["A B!"], [None]], "STRING"),
        ("half", "SELECT f(3) AS v;", [[1.5]], "DOUBLE"),
        ("words", f"SELECT f(s) AS v {VALUES};", [[["a", "b"]], [[]]], "ARRAY<STRING>"),
        ("price", "SELECT f(1250) AS v;", [["12.500000000000000000"]], "DECIMAL(38, 18)"),
        ("day", "SELECT f(TIMESTAMP '2024-02-29 12:00:00') AS v;", [["2024-02-29"]], "DATE"),
        ("nothing", "SELECT f() AS v;", [[7]], "BIGINT"),
        ("length", f"SELECT f(s, n) AS v {VALUES};", [[4], [None]], "INT"),
        ("shout", f"SELECT n AS v {VALUES} WHERE f(s, 1) = 'A B!';", [[1]], "INT NOT NULL"),
    ],
)
def test_call(module: str, tmp_path: Path, function: str, query: str, expected: Any, type_: str) -> None:
    found = run(module, tmp_path, function, query)
    assert value(found) == expected
    assert found.columns == [("v", type_)]


def test_names_of_functions_are_not_case_sensitive(module: str, tmp_path: Path) -> None:
    assert value(run(module, tmp_path, "nothing", "SELECT F() AS v;")) == [[7]]


@pytest.mark.parametrize(
    ("function", "query", "text"),
    [
        ("gone", "SELECT f(1);", "has no function gone"),
        ("untyped", "SELECT f(1);", "has no type for n"),
        ("half", "SELECT f('x');", "f cannot be applied to (CHAR(1)); it takes (DOUBLE)"),
    ],
)
def test_refused_before_it_runs(module: str, tmp_path: Path, function: str, query: str, text: str) -> None:
    error = run(module, tmp_path, function, query).error
    assert error is not None
    assert error["phase"] == "statement"
    assert text in error["message"]


@pytest.mark.parametrize(
    ("function", "text"), [("fails", "ZeroDivisionError"), ("short", "1 values are expected, 0 came back")]
)
def test_an_exception_fails_the_job_with_its_text(module: str, tmp_path: Path, function: str, text: str) -> None:
    error = run(module, tmp_path, function, "SELECT f(n) AS v FROM (VALUES (0)) AS t(n);").error
    assert error is not None
    assert error["phase"] == "runtime"
    assert text in error["message"]


def test_a_guard_keeps_it_from_failing(module: str, tmp_path: Path) -> None:
    query = "SELECT CASE WHEN n <> 0 AND f(n) > 1 THEN 'y' ELSE 'n' END AS v FROM (VALUES (0), (2)) AS t(n);"
    assert value(run(module, tmp_path, "fails", query)) == [["n"], ["y"]]

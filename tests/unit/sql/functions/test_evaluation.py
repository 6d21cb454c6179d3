"""`evaluator`: what Python computes for a row is what DuckDB computes."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverrun.schema import types as t
from riverrun.sql import functions as f
from riverrun.sql.expr import Column, Expr, Literal
from riverrun.sql.session import Session
from tests.unit.sql.functions.expressions import bind

SESSION = Session()
COLUMNS = {
    "b": t.BOOLEAN, "ti": t.TINYINT, "i": t.INT, "l": t.BIGINT, "d": t.DOUBLE, "e": t.decimal(10, 2),
    "h": t.decimal(38, 18), "s": t.STRING, "ts": t.timestamp(3), "z": t.timestamp_ltz(3), "dt": t.DATE,
    "n": t.INT.not_null(), "sn": t.STRING.not_null(), "bn": t.BOOLEAN.not_null(),
}  # fmt: skip


def integers(bits: int) -> st.SearchStrategy[int]:
    edge = 1 << (bits - 1)
    return st.sampled_from([0, 1, -1, 2, 7, edge - 1, -edge]) | st.integers(-edge, edge - 1)


def decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    edge = 10**precision - 1
    digits = st.sampled_from([0, 1, -1, edge, -edge, 5 * 10 ** (scale - 1)]) | st.integers(-edge, edge)
    return digits.map(lambda n: Decimal(f"{n}E-{scale}"))


_MOMENTS = st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "b": st.booleans(), "ti": integers(8), "i": integers(32), "l": integers(64),
    "d": st.sampled_from([0.0, -0.0, 1.5, math.nan, math.inf, -math.inf, 1e300]) | st.floats(-1e6, 1e6),
    "e": decimals(10, 2), "h": decimals(38, 18), "s": st.sampled_from(["", "a", "b", "é", "aa", "😀"]), "ts": _MOMENTS,
    "z": _MOMENTS, "dt": st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1)),
}  # fmt: skip
# A NOT NULL column is believed, not checked: it may be NULL as well.
ROWS = st.fixed_dictionaries(
    {
        name: st.none() | VALUES[{"n": "i", "sn": "s", "bn": "b"}.get(name, name)]
        for name in COLUMNS
    }
)  # fmt: skip
NUMBERS = ["ti", "i", "l", "e", "h", "d", "n"]
_LITERALS: dict[str, list[Expr]] = {
    "number": [Literal(3, t.INT.not_null()), Literal(Decimal("1.5"), t.decimal(2, 1).not_null())],
    "time": [Literal(1_700_000_000_000_000_000, t.timestamp(3).not_null())],
    "text": [Literal("a", t.char(1).not_null())],
    "condition": [Literal(True, t.BOOLEAN.not_null()), Literal(None, t.BOOLEAN)],
}


def column(name: str) -> Expr:
    return Column(list(COLUMNS).index(name), COLUMNS[name])


def call(name: str, *args: Expr, options: tuple[Any, ...] = ()) -> Expr | None:
    try:
        return f.resolve(name, args, SESSION, options=options)
    except f.InvalidCall:
        return None


def made(draw: Any, name: str, kind: str, count: int, depth: int, options: tuple[Any, ...] = ()) -> Expr:
    args = [draw(expressions(kind, depth - 1)) for _ in range(count)]
    return call(name, *args, options=options) or args[0]


@st.composite
def expressions(draw: Any, kind: str, depth: int = 3) -> Expr:
    """A random expression: "condition", "number", "text" or "time"."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        names = {"condition": ["b", "bn"], "number": NUMBERS, "text": ["s", "sn"], "time": ["ts"]}[kind]
        return draw(st.sampled_from([*map(column, names), *_LITERALS[kind]]))  # type: ignore[no-any-return]
    if kind == "condition":
        return draw(conditions(depth))  # type: ignore[no-any-return]
    if draw(st.integers(0, 3)) == 0:
        choice = draw(expressions("condition", depth - 1))
        one, other = draw(expressions(kind, depth - 1)), draw(expressions(kind, depth - 1))
        return call(draw(st.sampled_from(["CASE", "IF"])), choice, one, other) or one
    if kind == "number":
        if draw(st.integers(0, 4)) == 0:
            return call("TIMESTAMPDIFF", column("ts"), draw(expressions("time", 0)), options=("MINUTE",)) or column("i")
        name = draw(st.sampled_from(["+", "-", "*", "/", "%", "NEGATE", "COALESCE"]))
        if name in ("/", "%"):
            found = call(name, draw(expressions(kind, depth - 1)), Literal(draw(st.sampled_from([3, -1, -7])), t.INT))
            return found or column("i")
        return made(draw, name, kind, 1 if name == "NEGATE" else 2, depth)
    if kind == "time":
        hour = Literal(draw(st.integers(-(10**9), 10**9)), t.INTERVAL_DAY.not_null())
        return call(draw(st.sampled_from(["+", "-"])), draw(expressions(kind, depth - 1)), hour) or column("ts")
    return made(draw, "COALESCE", kind, 2, depth)


@st.composite
def conditions(draw: Any, depth: int) -> Expr:
    shape = draw(st.sampled_from(["compare", "compare", "logic", "test", "in"]))
    if shape == "logic":
        name = draw(st.sampled_from(["AND", "OR", "NOT"]))
        return made(draw, name, "condition", 1 if name == "NOT" else draw(st.integers(2, 3)), depth)
    if shape == "test":
        of_truth = ("IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS UNKNOWN", "IS NOT UNKNOWN")
        name = draw(st.sampled_from([*of_truth, "IS NULL", "IS NOT NULL"]))
        kind = "condition" if name in of_truth else draw(st.sampled_from(["number", "text", "time"]))
        return call(name, draw(expressions(kind, depth - 1))) or column("b")
    kind = draw(st.sampled_from(["number", "number", "text", "time"]))
    if shape == "in":
        return call("IN", *(draw(expressions(kind, 1)) for _ in range(draw(st.integers(2, 4))))) or column("b")
    names = ["=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"]
    return call(draw(st.sampled_from(names)), *(draw(expressions(kind, depth - 1)) for _ in "ab")) or column("b")


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    f.register(opened)
    return opened


def in_duckdb(connection: Any, expr: Expr, row: dict[str, Any]) -> Any:
    one = pa.table({name: pa.array([row[name]], f.arrow_type(type_)) for name, type_ in COLUMNS.items()})
    sql = f.render(expr, list(COLUMNS), SESSION)
    found = connection.from_arrow(one).project(f"{sql} AS v").to_arrow_table().column(0)
    return found.cast(f.arrow_type(expr.type)).to_pylist()[0]


def same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    return bool(a == b) and (a is None) == (b is None)


@settings(max_examples=150)
@given(
    expr=st.sampled_from(["condition", "condition", "number", "text", "time"]).flatmap(expressions),
    row=ROWS,
)
def test_python_computes_what_duckdb_computes(connection: Any, expr: Expr, row: dict[str, Any]) -> None:
    evaluate = f.evaluator(expr, SESSION)
    if evaluate is not None:
        assert same(evaluate([row[name] for name in COLUMNS]), in_duckdb(connection, expr, row))


@pytest.mark.parametrize(
    "text",
    [
        "ti > i AND e < 10.5", "s = 'a' OR s IS NULL", "d > 1e0 AND NOT b", "TIMESTAMPDIFF(MINUTE, ts, ts) < 30",
        "ts + INTERVAL '1' HOUR > ts", "CASE WHEN b THEN i ELSE l END = 3", "i / 2 + 1 >= ti * 3", "s IN ('a', 'b')",
        "e * 1.05 > COALESCE(e, 0)", "z > z - INTERVAL '5' MINUTE",
    ],
)  # fmt: skip
def test_conditions_of_patterns_are_evaluated_in_python(text: str) -> None:
    assert f.evaluator(bind(text, COLUMNS, SESSION), SESSION) is not None


@pytest.mark.parametrize("text", ["10 / i > 1", "CAST(s AS INT) > 1", "UPPER(s) = 'A'", "s LIKE 'a%'"])
def test_what_could_fail_or_is_hard_is_left_to_duckdb(text: str) -> None:
    assert f.evaluator(bind(text, COLUMNS, SESSION), SESSION) is None

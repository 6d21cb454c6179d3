"""What Apache Flink 2.3 answered for aggregates over groups (aggregates/*.json) is what DuckDB computes."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from riverrun.schema import types as t
from riverrun.sql import functions as f
from riverrun.sql.expr import AggregateCall, Expr
from riverrun.sql.session import Session
from tests.unit.sql.functions.expressions import Parser, type_of
from tests.unit.sql.functions.test_examples import close

FOLDER = Path(__file__).parent / "aggregates"
SESSION = Session()
CASES = [
    pytest.param(path.stem, text, id=text)
    for path in sorted(FOLDER.glob("*.json"))
    for text in json.loads(path.read_text(encoding="utf-8"))["answers"]
]


def aggregate(text: str, columns: dict[str, t.Type]) -> AggregateCall:
    """`NAME([DISTINCT] argument, ... [IGNORE NULLS]) [FILTER (WHERE condition)]` and the JSON aggregates."""
    parser = Parser(text, columns, SESSION)
    name = parser.take()[1].upper()
    parser.expect("(")
    distinct, ignore_nulls = parser.accept("DISTINCT"), False
    options: tuple[str, ...] = ()
    args: list[Expr] = []
    while not parser.accept(")"):
        if parser.accept("IGNORE", "NULLS"):
            ignore_nulls = True
        elif parser.accept("NULL", "ON", "NULL") or parser.accept("ABSENT", "ON", "NULL"):
            options = (parser.tokens[parser.at - 3][1].upper(),)
        elif not any(parser.accept(*word) for word in ((",",), ("KEY",), ("VALUE",), ("RESPECT", "NULLS"), ("*",))):
            args.append(parser.expression())
    condition = None
    if parser.accept("FILTER", "(", "WHERE"):
        condition = parser.expression()
    return f.resolve_aggregate(
        name, args, SESSION, distinct=distinct, ignore_nulls=ignore_nulls, filter=condition, grouped=True,
        options=options,
    )  # fmt: skip


@lru_cache
def case(name: str) -> tuple[dict[str, Any], duckdb.DuckDBPyConnection, dict[str, t.Type]]:
    found = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    columns = {column: type_of(text) for column, text in found["columns"].items()}
    opened = duckdb.connect()
    f.register(opened)
    arrays = {
        column: pa.array([physical(value, type_) for value in values], f.arrow_type(type_))
        for (column, type_), values in zip(columns.items(), zip(*found["rows"], strict=True), strict=True)
    }
    opened.register("t", pa.table({**arrays, "_seq": pa.array(range(len(found["rows"])))}))
    return found["answers"], opened, columns


def physical(value: Any, type_: t.Type) -> Any:
    """A value of a JSON row as Arrow takes it."""
    if value is None or type_.root not in (t.Root.ROW, t.Root.DECIMAL, t.Root.TIMESTAMP, t.Root.DATE):
        return value
    if type_.root is t.Root.ROW:
        return {f"f{i}": value[field.name] for i, field in enumerate(type_.fields)}
    if type_.root is t.Root.DECIMAL:
        return Decimal(value)
    moment = datetime.datetime.fromisoformat(value)
    return moment.date() if type_.root is t.Root.DATE else moment


def computed(connection: Any, text: str, columns: dict[str, t.Type]) -> tuple[str, list[Any]]:
    call = aggregate(text, columns)
    sql = f.render_aggregate(call, list(columns), SESSION, order="_seq")
    found = connection.sql(f"SELECT {sql} AS v FROM t GROUP BY g ORDER BY g").to_arrow_table().column(0)
    found = found.cast(f.arrow_type(call.type))
    return call.type.summary(), f.encode_column(found, call.type)


@pytest.mark.parametrize(("name", "text"), CASES)
def test_aggregate(name: str, text: str) -> None:
    answers, connection, columns = case(name)
    expected = answers[text]
    if "error" in expected:
        with pytest.raises((f.InvalidCall, duckdb.Error)):
            computed(connection, text, columns)
        return
    type_, values = computed(connection, text, columns)
    assert type_ == expected["type"]
    assert all(close(value, wanted) for value, wanted in zip(values, expected["values"], strict=True)), values

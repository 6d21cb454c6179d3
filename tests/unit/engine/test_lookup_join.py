"""FOR SYSTEM_TIME AS OF a processing time: rows of files are looked up when a row comes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from riverrun.clock import ManualClock
from riverrun.errors import InputError, RiverrunError, UnsupportedError
from riverrun.schema import types as t
from riverrun.schema.types import Field
from riverrun.sql import plan
from riverrun.sql.catalog import Table, TableColumn
from riverrun.sql.plan import JoinKind
from riverrun.sql.session import Session
from tests.differential.running import Case, outcome
from tests.unit.engine.plans import Row, Run, call, scan
from tests.unit.engine.plans import column as column_of

A = scan("a", k=t.STRING, v=t.BIGINT)
NAMES = (TableColumn("k", t.STRING), TableColumn("name", t.STRING))
READ = (Field("k", t.STRING), Field("name", t.STRING))


class Dimension:
    def __init__(self, folder: Path, **options: str) -> None:
        self.path = folder / "names"
        self.path.mkdir()
        given = {"connector": "filesystem", "path": str(self.path), "format": "json", **options}
        self.table = Table("names", NAMES, options=given)
        self.written = 0

    def write(self, file: str, *rows: tuple[str | None, str]) -> None:
        path = self.path / file
        path.write_text("".join(json.dumps({"k": k, "name": name}) + "\n" for k, name in rows), encoding="utf-8")
        self.written += 1  # a time of its own, however fast the test is
        os.utime(path, (1_700_000_000 + self.written,) * 2)

    def joined(self, kind: JoinKind, condition: Any = None, *, left: plan.Node = A) -> plan.LookupJoin:
        right = plan.Scan(self.table, (0, 1), READ)
        return plan.LookupJoin(left, right, self.table, kind, ((0, 0),), (False,), condition, (*A.schema, *READ))


def told(run: Run, *rows: Row) -> list[Row]:
    before = len(run.said)
    run.feed("a", rows)
    assert {op for op, _ in run.said[before:]} <= {"+I"}
    return [row for _, row in run.said[before:]]


def test_every_partner_and_nobody(tmp_path: Path) -> None:
    names = Dimension(tmp_path)
    names.write("1.json", ("x", "ex"), ("y", "why"), ("x", "eks"), (None, "none"))
    inner = Run(names.joined(JoinKind.INNER))
    assert told(inner, ("x", 1), ("z", 2), (None, 3), ("y", 4)) == [
        ("x", 1, "x", "ex"),
        ("x", 1, "x", "eks"),
        ("y", 4, "y", "why"),
    ]
    left = Run(names.joined(JoinKind.LEFT))
    assert told(left, ("z", 2), ("y", 4), (None, 3)) == [
        ("z", 2, None, None),
        ("y", 4, "y", "why"),
        (None, 3, None, None),
    ]


def test_what_else_the_condition_says(tmp_path: Path) -> None:
    names = Dimension(tmp_path)
    names.write("1.json", ("x", "ex"))
    condition = call(">", column_of(A, 1), plan_literal(1))
    run = Run(names.joined(JoinKind.LEFT, condition))
    assert told(run, ("x", 1), ("x", 2)) == [("x", 1, None, None), ("x", 2, "x", "ex")]


def plan_literal(value: int) -> Any:
    from riverrun.sql.expr import Literal

    return Literal(value, t.BIGINT.not_null())


def test_files_that_change_are_read_again(tmp_path: Path) -> None:
    names = Dimension(tmp_path)
    names.write("1.json", ("x", "ex"))
    run = Run(names.joined(JoinKind.INNER))
    assert told(run, ("x", 1)) == [("x", 1, "x", "ex")]
    names.write("1.json", ("x", "ax"))
    assert told(run, ("x", 2)) == [("x", 2, "x", "ax")]
    names.write("2.json", ("x", "ox"))
    assert told(run, ("x", 3)) == [("x", 3, "x", "ax"), ("x", 3, "x", "ox")]
    (names.path / "1.json").unlink()
    assert told(run, ("x", 4)) == [("x", 4, "x", "ox")]


def test_a_full_cache_is_read_again_after_its_interval(tmp_path: Path) -> None:
    options = {"lookup.cache": "FULL", "lookup.full-cache.periodic-reload.interval": "10 s"}
    names, clock = Dimension(tmp_path, **options), ManualClock()
    names.write("1.json", ("x", "ex"))
    run = Run(names.joined(JoinKind.INNER), Session(), clock)
    assert told(run, ("x", 1)) == [("x", 1, "x", "ex")]
    names.write("1.json", ("x", "ax"))
    clock.advance(9_999)
    assert told(run, ("x", 2)) == [("x", 2, "x", "ex")]
    clock.advance(1)
    assert told(run, ("x", 3)) == [("x", 3, "x", "ax")]


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"lookup.cache": "PARTIAL"}, UnsupportedError, "'lookup.cache' = 'PARTIAL' is not run"),
        ({"lookup.cache": "ALL"}, InputError, "known: FULL, NONE"),
        ({"lookup.cache": "FULL"}, InputError, "periodic-reload.interval' is missing"),
        (
            {"lookup.cache": "FULL", "lookup.full-cache.reload-strategy": "TIMED"},
            UnsupportedError,
            "'lookup.full-cache.reload-strategy' = 'TIMED'",
        ),
        ({"format": "jsn"}, InputError, "did you mean json"),
    ],
)
def test_wrong_options(options: dict[str, str], kind: type[RiverrunError], says: str, tmp_path: Path) -> None:
    with pytest.raises(kind, match=says):
        Run(Dimension(tmp_path, **options).joined(JoinKind.INNER))


TABLES = """
CREATE TABLE clicks (k STRING, v INT, seen AS PROCTIME(), ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
WITH ('connector' = 'filesystem', 'path' = '${INPUT:clicks}', 'format' = 'json');
CREATE TABLE names (k STRING, name STRING NOT NULL, upper_name AS UPPER(name))
WITH ('connector' = 'filesystem', 'path' = '${INPUT:names}', 'format' = 'json');
CREATE TABLE topic (k STRING, name STRING) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json');
"""
CLICKS = [{"k": "x", "v": 1, "ts": "2025-01-01 00:00:01"}, {"k": "z", "v": 2, "ts": "2025-01-01 00:01:02"}]


def answer(query: str, folder: Path) -> Any:
    paths = {}
    for name, rows in (("clicks", CLICKS), ("names", [{"k": "x", "name": "ex"}, {"k": "y"}])):
        paths[name] = folder / name
        paths[name].write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return outcome(Case("", "", "rows", TABLES + query, paths, {}), folder)


def test_from_the_text_to_the_rows(tmp_path: Path) -> None:
    found = answer(
        "SELECT v, upper_name FROM clicks AS c LEFT JOIN names FOR SYSTEM_TIME AS OF c.seen AS n "
        "ON UPPER(c.k) = UPPER(n.k) AND n.name <> 'zed'",
        tmp_path,
    )
    assert found.changelog == [["+I", [1, "EX"]], ["+I", [2, None]]]


def test_the_event_time_goes_through(tmp_path: Path) -> None:
    query = """SELECT n, COUNT(*) AS c FROM TUMBLE((
      SELECT n.name AS n, c.ts AS ts FROM clicks AS c JOIN names FOR SYSTEM_TIME AS OF c.seen AS n ON c.k = n.k
    ), DESCRIPTOR(ts), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, n"""
    found = answer(query, tmp_path)
    assert found.changelog == [["+I", ["ex", 1]]]


@pytest.mark.parametrize(
    ("joined", "says"),
    [
        ("JOIN topic FOR SYSTEM_TIME AS OF c.seen AS n ON c.k = n.k", "the connector kafka cannot be asked"),
        ("JOIN names FOR SYSTEM_TIME AS OF c.seen AS n ON c.k > n.k", "compares columns for equality"),
        ("RIGHT JOIN names FOR SYSTEM_TIME AS OF c.seen AS n ON c.k = n.k", "inner and left joins only"),
    ],
)
def test_refused(joined: str, says: str, tmp_path: Path) -> None:
    found = answer(f"SELECT v FROM clicks AS c {joined}", tmp_path)
    assert says in str(found.error)

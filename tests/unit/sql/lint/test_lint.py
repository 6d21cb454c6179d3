"""Lint: every rule finds what it is for, and nothing in the text that it proposes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from riverrun.cli.main import main
from riverrun.sql.lint import RULES, Rule, lint
from riverrun.sql.script import parse_expression

TABLES = """
CREATE TABLE clicks (
  sid STRING NOT NULL, type STRING NOT NULL, v INT, small TINYINT, f FLOAT, d DOUBLE, items ARRAY<STRING>,
  codes ARRAY<INT NOT NULL>, customer ROW<id STRING NOT NULL>, ts TIMESTAMP(3), WATERMARK FOR ts AS ts
) WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
CREATE TABLE other (sid STRING, seen TIMESTAMP(3), WATERMARK FOR seen AS seen)
WITH ('connector' = 'kafka', 'topic' = 'other', 'format' = 'json');
CREATE TABLE files (k STRING, v BIGINT) WITH ('connector' = 'filesystem', 'path' = 'x', 'format' = 'json');
CREATE TABLE pairs (t1 TIMESTAMP(3), t2 TIMESTAMP(3)) WITH ('connector' = 'print');
"""
WINDOW = "FROM TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' HOUR) GROUP BY window_start, window_end"


def match(measure: str, pattern: str, after: str = "AFTER MATCH SKIP PAST LAST ROW") -> str:
    return (
        f"SELECT * FROM clicks MATCH_RECOGNIZE (PARTITION BY sid ORDER BY ts MEASURES {measure} AS m {after} "
        f"PATTERN {pattern} DEFINE A AS A.v > 1)"
    )


HOUR = "WITHIN INTERVAL '1' HOUR"
AGGREGATED = "ARRAY_AGG(type) FILTER (WHERE v > 1)"
EMPTY = "ARRAY_REMOVE(ARRAY['x'], 'x')"
JOINED = "FROM clicks AS a JOIN other AS b ON a.sid = b.sid AND a.ts BETWEEN b.seen AND b.seen + INTERVAL '1' HOUR"
# Rule -> (a statement with the finding, the same without).
CASES = {
    "null-array": (
        f"SELECT ARRAY_EXCEPT(ARRAY_AGG(type), {AGGREGATED}) {WINDOW}",
        f"SELECT ARRAY_EXCEPT(ARRAY_AGG(type), COALESCE(NULLIF({AGGREGATED}, {EMPTY}), {EMPTY})) {WINDOW}",
    ),
    "not-null-measure": (
        match("LAST(B.type)", f"(A B*? C) {HOUR}"),
        match("CASE WHEN COUNT(B.type) > 0 THEN LAST(B.type) END", f"(A B*? C) {HOUR}"),
    ),
    "folded-null-test": (
        "SELECT sid FROM clicks WHERE customer.id IS NOT NULL",
        "SELECT sid FROM clicks WHERE customer IS NOT NULL",
    ),
    "integer-average": (f"SELECT AVG(v) {WINDOW}", f"SELECT AVG(CAST(v AS DOUBLE)) {WINDOW}"),
    "wrapping-sum": (f"SELECT SUM(small) {WINDOW}", f"SELECT SUM(CAST(small AS BIGINT)) {WINDOW}"),
    "float-result": ("SELECT f * d FROM clicks", "SELECT CAST(f AS DOUBLE) * d FROM clicks"),
    "default-element": (
        "SELECT codes[3] FROM clicks",
        "SELECT CASE WHEN CARDINALITY(codes) >= 3 THEN CAST(codes AS ARRAY<INT>)[3] END FROM clicks",
    ),
    "lag-default": (
        "SELECT LAG(v, 1, 0) OVER (ORDER BY ts) FROM clicks",
        "SELECT COALESCE(LAG(v, 1) OVER (ORDER BY ts), 0) FROM clicks",
    ),
    "literal-replacement": (
        "SELECT REGEXP_REPLACE(type, '(a)', '<$1>') FROM clicks",
        "SELECT REGEXP_REPLACE(type, '(a)', '$') FROM clicks",
    ),
    "strict-json-path": (
        "SELECT JSON_VALUE(type, '$.b' DEFAULT 'none' ON EMPTY) FROM clicks",
        "SELECT JSON_VALUE(type, 'lax $.b' DEFAULT 'none' ON EMPTY) FROM clicks",
    ),
    "pattern-without-within": (match("A.v", "(A B)"), match("A.v", f"(A B) {HOUR}")),
    "overlapping-matches": (match("A.v", f"(A B) {HOUR}", ""), match("A.v", f"(A B) {HOUR}")),
    "greedy-variable": (match("A.v", f"(A+ B) {HOUR}"), match("A.v", f"(A+? B) {HOUR}")),
    "two-event-times": (
        f"INSERT INTO pairs SELECT a.ts, b.seen {JOINED}",
        f"INSERT INTO pairs SELECT a.ts, CAST(b.seen AS TIMESTAMP(3)) {JOINED}",
    ),
    "kept-top-row": (
        "SELECT k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS n FROM files) WHERE n = 1",
        "SELECT k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY -v DESC) AS n FROM files) WHERE n = 1",
    ),
    "unbounded-state": (
        "SELECT sid, COUNT(*) FROM clicks GROUP BY sid",
        "SELECT k, COUNT(*) FROM files GROUP BY k",
    ),
}


def found(statement: str) -> list[str]:
    return [finding.rule for finding in lint([(f"{TABLES}{statement};", "q.sql")])]


def test_every_rule_has_a_case() -> None:
    assert set(CASES) == {rule.name for rule in RULES}


@pytest.mark.parametrize("rule", CASES)
def test_finds(rule: str) -> None:
    assert found(CASES[rule][0]) == [rule]


@pytest.mark.parametrize("rule", CASES)
def test_finds_nothing_in_the_mended_statement(rule: str) -> None:
    assert found(CASES[rule][1]) == []


@pytest.mark.parametrize(
    "rule",
    [
        "null-array",
        "integer-average",
        "wrapping-sum",
        "folded-null-test",
        "float-result",
        "default-element",
        "lag-default",
    ],
)
def test_the_mended_text_is_an_expression(rule: str) -> None:
    (finding,) = lint([(f"{TABLES}{CASES[rule][0]};", "q.sql")])
    parse_expression(finding.mended)


def test_state_that_expires_is_bounded() -> None:
    assert found("SET 'table.exec.state.ttl' = '1 d'; SELECT sid, COUNT(*) FROM clicks GROUP BY sid") == []


def test_a_finding_in_a_view_is_told_once_and_where_it_stands() -> None:
    view = f"CREATE VIEW averages AS\n  SELECT AVG(v) AS a {WINDOW}"
    uses = "SELECT a FROM averages; SELECT a + 1 FROM averages;"
    findings = lint([(f"{TABLES}{view};", "views.sql"), (uses, "q.sql")])
    assert [(one.rule, one.where.file, one.where.column) for one in findings] == [("integer-average", "views.sql", 10)]


def test_a_finding_shows_place_rows_and_the_mended_text() -> None:
    (finding,) = lint([(f"{TABLES}SELECT AVG(DISTINCT v) {WINDOW};", "q.sql")])
    text = str(finding)
    assert text.startswith("q.sql:10:8: integer-average: AVG of INT is INT")
    assert "AVG(DISTINCT CAST(v AS DOUBLE))" in text
    assert "AVG is 1, not 1.5" in text
    assert finding.plain()["line"] == 10


# The rows that the rules show


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.example], ids=lambda rule: rule.name)
def test_examples_give_what_they_say(rule: Rule, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def last_row(query: str) -> object:
        file = tmp_path / "query.sql"
        file.write_text(f"{query};", encoding="utf-8")
        status = main(["run", str(file), "--output", "changelog", "--data", str(tmp_path / "data")])
        assert status == 0
        return json.loads(capsys.readouterr().out.splitlines()[-1])[1]

    assert rule.example is not None
    assert rule.gives is not None
    assert rule.better is not None
    assert rule.better_gives is not None
    assert last_row(rule.example) == json.loads(rule.gives)
    assert last_row(rule.better) == json.loads(rule.better_gives)


# The command


def test_the_command_ends_with_1_when_there_are_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "q.sql"
    file.write_text(f"{TABLES}SELECT AVG(v) {WINDOW};", encoding="utf-8")
    assert main(["lint", str(file), "--json"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["rule"] == "integer-average"


def test_the_command_ends_with_0_when_there_are_none(tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_text(f"{TABLES}SELECT v FROM clicks;", encoding="utf-8")
    assert main(["lint", str(file)]) == 0


def test_the_command_ends_with_2_when_a_statement_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_text("SELECT nosuch FROM nowhere;", encoding="utf-8")
    assert main(["lint", str(file)]) == 2


def test_the_walkthrough(shared: Path) -> None:
    registrations = """
    CREATE TABLE `new customer registrations` (
      customerid STRING NOT NULL, customername STRING, event_time TIMESTAMP_LTZ(3) METADATA FROM 'timestamp',
      WATERMARK FOR event_time AS event_time
    ) WITH ('connector' = 'kafka', 'topic' = 'registrations', 'format' = 'json');
    """
    seed = shared / "seed"
    expected = {
        "1-transform.sql": [],
        "2-interval-join.sql": [],
        "3-aggregate-tumble.sql": [],
        "4-aggregate-session.sql": ["integer-average"],
        "5-aggregate-session.sql": ["null-array"],
        "6-match-recognize.sql": 2 * ["null-array", "not-null-measure", "not-null-measure", "pattern-without-within"],
    }
    setup = (seed / "0-setup.sql").read_text(encoding="utf-8")
    for name, rules in expected.items():
        text = (seed / name).read_text(encoding="utf-8")
        findings = lint([(setup, "0"), (registrations, "1"), (text, name)])
        assert [finding.rule for finding in findings] == rules, name


@pytest.mark.parametrize(
    "kept",
    [
        "SELECT SUM(v) OVER (PARTITION BY sid ORDER BY ts) FROM clicks",
        "SELECT sid FROM clicks EXCEPT SELECT sid FROM clicks WHERE v > 1",
    ],
)
def test_what_keeps_state_for_ever(kept: str) -> None:
    assert "unbounded-state" in found(kept)

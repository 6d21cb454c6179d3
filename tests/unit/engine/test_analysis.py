"""EXPLAIN ANALYZE runs a statement over bounded inputs and tells how that went."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from riverrun.clock import ManualClock
from riverrun.connectors.protocol import Surroundings
from riverrun.engine.driver import run_script
from riverrun.errors import InputError

ROWS = [("x", 1), ("y", 2), ("x", 3), ("z", 70), ("x", 2), ("y", 71)]
TABLES = """
CREATE TABLE clicks (k STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
WITH ('connector' = 'filesystem', 'path' = '{folder}/clicks.json', 'format' = 'json');
CREATE TABLE counts (k STRING, n BIGINT)
WITH ('connector' = 'filesystem', 'path' = '{folder}/counts', 'format' = 'json');
CREATE TABLE endless (k STRING) WITH ('connector' = 'datagen');
"""
WINDOWS = """SELECT k, COUNT(*) AS n FROM TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' MINUTE)
GROUP BY window_start, window_end, k"""


def told(statement: str, folder: Path, output: str = "table") -> str:
    lines = [json.dumps({"k": k, "ts": f"2025-01-01 00:{at // 60:02d}:{at % 60:02d}"}) for k, at in ROWS]
    (folder / "clicks.json").write_text("\n".join(lines) + "\n", encoding="utf-8")
    out = io.StringIO()
    text = TABLES.format(folder=folder) + statement
    around = Surroundings(folder, clock=ManualClock(), job="explained")
    run_script([(text, "q.sql")], around, name="explained", output=output, out=out, until=threading.Event)
    return out.getvalue()


def figures(statement: str, folder: Path) -> dict[str, dict[str, Any]]:
    found = [json.loads(line) for line in told(statement, folder, "json").splitlines()]
    assert [one["id"] for one in found] == list(range(len(found)))
    return {one["operator"]: one for one in found}


def test_the_figures_of_every_operator(tmp_path: Path) -> None:
    found = figures(f"EXPLAIN ANALYZE {WINDOWS}", tmp_path)
    assert (found["Scan"]["rows_out"], found["Scan"]["inputs"], found["Scan"]["ms"]) == (6, [], None)
    window = found["WindowAggregate"]
    assert (window["rows_in"], window["rows_out"], window["late"]) == (6, 4, 1)
    assert window["state_rows"] > 0
    assert window["state_bytes"] > 0
    assert window["watermark"] == 1735689671000
    assert window["ms"] > 0
    assert found["Sink"]["plan"].startswith("Sink[result, fields: k, n]")


def test_the_plan_with_figures_and_no_rows(tmp_path: Path) -> None:
    text = told(f"EXPLAIN ANALYZE {WINDOWS}", tmp_path)
    assert "+- WindowAggregate[window: TUMBLE(ts, 60000 ms), by: k, aggregates: COUNT(*)]" in text
    assert "6 rows in; 4 out; 1 late; state up to" in text
    assert "watermark 2025-01-01 00:01:11.000" in text
    assert " ms: operators " in text.splitlines()[-1]


def test_what_is_read_twice_is_told_once(tmp_path: Path) -> None:
    text = told("EXPLAIN ANALYZE SELECT a.k FROM clicks AS a JOIN clicks AS b ON a.k = b.k", tmp_path)
    assert text.count("6 out\n") == 1
    assert "the same as above, run once" in text


def test_an_insert_is_run(tmp_path: Path) -> None:
    found = figures("EXPLAIN ANALYZE INSERT INTO counts SELECT k, 1 FROM clicks WHERE k = 'x'", tmp_path)
    assert found["Sink"]["rows_in"] == 3
    (written,) = (tmp_path / "counts").iterdir()
    assert len(written.read_text().splitlines()) == 3


def test_a_statement_set_is_run(tmp_path: Path) -> None:
    text = told(
        "EXPLAIN ANALYZE STATEMENT SET BEGIN INSERT INTO counts SELECT k, 1 FROM clicks; "
        "INSERT INTO counts SELECT k, 2 FROM clicks; END;",
        tmp_path,
    )
    assert text.count("Sink[") == 2


def test_what_has_no_end_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="EXPLAIN ANALYZE runs a statement to its end") as caught:
        told("INSERT INTO counts SELECT k, 1 FROM clicks; EXPLAIN ANALYZE SELECT * FROM endless", tmp_path)
    assert "live page" in str(caught.value)
    assert not (tmp_path / "counts").exists()

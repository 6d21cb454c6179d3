"""What a source need not make, and that it finds the same faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from riverrun.cli.main import main

_TABLE = """
CREATE TABLE clicks (
    id STRING,
    context ROW<
        device ROW<type STRING, os STRING>,
        browser ROW<name STRING, enabled ROW<cookies BOOLEAN>>,
        hits INT
    >
) WITH ('connector' = 'filesystem', 'path' = '{path}', 'format' = 'json');
"""
_ROW: dict[str, Any] = {
    "id": "a",
    "context": {
        "device": {"type": "phone", "os": "x"},
        "browser": {"name": "n", "enabled": {"cookies": True}},
        "hits": 1,
    },
}  # fmt: skip


def _answers(tmp_path: Path, capsys: pytest.CaptureFixture[str], query: str, *rows: Any) -> list[Any]:
    (tmp_path / "clicks.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    script = tmp_path / "query.sql"
    script.write_text(_TABLE.format(path=tmp_path / "clicks.json") + query)
    assert main(["run", str(script), "--output", "changelog"]) == 0
    return [json.loads(line)[1] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT context.device.type FROM clicks;", [["phone"], [None]]),
        ("SELECT context.device.type, context FROM clicks;", [["phone", _ROW["context"]], [None, None]]),
        ("SELECT context.device, context.browser.enabled.cookies FROM clicks;",
         [[{"type": "phone", "os": "x"}, True], [None, None]]),
        ("SELECT context.hits FROM clicks WHERE context.browser.name = 'n';", [[1]]),
        ("SELECT id FROM clicks WHERE context.device IS NULL;", [["b"]]),
        ("SELECT CAST(context.device.type AS BOOLEAN) FROM clicks WHERE context.hits > 1;", []),
        ("SELECT SUM(n) FROM (SELECT context.hits n, context.device d FROM clicks) WHERE d.os = 'x';", [[1]]),
        ("SELECT d.os, n FROM (SELECT context.hits n, context.device d FROM clicks);", [["x", 1], [None, None]]),
        ("SELECT COUNT(*) FROM (SELECT context FROM clicks) t WHERE t.context.browser.name = 'n';", [[1]]),
        ("SELECT a.id, b.context.device.os FROM clicks a JOIN clicks b ON a.id = b.context.browser.name || 'x';", []),
        ("SELECT b.context.device.os o FROM clicks a JOIN clicks b ON a.context.device.type = b.context.device.type;",
         [["x"]]),
    ],
)  # fmt: skip
def test_parts_of_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str], query: str, expected: list[Any]) -> None:
    assert _answers(tmp_path, capsys, query, _ROW, {"id": "b", "context": None}) == expected


@pytest.mark.parametrize("context", [{"device": 1}, {"hits": "many"}, {"browser": {"enabled": []}}, "text"])
def test_faults_are_found_in_what_nobody_looks_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], context: Any
) -> None:
    (tmp_path / "clicks.json").write_text(json.dumps({"id": "a", "context": context}) + "\n")
    script = tmp_path / "query.sql"
    script.write_text(_TABLE.format(path=tmp_path / "clicks.json") + "SELECT context.device.type FROM clicks;")
    assert main(["run", str(script)]) == 1
    assert "context" in capsys.readouterr().err

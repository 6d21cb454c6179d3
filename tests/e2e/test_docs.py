"""What the documentation tells people to type is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from riverrun.cli.main import main
from riverrun.sql.script import parse_script
from tests.e2e.conftest import ROOT

BEGINNINGS = {
    '{"type": "record"': "click.avsc",
    "from riverrun.mapping import": "mapping.py",
    "[sources.": "riverrun.toml",
    "CREATE TABLE clicks": "visits.sql",
}


def blocks(page: Path) -> list[str]:
    """The indented blocks of a page."""
    found: list[list[str]] = [[]]
    for line in page.read_text().splitlines():
        if line.startswith("    ") or (not line.strip() and found[-1]):
            found[-1].append(line[4:])
        elif found[-1]:
            found.append([])
    return ["\n".join(block).strip() + "\n" for block in found if block]


@pytest.fixture
def quickstart(tmp_path: Path) -> Path:
    for block in blocks(ROOT / "docs" / "quickstart.md"):
        for beginning, name in BEGINNINGS.items():
            if block.startswith(beginning):
                (tmp_path / name).write_text(block)
    assert {path.name for path in tmp_path.iterdir()} == set(BEGINNINGS.values())
    return tmp_path


def test_the_quickstart_is_right(quickstart: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema, script = str(quickstart / "click.avsc"), str(quickstart / "mapping.py")
    assert main(["mapping", "check", "--schema", schema, "--script", script]) == 0
    assert main(["config", "check", str(quickstart / "riverrun.toml")]) == 0
    assert main(["schema", "ddl", schema]) == 0
    columns = re.findall(r"`(\w+)` +(STRING(?: NOT NULL)?)", capsys.readouterr().out)
    sql = (quickstart / "visits.sql").read_text()
    assert columns == re.findall(r"^    (session|type|page|device) +(STRING(?: NOT NULL)?),$", sql, re.MULTILINE)[:4]
    assert len(parse_script(sql)) == 3

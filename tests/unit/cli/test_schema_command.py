"""`riverrun schema check` and `riverrun schema ddl`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from riverrun.cli.main import main

OLD = {"type": "record", "name": "Click", "fields": [{"name": "a", "type": "int"}]}
NEW = {"type": "record", "name": "Click", "fields": [{"name": "a", "type": "long"}, {"name": "b", "type": "string"}]}


def write(folder: Path, **schemas: object) -> list[str]:
    for name, schema in schemas.items():
        (folder / f"{name}.avsc").write_text(json.dumps(schema))
    return [str(folder / f"{name}.avsc") for name in schemas]


def test_check_says_yes_or_no_both_ways_with_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = write(tmp_path, old=OLD, new=NEW)
    assert main(["schema", "check", old, new]) == 1
    out = capsys.readouterr().out
    assert f"{new} reads what {old} wrote: no\n  b: was not written and has no default" in out
    assert f"{old} reads what {new} wrote: no\n  a: long was written where int is read" in out
    assert main(["schema", "check", old, old]) == 0
    assert main(["schema", "check", "--json", "--compatibility", "backward", old, new]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["backward"]["reasons"][0]["path"] == "b"


def test_ddl(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (new,) = write(tmp_path, new=NEW)
    assert main(["schema", "ddl", new, "--option", "connector=filesystem"]) == 0
    assert capsys.readouterr().out == (
        "CREATE TABLE `Click` (\n  `a` BIGINT NOT NULL,\n  `b` STRING NOT NULL\n) WITH (\n"
        "  'connector' = 'filesystem'\n);\n"
    )


def test_wrong_input_is_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.avsc").write_text('{"type": "record",\n "name": }')
    assert main(["schema", "ddl", str(tmp_path / "x.avsc")]) == 2
    assert f"{tmp_path}/x.avsc:2:10: not JSON" in capsys.readouterr().err
    assert main(["schema", "ddl", str(tmp_path / "none.avsc")]) == 2

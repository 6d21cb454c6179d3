"""`riverrun mapping`: exit statuses, all errors at once, records as JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from riverrun.cli.main import main

SCHEMA = {
    "type": "record",
    "name": "Click",
    "fields": [{"name": "kind", "type": "string"}, {"name": "count", "type": ["null", "long"], "default": None}],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "s.avsc").write_text(json.dumps(SCHEMA))
    (tmp_path / "good.groovy").write_text("mapping {\n  map eventType() onto 'kind'\n}\n")
    (tmp_path / "bad.groovy").write_text(
        "mapping {\n  map 42 onto 'count'\n  map eventTyp() onto 'kind'\n  map eventType() onto 'kinds'\n}\n"
    )
    (tmp_path / "beyond.groovy").write_text("mapping {\n  map new Date() onto 'kind'\n}\n")
    (tmp_path / "events.jsonl").write_text('{"event_type": "view"}\n\n{"location": "http://x/"}\n')
    return tmp_path


def mapping(folder: Path, action: str, script: str, *more: str) -> int:
    return main(["mapping", action, "--schema", str(folder / "s.avsc"), "--script", str(folder / script), *more])


def test_check_is_0_for_a_good_script(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mapping(folder, "check", "good.groovy") == 0
    assert "1 statements set 1 fields of Click" in capsys.readouterr().out


def test_check_is_2_with_every_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mapping(folder, "check", "bad.groovy") == 2
    file = folder / "bad.groovy"
    assert capsys.readouterr().err == (
        f"{file}:2:3: count: an int cannot be mapped onto union of null, long; write 42L\n"
        f"{file}:3:7: unknown function eventTyp(); did you mean eventType?\n"
        f"{file}:4:3: the schema has no field kinds; did you mean kind?\n"
    )
    assert mapping(folder, "check", "bad.groovy", "--json") == 2
    assert [one["line"] for one in json.loads(capsys.readouterr().out)["errors"]] == [2, 3, 4]


def test_groovy_beyond_ours_is_3(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mapping(folder, "check", "beyond.groovy") == 3
    assert "beyond.groovy:2:7: new is not supported in a mapping" in capsys.readouterr().err


def test_run_prints_a_record_or_why_there_is_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert mapping(folder, "run", "good.groovy", str(folder / "events.jsonl")) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == {"kind": "view", "count": None}
    assert second["rejected"] == "unmappable"
    assert second["field"] == "kind"
    assert second["where"] == f"{folder}/good.groovy:2:3"


def test_run_from_standard_input(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"event_type": "x"}\n')))
    assert mapping(folder, "run", "good.groovy", "-") == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "x"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[1]", "events.jsonl:1: an event is a JSON object"),
        ("{", "events.jsonl:1: not JSON"),
        ('{"locaton": "x"}', "events.jsonl:1: locaton: an event has no such member; did you mean location?"),
        ('{"timestamp": "x"}', 'events.jsonl:1: timestamp: "x" is not a whole number'),
        ('{"headers": {"a": [1]}}', "headers.a: [1] is not a list of texts"),
    ],
)
def test_events_that_are_none(folder: Path, capsys: pytest.CaptureFixture[str], line: str, message: str) -> None:
    (folder / "events.jsonl").write_text(line)
    assert mapping(folder, "run", "good.groovy", str(folder / "events.jsonl")) == 2
    assert message in capsys.readouterr().err


def test_test_shows_a_difference(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = folder / "case"
    case.mkdir()
    (case / "mapping.groovy").write_text((folder / "good.groovy").read_text())
    (case / "schema.avsc").write_text(json.dumps(SCHEMA))
    (case / "events.jsonl").write_text('{"event_type": "view"}\n')
    (case / "expected.jsonl").write_text('{"kind": "view", "count": null}\n')
    assert main(["mapping", "test", str(folder)]) == 0
    (case / "expected.jsonl").write_text('{"kind": "buy", "count": null}\n')
    assert main(["mapping", "test", str(folder)]) == 1
    assert '-  "kind": "buy"\n+  "kind": "view"' in capsys.readouterr().out
    assert main(["mapping", "test", str(folder / "events.jsonl")]) == 2


def test_convert_prints_python(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mapping", "convert", str(folder / "good.groovy")]) == 0
    out = capsys.readouterr().out
    assert out == "from riverrun.mapping import *\n\nmap(event_type(), onto='kind')\n"
    (folder / "good.py").write_text(out)
    assert mapping(folder, "check", "good.py") == 0


def test_the_built_in_mapping(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mapping", "check"]) == 0
    assert "26 statements set 26 fields of io.divolte.record.DefaultEventRecord" in capsys.readouterr().out

"""Faults: as many as asked for, each labelled, and without them nothing but the clean run is left."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import fastavro
import pytest

from riverrun.cli.main import main
from riverrun.topics import LocalTopics

_ALL = "late=0.05,disorder=0.05,duplicates=0.05,malformed=0.05,missing=0.05,skew=0.05"


_FEWER = ("--set", "timings.ms.onlineorders=30000")


def generate(folder: Path, *options: str) -> None:
    streams = ["clicks", "onlineorders", "outofstocks"]
    assert main(["generate", *streams, "--for", "3h", *_FEWER, "--output", str(folder), *options]) == 0


def labels(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "faults.jsonl").read_text().splitlines()]


def values(folder: Path, topic: str = "CLICKTRACKING") -> list[Any]:
    return [json.loads(line) for line in (folder / f"{topic}.jsonl").read_text().splitlines()]


def without(values_: list[Any], marks: list[dict[str, Any]], topic: str) -> list[Any]:
    marked = {mark["record"] for mark in marks if mark["topic"] == topic}
    return [value for number, value in enumerate(values_) if number not in marked]


@pytest.mark.parametrize("kind", ["late", "disorder", "duplicates", "skew"])
def test_what_is_not_labelled_is_the_clean_run(tmp_path: Path, kind: str) -> None:
    generate(tmp_path / "clean", "--meta")
    generate(tmp_path / "faulty", "--meta", "--faults", f"{kind}=0.1")
    marks = labels(tmp_path / "faulty")
    name = kind.rstrip("s")
    assert {fault for mark in marks for fault in mark["faults"]} == {name}
    clean, faulty = values(tmp_path / "clean"), values(tmp_path / "faulty")
    mine = [mark for mark in marks if mark["topic"] == "CLICKTRACKING"]
    assert 0.07 * len(clean) < len(mine) < 0.13 * len(clean)
    rest = without(faulty, marks, "CLICKTRACKING")
    texts = {json.dumps(value) for value in clean}
    assert all(json.dumps(value) in texts for value in rest)
    times = [value["timestamp"] for value in rest]
    assert times == sorted(times)
    for mark in mine:
        record = faulty[mark["record"]]
        assert record["key"] == mark["key"]
        if kind == "skew":
            assert 1 <= abs(mark["skew_ms"]) <= 300_000
            assert json.dumps(record) not in texts
        else:
            assert json.dumps(record) in texts
    if kind == "duplicates":
        assert len(rest) == len(clean)
    elif kind == "skew":
        assert len(faulty) == len(clean)
        sessions = {faulty[mark["record"]]["key"]: mark["skew_ms"] for mark in mine}
        assert {(r["key"], m["skew_ms"]) for m in mine for r in [faulty[m["record"]]]} == set(sessions.items())
    else:
        assert len(faulty) <= len(clean)  # those that would come after the end are missing
        behind = [mark for mark in mine if _comes_behind_a_newer_one(faulty, mark["record"])]
        assert len(behind) > (0.9 if kind == "late" else 0.1) * len(mine)


def _comes_behind_a_newer_one(rows: list[Any], number: int) -> bool:
    return any(row["timestamp"] > rows[number]["timestamp"] for row in rows[max(0, number - 50) : number])


def test_malformed_lines_and_missing_fields(tmp_path: Path) -> None:
    generate(tmp_path, "--faults", "malformed=0.1,missing=0.1")
    marks = {(mark["topic"], mark["record"]): mark for mark in labels(tmp_path)}
    kinds: Counter[str] = Counter()
    fields: Counter[str] = Counter()
    for topic in ("CLICKTRACKING", "ORDERS.ONLINE", "STOCK.NOSTOCK"):
        schema = {field["name"] for field in _schema(topic)["fields"]}
        for number, line in enumerate((tmp_path / f"{topic}.jsonl").read_text().splitlines()):
            mark = marks.pop((topic, number), {"faults": []})
            value = _parsed(line)
            if "malformed" in mark["faults"]:
                kinds[mark["malformed"]] += 1
                assert (value is None) == (mark["malformed"] != "wrong type")
                assert value is None or {"unexpected": True} in value.values()
            elif "missing" in mark["faults"]:
                fields[mark["missing"]] += 1
                assert set(value) == schema - {mark["missing"]}
            else:
                assert set(value) == schema
                assert {"unexpected": True} not in value.values()
    assert not marks
    assert set(kinds) == {"truncated", "not JSON", "wrong type"}
    assert len(fields) > 9


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return None


def _schema(topic: str) -> Any:
    from riverrun.generate.settings import load
    from riverrun.generate.streams import STREAMS

    return next(stream.schema for stream in STREAMS if load().text(stream.setting) == topic)


def test_typed_formats_can_still_be_read(tmp_path: Path) -> None:
    generate(tmp_path, "--format", "avro", "--faults", "malformed=0.1,missing=0.1")
    marks = [mark for mark in labels(tmp_path) if mark["topic"] == "CLICKTRACKING"]
    with (tmp_path / "CLICKTRACKING.avro").open("rb") as file:
        records: list[Any] = list(fastavro.reader(file))
    assert {mark["missing"] for mark in marks if "missing" in mark} >= {
        "customer",
        "referrer",
        "product",
        "url",
        "type",
    }
    for mark in marks:
        record = records[mark["record"]]
        if "malformed" in mark:
            assert mark["malformed"] == "timestamp: not a time"
            assert record["timestamp"] == "not a time"
        else:
            assert record[mark["missing"]] in (None, "")
    clean = without(records, marks, "CLICKTRACKING")
    assert all(record["timestamp"].endswith("Z") and record["url"] for record in clean)


def test_faults_may_be_for_some_streams_only(tmp_path: Path) -> None:
    generate(tmp_path, "--faults", _ALL, "--set", "faults.topics=onlineorders")
    assert {mark["topic"] for mark in labels(tmp_path)} == {"ORDERS.ONLINE"}


def test_the_truth_is_that_of_the_clean_run(tmp_path: Path) -> None:
    for name, options in (("clean", []), ("faulty", ["--faults", _ALL, "--set", "duplicates.clicktracking.ratio=0.2"])):
        folder = tmp_path / name
        assert main(["generate", "all", "--for", "1h", "--output", str(folder), *options]) == 0
    clean, faulty = (json.loads((tmp_path / name / "truth.json").read_text()) for name in ("clean", "faulty"))
    assert faulty.pop("settings") != clean.pop("settings")
    assert faulty == clean


def test_faults_with_standard_output_need_a_file_for_labels(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    side = tmp_path / "side.jsonl"
    options = ["--faults", "malformed=0.5", "--faults-file", str(side)]
    assert main(["generate", "clicks", "--events", "100", *options]) == 0
    assert len(capfd.readouterr().out.splitlines()) == 100
    assert 30 < len(side.read_text().splitlines()) < 70


def test_faults_in_topics_and_in_pieces(tmp_path: Path) -> None:
    command = ["generate", "clicks", "--topics", "--faults", _ALL]
    for name, ends in (("whole", ["1h"]), ("parts", ["10m", "25m", "1h"])):
        for end in ends:
            side = ["--data", str(tmp_path / name), "--faults-file", str(tmp_path / f"{name}.jsonl")]
            assert main([*command, *side, "--for", end, "--state", str(tmp_path / f"{name}.state")]) == 0
    assert (tmp_path / "whole.jsonl").read_bytes() == (tmp_path / "parts.jsonl").read_bytes()
    stored = []
    for name in ("whole", "parts"):
        with LocalTopics(tmp_path / name).reader("CLICKTRACKING") as reader:
            stored.append([(entry.timestamp, entry.key, entry.raw) for entry in reader.read(100_000)])
    assert stored[0] == stored[1]

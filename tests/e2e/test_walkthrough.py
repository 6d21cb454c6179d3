"""The truth of a generated run is what the walkthrough's SQL gives: on Apache Flink, and on the embedded engine.

The published statements run as they are (`../shared/seed`), over files, with tables of the same columns.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from riverrun.cli.main import main

pytestmark = pytest.mark.slow

Row = list[Any]
Truth = dict[str, Any]

_REGISTRATIONS = """
CREATE TABLE `new customer registrations` (
    customerid STRING NOT NULL, customername STRING NOT NULL, registered STRING NOT NULL,
    event_time TIMESTAMP_LTZ(3), WATERMARK FOR event_time AS event_time - INTERVAL '1' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${INPUT:registrations.jsonl}', 'format' = 'json',
        'json.timestamp-format.standard' = 'ISO-8601');
"""
RUNS = {
    "as it comes": ["--for", "75m", "--seed", "12"],
    "long pauses and crawlers": [
        "--for", "2h", "--seed", "22", "--lively",
        "--set", "timings.ms.clicktracking=900000", "--set", "onlineorders.sessions.max=400",
    ],
}  # fmt: skip
_DELAY = timedelta(seconds=1)  # of the published table's watermark
_COALESCE = "COALESCE({}, ARRAY[CAST(NULL AS STRING)])"


@dataclass(frozen=True)
class Question:
    """`file` names the statements, `query` is what is asked behind them, `agrees` checks that rows are the truth."""

    file: str
    query: str
    agrees: Callable[[list[Row], Truth], None]
    mended: bool = False


def moment(text: str) -> str:
    """`2026-01-05T00:00:00.500Z` as the cases write a TIMESTAMP_LTZ: no T, no zeros at the end of the fraction."""
    whole, _, fraction = text.removesuffix("Z").replace("T", " ").partition(".")
    fraction = fraction.rstrip("0")
    return (f"{whole}.{fraction}" if fraction else whole) + "Z"


def local(text: str) -> str:
    return moment(text).removesuffix("Z")


def same(rows: list[Any], expected: list[Any]) -> None:
    def counted(values: list[Any]) -> Counter[str]:
        return Counter(json.dumps(value) for value in values)

    assert expected
    found, wanted = counted(rows), counted(expected)
    assert not found - wanted, f"not in the truth: {list(found - wanted)[:3]}"
    assert not wanted - found, f"only in the truth: {list(wanted - found)[:3]}"


def campaigns(rows: list[Row], truth: Truth) -> None:
    said = truth["queries"]["1-transform"]
    names = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
    assert len(rows) == said["rows"]
    assert sum(row[1] is True for row in rows) == said["digital_marketing"]
    assert not any(row[1] is False for row in rows)
    for number, name in enumerate(names, start=2):
        assert dict(Counter(row[number] for row in rows if row[number] is not None)) == said["clicks"][name]
    by_session = {session["sessionid"]: session["campaign"] for session in truth["sessions"]}
    for row in rows:
        campaign = by_session[row[0]] or {}
        assert row[2:] == [campaign.get(name) for name in names]


def new_customers(rows: list[Row], truth: Truth) -> None:
    names = ("registration_time", "click_time", "customer", "customername", "type", "product")
    expected = [[said[name] for name in names] for said in truth["queries"]["2-interval-join"]]
    same(rows, [[moment(row[0]), moment(row[1]), {"id": row[2]}, *row[3:]] for row in expected])


def usage(name: str, key: str) -> Callable[[list[Row], Truth], None]:
    def agrees(rows: list[Row], truth: Truth) -> None:
        said = truth["queries"][name]
        same(rows, [[row["sessions"], row[key], local(row["start"]), local(row["end"])] for row in said])

    return agrees


def most_used(rows: list[Row], truth: Truth) -> None:
    said = {(local(row["start"]), row["browser"]): row for row in truth["queries"]["3-most-used-browsers"]}
    for start, rank, browser, sessions in rows:
        row = said[start, browser]
        assert row["rank_from"] <= rank <= row["rank_to"]
        assert row["sessions"] == sessions
    ranks = Counter((start, rank) for start, rank, _, _ in rows)
    assert ranks == Counter((start, rank) for start in {start for start, _ in said} for rank in (1, 2, 3))


def durations(rows: list[Row], truth: Truth) -> None:
    said = truth["queries"]["4-sessions"]
    same(rows, [[row["sessionid"], row["duration_secs"], moment(row["sessions_time"])] for row in said])


def averages(rows: list[Row], truth: Truth) -> None:
    names = ("sessions", "shortest", "longest", "average")
    said = truth["queries"]["4-average-sessions"]
    same(rows, [[*(row[name] for name in names), local(row["start"]), local(row["end"])] for row in said])


def abandoned(name: str) -> Callable[[list[Row], Truth], None]:
    def agrees(rows: list[Row], truth: Truth) -> None:
        said = truth["queries"]["5-aggregate-session"][name]
        same(rows, [[moment(row["sessions_time"]), row["customer_id"], row["products"]] for row in said])

    return agrees


def purchases(rows: list[Row], truth: Truth) -> None:
    said = truth["queries"]["6-match-recognize"]
    same(
        rows,
        [
            [row["sessionid"], row["buy_pattern"], moment(row["checkout_complete_time"]), row["all_events"]]
            for row in said
        ],
    )


QUESTIONS = {
    "campaigns": Question(
        "1-transform",
        "SELECT sessionid, digital_marketing, utm_source, utm_medium, utm_campaign, utm_content, utm_term"
        " FROM `extract marketing campaign details`",
        campaigns,
    ),
    "new customers": Question(
        "2-interval-join",
        "SELECT registration_time, click_time, customer, customername, type, product FROM `click streams by new users`",
        new_customers,
    ),
    "devices": Question(
        "3-aggregate-tumble",
        "SELECT `number of sessions`, `device type`, `start`, `end` FROM `device type usage`",
        usage("3-device-type-usage", "device"),
    ),
    "browsers": Question(
        "3-aggregate-tumble",
        "SELECT `number of sessions`, browser, `start`, `end` FROM `browser usage`",
        usage("3-browser-usage", "browser"),
    ),
    "most used browsers": Question(
        "3-aggregate-tumble",
        "SELECT `start`, `rank`, browser, `number of sessions` FROM `most used browsers`",
        most_used,
    ),
    "sessions": Question("4-aggregate-session", "SELECT * FROM sessions", durations),
    "average sessions": Question(
        "4-aggregate-session",
        "SELECT `number of sessions per hour`, `shortest session (secs)`, `longest session (secs)`,"
        " `average session (secs)`, aggregateStartTime, aggregateEndTime FROM `average sessions`",
        averages,
    ),
    "abandoned baskets": Question(
        "5-aggregate-session",
        "SELECT sessions_time, customer_id, products FROM `abandoned baskets`",
        abandoned("as_published"),
    ),
    "abandoned baskets, mended": Question(
        "5-aggregate-session",
        "SELECT sessions_time, customer_id, products FROM `abandoned baskets`",
        abandoned("mended"),
        mended=True,
    ),
    "purchases": Question("6-match-recognize", "SELECT * FROM purchases", purchases),
}


def script(seed: Path, question: Question) -> str:
    """The tables over files, the published statements, and the question."""
    table = (seed / "0-setup.sql").read_text().partition("WITH (")[0]
    table = table.replace("TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'", "TIMESTAMP_LTZ(3)").rstrip()
    where = "'connector' = 'filesystem', 'path' = '${INPUT:clicks.jsonl}', 'format' = 'json'"
    table += f" WITH ({where}, 'json.timestamp-format.standard' = 'ISO-8601');\n"
    statements = (seed / f"{question.file}.sql").read_text()
    return "\n".join((table, _REGISTRATIONS, mend(statements) if question.mended else statements, question.query, ";"))


def mend(statements: str) -> str:
    """Both aggregates of ARRAY_EXCEPT wrapped, so that none of them is NULL."""
    head, begin, rest = statements.partition("ARRAY_EXCEPT(")
    inside, end, tail = rest.partition("AS products,")
    parts = [part.rpartition("IGNORE NULLS)") for part in inside.split("ARRAY_AGG(")[1:]]
    wrapped = [_COALESCE.format(f"ARRAY_AGG({body}{close}") for body, close, _ in parts]
    assert len(wrapped) == 2
    return f"{head}{begin}{', '.join(wrapped)}) {end}{tail}"


@cache
def generated(folder: Path, run: str = "as it comes") -> Truth:
    """More than an hour of the shop as files with event times, and its truth."""
    assert main(["generate", "all", "--output", str(folder), "--meta", *RUNS[run]]) == 0
    for topic, name in (("CLICKTRACKING", "clicks"), ("CUSTOMERS.NEW", "registrations")):
        with (folder / f"{topic}.jsonl").open() as source, (folder / f"{name}.jsonl").open("w") as target:
            for line in source:
                row = json.loads(line)
                value = row["value"]
                value["event_time"] = value["timestamp" if topic == "CLICKTRACKING" else "registered"]
                target.write(json.dumps(value) + "\n")
    truth: Truth = json.loads((folder / "truth.json").read_text())
    return truth


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("walkthrough")


@pytest.fixture(scope="module")
def judged(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    """What Apache Flink says to every question, from one run."""
    shared = Path(os.environ.get("RIVERRUN_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    flink = Path(os.environ.get("RIVERRUN_FLINK_VENV", "")) / "bin" / "python"
    if not shared.is_dir() or not flink.is_file():
        pytest.skip("neither ../shared nor Apache Flink may be missing")
    generated(folder)
    cases = tmp_path_factory.mktemp("cases")
    for name, question in QUESTIONS.items():
        case = cases / name.replace(" ", "-").replace(",", "")
        (case / "inputs").mkdir(parents=True)
        for file in ("clicks.jsonl", "registrations.jsonl"):
            (case / "inputs" / file).symlink_to(folder / file)
        (case / "script.sql").write_text(script(shared / "seed", question))
        about = {"id": case.name, "title": name, "tags": [], "compare": "final", "inputs": []}
        (case / "case.json").write_text(json.dumps(about))
    runner = shared / "flink-cases" / "run_flink.py"
    subprocess.run([str(flink), str(runner), "--write", "--cases", str(cases)], check=True, capture_output=True)
    found = {}
    for name in QUESTIONS:
        result = json.loads((cases / name.replace(" ", "-").replace(",", "") / "expected.json").read_text())
        assert result.get("error") is None, result["error"]
        found[name] = [row for op, row in result["changelog"] if op == "+I"]
        assert len(found[name]) == len(result["changelog"])
    return found


@pytest.mark.flink
@pytest.mark.parametrize("name", QUESTIONS)
def test_flink_gives_what_the_truth_says(name: str, folder: Path, judged: dict[str, list[Row]]) -> None:
    QUESTIONS[name].agrees(judged[name], generated(folder))


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("name", QUESTIONS)
def test_the_embedded_engine_gives_what_the_truth_says(
    name: str, run: str, folder: Path, tmp_path: Path, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder / run.replace(" ", "-")
    truth = generated(folder, run)
    text = script(shared / "seed", QUESTIONS[name])
    for file in ("clicks.jsonl", "registrations.jsonl"):
        text = text.replace(f"${{INPUT:{file}}}", str(folder / file))
    (tmp_path / "question.sql").write_text(text)
    capsys.readouterr()
    assert main(["run", str(tmp_path / "question.sql"), "--output", "changelog", "--data", str(tmp_path / "data")]) == 0
    changes = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {op for op, _ in changes} == {"+I"}
    QUESTIONS[name].agrees([row for _, row in changes], truth)


def test_the_published_table_reads_the_topic_of_a_run_that_is_over(
    tmp_path: Path, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, truth_file = str(tmp_path / "data"), tmp_path / "truth.json"
    named = ["--set", "topic.name.clicktracking=CLICKTRACKING.REG", "--truth", str(truth_file)]
    assert main(["generate", "clicks", "--for", "1h", "--seed", "3", "--topics", "--data", data, *named]) == 0
    (tmp_path / "question.sql").write_text("SELECT sessionid, buy_pattern, checkout_complete_time FROM purchases;")
    scripts = [str(shared / "seed" / name) for name in ("0-setup.sql", "6-match-recognize.sql")]
    capsys.readouterr()
    command = ["run", *scripts, str(tmp_path / "question.sql"), "--data", data, "--drain", "--output", "changelog"]
    assert main(command) == 0
    rows = [row for _, row in map(json.loads, capsys.readouterr().out.splitlines())]
    truth = json.loads(truth_file.read_text())
    last = max(session["last"] for session in truth["sessions"])
    same(
        rows,
        [
            [row["sessionid"], row["buy_pattern"], moment(row["checkout_complete_time"])]
            for row in truth["queries"]["6-match-recognize"]
            if datetime.fromisoformat(row["checkout_complete_time"]) <= datetime.fromisoformat(last) - _DELAY
        ],
    )

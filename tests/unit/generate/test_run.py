"""A run may be cut anywhere, be noted and gone on with: the rows are those of the run that was not cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverrun.cli.main import main
from riverrun.clock import ManualClock
from riverrun.errors import InputError
from riverrun.generate.drive import Driver, Limits, Pace, Totals, read_state
from riverrun.generate.run import Run
from riverrun.generate.settings import load
from riverrun.generate.streams import STREAMS
from riverrun.generate.world import Rows, World, make_world
from riverrun.topics import LocalTopics, Stored

HOUR = 3_600_000
START = 1_767_571_200_000
END = START + 6 * HOUR
# Everything that may disturb the order: delays, repetitions, faults, a full shop, traffic by the hour.
_HARD = [
    "timings.ms.badgeins=60000", "timings.ms.onlineorders=60000", "onlineorders.sessions.max=3",
    "duplicates.clicktracking.ratio=0.1", "duplicates.orders.ratio=0.2", "eventdelays.orders.secs.max=100",
    "faults.late.ratio=0.1", "faults.duplicates.ratio=0.1", "faults.disorder.ratio=0.1", "faults.skew.ratio=0.1",
    "cancellations.ratio=0.3", "timings.ms.suspiciousorders=600000", "highsensorreadings.outlier.ratio=0.1",
]  # fmt: skip


def world(*, faithful: bool = False) -> World:
    return make_world(load(assignments=_HARD, lively=True, faithful=faithful), 7, START)


def together(parts: list[dict[str, Rows]]) -> dict[str, dict[str, Any]]:
    """stream -> column -> values."""
    found: dict[str, dict[str, Any]] = {}
    for stream in STREAMS:
        rows = [part[stream.name] for part in parts]
        found[stream.name] = {"publish": np.concatenate([row.publish for row in rows]).tolist()} | {
            name: np.concatenate([row.codes[name] for row in rows]).tolist() for name in rows[0].codes
        }
    return found


WHOLE = {faithful: together([Run(world(faithful=faithful), STREAMS).advance(END)]) for faithful in (False, True)}


@pytest.mark.parametrize("faithful", [False, True])
def test_rows_are_published_in_order(faithful: bool) -> None:
    for columns in WHOLE[faithful].values():
        assert columns["publish"] == sorted(columns["publish"])
        assert all(START <= at < END for at in columns["publish"])


@given(
    cuts=st.lists(st.integers(START, END), max_size=8),
    most=st.lists(st.integers(0, 3000), max_size=8),
    faithful=st.booleans(),
    restarts=st.booleans(),
)
@settings(max_examples=15, deadline=None)
def test_any_cut_gives_the_same_rows(cuts: list[int], most: list[int], faithful: bool, restarts: bool) -> None:
    here = world(faithful=faithful)
    run = Run(here, STREAMS)
    parts = []
    limits: list[int | None] = [*most[: len(cuts)], *[None] * (len(cuts) - len(most)), None]
    for cut, limit in zip([*sorted(cuts), END], limits, strict=True):
        parts.append(run.advance(max(cut, run.position.time), limit))
        if restarts:
            noted = msgspec.json.decode(msgspec.json.encode(run.save()))
            run = Run(world(faithful=faithful), STREAMS, noted)
    assert together(parts) == WHOLE[faithful]


def test_a_limit_counts_all_streams_in_the_order_of_time() -> None:
    found = Run(world(), STREAMS).advance(END, 500)
    assert sum(map(len, found.values())) == 500
    last = max(int(rows.publish[-1]) for rows in found.values() if len(rows))
    for name, rows in found.items():
        rest = WHOLE[False][name]["publish"][len(rows) :]
        assert not rest or rest[0] >= last


class Collected:
    text = True

    def __init__(self) -> None:
        self.rows: list[tuple[int, str]] = []

    def write(self, batches: Any) -> None:
        for batch in batches:
            self.rows += [(int(at), batch.stream.name) for at in batch.publish]

    def position(self) -> dict[str, Any]:
        return {}

    def close(self) -> None: ...


def test_history_then_live_without_a_seam() -> None:
    """What is past comes at once, what is to come comes when it is time, sixty times as fast as our clock."""
    clock = ManualClock(START + 2 * HOUR)
    output, waits = Collected(), []

    def wait(seconds: float) -> None:
        waits.append(len(output.rows))
        assert all(at < clock.now_ms() for at, _ in output.rows if at < START + 2 * HOUR)
        clock.advance(round(seconds * 1000))

    end = START + 2 * HOUR + HOUR // 6
    pace = Pace(60.0, origin=START + 2 * HOUR, since=START + 2 * HOUR)
    driver = Driver(Run(world(), STREAMS), output, Limits(end=end), pace, clock, wait=wait)
    driver.drive()
    assert clock.now_ms() == pytest.approx(START + 2 * HOUR + 10_000, abs=200)
    history = sum(at < START + 2 * HOUR for at, _ in output.rows)
    assert waits[0] == history > 0
    assert len(output.rows) > history
    expected = sorted((at, name) for name, columns in WHOLE[False].items() for at in columns["publish"] if at < end)
    assert sorted(output.rows) == expected


def test_files_of_a_run_in_pieces_are_those_of_a_run_in_one(tmp_path: Path) -> None:
    command = ["generate", "all", "--seed", "7", "--set", "timings.ms.badgeins=60000"]
    assert main([*command, "--for", "2h", "--output", str(tmp_path / "whole")]) == 0
    state = str(tmp_path / "state.json")
    parts = ["--output", str(tmp_path / "parts"), "--state", state]
    for limit in (["--events", "300"], ["--events", "2500"], ["--for", "1h"], ["--for", "2h"]):
        assert main([*command, *parts, *limit]) == 0
    for path in (tmp_path / "whole").iterdir():
        assert path.read_bytes() == (tmp_path / "parts" / path.name).read_bytes(), path.name


def entries(data: Path, topic: str) -> list[Stored]:
    with LocalTopics(data).reader(topic) as reader:
        return list(reader.read(100_000))


def test_a_killed_run_stores_no_entry_twice_in_a_topic(tmp_path: Path) -> None:
    """The state is older than the topic: as after a kill between storing and noting."""
    command = ["generate", "clicks", "orders", "--topics", "--data", str(tmp_path / "data"), "--state"]
    assert main([*command, str(tmp_path / "state"), "--for", "20m"]) == 0
    older = (tmp_path / "state").read_bytes()
    assert main([*command, str(tmp_path / "state"), "--for", "40m"]) == 0
    (tmp_path / "state").write_bytes(older)
    assert main([*command, str(tmp_path / "state"), "--for", "1h"]) == 0
    assert main(["generate", "clicks", "orders", "--topics", "--data", str(tmp_path / "once"), "--for", "1h"]) == 0
    for topic in ("CLICKTRACKING", "ORDERS.NEW"):
        stored, once = (
            [(s.timestamp, s.key, s.headers, s.raw) for s in entries(data, topic)]
            for data in (tmp_path / "data", tmp_path / "once")
        )
        assert stored == once


def test_a_state_of_another_run_is_refused(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    output = ["--output", str(tmp_path / "x.jsonl"), "--state", state]
    assert main(["generate", "clicks", "--events", "10", *output]) == 0
    assert main(["generate", "clicks", "--events", "20", "--seed", "2", *output]) == 2
    assert main(["generate", "clicks", "--events", "20", *output]) == 0
    assert len((tmp_path / "x.jsonl").read_text().splitlines()) == 20
    (tmp_path / "x.jsonl").write_text("")
    assert main(["generate", "clicks", "--events", "30", *output]) == 1
    Path(state).write_text("{}")
    with pytest.raises(InputError, match="is not the state of a run"):
        read_state(Path(state), {})


def test_topics_have_keys_headers_and_times(tmp_path: Path) -> None:
    assert main(["generate", "all", "--topics", "--data", str(tmp_path), "--for", "10m", "--faithful"]) == 0
    topics = LocalTopics(tmp_path)
    assert len(topics.names()) == 13
    for stored in entries(tmp_path, "ORDERS.NEW"):
        assert stored.key is not None and len(stored.key) == 2
        assert [name for name, _ in stored.headers] == ["priority", "storeid"]
        assert stored.timestamp % 1000 == 0
    clicks = entries(tmp_path, "CLICKTRACKING")
    assert all(stored.key == stored.value["sessionid"].encode() for stored in clicks)
    assert not any(stored.headers for stored in clicks)


def test_the_summary_is_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", "clicks", "--events", "7", "--output", str(tmp_path / "x.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"] == {"clicktracking": 7}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["clikcs"], "no stream clikcs; did you mean clicks?"),
        (["clicks", "--events", "0"], "--events: --events has to be 1 or more"),
        (["clicks", "--for", "1h", "--to", "now"], "--for and --to are two ends"),
        (["clicks", "--for", "soon"], "'soon' is not a duration"),
        (["clicks", "--from", "yesterday", "--for", "1h"], "'yesterday' is not a time"),
        (["clicks", "--to", "2020-01-01"], "the end is not after the beginning"),
        (["clicks", "--for", "1h", "--speed", "fast"], "'fast' is not a speed"),
        (["clicks", "--for", "1h", "--format", "avro"], "avro cannot go to standard output"),
        (["clicks", "orders", "--for", "1h", "--output", "x.avro"], "several streams need a folder"),
        (["clicks", "--for", "1h", "--output", "x.avro", "--meta"], "--meta is for JSON lines"),
        (["clicks", "--for", "1h", "--set", "faults.late.ratio=0.1"], "faults need a file for their labels"),
        (["clicks", "--for", "1h", "--faults", "lat=0.1"], "did you mean faults.late.ratio?"),
        (["all", "--for", "1h", "--output", "d", "--set", "topic.name.orders=CLICKTRACKING"], "a name of its own"),
        (["visitors"], "visitors need a collector"),
    ],
)
def test_wrong_use_is_told(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", *options]) == 2
    assert message in capsys.readouterr().err


def test_totals() -> None:
    assert Totals({"clicktracking": 3, "orders": 4}).all == 7

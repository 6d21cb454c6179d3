"""`riverrun demo` as a user starts it: it closes its ledger at 0, whatever is killed on the way."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from riverrun.config import load_config
from riverrun.serve.results import result_topics
from riverrun.topics import LocalTopics
from tests.e2e.conftest import SHOP, Up, get, until

pytestmark = pytest.mark.slow


def report_of(one: Up) -> tuple[int, dict[str, Any]]:
    """Wait for the end of a bounded demo: its exit status and its report."""
    assert one.process is not None
    output, _ = one.process.communicate(timeout=400)
    status = one.process.returncode
    one.process = None
    assert output.strip(), one.log.read_text()
    return status, json.loads(output)


def event_ids(data: Path) -> Counter[str]:
    with LocalTopics(data).reader("clicks") as reader:
        found: Counter[str] = Counter()
        while entries := reader.read():
            found.update(entry.value["eventid"] for entry in entries)
    return found


def mapped(one: Up) -> int:
    return sum(LocalTopics(one.data).end("clicks").values())


def kill(one: Up, name: str) -> None:
    """Kill a process of the demo, and wait for its successor."""
    victim = until(lambda: one.pid(name), f"{name} running", 120)
    os.kill(victim, signal.SIGKILL)
    until(lambda: one.pid(name) not in (None, victim), f"a new {name}", 120)


def test_a_bounded_demo_closes_its_ledger_and_every_query_has_rows(up: Callable[..., Up]) -> None:
    one = up("demo", "--for", "30s", "--speed", "60", "--json")
    one.start()
    status, report = report_of(one)
    assert report["problems"] == []
    assert (status, report["good"]) == (0, True)
    assert set(report["results"]) == set(result_topics(load_config(SHOP / "riverrun.toml")))
    assert all(rows > 0 for rows in report["results"].values())
    assert report["differences"] == {}
    assert report["received"] >= report["sent"] > 0
    assert max(event_ids(one.data).values()) == 1
    assert set(report["peak_bytes"]) >= {"collect", "map", "serve", "shop", "visitors"}


@pytest.mark.faults
def test_whatever_is_killed_the_ledger_closes(up: Callable[..., Up]) -> None:
    one = up("demo", "--speed", "60", "--json")
    names = [process.name for process in one.start().processes if process.room != "visitors"]
    until(lambda: "visitors" in {process.name for process in one.status().processes}, "the visitors")
    for name in (*names, "map", "collect"):
        kill(one, name)
        records = mapped(one)
        until(lambda records=records: mapped(one) > records, f"records after {name} was killed", 180)  # type: ignore[misc]
    assert one.process is not None
    one.process.send_signal(signal.SIGINT)
    _, report = report_of(one)
    assert report["differences"] == {}
    assert (report["duplicates"], report["open"]) == (0, 0)
    assert report["received"] >= report["sent"]
    assert set(report["restarts"]) >= set(names)
    assert max(event_ids(one.data).values()) == 1


@pytest.mark.faults
def test_the_supervisor_is_killed_and_started_again(up: Callable[..., Up]) -> None:
    one = up("demo", "--speed", "60")
    live = one.start().addresses["live"]
    until(lambda: get(live + "index.json")["totals"]["mapped"] > 300, "some records", 180)
    assert one.process is not None
    one.process.kill()
    one.process.wait()
    assert one.process.stdout is not None
    one.process.stdout.close()

    again = up("demo", "--for", "15s", "--speed", "60", "--json", data=one.data)
    again.start()
    _, report = report_of(again)
    assert report["differences"] == {}
    assert (report["duplicates"], report["open"]) == (0, 0)
    assert max(event_ids(one.data).values()) == 1

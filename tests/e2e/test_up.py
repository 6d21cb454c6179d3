"""`riverrun up`: from requests to records, through Ctrl-C, crashes and a second start."""

from __future__ import annotations

import os
import signal
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from riverrun.ledger import read_account
from riverrun.supervise.report import duplicates
from riverrun.topics import LocalTopics
from tests.e2e.conftest import SHOP, Up, get, until

pytestmark = pytest.mark.slow

CONFIG = """
[global.server]
port = 0
[global.serve]
port = 0
[sources.app]
type = "json"
event_path = "/event"
[mappings.clicks]
sources = ["app"]
sinks = ["clicks"]
schema_file = "click.avsc"
mapping_script_file = "mapping.py"
[sinks.clicks]
type = "topic"
"""
SCHEMA = """{"type": "record", "name": "Click", "fields": [
  {"name": "session", "type": "string"}, {"name": "n", "type": "int"}]}"""
SCRIPT = """from riverrun.mapping import *
map(session_id(), onto="session")
map(event_parameters().path("$.n"), onto="n")
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "riverrun.toml").write_text(CONFIG)
    (tmp_path / "click.avsc").write_text(SCHEMA)
    (tmp_path / "mapping.py").write_text(SCRIPT)
    return tmp_path / "riverrun.toml"


def send(collector: str, number: int, n: str | None = None) -> int:
    body = (
        f'{{"session_id": "0:a:s", "event_id": "e{number}", "is_new_party": false, "is_new_session": false, '
        f'"client_timestamp_iso": "2026-01-05T10:00:00Z", "parameters": {{"n": {n or number}}}}}'
    )
    request = urllib.request.Request(
        f"{collector}event?p=0:a:p", body.encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


def mapped(data: Path) -> list[int]:
    with LocalTopics(data).reader("clicks") as reader:
        found: list[int] = []
        while entries := reader.read():
            found += [entry.value["n"] for entry in entries]
    return found


def totals(one: Up) -> dict[str, int]:
    found: dict[str, int] = get(one.status().addresses["live"] + "index.json")["totals"]
    return found


def test_from_a_request_to_a_record_and_the_page(up: Callable[..., Up], config: Path) -> None:
    one = up("up", str(config))
    collector = one.start().addresses["collector"]
    until(lambda: _answers(collector), "the collector")
    for number in range(10):
        assert send(collector, number) == 204
    send(collector, 10, '"no number"')
    right = {"received": 11, "mapped": 10, "rejected": 1, "open": 0, "difference": 0}
    until(lambda: right.items() <= totals(one).items(), "ten records and a rejected one on the page")
    assert {p["name"] for p in get(one.status().addresses["live"] + "health.json")["processes"]} == {
        "collect", "map", "serve"
    }  # fmt: skip
    assert one.stop(signal.SIGINT) == 0
    assert sorted(mapped(one.data)) == list(range(10))


@pytest.mark.faults
@pytest.mark.parametrize("victim", ["collect", "map", "serve"])
def test_a_room_that_is_killed_comes_back(up: Callable[..., Up], config: Path, victim: str) -> None:
    one = up("up", str(config))
    collector = one.start().addresses["collector"]
    until(lambda: _answers(collector), "the collector")
    sent = 0
    for _ in range(3):
        for _ in range(5):
            assert send(collector, sent) == 204
            sent += 1
        before = one.pid(victim)
        assert before is not None
        os.kill(before, signal.SIGKILL)
        until(lambda b=before: one.pid(victim) not in (None, b), f"a new {victim}")  # type: ignore[misc]
        until(lambda: _answers(collector), "the collector")
    assert one.stop() == 0
    assert sorted(mapped(one.data)) == list(range(sent))
    assert duplicates(LocalTopics(one.data), "clicks") == 0
    account = read_account(one.data, "map", "clicks")
    assert account is not None
    assert (account.received, account.delivered) == (sent, {"clicks": sent})


@pytest.mark.faults
def test_a_killed_supervisor_is_followed_by_the_next_one(up: Callable[..., Up], config: Path) -> None:
    one = up("up", str(config))
    collector = one.start().addresses["collector"]
    until(lambda: _answers(collector), "the collector")
    for number in range(5):
        assert send(collector, number) == 204
    assert one.process is not None
    orphans = [process.pid for process in one.status().processes]
    one.process.kill()
    one.process.wait()
    assert one.process.stdout is not None
    one.process.stdout.close()

    status = one.start()
    assert not set(orphans) & {process.pid for process in status.processes}
    collector = status.addresses["collector"]
    until(lambda: _answers(collector), "the collector")
    for number in range(5, 10):
        assert send(collector, number) == 204
    assert one.stop() == 0
    assert sorted(mapped(one.data)) == list(range(10))
    assert duplicates(LocalTopics(one.data), "clicks") == 0


def test_two_over_one_folder_are_refused(up: Callable[..., Up], config: Path) -> None:
    one = up("up", str(config))
    one.start()
    other = up("up", str(config))
    with pytest.raises(AssertionError, match="another riverrun is running over"):
        other.start()
    assert one.stop() == 0


def test_a_wrong_configuration_starts_nothing(up: Callable[..., Up], config: Path) -> None:
    config.write_text(config.read_text().replace('sources = ["app"]', 'sources = ["ap"]'))
    one = up("up", str(config))
    with pytest.raises(AssertionError, match=r"there is no ap among the sources; did you mean app\?"):
        one.start()
    assert not one.data.exists()


def test_a_room_that_cannot_start_is_left_alone(up: Callable[..., Up], config: Path) -> None:
    (config.parent / "mapping.py").write_text("from riverrun.mapping import *\nmap(sesion_id(), onto='session')\n")
    one = up("up", str(config))
    with one.log.open("a"):
        pass
    import subprocess
    import sys

    with one.log.open("a") as log:
        one.process = subprocess.Popen(
            [sys.executable, "-m", "riverrun", *one.command], stdout=subprocess.PIPE, stderr=log, text=True
        )

    def failed() -> bool:
        found = [
            p for p in (one.status().processes if (one.data / "status/up.json").exists() else ()) if p.name == "map"
        ]
        return bool(found) and found[0].state == "failed"

    until(failed, "the mapping giving up")
    assert one.pid("collect") is not None
    assert "sesion_id" in one.log.read_text()
    assert one.stop() == 1


def test_the_shop_is_configured_right() -> None:
    from riverrun.cli.main import main

    assert main(["config", "check", str(SHOP / "riverrun.toml")]) == 0


def _answers(collector: str) -> bool:
    try:
        return get(collector + "ping") is not None
    except OSError:
        return False

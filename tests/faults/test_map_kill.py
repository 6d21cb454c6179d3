"""kill -9 of the map process at random moments under load: nothing lost, nothing twice, the ledger closes."""

from __future__ import annotations

import importlib.util
import json
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from riverrun.ledger import read_account
from riverrun.topics import LocalTopics

ROOT = Path(__file__).resolve().parents[2]
_spec = importlib.util.spec_from_file_location("stored", ROOT / "tests/unit/mapping/stored.py")
assert _spec is not None
assert _spec.loader is not None
stored = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(stored)

SCHEMA = {"type": "record", "name": "Click", "fields": [{"name": "n", "type": "int"}]}
EVENTS = 60_000
KILLS = 8


def command(data: Path, *more: str) -> list[str]:
    files = ["--schema", str(data / "s.avsc"), "--script", str(data / "m.groovy"), "--sink", "clicks"]
    return [sys.executable, "-m", "riverrun", "map", "--data", str(data), *files, *more]


@pytest.mark.faults
def test_kill_9_of_the_map_process_under_load(tmp_path: Path) -> None:
    (tmp_path / "s.avsc").write_text(json.dumps(SCHEMA))
    (tmp_path / "m.groovy").write_text("mapping {\n  map eventParameters().path('$.n') onto 'n'\n}\n")

    def write() -> None:
        events = (stored.event(n, parameters={"n": n if n % 10 else "bad"}) for n in range(EVENTS))
        stored.write_events(tmp_path, events, per_commit=25)

    writer = threading.Thread(target=write)
    writer.start()
    chance = random.Random(4)
    kills = 0
    while writer.is_alive() or kills < KILLS:
        process = subprocess.Popen(command(tmp_path), stderr=subprocess.DEVNULL)
        time.sleep(0.3 + chance.random() * 1.2)  # a random moment is what this test is about
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
    writer.join()
    subprocess.run(command(tmp_path, "--drain"), check=True, stdout=subprocess.DEVNULL, timeout=120)

    topics = LocalTopics(tmp_path)
    with topics.reader("clicks") as reader:
        mapped = [one.value["n"] for entries in iter(lambda: reader.read(), []) for one in entries]
    with topics.reader("clicks.rejected") as reader:
        dead = [one.value["event"]["eventId"] for entries in iter(lambda: reader.read(), []) for one in entries]
    assert sorted(mapped) == [n for n in range(EVENTS) if n % 10]
    assert sorted(dead) == sorted(f"e{n}" for n in range(0, EVENTS, 10))
    account = read_account(tmp_path, "map", "clicks")
    assert account is not None
    assert account.positions == {"events": topics.end("events")}
    assert account.received == EVENTS == account.delivered["clicks"] + account.rejected["unmappable"]
    assert account.delivered["clicks"] == len(mapped)
    assert account.rejected == {"unmappable": len(dead)}

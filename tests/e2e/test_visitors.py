"""Visitors and the real collector: every request that was answered is an event on disk, or rejected with a reason."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from riverrun.cli.main import main
from riverrun.ledger import read_accounts
from riverrun.topics import LocalTopics

pytestmark = pytest.mark.slow


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "riverrun", "collect", "--data", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = next(
            found[1] for line in process.stdout if (found := re.search(r'src="(http://[^"]*/)divolte\.js', line))
        )
        yield url, process
        process.kill()


def test_all_that_was_answered_is_there(
    tmp_path: Path, collector: tuple[str, subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    url, process = collector
    command = ["generate", "visitors", "--collector", url, "--for", "4s", "--speed", "60", "--rate", "80"]
    assert main([*command, "--broken", "0.1", "--json"]) == 0
    report = msgspec.json.decode(capsys.readouterr().out)
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 0
    with LocalTopics(tmp_path).reader("events") as reader:
        events = [stored.value for stored in reader.read(100_000)]
    rejected = sum(sum(account.rejected.values()) for account in read_accounts(tmp_path) if account.room == "collect")
    # On a machine with much else to do an answer may come too late for its visitor, who then sends the event again.
    again = len(events) + rejected - report["sent"]
    assert 0 <= again <= report["retried"]
    assert 0 <= sum(event["duplicate"] for event in events) - report["repeated"] <= again
    refused_kinds = ("no session", "party is none", "clock is none")
    assert 0 <= rejected - sum(report["broken"].get(kind, 0) for kind in refused_kinds) <= again
    assert 0 <= sum(event["corrupt"] for event in events) - report["broken"].get("wrong checksum", 0) <= again
    assert set(report["types"]) <= {event["eventType"] for event in events}
    assert "PAGE_VIEW" in report["types"]
    well = [event for event in events if not event["corrupt"] and event["eventType"] != "PAGE_VEIW"]
    assert all(event["clientTimestamp"] > 0 and event["location"].startswith("http://") for event in well)
    known = [event for event in well if event["eventType"] in ("LOGIN", "NEW_CUSTOMER")]
    whole = [event["eventParameters"] for event in known if event["eventParameters"] is not None]
    assert all("customer" in msgspec.json.decode(parameters) for parameters in whole)
    assert len(known) - len(whole) <= report["broken"].get("parameters cut off", 0) + again

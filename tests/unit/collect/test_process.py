"""`riverrun collect` as a process: one worker, several, and how it ends."""

from __future__ import annotations

import json
import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from riverrun.cli.main import main
from riverrun.collect.query import build_query
from riverrun.ledger import read_accounts
from tests.processes import riverrun
from tests.wire.conversation import stored


def event(number: int) -> str:
    party = f"0:j5399reo:{number}"
    pairs = [
        ("p", party),
        ("s", party),
        ("v", "0:v"),
        ("e", f"0:v{number:x}"),
        ("c", "j5399reo"),
        ("n", "t"),
        ("f", "t"),
    ]
    return build_query(pairs)


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        body: bytes = answer.read()
        return body


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_answered_is_stored(workers: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with riverrun("collect", "--data", tmp_path, "--port", "0", "--workers", str(workers)) as collector:
        urls = collector.facts["sources"]["browser"]
        for number in range(10):
            assert get(f"{urls['event']}?{event(number)}")[:6] == b"GIF89a"
        get(f"{urls['event']}?nonsense")
        metrics = get(collector.facts["admin"] + "/metrics").decode()
        assert 'riverrun_collect_events_accepted_total{source="browser"} 10' in metrics
        assert f"riverrun_collect_ready {workers}" in metrics
        with pytest.raises(urllib.error.HTTPError):  # the public port has none of this
            get(collector.facts["url"] + "metrics")
        assert b'"workers":%d' % workers in get(collector.facts["admin"] + "/state")
        assert collector.stop() == 0
    assert sorted(row["eventId"] for row in stored(tmp_path, "events")) == [f"0:v{number:x}" for number in range(10)]
    accounts = list(read_accounts(tmp_path))
    assert sum(account.received for account in accounts) == 11
    assert sum(account.delivered["events"] for account in accounts) == 10
    assert [account.rejected for account in accounts if account.rejected] == [{"incomplete": 1}]
    assert main(["topics", "tail", "events", "--data", str(tmp_path), "--from", "beginning", "--limit", "10"]) == 0
    assert len([json.loads(line) for line in capsys.readouterr().out.splitlines()]) == 10


def test_the_port_is_taken(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with riverrun("collect", "--data", tmp_path / "a", "--port", "0") as collector:
        assert main(["collect", "--data", str(tmp_path / "b"), "--port", str(collector.port)]) == 1
        assert collector.stop(signal.SIGINT) == 0
    assert "cannot listen on 127.0.0.1" in capfd.readouterr().err


def test_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["collect", "--data", str(tmp_path), "--port", "70000"]) == 2
    assert main(["collect", "--data", str(tmp_path), "--workers", "0"]) == 2
    assert main(["collect", "--data", str(tmp_path), "no-such.toml"]) == 2
    assert "70000 is not a port" in capsys.readouterr().err


NAMED = """
    partyId sessionId pageViewId eventId eventType firstInSession newParty corrupt duplicate location referer
    viewportPixelWidth viewportPixelHeight screenPixelWidth screenPixelHeight devicePixelRatio timestamp
    clientTimestamp remoteHost userAgentString eventParameters source
"""  # as the values of a mapping are named


def test_without_a_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with riverrun("collect", "--data", tmp_path, "--port", "0") as collector:
        base = f"http://127.0.0.1:{collector.port}/"
        assert b"whenCommitted" in get(base + "divolte.js")
        assert b'<script src="/divolte.js"' in get(base)
        get(f"{base}csc-event?{event(1)}")
        body = {
            "session_id": "0:1:s", "event_id": "e", "is_new_party": True, "is_new_session": False,
            "client_timestamp_iso": "2016-06-01T18:54:16.123Z", "event_type": "opened", "parameters": {"a": [1, None]},
        }  # fmt: skip
        headers = {"Content-Type": "application/json"}
        posted = urllib.request.Request(base + "event?p=0:1:p", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(posted, timeout=60) as answer:
            assert answer.status == 204
        assert collector.stop() == 0
    assert main(["topics", "tail", "events", "--data", str(tmp_path), "--from", "beginning", "--limit", "2"]) == 0
    browser, app = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert set(NAMED.split()) <= set(browser)
    assert list(browser) == list(app)
    assert (browser["source"], app["source"]) == ("browser", "json")
    assert (app["partyId"], app["sessionId"], app["eventType"]) == ("0:1:p", "0:1:s", "opened")
    assert (app["clientTimestamp"], app["eventParameters"]) == (1464807256123, {"a": [1, None]})
    assert app["pageViewId"] is None


def test_admin_answers_nothing_else(tmp_path: Path) -> None:
    with riverrun("collect", "--data", tmp_path, "--port", "0") as collector:
        admin = collector.facts["admin"]
        assert get(admin + "/live") == b"live\n"
        assert get(admin + "/ready") == b"ready\n"
        for path, status in (("/nothing", 404), ("/metrics", 405)):
            data = b"x" if status == 405 else None
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(admin + path, data, timeout=60)
            with refused.value:
                assert refused.value.code == status


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_signal_right_after_the_start(workers: str, tmp_path: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with riverrun("collect", "--data", tmp_path, "--port", "0", "--workers", workers) as collector:
            assert collector.stop(number) == 0

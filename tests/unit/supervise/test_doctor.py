"""The doctor finds what is wrong, says what to do, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import msgspec
import pytest

from riverrun.cli.main import main
from riverrun.clock import ManualClock, SystemClock
from riverrun.config import Config
from riverrun.config.model import Global, Serve, Server, Topics
from riverrun.status import Process, Status, write_status
from riverrun.supervise import doctor
from riverrun.supervise.doctor import Finding, examine
from tests.helpers.world import World


def config(*, port: int = 0, min_free_bytes: int = 1) -> Config:
    return Config(
        global_=Global(
            server=Server(port=port), serve=Serve(port=0), topics=Topics(min_free_bytes=min_free_bytes)
        )
    )  # fmt: skip


def about(findings: list[Finding], name: str) -> Finding:
    return next(finding for finding in findings if finding.about == name)


def test_a_healthy_machine(tmp_path: Path) -> None:
    findings = examine(tmp_path / "data", config(), SystemClock())
    assert [finding for finding in findings if finding.verdict == "bad"] == []
    assert "duckdb" in about(findings, "packages").found
    assert about(findings, "running").found.startswith("nothing over")
    assert list(tmp_path.iterdir()) == []


def test_every_finding_that_is_not_good_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_SLOW_SYNC_MS", -1.0)
    monkeypatch.setattr(doctor, "_FEW_FILES", 10**9)
    findings = examine(tmp_path, config(min_free_bytes=2**60), SystemClock())
    assert {about(findings, name).verdict for name in ("sync", "open files")} == {"note"}
    assert about(findings, "disk").verdict == "bad"
    assert all(bool(finding.todo) == (finding.verdict != "good") for finding in findings)


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = about(examine(tmp_path, config(port=port), SystemClock()), f"port {port}")
        assert (found.verdict, found.todo) == ("note", "stop it, or set global.server.port")
        process = Process(name="collect", room="collect", state="running", pid=os.getpid(), port=port)
        write_status(tmp_path, Status(pid=os.getpid(), started=0, updated=0, processes=(process,)))
        found = about(examine(tmp_path, config(port=port), SystemClock()), f"port {port}")
        assert (found.verdict, found.found) == ("good", "collector: running")


def test_a_clock_that_stands_in_the_past(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.event(1, "s", "SEARCH", world.start)
    world.close()
    past = ManualClock(int(time.time() * 1000) - 3_600_000)
    found = about(examine(tmp_path, config(), past), "time")
    assert found.verdict == "bad"
    assert "NTP" in found.todo


def test_processes_that_are_ill_or_left_behind(tmp_path: Path) -> None:
    clock = ManualClock(1_000_000)
    good = Process(name="map", room="map", state="running", pid=os.getpid())
    ill = Process(name="run sessions", room="run", state="failed", exit=2, error="sessions.sql:3:1: no table clicks")
    write_status(tmp_path, Status(pid=os.getpid(), started=0, updated=999_000, processes=(good, ill)))
    found = about(examine(tmp_path, config(), clock), "running")
    assert (found.verdict, found.found) == ("bad", "run sessions failed: sessions.sql:3:1: no table clicks")
    clock.advance(60_000)
    found = about(examine(tmp_path, config(), clock), "running")
    assert (found.verdict, found.found) == ("note", "no supervisor, but map")


def test_what_is_not_built_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "supervise" / "doctor.py"))
    found = about(examine(tmp_path, config(), SystemClock()), "tag and pages")
    assert (found.verdict, found.todo) == ("bad", "run make web (needs Node 20)")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["doctor", "--data", str(tmp_path), "--json"])
    answer = msgspec.json.decode(capsys.readouterr().out)
    assert (status, answer["healthy"]) in ((0, True), (1, False))
    assert {"about", "verdict", "found", "todo"} == answer["findings"][0].keys()
    main(["doctor", "--data", str(tmp_path)])
    assert "riverrun" in capsys.readouterr().out

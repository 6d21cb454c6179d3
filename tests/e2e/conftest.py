"""What the end-to-end tests share: riverrun as a user starts it, on ports of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from riverrun.status import Status, read_status

ROOT = Path(__file__).resolve().parent.parent.parent
SHOP = ROOT / "examples" / "shop"


def until(true: Callable[[], Any], what: str, seconds: float = 120.0) -> Any:
    """Wait for `true` to return something true, and return that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come within {seconds} s")


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=60) as answer:
        body = answer.read()
    return json.loads(body) if url.endswith(".json") else body


class Up:
    """A running `riverrun up` (or `demo`), as a process of its own."""

    def __init__(self, command: list[str], data: Path) -> None:
        self.command = command
        self.data = data
        self.process: subprocess.Popen[str] | None = None
        self.log = data.parent / f"{data.name}.log"

    def start(self) -> Status:
        """Returns when everything that it started runs, and listens where it has to."""
        begin = time.time() * 1000
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "riverrun", *self.command], stdout=subprocess.PIPE, stderr=log, text=True
            )

        def running() -> Status | None:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()
            status = read_status(self.data)
            fresh = status is not None and status.pid == self.process.pid and status.updated > begin
            return status if fresh and status and all(p.state == "running" for p in status.processes) else None

        return until(running, "everything running", 180)  # type: ignore[no-any-return]

    def status(self) -> Status:
        found = read_status(self.data)
        assert found is not None
        return found

    def pid(self, name: str) -> int | None:
        return next((process.pid for process in self.status().processes if process.name == name), None)

    def stop(self, sig: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and return its exit status."""
        assert self.process is not None
        self.process.send_signal(sig)
        status = self.process.wait(300)
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None
        return status

    def kill_all(self) -> None:
        """Whatever is left of it, when a test failed."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process is not None and self.process.stdout:
            self.process.stdout.close()
        found = read_status(self.data)
        for process in found.processes if found else ():
            if process.pid and psutil.pid_exists(process.pid) and process.pid != os.getpid():
                os.kill(process.pid, signal.SIGKILL)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    """Make an `Up` for a command; whatever of it is left at the end of the test is killed."""
    made: list[Up] = []

    def make(*command: str, data: Path | None = None) -> Up:
        made.append(Up([*command, "--data", str(data or tmp_path / "data")], data or tmp_path / "data"))
        return made[-1]

    yield make
    for one in made:
        one.kill_all()

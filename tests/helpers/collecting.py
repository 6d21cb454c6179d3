"""`riverrun collect` as a process, and what is in its topic."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.helpers.recorder import eventually

RIVERRUN = (sys.executable, "-m", "riverrun")


class Collecting:
    """A running collector; `stop` and `start` keep its port."""

    def __init__(self, data: Path, config: Path | None = None) -> None:
        self.data = data
        self.config = config
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def snippet(self) -> str:
        return f'<script src="{self.url}/divolte.js" defer async></script>'

    def start(self) -> None:
        config = [str(self.config)] if self.config else []
        self._process = subprocess.Popen(
            [*RIVERRUN, "collect", "--data", str(self.data), "--port", str(self.port), "--json", *config],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        assert ready, "the collector did not start"
        self.port = json.loads(ready)["port"]

    def stop(self, *, kill: bool = False) -> None:
        assert self._process is not None
        if kill:
            self._process.kill()
        else:
            self._process.terminate()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process = None

    @property
    def running(self) -> bool:
        return self._process is not None

    def events(self) -> list[dict[str, Any]]:
        """All events of the topic, as `riverrun topics tail` prints them."""
        command = [
            *RIVERRUN,
            "topics",
            "tail",
            "events",
            "--data",
            str(self.data),
            "--from",
            "beginning",
            "--no-follow",
        ]
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        return [json.loads(line) for line in said.stdout.splitlines()]

    def wait(self, condition: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """The events once they satisfy `condition`."""
        found: list[dict[str, Any]] = []

        def look() -> bool:
            found[:] = self.events()
            return condition(found)

        try:
            eventually(look)
        except AssertionError as error:
            raise AssertionError(f"still waiting; so far {[event['eventType'] for event in found]}") from error
        return found

    def wait_for(self, *types: str) -> list[dict[str, Any]]:
        return self.wait(lambda events: [event["eventType"] for event in events] == list(types))


@contextlib.contextmanager
def collecting(data: Path, config: Path | None = None) -> Iterator[Collecting]:
    collector = Collecting(data, config)
    collector.start()
    try:
        yield collector
    finally:
        if collector.running:
            collector.stop()

"""Starting and stopping `riverrun` processes in tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Running:
    """A process that printed its ready line. `facts` is that line."""

    def __init__(self, process: subprocess.Popen[str], facts: dict[str, Any]) -> None:
        self.process = process
        self.facts = facts

    @property
    def port(self) -> int:
        return int(self.facts["port"])

    def stop(self, number: int = signal.SIGTERM, timeout: float = 60) -> int:
        """Send a signal and wait; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout)


@contextmanager
def riverrun(*arguments: str | Path, env: dict[str, str] | None = None, **popen: Any) -> Iterator[Running]:
    """Run `riverrun ARGUMENTS --json` until its ready line, and end it afterwards, whatever happens."""
    command = [sys.executable, "-m", "riverrun", *map(str, arguments), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **(env or {})}, **popen)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, f"{command} ended with {process.wait(60)} before it was ready"
        yield Running(process, json.loads(line))
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(60)
        process.stdout.close()

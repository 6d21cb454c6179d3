"""Asks real Flink: scripts to what came of them, in one JVM."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from riverrun.sql.script import parse_script

ANSWERS = Path(__file__).with_name("flink_answers.py")
_CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
VENV = Path(os.environ.get("RIVERRUN_FLINK_VENV", _CACHE / "riverrun" / "flink-2.3.0"))
# A JVM that has run some hundred jobs becomes slow.
_PER_JVM = 120


def python() -> Path | None:
    """The Python that has PyFlink; None when there is none."""
    found = VENV / "bin" / "python"
    return found if found.exists() else None


def ask(scripts: Mapping[str, tuple[str, Mapping[str, str]]], folder: Path) -> dict[str, Any]:
    """id -> (script with paths, options) to id -> answer (columns, changelog, error). `folder` is for its files."""
    requests = [
        {"id": name, "statements": statements(text), "config": dict(config)} for name, (text, config) in scripts.items()
    ]
    answers: dict[str, Any] = {}
    for at in range(0, len(requests), _PER_JVM):
        answers.update(_ask(requests[at : at + _PER_JVM], folder))
    return answers


def statements(text: str) -> list[str]:
    """The statements of a script, without their semicolons."""
    return [statement.text for statement in parse_script(text)]


def _ask(requests: Sequence[Mapping[str, Any]], folder: Path) -> Iterator[tuple[str, Any]]:
    path = folder / "requests.json"
    path.write_text(json.dumps(requests), encoding="utf-8")
    with alone():
        done = subprocess.run(
            [str(python()), str(ANSWERS), str(path)], capture_output=True, text=True, cwd=folder, timeout=1800
        )
    for line in done.stdout.splitlines():
        if line.startswith("ANSWER "):
            answer = json.loads(line.removeprefix("ANSWER "))
            yield answer.pop("id"), answer
    if done.returncode:
        raise RuntimeError(f"Flink ended with {done.returncode}:\n{done.stderr[-2000:]}")


@contextmanager
def alone() -> Iterator[None]:
    """One JVM at a time on a machine, where RIVERRUN_FLINK_LOCK names a file."""
    name = os.environ.get("RIVERRUN_FLINK_LOCK")
    if name is None:
        yield
        return
    with Path(name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

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
_PER_JVM = 300
_EXPRESSIONS = 4000
# Jobs are short: what is compiled thoroughly is not used often enough to pay for it.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def python() -> Path | None:
    """The Python that has PyFlink; None when there is none."""
    found = VENV / "bin" / "python"
    return found if found.exists() else None


def ask(scripts: Mapping[str, tuple[str, Mapping[str, str]]], folder: Path) -> dict[str, Any]:
    """id -> (script with paths, options) to id -> answer (columns, changelog, error). `folder` is for its files."""
    return dict(answers(scripts, folder))


def answers(scripts: Mapping[str, tuple[str, Mapping[str, str]]], folder: Path) -> Iterator[tuple[str, Any]]:
    """As `ask`, one after the other as they come."""
    requests = [
        {"id": name, "statements": statements(text), "config": dict(config)} for name, (text, config) in scripts.items()
    ]
    for at in range(0, len(requests), _PER_JVM):
        yield from _ask(requests[at : at + _PER_JVM], folder)


def evaluate(script: str, expressions: Sequence[str], folder: Path) -> list[Any]:
    """Types and values, or errors, of expressions over the table `t` of a script, which has a column `n`."""
    answers: list[Any] = []
    for at in range(0, len(expressions), _EXPRESSIONS):
        asked = list(expressions[at : at + _EXPRESSIONS])
        request = {"id": "t", "statements": statements(script), "config": {}, "expressions": asked}
        answers += dict(_ask([request], folder))["t"]["expressions"]
    return answers


def statements(text: str) -> list[str]:
    """The statements of a script, without their semicolons."""
    return [statement.text for statement in parse_script(text)]


def _ask(requests: Sequence[Mapping[str, Any]], folder: Path) -> Iterator[tuple[str, Any]]:
    path, log = folder / "requests.json", folder / "flink.log"
    path.write_text(json.dumps(requests), encoding="utf-8")
    environment = {**os.environ, "JAVA_TOOL_OPTIONS": _JAVA}
    command = [str(python()), str(ANSWERS), str(path)]
    with alone(), log.open("w") as errors:
        asked = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=folder, env=environment)
        assert asked.stdout is not None
        with asked:
            for line in asked.stdout:
                if line.startswith("ANSWER "):
                    answer = json.loads(line.removeprefix("ANSWER "))
                    yield answer.pop("id"), answer
    if asked.returncode:
        raise RuntimeError(f"Flink ended with {asked.returncode}:\n{log.read_text()[-2000:]}")


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

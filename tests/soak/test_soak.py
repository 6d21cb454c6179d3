"""Memory and the job's file stay flat, however long a job runs.

`make test` takes a million rows, `make soak` fifty millions (ROWS=n for another number).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROWS = int(os.environ.get("RIVERRUN_SOAK_ROWS", "1000000"))
MEGABYTE = 2**20


def fifth(samples: Sequence[dict[str, Any]], number: int, what: str) -> int:
    """The most that was taken in a fifth of the run."""
    return max(int(one[what]) for one in samples if (number - 1) * ROWS < 5 * one["rows"] <= number * ROWS)


@pytest.mark.slow
@pytest.mark.timeout(0)  # `make soak` takes an hour
def test_memory_and_file_stay_flat(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.soak.job", str(ROWS), str(tmp_path)]
    samples: list[dict[str, Any]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            samples.append(json.loads(line))
    assert process.returncode == 0
    last = samples.pop()
    assert all(last["said"].values())
    assert last["late"] > 0
    for what, margin in (("rss", 32 * MEGABYTE), ("file", 8 * MEGABYTE), ("state_rows", 0)):
        before, after = fifth(samples, 2, what), fifth(samples, 5, what)
        assert after <= before * 1.1 + margin, f"{what}: {before} in the second fifth, {after} in the last"

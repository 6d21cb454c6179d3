"""Every shared case on riverrun, run in four ways: each gives the rows that Flink gave."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import SHARED
from tests.differential.comparing import difference
from tests.differential.marks import MARKS
from tests.differential.running import outcome, shared_case
from tests.differential.ways import ways

CASES = SHARED / "flink-cases" / "cases"
IDS = sorted(path.name for path in CASES.iterdir()) if CASES.is_dir() else []


SLOW = [pytest.param(way, marks=pytest.mark.slow) for way in ("checkpointed", "killed")]


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("way", ["whole", "cut", *SLOW])
def test_case(name: str, way: str, tmp_path: Path) -> None:
    case = shared_case(CASES / name)
    what = difference(case, outcome(case, tmp_path, ways(tmp_path)[way]))
    if name in MARKS:
        assert what is not None, f"{name} is no longer different: its mark is stale ({MARKS[name]})"
    else:
        assert what is None, what


def test_marks_are_of_cases() -> None:
    if IDS:
        assert set(MARKS) <= set(IDS)

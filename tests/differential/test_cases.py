"""Every case on riverrun, run in four ways: each gives the rows that Flink gave."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.differential import flink
from tests.differential.comparing import difference
from tests.differential.folders import FOLDERS, OWN
from tests.differential.marks import MARKS
from tests.differential.record import answers
from tests.differential.running import outcome, read_case
from tests.differential.ways import ways

SLOW = [pytest.param(way, marks=pytest.mark.slow) for way in ("checkpointed", "killed")]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("way", ["whole", "cut", *SLOW])
def test_case(folder: Path, way: str, tmp_path: Path) -> None:
    case = read_case(folder)
    what = difference(case, outcome(case, tmp_path, ways(tmp_path)[way]))
    if case.id in MARKS:
        assert what is not None, f"{case.id} is no longer different: its mark is stale ({MARKS[case.id]})"
    else:
        assert what is None, what


@pytest.mark.flink
@pytest.mark.slow
def test_the_rows_of_our_own_cases_are_flinks(tmp_path: Path) -> None:
    if flink.python() is None:
        pytest.skip("Flink is not there: make flink")
    cases = [read_case(folder) for folder in OWN]
    differing = {}
    for case, found in zip(cases, answers(cases, tmp_path), strict=True):
        if ("error" in found) != ("error" in case.expected):
            differing[case.id] = str(found.get("error"))
        elif "error" in found:
            continue
        elif found.get("final") != case.expected.get("final") or found.get("files") != case.expected.get("files"):
            differing[case.id] = f"{found} / {case.expected}"
    assert not differing


def test_marks_are_of_cases() -> None:
    if len(FOLDERS) > len(OWN):
        assert set(MARKS) <= {folder.name for folder in FOLDERS}

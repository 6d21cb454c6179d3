"""Queries over a few small tables give the rows that Flink 2.3 gave (rows/answers.json, written by rows/record.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.differential.comparing import difference
from tests.differential.running import Case, outcome
from tests.sql.rows.record import answered


@pytest.mark.parametrize("case", answered(), ids=lambda case: case.title[:70])
def test_rows(case: Case, tmp_path: Path) -> None:
    assert difference(case, outcome(case, tmp_path)) is None

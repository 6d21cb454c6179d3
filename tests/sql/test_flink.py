"""Flink gives what is recorded of it: a sample of the plans and of the rows is asked again."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest

from riverrun.sql.script import parse_script
from tests.differential import flink
from tests.differential.comparing import key
from tests.differential.record import answers
from tests.sql import planning
from tests.sql.rows.record import answered
from tests.sql.test_plans import Known, known

ASK = Path(__file__).with_name("ask_flink_plans.py")
_PLANS, _ROWS = 200, 25

pytestmark = [pytest.mark.flink, pytest.mark.slow]


@pytest.fixture(autouse=True)
def there() -> None:
    if flink.python() is None:
        pytest.skip("Flink is not there: make flink")


def test_plans(tmp_path: Path) -> None:
    several = random.Random(1).sample(known(), _PLANS)
    tables = [statement.text for statement in parse_script(planning.TABLES.read_text(encoding="utf-8"))]
    asked, told = tmp_path / "asked.json", tmp_path / "told.json"
    asked.write_text(json.dumps({"tables": tables, "queries": [one.query for one in several]}), encoding="utf-8")
    with flink.alone():
        subprocess.run([str(flink.python()), str(ASK), str(asked), str(told)], check=True, timeout=600)
    found = json.loads(told.read_text(encoding="utf-8"))
    assert not [(one, answer) for one, answer in zip(several, found, strict=True) if not _is_recorded(one, answer)]


def _is_recorded(one: Known, answer: dict[str, str]) -> bool:
    if one.answer[0] == "refused" or "refused" in answer:
        return one.answer[0] == "refused" and "refused" in answer
    return one.answer == (answer["types"], answer["plan"])


def test_rows(tmp_path: Path) -> None:
    cases = random.Random(1).sample(answered(), _ROWS)
    differing = {}
    for case, found in zip(cases, answers(cases, tmp_path), strict=True):
        same = [sorted(map(key, one.get("final", []))) for one in (found, case.expected)]
        if ("error" in found) != ("error" in case.expected) or same[0] != same[1]:
            differing[case.title] = (found, case.expected)
    assert not differing

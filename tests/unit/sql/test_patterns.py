"""Which row patterns Flink's pattern compiler refuses."""

from __future__ import annotations

import pytest

from riverrun.errors import InputError
from riverrun.sql.environment import Environment

SCRIPT = """
CREATE TABLE e (v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen');
SELECT * FROM e MATCH_RECOGNIZE (ORDER BY ts MEASURES LAST(v) AS m PATTERN ({}) DEFINE A AS v > 1, B AS v > 2)
"""


def plan(pattern: str) -> None:
    environment = Environment()
    for statement in environment.parse(SCRIPT.format(pattern)):
        environment.execute(statement)


@pytest.mark.parametrize("pattern", ["A+ B* C", "A* B? C", "A{2,} B{0,} C", "A{1,2} B{0,1} C"])
def test_optional_behind_greedy(pattern: str) -> None:
    with pytest.raises(InputError, match="B is optional and follows the greedy A; make A reluctant"):
        plan(pattern)


@pytest.mark.parametrize("pattern", ["A+? B* C", "A+ B{0,2} C", "A{2} B? C", "A? B* C"])
def test_what_flink_takes_for_mandatory(pattern: str) -> None:
    """A range that begins with 0 may follow a greedy loop: Flink looks at ? and * only."""
    plan(pattern)


@pytest.mark.parametrize(
    "pattern", ["A B+", "A B*", "A B{1,2}", "A? B?", "A B A", "A | B", "(A B)+", "A{0}", "A {- B -} C"]
)
def test_others(pattern: str) -> None:
    with pytest.raises(InputError):
        plan(pattern)

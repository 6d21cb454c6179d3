"""Functions in whole scripts: what the engine makes of a call's arguments must not change the call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.differential.running import Case, outcome

TABLE = "FROM (VALUES (1, 'a', 1.5e0), (2, 'b', 2.5e0), (3, 'a', CAST(NULL AS DOUBLE))) AS t(n, s, d)"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("LISTAGG(s, '|')", "a|b|a"),
        ("LISTAGG(DISTINCT s, '''')", "a'b"),
        ("JSON_OBJECTAGG(KEY CAST(n AS STRING) VALUE d ABSENT ON NULL)", '{"1":1.5,"2":2.5}'),
        ("JSON_ARRAYAGG(d NULL ON NULL)", "[1.5,2.5,null]"),
        ("JSON_ARRAYAGG(JSON_OBJECT('x' VALUE n))", '[{"x":1},{"x":2},{"x":3}]'),
        ("PERCENTILE(d, ARRAY[0.5, 1])", [2.0, 2.5]),
        ("PERCENTILE(n, 0.5, n)", 2.5),
        ("LAST_VALUE(DISTINCT s)", "b"),
        ("STDDEV_POP(d)", 0.5),
        ("SUM(n) FILTER (WHERE JSON_VALUE(JSON_OBJECT('k' VALUE s), '$.k') = 'a')", 4),
    ],
)
def test_aggregate_in_a_query(call: str, expected: Any, tmp_path: Path) -> None:
    found = outcome(Case("aggregate", "", "final", f"SELECT {call} AS v {TABLE};", {}, {}), tmp_path)
    assert found.error is None, found.error
    assert found.changelog is not None
    assert found.changelog[-1][1] == [expected]

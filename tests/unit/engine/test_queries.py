"""Small queries from the text to the rows: what went wrong once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.differential.running import Case, outcome

TABLE = """
CREATE TABLE e (id INT, k STRING, d DOUBLE, p DECIMAL(8, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
WITH ('connector' = 'filesystem', 'path' = '${INPUT:e}', 'format' = 'json');
"""
ROWS = [
    {"id": 1, "k": "x", "d": 0.5, "p": 1.5, "ts": "2025-01-01 00:00:01"},
    {"id": 2, "k": "y", "d": 1.5, "p": 2.5, "ts": "2025-01-01 00:00:02"},
    {"id": 3, "k": "x", "d": 2.0, "p": None, "ts": "2025-01-01 00:00:03"},
]


def rows(query: str, folder: Path, *, table: str = TABLE, given: list[dict[str, Any]] = ROWS) -> list[Any]:
    path = folder / "e"
    path.write_text("".join(json.dumps(row) + "\n" for row in given), encoding="utf-8")
    found = outcome(Case("", "", "rows", table + query, {"e": path}, {}), folder)
    assert found.error is None, found.error
    assert found.changelog is not None
    return found.changelog


def test_sums_that_are_no_integers_begin_with_their_first_value(tmp_path: Path) -> None:
    assert rows("SELECT k, SUM(d) AS d, SUM(p) AS p FROM e GROUP BY k", tmp_path) == [
        ["+I", ["x", 0.5, "1.50"]],
        ["+I", ["y", 1.5, "2.50"]],
        ["-U", ["x", 0.5, "1.50"]],
        ["+U", ["x", 2.5, "1.50"]],
    ]


@pytest.mark.parametrize(
    ("call", "wanted"),
    [("LAG(id)", [None, 1, 2]), ("LAG(id, 2)", [None, None, 1]), ("LAG(id, 1, 0)", [0, 1, 2])],
)
def test_lag(call: str, wanted: list[int | None], tmp_path: Path) -> None:
    found = rows(f"SELECT {call} OVER (ORDER BY ts) AS m FROM e", tmp_path)
    assert found == [["+I", [value]] for value in wanted]


def test_a_frame_without_keys_and_arguments(tmp_path: Path) -> None:
    query = "SELECT COUNT(*) OVER (ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS n FROM e"
    assert rows(query, tmp_path) == [["+I", [1]], ["+I", [2]], ["+I", [2]]]


def test_rows_of_one_time_share_a_running_value(tmp_path: Path) -> None:
    at_once = [row | {"ts": "2025-01-01 00:00:01"} for row in ROWS]
    delayed = TABLE.replace("AS ts)", "AS ts - INTERVAL '1' SECOND)")
    for frame, wanted in (("RANGE", [6, 6, 6]), ("ROWS", [1, 3, 6])):
        query = f"SELECT SUM(id) OVER (ORDER BY ts {frame} BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS m FROM e"
        assert rows(query, tmp_path, table=delayed, given=at_once) == [["+I", [value]] for value in wanted]


@pytest.mark.parametrize("function", ["RANK", "DENSE_RANK"])
def test_ranks_by_a_value_count_the_rows_up_to_the_equal_ones(function: str, tmp_path: Path) -> None:
    """What Flink 2.3 said, in another order where several rows change at once."""
    given = [{"id": number, "k": "x", "d": value} for number, value in enumerate([3, 1, 2, 2, None])]
    query = (
        f"SELECT id, {function}() OVER (PARTITION BY k ORDER BY v) AS r FROM (SELECT id, k, CAST(d AS INT) AS v FROM e)"
    )
    said = rows(query, tmp_path, table=TABLE.replace(", WATERMARK FOR ts AS ts", ""), given=given)
    assert sorted(map(str, said)) == sorted(
        map(
            str,
            [
                ["+I", [0, 1]],
                *(["+I", [1, 1]], ["-U", [0, 1]], ["+U", [0, 2]]),
                *(["-U", [0, 2]], ["+U", [0, 3]], ["+I", [2, 2]]),
                *(["-U", [2, 2]], ["+U", [2, 3]], ["+I", [3, 3]], ["-U", [0, 3]], ["+U", [0, 4]]),
                *(["+I", [4, 1]], ["-U", [1, 1]], ["+U", [1, 2]], ["-U", [2, 3]], ["+U", [2, 4]]),
                *(["-U", [3, 3]], ["+U", [3, 4]], ["-U", [0, 4]], ["+U", [0, 5]]),
            ],
        )
    )


def test_a_rank_has_no_frame(tmp_path: Path) -> None:
    query = "SELECT RANK() OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM e"
    (tmp_path / "e").touch()
    assert outcome(Case("", "", "rows", TABLE + query, {"e": tmp_path / "e"}, {}), tmp_path).error is not None


def test_what_stands_in_several_places_is_computed_once(tmp_path: Path) -> None:
    """In the condition and among the columns, and what its own SQL repeats."""
    query = (
        "SELECT id, ARRAY_EXCEPT(a, b) AS x, CARDINALITY(ARRAY_EXCEPT(a, b)) AS n FROM ("
        "  SELECT id, k, ARRAY[k, 'z', CAST(NULL AS STRING), k] AS a, ARRAY['x'] AS b FROM e"
        ") WHERE CARDINALITY(ARRAY_EXCEPT(a, b)) > 1 AND PARSE_URL('http://h/?a=' || k, 'QUERY', 'a') = k"
    )
    assert rows(query, tmp_path) == [
        ["+I", [1, ["z", None], 2]],
        ["+I", [2, ["y", "z", None], 3]],
        ["+I", [3, ["z", None], 2]],
    ]


def test_a_guard_still_guards_what_stands_in_several_places(tmp_path: Path) -> None:
    query = "SELECT id, 6 / (id - 2) AS a, 6 / (id - 2) + 1 AS b FROM e WHERE id <> 2 AND 6 / (id - 2) > 0"
    assert rows(query, tmp_path) == [["+I", [3, 6, 7]]]


def test_a_row_that_comes_as_an_update_stays_one_over_values(tmp_path: Path) -> None:
    query = "SELECT n, COUNT(*) OVER (ORDER BY n) AS m FROM (SELECT COUNT(*) AS n FROM e)"
    assert rows(query, tmp_path) == [
        ["+I", [1, 1]],
        ["-D", [1, 1]],
        ["+U", [2, 1]],
        ["-D", [2, 1]],
        ["+U", [3, 1]],
    ]

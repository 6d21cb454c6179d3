"""`riverrun sql`: a query over the topics of a data folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from riverrun.cli.main import main
from tests.helpers.world import World, shop


@pytest.fixture
def data(tmp_path: Path) -> str:
    world = World(tmp_path)
    shop(world, 20)
    world.close()
    return str(tmp_path)


def rows(query: str, data: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    assert main(["sql", query, "--json", "--data", data]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_topic_is_a_table(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert rows("SELECT COUNT(*) AS n, COUNT(DISTINCT eventid) AS ids FROM clicks", data, capsys) == [
        {"n": 19, "ids": 19}  # one of the twenty is rejected
    ]


def test_windows_over_the_time_of_the_entries_leave_out_no_row(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    query = (
        "SELECT COUNT(*) AS n FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(event_time), INTERVAL '1' SECOND))"
        " GROUP BY window_start, window_end"
    )
    assert sum(int(str(row["n"])) for row in rows(query, data, capsys)) == 19


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT tpe FROM clicks", "there is no column tpe; did you mean type?"),
        ("SELECT type FROM cliks", "there is no table or view cliks; did you mean clicks?"),
        ("INSERT INTO clicks SELECT * FROM clicks", "use riverrun run FILE.sql"),
        ("EXPLAIN ANALYZE INSERT INTO clicks SELECT * FROM clicks", "use riverrun run FILE.sql"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(
    data: str, query: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sql", query, "--data", data]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err


def test_how_a_query_went(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = rows("EXPLAIN ANALYZE SELECT type, COUNT(*) AS n FROM clicks GROUP BY type", data, capsys)
    assert next(one["rows_in"] for one in found if one["operator"] == "GroupAggregate") == 19


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "SELECT 1", "--data", str(tmp_path / "no")]) == 2
    assert "name the folder that holds topics" in capsys.readouterr().err

"""The demo's report: what it counts, and what it finds wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from riverrun.status import Process
from riverrun.supervise.report import Report, take_stock
from tests.helpers.world import World, shop

RESULTS = ("device_types", "top_browsers")


def stock(data: Path, **changes: Any) -> Report:
    parts: dict[str, Any] = {
        "events": "events", "mapped": ["clicks"], "expected": RESULTS, "processes": (), "sent": 60,
        "first_result_s": 1.5, "seconds": 30.0,
    }  # fmt: skip
    return take_stock(data, **(parts | changes))


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    shop(world, 60)
    return world


def test_a_good_run(world: World) -> None:
    world.close()
    report = stock(world.data)
    assert report.good
    assert (report.received, report.mapped, report.rejected, report.open) == (60, 57, {"unmappable": 3}, 0)
    assert report.results == {"device_types": 36, "top_browsers": 36}
    assert (report.differences, report.duplicates) == ({}, 0)


def test_a_record_that_is_there_twice(world: World) -> None:
    world.map(0, "events/0/0", "s", "SEARCH", world.start)
    world.close()
    report = stock(world.data)
    assert report.duplicates == 1
    assert "1 records stand in a mapped topic twice" in report.problems
    assert "map clicks: the ledger differs by 1" in report.problems


def test_an_event_that_was_lost(world: World) -> None:
    world.close()
    assert stock(world.data, sent=61).problems == ("61 events were acknowledged and 60 are stored",)


def test_an_event_that_is_still_open(world: World) -> None:
    world.event(99, "s", "SEARCH", world.start)
    world.close()
    assert stock(world.data).problems == ("1 entries are still open",)


def test_a_query_without_rows(world: World) -> None:
    world.close()
    assert stock(world.data, expected=(*RESULTS, "purchases2")).problems == ("purchases2: no rows",)


def test_a_process_that_gave_up(world: World) -> None:
    world.close()
    failed = Process(name="run x", room="run", state="failed", exit=2, error="x.sql:1:1: no table", peak_bytes=7)
    report = stock(world.data, processes=[failed])
    assert report.problems == ("run x: x.sql:1:1: no table (status 2)",)
    assert report.peak_bytes == {"run x": 7}


def test_nothing_at_all(tmp_path: Path) -> None:
    report = stock(tmp_path, sent=None)
    assert report.problems == ("device_types: no rows", "top_browsers: no rows", "nothing was received")

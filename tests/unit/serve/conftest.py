"""What the tests of the live pages share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from riverrun.clock import ManualClock
from riverrun.serve.views import Views
from riverrun.serve.watch import Watcher
from tests.helpers.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "data")
    world.data.mkdir()
    yield world
    world.close()


@pytest.fixture
def clock(world: World) -> ManualClock:
    return ManualClock(world.start + 1_000_000)


@pytest.fixture
def views(world: World, clock: ManualClock) -> Iterator[Views]:
    watcher = Watcher(world.data, clock)
    yield Views(watcher)
    watcher.close()

"""A site and a recording collector for the tag's tests. They are different origins, as they mostly are in life."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.helpers.recorder import Recorder, Site, closing_all


@pytest.fixture
def collector() -> Iterator[Recorder]:
    recorder = Recorder()
    with closing_all(recorder):
        yield recorder


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    with closing_all(site):
        yield site

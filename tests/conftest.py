"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
# Facts handed to the project's founders. The project stands without them: tests that read them skip.
SHARED = Path(os.environ.get("RIVERRUN_SHARED", ROOT.parent / "shared"))

# Tests never assert how long something took, so hypothesis does not either.
settings.register_profile("riverrun", deadline=None)
settings.load_profile("riverrun")


# Seconds after which a test that starts processes is taken for stuck, also on a machine that does much else.
PATIENCE = 900
PATIENT = ("slow", "flink", "browser", "faults")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("timeout") is None and any(item.get_closest_marker(name) for name in PATIENT):
            item.add_marker(pytest.mark.timeout(PATIENCE))


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("../shared is not there")
    return SHARED

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


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("../shared is not there")
    return SHARED

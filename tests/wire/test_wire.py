"""The conversations in this folder, each with a collector of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.wire.conversation import run

CASES = [
    pytest.param(case, id=f"{name}: {case['name']}")
    for name in ("browser", "json-source", "http", "privacy", "batches")
    for case in json.loads((Path(__file__).parent / f"{name}.json").read_text())
]


@pytest.mark.parametrize("case", CASES)
async def test_conversation(case: dict[str, Any], tmp_path: Path) -> None:
    await run(case, tmp_path)

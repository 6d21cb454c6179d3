"""Queries have the types that Flink gives them, and the plans that Flink's planner makes; what it refuses is refused.

plans/queries.txt has for each query Flink's types and the outline of its plan, or `-` and why it refuses the query. A
line with `!` says why riverrun differs. What riverrun names as not supported is no difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sql import planning

QUERIES = Path(__file__).parent / "plans" / "queries.txt"


@dataclass(frozen=True, slots=True)
class Known:
    query: str
    answer: tuple[str, str]
    difference: str | None = None


def known() -> list[Known]:
    blocks = QUERIES.read_text(encoding="utf-8").strip().split("\n\n")
    return [_known(block.splitlines()) for block in blocks if not block.startswith("#")]


def _known(lines: list[str]) -> Known:
    query = lines[0]
    difference = next((line[2:] for line in lines if line.startswith("! ")), None)
    refused = next((line[2:] for line in lines if line.startswith("- ")), None)
    if refused is not None:
        return Known(query, ("refused", refused), difference)
    return Known(query, (lines[1].removeprefix("= "), lines[2].removeprefix("> ")), difference)


@pytest.mark.parametrize("one", known(), ids=lambda one: one.query[:60])
def test_plan(one: Known) -> None:
    found, answer = planning.verdict(one.query), one.answer
    if found[0] == "unsupported":
        return
    if "refused" in (found[0], answer[0]):
        same = found[0] == answer[0]
    else:
        same = found == answer
    if one.difference is None:
        assert same, f"riverrun: {found}\nFlink: {answer}"
    else:
        assert not same, f"no longer different ({one.difference})"

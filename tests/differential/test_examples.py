"""Flink gives what the examples of the catalogue of functions say (docs/sql/functions.md)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from riverrun.sql.functions import ENTRIES
from tests.differential import flink

EXAMPLES = {text: value for entry in ENTRIES.values() for text, value in entry.examples.items()}
_TOGETHER = 40


@pytest.mark.flink
@pytest.mark.slow
def test_flink_gives_what_the_examples_say(tmp_path: Path) -> None:
    if flink.python() is None:
        pytest.skip("Flink is not there: make flink")
    texts = list(EXAMPLES)
    groups = [texts[at : at + _TOGETHER] for at in range(0, len(texts), _TOGETHER)]
    found = asked(groups, tmp_path)
    # What fails is in a group with others: each alone.
    alone = [[text] for group in groups for text in group if text not in found]
    found |= asked(alone, tmp_path)
    different = {text: found.get(text, "an error") for text in texts if not same(found.get(text, ...), EXAMPLES[text])}
    assert not different


def asked(groups: Sequence[Sequence[str]], folder: Path) -> dict[str, Any]:
    """Expression -> value, of the groups of expressions that Flink evaluates."""
    scripts: dict[str, tuple[str, dict[str, str]]] = {
        str(number): ("SELECT " + ", ".join(f"{text} AS c{n}" for n, text in enumerate(group)) + ";", {})
        for number, group in enumerate(groups)
    }
    answers = flink.ask(scripts, folder) if scripts else {}
    out: dict[str, Any] = {}
    for number, group in enumerate(groups):
        changelog = answers[str(number)].get("changelog")
        if changelog and "error" not in answers[str(number)]:
            out |= zip(group, changelog[0][1], strict=True)
    return out


def same(actual: Any, expected: Any) -> bool:
    if isinstance(expected, float) and isinstance(actual, int | float):
        return math.isclose(actual, expected, rel_tol=1e-12)
    return bool(actual == expected)

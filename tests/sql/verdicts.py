"""The statements of verdicts/statements.txt: text, and whether Flink's parser takes it."""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).parent / "verdicts" / "statements.txt"


def verdicts() -> list[tuple[str, bool]]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return [(line[2:], line[0] == "+") for line in lines if line[:2] in ("+ ", "- ")]

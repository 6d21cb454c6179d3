"""Where the cases are: the project's own, and the shared ones where they are there."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import ROOT, SHARED


def _cases(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


OWN = _cases(ROOT / "tests" / "sql" / "cases")
FOLDERS = [*OWN, *_cases(SHARED / "flink-cases" / "cases")]

"""Asks Flink for the rows of the queries that have no answer yet: python -m tests.sql.rows.record

queries.txt has a query a line, over the tables of tables.sql; a query reads the tables that it names.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.differential.record import answers
from tests.differential.running import Case

HERE = Path(__file__).parent
ANSWERS = HERE / "answers.json"


def cases() -> list[Case]:
    tables = dict(re.findall(r"^(CREATE TABLE (\w+) .*?;)$", _read("tables.sql"), re.MULTILINE | re.DOTALL))
    tables = {name: text for text, name in tables.items()}
    lines = [line for line in _read("queries.txt").splitlines() if line and not line.startswith("#")]
    return [_case(number, line, tables) for number, line in enumerate(lines)]


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _case(number: int, query: str, tables: dict[str, str]) -> Case:
    words = set(re.findall(r"(?<![\w.'])(\w+)(?!\w|\()", query))
    used = [name for name in tables if name in words]
    script = "\n".join([*(tables[name] for name in used), f"{query};"])
    inputs = {f"{name}.jsonl": HERE / "inputs" / f"{name}.jsonl" for name in used}
    return Case(f"q{number}", query, "final", script, inputs, {})


def _known() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ANSWERS.read_text(encoding="utf-8")) if ANSWERS.exists() else {}
    return found


def answered() -> list[Case]:
    """The cases whose answers are known. Changes are compared as the rows that they leave."""
    known = _known()
    return [_with(case, known[case.title]) for case in cases() if case.title in known]


def _with(case: Case, answer: dict[str, Any]) -> Case:
    return replace(case, expected=answer, compare="error" if "error" in answer else "final")


def main() -> int:
    known = _known()
    new = [case for case in cases() if case.title not in known]
    with tempfile.TemporaryDirectory() as place:
        for case, answer in zip(new, answers(new, Path(place)), strict=True):
            known[case.title] = answer
    kept = {case.title: known[case.title] for case in cases()}
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).replace('},"', '},\n"')
    ANSWERS.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

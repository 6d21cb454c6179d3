"""Our parser takes and refuses what Flink's parser takes and refuses."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from riverrun.errors import InputError
from riverrun.sql.keywords import CONTEXT_VARIABLES, NON_RESERVED, RESERVED, RESERVED_FUNCTIONS
from riverrun.sql.printer import statement_sql
from riverrun.sql.script import parse_script, parse_statement
from tests.sql.verdicts import verdicts


def accepted(text: str) -> bool:
    try:
        parse_script(text)
    except InputError:
        return False
    return True


def test_there_are_enough_statements() -> None:
    assert len(verdicts()) > 800


@pytest.mark.parametrize(("text", "expected"), verdicts())
def test_verdict(text: str, expected: bool) -> None:
    assert accepted(text) == expected


@pytest.mark.parametrize("text", [text for text, expected in verdicts() if expected])
def test_prints_back_to_the_same_tree(text: str) -> None:
    (statement,) = parse_script(text)
    assert parse_statement(statement_sql(statement.tree)) == statement.tree


@pytest.mark.flink
def test_flink_agrees(tmp_path: Path) -> None:
    """One JVM for all statements and all keywords."""
    home = Path(os.environ.get("RIVERRUN_FLINK_VENV", Path.home() / ".cache/riverrun/flink-2.3.0"))
    if not (home / "bin/python").exists():
        pytest.skip("no Apache Flink here: make flink")
    questions, answers = tmp_path / "questions.json", tmp_path / "answers.json"
    questions.write_text(json.dumps([text for text, _ in verdicts()]), encoding="utf-8")
    script = Path(__file__).parent / "ask_flink_parser.py"
    subprocess.run([home / "bin/python", script, questions, answers], check=True, capture_output=True, timeout=280)
    answer = json.loads(answers.read_text(encoding="utf-8"))
    wrong = [text for (text, expected), taken in zip(verdicts(), answer["taken"], strict=True) if taken != expected]
    assert wrong == []
    assert set(answer["reserved"]) == RESERVED
    assert set(answer["non_reserved"]) == NON_RESERVED
    assert set(answer["functions"]) == RESERVED_FUNCTIONS
    assert set(answer["variables"]) == CONTEXT_VARIABLES

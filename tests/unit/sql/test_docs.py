"""The examples of docs/sql: what a page says is taken is taken, what it says is refused is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from riverrun.errors import InputError, UnsupportedError
from riverrun.sql.environment import Environment
from tests.conftest import ROOT

PAGES = sorted((ROOT / "docs" / "sql").glob("*.md"))
_BLOCK = re.compile(r"^```sql( refused| unsupported)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_RAISES = {" refused": InputError, " unsupported": UnsupportedError}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples(page: Path) -> None:
    environment = Environment()
    for verdict, text in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if verdict:
            with pytest.raises(_RAISES[verdict]):
                run(environment, text, page)
        else:
            run(environment, text, page)


def run(environment: Environment, text: str, page: Path) -> None:
    for statement in environment.parse(text, page.name):
        environment.execute(statement)


def test_the_rules_of_lint_are_those_of_the_page() -> None:
    assert subprocess.run([sys.executable, ROOT / "tools" / "lint_docs.py", "--check"], check=False).returncode == 0

"""docs/generate.md tells what there is: its tables are up to date, and it has every option and every stream."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from riverrun.cli import generate
from riverrun.generate.setting_table import ORIGINAL
from riverrun.generate.settings import ALL

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs" / "generate.md").read_text(encoding="utf-8")


def test_the_tables_are_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "tools" / "generate_docs.py"), "--check"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


def test_every_setting_has_a_meaning() -> None:
    assert all(len(setting.meaning) > 15 for setting in ALL.values())
    assert sum(bool(setting.original) for setting in ORIGINAL) >= 12


def test_every_option_is_explained() -> None:
    parser = argparse.ArgumentParser()
    generate.add_arguments(parser)
    options = {option for action in parser._actions for option in action.option_strings if option.startswith("--")}
    left_out = {"--help", "--shop", "--format", "--no-truth", "--json", "--seed"}
    assert not {option for option in options - left_out if f"`{option}" not in TEXT and f" {option} " not in TEXT}

"""Flink SQL that Flink accepts and that surprises people: what it does, rows that go wrong, and what to write instead.
The files are one session: tables and views of one are known in the next. Nothing is run.

examples:
  riverrun lint query.sql
  riverrun lint tables.sql baskets.sql --json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.sql", help="scripts, read in this order")
    parser.add_argument("--json", action="store_true", help="one JSON object a finding")


def run(arguments: argparse.Namespace) -> int:
    from riverrun.errors import InputError
    from riverrun.sql.lint import lint

    scripts = []
    for file in arguments.files:
        try:
            scripts.append((file.read_text(encoding="utf-8"), str(file)))
        except OSError as error:
            raise InputError(f"cannot read {file}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise InputError(f"{file} is not UTF-8") from None
    found = lint(scripts)
    for finding in found:
        print(json.dumps(finding.plain()) if arguments.json else f"{finding}\n")
    return 1 if found else 0

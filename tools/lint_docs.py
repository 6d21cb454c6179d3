"""Writes the rules into docs/sql/lint.md: python tools/lint_docs.py [--check]."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from riverrun.sql.lint import RULES, Rule

TARGET = Path(__file__).resolve().parent.parent / "docs" / "sql" / "lint.md"
BEGIN, END = "<!-- rules: written by tools/lint_docs.py -->\n", "<!-- end -->"


def page() -> str:
    head, begin, rest = TARGET.read_text(encoding="utf-8").partition(BEGIN)
    _, end, tail = rest.partition(END)
    return head + begin + "\n" + "\n".join(line for rule in RULES for line in lines(rule)) + "\n" + end + tail


def lines(rule: Rule) -> Iterator[str]:
    yield from (f"## {rule.name}", "", rule.summary, "")
    if rule.example is None:
        yield from (*(f"    {line}" for line in rule.rows.splitlines()), "")
        return
    yield from ("| query | row |", "|---|---|")
    yield from (f"| `{rule.example}` | `{rule.gives}` |", f"| `{rule.better}` | `{rule.better_gives}` |", "")


def main() -> int:
    new = page()
    if "--check" in sys.argv[1:]:
        if new == TARGET.read_text(encoding="utf-8"):
            return 0
        print("docs/sql/lint.md is stale: run make docs", file=sys.stderr)
        return 1
    TARGET.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

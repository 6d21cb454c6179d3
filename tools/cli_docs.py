"""Writes docs/cli.md from the commands themselves: python tools/cli_docs.py [--check]."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

from riverrun.cli.main import COMMANDS, Command, Parser, usage

TARGET = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
WIDTH = 120

_HEAD = """# The command line

This page is written by `make docs` from the commands themselves.

    {usage}
"""


def parser_of(command: Command) -> argparse.ArgumentParser:
    module = importlib.import_module(command.module)
    parser = Parser(prog=f"riverrun {command.name}", description=module.__doc__)
    module.add_arguments(parser)
    return parser


def subparsers(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def section(title: str, parser: argparse.ArgumentParser, level: int) -> str:
    parts = [f"{'#' * level} {title}", ""]
    description, _, examples = (parser.description or "").strip().partition("\nexamples:\n")
    parts += [description.strip(), ""]
    if examples.strip():
        parts += [*(f"    {line.strip()}" if line.strip() else "" for line in examples.rstrip().splitlines()), ""]
    rows = [row for action in parser._actions if (row := _row(parser, action))]
    if rows:
        parts += ["| option | meaning |", "|---|---|", *rows, ""]
    for name, child in subparsers(parser):
        parts.append(section(f"{title} {name}", child, level + 1))
    return "\n".join(parts)


def _row(parser: argparse.ArgumentParser, action: argparse.Action) -> str | None:
    if isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
        return None
    if action.option_strings:
        value = f" {_value(action)}" if action.nargs != 0 else ""
        name = ", ".join(f"`{option}{value}`" for option in action.option_strings)
    else:
        name = f"`{_value(action)}`"
    text = (action.help or "").replace("%%", "%").replace("|", "\\|")
    return f"| {name} | {text} |".replace("|  |", "| |")


def _value(action: argparse.Action) -> str:
    if isinstance(action.metavar, str):
        return action.metavar.replace("|", "\\|")
    if action.choices:
        return "\\|".join(str(choice) for choice in action.choices)
    return action.dest.upper()


def page() -> str:
    text = _HEAD.format(usage="\n    ".join(usage().splitlines()).replace("\n    \n", "\n\n"))
    return text + "\n" + "\n".join(section(f"riverrun {c.name}", parser_of(c), 2) for c in COMMANDS).rstrip() + "\n"


def main() -> int:
    text = page()
    if "--check" in sys.argv[1:]:
        if TARGET.is_file() and TARGET.read_text() == text:
            return 0
        print("docs/cli.md is not what the commands say; run: make docs", file=sys.stderr)
        return 1
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

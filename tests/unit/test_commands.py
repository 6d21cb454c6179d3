"""Every command says what it does, with examples; every option says what it means; help is quick and light."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from riverrun.cli.main import COMMANDS, Command, Parser

HEAVY = ("duckdb", "pyarrow", "numpy", "fastavro", "starlette", "uvicorn", "pyhocon", "ua_parser", "httptools")


def parsers(command: Command) -> Iterator[argparse.ArgumentParser]:
    module = importlib.import_module(command.module)
    parser = Parser(prog=f"riverrun {command.name}", description=module.__doc__)
    module.add_arguments(parser)
    waiting = [parser]
    while waiting:
        yield (one := waiting.pop())
        for action in one._actions:
            if isinstance(action, argparse._SubParsersAction):
                waiting += action.choices.values()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_says_what_it_does(command: Command) -> None:
    text = importlib.import_module(command.module).__doc__ or ""
    assert "\nexamples:\n" in text
    examples = text.partition("\nexamples:\n")[2]
    assert f"riverrun {command.name}" in examples
    for parser in parsers(command):
        for action in parser._actions:
            if action.option_strings:
                assert action.help, f"{parser.prog} {action.option_strings[0]} has no help"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["nonsense"]])
def test_what_needs_nothing_heavy_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom riverrun.cli.main import main\n"
        f"main({arguments})\n"
        f"loaded = [name for name in {HEAVY} if name in sys.modules]\n"
        "assert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_an_unknown_command_gets_the_nearest() -> None:
    found = subprocess.run([sys.executable, "-m", "riverrun", "sevre"], capture_output=True, text=True)
    assert (found.returncode, found.stderr) == (2, "riverrun: unknown command sevre; did you mean serve?\n")

"""`riverrun`: finds the command, imports its module only, and turns what it raises into an exit status.

Exit statuses: 0 done; 1 it ran and failed, or the answer is no; 2 wrong use or wrong input; 3 not supported yet.
A command is a module of this package with `add_arguments(parser)` and `run(arguments) -> int`.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from riverrun import __version__
from riverrun.errors import RiverrunError, did_you_mean


class Command(NamedTuple):
    name: str
    module: str
    summary: str
    group: str


COMMANDS: tuple[Command, ...] = (
    Command("demo", "riverrun.cli.demo", "a web shop, its visitors and everything behind them", "Run"),
    Command("up", "riverrun.cli.up", "all rooms of a configuration, until Ctrl-C", "Run"),
    Command("run", "riverrun.cli.run", "Flink SQL scripts, in this process", "Run"),
    Command("sql", "riverrun.cli.sql", "a query over the topics as they are now", "Look"),
    Command("serve", "riverrun.cli.serve", "the live pages over a data folder", "Run"),
    Command("shop", "riverrun.cli.shop", "the example shop: jeans to click on", "Run"),
    Command("doctor", "riverrun.cli.doctor", "what is installed, free disk, ports, time; says what to do", "Look"),
    Command("lint", "riverrun.cli.lint", "Flink SQL that surprises people, and what to write instead", "Look"),
    Command("topics", "riverrun.cli.topics", "list topics; print what is in one", "Look"),
    Command("map", "riverrun.cli.map", "the map room: events topics in, records and dead letters out", "Run"),
    Command("replay", "riverrun.cli.replay", "map dead letters or raw events again", "Map"),
    Command("mapping", "riverrun.cli.mapping", "check, run, test and convert mapping scripts", "Map"),
    Command("schema", "riverrun.cli.schema", "check the evolution of Avro schemas; print CREATE TABLE", "Map"),
    Command("generate", "riverrun.cli.generate", "invent the events of a jeans shop; visitors for a real one", "Run"),
    Command("collect", "riverrun.cli.collect", "take events over HTTP; answers mean that they are on disk", "Run"),
    Command("config", "riverrun.cli.config", "check a configuration; show every effective value", "Look"),
)


def usage() -> str:
    width = max(len(command.name) for command in COMMANDS) + 2
    lines = ["riverrun: from a click in a browser to a Flink SQL answer.", "", "usage: riverrun COMMAND [OPTIONS]"]
    for group in dict.fromkeys(command.group for command in COMMANDS):
        lines += ["", f"{group}:"]
        lines += [f"  {c.name:<{width}}{c.summary}" for c in COMMANDS if c.group == group]
    lines += [
        "",
        "riverrun COMMAND --help tells more, with examples. --data DIR says where topics and state live (./data).",
        "Exit status: 0 done, 1 failed or the answer is no, 2 wrong use or input, 3 not supported yet.",
    ]
    return "\n".join(lines)


class Parser(argparse.ArgumentParser):
    """Errors in the house's form, and help that keeps the examples' lines."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # argparse's own signature

    def error(self, message: str) -> None:  # type: ignore[override]  # exits, as the parent does
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help tells what it takes\n")


def add_data(parser: argparse.ArgumentParser) -> None:
    """The option that every command over stored data has."""
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("RIVERRUN_DATA", "data")), metavar="DIR",
        help="where topics and state live (default: $RIVERRUN_DATA or ./data)",
    )  # fmt: skip


def main(argv: Sequence[str]) -> int:
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if argv else 2
    if argv[0] in ("-V", "--version"):
        print(f"riverrun {__version__}")
        return 0
    command = next((command for command in COMMANDS if command.name == argv[0]), None)
    if command is None:
        names = [command.name for command in COMMANDS]
        print(f"riverrun: unknown command {argv[0]}; {did_you_mean(argv[0], names)}", file=sys.stderr)
        return 2
    module = importlib.import_module(command.module)
    parser = Parser(prog=f"riverrun {command.name}", description=module.__doc__)
    module.add_arguments(parser)
    try:
        status: int = module.run(parser.parse_args(argv[1:]))
    except RiverrunError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    return status


def entry_point() -> NoReturn:
    """The console script. Ctrl-C and a closed pipe end it as a shell expects."""
    gc.set_threshold(50_000)  # what is imported stays; to look through it again and again takes a tenth of the start
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's linear algebra, for which there is nothing to do here
    try:
        status = main(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = 130
    except BrokenPipeError:
        # The reader of a pipe went away (`riverrun topics tail x | head`): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    # Commands have closed what is theirs. To take Python and its libraries apart would take longer than many a query.
    sys.stderr.flush()
    os._exit(status)

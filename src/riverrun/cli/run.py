"""Run Flink SQL scripts in this process. Bounded inputs run to the end; others run until stopped (Ctrl-C), and go on
where they were when they are started again.

examples:
  riverrun run examples/shop/sql/tables.sql examples/shop/sql/devices.sql
  riverrun run query.sql --bind 'clicks=events.jsonl?timestamp=event_time'
  riverrun run query.sql --output changelog | head
  riverrun run --config riverrun.toml --pipeline devices
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from riverrun.cli.main import add_data
from riverrun.errors import InputError, Where, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

OUTPUTS = ("table", "json", "changelog", "none")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.sql", help="scripts, run as one")
    parser.add_argument(
        "--bind", action="append", default=[], metavar="TABLE=PATH[?timestamp=FIELD]",
        help="read (or write) a table from files; the field stands for the record's timestamp",
    )  # fmt: skip
    parser.add_argument("--output", choices=OUTPUTS, default="table", help="how rows are printed (default: table)")
    parser.add_argument("--name", help="the job's name, for its state and its account (default: the last file's)")
    parser.add_argument("--drain", action="store_true", help="stop when all is read that is there")
    parser.add_argument("--config", type=Path, metavar="CONFIG", help="riverrun.toml with the pipeline")
    parser.add_argument("--pipeline", metavar="NAME", help="run the files of a configuration's pipeline")
    add_data(parser)


def run(arguments: argparse.Namespace) -> int:
    files, name = _files(arguments)
    from riverrun import database

    database.open_ahead()
    from riverrun.connectors.protocol import Surroundings
    from riverrun.engine.binding import Binder, parse_binding
    from riverrun.engine.driver import run_script
    from riverrun.engine.script import read_texts

    run_script(
        read_texts(files),
        Surroundings(data=arguments.data, job=name),
        name=name,
        binder=Binder([parse_binding(text) for text in arguments.bind]),
        output=arguments.output,
        out=sys.stdout,
        until=_until_stopped,
        drain=arguments.drain,
    )
    return 0


def _until_stopped() -> threading.Event:
    """An event that Ctrl-C and SIGTERM set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _files(arguments: argparse.Namespace) -> tuple[Sequence[Path], str]:
    """The scripts, and the name of the job."""
    if arguments.pipeline is None:
        if not arguments.files:
            raise InputError("no script is named", todo="riverrun run FILE.sql, or riverrun run --pipeline NAME")
        return arguments.files, arguments.name or arguments.files[-1].stem
    if arguments.files:
        raise InputError("--pipeline and files", todo="name one of them")
    from riverrun.config.load import load_config

    pipelines = load_config(arguments.config).pipelines
    if arguments.pipeline not in pipelines:
        where = Where(file=str(arguments.config) if arguments.config else None, path="pipelines")
        raise InputError(
            f"no pipeline {arguments.pipeline}", where=where, todo=did_you_mean(arguments.pipeline, pipelines)
        )
    return pipelines[arguments.pipeline].sql, arguments.name or arguments.pipeline

"""The map room: events topics in, records and dead letters out. Runs until SIGTERM or Ctrl-C; nothing is lost or
doubled.

Changed scripts and schemas are checked and then used without a restart; wrong ones are logged and not used.

examples:
  riverrun map riverrun.toml --data data
  riverrun map riverrun.toml --drain
  riverrun map --schema click.avsc --script mapping.py --sink clicks
"""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from riverrun.cli.main import add_data
from riverrun.errors import InputError

if TYPE_CHECKING:
    from riverrun.mapping.room import Route


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, metavar="CONFIG", help="riverrun.toml, or Divolte's .conf")
    parser.add_argument("--config", type=Path, metavar="CONFIG", help="the same, as an option")
    add_data(parser)
    parser.add_argument("--drain", action="store_true", help="stop at the end of the topics")
    alone = parser.add_argument_group("one mapping without a configuration")
    alone.add_argument("--schema", type=Path, metavar="S.avsc", help="Avro schema (default: the built-in one)")
    alone.add_argument(
        "--script", type=Path, metavar="M.{groovy,py}", help="mapping script (default: the built-in one)"
    )
    alone.add_argument("--source", default="events", metavar="TOPIC", help="the events topic (default: events)")
    alone.add_argument("--sink", metavar="TOPIC", help="where the records go; dead letters go to TOPIC.rejected")
    alone.add_argument("--geo", type=Path, action="append", default=[], metavar="DB.mmdb", help="for ip2geo")


def run(arguments: argparse.Namespace) -> int:
    from riverrun.mapping.room import run_room
    from riverrun.telemetry import configure_logging

    configure_logging()
    stopped: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda signum, _: stopped.append(signum))
    accounts = run_room(routes(arguments), arguments.data, lambda: bool(stopped), drain=arguments.drain)
    if arguments.drain:
        for account in accounts:
            delivered = ", ".join(f"{name} {count}" for name, count in account.delivered.items())
            rejected = ", ".join(f"{reason} {count}" for reason, count in account.rejected.items()) or "none"
            print(f"{account.name}: received {account.received}; delivered {delivered}; rejected {rejected}")
    return 0


def routes(arguments: argparse.Namespace) -> list[Route]:
    """What the arguments say is to be mapped."""
    if arguments.sink is not None:
        return [_alone(arguments)]
    if arguments.schema or arguments.script:
        raise InputError("--schema and --script without --sink", todo="say --sink TOPIC, or give a configuration")
    from riverrun.config.load import load_config
    from riverrun.mapping.routes import routes_of

    return routes_of(load_config(arguments.config or arguments.file))


def _alone(arguments: argparse.Namespace) -> Route:
    from riverrun.mapping.mapping import load_mapping
    from riverrun.mapping.room import Route
    from riverrun.mapping.values.geo import GeoDatabases

    geo = GeoDatabases(arguments.geo) if arguments.geo else None
    from riverrun.topics import WriterOptions

    return Route(
        name=arguments.sink,
        load=lambda: load_mapping(arguments.script, arguments.schema, geo=geo),
        files=(arguments.script, arguments.schema),
        events=arguments.source,
        sinks=((arguments.sink, WriterOptions()),),
        dead_letter=f"{arguments.sink}.rejected",
    )

"""Map dead letters, or raw events of a span of time, again with the mapping as it is now. Twice does no harm.

examples:
  riverrun replay riverrun.toml --mapping clicks
  riverrun replay riverrun.toml --mapping clicks --events --since 2026-11-01T00:00:00Z
  riverrun replay riverrun.toml --mapping clicks --events --into clicks-v2
"""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from riverrun.cli.main import add_data
from riverrun.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from riverrun.mapping.room import Route


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, metavar="CONFIG", help="riverrun.toml, or Divolte's .conf")
    parser.add_argument("--config", type=Path, metavar="CONFIG", help="the same, as an option")
    add_data(parser)
    parser.add_argument("--mapping", metavar="NAME", help="which mapping (needed when there are several)")
    parser.add_argument("--events", action="store_true", help="raw events instead of dead letters")
    parser.add_argument("--since", metavar="TIME", help="with --events: from this time on (ISO 8601)")
    parser.add_argument("--until", metavar="TIME", help="with --events: before this time")
    parser.add_argument("--into", metavar="TOPIC", help="write to this topic instead of the mapping's sinks")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    alone = parser.add_argument_group("one mapping without a configuration")
    alone.add_argument("--schema", type=Path, metavar="S.avsc", help="Avro schema (default: the built-in one)")
    alone.add_argument(
        "--script", type=Path, metavar="M.{groovy,py}", help="mapping script (default: the built-in one)"
    )
    alone.add_argument("--source", default="events", metavar="TOPIC", help="the events topic (default: events)")
    alone.add_argument("--sink", metavar="TOPIC", help="where the records went; dead letters are in TOPIC.rejected")
    alone.add_argument("--geo", type=Path, action="append", default=[], metavar="DB.mmdb", help="for ip2geo")


def run(arguments: argparse.Namespace) -> int:
    from riverrun.cli.map import routes
    from riverrun.mapping.replay import Range, replay

    if (arguments.since or arguments.until) and not arguments.events:
        raise InputError("--since and --until choose among raw events", todo="say --events as well")
    route = _chosen(routes(arguments), arguments.mapping)
    span = Range(_ms(arguments.since), _ms(arguments.until)) if arguments.events else None
    done = replay(route, arguments.data, span=span, into=arguments.into)
    if arguments.json:
        print(
            json.dumps(
                {"read": done.read, "present": done.present, "delivered": done.delivered, "rejected": done.rejected}
            )
        )
        return 0
    delivered = ", ".join(f"{name} {count}" for name, count in done.delivered.items()) or "none"
    rejected = ", ".join(f"{reason} {count}" for reason, count in done.rejected.items()) or "none"
    counts = f"read {done.read}; already there {done.present}; delivered {delivered}; still rejected {rejected}"
    print(f"{route.name}: {counts}")
    return 0


def _chosen(found: list[Route], name: str | None) -> Route:
    names = [route.name for route in found]
    if name is None and len(found) == 1:
        return found[0]
    if name is None:
        raise InputError("there are several mappings", todo="say --mapping " + "|".join(names))
    if name not in names:
        raise InputError(f"no mapping is called {name}", todo=did_you_mean(name, names))
    return found[names.index(name)]


def _ms(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text} is no time", todo="write 2026-11-01T00:00:00Z") from error
    if moment.tzinfo is None:
        raise InputError(f"{text} does not say its time zone", todo=f"write {text}Z for UTC")
    return round(moment.timestamp() * 1000)

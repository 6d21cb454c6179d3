"""List the topics under --data, or print the entries of one as JSON lines.

examples:
  riverrun topics
  riverrun topics tail events
  riverrun topics tail clicks --from beginning --limit 10
  riverrun topics tail clicks --meta | jq .offset
"""

from __future__ import annotations

import argparse
import sys
import time

import msgspec

from riverrun.cli.main import add_data
from riverrun.topics import LocalTopics
from riverrun.topics.plain import stored_json

_TAIL_MS = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(action="list")
    add_data(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object per topic")
    actions = parser.add_subparsers(metavar="tail")
    tail = actions.add_parser("tail", help="print entries as JSON lines", description="Print a topic's entries.")
    tail.set_defaults(action="tail")
    add_data(tail)
    tail.add_argument("name", metavar="NAME")
    tail.add_argument("--from", dest="start", choices=("beginning", "end"), default="end", help="(default: end)")
    tail.add_argument("--limit", type=int, metavar="N", help="stop after N entries")
    tail.add_argument("--meta", action="store_true", help="wrap values: partition, offset, timestamp, key, headers")
    tail.add_argument("--no-follow", action="store_true", help="stop at the end of the topic instead of waiting")


def run(arguments: argparse.Namespace) -> int:
    topics = LocalTopics(arguments.data)
    return _tail(topics, arguments) if arguments.action == "tail" else _list(topics, as_json=arguments.json)


def _list(topics: LocalTopics, *, as_json: bool) -> int:
    rows = []
    for name in topics.names():
        start, end = topics.start(name), topics.end(name)
        entries = sum(end.values()) - sum(start.values())
        schema = topics.value_schema(name)
        record = schema.get("name", "") if isinstance(schema, dict) else ""
        rows.append({"topic": name, "partitions": len(end), "entries": entries, "record": record})
    if as_json:
        for row in rows:
            print(msgspec.json.encode(row).decode())
    elif not rows:
        print(f"no topics under {topics.root.parent}", file=sys.stderr)
    else:
        print(f"{'topic':<40} {'partitions':>10} {'entries':>12}  record")
        for row in rows:
            print(f"{row['topic']:<40} {row['partitions']:>10} {row['entries']:>12}  {row['record']}")
    return 0


def _tail(topics: LocalTopics, arguments: argparse.Namespace) -> int:
    name = topics.require(arguments.name)
    left = arguments.limit if arguments.limit is not None else sys.maxsize
    with topics.reader(name, topics.start(name) if arguments.start == "beginning" else topics.end(name)) as reader:
        while left > 0:
            entries = reader.read(min(left, 1000))
            for stored in entries[:left]:
                print(stored_json(stored, meta=arguments.meta))
            left -= len(entries)
            if not entries:
                if arguments.no_follow:
                    break
                sys.stdout.flush()
                time.sleep(_TAIL_MS / 1000)
    return 0

"""Avro schemas: can a reader of one read the other; the Flink table for one.

examples:
  riverrun schema check old.avsc new.avsc
  riverrun schema ddl click-event.avsc
  riverrun schema ddl click-event.avsc --name clicks --option connector=kafka --option format=avro-confluent
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from riverrun.errors import InputError

if TYPE_CHECKING:
    from riverrun.schema.evolution import Obstacle


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="check | ddl", required=True)
    check = actions.add_parser(
        "check",
        help="can each of two schemas read what the other wrote",
        description="Says whether data written with OLD can be read with NEW and the reverse, and why not, by field. "
        "Exit status 0 when what --compatibility asks for holds, else 1.",
    )
    check.set_defaults(action=_check)
    check.add_argument("old", type=Path, metavar="OLD")
    check.add_argument("new", type=Path, metavar="NEW")
    check.add_argument(
        "--compatibility", choices=("backward", "forward", "full"), default="full",
        help="what the exit status speaks of: NEW reads OLD, OLD reads NEW, or both (default: full)",
    )  # fmt: skip
    check.add_argument("--json", action="store_true", help="one JSON object")
    ddl = actions.add_parser("ddl", help="print the Flink CREATE TABLE", description="Print the Flink CREATE TABLE.")
    ddl.set_defaults(action=_ddl)
    ddl.add_argument("file", type=Path, metavar="FILE")
    ddl.add_argument("--name", help="of the table (default: the record's)")
    ddl.add_argument(
        "--option", action="append", metavar="KEY=VALUE", default=[],
        help="an option of the WITH clause, again and again (default: connector=kafka, topic=NAME, format=avro)",
    )  # fmt: skip
    ddl.add_argument(
        "--timestamps", choices=("legacy", "exact"), default="legacy",
        help="legacy: timestamp-millis is TIMESTAMP, as Flink's default; exact: TIMESTAMP_LTZ",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    status: int = arguments.action(arguments)
    return status


def _check(arguments: argparse.Namespace) -> int:
    from riverrun.schema.avro import load
    from riverrun.schema.evolution import obstacles

    old, new = load(arguments.old), load(arguments.new)
    backward, forward = obstacles(new, old), obstacles(old, new)
    if arguments.json:
        answer = {"backward": _plain(backward), "forward": _plain(forward)}
        print(json.dumps(answer))
    else:
        _print(f"{arguments.new} reads what {arguments.old} wrote", backward)
        _print(f"{arguments.old} reads what {arguments.new} wrote", forward)
    asked = {"backward": (backward,), "forward": (forward,), "full": (backward, forward)}[arguments.compatibility]
    return 1 if any(asked) else 0


def _print(claim: str, reasons: tuple[Obstacle, ...]) -> None:
    print(f"{claim}: {'no' if reasons else 'yes'}")
    for reason in reasons:
        print(f"  {reason}")


def _plain(reasons: tuple[Obstacle, ...]) -> dict[str, object]:
    return {"readable": not reasons, "reasons": [{"path": r.path, "what": r.what, "todo": r.todo} for r in reasons]}


def _ddl(arguments: argparse.Namespace) -> int:
    from riverrun.schema.avro import load
    from riverrun.schema.flink import create_table

    schema = load(arguments.file)
    name = arguments.name or (schema.name or "records").rpartition(".")[2]
    options = {}
    for option in arguments.option or ["connector=kafka", f"topic={name}", "format=avro"]:
        key, found, value = option.partition("=")
        if not found:
            raise InputError(f"--option {option}: no value", todo="write KEY=VALUE")
        options[key] = value
    print(create_table(schema, name, options, legacy_timestamps=arguments.timestamps == "legacy"))
    return 0

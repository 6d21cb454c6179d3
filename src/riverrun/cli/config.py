"""Check a configuration, or show every effective value and where it came from.

CONFIG is riverrun's own TOML, or a Divolte `divolte-collector.conf`. Without one the defaults are meant.

examples:
  riverrun config check riverrun.toml
  riverrun config show /etc/divolte/divolte-collector.conf
  riverrun config show --json riverrun.toml | jq 'select(.origin != "default")'
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from riverrun.config.load import Loaded, load
from riverrun.config.show import settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="check|show", required=True, dest="action")
    check = actions.add_parser("check", help="report every mistake", description="Report every mistake at once.")
    show = actions.add_parser("show", help="print every value", description="Print every value and its origin.")
    check.add_argument("config", nargs="?", type=Path, metavar="CONFIG")
    check.add_argument("--json", action="store_true", help="counts of what is configured, as one JSON object")
    show.add_argument("config", nargs="?", type=Path, metavar="CONFIG")
    show.add_argument("--json", action="store_true", help="one JSON object a line: key, value, origin")


def run(arguments: argparse.Namespace) -> int:
    loaded = load(arguments.config)
    if arguments.action == "check":
        _say_right(loaded, arguments.config, as_json=arguments.json)
    else:
        _show(loaded, as_json=arguments.json)
    return 0


def _say_right(loaded: Loaded, path: Path | None, *, as_json: bool) -> None:
    config = loaded.config
    counts = {name: len(getattr(config, name)) for name in ("sources", "mappings", "sinks", "pipelines")}
    if as_json:
        print(msgspec.json.encode({"file": str(path) if path else None, **counts}).decode())
    else:
        print(f"{path or 'the defaults'}: right; " + ", ".join(f"{count} {name}" for name, count in counts.items()))


def _show(loaded: Loaded, *, as_json: bool) -> None:
    found = list(settings(loaded))
    if as_json:
        for setting in found:
            row = {"key": setting.key, "value": setting.value, "origin": setting.origin}
            print(msgspec.json.encode(row).decode())
        return
    width = min(max(len(f"{one.key} = {one.text}") for one in found), 90)
    for one in found:
        print(f"{f'{one.key} = {one.text}':<{width}}  # {one.origin}")

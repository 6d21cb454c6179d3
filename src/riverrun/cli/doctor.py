"""Look at this machine and say what riverrun would stumble over: versions, disk, ports, time, what runs.

Exit status 1 when something will not work.

examples:
  riverrun doctor
  riverrun doctor --config riverrun.toml --data /var/lib/riverrun
  riverrun doctor --json | jq '.findings[] | select(.verdict != "good")'
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from riverrun.cli.main import add_data

_MARKS = {"good": "ok  ", "note": "note", "bad": "BAD "}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data(parser)
    parser.add_argument("--config", type=Path, metavar="FILE", help="check the ports and limits of this configuration")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    from riverrun.clock import SystemClock
    from riverrun.config import load_config
    from riverrun.supervise.doctor import examine

    findings = examine(arguments.data, load_config(arguments.config), SystemClock())
    bad = [finding for finding in findings if finding.verdict == "bad"]
    if arguments.json:
        print(msgspec.json.encode({"healthy": not bad, "findings": findings}).decode())
        return 1 if bad else 0
    for finding in findings:
        print(f"{_MARKS[finding.verdict]}  {finding.about:<14} {finding.found}")
        if finding.todo:
            print(f"{'':22}{finding.todo}")
    return 1 if bad else 0

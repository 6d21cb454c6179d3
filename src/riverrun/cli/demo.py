"""A web shop with a tag, visitors, and everything behind them: collector, mapping, six queries, live pages.

Needs no network and no set-up. Prints the addresses of the shop and of the live page; click in the shop and find
yourself on the live page. Ctrl-C stops it; what was stored stays in the data folder, and the next start goes on there.

With --for it ends by itself: visitors for that long, then everything is drained and counted. Exit status 0 only if the
ledger closes at 0 and every query returned rows.

examples:
  riverrun demo
  riverrun demo --data /tmp/demo
  riverrun demo --for 30s --speed 60 --json
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

import msgspec

_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("RIVERRUN_DATA", "data")) / "demo", metavar="DIR",
        help="where topics and state live (default: $RIVERRUN_DATA/demo or ./data/demo)",
    )  # fmt: skip
    parser.add_argument("--for", dest="seconds", type=_seconds, metavar="TIME", help="end after so long: 30s, 5m")
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="X",
        help="the visitors' clock runs X times as fast as ours, so that a short run covers a long time (default: 1)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="other visitors (default: 1)")
    parser.add_argument("--json", action="store_true", help="at the end, the report as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    from riverrun.supervise.demo import Demo, Options

    bounded = arguments.seconds is not None
    options = Options(
        arguments.data, arguments.seconds, arguments.speed, arguments.seed, report=bounded or arguments.json
    )  # fmt: skip
    demo = Demo(options, _tell, lambda addresses: _announce(addresses, arguments.data))
    report = demo.run()
    if report is None:  # stopped before the visitors came, or nobody asked for one
        return 1 if bounded else 0
    if arguments.json:
        print(msgspec.json.encode({"good": report.good, **msgspec.to_builtins(report)}).decode())
    else:
        print(f"received {report.received} = mapped {report.mapped} + rejected {sum(report.rejected.values())}"
              f" + open {report.open}; first result after {report.first_result_s} s")  # fmt: skip
        for name, rows in report.results.items():
            print(f"  {name:<22} {rows:>8} rows")
    for problem in report.problems:
        print(f"riverrun demo: {problem}", file=sys.stderr)
    return 0 if report.good or not bounded else 1


def _announce(addresses: dict[str, str], data: Path) -> None:
    print(f"shop:      {addresses['shop']}", file=sys.stderr)
    print(f"live page: {addresses['live']}", file=sys.stderr)
    print(f"Ctrl-C stops. Data and log: {data}", file=sys.stderr, flush=True)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip())
    if found is None or found[2] not in _UNITS or float(found[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a length of time; write 30s, 5m or 1h")
    return float(found[1]) * _UNITS[found[2]]


def _speed(text: str) -> float:
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not 0.1 <= speed <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a speed; write a number from 0.1 to 1000")
    return speed

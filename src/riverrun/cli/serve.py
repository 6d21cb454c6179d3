"""Serve the live pages over a data folder: events as they arrive, results, rejected events and the ledger. Read only.

Every page has a JSON twin (/topics.json) and an event stream (/topics.events).

examples:
  riverrun serve
  riverrun serve --data /var/lib/riverrun --port 8080
  curl -s http://127.0.0.1:8291/ledger.json
"""

from __future__ import annotations

import argparse
import sys

from riverrun.cli.main import add_data
from riverrun.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data(parser)
    parser.add_argument("--port", type=int, default=8291, metavar="N", help="(default: 8291; 0 takes a free one)")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS",
        help="address to listen on (default: 127.0.0.1, this machine only; the pages show what visitors do and ask "
        "for no password, so put a proxy that does before another address)",
    )  # fmt: skip
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME",
        help="answer requests for this host name too, as a proxy forwards them (may be given several times)",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    from riverrun.serve.run import serve
    from riverrun.telemetry import configure_logging

    configure_logging("WARNING")
    if not arguments.data.is_dir():
        raise InputError(f"no folder {arguments.data}", todo="name the folder that holds topics with --data DIR")
    serve(arguments.data, arguments.host, arguments.port, arguments.allow_host, _announce)
    return 0


def _announce(url: str) -> None:
    print(f"live pages: {url}", file=sys.stderr, flush=True)

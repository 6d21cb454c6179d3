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
from pathlib import Path

from riverrun.cli.main import add_data
from riverrun.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_data(parser)
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="riverrun.toml: address, and the SQL of the results"
    )
    parser.add_argument("--port", type=int, metavar="N", help="(default: 8291, or global.serve.port; 0: a free one)")
    parser.add_argument(
        "--host", metavar="ADDRESS",
        help="address to listen on (default: 127.0.0.1, this machine only, or global.serve.host; the pages show what "
        "visitors do and ask for no password, so put a proxy that does before another address)",
    )  # fmt: skip
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME",
        help="answer requests for this host name too, as a proxy forwards them (may be given several times)",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    import msgspec

    from riverrun.config import load_config
    from riverrun.serve.run import serve
    from riverrun.telemetry import configure_logging

    configure_logging("WARNING")
    config = load_config(arguments.config)
    if not arguments.data.is_dir():
        raise InputError(f"no folder {arguments.data}", todo="name the folder that holds topics with --data DIR")
    named = {name: value for name in ("host", "port") if (value := getattr(arguments, name)) is not None}
    address = msgspec.structs.replace(config.global_.serve, **named)
    config = msgspec.structs.replace(config, global_=msgspec.structs.replace(config.global_, serve=address))
    serve(config, arguments.data, arguments.allow_host, _announce)
    return 0


def _announce(url: str) -> None:
    print(f"live pages: {url}", file=sys.stderr, flush=True)

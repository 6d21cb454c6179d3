"""Take events over HTTP and keep them in the topic of raw events; an answer means that the event is on disk.

Without CONFIG there is one browser source (the tag at /divolte.js) and one JSON source (POST /event). Ctrl-C or SIGTERM
answers what is open, stores everything and ends.

examples:
  riverrun collect
  riverrun collect --port 0 --json
  riverrun collect --data /var/lib/riverrun --workers 2 riverrun.toml
  riverrun collect divolte-collector.conf
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from riverrun.cli.main import add_data
from riverrun.config.load import load_config
from riverrun.config.model import Config
from riverrun.errors import InputError
from riverrun.telemetry import configure_logging


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", nargs="?", type=Path, metavar="CONFIG", help="riverrun.toml or a Divolte .conf")
    add_data(parser)
    parser.add_argument("--host", metavar="ADDRESS", help="listen there (default: global.server.host, or loopback)")
    parser.add_argument("--port", type=int, metavar="N", help="(default: global.server.port, 8290); 0: a free one")
    parser.add_argument("--admin-port", type=int, metavar="N", help="metrics and state (default: a free one)")
    parser.add_argument("--workers", type=int, metavar="N", help="processes that share the port (default: 1)")
    parser.add_argument("--ack", choices=("disk", "memory"), help="when answers leave (default: disk)")
    parser.add_argument("--json", action="store_true", help="print the addresses as one JSON object when ready")
    parser.add_argument("--log-level", default="INFO", metavar="LEVEL", help="(default: INFO)")


def run(arguments: argparse.Namespace) -> int:
    configure_logging(arguments.log_level)
    config = _with_options(load_config(arguments.config), arguments)
    from riverrun.collect.run import collect
    from riverrun.collect.run import run as run_loop

    def ready(facts: dict[str, Any]) -> None:
        print(msgspec.json.encode(facts).decode() if arguments.json else _described(facts))
        sys.stdout.flush()

    return run_loop(collect(config, arguments.data, ready))


def _with_options(config: Config, arguments: argparse.Namespace) -> Config:
    """The options of the command line go before the configuration."""
    common, replace = config.global_, msgspec.structs.replace
    server, admin, collecting = common.server, common.admin, common.collect
    for name in ("port", "admin_port"):
        if not 0 <= (getattr(arguments, name) or 0) <= 65535:
            raise InputError(f"--{name.replace('_', '-')} {getattr(arguments, name)} is not a port")
    if arguments.workers is not None and arguments.workers < 1:
        raise InputError(f"--workers {arguments.workers}: at least one is needed")
    server = replace(
        server,
        host=server.host if arguments.host is None else arguments.host,
        port=server.port if arguments.port is None else arguments.port,
        workers=arguments.workers or server.workers,
    )
    admin = replace(admin, port=admin.port if arguments.admin_port is None else arguments.admin_port)
    collecting = replace(collecting, ack=arguments.ack or collecting.ack)
    return replace(config, global_=replace(common, server=server, admin=admin, collect=collecting))


def _described(facts: dict[str, Any]) -> str:
    lines = [f"collecting at {facts['url']}"]
    for name, urls in facts["sources"].items():
        if "tag" in urls:
            lines.append(f'  {name}: <script src="{urls["tag"]}" defer async></script>')
        else:
            lines.append(f"  {name}: POST {urls['event']}")
    if facts["admin"]:
        lines.append(f"  metrics: {facts['admin']}/metrics")
    return "\n".join(lines)

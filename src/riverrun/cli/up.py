"""Start all rooms of a configuration: the collector, the mapping, every pipeline, the live pages.

A process that crashes is started again. Ctrl-C (or SIGTERM) stops them in the order of the data: the collector first,
then each reader when it has read what is stored. A second Ctrl-C does not wait for that; what is open stays in the
topics and is read at the next start. Without CONFIG: a collector with the default sources, and the live pages.

examples:
  riverrun up riverrun.toml
  riverrun up riverrun.toml --data /var/lib/riverrun
  riverrun up /etc/divolte/divolte-collector.conf
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from riverrun.cli.main import add_data


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", nargs="?", type=Path, metavar="CONFIG", help="riverrun.toml, or Divolte's .conf")
    add_data(parser)


def run(arguments: argparse.Namespace) -> int:
    from riverrun.supervise.up import up

    return up(arguments.config, arguments.data, sys.stderr, _announce)


def _announce(addresses: dict[str, str]) -> None:
    for name, url in addresses.items():
        print(f"{name}: {url}", flush=True)

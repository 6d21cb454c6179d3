"""Serve the example shop: jeans, a cart, a checkout, and the collector's tag on every page. Nothing is for sale.

examples:
  riverrun shop --collector http://127.0.0.1:8290/
  riverrun shop --port 8080 --collector http://127.0.0.1:8290/ --live http://127.0.0.1:8291/
"""

from __future__ import annotations

import argparse
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8292, metavar="N", help="(default: 8292; 0: a free one)")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="listen there (default: 127.0.0.1, this machine only)"
    )
    parser.add_argument(
        "--collector", default="http://127.0.0.1:8290/", metavar="URL",
        help="the collector whose tag the pages load (default: http://127.0.0.1:8290/)",
    )  # fmt: skip
    parser.add_argument("--live", metavar="URL", help="the live page, to link to")


def run(arguments: argparse.Namespace) -> int:
    from riverrun.serve.run import listen, run_app
    from riverrun.serve.shop.app import shop_app
    from riverrun.telemetry import configure_logging

    configure_logging("WARNING")
    app = shop_app(arguments.collector, arguments.live)
    run_app(app, listen(arguments.host, arguments.port, what="the shop"), _announce)
    return 0


def _announce(url: str) -> None:
    print(f"shop: {url}", file=sys.stderr, flush=True)

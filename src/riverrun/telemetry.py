"""Logs: one line per fact on stderr, without personal data. (Metrics of a room live with the room.)"""

from __future__ import annotations

import logging
import sys

FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s %(message)s"


def configure_logging(level: str | int = "INFO") -> None:
    """Send logs to stderr in UTC. Called once, by the command line."""
    import time

    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter(FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper() if isinstance(level, str) else level, handlers=[handler], force=True)

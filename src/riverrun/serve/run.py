"""Runs the live pages on a socket until told to stop."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from riverrun.config import Config
from riverrun.errors import InputError, RunError
from riverrun.serve.app import create_app
from riverrun.serve.queries import pipeline_texts
from riverrun.serve.results import result_topics
from riverrun.serve.views import Views
from riverrun.serve.watch import Watcher

_log = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """Ends the event streams first: uvicorn waits for open answers, and a stream would never end by itself. And it
    ends with status 0: uvicorn would end by the signal that it was stopped with."""

    def __init__(self, config: uvicorn.Config, before_exit: Callable[[], None]) -> None:
        super().__init__(config)
        self._before_exit = before_exit

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._before_exit()
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def listen(host: str, port: int, *, what: str) -> socket.socket:
    """A listening TCP socket; port 0 takes any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        raise RunError(
            f"{what} cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}",
            todo="name another one with --port, or stop what uses it",
        ) from error


def url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve(config: Config, data: Path, hosts: Sequence[str], announce: Callable[[str], None]) -> None:
    """Serve the pages over `data` until SIGINT or SIGTERM; `announce` is told the address once it listens."""
    listening = listen(config.global_.serve.host, config.global_.serve.port, what="the live page")
    results = _results(config)
    app = create_app(Views(Watcher(data, results=results), pipeline_texts(config), results), hosts=hosts)
    run_app(app, listening, announce, before_exit=app.state.streams.close)


def _results(config: Config) -> dict[str, str]:
    try:
        return result_topics(config)
    except (InputError, OSError) as error:
        # The pipeline's own process says so too, and does not start; the pages show everything else.
        _log.error("%s", error)
        return {}


def run_app(
    app: ASGIApp,
    listening: socket.socket,
    announce: Callable[[str], None],
    before_exit: Callable[[], None] = lambda: None,
) -> None:
    """Run `app` on a socket until SIGINT or SIGTERM."""
    settings = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=3
    )  # fmt: skip
    server = _Server(settings, before_exit)
    announce(url_of(listening))
    server.run(sockets=[listening])

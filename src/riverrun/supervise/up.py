"""`riverrun up`: the rooms of a configuration, until told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from riverrun.config import load_config
from riverrun.supervise.log import NamedLines
from riverrun.supervise.rooms import free_port, rooms, shown_host
from riverrun.supervise.supervisor import Supervisor


def up(path: Path | None, data: Path, output: TextIO, announce: Callable[[dict[str, str]], None]) -> int:
    """Run everything that the configuration says; returns the exit status. Raises what is wrong before it starts."""
    config = load_config(path)
    server, serve = config.global_.server, config.global_.serve
    # A port that the system chooses is chosen here: a restarted process must come back to the same one.
    port, live_port = server.port or free_port(0), serve.port or free_port(0)
    specs = rooms(config, path, data, port=port, live_port=live_port)
    addresses = {
        "collector": _url(server.host, port),
        "live": _url(serve.host, live_port),
    }
    data.mkdir(parents=True, exist_ok=True)
    log = NamedLines(output, [spec.name for spec in specs])

    async def run() -> int:
        supervisor = Supervisor(data, specs, log, config=str(path) if path else None, addresses=addresses)
        supervisor.stop_on_signals()
        async with supervisor:
            await supervisor.until_running()
            if not supervisor.asked:
                announce(addresses)
            await supervisor.until_asked()
        return 1 if supervisor.failed() else 0

    return asyncio.run(run())


def _url(host: str | None, port: int) -> str:
    shown = shown_host(host)
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"

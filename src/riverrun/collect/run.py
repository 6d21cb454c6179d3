"""Running a collector in this process: from taking the port to draining."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from riverrun.clock import SystemClock
from riverrun.collect.admin import serve_admin
from riverrun.collect.listening import cannot_listen, listen, shown_host
from riverrun.collect.metrics import Snapshot
from riverrun.collect.service import CollectorService
from riverrun.collect.storage import mend
from riverrun.config.model import BrowserSource, Config

Ready = Callable[[dict[str, Any]], None]


def new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def run(main: Coroutine[Any, Any, int]) -> int:
    # What was imported stays: the collector of cycles need not look at it again, nor often, as requests leave none.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(main)


async def collect(config: Config, data: Path, ready: Ready) -> int:
    """Serve until a signal says to stop. `ready` gets the facts that a starter wants to know, once."""
    clock = SystemClock()
    mend(config, data, clock)
    if config.global_.server.workers > 1:
        from riverrun.collect.supervisor import supervise

        status = await supervise(config, data, ready)
    else:
        status = await _alone(CollectorService(config, data, clock), ready)
    mend(config, data, clock)
    return status


async def _alone(service: CollectorService, ready: Ready) -> int:
    """One process that does everything."""
    config, server = service.config, service.config.global_.server
    told = stop_signals()
    admin: asyncio.Server | None = None
    listening: Sequence[asyncio.Server] = ()
    try:
        listening = await listen(service, server.host, server.port)
        facts = ready_facts(config, listening[0].sockets[0].getsockname()[1])

        async def state() -> tuple[Snapshot, dict[str, object]]:
            return service.snapshot(), {**facts, "workers": 1, "not_ready": service.not_ready()}

        admin = await start_admin(config, facts, state)
        ready(facts)
        await until_told(told, service, config)
    finally:
        for one in listening:
            one.close()
        await service.stop(server.shutdown_timeout / 1000)
        if admin is not None:
            admin.close()
    return 0


async def start_admin(config: Config, facts: dict[str, Any], state: Any) -> asyncio.Server | None:
    admin = config.global_.admin
    if not admin.enabled:
        return None
    try:
        serving = await serve_admin(admin, state)
    except OSError as error:
        raise cannot_listen(admin.host, admin.port, error) from error
    port = serving.sockets[0].getsockname()[1]
    facts["admin"] = f"http://{shown_host(admin.host)}:{port}"
    return serving


async def until_told(told: asyncio.Event, service: CollectorService, config: Config) -> None:
    """Until SIGTERM or SIGINT; then as long as load balancers are given to notice."""
    await told.wait()
    service.announce()
    delay = config.global_.server.shutdown_delay / 1000
    if delay:
        told.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), delay)  # a second signal ends the delay


def stop_signals() -> asyncio.Event:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    return told


def ready_facts(config: Config, port: int) -> dict[str, Any]:
    """What a starter wants to know: addresses and paths."""
    base = f"http://{shown_host(config.global_.server.host)}:{port}"
    sources: dict[str, dict[str, str]] = {}
    for name, source in config.sources.items():
        if isinstance(source, BrowserSource):
            paths = {"tag": source.script_path, "event": source.event_path, "batch": source.batch_path}
        else:
            paths = {"event": source.event_path}
        sources[name] = {key: base + path for key, path in paths.items()}
    return {"ready": True, "url": base + "/", "port": port, "admin": None, "sources": sources}

"""From a configuration to the processes that do what it says."""

from __future__ import annotations

import socket
from pathlib import Path

from riverrun.config import Config
from riverrun.config.model import TopicSink
from riverrun.errors import RunError
from riverrun.supervise.spec import Spec, riverrun

_TRIES = 50


def rooms(config: Config, path: Path | None, data: Path, *, port: int, live_port: int) -> list[Spec]:
    """A process for each room that the configuration gives something to do."""
    common = (*(("--config", path) if path is not None else ()), "--data", data)
    return [
        Spec(
            "collect",
            "collect",
            riverrun("collect", *(() if path is None else (path,)), "--data", data, "--port", port),
            port=port,
            host=shown_host(config.global_.server.host),
        ),
        *(
            [Spec("map", "map", riverrun("map", *common), reads=(config.global_.collect.topic,))]
            if config.mappings
            else []
        ),
        *(
            Spec(f"run {name}", "run", riverrun("run", *common, "--pipeline", name))
            for name, pipeline in config.pipelines.items()
            if pipeline.enabled
        ),
        Spec(
            "serve",
            "serve",
            riverrun("serve", *common, "--port", live_port),
            port=live_port,
            host=shown_host(config.global_.serve.host),
        ),
    ]


def shown_host(host: str | None) -> str:
    """The address under which this machine reaches what listens on `host`.

    >>> shown_host("0.0.0.0"), shown_host("::1")
    ('127.0.0.1', '::1')
    """
    return "127.0.0.1" if host in (None, "", "0.0.0.0", "::") else host


def mapped_topics(config: Config) -> list[str]:
    """The topics that mapped records go to."""
    return [sink.topic or name for name, sink in config.sinks.items() if isinstance(sink, TopicSink)]


def free_port(wanted: int, host: str = "127.0.0.1", taken: tuple[int, ...] = ()) -> int:
    """`wanted`, or the next one that is free; 0 gives any."""
    for port in (wanted,) if wanted == 0 else range(wanted, wanted + _TRIES):
        if port in taken:
            continue
        try:
            with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as found:
                return int(found.getsockname()[1])
        except OSError:
            continue
    raise RunError(f"no free port from {wanted} to {wanted + _TRIES - 1} on {host}", todo="name another with --port")

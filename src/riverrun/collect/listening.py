"""Taking a port."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from riverrun.collect.http import Connection, Service
from riverrun.errors import RunError

log = logging.getLogger(__name__)


async def listen(service: Service, host: str | None, port: int, *, shared: bool = False) -> Sequence[asyncio.Server]:
    """Take connections. Without a host on loopback only, IPv4 and, if there is one, IPv6."""
    loop = asyncio.get_running_loop()

    def connection() -> Connection:
        return Connection(service)

    try:
        first = await loop.create_server(
            connection, host or "127.0.0.1", port, reuse_port=shared or None, reuse_address=True, backlog=1024
        )
    except OSError as error:
        raise cannot_listen(host, port, error) from error
    servers = [first]
    if host is None:
        taken = first.sockets[0].getsockname()[1]
        try:
            servers.append(await loop.create_server(connection, "::1", taken, reuse_port=shared or None, backlog=1024))
        except OSError:
            log.debug("no IPv6 loopback")
    return servers


def shown_host(host: str | None) -> str:
    if host in (None, "0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if host is not None and ":" in host else str(host)


def cannot_listen(host: str | None, port: int, error: OSError) -> RunError:
    return RunError(
        f"cannot listen on {shown_host(host)}:{port}: {error.strerror or error}",
        todo="stop what uses the port, or take another (--port, global.server.port, global.admin.port)",
    )

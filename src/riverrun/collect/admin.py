"""The admin port: metrics and state, on loopback unless configured otherwise, never on the public port."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from riverrun.collect.metrics import Snapshot, exposition
from riverrun.config.model import Admin

_MOST = 8192
_TIMEOUT = 10.0
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

State = Callable[[], Awaitable[tuple[Snapshot, dict[str, object]]]]


async def serve_admin(config: Admin, state: State) -> asyncio.Server:
    """GET /metrics for Prometheus, /state for people and programs, /live and /ready for whatever starts and stops
    collectors. `state` gives the numbers and other facts."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await _answer(head, state))
                await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass  # nobody to tell
        finally:
            writer.close()

    return await asyncio.start_server(talk, config.host, config.port, limit=_MOST)


async def _answer(head: bytes, state: State) -> bytes:
    method, _, rest = head.partition(b" ")
    path = rest.partition(b" ")[0].partition(b"?")[0]
    if method not in (b"GET", b"HEAD"):
        return _response("405 Method Not Allowed", "text/plain", b"", "Allow: GET, HEAD\r\n")
    if path == b"/metrics":
        body, kind = exposition((await state())[0]).encode(), _METRICS_TYPE
    elif path == b"/state":
        snapshot, facts = await state()
        numbers = {key.replace("\t", " "): value for key, value in snapshot.numbers.items()}
        body, kind = msgspec.json.encode({**facts, "numbers": numbers}), "application/json"
    elif path == b"/live":
        body, kind = b"live\n", "text/plain"
    elif path == b"/ready":
        if not (await state())[0].numbers.get("ready"):
            return _response("503 Service Unavailable", "text/plain", b"not ready\n")
        body, kind = b"ready\n", "text/plain"
    else:
        return _response("404 Not Found", "text/plain", b"There is /metrics, /state, /live and /ready.\n")
    return _response("200 OK", kind, b"" if method == b"HEAD" else body)


def _response(status: str, kind: str, body: bytes, more: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}Connection: close\r\n\r\n"
    )
    return head.encode() + body

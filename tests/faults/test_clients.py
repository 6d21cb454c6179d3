"""Slow clients, clients that go away, garbage: each is ended in time, and no other client notices."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from riverrun.collect.service import CollectorService
from riverrun.config.load import load_tree
from tests.faults.test_kill import event
from tests.wire.conversation import Talk, collector, read_answer, request_bytes, stored

pytestmark = pytest.mark.faults

PING = request_bytes({"method": "GET", "target": "/ping"})
LIMITS = {"header_timeout": "10 s", "body_timeout": "30 s", "idle_timeout": "1 minute", "connections": 20}


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[tuple[CollectorService, int]]:
    async with collector(load_tree({"global": {"limits": LIMITS}}), tmp_path) as started:
        yield started


async def begun(port: int, raw: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that has sent `raw`, which the server has read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    await still_served(port)
    return reader, writer


async def still_served(port: int) -> None:
    talk = Talk(port)
    assert (await talk.exchange(PING)).status == 200
    await talk.close()


async def ended(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    assert await asyncio.wait_for(reader.read(), 60) == b""
    writer.close()


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        (b"GET /ping HT", 10),
        (b"GET /ping HTTP/1.1\r\nHost: x\r\n", 10),
        (b"\r\n\r\n", 10),
        (b"POST /event HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{", 30),
        (b"GET /ping HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab", 30),
    ],
    ids=["request line", "headers", "empty lines", "body", "body nobody wants"],
)
async def test_a_client_that_sends_too_slowly(
    raw: bytes, seconds: float, running: tuple[CollectorService, int]
) -> None:
    service, port = running
    reader, writer = await begun(port, raw)
    began = service.now
    service.look(began + seconds - 1)
    writer.write(b"x" if seconds == 30 else b"")  # a byte now and then does not help
    await still_served(port)
    service.look(began + seconds + 1)
    assert (await read_answer(reader)).status == 408
    service.look(began + seconds + 10)
    await ended(reader, writer)


async def test_an_idle_connection_is_closed(running: tuple[CollectorService, int]) -> None:
    service, port = running
    reader, writer = await begun(port, b"")
    service.look(service.now + 61)
    await ended(reader, writer)
    reader, writer = await begun(port, PING)
    assert (await read_answer(reader)).status == 200
    began = service.now
    service.look(began + 59)
    writer.write(PING)
    assert (await read_answer(reader)).status == 200
    service.look(began + 100)
    await still_served(port)
    service.look(began + 200)
    await ended(reader, writer)


async def test_a_client_that_never_reads(running: tuple[CollectorService, int]) -> None:
    service, port = running
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**10)
    script = request_bytes({"method": "GET", "target": "/divolte.js"})
    writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket's transport can
    writer.write(script * 4000)
    for _ in range(20):
        await still_served(port)
    (stuck,) = [one for one in service.connections if one.transport and one.transport.get_write_buffer_size()]
    for seconds in (61, 200, 400):
        service.look(service.now + seconds)
        await still_served(port)
    assert stuck not in service.connections
    writer.transport.abort()


async def test_too_many_connections(running: tuple[CollectorService, int]) -> None:
    service, port = running
    open_ones = [await begun(port, b"") for _ in range(19)]
    last = Talk(port)
    assert (await last.exchange(PING)).status == 200
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        writer.write(PING)
        await read_answer(reader)
    writer.close()
    assert service.counts.numbers["connections_refused_total",] == 1
    for _, one in open_ones:
        one.close()
    await last.close()


async def test_half_closed_connections_get_their_answer(running: tuple[CollectorService, int], tmp_path: Path) -> None:
    _, port = running
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request_bytes({"method": "GET", "target": f"/csc-event?{event('half')}"}))
    writer.write_eof()
    assert (await read_answer(reader)).status == 200
    await ended(reader, writer)
    assert [row["eventId"] for row in stored(tmp_path, "events")] == ["half"]


async def test_clients_that_vanish_leave_nothing(running: tuple[CollectorService, int]) -> None:
    service, port = running
    whole = request_bytes({"method": "POST", "target": "/event?p=0:1:x", "body": "{}" * 500})
    for cut in range(0, len(whole), 97):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(whole[:cut])
        await writer.drain()
        writer.transport.abort()
    while service.connections:
        await asyncio.sleep(0.01)
    assert service.buffered == 0


async def test_requests_one_behind_the_other(running: tuple[CollectorService, int], tmp_path: Path) -> None:
    """Answers come in order, however the bytes are cut."""
    _, port = running
    requests: list[bytes] = []
    expected: list[int] = []
    for number in range(150):
        target, status = [(f"/csc-event?{event(str(number))}", 200), ("/nothing", 404), ("/ping", 200)][number % 3]
        requests.append(request_bytes({"method": "GET", "target": target}))
        expected.append(status)
    raw, chance = b"".join(requests), random.Random(7)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while raw:
        cut = chance.randrange(1, 4000)
        writer.write(raw[:cut])
        raw = raw[cut:]
        await asyncio.sleep(0)
    assert [(await read_answer(reader)).status for _ in expected] == expected
    writer.close()
    assert [row["eventId"] for row in stored(tmp_path, "events")] == [str(n) for n in range(0, 150, 3)]


async def test_garbage(running: tuple[CollectorService, int]) -> None:
    service, port = running
    chance = random.Random(11)
    for _ in range(200):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(bytes(chance.randrange(256) for _ in range(chance.randrange(1, 400))))
        writer.write_eof()
        assert (await reader.read(12)) in (b"HTTP/1.1 400", b"")
        writer.close()
    await still_served(port)
    assert not [key for key in service.counts.numbers if key[0] == "requests_total" and key[2] == "500"]

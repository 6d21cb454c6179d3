"""Runs the conversations of tests/wire/*.json against a collector, over real sockets (README.md has the form)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from riverrun.collect.listening import listen
from riverrun.collect.service import CollectorService
from riverrun.config.load import load_tree
from riverrun.config.model import Config
from riverrun.topics import LocalTopics
from riverrun.topics.plain import plain


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Talk:
    """A client on one connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def exchange(self, raw: bytes, *, head: bool = False, end: bool = False) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(raw)
        if end:
            writer.write_eof()
        answer = await read_answer(reader, head=head)
        while answer.status == 100:
            answer = await read_answer(reader, head=head)
        return answer

    async def is_closed(self) -> bool:
        assert self._streams is not None
        closed = await asyncio.wait_for(self._streams[0].read(1), 60) == b""
        await self.close()
        return closed

    async def close(self) -> None:
        if self._streams is not None:
            writer = self._streams[1]
            self._streams = None
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def read_answer(reader: asyncio.StreamReader, *, head: bool = False) -> Answer:
    async with asyncio.timeout(60):
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        status = int(lines[0].split(" ")[1])
        pairs = [line.partition(": ") for line in lines[1:]]
        headers = [(name, value) for name, _, value in pairs]
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        return Answer(status, headers, b"" if head else await reader.readexactly(length))


@asynccontextmanager
async def collector(config: Config, data: Path) -> AsyncIterator[tuple[CollectorService, int]]:
    """A collector in this process, on a free port."""
    service = CollectorService(config, data)
    servers = await listen(service, "127.0.0.1", 0)
    try:
        yield service, servers[0].sockets[0].getsockname()[1]
    finally:
        for server in servers:
            server.close()
        await service.stop(1)


def request_bytes(request: dict[str, Any]) -> bytes:
    if "raw" in request:
        return str(request["raw"]).encode("latin-1")
    headers = [(name, value) for name, value in request.get("headers", [])]
    names = {name.lower() for name, _ in headers}
    body = b""
    if "chunks" in request:
        chunks = [chunk.encode() for chunk in request["chunks"]]
        body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
        headers.append(("Transfer-Encoding", "chunked"))
    elif "body" in request or "body_base64" in request:
        body = base64.b64decode(request["body_base64"]) if "body_base64" in request else request["body"].encode()
        if "content-length" not in names:
            headers.append(("Content-Length", str(len(body))))
    if "host" not in names:
        headers.insert(0, ("Host", "localhost"))
    lines = [f"{request['method']} {request['target']} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


async def run(case: dict[str, Any], data: Path) -> None:
    """Hold the conversation; AssertionError where it does not go as the case says."""
    async with collector(load_tree(case.get("config", {})), data) as (_, port):
        talk = Talk(port)
        try:
            for number, exchange in enumerate(case["exchanges"]):
                await _hold(talk, exchange, f"exchange {number}")
        finally:
            await talk.close()
    check_topics(case, data)


async def _hold(talk: Talk, exchange: dict[str, Any], where: str) -> None:
    if exchange.get("connection") == "new":
        await talk.close()
    request, expected = exchange["request"], exchange["answer"]
    head = request.get("method") == "HEAD"
    answer = await talk.exchange(request_bytes(request), head=head, end=exchange.get("end", False))
    check_answer(answer, expected, where)
    if "closed" in expected:
        assert await talk.is_closed() == expected["closed"], f"{where}: closed"


def check_answer(answer: Answer, expected: dict[str, Any], where: str) -> None:
    assert answer.status == expected["status"], f"{where}: {answer}"
    for name, value in expected.get("headers", {}).items():
        assert answer.header(name) == value, f"{where}: {name}: {answer.headers}"
    if "body" in expected:
        assert answer.body.decode() == expected["body"], where
    if "body_sha256" in expected:
        assert hashlib.sha256(answer.body).hexdigest() == expected["body_sha256"], where
    if "json" in expected:
        contains(json.loads(answer.body), expected["json"], where)


def contains(found: Any, expected: Any, where: str) -> None:
    """`found` has at least what `expected` has; lists are compared whole."""
    if isinstance(expected, dict):
        assert isinstance(found, dict), f"{where}: {found!r}"
        for name, value in expected.items():
            assert name in found, f"{where}: {name} is missing in {found!r}"
            contains(found[name], value, f"{where}.{name}")
    elif isinstance(expected, list):
        assert isinstance(found, list), f"{where}: {found!r}"
        assert len(found) == len(expected), f"{where}: {found!r}"
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            contains(one, other, f"{where}[{number}]")
    else:
        assert found == expected, f"{where}: {found!r}, not {expected!r}"


def stored(data: Path, topic: str) -> list[Any]:
    topics = LocalTopics(data)
    found: list[Any] = []
    with topics.reader(topic) as reader:
        while entries := reader.read():
            found += [plain(entry.value, entry.schema) for entry in entries]
    return found


def check_topics(case: dict[str, Any], data: Path) -> None:
    if "events" in case:
        contains(stored(data, "events"), case["events"], "events")
    if "rejected" in case:
        assert [row["reason"] for row in stored(data, "events.rejected")] == case["rejected"]
    for said in case.get("rejected_without", []):
        assert said not in str(stored(data, "events.rejected"))

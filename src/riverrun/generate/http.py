"""A small HTTP/1.1 client that keeps its connections open: GET only, for one server, on asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import httptools

from riverrun.errors import InputError, Where

_READ = 65536


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    retry_after_s: float | None


class _Reading:
    """What httptools tells while it reads one answer."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.done = False
        self.again = False
        self.retry_after_s: float | None = None

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"retry-after" and value.strip().isdigit():
            self.retry_after_s = float(value)

    def on_headers_complete(self) -> None:
        self.again = self.parser.should_keep_alive()

    def on_message_complete(self) -> None:
        self.done = True


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def get(self, request: bytes) -> tuple[Answer, bool]:
        """The answer to `request`, and whether the connection may be used again. Raises OSError when it broke."""
        self._writer.write(request)
        reading = _Reading()
        while not reading.done:
            data = await self._reader.read(_READ)
            if not data:
                raise ConnectionResetError("the connection was closed before the answer was whole")
            try:
                reading.parser.feed_data(data)
            except httptools.HttpParserError as error:
                raise ConnectionResetError(f"the answer is not HTTP: {error}") from error
        return Answer(reading.parser.get_status_code(), reading.retry_after_s), reading.again

    def close(self) -> None:
        self._writer.close()


class Client:
    """At most `most` connections to the server of `url`; who needs one waits for a free one."""

    def __init__(self, url: str, most: int, timeout_s: float) -> None:
        parts = split(url)
        self.prefix = parts.path.rstrip("/")
        self._host, self._port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = parts.scheme == "https"
        self._authority = parts.netloc.rpartition("@")[2]
        self._free: list[Connection] = []
        self._turns = asyncio.Semaphore(most)
        self._timeout_s = timeout_s

    def request(self, target: str, headers: Mapping[str, str]) -> bytes:
        lines = [f"GET {target} HTTP/1.1", f"Host: {self._authority}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def turn(self) -> asyncio.Semaphore:
        """Held while a request is made up and sent, so that what says `now` in it is true."""
        return self._turns

    async def get(self, request: bytes) -> Answer:
        """Raises OSError (also for a time-out). A kept connection that the server has closed is tried anew."""
        async with asyncio.timeout(self._timeout_s):
            while self._free:
                try:
                    return await self._use(self._free.pop(), request)
                except ConnectionError:
                    continue
            opened = await asyncio.open_connection(self._host, self._port, ssl=self._tls or None)
            return await self._use(Connection(*opened), request)

    async def _use(self, connection: Connection, request: bytes) -> Answer:
        try:
            answer, again = await connection.get(request)
        except BaseException:
            connection.close()
            raise
        if again:
            self._free.append(connection)
        else:
            connection.close()
        return answer

    def close(self) -> None:
        for connection in self._free:
            connection.close()
        self._free.clear()


def split(url: str) -> SplitResult:
    """The parts of an http address. Raises InputError for what is none."""
    try:
        parts = urlsplit(url)
        well_formed = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        well_formed = False
    if not well_formed:
        raise InputError(f"{url!r} is not an http address", where=Where(path="url"), todo="write http://HOST:PORT/")
    return parts

"""HTTP/1.1 on a socket: limits, time-outs, answers in the order of their requests. What they say is the service's."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from enum import IntEnum
from typing import Protocol

import httptools

from riverrun.collect.answers import (
    BAD_REQUEST,
    CONTINUE,
    FAILED,
    HEADERS_TOO_LARGE,
    LENGTH_MISMATCH,
    TIMED_OUT,
    TOO_LARGE,
    URI_TOO_LONG,
    Answer,
)
from riverrun.collect.request import Header
from riverrun.config.model import Limits

log = logging.getLogger(__name__)

_MAX_PIPELINED = 64
_LINGER = 2.0  # seconds
_VERSIONS = ("1.1", "1.0")
_BEFORE_HEADERS = b" HTTP/1.1\r\n"
# What every HTTP parser takes in a target; the rest (fragments, bytes beyond ASCII) is left to the real one.
_TARGET_BYTES = bytes(byte for byte in range(0x21, 0x7F) if byte != ord("#"))
_NOT_REPEATED = (b"content-length", b"transfer-encoding", b"expect", b"upgrade")


class Phase(IntEnum):
    """What a connection is waiting for."""

    IDLE = 0
    HEAD = 1
    BODY = 2
    ANSWER = 3


_IDLE, _HEAD, _BODY, _ANSWER = Phase


class Head:
    """The header lines of a request, and what was found out about them. A client says the same in request after request
    of a connection; then this stays, with everything that was worked out from it."""

    __slots__ = ("_first", "known", "pairs")

    def __init__(self, pairs: list[Header]) -> None:
        self.pairs = pairs
        self._first = dict(reversed(pairs))
        self.known: dict[object, object] = {}  # whose finding -> finding

    def get(self, name: bytes) -> bytes | None:
        """The first value of a header (its name in lower case)."""
        return self._first.get(name)


_NO_HEAD = Head([])


class Exchange:
    """One request and, some time, its answer."""

    # Defaults in the class, not set one by one in each of very many instances.
    query = b""
    close = False
    http10 = False
    head_only = False
    arrived = 0.0  # seconds of the loop's clock, when the request was complete
    early: Answer | None = None  # an answer that did not need the body
    endpoint: Endpoint | None = None
    body: list[bytes] | tuple[()] = ()
    body_limit = 0
    raw: bytes | None = None  # the answer's bytes

    def __init__(self, connection: Connection, method: bytes, target: bytes, head: Head) -> None:
        self.connection = connection
        self.method = method
        self.target = target
        self.head = head

    @property
    def peer(self) -> str | None:
        return self.connection.peer

    def header(self, name: bytes) -> bytes | None:
        """The first value of a header."""
        return self.head.get(name)

    def answer(self, answer: Answer) -> None:
        """Send the answer, when those before it on this connection are sent."""
        self.connection.send(self, answer)


class Endpoint(Protocol):
    """What stands at a path. `source`: the name of its source, for the books."""

    source: str

    def begin(self, exchange: Exchange) -> Answer | None:
        """The headers are there: an answer that does not need the body, or None to read it."""
        ...

    def limit_for(self, exchange: Exchange, first: bytes) -> int:
        """The limit of a body that begins with `first`."""
        ...

    def complete(self, exchange: Exchange) -> None:
        """The request is there: answer it, now or later."""
        ...

    def broken(self, exchange: Exchange, reason: str) -> None:
        """A request that began well was answered with an error before it was complete."""
        ...


class Service(Protocol):
    """What a connection asks of its server. `now`: the loop's time, as of at most half a second ago."""

    limits: Limits
    now: float
    date: bytes
    buffered: int  # bytes of bodies that are being received, of all connections

    def opened(self, connection: Connection) -> bool:
        """Whether this connection may stay."""
        ...

    def closed(self, connection: Connection) -> None: ...

    def begin(self, exchange: Exchange) -> Answer | None:
        """As an endpoint's; it finds the endpoint."""
        ...

    def limit_for(self, exchange: Exchange, first: bytes) -> int: ...

    def complete(self, exchange: Exchange) -> None: ...

    def answered(self, exchange: Exchange, answer: Answer) -> None:
        """For the books."""
        ...


class Connection(asyncio.Protocol):
    __slots__ = (
        "body_size", "closing", "counted", "deadline", "ended", "exchange", "head", "head_size", "pairs", "parser",
        "peer", "phase", "ready", "repeated", "service", "target", "transport", "unread", "waiting",
    )  # fmt: skip

    def __init__(self, service: Service) -> None:
        self.service = service
        self.transport: asyncio.Transport | None = None
        self.peer: str | None = None
        self.parser = httptools.HttpRequestParser(self)
        self.waiting: deque[Exchange] = deque()  # requests whose answers are not sent
        self.ready: list[Exchange] = []  # requests that are complete, from the bytes just received
        self.target = b""  # of the request whose head is being read
        self.pairs: list[Header] = []  # its headers
        self.head = _NO_HEAD  # of the request before
        self.repeated: bytes | None = None  # the bytes behind its target, when the next one may be known by them
        self.exchange: Exchange | None = None  # the request whose body is being read
        self.phase = _IDLE
        self.closing = False  # nothing more is read
        self.ended = False  # nor written
        self.unread = False  # the client is not done sending what we do not want
        self.head_size = self.body_size = 0
        self.counted = 0  # of the service's `buffered`
        self.deadline = 0.0

    # --- the transport ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self.transport = transport  # type: ignore[assignment]  # uvloop's is not a subclass of asyncio's
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]) if isinstance(peer, tuple) else None
        self.deadline = self.service.now + self.service.limits.idle_timeout / 1000
        if not self.service.opened(self):
            transport.abort()  # type: ignore[attr-defined]  # a base transport has none, every real one has

    def connection_lost(self, exc: Exception | None) -> None:
        self.closing = True
        self.transport = None
        self._uncount()
        self.service.closed(self)

    def data_received(self, data: bytes) -> None:
        if self.closing:
            return
        phase = self.phase
        if phase is _IDLE:
            if self.repeated is not None and data.endswith(self.repeated) and self._repeat(data):
                return
            self._begin_head(len(data))
        elif phase is _ANSWER:
            self._begin_head(len(data))
        elif phase is _HEAD:
            self.head_size += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._no_more()  # the upgrade is ignored, the request is answered, and that is all
        except httptools.HttpParserError as error:
            self._stopped(error)
            return
        if self.ready:
            if self.target and self.phase is _ANSWER:
                self._begin_head(0)  # the next request has begun
            self.repeated = self._repeatable(data) if phase is _IDLE else None
            self._finish_ready()
        elif self.phase is _HEAD and self._head_too_large():
            self._give_up(HEADERS_TOO_LARGE)

    def _begin_head(self, size: int) -> None:
        self.phase = _HEAD
        self.head_size = size
        self.deadline = self.service.now + self.service.limits.header_timeout / 1000

    def _repeatable(self, data: bytes) -> bytes | None:
        """What follows the target in `data`, if that is one GET without a body and nothing else."""
        (first, *others), head = self.ready, self.head
        if others or first.method != b"GET" or first.close or first.http10 or data.find(b"\r\n\r\n") != len(data) - 4:
            return None
        begins = b"GET " + first.target + _BEFORE_HEADERS
        if not data.startswith(begins) or any(head.get(name) is not None for name in _NOT_REPEATED):
            return None
        return data[len(begins) - len(_BEFORE_HEADERS) :]

    def _repeat(self, data: bytes) -> bool:
        """Take the next request without the parser, if it differs from the one before in its target only.

        `data` ends with the same bytes as that one, from HTTP/1.1 to the empty line, and the parser is between two
        requests. It would find the same headers again, which passed the limits, and no body; so only the request line
        is new. False, and nothing happened, when that is not plain. (A test compares the two ways.)
        """
        assert self.repeated is not None
        target = data[4 : -len(self.repeated)]
        if (
            data[:5] != b"GET /"
            or len(target) > self.service.limits.request_line
            or target.translate(None, _TARGET_BYTES)
        ):
            return False
        service = self.service
        exchange = Exchange(self, b"GET", target, self.head)
        early = service.begin(exchange)
        if early is not None and early.close:
            self.exchange = exchange
            self._give_up(early)
            return True
        self.phase = _ANSWER
        self.waiting.append(exchange)
        if early is not None:
            self.send(exchange, early)
        else:
            self._complete(exchange)
        return True

    def eof_received(self) -> bool:
        """The client sends nothing more; it may still wait for answers."""
        if self.closing:
            return bool(self.waiting)
        if self.phase is _BODY:
            self._give_up(LENGTH_MISMATCH, unread=False)
        self._no_more()
        return True

    def pause_writing(self) -> None:
        """The client does not read its answers: read nothing more from it."""
        self._pause()

    def resume_writing(self) -> None:
        self._resume()

    def _pause(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def _resume(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()

    def check_time(self, now: float) -> None:
        """Called now and then."""
        if self.deadline > now or self.transport is None:
            return
        if self.waiting and (self.closing or self.phase in (_ANSWER, _IDLE)):
            return  # it is our turn
        if self.closing:
            self.transport.abort()
        elif self.phase is _IDLE:
            self._close()
        else:
            self._give_up(TIMED_OUT)

    # --- the parser ---

    def on_url(self, url: bytes) -> None:
        self.target += url
        if len(self.target) > self.service.limits.request_line:
            raise _Refused(URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.pairs.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        parser, service = self.parser, self.service
        if self.pairs != self.head.pairs:
            self.head = Head(self.pairs)
        exchange = Exchange(self, parser.get_method(), self.target, self.head)
        self.pairs, self.target = [], b""
        self.exchange = exchange
        if not parser.should_keep_alive():
            exchange.close = True
        version = parser.get_http_version()
        if version != "1.1":
            exchange.http10 = True
            if version not in _VERSIONS:
                raise _Refused(BAD_REQUEST)
        self._check_head(exchange.head)
        if exchange.method == b"HEAD":
            exchange.head_only = True
        early = exchange.early = service.begin(exchange)
        self.phase = _BODY
        self.deadline = service.now + service.limits.body_timeout / 1000
        self.body_size = 0
        if early is not None and early.close:
            raise _Refused(early)
        expects = exchange.header(b"expect")
        if expects is not None and expects.lower() == b"100-continue":
            if early is not None:
                raise _Refused(early)  # whether its body follows is not known
            if not self.waiting and self.transport is not None:
                self.transport.write(CONTINUE)

    def _check_head(self, head: Head) -> None:
        limits, pairs = self.service.limits, head.pairs
        too_many = len(pairs) > limits.headers
        most = limits.header_bytes
        too_large = self.head_size > most and sum(len(name) + len(value) for name, value in pairs) > most
        if too_many or too_large:
            raise _Refused(HEADERS_TOO_LARGE)

    def on_body(self, body: bytes) -> None:
        exchange = self.exchange
        assert exchange is not None
        if self.body_size == 0:
            exchange.body_limit = self.service.limit_for(exchange, body)
            exchange.body = []
        self.body_size += len(body)
        if self.body_size > exchange.body_limit:
            raise _Refused(exchange.early or TOO_LARGE)
        if exchange.early is None and isinstance(exchange.body, list):
            exchange.body.append(body)
            self.service.buffered += len(body)
            self.counted += len(body)

    def on_message_complete(self) -> None:
        exchange = self.exchange
        assert exchange is not None
        self.exchange = None
        if self.counted:
            self._uncount()
        self.waiting.append(exchange)
        self.ready.append(exchange)
        self.phase = _ANSWER
        if len(self.waiting) == _MAX_PIPELINED:
            self._pause()

    def _uncount(self) -> None:
        self.service.buffered -= self.counted
        self.counted = 0

    # --- answers ---

    def _finish_ready(self) -> None:
        ready, self.ready = self.ready, []
        for exchange in ready:
            if self.ended:
                return
            if exchange.early is not None:
                self.send(exchange, exchange.early)
            else:
                self._complete(exchange)

    def _complete(self, exchange: Exchange) -> None:
        try:
            self.service.complete(exchange)
        except Exception:  # a mistake of ours must not be the end of the connections' loop
            log.exception("a request could not be answered")
            self.send(exchange, FAILED)

    def send(self, exchange: Exchange, answer: Answer) -> None:
        """An answer. It leaves when those before it on this connection have left."""
        transport, service, waiting = self.transport, self.service, self.waiting
        service.answered(exchange, answer)
        if transport is None or self.ended or exchange.raw is not None:
            return
        if answer.close:
            exchange.close = True
        exchange.raw = answer.rendered(service.date, exchange)
        while waiting and (raw := waiting[0].raw) is not None:
            transport.write(raw)
            if waiting.popleft().close:
                self._close()
                return
        if not waiting:
            if self.phase is _ANSWER:
                self.phase = _IDLE
                self.deadline = service.now + service.limits.idle_timeout / 1000
            if self.closing:
                self._close()
        elif len(waiting) == _MAX_PIPELINED - 1:
            self._resume()

    def _stopped(self, error: httptools.HttpParserError) -> None:
        """The parser, or one of its callbacks here, did not want to go on."""
        cause = error.__context__
        if isinstance(cause, _Refused):
            self._finish_ready()
            self._give_up(cause.answer)
        elif isinstance(error, httptools.HttpParserCallbackError):
            log.error("a request could not be read", exc_info=cause)
            self._finish_ready()
            self._give_up(FAILED)
        else:
            self._garbage()

    def _garbage(self) -> None:
        """What was received is not HTTP. Bytes that follow a POST directly are its body's: the length was wrong."""
        if self.ready and self.ready[-1].method == b"POST" and self.ready[-1].header(b"content-length") is not None:
            *before, last = self.ready
            self.ready = before
            self._finish_ready()
            last.close = True
            self.closing = True
            self.send(last, LENGTH_MISMATCH)
            return
        self._finish_ready()
        self._give_up(BAD_REQUEST)

    def _give_up(self, answer: Answer, *, unread: bool = True) -> None:
        """Answer the request that is being read, read no more, and close when everything is sent."""
        if self.ended:
            return
        exchange = self.exchange or Exchange(self, b"", b"", _NO_HEAD)
        self.exchange = None
        exchange.close = True
        self.waiting.append(exchange)
        self.unread = unread
        self._no_more()
        self.send(exchange, answer)

    def _no_more(self) -> None:
        """Read no more; close as soon as nothing is waiting."""
        self.closing = True
        self.deadline = self.service.now + self.service.limits.body_timeout / 1000
        if not self.waiting:
            self._close()

    def finish(self) -> None:
        """The server goes: close when nothing is waiting."""
        if self.phase is _IDLE:
            self._no_more()

    def drop(self) -> None:
        """Close at once."""
        if self.transport is not None:
            self.transport.abort()

    def _close(self) -> None:
        """What is still waiting gets no answer: it came behind a request after which the connection had to end."""
        self.closing = self.ended = True
        self.waiting.clear()
        self.deadline = self.service.now + self.service.limits.body_timeout / 1000
        if self.transport is None:
            return
        if self.unread and self.transport.can_write_eof():
            # Closing now would reset the connection under the bytes that still come, and with it our answer.
            self.deadline = self.service.now + _LINGER
            self.transport.write_eof()
        else:
            self.transport.close()

    def _head_too_large(self) -> bool:
        limits = self.service.limits
        return self.head_size > limits.request_line + limits.header_bytes


class _Refused(Exception):
    """The request that is being read is answered before it is complete."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer

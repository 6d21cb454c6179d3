"""One collector process: its paths, its connections, its clock, and how it comes and goes."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import unquote_to_bytes

from riverrun.clock import Clock, SystemClock
from riverrun.collect.answers import (
    GONE_AWAY,
    LENGTH_MISMATCH,
    NOT_FOUND,
    PONG,
    SHUTTING_DOWN,
    TIMED_OUT,
    TOO_LARGE,
    Answer,
    date_line,
    plain,
)
from riverrun.collect.commit import Committer, Stored
from riverrun.collect.cookies import ServerCookie
from riverrun.collect.endpoints import Fixed, PixelEndpoint, script_endpoint
from riverrun.collect.forwarded import networks
from riverrun.collect.http import Connection, Endpoint, Exchange
from riverrun.collect.intake import Intake
from riverrun.collect.metrics import Counts, Snapshot
from riverrun.collect.posts import BatchReader, JsonReader, PostEndpoint
from riverrun.collect.privacy import DailySalts, Policy
from riverrun.collect.request import text
from riverrun.collect.script import Script, tag_text
from riverrun.collect.sender import Sender
from riverrun.collect.storage import open_storage
from riverrun.config.model import BrowserSource, Config
from riverrun.errors import RiverrunError

log = logging.getLogger(__name__)

_TICK = 0.5  # seconds between looks at the time-outs
_BROKEN = {id(TOO_LARGE): "too_large", id(LENGTH_MISMATCH): "length", id(TIMED_OUT): "timed_out"}


class CollectorService:
    """Answers requests. Made and used in the loop's thread; `start` and `stop` are its life."""

    def __init__(self, config: Config, data: Path, clock: Clock | None = None) -> None:
        common = config.global_
        self.config = config
        self.limits = common.limits
        self._debug = common.server.debug_requests
        self.clock = clock or SystemClock()
        self.counts = Counts()
        self.connections: set[Connection] = set()
        self.buffered = 0
        self.going = False  # new requests are refused
        self.announced = False  # /ping and /ready say that it is going
        self._loop = asyncio.get_running_loop()
        self.now = self._loop.time()
        self.date = date_line(self.clock.now_ms() / 1000)
        policy = Policy(common.privacy, DailySalts(data / "collect" / "salt"))
        self._storage = storage = open_storage(config, data, self.clock)
        self.events = storage.events
        self.intake = Intake(common.collect, policy, storage.duplicates, self.counts, self.clock, self._loop.time)
        self.committer = self.intake.committer = Committer(
            storage.events,
            storage.refused,
            linger=common.collect.linger / 1000,
            clock=self._loop.time,
            after=self._after_commit,
            books=storage.books,
        )
        self.routes = _routes(config, self)
        self._ticker = self._loop.call_later(_TICK, self._tick)

    # --- what connections ask ---

    def opened(self, connection: Connection) -> bool:
        self.counts.add("connections_total")
        if len(self.connections) >= self.limits.connections:
            self.counts.add("connections_refused_total")
            return False
        self.connections.add(connection)
        return True

    def closed(self, connection: Connection) -> None:
        self.connections.discard(connection)

    def begin(self, exchange: Exchange) -> Answer | None:
        raw, _, query = exchange.target.partition(b"?")
        endpoint = self.routes.get(raw)
        if endpoint is None:
            endpoint = self.routes.get(canonical_path(raw))
        if self.going:
            self.counts.add("refused_total", "going")
            return GONE_AWAY
        if endpoint is None:
            return NOT_FOUND
        exchange.endpoint = endpoint
        exchange.query = query
        return endpoint.begin(exchange)

    def limit_for(self, exchange: Exchange, first: bytes) -> int:
        endpoint = exchange.endpoint
        if endpoint is None:
            return self.limits.request_line
        self.intake.buffered = self.buffered
        return endpoint.limit_for(exchange, first)

    def complete(self, exchange: Exchange) -> None:
        endpoint = exchange.endpoint
        assert endpoint is not None
        exchange.arrived = self._loop.time()
        self.intake.buffered = self.buffered
        endpoint.complete(exchange)

    def answered(self, exchange: Exchange, answer: Answer) -> None:
        endpoint = exchange.endpoint
        self.counts.numbers["requests_total", endpoint.source if endpoint else "", answer.status_text] += 1
        if self._debug:
            # Never the query: who is meant is in it. Nor a path that is not ours.
            path = text(exchange.target.partition(b"?")[0]) if endpoint else "(another path)"
            log.info("%s %s %d", text(exchange.method), path, answer.status)
        if answer.close and endpoint is not None and id(answer) in _BROKEN:
            endpoint.broken(exchange, _BROKEN[id(answer)])

    # --- state ---

    def not_ready(self) -> str | None:
        """Why no events can be taken now, in a word; None when they can."""
        if self.announced:
            return "shutting down"
        if self.committer.backlog + self.buffered > self.config.global_.collect.max_backlog:
            return "backlog"
        try:
            self.events.check_space()
        except (RiverrunError, OSError):
            return "disk"
        return None if self._disk_works else "disk"

    def snapshot(self) -> Snapshot:
        gauges = {
            "connections": len(self.connections),
            "backlog_bytes": self.committer.backlog,
            "backlog_events": self.committer.backlog_events,
            "disk_free_bytes": self.events.free_bytes(),
            "ready": 0 if self.not_ready() else 1,
            "resident_bytes": resident_bytes(),
        }
        return self.counts.snapshot(gauges)

    # --- life ---

    def announce(self) -> None:
        """Tell load balancers that this collector goes; it still takes events."""
        self.announced = True

    async def stop(self, timeout: float) -> None:
        """Refuse new requests, answer those that are open (for at most `timeout` seconds), store everything, close."""
        self.announced = self.going = True
        for connection in list(self.connections):
            connection.finish()
        deadline = self._loop.time() + timeout
        while self.connections and self._loop.time() < deadline:
            await asyncio.sleep(0.01)
            for connection in list(self.connections):
                connection.finish()
        await self.committer.close()
        for connection in list(self.connections):
            connection.drop()
        self._ticker.cancel()
        self._storage.books.write(at_once=True)
        self._storage.close()

    def _tick(self) -> None:
        self.look(self._loop.time())
        self._ticker = self._loop.call_later(_TICK, self._tick)

    def look(self, now: float) -> None:
        """See to the connections whose time is over at `now` (of the loop's clock)."""
        self.now = now
        self.date = date_line(self.clock.now_ms() / 1000)
        for connection in list(self.connections):
            connection.check_time(now)

    _disk_works = True

    def _after_commit(self, stored: Stored) -> None:
        self.intake.after_commit(stored)
        if not stored.batch.sizes:
            return
        if stored.error is not None and self._disk_works:
            log.error("events cannot be stored: %s", stored.error)
        elif stored.error is None and not self._disk_works:
            log.info("events can be stored again")
        self._disk_works = stored.error is None


def _routes(config: Config, service: CollectorService) -> Mapping[bytes, Endpoint]:
    common, intake = config.global_, service.intake
    trusted = networks(common.server.trusted_proxies)
    routes: dict[bytes, Endpoint] = {}
    if common.server.serve_static_resources:
        page = Answer(200, ("Content-Type", "text/html; charset=utf-8"), body=_page(config).encode())
        routes[b"/"] = routes[b"/index.html"] = Fixed(lambda _: page, (b"GET", b"HEAD"))
    for name, source in config.sources.items():
        sender = Sender(name, source, common, intake, trusted)
        if isinstance(source, BrowserSource):
            delay = source.http_response_delay / 1000
            script = Script(tag_text(source, common.privacy))
            routes[source.script_path.encode()] = script_endpoint(script)
            cookie = ServerCookie(source) if source.server_cookie.enabled else None
            routes[source.event_path.encode()] = PixelEndpoint(sender, cookie, delay)
            routes[source.batch_path.encode()] = PostEndpoint(sender, BatchReader(source, common.limits), cookie)
        else:
            routes[source.event_path.encode()] = PostEndpoint(sender, JsonReader(source, common.limits))
    routes[b"/ping"] = Fixed(lambda _: SHUTTING_DOWN if service.announced else PONG)
    routes[b"/live"] = Fixed(lambda _: plain(200, "live\n"))
    routes[b"/ready"] = Fixed(lambda _: _readiness(service.not_ready()))
    return routes


def _readiness(why_not: str | None) -> Answer:
    return plain(200, "ready\n") if why_not is None else plain(503, f"not ready: {why_not}\n")


def canonical_path(raw: bytes) -> bytes:
    """A path without escapes, doubled slashes and dots; without the authority of an absolute URL; empty for no path.

    >>> canonical_path(b"//a/./b/../csc%2Devent"), canonical_path(b"http://host/ping")
    (b'/a/csc-event', b'/ping')
    """
    if not raw.startswith(b"/"):
        authority = raw.partition(b"://")[2]
        if not authority:
            return b""
        raw = b"/" + authority.partition(b"/")[2]
    parts: list[bytes] = []
    pieces = unquote_to_bytes(raw).split(b"/")
    for part in pieces:
        if part == b"..":
            del parts[-1:]
        elif part not in (b"", b"."):
            parts.append(part)
    end = b"/" if parts and pieces[-1] in (b"", b".", b"..") else b""
    return b"/" + b"/".join(parts) + end


def _page(config: Config) -> str:
    """A page to try the tag with, as Divolte has one."""
    source = next((one for one in config.sources.values() if isinstance(one, BrowserSource)), None)
    tag, button = "", ""
    if source is not None:
        tag = f'<script src="{escape(source.script_path)}" defer async></script>'
        name = source.javascript.global_name
        button = (
            f"<button onclick=\"{name}.signal('bannerClick', {{which: 'the button'}})\">signal a bannerClick</button>"
        )
    return (
        "<!DOCTYPE html>\n<html lang=en><meta charset=utf-8><title>riverrun</title>\n"
        f"<h1>riverrun collects</h1>\n<p>This page has the tag: opening it was an event. {button}\n{tag}\n</html>\n"
    )


def resident_bytes() -> int:
    """The memory of this process."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except FileNotFoundError:  # not Linux
        import psutil

        return int(psutil.Process().memory_info().rss)
    return int(pages) * os.sysconf("SC_PAGESIZE")

"""Who may send to a source, how fast, and which pages may read the answer."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from urllib.parse import urlsplit

from riverrun.collect.answers import NO_CONTENT, Answer
from riverrun.collect.forwarded import Network, client_address
from riverrun.collect.http import Exchange
from riverrun.collect.intake import Intake
from riverrun.collect.rates import Rates
from riverrun.collect.request import Request, text
from riverrun.config.model import Global, Source
from riverrun.record import Rejected


class Sender:
    """What the event endpoints of one source share: who may send, how fast, and who may read the answer."""

    def __init__(self, name: str, source: Source, common: Global, intake: Intake, trusted: Sequence[Network]) -> None:
        self.source = name
        self.config = source
        self.intake = intake
        self.depth = common.limits.nesting
        self.limits = common.limits
        self._forwarded = common.server.use_x_forwarded_for or bool(trusted)
        self._trusted = trusted
        self._key = source.write_key.encode() if source.write_key is not None else None
        self._rates = Rates(source.rate_limit.per_second, source.rate_limit.burst)
        self._limited = source.rate_limit.per_second > 0
        self.cors = source.cors

    def request(self, exchange: Exchange) -> Request:
        headers = exchange.headers
        address = exchange.peer
        if self._forwarded:
            lines = [text(value) for name, value in headers if name == b"x-forwarded-for"]
            if lines:
                address = client_address(address, lines, self._trusted)
        now = self.intake.clock.now_ms()
        return Request(self.source, text(exchange.method), exchange.query, headers, now, address)

    def too_fast(self, request: Request, events: int) -> Answer | None:
        if not self._limited:
            return None
        seconds = self._rates.take(request.remote_host, events, self.intake.clock.monotonic_ms() / 1000)
        return self.intake.too_fast(seconds) if seconds else None

    def forbidden(self, exchange: Exchange) -> Rejected | None:
        """Why this sender may not send, if so. The write key is taken out of the query."""
        if self._key is not None:
            in_query, exchange.query = _without_key(exchange.query)
            given = exchange.header(b"x-write-key") or in_query
            if not hmac.compare_digest(given or b"", self._key):
                return Rejected("write_key", "the write key is missing or wrong")
        origin = exchange.header(b"origin")
        if origin is not None and not self._may_send(text(origin), exchange):
            return Rejected("origin", "this origin is not allowed")
        return None

    def _may_send(self, origin: str, exchange: Exchange) -> bool:
        allowed = self.cors.allow_origins
        if not allowed or "*" in allowed or origin in allowed:
            return True
        return urlsplit_netloc(origin) == text(exchange.header(b"host") or b"")  # the page of the same host

    def shared(self, exchange: Exchange) -> tuple[tuple[str, str], ...]:
        """The CORS headers of an answer; none for requests that are no script's."""
        origin = exchange.header(b"origin")
        allowed = self.cors.allow_origins
        if origin is None or not allowed:
            return ()
        expose = ("Access-Control-Expose-Headers", "Retry-After")
        if "*" in allowed:
            return (("Access-Control-Allow-Origin", "*"), expose)
        if text(origin) not in allowed:
            return (("Vary", "Origin"),)
        headers = (("Access-Control-Allow-Origin", text(origin)), ("Vary", "Origin"), expose)
        return (*headers, ("Access-Control-Allow-Credentials", "true")) if self.cors.allow_credentials else headers

    def preflight(self, exchange: Exchange) -> Answer:
        return NO_CONTENT.adding(
            *self.shared(exchange),
            ("Access-Control-Allow-Methods", "POST"),
            ("Access-Control-Allow-Headers", "content-type, content-encoding, x-write-key"),
            ("Access-Control-Max-Age", str(self.cors.max_age // 1000)),
        )


def _without_key(query: bytes) -> tuple[bytes | None, bytes]:
    """The parameter write_key, and the query without it."""
    parts = query.split(b"&")
    given = next((part[10:] for part in parts if part.startswith(b"write_key=")), None)
    return given, b"&".join(part for part in parts if not part.startswith(b"write_key="))


def urlsplit_netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""

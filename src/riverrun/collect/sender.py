"""Who may send to a source, how fast, and which pages may read the answer."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from riverrun.collect.answers import NO_CONTENT, Answer
from riverrun.collect.encode import Frame
from riverrun.collect.forwarded import Network, client_address
from riverrun.collect.http import Exchange
from riverrun.collect.intake import Intake
from riverrun.collect.privacy import Terms
from riverrun.collect.rates import Rates
from riverrun.collect.request import Request, text
from riverrun.config.model import BrowserSource, Global, Source
from riverrun.record import Rejected


class Known(NamedTuple):
    """What the headers of a request say to a source; the same for all requests with the same headers."""

    remote_host: str | None
    user_agent: str | None
    terms: Terms
    frame: Frame
    shared: tuple[tuple[str, str], ...]  # the CORS headers of an answer; none for requests that are no script's
    forbidden: Rejected | None  # why this sender may not send, if its headers say so
    has_key: bool  # the write key is among the headers


class Sender:
    """What the event endpoints of one source share."""

    def __init__(self, name: str, source: Source, common: Global, intake: Intake, trusted: Sequence[Network]) -> None:
        self.source = name
        self.intake = intake
        self.depth = common.limits.nesting
        self.cors = source.cors
        self._kind = "browser" if isinstance(source, BrowserSource) else "json"
        self._forwarded = common.server.use_x_forwarded_for or bool(trusted)
        self._trusted = trusted
        self._key = source.write_key.encode() if source.write_key is not None else None
        self._rates = Rates(source.rate_limit.per_second, source.rate_limit.burst)
        self._limited = source.rate_limit.per_second > 0
        self.open = self._key is None and not self._limited  # neither a key nor a pace is asked for

    def known(self, exchange: Exchange) -> Known:
        found = exchange.head.known.get(self)
        if found is None:
            found = exchange.head.known[self] = self._find_out(exchange)
        assert isinstance(found, Known)
        return found

    def request(self, exchange: Exchange, known: Known) -> Request:
        query = exchange.query if self._key is None else _without_key(exchange.query)[1]
        return Request(
            self.source, exchange.method.decode(), query, exchange.head.pairs, self.intake.clock.now_ms(),
            known.remote_host, known.user_agent,
        )  # fmt: skip

    def too_fast(self, request: Request, events: int) -> Answer | None:
        if not self._limited:
            return None
        seconds = self._rates.take(request.remote_host, events, self.intake.clock.monotonic_ms() / 1000)
        return self.intake.too_fast(seconds) if seconds else None

    def forbidden(self, exchange: Exchange, known: Known) -> Rejected | None:
        """Why this sender may not send, if so. The write key is taken out of the query."""
        if self._key is not None:
            in_query, exchange.query = _without_key(exchange.query)
            if not (known.has_key or hmac.compare_digest(in_query or b"", self._key)):
                return Rejected("write_key", "the write key is missing or wrong")
        return known.forbidden

    def _find_out(self, exchange: Exchange) -> Known:
        head = exchange.head
        agent, origin, key = head.get(b"user-agent"), head.get(b"origin"), head.get(b"x-write-key")
        address = exchange.peer
        if self._forwarded:
            lines = [text(value) for name, value in head.pairs if name == b"x-forwarded-for"]
            if lines:
                address = client_address(address, lines, self._trusted)
        terms = self.intake.policy.terms(head.pairs, address)
        user_agent = None if agent is None else text(agent)
        foreign = origin is not None and not self._may_send(text(origin), text(head.get(b"host") or b""))
        return Known(
            remote_host=address,
            user_agent=user_agent,
            terms=terms,
            frame=Frame(self.source, self._kind, address, user_agent, terms.headers),
            shared=() if origin is None else self._shared(text(origin)),
            forbidden=Rejected("origin", "this origin is not allowed") if foreign else None,
            has_key=self._key is not None and hmac.compare_digest(key or b"", self._key),
        )

    def _may_send(self, origin: str, host: str) -> bool:
        allowed = self.cors.allow_origins
        if not allowed or "*" in allowed or origin in allowed:
            return True
        return _netloc(origin) == host  # the page of the same host

    def _shared(self, origin: str) -> tuple[tuple[str, str], ...]:
        allowed = self.cors.allow_origins
        expose = ("Access-Control-Expose-Headers", "Retry-After")
        if not allowed:
            return ()
        if "*" in allowed:
            return (("Access-Control-Allow-Origin", "*"), expose)
        if origin not in allowed:
            return (("Vary", "Origin"),)
        headers = (("Access-Control-Allow-Origin", origin), ("Vary", "Origin"), expose)
        return (*headers, ("Access-Control-Allow-Credentials", "true")) if self.cors.allow_credentials else headers

    def preflight(self, exchange: Exchange) -> Answer:
        return NO_CONTENT.adding(
            *self.known(exchange).shared,
            ("Access-Control-Allow-Methods", "POST"),
            ("Access-Control-Allow-Headers", "content-type, content-encoding, x-write-key"),
            ("Access-Control-Max-Age", str(self.cors.max_age // 1000)),
        )


def _without_key(query: bytes) -> tuple[bytes | None, bytes]:
    """The parameter write_key, and the query without it."""
    parts = query.split(b"&")
    given = next((part[10:] for part in parts if part.startswith(b"write_key=")), None)
    return given, b"&".join(part for part in parts if not part.startswith(b"write_key="))


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""

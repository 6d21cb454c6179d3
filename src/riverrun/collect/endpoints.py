"""What stands at the paths that are asked with GET: the script, the pixel, and whether the collector is alive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from riverrun.collect.answers import PIXEL, PIXEL_ETAG, PIXEL_UNCHANGED, Answer, not_allowed
from riverrun.collect.browser import browser_event
from riverrun.collect.cookies import ServerCookie, of_party
from riverrun.collect.encode import Frame
from riverrun.collect.http import Exchange
from riverrun.collect.script import Script, matches
from riverrun.collect.sender import Sender
from riverrun.record import Rejected

_SMALL = 4096  # bytes of a body that nobody reads


class Fixed:
    """An answer to GETs (or to every method) that needs no thought."""

    def __init__(self, answer: Callable[[Exchange], Answer], methods: Sequence[bytes] = ()) -> None:
        self.source = ""
        self._answer = answer
        self._methods = methods

    def begin(self, exchange: Exchange) -> Answer | None:
        if self._methods and exchange.method not in self._methods:
            return not_allowed(exchange.method, ", ".join(method.decode() for method in self._methods))
        return None

    def limit_for(self, exchange: Exchange, first: bytes) -> int:
        return _SMALL

    def complete(self, exchange: Exchange) -> None:
        exchange.answer(self._answer(exchange))

    def broken(self, exchange: Exchange, reason: str) -> None:
        pass


def script_endpoint(script: Script) -> Fixed:
    return Fixed(lambda e: script.answer(e.header(b"accept-encoding"), e.header(b"if-none-match")), (b"GET",))


class PixelEndpoint:
    """GET of one event of a browser. Whatever is wrong with it, the answer is the pixel."""

    def __init__(self, sender: Sender, cookie: ServerCookie | None, delay: float) -> None:
        """`delay`: seconds that every answer is held back (a testing aid)."""
        self.source = sender.source
        self._sender = sender
        self._intake = sender.intake
        self._delay = delay
        self._loop = asyncio.get_running_loop()
        self._cookie = cookie

    def begin(self, exchange: Exchange) -> Answer | None:
        return None if exchange.method == b"GET" else not_allowed(exchange.method, "GET")

    def limit_for(self, exchange: Exchange, first: bytes) -> int:
        return _SMALL

    def broken(self, exchange: Exchange, reason: str) -> None:
        pass

    def complete(self, exchange: Exchange) -> None:
        if self._delay:
            self._loop.call_later(self._delay, self._take, exchange)
        elif not self._take_usual(exchange):
            self._take(exchange)

    def _take_usual(self, exchange: Exchange) -> bool:
        """`_take`, where neither headers nor query ask for a second look; False when they do."""
        usual = exchange.head.known.get(self)
        if usual is None:
            usual = exchange.head.known[self] = self._usual(exchange)
        return isinstance(usual, Frame) and self._intake.take_usual_one(exchange, usual, self._sender.depth)

    def _usual(self, exchange: Exchange) -> Frame | bool:
        """The frame of events with these headers, when nothing but the query is to be looked at."""
        known = self._sender.known(exchange)
        plain = known.terms.plain and not known.forbidden and not known.shared and self._sender.open
        return plain and self._cookie is None and exchange.header(b"if-none-match") is None and known.frame

    def _take(self, exchange: Exchange) -> None:
        sender, intake = self._sender, self._intake
        known = sender.known(exchange)
        if_none_match = exchange.header(b"if-none-match")
        if if_none_match is not None and matches(if_none_match, PIXEL_ETAG):
            exchange.answer(PIXEL_UNCHANGED.adding(*known.shared))
            return
        forbidden = sender.forbidden(exchange, known)
        request = sender.request(exchange, known)
        refusal = intake.busy() or sender.too_fast(request, 1)
        if refusal is not None:
            exchange.answer(refusal.adding(*known.shared))
            return
        change = of_party(self._cookie.party(exchange)) if self._cookie else None
        outcome = forbidden or browser_event(exchange.query, request, sender.depth)
        judged = intake.judge(outcome, request, known.terms, known.frame, change)
        answer = PIXEL.adding(*known.shared) if known.shared else PIXEL
        if isinstance(judged, Rejected):
            intake.refuse(judged, request, known.terms)
            exchange.answer(answer)
            return
        if self._cookie:
            answer = answer.adding(*self._cookie.headers(judged[0]))
        intake.store(self.source, judged[1:], exchange, answer)

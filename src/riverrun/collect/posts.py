"""POSTs of events: a browser's batches, an app's JSON; packed or not; with an answer for each event of several."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from riverrun.collect import json_source
from riverrun.collect.answers import NO_CONTENT, Answer, json_answer, not_allowed, plain
from riverrun.collect.browser import browser_event, event_of
from riverrun.collect.bulk import Accepted, Rows, accepted_result, all_results, usual_results, usual_rows
from riverrun.collect.cookies import ServerCookie, of_party
from riverrun.collect.http import Exchange
from riverrun.collect.query import Query, TooManyParameters, parse_query
from riverrun.collect.request import Outcome, Request, canonical_identifier
from riverrun.collect.sender import Known, Sender
from riverrun.config.model import BrowserSource, JsonSource, Limits
from riverrun.record import Rejected

_BLOCK = 4096  # Divolte rounds the limit of a body up to whole blocks
_BATCH_TYPES = (b"text/plain", b"application/json", b"application/x-www-form-urlencoded")
_STATUS = {  # of whole requests that are refused, by reason; 400 for the others
    "content_type": 415, "content_encoding": 415, "too_large": 413, "too_many": 413, "write_key": 403, "origin": 403,
}  # fmt: skip

Said = tuple[Outcome, bytes]  # what became of one event, and its text


class Reader(Protocol):
    """What a POST's body says. `single`: one event, to be answered as Divolte does."""

    single_limit: int
    batch_limit: int

    def takes_type(self, exchange: Exchange) -> bool: ...

    def read(self, body: bytes, request: Request) -> tuple[Sequence[Said] | Rejected, bool]:
        """(the events, or why the whole request is refused; whether it is one event alone)."""
        ...

    def usual(self, body: bytes, request: Request) -> Rows | None:
        """Several events that need no second look, if that is what the body has."""
        ...


class PostEndpoint:
    def __init__(self, sender: Sender, reader: Reader, cookie: ServerCookie | None = None) -> None:
        self.source = sender.source
        self._sender = sender
        self._intake = sender.intake
        self._reader = reader
        self._cookie = cookie

    def begin(self, exchange: Exchange) -> Answer | None:
        if exchange.method == b"OPTIONS" and self._sender.cors.allow_origins:
            return self._sender.preflight(exchange)
        if exchange.method != b"POST":
            return not_allowed(exchange.method, "POST")
        rejected = self._wrong_headers(exchange)
        if rejected is not None:
            return self._refusal(exchange, rejected)
        busy = self._intake.busy()
        return busy.adding(*self._sender.known(exchange).shared) if busy is not None else None

    def _wrong_headers(self, exchange: Exchange) -> Rejected | None:
        if not self._reader.takes_type(exchange):
            return Rejected("content_type", "this content type is not taken here")
        if (exchange.header(b"content-encoding") or b"identity").lower() not in (b"identity", b"gzip", b"x-gzip"):
            return Rejected("content_encoding", "only gzip is taken as a content encoding")
        declared = exchange.header(b"content-length") or b"0"
        if not declared.isdigit() or int(declared) > self._reader.batch_limit:
            return Rejected("too_large", "the body is too large")
        return None

    def limit_for(self, exchange: Exchange, first: bytes) -> int:
        packed = exchange.header(b"content-encoding") is not None
        several = packed or json_source.is_batch(first)
        return self._reader.batch_limit if several else self._reader.single_limit

    def broken(self, exchange: Exchange, reason: str) -> None:
        if exchange.method == b"POST":
            self._refuse(exchange, Rejected(reason, "the request broke off, or its body had the wrong length"))

    def complete(self, exchange: Exchange) -> None:
        known = self._sender.known(exchange)
        forbidden = self._sender.forbidden(exchange, known)
        body = forbidden or unpacked(b"".join(exchange.body), exchange, self._reader.batch_limit)
        if isinstance(body, Rejected):
            exchange.answer(self._refusal(exchange, body))
            return
        request = self._sender.request(exchange, known)
        usual = self._reader.usual(body, request) if known.terms.plain else None
        if usual is not None:
            self._take_usual(exchange, request, known, usual)
            return
        said, alone = self._reader.read(body, request) if body.strip() else (_EMPTY, True)
        if isinstance(said, Rejected):
            exchange.answer(self._refusal(exchange, said, body))
        elif (fast := self._sender.too_fast(request, len(said))) is not None:
            exchange.answer(fast.adding(*known.shared))
        elif alone:
            self._take_one(exchange, request, known, *said[0])
        else:
            self._take(exchange, request, known, said)

    def _refuse(self, exchange: Exchange, rejected: Rejected, body: bytes | None = None) -> Known:
        known = self._sender.known(exchange)
        self._intake.refuse(rejected, self._sender.request(exchange, known), known.terms, body)
        return known

    def _refusal(self, exchange: Exchange, rejected: Rejected, body: bytes | None = None) -> Answer:
        """The answer to a whole request that is refused, which is noted."""
        known = self._refuse(exchange, rejected, body)
        status = _STATUS.get(rejected.reason, 400)
        return plain(status, rejected.message + "\n", *known.shared, close=status == 413)

    def _take_one(self, exchange: Exchange, request: Request, known: Known, outcome: Outcome, body: bytes) -> None:
        shared = known.shared
        judged = self._intake.judge(outcome, request, known.terms, known.frame)
        if isinstance(judged, Rejected):
            # Divolte answers 204 before it looks at the event; the header tells those who want to know.
            self._intake.refuse(judged, request, known.terms, body)
            exchange.answer(NO_CONTENT.adding(*shared, ("X-Rejected", judged.reason)))
            return
        self._intake.store(self.source, judged[1:], exchange, NO_CONTENT.adding(*shared))

    def _take_usual(self, exchange: Exchange, request: Request, known: Known, rows: Rows) -> None:
        """`_take`, where nothing can be wrong with any of them."""
        fast = self._sender.too_fast(request, len(rows.posted))
        if fast is not None:
            exchange.answer(fast.adding(*known.shared))
            return
        accepted = self._intake.take_usual(rows, request, known.frame)
        answer = json_answer(200, usual_results(rows, accepted), *known.shared)
        self._intake.store(self.source, accepted, exchange, answer)

    def _take(self, exchange: Exchange, request: Request, known: Known, said: Sequence[Said]) -> None:
        """Store what can be stored of several events; the answer has a result for each, in order."""
        change = of_party(self._cookie.party(exchange)) if self._cookie else None
        headers = known.shared
        accepted: list[Accepted] = []
        results: list[dict[str, Any]] = []
        for outcome, text in said:
            judged = self._intake.judge(outcome, request, known.terms, known.frame, change)
            if isinstance(judged, Rejected):
                self._intake.refuse(judged, request, known.terms, text)
                results.append({"status": "rejected", "reason": judged.reason, "message": judged.message})
            else:
                event, kept = judged
                if self._cookie and not accepted:
                    headers = (*headers, *self._cookie.headers(event))
                accepted.append(kept)
                results.append(accepted_result(event.event_id, duplicate=event.duplicate))
        status = 200 if len(accepted) == len(results) else 207 if accepted else 400
        answer = json_answer(status, all_results(len(accepted), results), *headers)
        if accepted:
            self._intake.store(self.source, accepted, exchange, answer)
        else:
            exchange.answer(answer)


_EMPTY = Rejected("empty", "the body is empty")
_NO_EVENTS = Rejected("empty", "there are no events in the list")
_TOO_MANY = Rejected("too_many", "too many events in one request")


class BatchReader:
    """A browser's events: one query string a line, or a JSON list of query strings or of objects of texts."""

    def __init__(self, source: BrowserSource, limits: Limits) -> None:
        self.single_limit = self.batch_limit = source.maximum_batch_size
        self._limits = limits

    def takes_type(self, exchange: Exchange) -> bool:
        given = exchange.header(b"content-type")
        return given is None or given.partition(b";")[0].strip().lower() in _BATCH_TYPES

    def read(self, body: bytes, request: Request) -> tuple[Sequence[Said] | Rejected, bool]:
        events = self._events(body)
        if isinstance(events, Rejected):
            return events, False
        if not events or len(events) > self._limits.batch_events:
            return (_TOO_MANY if events else _NO_EVENTS), False
        return [(self._outcome(event, request), _as_bytes(event)) for event in events], False

    def usual(self, body: bytes, request: Request) -> Rows | None:
        return None

    def _events(self, body: bytes) -> Sequence[Any] | Rejected:
        if body.lstrip()[:1] not in (b"[", b"{"):
            return [line for line in body.replace(b"\r\n", b"\n").split(b"\n") if line.strip()]
        try:
            said = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return Rejected("not_json", str(error))
        return said if isinstance(said, list) else [said]

    def _outcome(self, event: Any, request: Request) -> Outcome:
        if isinstance(event, str):
            event = event.encode()
        if isinstance(event, bytes):
            if len(event) > self._limits.request_line:
                return Rejected("too_large", "one event is too large")
            return browser_event(event, request, self._limits.nesting)
        if isinstance(event, dict) and all(isinstance(value, str) for value in event.values()):
            return event_of(Query(event, {}), b"", request, self._limits.nesting)
        return Rejected("malformed", "an event is a query string, or an object of texts")


def _as_bytes(event: Any) -> bytes:
    return event if isinstance(event, bytes) else msgspec.json.encode(event)


class JsonReader:
    """An app's event, or a JSON list of them."""

    def __init__(self, source: JsonSource, limits: Limits) -> None:
        self.single_limit = -(-source.maximum_body_size // _BLOCK) * _BLOCK
        self.batch_limit = max(source.maximum_batch_size, self.single_limit)
        self._party_parameter = source.party_id_parameter
        self._limits = limits

    def takes_type(self, exchange: Exchange) -> bool:
        """One Content-Type, application/json; with the charset UTF-8 or none. (Divolte refuses every parameter.)"""
        given = [value for name, value in exchange.head.pairs if name == b"content-type"]
        if len(given) != 1:
            return False
        kind, *parameters = (part.strip().lower().replace(b'"', b"") for part in given[0].split(b";"))
        known = (b"charset=utf-8", b"charset=utf8", b"")
        return kind == b"application/json" and all(parameter in known for parameter in parameters)

    def read(self, body: bytes, request: Request) -> tuple[Sequence[Said] | Rejected, bool]:
        party_id = self._party(request.query)
        if isinstance(party_id, Rejected):
            return party_id, True
        if json_source.is_batch(body):
            return self._several(body, party_id, request), False
        if len(body) > self.single_limit:
            return Rejected("too_large", "the body is too large"), True
        outcome = json_source.json_event(body, party_id, request, self._limits.nesting)
        if party_id is None and isinstance(outcome, Rejected):
            return Rejected("no_party", "the party id is missing"), True
        return [(outcome, body)], True

    def usual(self, body: bytes, request: Request) -> Rows | None:
        if not json_source.is_batch(body):
            return None
        party_id = self._party(request.query)
        return None if isinstance(party_id, Rejected) else usual_rows(body, party_id, self._limits)

    def _party(self, query: bytes) -> str | Rejected | None:
        """The party id of the query string; None when there is none (an event may have one of its own)."""
        try:
            given = parse_query(query).first.get(self._party_parameter)
        except TooManyParameters as error:
            return Rejected("malformed", str(error))
        if given is None:
            return None
        return canonical_identifier(given) or Rejected("no_party", "the party id is not an identifier")

    def _several(self, body: bytes, party_id: str | None, request: Request) -> Sequence[Said] | Rejected:
        events = json_source.batch(body, party_id, request, self._limits.nesting)
        if isinstance(events, Rejected):
            return events
        if not events or len(events) > self._limits.batch_events:
            return _TOO_MANY if events else _NO_EVENTS
        return events


def unpacked(body: bytes, exchange: Exchange, limit: int) -> bytes | Rejected:
    """The body without its gzip, if it has one; never more than `limit` bytes."""
    if (exchange.header(b"content-encoding") or b"identity").lower() == b"identity":
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        result = unpacker.decompress(body, limit + 1)
    except zlib.error:
        return Rejected("not_gzip", "the body is not gzip")
    if len(result) > limit or unpacker.unconsumed_tail:
        return Rejected("too_large", "the body is too large when it is unpacked")
    return result if unpacker.eof and not unpacker.unused_data else Rejected("not_gzip", "the gzip is cut off")

"""Answers as bytes, put together once. Headers and bodies are Divolte's where Divolte has such an answer."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from riverrun.collect.http import Exchange

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_REASONS = {
    200: "OK", 204: "No Content", 207: "Multi-Status", 304: "Not Modified", 400: "Bad Request", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 413: "Content Too Large", 414: "URI Too Long",
    415: "Unsupported Media Type", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 503: "Service Unavailable", 507: "Insufficient Storage",
}  # fmt: skip
_BODILESS = (204, 304)
TEXT = ("Content-Type", "text/plain; charset=utf-8")
JSON = ("Content-Type", "application/json")
PIXEL_ETAG = b'"6b3edc43-20ec-4078-bc47-e965dd76b88a"'
_PIXEL = bytes.fromhex("47494638396101000100000000 21f904010a0001002c00000000010001000002024c01003b")
_PIXEL_HEADERS = (
    ("Content-Type", "image/gif"),
    ("ETag", PIXEL_ETAG.decode()),
    ("Cache-Control", "private, no-cache, proxy-revalidate"),
    ("Pragma", "no-cache"),
    ("Expires", "Fri, 14 Apr 1995 11:30:00 GMT"),
)


class Answer:
    """A status, headers and a body. `close`: the connection ends with it."""

    __slots__ = ("_date", "_usual", "body", "close", "head", "headers", "status", "status_text")

    def __init__(self, status: int, *headers: tuple[str, str], body: bytes = b"", close: bool = False) -> None:
        self.status = status
        self.status_text = str(status)
        self._date = self._usual = b""
        self.headers = headers
        self.body = body
        self.close = close
        head = _head(status, headers)
        self.head = head if status in _BODILESS else b"%bContent-Length: %d\r\n" % (head, len(body))

    def adding(self, *headers: tuple[str, str]) -> Answer:
        """The same with more headers."""
        return Answer(self.status, *self.headers, *headers, body=self.body, close=self.close) if headers else self

    def rendered(self, date: bytes, exchange: Exchange) -> bytes:
        """The bytes to send. `date`: the whole Date line."""
        if not (exchange.close or exchange.http10 or exchange.head_only):
            if self._date is not date:
                self._date, self._usual = date, b"".join((self.head, date, b"\r\n", self.body))
            return self._usual
        body = b"" if exchange.head_only else self.body
        if exchange.close:
            return b"".join((self.head, date, b"Connection: close\r\n\r\n", body))
        if exchange.http10:
            return b"".join((self.head, date, b"Connection: keep-alive\r\n\r\n", body))
        return b"".join((self.head, date, b"\r\n", body))


@lru_cache(256)
def _head(status: int, headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = [f"HTTP/1.1 {status} {_REASONS[status]}", "Server: divolte", *map(": ".join, headers)]
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


def date_line(seconds: float) -> bytes:
    return f"Date: {formatdate(seconds, usegmt=True)}\r\n".encode()


def plain(status: int, text: str, *headers: tuple[str, str], close: bool = False) -> Answer:
    return Answer(status, TEXT, *headers, body=text.encode(), close=close)


def json_answer(status: int, body: bytes, *headers: tuple[str, str]) -> Answer:
    return Answer(status, JSON, ("Cache-Control", "no-store"), *headers, body=body)


def not_allowed(method: bytes, allowed: str) -> Answer:
    shown = method.decode("latin-1")[:20]
    return plain(405, f"{shown} is not allowed here.\n", ("Allow", allowed))


PIXEL = Answer(200, *_PIXEL_HEADERS, body=_PIXEL)
PIXEL_UNCHANGED = Answer(304, *_PIXEL_HEADERS[1:])
NO_CONTENT = Answer(204)
NOT_FOUND = plain(404, "There is nothing here.\n")
PONG = plain(200, "pong")
SHUTTING_DOWN = plain(503, "shutting down\n")
GONE_AWAY = Answer(503, close=True)  # as Divolte: without a body
BAD_REQUEST = plain(400, "This is not HTTP.\n", close=True)
LENGTH_MISMATCH = plain(400, "The body has another length than the headers say.\n", close=True)
FAILED = plain(500, "This went wrong here.\n", close=True)
TIMED_OUT = plain(408, "The request took too long.\n", close=True)
TOO_LARGE = plain(413, "The body is too large.\n", close=True)
URI_TOO_LONG = plain(414, "The request line is too long.\n", close=True)
HEADERS_TOO_LARGE = plain(431, "There are too many headers, or they are too large.\n", close=True)

"""What `java.net.URL` makes of a text: lenient, and only for the protocols that a JVM knows.

Source: the documentation of java.net.URL and its handlers (JDK 17), checked against it through Flink's PARSE_URL.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

_PROTOCOL = re.compile(r"[A-Za-z][A-Za-z0-9.+-]*")
_PLAIN = ("http", "https", "ftp", "file", "jrt")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_MAX_PORT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Url:
    """The parts. Text where there is a part ("" may be one), None where there is none."""

    protocol: str
    host: str
    path: str
    query: str | None
    fragment: str | None
    authority: str | None
    user: str | None

    @property
    def file(self) -> str:
        return self.path if self.query is None else f"{self.path}?{self.query}"


class _Malformed(Exception):
    pass


@lru_cache(maxsize=65536)
def parse(text: str) -> Url | None:
    """The URL's parts, or None when Java refuses it."""
    try:
        return _parse(text)
    except _Malformed:
        return None


def _parse(text: str) -> Url:
    end = len(text)
    while end > 0 and text[end - 1] <= " ":
        end -= 1
    start = 0
    while start < end and text[start] <= " ":
        start += 1
    if text[start : start + 4].lower() == "url:":
        start += 4
    protocol, start = _protocol(text, start, end)
    fragment = None
    mark = text.find("#", start)
    if protocol == "jar":
        inner_end = end if mark < 0 else min(mark, end)
        inner = text[start:inner_end]
        fragment = None if mark < 0 or mark >= end else text[mark + 1 : end]
        return _jar(inner, fragment)
    if mark >= 0:
        fragment = text[mark + 1 : end] if mark < end else ""
        end = min(mark, end)
    if protocol == "mailto":
        return _mailto(text, start, end, fragment)
    return _hierarchical(protocol, text, start, end, fragment)


def _protocol(text: str, start: int, end: int) -> tuple[str, int]:
    if text[start : start + 1] == "#":
        raise _Malformed
    for at in range(start, end):
        if text[at] == "/":
            break
        if text[at] == ":":
            found = text[start:at].lower()
            if _PROTOCOL.fullmatch(found) and found in (*_PLAIN, "mailto", "jar"):
                return found, at + 1
            break
    raise _Malformed


def _jar(inner: str, fragment: str | None) -> Url:
    bang = inner.rfind("!/")
    if bang < 0 or parse(inner[:bang]) is None:
        raise _Malformed
    at = inner.rfind("?")
    path, query = (inner, None) if at < 0 else (inner[:at], inner[at + 1 :])
    return Url("jar", "", path, query, fragment, None, None)


def _mailto(text: str, start: int, end: int, fragment: str | None) -> Url:
    address = text[start:end]
    if not address or all(char <= " " for char in address):
        raise _Malformed
    return Url("mailto", "", address, None, None if fragment is None else fragment, None, None)


def _hierarchical(protocol: str, text: str, start: int, end: int, fragment: str | None) -> Url:
    query = None
    if start < end:
        mark = text.find("?")
        if 0 <= mark < end:
            query = text[mark + 1 : end]
            end = mark
    spec = text[:end]
    authority: str | None = None
    user: str | None = None
    host = ""
    four_slashes = spec[start : start + 4] == "////"
    if not four_slashes and spec[start : start + 2] == "//":
        start += 2
        slash = spec.find("/", start)
        stop = end if slash < 0 else slash
        authority = spec[start:stop]
        user, host = _host(authority)
        start = stop
    path = ""
    if start < end:
        path = spec[start:end]
        if not path.startswith("/") and authority is not None:
            path = "/" + path
    return Url(protocol, host, path, query, fragment, authority, user)


def _host(authority: str) -> tuple[str | None, str]:
    """The user info and the host; the port is checked."""
    user: str | None = None
    host = authority
    if "@" in authority:
        if authority.count("@") > 1:
            return None, ""
        user, _, host = authority.partition("@")
    if host.startswith("["):
        close = host.find("]")
        if close <= 2 or not _is_ipv6(host[1:close]):
            raise _Malformed
        rest = host[close + 1 :]
        if rest and not rest.startswith(":"):
            raise _Malformed
        _check_port(rest[1:])
        return user, host[: close + 1]
    name, _, port = host.partition(":")
    _check_port(port)
    if _CONTROL.search(name):
        raise _Malformed
    return user, name


def _is_ipv6(text: str) -> bool:
    address, _, scope = text.partition("%")
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return False
    return "%" not in text or bool(scope)


def _check_port(text: str) -> None:
    """As `Integer.parseInt`; -1 is a port, smaller numbers are not."""
    if not text:
        return
    digits = text[1:] if text[0] in "+-" else text
    if not digits.isdecimal() or not -1 <= int(text) <= _MAX_PORT:
        raise _Malformed

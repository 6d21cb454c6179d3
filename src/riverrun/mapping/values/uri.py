"""URIs exactly as strict as java.net.URI, and the query strings in them.

Source: RFC 2396 with the deviations that java.net.URI documents; checked against JDK 17 (tests/unit/mapping).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote, unquote_plus

_OTHER = "\u00a1-\U0010ffff"  # not ASCII; blanks and control characters among them are refused below
_ESCAPED = r"%[0-9A-Fa-f]{2}"
_UNRESERVED = r"A-Za-z0-9\-_.!~*'()"


def _chars(extra: str) -> str:
    return rf"(?:[{_UNRESERVED}{extra}{_OTHER}]|{_ESCAPED})"


_PATH = _chars("/;:@&=+$,")
_URIC = _chars(r";/?:@&=+$,\[\]")
_HIERARCHICAL = re.compile(
    rf"(?:([A-Za-z][A-Za-z0-9+.\-]*):(?=/))?(?://([^/?#]*))?({_PATH}*+)(?:\?({_URIC}*+))?(?:\#({_URIC}*+))?\Z"
)
_OPAQUE = re.compile(rf"([A-Za-z][A-Za-z0-9+.\-]*):(?!/)({_URIC}++)(?:\#({_URIC}*+))?\Z")
_HAS_SCHEME = re.compile(r"[^/?#:]*:")
_REGISTRY = re.compile(_chars("$,;:@&=+") + r"+\Z")
_SERVER = re.compile(r"(?:(?P<user>[^@]*)@)?(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>[0-9]*))?\Z")
_USER = re.compile(_chars(";:&=+$,") + r"*\Z")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"(?:{_LABEL}\.)*(?P<last>{_LABEL})\.?\Z")
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|0*[0-9]{1,2})(?:\.(?!\Z)|\Z)){4}\Z")
_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.\-]+)?\]\Z")


class Uri:
    """A parsed URI; absent parts are None."""

    __slots__ = ("host", "port", "raw_fragment", "raw_path", "raw_query", "scheme")

    def __init__(
        self, scheme: str | None, host: str | None, port: int | None, path: str | None, query: str | None,
        fragment: str | None
    ) -> None:  # fmt: skip
        self.scheme = scheme
        self.host = host
        self.port = port
        self.raw_path = path
        self.raw_query = query
        self.raw_fragment = fragment

    @property
    def path(self) -> str | None:
        return _decode(self.raw_path)

    @property
    def query(self) -> str | None:
        return _decode(self.raw_query)

    @property
    def fragment(self) -> str | None:
        return _decode(self.raw_fragment)


def _decode(text: str | None) -> str | None:
    return text if text is None or "%" not in text else unquote(text, errors="replace")


@lru_cache(maxsize=256)
def parse_uri(text: str) -> Uri | None:
    """None where java.net.URI throws. One page sends many events, so the last ones are kept."""
    if not text.isascii() and any(map(_forbidden, text)):
        return None
    found = _HIERARCHICAL.match(text)
    if found is None:
        return _opaque(text)
    scheme, authority, path, query, fragment = found.groups()
    if scheme is None and _HAS_SCHEME.match(text):
        return _opaque(text)
    host: str | None = None
    port: int | None = None
    if authority is not None:
        if not authority and not path and query is None and fragment is None:
            return None
        if authority:
            server = _authority(authority)
            if server is None:
                return None
            host, port = server
    return Uri(scheme, host, port, path, query, fragment)


def _opaque(text: str) -> Uri | None:
    found = _OPAQUE.match(text)
    return Uri(found[1], None, None, None, None, found[3]) if found else None


def _forbidden(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char) in ("Zs", "Zl", "Zp", "Cc")


def _authority(text: str) -> tuple[str | None, int | None] | None:
    """(host, port); both None for a registry-based authority; None when it is neither."""
    found = _SERVER.match(text)
    if found is not None and (found["user"] is None or _USER.match(found["user"])) and _is_host(found["host"]):
        port = found["port"]
        if not port or int(port) < 1 << 31:
            return found["host"], int(port) if port else None
    return (None, None) if _REGISTRY.match(text) else None


def _is_host(host: str) -> bool:
    if host.startswith("["):
        return _IPV6.match(host) is not None and _is_ipv6(host[1:-1])
    if _IPV4.match(host):
        return True
    name = _HOST_NAME.match(host)
    return name is not None and (name["last"][0].isalpha() or name["last"] == host.rstrip("."))


def _is_ipv6(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


Query = dict[str, list[str]]


def parse_query(raw: str) -> Query:
    """name -> values, form-decoded: split at &, the first = separates, a name without = has an empty value.

    >>> parse_query("a=value&=42&b=&d=word&c&=bla")
    {'a': ['value'], '': ['42', 'bla'], 'b': [''], 'd': ['word'], 'c': ['']}
    """
    found: Query = {}
    for part in raw.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.setdefault(form_decode(name), []).append(form_decode(value))
    return found


def form_decode(text: str) -> str:
    return unquote_plus(text, errors="replace") if "%" in text or "+" in text else text


def uri_query(uri: Uri) -> Query | None:
    return None if uri.raw_query is None else parse_query(uri.raw_query)


def first_value(query: Query, name: str) -> str | None:
    values = query.get(name)
    return values[0] if values else None


def value_list(query: Query, name: str) -> list[str] | None:
    return query.get(name)

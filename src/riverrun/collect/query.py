"""Query strings as Divolte reads them, and their checksum: how a browser's event is protected against corruption.

Source: Divolte's wire protocol (docs/wire.md); MurmurHash3 by Austin Appleby.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

import mmh3

from riverrun.ids import from_base36, to_base36

CHECKSUM = "x"
MAX_PARAMETERS = 1000
_DIGITS = "0123456789abcdefABCDEF"
_HEX = {f"{high}{low}".encode(): bytes([int(high + low, 16)]) for high in _DIGITS for low in _DIGITS}
# The frequent escapes, of characters that cannot be taken for a delimiter or for a part of another escape.
_FREQUENT = ((b"%3A", b":"), (b"%2F", b"/"), (b"%3F", b"?"), (b"%20", b" "), (b"%2C", b","))


class TooManyParameters(ValueError):
    pass


class Query(NamedTuple):
    """`first`: name -> its first value, which is its value. `several`: the names that came more than once -> all their
    values in order, which the checksum covers."""

    first: dict[str, str]
    several: dict[str, list[str]]


def parse_query(raw: bytes) -> Query:
    """The decoded parameters. What is not UTF-8 becomes U+FFFD; a '%' without two digits stays as it is."""
    return _parse_usual(raw) or _collected((unescape(name), unescape(value)) for name, value in _pairs(raw))


def _parse_usual(raw: bytes) -> Query | None:
    """The same for queries as tags send them: ASCII, plain names, each once with a '='; None for others."""
    if b"%" in raw:
        for escape, character in _FREQUENT:
            raw = raw.replace(escape, character)
    try:
        text = raw.decode("ascii")
        pairs = [pair.split("=", 1) for pair in text.split("&", MAX_PARAMETERS)]
        first = dict(pairs)
    except ValueError:
        return None
    if len(first) != len(pairs) or len(pairs) > MAX_PARAMETERS or not "".join(first).isalnum():
        return None
    if "%" in text or "+" in text:
        for name, value in pairs:
            if "%" in value or "+" in value:
                first[name] = unescape(value.encode())
    return Query(first, {})


def _pairs(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    for pair in raw.split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            yield name, value


def _collected(pairs: Iterable[tuple[str, str]]) -> Query:
    pairs = list(pairs)
    if len(pairs) > MAX_PARAMETERS:
        raise TooManyParameters(f"more than {MAX_PARAMETERS} parameters")
    first = dict(pairs)
    if len(first) == len(pairs):
        return Query(first, {})
    every: dict[str, list[str]] = {}
    for name, value in pairs:
        every.setdefault(name, []).append(value)
    several = {name: values for name, values in every.items() if len(values) > 1}
    return Query({name: values[0] for name, values in every.items()}, several)


def unescape(raw: bytes) -> str:
    """
    >>> unescape(b"a+b%20%E2%98%83%zz")
    'a b ☃%zz'
    """
    if b"+" in raw:
        raw = raw.replace(b"+", b" ")
    if b"%" in raw:
        first, *rest = raw.split(b"%")
        parts = [first]
        for part in rest:
            byte = _HEX.get(part[:2])
            parts += (b"%", part) if byte is None else (byte, part[2:])
        raw = b"".join(parts)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace")


def canonical(query: Query) -> str:
    """The text that is hashed.

    >>> canonical(Query({"b": "", "x": "1", "a": "1"}, {"a": ["1", "2"]}))
    'a=1,2,;b=,;'
    """
    first, several = query
    # JavaScript and Java sort by UTF-16 code units, which differs from code points beyond the basic plane only.
    ordered = sorted(first) if "".join(first).isascii() else sorted(first, key=lambda name: name.encode("utf-16-be"))
    if several:
        values = {name: ",".join(several.get(name, (value,))) for name, value in first.items()}
        return "".join([f"{name}={values[name]},;" for name in ordered if name != CHECKSUM])
    return "".join([f"{name}={first[name]},;" for name in ordered if name != CHECKSUM])


def checksum(query: Query) -> int:
    """MurmurHash3 x86 32 bit, seed 0, of the UTF-8 bytes of the canonical text, signed."""
    return mmh3.hash(canonical(query), 0, True)


def is_corrupt(query: Query) -> bool:
    """Whether `x` is missing or is not the checksum of the rest."""
    given = query.first.get(CHECKSUM)
    return given is None or from_base36(given) != checksum(query)


def build_query(pairs: Iterable[tuple[str, str]]) -> str:
    """A query string with its checksum, as the tag sends it (for simulated visitors and tests).

    >>> build_query([("a", "x y")])
    'a=x%20y&x=uwwx1c'
    """
    given = list(pairs)
    given.append((CHECKSUM, to_base36(checksum(_collected(given)))))
    return "&".join(f"{component(name)}={component(value)}" for name, value in given)


def component(text: str) -> str:
    """As JavaScript's encodeURIComponent."""
    return quote(text, safe="!'()*-._~")

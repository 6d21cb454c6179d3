"""Query strings as Divolte reads them, and their checksum: how a browser's event is protected against corruption.

Source: Divolte's wire protocol (docs/wire.md); MurmurHash3 by Austin Appleby.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

import mmh3

from riverrun.ids import from_base36, to_base36

# name -> values in the order in which they came. The first one is the value; all of them count for the checksum.
Parameters = dict[str, list[str]]

CHECKSUM = "x"
MAX_PARAMETERS = 1000
_DIGITS = "0123456789abcdefABCDEF"
_HEX = {f"{high}{low}".encode(): bytes([int(high + low, 16)]) for high in _DIGITS for low in _DIGITS}
_ASTRAL = re.compile("[\ud800-\U0010ffff]")


class TooManyParameters(ValueError):
    pass


def parse_query(raw: bytes) -> Parameters:
    """The decoded parameters. What is not UTF-8 becomes U+FFFD; a '%' without two digits stays as it is."""
    parameters: Parameters = {}
    pairs = raw.split(b"&", MAX_PARAMETERS)
    if len(pairs) > MAX_PARAMETERS:
        raise TooManyParameters(f"more than {MAX_PARAMETERS} parameters")
    for pair in pairs:
        if not pair:
            continue
        name, _, value = pair.partition(b"=")
        decoded = name.decode() if name.isalnum() else unescape(name)
        if decoded in parameters:
            parameters[decoded].append(unescape(value))
        else:
            parameters[decoded] = [unescape(value)]
    return parameters


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


def canonical(parameters: Parameters) -> str:
    """The text that is hashed.

    >>> canonical({"b": [""], "x": ["1"], "a": ["1", "2"]})
    'a=1,2,;b=,;'
    """
    names = parameters.keys()
    ordered = sorted(names, key=_utf16) if any(_ASTRAL.search(name) for name in names) else sorted(names)
    return "".join([f"{name}={','.join(parameters[name])},;" for name in ordered if name != CHECKSUM])


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be")  # JavaScript and Java sort by UTF-16 code units


def checksum(parameters: Parameters) -> int:
    """MurmurHash3 x86 32 bit, seed 0, of the UTF-8 bytes of the canonical text, signed."""
    return mmh3.hash(canonical(parameters).encode(), 0, True)


def is_corrupt(parameters: Parameters) -> bool:
    """Whether `x` is missing or is not the checksum of the rest."""
    given = parameters.get(CHECKSUM)
    return given is None or from_base36(given[0]) != checksum(parameters)


def build_query(pairs: Iterable[tuple[str, str]]) -> str:
    """A query string with its checksum, as the tag sends it (for simulated visitors and tests).

    >>> build_query([("a", "x y")])
    'a=x%20y&x=uwwx1c'
    """
    given = list(pairs)
    parameters: Parameters = {}
    for name, value in given:
        parameters.setdefault(name, []).append(value)
    given.append((CHECKSUM, to_base36(checksum(parameters))))
    return "&".join(f"{component(name)}={component(value)}" for name, value in given)


def component(text: str) -> str:
    """As JavaScript's encodeURIComponent."""
    return quote(text, safe="!'()*-._~")

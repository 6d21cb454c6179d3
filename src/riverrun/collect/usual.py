"""A browser's event as tags usually send it: straight from the bytes of its query string to its entry.

This is `browser.browser_event`, `Intake.judge` and `Frame.entry` for the usual case, faster: the parameters come in the
tag's order, each once, ASCII, with the capital escapes of JavaScript, and no policy applies. Nothing is decoded that is
stored as it came. Whatever is unusual is left to them (a test compares the two).
"""

from __future__ import annotations

import re
from collections.abc import Callable

import mmh3

from riverrun.collect import mincode
from riverrun.collect.browser import device_ratio, pixels
from riverrun.collect.bulk import Accepted
from riverrun.collect.duplicates import DuplicateMemory
from riverrun.collect.encode import FLAGS, Frame, optional_integer, optional_number, optional_text
from riverrun.collect.query import unescape
from riverrun.formats.avro_binary import encode_long

_IDENTIFIER = rb"0:(?:0|[1-9a-z][0-9a-z]{0,11}):[^:&%+]*+"  # request.CANONICAL, and no escape in it
_SHORT = rb"[0-9a-z.-]{0,14}+"
# Behind `x` comes nothing; `o` and `y` (consent, a wish to be forgotten) are not here.
_USUAL = re.compile(
    rb"p=(%(id)b)&s=(%(id)b)&v=([^&%%+]*+)&e=([^&%%+]*+)&c=([0-9a-z]{1,12}+)&n=([tf])&f=([tf])"
    rb"(?:&l=([^&]*+))?+(?:&r=([^&]*+))?+(?:&i=(%(short)b))?+(?:&j=(%(short)b))?+(?:&k=(%(short)b))?+"
    rb"(?:&w=(%(short)b))?+(?:&h=(%(short)b))?+(?:&t=([^&%%+]*+))?+(?:&u=([^&]*+))?+&x=(-?[0-9a-z]{1,12}+)"
    % {b"id": _IDENTIFIER, b"short": _SHORT}
)
_PERCENT, _PLUS = b"%+"
# Of characters that are no hexadecimal digits: replacing them makes no new escape.
_ESCAPES = ((b"%2F", b"/"), (b"%3F", b"?"), (b"%3D", b"="), (b"%26", b"&"), (b"%20", b" "), (b"%2C", b","))


class _Fields(dict[bytes | None, tuple[bytes, bytes]]):
    """value as it came -> (its line in what the checksum covers, its field in the entry); for those that come often."""

    LIMIT = 4096

    def __init__(self, name: bytes, field: Callable[[bytes], bytes]) -> None:
        super().__init__({None: (b"", b"\x00")})
        self._name = name
        self._field = field

    def __missing__(self, value: bytes | None) -> tuple[bytes, bytes]:
        assert value is not None
        plain = unescaped(value)
        made = b"%b=%b,;" % (self._name, plain), self._field(plain)
        if len(value) < 256:
            if len(self) >= self.LIMIT:
                self.clear()
                self[None] = b"", b"\x00"
            self[value] = made
        return made


def _integer_field(value: bytes) -> bytes:
    return optional_integer(pixels(value.decode()))


def _ratio_field(value: bytes) -> bytes:
    return optional_number(device_ratio(value.decode()))


_REFERER, _TYPE = _Fields(b"r", optional_text), _Fields(b"t", optional_text)
_WIDTH, _HEIGHT = _Fields(b"w", _integer_field), _Fields(b"h", _integer_field)
_SCREEN_WIDTH, _SCREEN_HEIGHT = _Fields(b"i", _integer_field), _Fields(b"j", _integer_field)
_RATIO = _Fields(b"k", _ratio_field)


def unescaped(value: bytes) -> bytes:
    """As `unescape`, in UTF-8."""
    if _PERCENT in value:
        for escape, character in _ESCAPES:
            value = value.replace(escape, character)
    return unescape(value).encode() if _PERCENT in value or _PLUS in value else value


def usual_event(raw: bytes, time: int, frame: Frame, max_depth: int, duplicates: DuplicateMemory) -> Accepted | None:
    """What is to be stored of the event in a query string that arrived at `time`; None when it is not a usual one."""
    match = _USUAL.fullmatch(raw.replace(b"%3A", b":")) if raw.isascii() else None
    if match is None:
        return None
    party, session, page, event, client, new, first, location, referer, i, j, k, w, h, kind, u, x = match.groups()
    (referer_line, referer), (type_line, kind) = _REFERER[referer], _TYPE[kind]
    (i_line, i), (j_line, j), (k_line, k) = _SCREEN_WIDTH[i], _SCREEN_HEIGHT[j], _RATIO[k]
    (w_line, w), (h_line, h) = _WIDTH[w], _HEIGHT[h]
    location_line = parameters_line = b""
    parameters = None
    if location is not None:
        location = unescaped(location)
        location_line = b"l=%b,;" % location
    if u is not None:
        u = unescaped(u)
        parameters_line = b"u=%b,;" % u
        parameters = mincode.json_or_none(u.decode(), max_depth)
    said = b"".join(
        (
            b"c=", client, b",;e=", event, b",;f=", first, b",;", h_line, i_line, j_line, k_line, location_line,
            b"n=", new, b",;p=", party, b",;", referer_line, b"s=", session, b",;", type_line, parameters_line,
            b"v=", page, b",;", w_line,
        )
    )  # fmt: skip
    corrupt = mmh3.hash(said, 0, True) != int(x, 36)
    duplicate, slot, signature = duplicates.seen_joined((party + session + event).decode())
    flags = FLAGS[first == b"t", new == b"t", corrupt, duplicate]
    entry = frame.page_entry(
        time, party, session, page, event, kind, flags, encode_long(int(client, 36)),
        location, referer, w, h, i, j, k, parameters, raw,
    )  # fmt: skip
    return Accepted(entry, slot, signature, corrupt, duplicate, "none")

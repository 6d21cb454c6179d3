"""A browser's event as tags usually send it: straight from the bytes of its query string to its entry.

This is `browser.browser_event`, `Intake.judge` and `Frame.entry` for the usual case, faster: the parameters come in the
tag's order, each once, ASCII, with the capital escapes of JavaScript, and no policy applies. Nothing is decoded that is
stored as it came. Whatever is unusual is left to them (a test compares the two).
"""

from __future__ import annotations

import re

import mmh3

from riverrun.collect import mincode
from riverrun.collect.browser import device_ratio, pixels
from riverrun.collect.bulk import Accepted
from riverrun.collect.duplicates import DuplicateMemory
from riverrun.collect.encode import FLAGS, Frame, optional_integer, optional_number, optional_text
from riverrun.collect.query import unescape

_IDENTIFIER = rb"0:(?:0|[1-9a-z][0-9a-z]{0,11}+):[^&]*+"  # request.CANONICAL, but for what is looked for below
# Behind `x` comes nothing; `o` and `y` (consent, a wish to be forgotten) are not here.
_USUAL = re.compile(
    rb"p=(%(id)b)&s=(%(id)b)&v=([^&]*+)&e=([^&]*+)&c=([0-9a-z]{1,12}+)&n=([tf])&f=([tf])"
    rb"(?:&l=([^&]*+))?+(?:&r=([^&]*+))?+((?:&i=%(short)b)?+(?:&j=%(short)b)?+(?:&k=%(short)b)?+"
    rb"(?:&w=%(short)b)?+(?:&h=%(short)b)?+)(?:&t=([^&]*+))?+(?:&u=([^&]*+))?+&x=(-?[0-9a-z]{1,12}+)"
    % {b"id": _IDENTIFIER, b"short": rb"[0-9a-z.-]{0,14}+"}
)
_PERCENT, _PLUS, _COLON = b"%+:"
_ABSENT = b"\x00"
_KEPT = 4096  # of the values that come again and again, in each of the tables below


class _Texts(dict[bytes | None, tuple[bytes, bytes]]):
    """value as it came -> (its line in what the checksum covers, its field in the entry)."""

    def __init__(self, name: bytes) -> None:
        super().__init__({None: (b"", _ABSENT)})
        self._name = name

    def __missing__(self, value: bytes | None) -> tuple[bytes, bytes]:
        assert value is not None
        plain = unescaped(value)
        made = b"%b=%b,;" % (self._name, plain), optional_text(plain)
        if len(value) < 256:
            if len(self) >= _KEPT:
                self.clear()
                self[None] = (b"", _ABSENT)
            self[value] = made
        return made


class _Screens(dict[bytes, tuple[bytes, bytes, bytes]]):
    """i, j, k, w and h as they came -> (the lines of h, i, j and k, the line of w, the fields of all five)."""

    def __missing__(self, said: bytes) -> tuple[bytes, bytes, bytes]:
        given = dict(pair.split(b"=") for pair in said.split(b"&")[1:])
        lines = {name: b"%b=%b,;" % (name, value) for name, value in given.items()}
        texts = {name: value.decode() for name, value in given.items()}
        sizes = [optional_integer(pixels(texts.get(name))) for name in (b"w", b"h", b"i", b"j")]
        fields = b"".join([*sizes, optional_number(device_ratio(texts.get(b"k")))])
        made = b"".join([lines.get(name, b"") for name in (b"h", b"i", b"j", b"k")]), lines.get(b"w", b""), fields
        if len(self) >= _KEPT:
            self.clear()
        self[said] = made
        return made


_REFERERS, _TYPES, _SCREENS = _Texts(b"r"), _Texts(b"t"), _Screens()


def unescaped(value: bytes) -> bytes:
    """As `unescape`, in UTF-8."""
    if _PERCENT in value:
        # The frequent ones first. These are no hexadecimal digits, so replacing them makes no new escape.
        value = value.replace(b"%2F", b"/").replace(b"%3F", b"?").replace(b"%3D", b"=").replace(b"%26", b"&")
    return unescape(value).encode() if _PERCENT in value or _PLUS in value else value


def usual_event(raw: bytes, time: int, frame: Frame, max_depth: int, duplicates: DuplicateMemory) -> Accepted | None:
    """What is to be stored of the event in a query string that arrived at `time`; None when it is not a usual one."""
    match = _USUAL.fullmatch(raw.replace(b"%3A", b":")) if raw.isascii() else None
    if match is None:
        return None
    party, session, page, event, client, new, first, location, referer, screen, kind, u, x = match.groups()
    ids = party + session + event
    if _PERCENT in ids or _PLUS in ids or party.count(_COLON) > 2 or session.count(_COLON) > 2:
        return None
    referer_line, referer = _REFERERS[referer]
    above, below, screen = _SCREENS[screen]
    type_line, kind = _TYPES[kind]
    location_line = parameters_line = b""
    parameters = None
    page = unescaped(page)
    if location is not None:
        location = unescaped(location)
        location_line = b"l=%b,;" % location
    if u is not None:
        u = unescaped(u)
        parameters_line = b"u=%b,;" % u
        parameters = mincode.json_or_none(u.decode(), max_depth)
    said = b"".join(
        (
            b"c=", client, b",;e=", event, b",;f=", first, b",;", above, location_line, b"n=", new, b",;p=", party,
            b",;", referer_line, b"s=", session, b",;", type_line, parameters_line, b"v=", page, b",;", below,
        )
    )  # fmt: skip
    corrupt = mmh3.hash(said, 0, True) != int(x, 36)
    duplicate, slot, signature = duplicates.seen_joined(ids.decode())
    flags = FLAGS[first == b"t", new == b"t", corrupt, duplicate]
    entry = frame.page_entry(
        time, party, session, page, event, kind, flags, int(client, 36), location, referer, screen, parameters, raw
    )
    return Accepted(entry, slot, signature, corrupt, duplicate, "none")

"""Divolte's base-36 numbers and identifiers: party and session (`0:<base-36 ms>:<unique>`), page view and event ids.

Source: Divolte Collector's wire protocol (docs/wire.md).
"""

from __future__ import annotations

import re
import secrets
from typing import NamedTuple

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789~_"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE36 = re.compile(r"[+-]?(?=.)0*[0-9a-zA-Z]{0,13}\Z", re.ASCII)  # longer ones are out of range


class Identifier(NamedTuple):
    """A party or session id. `timestamp` is in ms: the moment at which the id was made."""

    timestamp: int
    unique: str

    def __str__(self) -> str:
        return f"0:{to_base36(self.timestamp)}:{self.unique}"


def to_base36(number: int) -> str:
    """
    >>> to_base36(1414499908146), to_base36(-42), to_base36(0)
    ('i1t8q2b6', '-16', '0')
    """
    if number == 0:
        return "0"
    digits = []
    rest = abs(number)
    while rest:
        rest, digit = divmod(rest, 36)
        digits.append(_DIGITS[digit])
    return ("-" if number < 0 else "") + "".join(reversed(digits))


def from_base36(text: str, *, bits: int = 64) -> int | None:
    """A signed base-36 number of at most `bits` bits, either case, with an optional sign; None when it is not one.

    >>> from_base36("i1t8q2b6"), from_base36("+16"), from_base36("ABC"), from_base36("1.i")
    (1414499908146, 42, 13368, None)
    """
    limit = 1 << (bits - 1)
    if _BASE36.match(text) is None:
        return None
    number = int(text, 36)
    return number if -limit <= number < limit else None


def parse_identifier(text: str) -> Identifier | None:
    """A party or session id in its normalised form; None when `text` is not one.

    >>> str(parse_identifier("0:+0I0RJFNXC:x"))
    '0:i0rjfnxc:x'
    >>> parse_identifier("1:16:x") is None
    True
    """
    parts = text.split(":", 3)
    if len(parts) != 3 or parts[0] != "0":
        return None
    timestamp = from_base36(parts[1])
    return None if timestamp is None else Identifier(timestamp, parts[2])


def unique_text(length: int = 32) -> str:
    """`length` unpredictable characters of Divolte's alphabet."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_identifier(now_ms: int) -> Identifier:
    return Identifier(now_ms, unique_text())


def new_page_view_id() -> str:
    return f"0:{unique_text()}"


def event_id(page_view_id: str, counter: int) -> str:
    """The id of the event number `counter` (from 0) of a page view: the counter follows in lower-case hex.

    >>> event_id("0:abc", 16)
    '0:abc10'
    """
    return f"{page_view_id}{counter:x}"

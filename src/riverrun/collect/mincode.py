"""Mincode: the compact text of a tag's custom parameters. Read straight into JSON text, so that numbers stay exact.

Grammar (docs/wire.md):  value  := s text ! | t | f | n | d int36 ! | j number ! | ( member* ) | a value* .
                         member := as a value, with the escaped name and ! behind the type character
                         text   := characters, with ~ written ~~ and ! written ~!
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from riverrun.ids import to_base36

_TEXT = re.compile(r"((?:[^~!]|~.)*)!", re.DOTALL)
_ESCAPED = re.compile(r"~(.)", re.DOTALL)
_INT36 = re.compile(r"[+-]?[0-9A-Za-z]+\Z", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z", re.ASCII)
_CONSTANTS = {"t": "true", "f": "false", "n": "null"}
# An object without others in it, whose texts need no escapes, in mincode as in JSON, and whose numbers are small.
_PLAIN = r" #-\[\]-}"
_FLAT = re.compile(
    rf"\(((?:s[{_PLAIN}]*+![{_PLAIN}]*+!|d[{_PLAIN}]*+![+-]?[0-9A-Za-z]{{1,12}}!"
    rf"|j[{_PLAIN}]*+!-?(?:0|[1-9][0-9]{{0,14}})(?:\.[0-9]{{1,15}})?!|[tfn][{_PLAIN}]*+!)*+)\)",
    re.ASCII,
)

_encode_text = msgspec.json.Encoder().encode


class NotMincode(ValueError):
    pass


def to_json(text: str, max_depth: int = 64) -> bytes:
    """The JSON text of the first value in `text`; what follows it is ignored. Raises NotMincode."""
    flat = _FLAT.match(text)
    if flat is not None and max_depth > 0:
        return _flat(flat[1]).encode()
    return _by_grammar(text, max_depth)


def _by_grammar(text: str, max_depth: int) -> bytes:
    try:
        found, _ = _value(text, 0, max_depth)
        result = found.encode()
        msgspec.json.decode(result)  # numbers beyond the range of a double, lone surrogates
    except (ValueError, msgspec.DecodeError) as error:
        raise NotMincode(str(error)) from error
    return result


def json_or_none(text: str, max_depth: int) -> bytes | None:
    """As `to_json`; None for what is not mincode."""
    try:
        return to_json(text, max_depth)
    except NotMincode:
        return None


def _flat(inner: str) -> str:
    """What most pages send, faster than by the grammar. `inner`: the members of an object that is _FLAT."""
    members: dict[str, str | int] = {}
    parts = iter(inner.split("!"))
    for part in parts:
        kind, name = part[:1], part[1:]
        if kind == "s":
            members[name] = f'"{next(parts)}"'
        elif kind == "d":
            members[name] = int(next(parts), 36)
        elif kind == "j":
            members[name] = next(parts)
        elif kind:
            members[name] = _CONSTANTS[kind]
    return "{" + ",".join([f'"{name}":{value}' for name, value in members.items()]) + "}"


def _value(text: str, at: int, depth: int) -> tuple[str, int]:
    kind = text[at : at + 1]
    if kind == "(":
        return _object(text, at + 1, depth - 1)
    if kind == "a":
        return _array(text, at + 1, depth - 1)
    return _plain(kind, text, at + 1)


def _plain(kind: str, text: str, at: int) -> tuple[str, int]:
    if kind in _CONSTANTS:
        return _CONSTANTS[kind], at
    if kind not in ("s", "d", "j"):
        raise NotMincode(f"unknown type {kind!r}" if kind else "the text ends too early")
    content, behind = _until_mark(text, at)
    if kind == "s":
        return _quoted(content), behind
    if kind == "d":
        if _INT36.match(content) is None:
            raise NotMincode(f"{content!r} is not a base-36 number")
        return str(int(content, 36)), behind
    if _NUMBER.match(content) is None:
        raise NotMincode(f"{content!r} is not a number")
    return content, behind


def _array(text: str, at: int, depth: int) -> tuple[str, int]:
    if depth < 0:
        raise NotMincode("nested too deep")
    values = []
    while text[at : at + 1] != ".":
        value, at = _value(text, at, depth)
        values.append(value)
    return f"[{','.join(values)}]", at + 1


def _object(text: str, at: int, depth: int) -> tuple[str, int]:
    if depth < 0:
        raise NotMincode("nested too deep")
    members: dict[str, str] = {}
    while (kind := text[at : at + 1]) != ")":
        if kind not in _MEMBERS:
            raise NotMincode(f"unknown type {kind!r}" if kind else "the text ends too early")
        name, at = _until_mark(text, at + 1)
        if kind == "(":
            value, at = _object(text, at, depth - 1)
        elif kind == "a":
            value, at = _array(text, at, depth - 1)
        else:
            value, at = _plain(kind, text, at)
        members[name] = value
    return "{{{}}}".format(",".join([f"{_quoted(name)}:{value}" for name, value in members.items()])), at + 1


_MEMBERS = frozenset("stfndj(a")


def _until_mark(text: str, at: int) -> tuple[str, int]:
    """The unescaped text up to '!', and the position behind that."""
    end = text.find("!", at)
    if end >= 0:
        found = text[at:end]
        if "~" not in found:
            return found, end + 1
    match = _TEXT.match(text, at)
    if match is None:
        raise NotMincode("a text is not closed")
    return _ESCAPED.sub(r"\1", match[1]), match.end()


def _quoted(text: str) -> str:
    return _encode_text(text).decode()


# --- writing, as the tag does it -------------------------------------------------------------------------------------


def encode(value: Any) -> str:
    """The mincode of a value made of dicts, lists, texts, numbers, booleans and None.

    >>> encode({"foo": "hello", "bar": 42, "rate": 0.1, "tags": ["a~b"]})
    '(sfoo!hello!dbar!16!jrate!0.1!atags!sa~~b!.)'
    """
    kind, content = _parts(value)
    return kind + content


def _parts(value: Any) -> tuple[str, str]:
    """The type character, and what follows it (behind the name, in a member)."""
    match value:
        case None:
            return "n", ""
        case bool():
            return ("t" if value else "f"), ""
        case str():
            return "s", _escaped(value)
        case int() | float() | Decimal():
            return _number(value)
        case Mapping():
            members = ((str(name), *_parts(member)) for name, member in value.items())
            return "(", "".join(f"{kind}{_escaped(name)}{content}" for name, kind, content in members) + ")"
        case Sequence():
            return "a", "".join(map(encode, value)) + "."
        case _:
            raise TypeError(f"mincode has no {type(value).__name__}")


def _escaped(text: str) -> str:
    return text.replace("~", "~~").replace("!", "~!") + "!"


def _number(value: float | Decimal) -> tuple[str, str]:
    """The shortest of base 36, plain and exponential; in this order when they are equal."""
    if isinstance(value, float) and not math.isfinite(value):
        return "n", ""
    plain, exponential = _decimal_forms(value)
    if value == int(value):
        base36 = to_base36(int(value))
        if len(base36) <= min(len(plain), len(exponential)):
            return "d", base36 + "!"
    return "j", (plain if len(plain) <= len(exponential) else exponential) + "!"


def _decimal_forms(value: float | Decimal) -> tuple[str, str]:
    """As JavaScript's String(n) and n.toExponential()."""
    sign, digits, exponent = Decimal(repr(value) if isinstance(value, float) else value).normalize().as_tuple()
    assert isinstance(exponent, int)
    text, minus = "".join(map(str, digits)), "-" if sign and any(digits) else ""
    point = len(text) + exponent  # digits before the decimal point
    power = point - 1
    fraction = f".{text[1:]}" if len(text) > 1 else ""
    exponential = f"{minus}{text[0]}{fraction}e{'+' if power >= 0 else '-'}{abs(power)}"
    if text == "0":
        return "0", "0e+0"
    if not -6 < point <= 21:
        return exponential, exponential
    if exponent >= 0:
        return minus + text + "0" * exponent, exponential
    if point > 0:
        return f"{minus}{text[:point]}.{text[point:]}", exponential
    return f"{minus}0.{'0' * -point}{text}", exponential


def from_json(text: str) -> str:
    """The mincode of a JSON text."""
    return encode(json.loads(text))

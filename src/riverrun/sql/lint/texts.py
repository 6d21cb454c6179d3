"""The text of a call taken apart, so that a part of it can be written otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass

from riverrun.schema.types import Root, Type

_OPENING, _CLOSING, _QUOTES = "([{", ")]}", "'`"


@dataclass(frozen=True, slots=True)
class CallText:
    """`NAME(arg, arg)tail`: the tail is FILTER, OVER or nothing."""

    name: str
    args: tuple[str, ...]
    tail: str = ""

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.args)}){self.tail}"

    def with_arg(self, index: int, text: str) -> CallText:
        args = (*self.args[:index], text, *self.args[index + 1 :])
        return CallText(self.name, args, self.tail)


def call_text(text: str) -> CallText | None:
    """The parts of a call, each on one line; None when it is none."""
    start = text.find("(")
    if start <= 0:
        return None
    args: list[str] = []
    depth, begin, quote = 0, start + 1, ""
    for i in range(start, len(text)):
        char = text[i]
        if quote:
            quote = "" if char == quote else quote
        elif char in _QUOTES:
            quote = char
        elif char in _OPENING:
            depth += 1
        elif char in _CLOSING:
            depth -= 1
            if depth == 0:
                last = one_line(text[begin:i])
                return CallText(text[:start].strip(), (*args, last) if last or args else (), text[i + 1 :])
        elif char == "," and depth == 1:
            args.append(one_line(text[begin:i]))
            begin = i + 1
    return None


def one_line(text: str) -> str:
    """Without comments and line ends."""
    return " ".join(re.sub(r"--[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL).split())


_MARKS = re.compile(r"^(DISTINCT\s+|ALL\s+)?(.*?)(\s+(?:IGNORE|RESPECT)\s+NULLS)?$", re.IGNORECASE | re.DOTALL)


def cast_argument(call: CallText, index: int, type_: str) -> CallText:
    """The call with an argument cast, inside of DISTINCT and IGNORE NULLS."""
    found = _MARKS.match(call.args[index])
    before, value, after = found.groups() if found is not None else ("", call.args[index], "")
    return call.with_arg(index, f"{before or ''}CAST({value} AS {type_}){after or ''}")


def empty_array(type_: Type) -> str:
    """Flink has no ARRAY[] without elements; this makes one."""
    element = type_.element
    if element is not None and element.root in (Root.CHAR, Root.VARCHAR):
        return "ARRAY_REMOVE(ARRAY['x'], 'x')"
    name = element.summary(nullability=False) if element is not None else "INT"
    return f"ARRAY_REMOVE(ARRAY[CAST(NULL AS {name})], CAST(NULL AS {name}))"

"""Java regular expressions as RE2 ones, where finding a match means exactly the same.

RE2 is what DuckDB runs, many times faster than Python's re. Only patterns are taken whose every part has the same
meaning in both; `to_re2` gives None for all others, which `riverrun.java.regex` then takes.
"""

from __future__ import annotations

import re
from functools import lru_cache

_NEWLINES = r"\n\r\x{85}\x{2028}\x{2029}"
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r" \t\n\x0b\f\r"}
_CONTROLS = {"t": r"\t", "n": r"\n", "r": r"\r", "f": r"\f"}
_COUNT = re.compile(r"\{(\d{1,3})(?:,(\d{0,3}))?\}")
_SPECIAL = frozenset(r"\.+*?()|[]{}^$")


class _Unlike(Exception):
    """A part that RE2 has not, or has otherwise."""


@lru_cache(maxsize=512)
def to_re2(pattern: str) -> str | None:
    r"""The RE2 pattern that is found in the same texts as the Java pattern, or None.

    >>> to_re2(r"(^|&)utm_\d+"), to_re2(r"(a)\1")
    ('(^|&)utm_[0-9]+', None)
    """
    try:
        return _Translator(pattern).whole()
    except _Unlike:
        return None


class _Translator:
    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0

    def whole(self) -> str:
        out = self.alternatives()
        if self.at < len(self.text):
            raise _Unlike
        return out

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def alternatives(self) -> str:
        out = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            out.append(self.sequence())
        return "|".join(out)

    def sequence(self) -> str:
        out: list[str] = []
        while self.peek() not in ("", "|", ")"):
            out.append(self.term())
        return "".join(out)

    def term(self) -> str:
        char = self.peek()
        if char == "^":
            self.at += 1
            return self.unrepeated("^")
        if char == "$":
            # In Java also before a line end at the end of the text. What is found is not asked for here.
            self.at += 1
            if self.peek() not in ("", ")"):
                raise _Unlike
            return rf"(?:\r\n|[{_NEWLINES}])?\z"
        return self.repeated(self.atom(char))

    def unrepeated(self, atom: str) -> str:
        if self.peek() in ("*", "+", "?", "{") and self.peek():
            raise _Unlike
        return atom

    def repeated(self, atom: str) -> str:
        char = self.peek()
        if char in ("*", "+", "?") and char:
            self.at += 1
        elif char == "{":
            found = _COUNT.match(self.text, self.at)
            if found is None:
                raise _Unlike
            self.at = found.end()
            char = found[0]
        else:
            return atom
        if self.peek() == "?":
            self.at += 1
            char += "?"
        if self.peek() in ("*", "+", "?", "{") and self.peek():
            raise _Unlike
        return atom + char

    def atom(self, char: str) -> str:
        if char == "(":
            return self.group()
        if char == "[":
            return self.char_class()
        if char == "\\":
            return self.escape()
        if char in _SPECIAL:
            if char != ".":
                raise _Unlike
            self.at += 1
            return f"[^{_NEWLINES}]"
        self.at += 1
        return _literal(char)

    def group(self) -> str:
        self.at += 1
        opening = "("
        if self.peek() == "?":
            if not self.text.startswith("?:", self.at):
                raise _Unlike
            opening = "(?:"
            self.at += 2
        body = self.alternatives()
        if self.peek() != ")":
            raise _Unlike
        self.at += 1
        return f"{opening}{body})"

    def escape(self) -> str:
        char = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if char in _CLASSES:
            return f"[{_CLASSES[char]}]"
        if char.lower() in _CLASSES and char:
            return f"[^{_CLASSES[char.lower()]}]"
        return self.escaped(char)

    @staticmethod
    def escaped(char: str) -> str:
        if char in _CONTROLS:
            return _CONTROLS[char]
        if not char or char.isalnum() or not char.isascii():
            raise _Unlike
        return _literal(char)

    def char_class(self) -> str:
        self.at += 1
        out = ["["]
        if self.peek() == "^":
            self.at += 1
            out.append("^")
        if self.peek() == "]":
            raise _Unlike
        while self.peek() != "]":
            out.append(self.member())
        self.at += 1
        return "".join([*out, "]"])

    def member(self) -> str:
        start = self.single()
        if self.peek() != "-":
            return start
        self.at += 1
        if self.peek() == "]":
            return start + r"\-"
        end = self.single()
        if len(start) != 1 or len(end) != 1 or start > end:
            raise _Unlike
        return f"{start}-{end}"

    def single(self) -> str:
        char = self.peek()
        if char in ("", "[", "&", "^"):
            raise _Unlike
        self.at += 1
        if char != "\\":
            return "\\" + char if char in "-]" else _literal(char)
        escaped = self.peek()
        self.at += 1
        if escaped in _CLASSES:
            return _CLASSES[escaped]
        return self.escaped(escaped)


def _literal(char: str) -> str:
    """A character that stands for itself, in a class or outside."""
    if char.isascii() and (char.isalnum() or char in " _"):
        return char
    if char.isascii() and char.isprintable():
        return "\\" + char if char not in "&=%/:;,<>@#~'\"!" else char
    return f"\\x{{{ord(char):x}}}"

"""Groovy text to tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from riverrun.errors import InputError, Where

KEYWORDS = frozenset(
    [
        "abstract",
        "as",
        "assert",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "def",
        "default",
        "do",
        "else",
        "enum",
        "extends",
        "final",
        "finally",
        "for",
        "goto",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "interface",
        "native",
        "new",
        "null",
        "package",
        "private",
        "protected",
        "public",
        "return",
        "static",
        "super",
        "switch",
        "synchronized",
        "this",
        "throw",
        "throws",
        "trait",
        "transient",
        "true",
        "false",
        "try",
        "var",
        "void",
        "volatile",
        "while",
    ]
)
_NAME = re.compile(r"[A-Za-z_\u00a1-\uffff][\w]*")
_NUMBER = re.compile(
    r"0[xX][0-9a-fA-F][0-9a-fA-F_]*[lLgGiI]?|0[bB][01][01_]*[lLgGiI]?"
    r"|[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?[lLgGiIfFdD]?"
)
_OPERATORS = (
    ">>>=", "<=>", "==~", "===", "!==", "..<", "**=", "<<=", ">>=", ">>>", "?.", "?:", "*.", ".&", "->", "=~", "==",
    "!=",
    "<=", ">=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "?=", "<<", ">>", "..", "**", "::", "&=", "|=",
    "^=",
    "(", ")", "[", "]", "{", "}", ",", ";", ":", ".", "?", "=", "<", ">", "+", "-", "*", "/", "%", "!", "~", "&", "|",
    "^", "@",
)  # fmt: skip
_VALUE_ENDS = (")", "]", "}", "++", "--")
_ESCAPES = {"n": "\n", "t": "\t", "b": "\b", "r": "\r", "f": "\f", "\\": "\\", "'": "'", '"': '"', "$": "$", "s": " "}


class Long(int):
    """A literal such as 42L."""


class BigInteger(int):
    """A literal such as 42G."""


class Float(float):
    """A literal such as 1.5F. (A plain float is a Double, a Decimal a BigDecimal, a plain int an Integer.)"""


@dataclass(frozen=True, slots=True)
class Token:
    """kind: name, keyword, number, string (value str), gstring (value: parts, texts and token lists), op, newline,
    end."""

    kind: str
    value: Any
    line: int
    column: int
    blank_before: bool = False

    def __str__(self) -> str:
        return {"newline": "the end of the line", "end": "the end of the script", "gstring": "a string"}.get(
            self.kind, repr(str(self.value)) if self.kind != "string" else "a string"
        )


def tokenize(text: str, file: str) -> list[Token]:
    """Raises InputError where the text is no Groovy."""
    return _Lexer(text, file).run()


class _Lexer:
    def __init__(self, text: str, file: str, line: int = 1, column: int = 1) -> None:
        self.text = text.replace("\r\n", "\n")
        self.file = file
        self.at = 0
        self.line = line
        self.column = column
        self.tokens: list[Token] = []
        self.depth: list[str] = []  # open brackets: newlines count in { } only
        self.blank = False

    def wrong(self, what: str, line: int, column: int) -> InputError:
        return InputError(what, where=Where(self.file, line, column))

    def advance(self, length: int) -> str:
        taken = self.text[self.at : self.at + length]
        self.at += length
        newlines = taken.count("\n")
        if newlines:
            self.line += newlines
            self.column = len(taken) - taken.rfind("\n")
        else:
            self.column += length
        return taken

    def add(self, kind: str, value: Any, line: int, column: int) -> None:
        self.tokens.append(Token(kind, value, line, column, self.blank))
        self.blank = False

    def run(self) -> list[Token]:
        if self.text.startswith("#!"):
            self.advance(self.text.find("\n") if "\n" in self.text else len(self.text))
        while self.at < len(self.text):
            self.token()
        self.add("newline", "\n", self.line, self.column)
        self.add("end", "", self.line, self.column)
        return self.tokens

    def token(self) -> None:
        char, line, column = self.text[self.at], self.line, self.column
        if char == "\n":
            self.advance(1)
            self.blank = True
            if not self.depth or self.depth[-1] == "{":
                self.add("newline", "\n", line, column)
                self.blank = True
        elif char.isspace():
            self.advance(1)
            self.blank = True
        elif char == "\\" and self.text.startswith("\\\n", self.at):
            self.advance(2)
            self.blank = True
        elif self.text.startswith("//", self.at):
            end = self.text.find("\n", self.at)
            self.advance((end if end >= 0 else len(self.text)) - self.at)
        elif self.text.startswith("/*", self.at):
            end = self.text.find("*/", self.at)
            if end < 0:
                raise self.wrong("a comment is not closed by */", line, column)
            self.advance(end + 2 - self.at)
            self.blank = True
        elif not self.literal(char, line, column):
            self.operator(line, column)

    def literal(self, char: str, line: int, column: int) -> bool:
        if char in "'\"":
            triple = self.text.startswith(char * 3, self.at)
            self.string(char * 3 if triple else char, line, column)
        elif char == "/" and self.slashy_allowed():
            self.string("/", line, column)
        elif self.text.startswith("$/", self.at):
            self.string("$/", line, column)
        elif char.isdigit():
            self.number(line, column)
        elif found := _NAME.match(self.text, self.at):
            self.advance(len(found[0]))
            after_dot = (
                bool(self.tokens) and self.tokens[-1].kind == "op" and self.tokens[-1].value in (".", "?.", "*.", ".&")
            )
            self.add("keyword" if found[0] in KEYWORDS and not after_dot else "name", found[0], line, column)
        else:
            return False
        return True

    def slashy_allowed(self) -> bool:
        """A slash begins a string where no division can stand."""
        if not self.tokens or self.text.startswith(("/=", "/ "), self.at):
            return not self.tokens
        last = self.tokens[-1]
        if last.kind == "name":
            return last.value == "match" and self.blank
        if last.kind == "keyword":
            return last.value not in ("this", "super", "null", "true", "false")
        return last.kind not in ("number", "string", "gstring") and not (
            last.kind == "op" and last.value in _VALUE_ENDS
        )

    def number(self, line: int, column: int) -> None:
        found = _NUMBER.match(self.text, self.at)
        assert found is not None
        raw = self.advance(len(found[0]))
        text = raw.replace("_", "")
        base = {"0x": 16, "0b": 2}.get(text[:2].lower(), 10)
        suffix = text[-1].upper() if text[-1].upper() in ("LGI" if base == 16 else "LGIFD") else ""
        text = text[:-1] if suffix else text
        if base == 10 and len(text) > 1 and text[0] == "0" and text.isdigit():
            base = 8
        self.add("number", self._typed(text, base, suffix, line, column), line, column)

    def _typed(self, text: str, base: int, suffix: str, line: int, column: int) -> Any:
        fraction = base == 10 and any(char in text for char in ".eE")
        if suffix in ("F", "D") or (fraction and not suffix):
            return Float(text) if suffix == "F" else float(text) if suffix == "D" else Decimal(text)
        if fraction:
            return Decimal(text)
        try:
            value = int(text, base)
        except ValueError as error:
            raise self.wrong(f"{text} is no number", line, column) from error
        if suffix == "L":
            return Long(value)
        if suffix == "G" or value >= 1 << 63:
            return BigInteger(value)
        return Long(value) if value >= 1 << 31 and suffix != "I" else value

    def operator(self, line: int, column: int) -> None:
        found = next((one for one in _OPERATORS if self.text.startswith(one, self.at)), None)
        if found is None:
            raise self.wrong(f"{self.text[self.at]!r} is no Groovy", line, column)
        self.advance(len(found))
        if found in "([{":
            self.depth.append(found)
        elif found in ")]}" and self.depth:
            self.depth.pop()
        self.add("op", found, line, column)

    # strings

    def string(self, quote: str, line: int, column: int) -> None:
        self.advance(len(quote))
        end = "/$" if quote == "$/" else quote
        interpolated = not quote.startswith("'")
        parts: list[Any] = []
        pieces: list[str] = []
        while not self.text.startswith(end, self.at):
            if self.at >= len(self.text) or (self.text[self.at] == "\n" and quote in ("'", '"')):
                raise self.wrong(f"a string is not closed by {end}", line, column)
            char = self.text[self.at]
            if char == "\\" and quote not in ("/", "$/"):
                pieces.append(self.escape())
            elif char == "\\" and quote == "/" and self.text.startswith("\\/", self.at):
                self.advance(2)
                pieces.append("/")
            elif quote == "$/" and self.text.startswith(("$$", "$/"), self.at):
                pieces.append(self.advance(2)[1])
            elif char == "$" and interpolated and (tokens := self.interpolation()) is not None:
                parts += ["".join(pieces), tokens]
                pieces = []
            else:
                pieces.append(self.advance(1))
        self.advance(len(end))
        if parts:
            self.add("gstring", [*parts, "".join(pieces)], line, column)
        else:
            self.add("string", "".join(pieces), line, column)

    def escape(self) -> str:
        line, column = self.line, self.column
        char = self.text[self.at + 1 : self.at + 2]
        if char == "u":
            found = re.compile(r"\\u+([0-9a-fA-F]{4})").match(self.text, self.at)
            if found is None:
                raise self.wrong("\\u needs four hexadecimal digits", line, column)
            self.advance(len(found[0]))
            return chr(int(found[1], 16))
        octal = re.compile(r"\\([0-3]?[0-7]{1,2})").match(self.text, self.at)
        if octal is not None:
            self.advance(len(octal[0]))
            return chr(int(octal[1], 8))
        if char == "\n":
            self.advance(2)
            return ""
        if char not in _ESCAPES:
            raise self.wrong(f"\\{char} is no escape in a string", line, column)
        self.advance(2)
        return _ESCAPES[char]

    def interpolation(self) -> list[Token] | None:
        """The tokens of `${...}` or `$a.b`; None when the dollar stands for itself."""
        if self.text.startswith("${", self.at):
            self.advance(2)
            return self.nested(lambda lexer: bool(lexer.depth) or not lexer.text.startswith("}", lexer.at), closing=1)
        found = re.compile(r"\$([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)").match(self.text, self.at)
        if found is None:
            return None
        self.advance(1)
        end = self.at + len(found[1])
        return self.nested(lambda lexer: lexer.at < end, closing=0)

    def nested(self, goes_on: Callable[[_Lexer], bool], *, closing: int) -> list[Token]:
        inner = _Lexer(self.text, self.file, self.line, self.column)
        inner.at = self.at
        while inner.at < len(inner.text) and goes_on(inner):
            inner.token()
        if inner.at >= len(inner.text):
            raise self.wrong("${ is not closed by }", self.line, self.column)
        self.advance(inner.at - self.at + closing)
        inner.add("newline", "\n", inner.line, inner.column)
        inner.add("end", "", inner.line, inner.column)
        return inner.tokens

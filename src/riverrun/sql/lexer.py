"""Text to tokens, as Flink 2.3's lexer cuts it: back-quoted names, single-quoted strings, comments."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from functools import cache

from riverrun.sql.expr import Span
from riverrun.sql.source import Source


class Kind(enum.Enum):
    WORD = "word"  # an identifier or keyword without quotes
    QUOTED = "back-quoted name"
    STRING = "string"
    UNICODE_STRING = "U&'' string"
    PREFIXED_STRING = "string with a character set"
    ESCAPED_STRING = "E'' string"
    BINARY = "X'' string"
    INTEGER = "integer"
    DECIMAL = "decimal number"
    APPROXIMATE = "number with an exponent"
    SYMBOL = "symbol"
    END = "end of the statement"


NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.APPROXIMATE)


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is as written; `upper` is the upper-case word (only of a WORD), for comparing with keywords."""

    kind: Kind
    text: str
    span: Span
    upper: str = ""

    @property
    def shown(self) -> str:
        return "the end" if self.kind is Kind.END else f"'{self.text}'"


@dataclass(frozen=True, slots=True)
class Comment:
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Tokens:
    """All tokens of a script, the last one END, and the comments, both in order."""

    tokens: tuple[Token, ...]
    comments: tuple[Comment, ...]


_ASCII_LETTER, _ASCII_DIGIT = "$A-Z_a-z", "0-9"
_LETTER = (
    "$A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0100-\u1fff\u3040-\u318f\u3300-\u337f\u3400-\u3d2d\u4e00-\u9fff"
    "\uf900-\ufaff"
)
_DIGIT = (
    "0-9\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0a66-\u0a6f\u0ae6-\u0aef\u0b66-\u0b6f\u0be7-\u0bef"
    "\u0c66-\u0c6f\u0ce6-\u0cef\u0d66-\u0d6f\u0e50-\u0e59\u0ed0-\u0ed9\u1040-\u1049"
)
_QUOTED = r"'(?:[^']|'')*'"


# The first alternative that matches wins; where Flink's longest match differs, the longer one stands first.
@cache
def _token_pattern(letter: str, digit: str) -> re.Pattern[str]:
    return re.compile(
        rf"""
      (?P<space>[ \t\n\r\f]+)
    | (?P<line_comment>(?://|--)[^\n\r]*)
    | (?P<hint>/\*\+)
    | (?P<comment>/\*(?:[^*]|\*(?!/))*\*/)
    | (?P<open_comment>/\*)
    | (?P<UNICODE_STRING>[uU]&{_QUOTED})
    | (?P<BINARY>[xX]{_QUOTED})
    | (?P<ESCAPED_STRING>[eE]'(?:[^'\\]|\\.|'')*')
    | (?P<PREFIXED_STRING>(?:[nN]|_[A-Za-z0-9][A-Za-z0-9:.\-_]*){_QUOTED})
    | (?P<STRING>{_QUOTED})
    | (?P<QUOTED>`(?:[^`\n\r]|``)+`)
    | (?P<dollar>\$(?![{letter}{digit}]))
    | (?P<WORD>[{letter}][{letter}{digit}]*)
    | (?P<APPROXIMATE>(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]+)
    | (?P<DECIMAL>[0-9]+\.(?!\.)[0-9]*|\.[0-9]+)
    | (?P<INTEGER>[0-9]+)
    | (?P<braces>\{{\ *(?:[fF][nN]|[tT][sS]|[dD]|[tT]))
    | (?P<symbol>\*/|<=|>=|<>|!=|\|\||=>|\.\.|[()\[\]{{}};.,=<>?:+\-*/%|^])
    """,
        re.VERBOSE | re.DOTALL,
    )


_KINDS = {kind.name: kind for kind in Kind}


def tokenize(source: Source) -> Tokens:
    """Cut the whole text; InputError at the first character that starts nothing."""
    tokens: list[Token] = []
    comments: list[Comment] = []
    position = 0
    text = source.text
    # The classes of all letters take long to compile, and few scripts need them.
    pattern = _token_pattern(_ASCII_LETTER, _ASCII_DIGIT) if text.isascii() else _token_pattern(_LETTER, _DIGIT)
    while position < len(text):
        match = pattern.match(text, position)
        if match is None or match.lastgroup == "open_comment":
            raise _bad_character(source, position)
        span = Span(position, match.end())
        kind = match.lastgroup or ""
        if kind in ("line_comment", "comment"):
            comments.append(Comment(match.group(), span))
        elif kind != "space":
            tokens.append(_token(kind, match.group(), span))
        position = match.end()
    tokens.append(Token(Kind.END, "", Span(len(text), len(text))))
    return Tokens(tuple(tokens), tuple(comments))


def _token(kind: str, text: str, span: Span) -> Token:
    if kind == "WORD":
        return Token(Kind.WORD, text, span, text.upper())
    if kind == "braces":
        return Token(Kind.SYMBOL, "{" + text[1:].strip().lower(), span)
    return Token(_KINDS.get(kind, Kind.SYMBOL), text, span)


_BAD = {
    "'": ("this string has no end", "close it with a single quote; '' stands for one quote in it"),
    "`": ("this name has no end on its line", "close it with a back quote; `` stands for one in it"),
    '"': (
        "a double quote is not a quote in Flink SQL",
        "strings take single quotes ('...'), names back quotes (`...`)",
    ),
}


def _bad_character(source: Source, position: int) -> Exception:
    char = source.text[position]
    if source.text.startswith("/*", position):
        return source.error("this comment has no end", Span(position, position + 2), "close it with */")
    unknown = (f"{char!r} has no meaning in Flink SQL", "quote names that contain it with back quotes")
    what, todo = _BAD.get(char, unknown)
    return source.error(what, Span(position, position + 1), todo)

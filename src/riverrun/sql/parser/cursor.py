"""The parser's position in the tokens, and the small questions and demands that every rule is made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn, TypeVar

from riverrun.errors import InputError, nearest
from riverrun.sql.expr import Span
from riverrun.sql.keywords import KEYWORDS, NON_RESERVED
from riverrun.sql.lexer import Kind, Token
from riverrun.sql.source import Source
from riverrun.sql.tree.expressions import Identifier, Name

Parsed = TypeVar("Parsed")
MAX_NAME = 256


class Cursor:
    """Reads tokens in order. Rules are functions that take one and return a tree."""

    def __init__(self, source: Source, tokens: tuple[Token, ...], start: int = 0) -> None:
        self.source = source
        self.tokens = tokens
        self.position = start

    # Looking

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[min(self.position + ahead, len(self.tokens) - 1)]

    def word(self, ahead: int = 0) -> str:
        """The upper-case word `ahead` tokens from here, or "" when it is something else."""
        return self.peek(ahead).upper

    def at(self, *words: str) -> bool:
        """Are the next tokens these words or symbols, in order?"""
        return all(self._is(self.peek(i), word) for i, word in enumerate(words))

    def at_any(self, *words: str) -> bool:
        token = self.peek()
        return any(self._is(token, word) for word in words)

    @staticmethod
    def _is(token: Token, word: str) -> bool:
        if token.kind is Kind.WORD:
            return token.upper == word
        return token.kind is Kind.SYMBOL and token.text == word

    def is_name(self, ahead: int = 0) -> bool:
        """Can the token be an identifier?"""
        token = self.peek(ahead)
        if token.kind is Kind.QUOTED:
            return True
        return token.kind is Kind.WORD and (token.upper not in KEYWORDS or token.upper in NON_RESERVED)

    # Taking

    def take(self) -> Token:
        token = self.peek()
        self.position += 1
        return token

    def accept(self, *words: str) -> bool:
        """Take these words if they are next."""
        if not self.at(*words):
            return False
        self.position += len(words)
        return True

    def expect(self, *words: str) -> Token:
        """Take these words or fail."""
        token = self.peek()
        for word in words:
            if not self.at(word):
                self.fail_expected(f"'{word}'" if not word.isalpha() else word)
            token = self.take()
        return token

    def one_of(self, *words: str) -> str:
        """Take one of these words and return it."""
        for word in words:
            if self.accept(word):
                return word
        return self.fail_expected(" or ".join(words))

    def accept_one_of(self, *words: str) -> str | None:
        return next((word for word in words if self.accept(word)), None)

    def string(self) -> str:
        """A plain single-quoted string's value."""
        token = self.peek()
        if token.kind is not Kind.STRING:
            self.fail_expected("a string in single quotes")
        self.take()
        return unquote(token.text)

    def integer(self) -> int:
        token = self.peek()
        if token.kind is not Kind.INTEGER:
            self.fail_expected("a whole number")
        if int(token.text) > 2**31 - 1:
            raise self.error("this number is too large", token.span)
        self.take()
        return int(token.text)

    def identifier(self) -> Identifier:
        token = self.peek()
        if not self.is_name():
            self._fail_name(token)
        self.take()
        quoted = token.kind is Kind.QUOTED
        text = token.text[1:-1].replace("``", "`") if quoted else token.text
        if len(text) > MAX_NAME:
            raise self.error(f"a name has at most {MAX_NAME} characters", token.span)
        return Identifier(text, token.span, quoted)

    def name(self) -> Name:
        """`a` or `a.b.c`."""
        parts = [self.identifier()]
        while self.at(".") and self.is_name(1):
            self.take()
            parts.append(self.identifier())
        return Name(tuple(parts), Span(parts[0].span.start, parts[-1].span.end))

    def names_in_parentheses(self) -> tuple[Identifier, ...]:
        return self.in_parentheses(self.identifier)

    # Combining

    def separated(self, rule: Callable[[], Parsed]) -> tuple[Parsed, ...]:
        """One or more, separated by commas."""
        found = [rule()]
        while self.accept(","):
            found.append(rule())
        return tuple(found)

    def in_parentheses(self, rule: Callable[[], Parsed]) -> tuple[Parsed, ...]:
        self.expect("(")
        found = self.separated(rule)
        self.expect(")")
        return found

    def since(self, start: int) -> Span:
        """From character `start` to the end of the last token taken."""
        return Span(start, self.tokens[max(self.position - 1, 0)].span.end)

    @property
    def here(self) -> int:
        return self.peek().span.start

    # Failing

    def error(self, what: str, span: Span, todo: str | None = None) -> InputError:
        return self.source.error(what, span, todo)

    def fail(self, what: str, todo: str | None = None) -> NoReturn:
        raise self.error(what, self.peek().span, todo)

    def fail_expected(self, expected: str) -> NoReturn:
        token = self.peek()
        raise self.error(f"unexpected {token.shown}", token.span, self._todo(token, expected))

    def _todo(self, token: Token, expected: str) -> str:
        if token.text == "!=":
            return "Flink SQL writes <>"
        wanted = re.findall(r"[A-Z_]{3,}", expected)
        near = nearest(token.upper, wanted) if token.kind is Kind.WORD and token.upper not in KEYWORDS else None
        return f"did you mean {near}?" if near else f"expected {expected}"

    def _fail_name(self, token: Token) -> NoReturn:
        if token.kind is Kind.WORD:
            todo = f"to use it as a name, put it into back quotes: `{token.text}`"
            raise self.error(f"{token.text} is a reserved word", token.span, todo)
        self.fail_expected("a name")


def unquote(text: str) -> str:
    """The value of a string token; what stands before the first quote is not looked at."""
    return text[text.index("'") + 1 : -1].replace("''", "'")

"""Where a parser is in its tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from riverrun.errors import InputError, RiverrunError, UnsupportedError, Where
from riverrun.mapping.groovy.lexer import Token
from riverrun.mapping.groovy.syntax import Place


class Cursor:
    def __init__(self, tokens: list[Token], file: str) -> None:
        self.tokens = tokens
        self.file = file
        self.at = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def place(self) -> Place:
        return self.token.line, self.token.column

    def peek(self, distance: int = 1) -> Token:
        return self.tokens[min(self.at + distance, len(self.tokens) - 1)]

    def wrong(self, what: str, todo: str | None = None) -> InputError:
        return InputError(what, where=Where(self.file, *self.place), todo=todo)

    def unsupported(self, what: str, todo: str | None = None) -> UnsupportedError:
        todo = todo or "write it with the words of a mapping, or write the mapping in Python"
        return UnsupportedError(f"{what} is not supported in a mapping", where=Where(self.file, *self.place), todo=todo)

    def next(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def is_op(self, *values: str) -> bool:
        return self.token.kind == "op" and self.token.value in values

    def is_word(self, *values: str) -> bool:
        return self.token.kind in ("keyword", "name") and self.token.value in values

    def accept(self, value: str) -> bool:
        if self.token.kind in ("op", "keyword") and self.token.value == value:
            self.at += 1
            return True
        return False

    def expect(self, value: str) -> None:
        if not self.accept(value):
            raise self.wrong(f"{value} is missing before {self.token}")

    def name(self) -> str:
        if self.token.kind != "name":
            raise self.wrong(f"a name is missing before {self.token}")
        return str(self.next().value)

    def newlines(self) -> None:
        while self.token.kind == "newline" or self.is_op(";"):
            self.at += 1

    def lines(self) -> None:
        """Newlines only."""
        while self.token.kind == "newline":
            self.at += 1

    def attempt(self, read: Callable[[], Any]) -> Any:
        """What `read` gives; when that is None or an error, nothing was read."""
        before = self.at
        try:
            found = read()
        except RiverrunError:
            found = None
        if found is None:
            self.at = before
        return found

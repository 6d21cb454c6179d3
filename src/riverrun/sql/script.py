"""A script: its statements in order, each with its place and the comments that belong to it."""

from __future__ import annotations

from collections.abc import Sequence

from riverrun.errors import InputError
from riverrun.sql.expr import Span
from riverrun.sql.lexer import Comment, Kind, Tokens, tokenize
from riverrun.sql.parser.context import Context
from riverrun.sql.parser.cursor import Cursor
from riverrun.sql.parser.expressions import expression
from riverrun.sql.parser.statements import statement
from riverrun.sql.source import Source
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import statements as s
from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: `index` counts from 1; `comments` are those inside and right before it."""

    index: int
    tree: s.Statement
    source: Source
    span: Span
    comments: tuple[Comment, ...] = ()

    @property
    def text(self) -> str:
        return self.source.text[self.span.start : self.span.end]


def parse_script(text: str, file: str | None = None) -> list[Statement]:
    """All statements of a script. InputError if one is not Flink SQL; its `statement` is the number of that one."""
    source = Source(text, file)
    found: list[Statement] = []
    try:
        lexed = _tokens(source, found)
        cursor = Cursor(source, lexed.tokens)
        while _skip_semicolons(cursor):
            start = cursor.here
            parsed = statement(cursor)
            if not cursor.at(";") and cursor.peek().kind is not Kind.END:
                cursor.fail_expected("a semicolon or the end of the statement")
            found.append(Statement(len(found) + 1, parsed, source, cursor.since(start)))
    except InputError as error:
        error.statement = len(found) + 1
        raise
    return _with_comments(found, lexed.comments)


def _tokens(source: Source, found: list[Statement]) -> Tokens:
    """The tokens; when some text is none, the statements before it are checked first, as they come first."""
    try:
        return tokenize(source)
    except InputError as error:
        place = error.problems[0].where
        before = source.before(place.line, place.column) if place is not None else ""
        tokens = tokenize(Source(before)).tokens
        ends = [token.span.end for token in tokens if token.kind is Kind.SYMBOL and token.text == ";"]
        found += parse_script(before[: max(ends, default=0)], source.file)
        raise


def _skip_semicolons(cursor: Cursor) -> bool:
    while cursor.accept(";"):
        pass
    return cursor.peek().kind is not Kind.END


def _with_comments(statements: Sequence[Statement], comments: Sequence[Comment]) -> list[Statement]:
    result = []
    begin = 0
    for one in statements:
        own = tuple(c for c in comments if begin <= c.span.start < one.span.end)
        begin = one.span.end
        result.append(Statement(one.index, one.tree, one.source, one.span, own))
    return result


def parse_statement(text: str) -> s.Statement:
    """Exactly one statement, without a semicolon."""
    source = Source(text)
    cursor = Cursor(source, tokenize(source).tokens)
    found = statement(cursor)
    if cursor.peek().kind is not Kind.END:
        cursor.fail_expected("the end of the statement")
    return found


def parse_expression(text: str) -> tree.Expression:
    source = Source(text)
    cursor = Cursor(source, tokenize(source).tokens)
    found = expression(cursor, Context.SUBQUERY)
    if cursor.peek().kind is not Kind.END:
        cursor.fail_expected("the end of the expression")
    return found

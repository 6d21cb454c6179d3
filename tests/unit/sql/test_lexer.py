"""Cutting text into tokens."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverrun.errors import InputError
from riverrun.sql.lexer import Kind, tokenize
from riverrun.sql.source import Source


def kinds(text: str) -> list[tuple[Kind, str]]:
    return [(token.kind, token.text) for token in tokenize(Source(text)).tokens[:-1]]


def test_words_numbers_strings_symbols() -> None:
    assert kinds("a1 `b c` 'it''s' 1 1.5 .5 1e3 <= <> ||") == [
        (Kind.WORD, "a1"), (Kind.QUOTED, "`b c`"), (Kind.STRING, "'it''s'"), (Kind.INTEGER, "1"), (Kind.DECIMAL, "1.5"),
        (Kind.DECIMAL, ".5"), (Kind.APPROXIMATE, "1e3"), (Kind.SYMBOL, "<="), (Kind.SYMBOL, "<>"), (Kind.SYMBOL, "||"),
    ]  # fmt: skip


def test_prefixed_strings_are_one_token() -> None:
    assert [kind for kind, _ in kinds("X'0a' U&'\\00e9' _latin1'a' E'\\n'")] == [
        Kind.BINARY, Kind.UNICODE_STRING, Kind.PREFIXED_STRING, Kind.ESCAPED_STRING,
    ]  # fmt: skip


def test_comments_are_kept_beside_the_tokens() -> None:
    found = tokenize(Source("a -- one\n/* two */ b // three"))
    assert [token.text for token in found.tokens[:-1]] == ["a", "b"]
    assert [comment.text for comment in found.comments] == ["-- one", "/* two */", "// three"]


def test_a_hint_is_not_a_comment() -> None:
    assert kinds("/*+ x */") == [(Kind.SYMBOL, "/*+"), (Kind.WORD, "x"), (Kind.SYMBOL, "*/")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("'open", "this string has no end"),
        ("`open", "this name has no end"),
        ("/* open", "this comment has no end"),
        ('"a"', "a double quote is not a quote"),
        ("a # b", "'#' has no meaning"),
    ],
)
def test_what_starts_no_token(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        tokenize(Source(text))


@given(st.text())
def test_every_text_is_cut_or_refused(text: str) -> None:
    try:
        found = tokenize(Source(text))
    except InputError as error:
        assert error.problems[0].where is not None
        return
    pieces = sorted([t.span for t in found.tokens] + [c.span for c in found.comments], key=lambda span: span.start)
    assert all(a.end <= b.start for a, b in pairwise(pieces))
    between = [text[a.end : b.start] for a, b in pairwise(pieces)]
    assert all(gap.strip(" \t\n\r\f") == "" for gap in between)

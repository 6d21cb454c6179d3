"""MATCH_RECOGNIZE without AFTER MATCH: matches overlap."""

from __future__ import annotations

from collections.abc import Iterator

from riverrun.sql.lint.rule import Found, Rule, Subject
from riverrun.sql.lint.texts import one_line
from riverrun.sql.tree import queries as q
from riverrun.sql.tree.walk import walk


def _check(subject: Subject) -> Iterator[Found]:
    for tree in walk(subject.statement.tree):
        if isinstance(tree, q.MatchRecognize) and tree.after is None:
            span = tree.pattern.span
            what = "without AFTER MATCH the next match begins at the next row (in standard SQL: after the last row)"
            mended = f"AFTER MATCH SKIP PAST LAST ROW\nPATTERN {_in_brackets(one_line(subject.text(span)))}"
            yield Found(subject.statement.source, span, what, mended)


def _in_brackets(text: str) -> str:
    return text if text.startswith("(") else f"({text})"


RULE = Rule(
    "overlapping-matches",
    "Without AFTER MATCH, Flink skips to the next row only, so one row may be in several matches.",
    "PATTERN (A+ B), rows a a b\ntwo matches: a a b, and a b",
    _check,
)

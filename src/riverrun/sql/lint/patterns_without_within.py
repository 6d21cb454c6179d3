"""MATCH_RECOGNIZE without WITHIN: matches wait, and state grows, for ever."""

from __future__ import annotations

from collections.abc import Iterator

from riverrun.sql.lint.rule import Found, Rule, Subject
from riverrun.sql.lint.texts import one_line
from riverrun.sql.tree import queries as q
from riverrun.sql.tree.walk import walk


def _check(subject: Subject) -> Iterator[Found]:
    for tree in walk(subject.statement.tree):
        if isinstance(tree, q.MatchRecognize) and tree.within is None:
            span = tree.pattern.span
            pattern = one_line(subject.text(span)).strip()
            inner = pattern.removeprefix("(").removesuffix(")").strip() if pattern.startswith("(") else pattern
            what = "a pattern without WITHIN keeps what has begun for ever, and may hold back what is complete"
            yield Found(subject.statement.source, span, what, f"PATTERN ({inner}) WITHIN INTERVAL '1' HOUR")


RULE = Rule(
    "pattern-without-within",
    "A pattern without WITHIN keeps every begun match for ever; a complete match waits for all that began before it, "
    "also at the end of the input.",
    "PATTERN (A B+? C): rows a, b for a visitor who never comes to c\n"
    "the state stays; a match that began later, and is complete, is not told before this one ends",
    _check,
)

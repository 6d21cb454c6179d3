"""JSON paths without a mode are strict: what is missing is an error, never empty."""

from __future__ import annotations

import re
from collections.abc import Iterator

from riverrun.sql.expr import Literal
from riverrun.sql.lint.rule import Found, Rule, Subject
from riverrun.sql.lint.texts import one_line

_FUNCTIONS = ("JSON_VALUE", "JSON_QUERY")
_EMPTY = re.compile(r"\bON\s+EMPTY\b", re.IGNORECASE)


def _check(subject: Subject) -> Iterator[Found]:
    for call in subject.calls:
        if call.name not in _FUNCTIONS or len(call.args) < 2 or not isinstance(call.args[1], Literal):
            continue
        path = call.args[1].value
        text = one_line(call.source.text[call.span.start : call.span.end])
        if isinstance(path, str) and path.lstrip().startswith("$") and _EMPTY.search(text):
            what = "a path without a mode is strict: a missing key takes the ON ERROR branch, never ON EMPTY"
            yield Found(call.source, call.span, what, text.replace(f"'{path}'", f"'lax {path}'", 1))


RULE = Rule(
    "strict-json-path",
    "A JSON path without lax or strict is strict: a missing key is an error, and ON EMPTY does nothing.",
    "j is {\"a\": 1}\nJSON_VALUE(j, '$.b' DEFAULT 'none' ON EMPTY) is NULL, not none",
    _check,
    example="SELECT JSON_VALUE(j, '$.b' DEFAULT 'none' ON EMPTY) AS v FROM (VALUES ('{\"a\": 1}')) AS t(j)",
    gives="[null]",
    better="SELECT JSON_VALUE(j, 'lax $.b' DEFAULT 'none' ON EMPTY) AS v FROM (VALUES ('{\"a\": 1}')) AS t(j)",
    better_gives='["none"]',
)

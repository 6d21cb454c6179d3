"""REGEXP_REPLACE takes its replacement as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from riverrun.sql.expr import Literal
from riverrun.sql.lint.rule import Found, Rule, Subject
from riverrun.sql.lint.texts import call_text


def _check(subject: Subject) -> Iterator[Found]:
    for call in subject.calls:
        if call.name != "REGEXP_REPLACE" or len(call.args) != 3 or not isinstance(call.args[2], Literal):
            continue
        value = call.args[2].value
        text = call_text(call.source.text[call.span.start : call.span.end])
        if isinstance(value, str) and re.search(r"[$\\]\d", value) and text is not None:
            what = f"Flink puts {value!r} into the text as it is; it knows no groups in the replacement"
            mended = f"REGEXP_EXTRACT({text.args[0]}, {text.args[1]}, 1)    -- put together with ||"
            yield Found(call.source, call.span, what, mended)


RULE = Rule(
    "literal-replacement",
    "REGEXP_REPLACE has no references to groups: $1 stands in the result as it is.",
    "REGEXP_REPLACE('ab', '(a)', '<$1>')\nis '<$1>b', not '<a>b'",
    _check,
    example="SELECT REGEXP_REPLACE(s, '(a)', '<$1>') AS v FROM (VALUES ('ab')) AS t(s)",
    gives='["<$1>b"]',
    better="SELECT '<' || REGEXP_EXTRACT(s, '(a)', 1) || '>' AS v FROM (VALUES ('ab')) AS t(s)",
    better_gives='["<a>"]',
)

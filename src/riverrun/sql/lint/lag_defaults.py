"""LAG with a default that is not NULL."""

from __future__ import annotations

from collections.abc import Iterator

from riverrun.sql.lint.rule import Found, Rule, Subject
from riverrun.sql.lint.texts import call_text


def _check(subject: Subject) -> Iterator[Found]:
    for call in subject.calls:
        if call.name not in ("LAG", "LEAD") or len(call.args) != 3:
            continue
        text = call_text(call.source.text[call.span.start : call.span.end])
        if call.args[0].type.nullable and not call.args[2].type.nullable and text is not None and len(text.args) == 3:
            value, offset, default = text.args
            what = f"with the default {default} the column is taken for NOT NULL; where {value} is NULL the sink fails"
            mended = f"COALESCE({text.name}({value}, {offset}){text.tail}, {default})"
            yield Found(call.source, call.span, what, mended)


RULE = Rule(
    "lag-default",
    "LAG(x, n, default) with a default that is not NULL is typed NOT NULL; a NULL in x then fails the job.",
    "x NULL, then any row: LAG(x, 1, 0) is NULL in a column that is taken for NOT NULL",
    _check,
)

"""SUM of integers has their type, and wraps."""

from __future__ import annotations

from collections.abc import Iterator

from riverrun.schema.types import Root
from riverrun.sql.lint.rule import Found, Rule, Subject
from riverrun.sql.lint.texts import call_text, cast_argument

_LARGEST = {Root.TINYINT: 127, Root.SMALLINT: 32767, Root.INTEGER: 2147483647}


def _check(subject: Subject) -> Iterator[Found]:
    for call in subject.calls:
        if call.name == "SUM" and len(call.args) == 1 and call.args[0].type.root in _LARGEST:
            text = call_text(call.source.text[call.span.start : call.span.end])
            if text is not None:
                type_ = call.args[0].type
                shown = type_.summary(nullability=False)
                what = f"SUM of {shown} is {shown}: beyond {_LARGEST[type_.root]} it wraps to negative numbers"
                yield Found(call.source, call.span, what, str(cast_argument(text, 0, "BIGINT")))


RULE = Rule(
    "wrapping-sum",
    "SUM of TINYINT, SMALLINT and INT has the type of its argument and wraps without a word.",
    "2147483647, 1 (INT)\nSUM is -2147483648, not 2147483648",
    _check,
    example="SELECT SUM(v) AS s FROM (VALUES (2147483647), (1)) AS t(v)",
    gives="[-2147483648]",
    better="SELECT SUM(CAST(v AS BIGINT)) AS s FROM (VALUES (2147483647), (1)) AS t(v)",
    better_gives="[2147483648]",
)

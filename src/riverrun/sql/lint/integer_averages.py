"""AVG and its like of integers are integers."""

from __future__ import annotations

from collections.abc import Iterator

from riverrun.schema.types import INTEGERS
from riverrun.sql.lint.rule import Found, Rule, Subject
from riverrun.sql.lint.texts import call_text, cast_argument

_FUNCTIONS = ("AVG", "STDDEV", "STDDEV_POP", "STDDEV_SAMP", "VAR_POP", "VAR_SAMP", "VARIANCE")


def _check(subject: Subject) -> Iterator[Found]:
    for call in subject.calls:
        if call.name in _FUNCTIONS and len(call.args) == 1 and call.args[0].type.root in INTEGERS:
            text = call_text(call.source.text[call.span.start : call.span.end])
            if text is not None:
                type_ = call.result.type.summary(nullability=False)
                what = f"{call.name} of {type_} is {type_}: the fraction is cut"
                yield Found(call.source, call.span, what, str(cast_argument(text, 0, "DOUBLE")))


RULE = Rule(
    "integer-average",
    "AVG, STDDEV and VAR of integers are integers: the fraction is cut.",
    "1, 2\nAVG is 1, not 1.5",
    _check,
    example="SELECT AVG(v) AS a FROM (VALUES (1), (2)) AS t(v)",
    gives="[1]",
    better="SELECT AVG(CAST(v AS DOUBLE)) AS a FROM (VALUES (1), (2)) AS t(v)",
    better_gives="[1.5]",
)

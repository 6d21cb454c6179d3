"""Elements out of range of arrays whose elements are NOT NULL."""

from __future__ import annotations

from collections.abc import Iterator

from riverrun.schema.types import APPROXIMATE_NUMERICS, INTEGERS, STRINGS, Root
from riverrun.sql.lint.rule import Found, Rule, Subject
from riverrun.sql.lint.texts import one_line

_DEFAULTS = {**dict.fromkeys((*INTEGERS, *APPROXIMATE_NUMERICS), "-1"), **dict.fromkeys(STRINGS, "''")}


def _check(subject: Subject) -> Iterator[Found]:
    for call in subject.calls:
        if call.name != "ITEM" or call.args[0].type.root is not Root.ARRAY:
            continue
        element = call.args[0].type.element
        array, index = (call.source.text[arg.span.start : arg.span.end] for arg in call.args)
        if element is None or element.nullable or element.root not in _DEFAULTS or not array or not index:
            continue
        what = f"out of range this is {_DEFAULTS[element.root]}, not NULL, since the elements are NOT NULL"
        array = one_line(array)
        mended = f"CASE WHEN CARDINALITY({array}) >= {index} THEN {array}[{index}] END"
        yield Found(call.source, call.span, what, mended)


RULE = Rule(
    "default-element",
    "A subscript out of range of an ARRAY<T NOT NULL> gives '' or -1, not NULL.",
    "emails ARRAY<STRING NOT NULL>, with no element\nemails[1] is '', not NULL",
    _check,
    example="SELECT a[2] AS v FROM (VALUES (ARRAY[5])) AS t(a)",
    gives="[-1]",
    better="SELECT CASE WHEN CARDINALITY(a) >= 2 THEN a[2] END AS v FROM (VALUES (ARRAY[5])) AS t(a)",
    better_gives="[null]",
)

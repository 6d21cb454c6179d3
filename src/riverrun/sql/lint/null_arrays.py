"""ARRAY_EXCEPT, ARRAY_CONCAT and their like are NULL when one argument is NULL."""

from __future__ import annotations

from collections.abc import Iterator

from riverrun.sql import plan
from riverrun.sql.expr import Call, Column, PatternAggregate
from riverrun.sql.lint.lineage import calls, null_reason, origin
from riverrun.sql.lint.rule import Found, Rule, Subject
from riverrun.sql.lint.texts import call_text, empty_array

_FUNCTIONS = ("ARRAY_EXCEPT", "ARRAY_UNION", "ARRAY_INTERSECT", "ARRAY_CONCAT")


def _check(subject: Subject) -> Iterator[Found]:
    for node in subject.nodes():
        for call in calls(node):
            if call.function in _FUNCTIONS and isinstance(node, plan.Calc):
                yield from _look_at(subject, node.input, call)


def _look_at(subject: Subject, below: plan.Node, call: Call) -> Iterator[Found]:
    text = call_text(subject.text(call.span))
    if text is None or text.name.upper() != call.function or len(text.args) != len(call.args):
        return  # it stands in the text of another statement, which is looked at by itself
    reasons = [null_reason(below, arg) for arg in call.args]
    if not any(reasons):
        return
    mended = text
    for i, (arg, reason) in enumerate(zip(call.args, reasons, strict=True)):
        if reason is not None:
            mended = mended.with_arg(i, f"COALESCE({text.args[i]}, {empty_array(arg.type)})")
    first = next(i for i, reason in enumerate(reasons) if reason is not None)
    what = f"{call.function} is NULL when one argument is; {_shown(text.args[first])}: {reasons[first]}"
    notes = [_at_the_measure(below, arg.index) for arg in call.args if isinstance(arg, Column)]
    lines = [str(mended), *dict.fromkeys(note for note in notes if note is not None)]
    rows = f"{call.function}(['a', 'b'], NULL)\nis NULL, not ['a', 'b']"
    yield Found(subject.statement.source, call.span, what, "\n".join(lines), rows)


def _shown(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _at_the_measure(below: plan.Node, index: int) -> str | None:
    """COALESCE does nothing for what the planner believes NOT NULL; the measure has to be nullable first."""
    found = origin(below, index)
    if found is None or not isinstance(found[0], PatternAggregate) or found[0].type.nullable:
        return None
    return "-- and make its measures nullable (see not-null-measure), or Flink leaves COALESCE away"


RULE = Rule(
    "null-array",
    "ARRAY_EXCEPT, ARRAY_UNION, ARRAY_INTERSECT and ARRAY_CONCAT are NULL when one argument is NULL; so is "
    "ARRAY_AGG when there was nothing to aggregate.",
    "added ['jeans'], removed NULL (nothing was removed)\nARRAY_EXCEPT(added, removed) is NULL, not ['jeans']",
    _check,
    example="SELECT ARRAY_EXCEPT(added, removed) AS kept "
    "FROM (VALUES (ARRAY['jeans'], CAST(NULL AS ARRAY<STRING>))) AS t(added, removed)",
    gives="[null]",
    better="SELECT ARRAY_EXCEPT(added, COALESCE(removed, ARRAY_REMOVE(ARRAY['x'], 'x'))) AS kept "
    "FROM (VALUES (ARRAY['jeans'], CAST(NULL AS ARRAY<STRING>))) AS t(added, removed)",
    better_gives='[["jeans"]]',
)

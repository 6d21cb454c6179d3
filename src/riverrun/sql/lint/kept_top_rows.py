"""A Top-1 that says a new first row, and does not take the one before back."""

from __future__ import annotations

from collections.abc import Iterator

from riverrun.sql import plan
from riverrun.sql.lint.rule import Found, Rule, Subject

_MENDED = "ORDER BY x DESC, one column    -- -x DESC for the smallest; or the time of the rows"


def _check(subject: Subject) -> Iterator[Found]:
    for node in subject.nodes():
        if isinstance(node, plan.Rank) and node.append_only:
            names = ", ".join(node.input.schema[key.index].name for key in node.order)
            what = f"the first row by {names} is replaced, and the one before is not taken back: both are counted"
            yield Found(subject.statement.source, subject.statement.span, what, _MENDED)
            return


RULE = Rule(
    "kept-top-row",
    "ROW_NUMBER() = 1 by values, unless by one column DESC, says every new first row beside the ones before.",
    "v 5, then 3, ORDER BY v: both rows stay, COUNT(*) over them is 2",
    _check,
)

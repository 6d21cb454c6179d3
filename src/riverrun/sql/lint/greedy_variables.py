"""A greedy variable never leaves a row to the next one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from riverrun.sql import plan
from riverrun.sql.lint.rule import Found, Rule, Subject
from riverrun.sql.tree import queries as q
from riverrun.sql.tree.walk import walk


def _check(subject: Subject) -> Iterator[Found]:
    repeats = [tree for tree in walk(subject.statement.tree) if isinstance(tree, q.PatternRepeat)]
    for node in subject.nodes():
        if not isinstance(node, plan.Match):
            continue
        for item, after in itertools.pairwise(node.pattern):
            place = next((r for r in repeats if _variable(r) == item.variable), None)
            if place is not None and _is_greedy(item) and after.variable not in node.define:
                what = (
                    f"{item.variable} is greedy and {after.variable} has no condition: "
                    f"a row that satisfies {item.variable} is never given to {after.variable}"
                )
                mended = f"{subject.text(place.span)}?    -- or: DEFINE {after.variable} AS ..."
                yield Found(subject.statement.source, place.span, what, mended)


def _variable(repeat: q.PatternRepeat) -> str | None:
    return repeat.pattern.name.text if isinstance(repeat.pattern, q.PatternVariable) else None


def _is_greedy(item: plan.Quantified) -> bool:
    return not item.reluctant and item.least != item.most and (item.least, item.most) != (0, 1)


RULE = Rule(
    "greedy-variable",
    "Greedy quantifiers give nothing back: a row that satisfies the greedy variable is never offered to the next one.",
    "PATTERN (A+ B), DEFINE A AS A.price > 10; prices 11, 12\nno match: both rows are A, and B gets none of them",
    _check,
)

"""FLOAT with DOUBLE is FLOAT."""

from __future__ import annotations

from collections.abc import Iterator

from riverrun.schema.types import Root
from riverrun.sql.lint.rule import Found, Rule, Subject


def _check(subject: Subject) -> Iterator[Found]:
    for call in subject.calls:
        if call.name not in ("+", "-", "*", "/") or len(call.args) != 2:
            continue
        roots = [arg.type.root for arg in call.args]
        if sorted(root.value for root in roots) != ["DOUBLE", "FLOAT"]:
            continue
        left, right = (call.source.text[arg.span.start : arg.span.end] for arg in call.args)
        if roots[0] is Root.FLOAT:
            left = f"CAST({left} AS DOUBLE)"
        else:
            right = f"CAST({right} AS DOUBLE)"
        what = f"FLOAT {call.name} DOUBLE is FLOAT in Flink: about 7 digits stay"
        yield Found(call.source, call.span, what, f"{left} {call.name} {right}")


RULE = Rule(
    "float-result",
    "Arithmetic of FLOAT with DOUBLE gives FLOAT, so half of the digits are lost.",
    "FLOAT 1 + DOUBLE 0.00000001\nis 1.0, not 1.00000001",
    _check,
    example="SELECT CAST(CAST(1 AS FLOAT) + CAST(0.00000001 AS DOUBLE) AS STRING) AS v",
    gives='["1.0"]',
    better="SELECT CAST(CAST(CAST(1 AS FLOAT) AS DOUBLE) + CAST(0.00000001 AS DOUBLE) AS STRING) AS v",
    better_gives='["1.00000001"]',
)

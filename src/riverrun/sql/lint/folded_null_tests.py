"""IS NULL on what the planner believes NOT NULL is decided before any row is read."""

from __future__ import annotations

from collections.abc import Iterator

from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.lint.rule import Found, Rule, Subject

_TESTS = {"IS NULL": "FALSE", "IS NOT NULL": "TRUE"}


def _check(subject: Subject) -> Iterator[Found]:
    for call in subject.calls:
        if call.name in _TESTS and isinstance(call.result, Literal) and len(call.args) == 1:
            row = _nullable_row(call.args[0])
            if row is None or row.span.end == 0:
                continue
            text = call.source.text[row.span.start : row.span.end]
            what = f"{call.name} of a NOT NULL field is {_TESTS[call.name]}, also where the row around it is NULL"
            yield Found(call.source, call.span, what, f"{text} {call.name}")


def _nullable_row(expr: Expr) -> Expr | None:
    """The row that may be NULL around a field."""
    while isinstance(expr, Call) and expr.function == "FIELD":
        expr = expr.args[0]
        if expr.type.nullable:
            return expr
    return None


RULE = Rule(
    "folded-null-test",
    "IS [NOT] NULL on a NOT NULL field inside a nullable ROW is decided by the type: rows without the ROW pass.",
    "customer is NULL (not logged in), customer.id STRING NOT NULL\n"
    "WHERE customer.id IS NOT NULL keeps the row, and customer.id is NULL",
    _check,
)

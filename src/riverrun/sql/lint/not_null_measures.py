"""Measures that the planner believes NOT NULL although a match may have no row for their variable."""

from __future__ import annotations

from collections.abc import Iterator

from riverrun.sql import plan
from riverrun.sql.expr import Expr, Navigation, PatternAggregate
from riverrun.sql.lint.lineage import optional_variables
from riverrun.sql.lint.rule import Found, Rule, Subject
from riverrun.sql.lint.texts import call_text, empty_array
from riverrun.sql.tree import queries as q
from riverrun.sql.tree.walk import walk


def _check(subject: Subject) -> Iterator[Found]:
    measures = {
        measure.name.text: measure
        for tree in walk(subject.statement.tree)
        if isinstance(tree, q.MatchRecognize)
        for measure in tree.measures
    }
    for node in subject.nodes():
        if isinstance(node, plan.Match):
            for measure in node.measures:
                reason = _reason(node, measure.expression)
                if reason is not None and measure.name in measures:
                    written = measures[measure.name].expression
                    text = subject.text(written.span)
                    what = f"the measure {measure.name} is taken for NOT NULL, but {reason}; the sink fails then"
                    mended = f"{_mended(measure.expression, text)} AS {measure.name}"
                    yield Found(subject.statement.source, written.span, what, mended)


def _reason(node: plan.Match, expr: Expr) -> str | None:
    if expr.type.nullable:
        return None
    optional = optional_variables(node)
    match expr:
        case PatternAggregate(call=call, variable=variable) if call.function != "COUNT" and variable in optional:
            return f"it is NULL when no row was mapped to {variable}"
        case Navigation(variable=variable) if variable is not None and variable in optional:
            return f"it is NULL when no row was mapped to {variable}"
        case Navigation(offset=offset) if offset > 0:
            return f"it is NULL when there are not {offset + 1} rows"
        case _:
            return None


def _mended(expr: Expr, text: str) -> str:
    """The same value where there are rows; typed nullable (ARRAY_AGG: an empty array) where there are none."""
    found = call_text(text)
    operand = found.args[0] if found is not None and found.args else text
    least = expr.offset if isinstance(expr, Navigation) else 0
    otherwise = ""
    if isinstance(expr, PatternAggregate) and expr.call.function == "ARRAY_AGG":
        otherwise = f" ELSE {empty_array(expr.type)}"
    return f"CASE WHEN COUNT({operand}) > {least} THEN {found or text}{otherwise} END"


RULE = Rule(
    "not-null-measure",
    "A measure over an optional variable is typed NOT NULL when the column is; when no row was mapped to the variable "
    "it is NULL all the same, and the sink fails the job.",
    "PATTERN (SEARCH OTHER* CHECKOUT), MEASURES ARRAY_AGG(OTHER.type) AS others\n"
    "a match of SEARCH, CHECKOUT alone: others is NULL; the job fails (or drops the row, with\n"
    "'table.exec.sink.not-null-enforcer' = 'DROP')",
    _check,
)

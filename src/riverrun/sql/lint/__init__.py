"""What Flink accepts and what surprises people. One rule a module; each finding shows rows and the text to write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from riverrun.sql.binder import inserts
from riverrun.sql.binder.context import Bound, Context
from riverrun.sql.environment import Environment
from riverrun.sql.lint import (
    default_elements,
    float_results,
    folded_null_tests,
    greedy_variables,
    integer_averages,
    kept_top_rows,
    lag_defaults,
    literal_replacements,
    not_null_measures,
    null_arrays,
    overlapping_matches,
    patterns_without_within,
    strict_json_paths,
    two_event_times,
    unbounded_state,
    wrapping_sums,
)
from riverrun.sql.lint.rule import Finding, Found, Rule, Subject
from riverrun.sql.planner.query import insert_sink, plan_query, planned
from riverrun.sql.script import Statement
from riverrun.sql.tree import statements as s

__all__ = ["RULES", "Finding", "Rule", "lint"]

RULES: tuple[Rule, ...] = (
    null_arrays.RULE,
    not_null_measures.RULE,
    folded_null_tests.RULE,
    integer_averages.RULE,
    wrapping_sums.RULE,
    float_results.RULE,
    default_elements.RULE,
    lag_defaults.RULE,
    literal_replacements.RULE,
    strict_json_paths.RULE,
    patterns_without_within.RULE,
    overlapping_matches.RULE,
    greedy_variables.RULE,
    two_event_times.RULE,
    kept_top_rows.RULE,
    unbounded_state.RULE,
)


def lint(scripts: Sequence[tuple[str, str | None]]) -> list[Finding]:
    """Findings in scripts (text, file), which are one session, in order. InputError: a statement is wrong."""
    environment = Environment()
    found: dict[tuple[str, object, int], Finding] = {}
    for text, file in scripts:
        for statement in environment.parse(text, file):
            for rule, one in _findings(environment, statement):
                found.setdefault((rule.name, one.source.file, one.span.start), _finding(rule, one))
    return sorted(found.values(), key=_place)


def _place(finding: Finding) -> tuple[str, int, int]:
    where = finding.where
    return (where.file or "", where.line or 0, where.column or 0)


def _findings(environment: Environment, statement: Statement) -> Iterator[tuple[Rule, Found]]:
    subject = _subject(environment, statement)
    for rule in RULES:
        for one in rule.check(subject):
            yield rule, one


def _finding(rule: Rule, found: Found) -> Finding:
    where, excerpt = found.source.where(found.span), found.source.excerpt(found.span)
    return Finding(rule.name, found.what, where, excerpt, found.rows or rule.rows, found.mended)


def _subject(environment: Environment, statement: Statement) -> Subject:
    """The statement bound and planned; then it takes its effect on the session."""
    calls: list[Bound] = []
    context = replace(environment.context(statement), observe=calls.append)
    subject = Subject(statement, environment.session)
    match statement.tree:
        case s.SelectStatement(query=query):
            subject = replace(subject, sinks=(plan_query(context, query),))
        case s.CreateView(query=query):
            subject = replace(subject, sinks=(plan_query(context, query),))
            environment.execute(statement)
        case s.Insert() as insert:
            subject = _inserted(context, subject, (insert,))
        case s.StatementSet(inserts=several):
            subject = _inserted(context, subject, several)
        case _:
            environment.execute(statement)
    return replace(subject, calls=tuple(calls))


def _inserted(context: Context, subject: Subject, several: Sequence[s.Insert]) -> Subject:
    for insert in several:
        table = inserts.target(context, insert)
        node = inserts.bind_insert(context, insert, table)
        relation = planned(context, node)
        times = tuple(relation.schema[i].name for i in sorted(relation.times) if relation.is_rowtime(i))
        if len(times) > 1:
            subject = replace(subject, event_times=times)
        else:
            sink = insert_sink(context, insert, table, node)
            subject = replace(subject, sinks=(*subject.sinks, sink))
    return subject

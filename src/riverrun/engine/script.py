"""Runs SQL scripts: checks every statement first, then runs jobs and queries one after the other.

Jobs over inputs without an end go on side by side once they are started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from riverrun.connectors.protocol import Surroundings
from riverrun.engine.binding import Binder
from riverrun.engine.context import ExpressionFailed
from riverrun.engine.execution import Collect, Execution
from riverrun.engine.operators.sink import NotNullViolated
from riverrun.errors import InputError, Problem, RiverrunError, RunError
from riverrun.schema.types import Field
from riverrun.sql import plan
from riverrun.sql.environment import Analysis, Environment, Job, Query, Rows
from riverrun.sql.expr import NO_SPAN, Span
from riverrun.sql.script import Statement
from riverrun.sql.session import Session

Schema = tuple[Field, ...]


@dataclass(slots=True, eq=False)
class Step:
    """A statement that does something when the script runs: a job or query (`execution`), or rows to be shown.

    `session` is what SET had made of it by then.
    """

    statement: Statement
    session: Session
    sinks: tuple[plan.Sink, ...] = ()
    execution: Execution | None = None
    rows: Rows | None = None
    name: str = ""
    analysis: bool = False  # what is told is how it went, not its rows
    collect: Collector = field(default_factory=lambda: Collector())

    @property
    def query(self) -> plan.Sink | None:
        """The sink of a query, whose rows are for the person who asked."""
        return self.sinks[0] if self.sinks and self.sinks[0].table is None and not self.analysis else None


class Collector:
    """Hands the rows of a query on to whoever is interested in them by then."""

    def __init__(self) -> None:
        self.target: Collect | None = None

    def __call__(self, rows: pa.Table) -> None:
        if self.target is not None:
            self.target(rows)


class Script:
    """The statements of some files, planned and checked: everything wrong is raised here, before anything runs."""

    def __init__(
        self, texts: Sequence[tuple[str, str | None]], around: Surroundings, binder: Binder | None = None
    ) -> None:
        self._around = around
        binder = binder or Binder(())
        self.environment = Environment(around.options, rebind=binder)
        self.steps: list[Step] = []
        statements = [found for text, file in texts for found in self.environment.parse(text, file)]
        try:
            for number, statement in enumerate(statements, 1):
                with _numbered(number):
                    self._add(statement)
            binder.check()
        except BaseException:
            self.close()
            raise

    def _add(self, statement: Statement) -> None:
        outcome = self.environment.execute(statement)
        step = Step(statement, self.environment.session)
        match outcome:
            case Rows():
                step.rows = outcome
            case Query(sink=sink):
                step.sinks = (sink,)
            case Job(name=name, sinks=sinks):
                step.sinks, step.name = sinks, name
            case Analysis(sinks=sinks):
                step.sinks, step.analysis = sinks, True
            case _:
                return
        self.steps.append(step)
        if step.sinks:
            step.execution = Execution(step.sinks, step.session, self.around(step), step.collect)
        if step.analysis and step.execution is not None and not step.execution.bounded:
            raise InputError(
                "EXPLAIN ANALYZE runs a statement to its end, and this one has none",
                where=statement.source.where(statement.span),
                todo="start it with riverrun run: its account DATA/ledger/run/NAME.json and the live page "
                "(riverrun serve) have these figures; or bind files to its tables (--bind)",
            )

    def around(self, step: Step) -> Surroundings:
        """Where the job of a step runs."""
        return replace(self._around, zone=step.session.zone, options=step.session.options)

    def run(self, step: Step, stepped: Callable[[], None] | None = None) -> None:
        """Run a job or query over bounded inputs to its end. Raises RunError with the place in the script."""
        if step.execution is not None:
            with placing(step.statement):
                step.execution.run(stepped)

    def close(self) -> None:
        """Let go of what was prepared and did not run."""
        for step in self.steps:
            if step.execution is not None:
                step.execution.close()


@contextmanager
def _numbered(number: int) -> Iterator[None]:
    """Gives errors the number of the statement they are about."""
    try:
        yield
    except RiverrunError as error:
        if error.statement is None:
            error.statement = number
        raise


@contextmanager
def placing(statement: Statement) -> Iterator[None]:
    """Errors while running get the place in the script of the expression that failed, or of the statement."""
    try:
        yield
    except RunError as error:
        raise _placed(statement, error) from error


def _placed(statement: Statement, error: RunError) -> RunError:
    span = error.span if isinstance(error, ExpressionFailed | NotNullViolated) else None
    source = statement.source
    if span is None or span == NO_SPAN or span.end > len(source.text):
        span = Span(statement.span.start, statement.span.start)
    problems = [
        problem if problem.where else Problem(problem.what, source.where(span), problem.todo, source.excerpt(span))
        for problem in error.problems
    ]
    found = RunError(problems)
    found.statement = statement.index
    return found


def read_texts(files: Sequence[Path]) -> list[tuple[str, str | None]]:
    """(text, name) of every file."""
    texts: list[tuple[str, str | None]] = []
    for path in files:
        try:
            texts.append((path.read_text(encoding="utf-8"), str(path)))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    return texts

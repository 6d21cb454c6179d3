"""Executes a script's statements one by one: each sees what the earlier ones defined."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from riverrun.errors import RiverrunError
from riverrun.schema.types import Field
from riverrun.sql import plan, script
from riverrun.sql.binder import queries
from riverrun.sql.binder.context import Context
from riverrun.sql.catalog import Catalog, Table
from riverrun.sql.explain import explained
from riverrun.sql.planner.query import plan_insert, plan_query
from riverrun.sql.script import Statement
from riverrun.sql.session import Session
from riverrun.sql.statements import altering, defining, options, showing
from riverrun.sql.tree import queries as q
from riverrun.sql.tree import statements as s
from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """The statement changed something; there are no rows."""

    message: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What SHOW, DESCRIBE and EXPLAIN answer."""

    schema: tuple[Field, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Job:
    """INSERTs that run together."""

    name: str
    sinks: tuple[plan.Sink, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A query whose rows the person who asked wants to see."""

    sink: plan.Sink


@dataclass(frozen=True, slots=True)
class Analysis:
    """EXPLAIN ANALYZE: something to be run, and how that went is to be told."""

    sinks: tuple[plan.Sink, ...]


Outcome = Done | Rows | Job | Query | Analysis


class Environment:
    """One session. `rebind` may replace every table that CREATE TABLE makes (other files, other connectors)."""

    def __init__(
        self,
        options: Mapping[str, str] | None = None,
        *,
        tables: Sequence[Table] = (),
        rebind: Callable[[Table], Table] | None = None,
    ) -> None:
        self.session = Session(dict(options or {}))
        self.catalog = Catalog()
        self._initial = self.session
        self._rebind = rebind
        self._collected: list[plan.Sink] | None = None  # between BEGIN STATEMENT SET and END
        for table in tables:
            self.catalog.put(table)

    def parse(self, text: str, file: str | None = None) -> list[Statement]:
        """All statements of a script. InputError when one is not Flink SQL."""
        return script.parse_script(text, file)

    def execute(self, statement: Statement) -> Outcome:
        """Binds and plans one statement. InputError: it is wrong; UnsupportedError: riverrun does not run it."""
        try:
            return self._execute(self.context(statement), statement.tree)
        except RiverrunError as error:
            error.statement = statement.index
            raise

    def context(self, statement: Statement) -> Context:
        """What binding the statement now needs."""
        return Context(self.session, self.catalog, statement.source)

    def _execute(self, context: Context, tree: s.Statement) -> Outcome:
        match tree:
            case s.Execute(statement=inner):
                return self._execute(context, inner)
            case s.SelectStatement(query=query):
                return Query(plan_query(context, query))
            case s.Insert():
                return self._insert(context, tree)
            case s.StatementSet(inserts=inserts):
                return self._job([plan_insert(context, insert) for insert in inserts])
            case s.CreateTable(query=query) if query is not None:
                return self._create_as(context, tree, query)
            case s.BeginStatementSet() | s.EndStatementSet():
                return self._statement_set(context, tree)
            case s.Explain():
                return self._explain(context, tree)
            case s.Show() | s.Describe():
                return self._shown(context, tree)
            case _:
                return Done(self._change(context, tree))

    # Jobs

    def _insert(self, context: Context, insert: s.Insert) -> Outcome:
        sink = plan_insert(context, insert)
        if self._collected is None:
            return self._job([sink])
        self._collected.append(sink)
        return Done("Added to the statement set.")

    def _create_as(self, context: Context, create: s.CreateTable, query: q.Query) -> Outcome:
        """CREATE TABLE ... AS: the table, then an INSERT into it."""
        node = queries.bind_query(context, query, top=True)
        existed = self.catalog.find(create.name.texts) is not None and not create.replace
        message = defining.create_table(context, create, self._rebind, node)
        if existed:
            return Done(message)
        insert = s.Insert(create.name, query, span=create.span)
        return self._job([plan_insert(context, insert)])

    def _job(self, sinks: Sequence[plan.Sink]) -> Job:
        names = ",".join(sink.name.removeprefix("insert-into_") for sink in sinks)
        return Job(self.session.options.get("pipeline.name", f"insert-into_{names}"), tuple(sinks))

    def _statement_set(self, context: Context, tree: s.BeginStatementSet | s.EndStatementSet) -> Outcome:
        if isinstance(tree, s.BeginStatementSet):
            if self._collected is not None:
                raise context.error("a statement set has begun already", tree.span, "end it first: END;")
            self._collected = []
            return Done("Begin a statement set.")
        if self._collected is None:
            raise context.error("there is no statement set to end", tree.span, "begin it: BEGIN STATEMENT SET;")
        sinks, self._collected = self._collected, None
        if not sinks:
            raise context.error("the statement set is empty", tree.span)
        return self._job(sinks)

    # What answers with rows

    def _explain(self, context: Context, tree: s.Explain) -> Rows | Analysis:
        match tree.statement:
            case s.SelectStatement(query=query):
                sinks = [plan_query(context, query)]
            case s.Insert() as insert:
                sinks = [plan_insert(context, insert)]
            case s.StatementSet(inserts=inserts):
                sinks = [plan_insert(context, insert) for insert in inserts]
        if tree.analyze:
            return Analysis(tuple(sinks))
        return _rows(showing.Listing(("result",), ((explained(sinks),),)))

    def _shown(self, context: Context, tree: s.Show | s.Describe) -> Rows:
        if isinstance(tree, s.Describe):
            return _rows(showing.describe(context, tree))
        return _rows(showing.show(context, tree))

    # What changes the session

    def _change(self, context: Context, tree: s.Statement) -> str:
        match tree:
            case s.SetOption() | s.ResetOption():
                self.session = options.changed(context, tree, self._initial)
                return "Session property has been set."
            case s.CreateTable():
                return defining.create_table(context, tree, self._rebind)
            case s.CreateView() | s.CreateFunction() | s.CreateCatalog() | s.CreateDatabase() | s.Drop() | s.Use():
                return defining.define(context, tree)
            case s.Other(feature=feature, span=span):
                raise context.unsupported(feature, span)
            case _:
                return altering.alter(context, tree)


def _rows(listing: showing.Listing) -> Rows:
    return Rows(listing.schema, listing.rows)

"""What a lint rule is, what it sees of a statement, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from riverrun.errors import Where
from riverrun.sql import plan
from riverrun.sql.binder.context import Bound
from riverrun.sql.expr import Span
from riverrun.sql.script import Statement
from riverrun.sql.session import Session
from riverrun.sql.source import Source


@dataclass(frozen=True, slots=True)
class Subject:
    """One statement. `sinks`: its plans (of a view: that of its query); `calls`: every call that was bound for it;
    `event_times`: the event times that an INSERT would write."""

    statement: Statement
    session: Session
    sinks: tuple[plan.Sink, ...] = ()
    calls: tuple[Bound, ...] = ()
    event_times: tuple[str, ...] = ()

    def nodes(self) -> Iterator[plan.Node]:
        for sink in self.sinks:
            yield from plan.walk(sink)

    def text(self, span: Span) -> str:
        return self.statement.source.text[span.start : span.end]


@dataclass(frozen=True, slots=True)
class Found:
    """A place, what is wrong there, and the text to write instead; `rows` where the rule's do not fit."""

    source: Source
    span: Span
    what: str
    mended: str
    rows: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """`rows` shows rows that go wrong. `example` is a query that gives `gives`, and `better` one that gives what was
    meant; both are run by the tests."""

    name: str
    summary: str
    rows: str
    check: Callable[[Subject], Iterator[Found]]
    example: str | None = None
    gives: str | None = None
    better: str | None = None
    better_gives: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    rule: str
    what: str
    where: Where
    excerpt: str
    rows: str
    mended: str

    def __str__(self) -> str:
        shown = [f"{self.where}: {self.rule}: {self.what}", self.excerpt]
        shown += ["  rows that go wrong:", *_indented(self.rows), "  write instead:", *_indented(self.mended)]
        return "\n".join(shown)

    def plain(self) -> dict[str, object]:
        place = {"file": self.where.file, "line": self.where.line, "column": self.where.column}
        return {"rule": self.rule, "what": self.what, **place, "rows": self.rows, "mended": self.mended}


def _indented(text: str) -> list[str]:
    return [f"    {line}".rstrip() for line in text.splitlines()]

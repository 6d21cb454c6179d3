"""What binding a statement needs beside the tree: the session, the catalog, the text, and the WITH tables in sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from riverrun.errors import InputError, UnsupportedError
from riverrun.schema.types import Root
from riverrun.sql import functions
from riverrun.sql.binder.untyped import REFUSES_NULL
from riverrun.sql.catalog import Catalog
from riverrun.sql.expr import AggregateCall, Call, Expr, Literal, Span
from riverrun.sql.logical import Node
from riverrun.sql.session import Session
from riverrun.sql.source import Source
from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class Bound:
    """A call as it was bound: the arguments before, the result after; and the text it stands in."""

    name: str
    args: tuple[Expr, ...]
    result: Expr | AggregateCall
    span: Span
    source: Source
    options: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    session: Session
    catalog: Catalog
    source: Source
    tables: Mapping[str, Node] = field(default_factory=dict)  # of WITH
    views: tuple[tuple[str, ...], ...] = ()  # being expanded
    observe: Callable[[Bound], None] | None = None  # is told of every call (lint)

    def with_table(self, name: str, node: Node) -> Context:
        return replace(self, tables={**self.tables, name: node})

    def error(self, what: str, span: Span, todo: str | None = None) -> InputError:
        return self.source.error(what, span, todo)

    def unsupported(self, feature: str, span: Span, todo: str | None = None) -> UnsupportedError:
        return self.source.unsupported(feature, span, todo)

    def call(self, name: str, args: Sequence[Expr], span: Span, options: tuple[Any, ...] = ()) -> Expr:
        """A function or operator applied to bound arguments."""
        if name in REFUSES_NULL:
            self.refuse_untyped(args, span)
        try:
            found = functions.resolve(name, args, self.session, options=options)
        except functions.InvalidCall as invalid:
            raise self.invalid(invalid, span) from None
        self._observed(Bound(name, tuple(args), found, span, self.source, options))
        return self.at(found, span)

    def refuse_untyped(self, args: Sequence[Expr], span: Span) -> None:
        """NULL has a type only beside something that has one."""
        if any(arg.type.root is Root.NULL for arg in args):
            raise self.error("NULL has no type here", span, "say which: CAST(NULL AS INT)")

    def aggregate(self, name: str, args: Sequence[Expr], span: Span, **how: Any) -> AggregateCall:
        self.refuse_untyped(args, span)
        try:
            found = functions.resolve_aggregate(name, args, self.session, **how)
        except functions.InvalidCall as invalid:
            raise self.invalid(invalid, span) from None
        self._observed(Bound(name, tuple(args), found, span, self.source))
        return replace(found, span=span)

    def _observed(self, bound: Bound) -> None:
        if self.observe is not None:
            self.observe(bound)

    def invalid(self, invalid: functions.InvalidCall, span: Span) -> Exception:
        if invalid.unsupported:
            return self.unsupported(str(invalid), span, "docs/sql/functions.md says what is supported")
        return self.error(str(invalid), span)

    @staticmethod
    def at(expr: Expr, span: Span) -> Expr:
        """The expression with its place, where it has none."""
        if isinstance(expr, Call | Literal) and expr.span.end == 0:
            return replace(expr, span=span)
        return expr

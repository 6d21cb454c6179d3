"""Bound expressions to DuckDB SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from riverrun.sql.expr import Call, Column, Expr, Literal, Span, walk
from riverrun.sql.functions.entry import Entry
from riverrun.sql.functions.physical import literal, quote
from riverrun.sql.session import Session
from riverrun.values import dataclass

ERROR_PREFIX = "riverrun"
_LONG = 200  # characters of SQL that cost more than a column


@dataclass(frozen=True, slots=True)
class SqlRenderer:
    """Renders expressions over columns with the given (already quoted) names.

    shared      SQL of values that are used in several places -> the name of a column that is to have it; None:
                everything is in its place
    repeated    calls that stand in several places
    """

    entries: Mapping[str, Entry]
    columns: Sequence[str]
    session: Session
    shared: dict[str, str] | None = None
    repeated: frozenset[Expr] = frozenset()

    def __call__(self, expr: Expr) -> str:
        match expr:
            case Column(index=index):
                return self.columns[index]
            case Literal():
                return literal(expr)
            case Call(function=function, args=args):
                text = self.entries[function].render(expr, [self(arg) for arg in args], self)
                return self.share(text) if expr in self.repeated and len(text) > _LONG else text
            case _:
                raise ValueError(f"{type(expr).__name__} is evaluated by the pattern operator, not by DuckDB")

    def can_fail(self, expr: Expr) -> bool:
        """Whether evaluating `expr` may fail while running."""
        return any(isinstance(node, Call) and self.entries[node.function].fails(node) for node in walk(expr))

    def share(self, sql: str) -> str:
        if self.shared is None:
            return f"({sql})"
        return self.shared.setdefault(sql, f"_s{len(self.shared)}")


def error(code: str, span: Span, text: str) -> str:
    """DuckDB SQL that fails: the engine finds the code, the place and the text in the message."""
    return f"error({quote(error_text(code, span, text))})"


def error_text(code: str, span: Span, text: str) -> str:
    """The message of a failing expression, `riverrun:<code>:<start>:<end>:<text>`.

    >>> error_text("division", Span(7, 12), "division by zero")
    'riverrun:division:7:12:division by zero'
    """
    return f"{ERROR_PREFIX}:{code}:{span.start}:{span.end}:{text}"


def place(span: Span) -> str:
    """The place of a call as a constant argument of a Python function that may fail."""
    return f"'{span.start}:{span.end}'"

"""Bound expressions: every node knows its Flink type; columns are positions, functions are entries of the catalogue.

The binder makes them from the syntax tree, `riverrun.sql.functions` renders them for DuckDB, the engine runs that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from typing import Any

from riverrun.schema.types import Type
from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A range of characters in a script (offsets from 0, end excluded) for messages with line, column and caret."""

    start: int
    end: int


NO_SPAN = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Column:
    """Column number `index` (from 0) of the operator's input row; a join's is left's columns, then right's."""

    index: int
    type: Type
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. `value` by type: bool, int, float, str, bytes, decimal.Decimal; None for NULL; DATE is days since the
    epoch; TIME nanoseconds of the day; TIMESTAMP(_LTZ) nanoseconds since the epoch (LTZ: the instant, UTC); INTERVAL
    milliseconds or months.
    """

    value: Any
    type: Type
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function, operator, cast, constructor or conditional applied to `args`.

    function    the name of the entry in `riverrun.sql.functions` ("+", "AND", "CAST", "CASE", "PARSE_URL", "ITEM", ...)
    options     what is fixed at plan time and is not an expression: the index of a field, a unit, a JSON behaviour
    """

    function: str
    args: tuple[Expr, ...]
    type: Type
    options: tuple[Any, ...] = ()
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Navigation:
    """MATCH_RECOGNIZE only: `argument` on one row of the match.

    kind        "FIRST" or "LAST"; a bare `A.x` is LAST with offset 0; "ROWTIME": when the match is found, `argument`
                is the column of the event time
    variable    the pattern variable, or None for all rows of the match
    offset      rows from that end (from 0)
    argument    an expression over one input row (Columns are columns of the input of the Match node)
    """

    kind: str
    variable: str | None
    offset: int
    argument: Expr
    type: Type
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class PatternAggregate:
    """MATCH_RECOGNIZE only: an aggregate over the rows mapped to `variable` (None: all rows of the match)."""

    call: AggregateCall
    variable: str | None
    type: Type
    span: Span = field(default=NO_SPAN, compare=False)


Expr = Column | Literal | Call | Navigation | PatternAggregate


@dataclass(frozen=True, slots=True)
class AggregateCall:
    """An aggregate: `args` and `filter` are over one input row. COUNT(*) has no args."""

    function: str
    args: tuple[Expr, ...]
    type: Type
    distinct: bool = False
    ignore_nulls: bool = False
    filter: Expr | None = None
    options: tuple[Any, ...] = ()
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class SortKey:
    """ORDER BY one column of the input. Flink's default: NULLs first when ascending, last when descending."""

    index: int
    descending: bool = False
    nulls_first: bool = True


def walk(expr: Expr) -> Iterator[Expr]:
    """`expr` and everything in it, outside first."""
    yield expr
    match expr:
        case Call(args=args):
            for arg in args:
                yield from walk(arg)
        case Navigation(argument=argument):
            yield from walk(argument)
        case PatternAggregate(call=call):
            for arg in (*call.args, *((call.filter,) if call.filter is not None else ())):
                yield from walk(arg)
        case _:
            pass


def columns_of(*exprs: Expr) -> set[int]:
    """The input columns that the expressions read."""
    return {node.index for expr in exprs for node in walk(expr) if isinstance(node, Column)}


def shift(expr: Expr, by: dict[int, int] | int) -> Expr:
    """The same expression over other column numbers: all moved by `by`, or renumbered old -> new."""
    match expr:
        case Column(index=index):
            return replace(expr, index=index + by if isinstance(by, int) else by[index])
        case Literal():
            return expr
        case Call(args=args):
            return replace(expr, args=tuple(shift(arg, by) for arg in args))
        case Navigation(argument=argument):
            return replace(expr, argument=shift(argument, by))
        case PatternAggregate(call=call):
            moved = replace(
                call,
                args=tuple(shift(arg, by) for arg in call.args),
                filter=shift(call.filter, by) if call.filter is not None else None,
            )
            return replace(expr, call=moved)

"""The query as relations: what the binder makes of a tree, before the planner chooses operators.

Column numbers count from 0 in the node's input; for two inputs left's columns come first, then right's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from typing import Any

from riverrun.schema.types import Type
from riverrun.sql.expr import NO_SPAN, AggregateCall, Expr, SortKey, Span
from riverrun.sql.plan import Frame, JoinKind, Measure, Quantified, Schema, SetKind, Skip, Window
from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class Scan:
    """A table's physical and metadata columns."""

    table: Any
    columns: tuple[int, ...]
    schema: Schema
    options: tuple[tuple[str, str], ...] = ()
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Values:
    rows: tuple[tuple[Expr, ...], ...]
    schema: Schema


@dataclass(frozen=True, slots=True)
class Watermark:
    input: Node
    time: int
    expression: Expr
    schema: Schema


@dataclass(frozen=True, slots=True)
class Project:
    input: Node
    expressions: tuple[Expr, ...]
    schema: Schema


@dataclass(frozen=True, slots=True)
class Filter:
    input: Node
    condition: Expr

    @property
    def schema(self) -> Schema:
        return self.input.schema


@dataclass(frozen=True, slots=True)
class Join:
    """`condition` None is TRUE. `null_aware`: ANTI made from NOT IN.

    snapshot    the right side is FOR SYSTEM_TIME AS OF this expression over left's columns
    ttl         how long rows of each side are kept, in ms, where a hint says so
    """

    left: Node
    right: Node
    kind: JoinKind
    condition: Expr | None
    schema: Schema
    null_aware: bool = False
    snapshot: Expr | None = None
    ttl: tuple[int | None, int | None] = (None, None)
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Unnest:
    input: Node
    collection: Expr
    outer: bool
    ordinality: bool
    condition: Expr | None
    schema: Schema


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Output: keys, then calls, then what `properties` tell about the window ("start", "end", "rowtime", "proctime").

    window      a window of GROUP BY (TUMBLE(ts, ...)); its time column is a column of the input, or -1: no column
    ttl         how long a key is kept that is not written, in ms, where a hint says so
    """

    input: Node
    keys: tuple[int, ...]
    calls: tuple[AggregateCall, ...]
    schema: Schema
    window: Window | None = None
    properties: tuple[str, ...] = ()
    ttl: int | None = None
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Expand:
    """Each row once per projection list (grouping sets)."""

    input: Node
    projections: tuple[tuple[Expr, ...], ...]
    schema: Schema


@dataclass(frozen=True, slots=True)
class OverWindow:
    """PARTITION BY, ORDER BY and frame of an OVER clause, over columns of the input."""

    keys: tuple[int, ...]
    order: tuple[SortKey, ...]
    frame: Frame | None
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Over:
    """Output: input's columns, then one column per call; calls[i] is computed over windows[i]."""

    input: Node
    calls: tuple[AggregateCall, ...]
    windows: tuple[OverWindow, ...]
    schema: Schema


@dataclass(frozen=True, slots=True)
class WindowTable:
    """A window table function: input's columns, window_start, window_end, window_time."""

    input: Node
    window: Window
    schema: Schema
    span: Span = field(default=NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Union:
    """UNION ALL."""

    inputs: tuple[Node, ...]
    schema: Schema


@dataclass(frozen=True, slots=True)
class SetOperation:
    left: Node
    right: Node
    kind: SetKind
    all: bool
    schema: Schema


@dataclass(frozen=True, slots=True)
class Sort:
    """ORDER BY and/or LIMIT; limit None: all rows."""

    input: Node
    order: tuple[SortKey, ...]
    offset: int
    limit: int | None
    span: Span = field(default=NO_SPAN, compare=False)

    @property
    def schema(self) -> Schema:
        return self.input.schema


@dataclass(frozen=True, slots=True)
class Match:
    """MATCH_RECOGNIZE with its pattern as a sequence (see plan.Match)."""

    input: Node
    keys: tuple[int, ...]
    order: tuple[SortKey, ...]
    pattern: tuple[Quantified, ...]
    define: tuple[tuple[str, Expr], ...]
    measures: tuple[Measure, ...]
    skip: Skip
    skip_to: str | None
    within: int | None
    schema: Schema
    span: Span = field(default=NO_SPAN, compare=False)


Node = (
    Scan
    | Values
    | Watermark
    | Project
    | Filter
    | Join
    | Unnest
    | Aggregate
    | Expand
    | Over
    | WindowTable
    | Union
    | SetOperation
    | Sort
    | Match
)


def inputs(node: Node) -> tuple[Node, ...]:
    match node:
        case Scan() | Values():
            return ()
        case Union(inputs=several):
            return several
        case Join() | SetOperation():
            return (node.left, node.right)
        case _:
            return (node.input,)


def with_inputs(node: Node, new: tuple[Node, ...]) -> Node:
    match node:
        case Scan() | Values():
            return node
        case Union():
            return replace(node, inputs=new)
        case Join() | SetOperation():
            return replace(node, left=new[0], right=new[1])
        case _:
            return replace(node, input=new[0])


def walk(node: Node) -> Iterator[Node]:
    yield node
    for below in inputs(node):
        yield from walk(below)


def types(node: Node) -> tuple[Type, ...]:
    return tuple(item.type for item in node.schema)

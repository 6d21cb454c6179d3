"""Syntax of queries: SELECT, set operations, VALUES, WITH, what may stand in FROM, MATCH_RECOGNIZE."""

from __future__ import annotations

from riverrun.sql.expr import Span
from riverrun.sql.tree.expressions import (
    Expression,
    Function,
    Identifier,
    Interval,
    Name,
    Number,
    OrderItem,
    Parameter,
    Row,
    WindowSpec,
    span_field,
)
from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class Hint:
    """`OPTIONS('k' = 'v')`: pairs of strings, or single values (value None)."""

    name: Identifier
    items: tuple[tuple[str, str | None], ...] = ()
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class SelectItem:
    expression: Expression
    alias: Identifier | None = None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class GroupingSets:
    """kind "SETS", "ROLLUP" or "CUBE"; each element is a tuple of expressions or, inside SETS, another GroupingSets."""

    kind: str
    elements: tuple[GroupingElement, ...]
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class GroupingSet:
    """`(a, b)` or `()` or a bare expression in GROUP BY."""

    expressions: tuple[Expression, ...]
    span: Span = span_field


GroupingElement = GroupingSets | GroupingSet


@dataclass(frozen=True, slots=True)
class GroupBy:
    elements: tuple[GroupingElement, ...]
    distinct: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class NamedWindow:
    name: Identifier
    spec: WindowSpec


@dataclass(frozen=True, slots=True)
class Select:
    items: tuple[SelectItem, ...]
    source: Source | None = None
    where: Expression | None = None
    group_by: GroupBy | None = None
    having: Expression | None = None
    windows: tuple[NamedWindow, ...] = ()
    qualify: Expression | None = None
    distinct: bool = False
    stream: bool = False
    hints: tuple[Hint, ...] = ()
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class SetOperation:
    """UNION, INTERSECT, EXCEPT."""

    operator: str
    all: bool
    left: Query
    right: Query
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Values:
    rows: tuple[Row, ...]
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Table:
    """`TABLE t` as a query."""

    name: Name
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class CommonTable:
    name: Identifier
    columns: tuple[Identifier, ...]
    query: Query
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class With:
    tables: tuple[CommonTable, ...]
    query: Query
    recursive: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Ordered:
    """ORDER BY, OFFSET, LIMIT / FETCH over a query."""

    query: Query
    order: tuple[OrderItem, ...] = ()
    offset: Number | Parameter | None = None
    limit: Number | Parameter | None = None
    span: Span = span_field


Query = Select | SetOperation | Values | Table | With | Ordered


@dataclass(frozen=True, slots=True)
class TableName:
    name: Name
    hints: tuple[Hint, ...] = ()
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Derived:
    """A subquery in FROM."""

    query: Query
    lateral: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class TableFunction:
    """`TABLE(f(...))`, or `f(...)` where `wrapped` is False."""

    call: Function
    lateral: bool = False
    wrapped: bool = True
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class UnnestSource:
    items: tuple[Expression, ...]
    ordinality: bool = False
    query: Query | None = None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Join:
    """kind INNER, LEFT, RIGHT, FULL, CROSS, or COMMA."""

    kind: str
    left: Source
    right: Source
    condition: Expression | None = None
    using: tuple[Identifier, ...] = ()
    natural: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`FOR SYSTEM_TIME AS OF period`."""

    source: Source
    period: Expression
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Aliased:
    source: Source
    alias: Identifier
    columns: tuple[Identifier, ...] = ()
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Sampled:
    """TABLESAMPLE, PIVOT, UNPIVOT, EXTEND: parsed, refused by name. `text` is as written."""

    source: Source
    feature: str
    text: str
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class PatternVariable:
    name: Identifier
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class PatternRepeat:
    """`least`..`most` times; most None: no bound; least None: `{,m}`."""

    pattern: Pattern
    least: int | None
    most: int | None
    reluctant: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class PatternSequence:
    parts: tuple[Pattern, ...]
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class PatternAlternative:
    parts: tuple[Pattern, ...]
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class PatternExclude:
    """`{- A -}`"""

    pattern: Pattern
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class PatternPermute:
    parts: tuple[Pattern, ...]
    span: Span = span_field


Pattern = PatternVariable | PatternRepeat | PatternSequence | PatternAlternative | PatternExclude | PatternPermute


@dataclass(frozen=True, slots=True)
class NamedExpression:
    """`expression AS name` (MEASURES) or `name AS expression` (DEFINE)."""

    name: Identifier
    expression: Expression
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class AfterMatch:
    """SKIP PAST LAST ROW, TO NEXT ROW, TO FIRST v, TO LAST v (also TO v)."""

    kind: str
    variable: Identifier | None = None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Subset:
    name: Identifier
    variables: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MatchRecognize:
    source: Source
    pattern: Pattern
    define: tuple[NamedExpression, ...]
    partition: tuple[Expression, ...] = ()
    order: tuple[OrderItem, ...] = ()
    measures: tuple[NamedExpression, ...] = ()
    rows: str | None = None  # "ONE ROW", "ALL ROWS"
    after: AfterMatch | None = None
    within: Interval | None = None
    subsets: tuple[Subset, ...] = ()
    starts: bool = False  # ^
    ends: bool = False  # $
    span: Span = span_field


Source = TableName | Derived | TableFunction | UnnestSource | Join | Snapshot | Aliased | Sampled | MatchRecognize

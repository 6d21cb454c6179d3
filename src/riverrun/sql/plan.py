"""The plan: one frozen node per kind of operator that the engine runs. What Flink calls the physical plan.

The planner decides here what Flink's planner decides (is this join an interval join, is this ROW_NUMBER a Top-N), and
refuses what Flink refuses. A node says what is to be computed; how and what it keeps is the operator's business
(`riverrun.engine.operators`, one file per node).

Column numbers count from 0 in the node's input; for two inputs left's columns come first, then right's.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from riverrun.schema.types import Field
from riverrun.sql.expr import AggregateCall, Expr, SortKey
from riverrun.values import dataclass

Schema = tuple[Field, ...]


class JoinKind(enum.Enum):
    INNER = "INNER"
    LEFT = "LEFT"
    RIGHT = "RIGHT"
    FULL = "FULL"
    SEMI = "SEMI"
    ANTI = "ANTI"


class WindowKind(enum.Enum):
    TUMBLE = "TUMBLE"
    HOP = "HOP"
    CUMULATE = "CUMULATE"
    SESSION = "SESSION"


@dataclass(frozen=True, slots=True)
class Window:
    """How rows fall into windows. All lengths in ms. `size` is also CUMULATE's maximum and SESSION's gap.

    time        the column with the time attribute (event time, or processing time if its type says so)
    slide       HOP: slide; CUMULATE: step; else 0
    offset      moves the window bounds
    keys        SESSION: the PARTITION BY columns
    local       the time column is TIMESTAMP_LTZ: windows are computed in the session's wall time
    """

    kind: WindowKind
    time: int
    size: int
    slide: int = 0
    offset: int = 0
    keys: tuple[int, ...] = ()
    local: bool = False


@dataclass(frozen=True, slots=True)
class AttachedWindow:
    """The rows already carry window_start and window_end columns, from a window operator below. `time` is the column
    with the window_time attribute, or None when the query lost it."""

    start: int
    end: int
    time: int | None
    kind: WindowKind = WindowKind.TUMBLE
    local: bool = False


@dataclass(frozen=True, slots=True)
class Scan:
    """Rows of a table's physical and metadata columns: `columns` are positions in the table's declared columns.

    Computed columns are a Calc above it, the watermark a WatermarkAssigner above that.
    """

    table: Any  # riverrun.sql.catalog.Table; Any to keep this module free of the catalog
    columns: tuple[int, ...]
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class Values:
    rows: tuple[tuple[Expr, ...], ...]
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class WatermarkAssigner:
    """After each row the watermark is the maximum so far of `expression`; a NULL result is skipped."""

    input: Node
    time: int
    expression: Expr
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class Calc:
    """Projection and filter; only rows with a TRUE condition stay."""

    input: Node
    projections: tuple[Expr, ...]
    condition: Expr | None
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class Union:
    """UNION ALL; the watermark is the minimum of the inputs'."""

    inputs: tuple[Node, ...]
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class Expand:
    """Each row once per projection list (grouping sets)."""

    input: Node
    projections: tuple[tuple[Expr, ...], ...]
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class Unnest:
    """Each row joined with the elements of an ARRAY, MAP or MULTISET. Output: input's columns, then the element's
    (fields of a row; key and value of a map), then the ordinality (from 1)."""

    input: Node
    collection: Expr
    outer: bool
    ordinality: bool
    condition: Expr | None  # over the output row; LEFT JOIN UNNEST ... ON condition
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class WindowTableFunction:
    """Rows pass through with window_start, window_end and window_time appended (HOP, CUMULATE: once per window)."""

    input: Node
    window: Window
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class WindowProperty:
    """An output column of a WindowAggregate that tells the window: "start", "end", "rowtime" or "proctime"."""

    what: str


@dataclass(frozen=True, slots=True)
class WindowAggregate:
    """One row per (window, keys), once, when the window fires. Output: keys, aggregates, then `properties`."""

    input: Node
    window: Window | AttachedWindow
    keys: tuple[int, ...]
    aggregates: tuple[AggregateCall, ...]
    properties: tuple[WindowProperty, ...]
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class GroupAggregate:
    """The updating aggregate: after each input row the key's result, if it changed. Output: keys, then aggregates.

    No aggregates: DISTINCT. `ttl`: how long state is kept that is not written, in ms (None: as the session says).
    """

    input: Node
    keys: tuple[int, ...]
    aggregates: tuple[AggregateCall, ...]
    schema: Schema
    append_only: bool = False
    ttl: int | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """An OVER frame up to the current row. `rows`: count rows, else RANGE over time in ms (or over the value of the
    sort key where it is not a time attribute). `preceding` None is UNBOUNDED."""

    rows: bool
    preceding: int | None


@dataclass(frozen=True, slots=True)
class Over:
    """OVER aggregates. Output: input's columns, then one column per aggregate. LAG, LEAD, FIRST_VALUE, ROW_NUMBER ...
    are aggregates here. `time` says what orders the rows: "rowtime", "proctime" or "value" (updating)."""

    input: Node
    keys: tuple[int, ...]
    order: tuple[SortKey, ...]
    frame: Frame
    aggregates: tuple[AggregateCall, ...]
    time: str
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class Join:
    """The regular join: all rows of both sides are kept. Keys are pairs (left column, right column of the right
    input); `null_safe` marks the pairs where NULL equals NULL. SEMI and ANTI put out left's columns only.
    `null_aware`: ANTI made from NOT IN. `ttl`: how long rows of each side are kept, in ms (None: as the
    session says)."""

    left: Node
    right: Node
    kind: JoinKind
    keys: tuple[tuple[int, int], ...]
    null_safe: tuple[bool, ...]
    condition: Expr | None
    schema: Schema
    null_aware: bool = False
    append_only: bool = False
    ttl: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True, slots=True)
class IntervalJoin:
    """A join whose time attributes are bounded: lower <= left time - right time <= upper, in ms, both inclusive."""

    left: Node
    right: Node
    kind: JoinKind
    keys: tuple[tuple[int, int], ...]
    null_safe: tuple[bool, ...]
    left_time: int
    right_time: int
    lower: int
    upper: int
    condition: Expr | None
    schema: Schema
    processing_time: bool = False
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class WindowJoin:
    """A join of rows in the same window, when the window fires."""

    left: Node
    right: Node
    kind: JoinKind
    left_window: AttachedWindow | Window
    right_window: AttachedWindow | Window
    keys: tuple[tuple[int, int], ...]
    null_safe: tuple[bool, ...]
    condition: Expr | None
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class TemporalJoin:
    """FOR SYSTEM_TIME AS OF an event time: each left row with the version of the right row valid at its time."""

    left: Node
    right: Node
    kind: JoinKind
    keys: tuple[tuple[int, int], ...]
    left_time: int
    right_time: int
    condition: Expr | None
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class LookupJoin:
    """FOR SYSTEM_TIME AS OF processing time: each left row with what the right table holds at that moment. The right
    side is no input: it is read whenever it is asked for."""

    left: Node
    right: Node
    table: Any  # that `right` reads
    kind: JoinKind
    keys: tuple[tuple[int, int], ...]
    null_safe: tuple[bool, ...]
    condition: Expr | None
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class Rank:
    """Top-N, updating: per partition the rows number first..last (from 1) of the order. With `number` the row number
    is the last output column. `append_only`: a row that takes the place of another does not take it back."""

    input: Node
    keys: tuple[int, ...]
    order: tuple[SortKey, ...]
    first: int
    last: int
    number: bool
    schema: Schema
    append_only: bool = False


@dataclass(frozen=True, slots=True)
class WindowRank:
    """Top-N per window: emitted once, when the window fires, in rank order."""

    input: Node
    window: Window | AttachedWindow
    keys: tuple[int, ...]
    order: tuple[SortKey, ...]
    first: int
    last: int
    number: bool
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class Deduplicate:
    """The first or the last row per key by time. With `number` a constant 1 is the last output column."""

    input: Node
    keys: tuple[int, ...]
    time: int
    keep_last: bool
    processing_time: bool
    number: bool
    schema: Schema
    append_only: bool = False


@dataclass(frozen=True, slots=True)
class TemporalSort:
    """ORDER BY an ascending time attribute (then `order`): rows leave in order as the watermark passes."""

    input: Node
    time: int
    order: tuple[SortKey, ...]
    processing_time: bool
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class SortLimit:
    """ORDER BY ... LIMIT over the whole stream, updating: rows offset+1 .. offset+limit of the order."""

    input: Node
    order: tuple[SortKey, ...]
    offset: int
    limit: int
    schema: Schema
    append_only: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """LIMIT without ORDER BY: the first rows that arrive."""

    input: Node
    offset: int
    limit: int
    schema: Schema
    append_only: bool = True


class SetKind(enum.Enum):
    INTERSECT = "INTERSECT"
    EXCEPT = "EXCEPT"


@dataclass(frozen=True, slots=True)
class SetOperation:
    """INTERSECT and EXCEPT, with ALL or without; NULLs are equal. (UNION is Union, then GroupAggregate.)"""

    left: Node
    right: Node
    kind: SetKind
    all: bool
    schema: Schema
    append_only: bool = False


@dataclass(frozen=True, slots=True)
class Quantified:
    """A pattern variable with its quantifier: least..most times (most None: no bound)."""

    variable: str
    least: int = 1
    most: int | None = 1
    reluctant: bool = False


class Skip(enum.Enum):
    PAST_LAST_ROW = "PAST LAST ROW"
    TO_NEXT_ROW = "TO NEXT ROW"
    TO_FIRST = "TO FIRST"
    TO_LAST = "TO LAST"


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    expression: Expr


@dataclass(frozen=True, slots=True)
class Match:
    """MATCH_RECOGNIZE, ONE ROW PER MATCH. Output: the partition columns, then the measures.

    order       further sort keys after the time column
    pattern     a sequence; groups have no meaning in Flink and are gone here
    define      variable -> condition; a variable without one matches every row
    within      ms, or None
    """

    input: Node
    keys: tuple[int, ...]
    time: int
    order: tuple[SortKey, ...]
    processing_time: bool
    pattern: tuple[Quantified, ...]
    define: dict[str, Expr]
    measures: tuple[Measure, ...]
    skip: Skip
    skip_to: str | None
    within: int | None
    schema: Schema
    append_only: bool = True


@dataclass(frozen=True, slots=True)
class Sink:
    """Where rows go: a table of the catalog, or (table None) the person who asked.

    `schema` is what the sink checks: NOT NULL columns, lengths.
    """

    input: Node
    table: Any | None
    schema: Schema
    partition: tuple[tuple[str, Any], ...] = ()
    overwrite: bool = False
    append_only: bool = True
    name: str = field(default="")


Node = (
    Scan
    | Values
    | WatermarkAssigner
    | Calc
    | Union
    | Expand
    | Unnest
    | WindowTableFunction
    | WindowAggregate
    | GroupAggregate
    | Over
    | Join
    | IntervalJoin
    | WindowJoin
    | TemporalJoin
    | LookupJoin
    | Rank
    | WindowRank
    | Deduplicate
    | TemporalSort
    | SortLimit
    | Limit
    | SetOperation
    | Match
    | Sink
)


def inputs(node: Node) -> tuple[Node, ...]:
    """The nodes that `node` reads from, left first."""
    match node:
        case Scan() | Values():
            return ()
        case Union(inputs=several):
            return several
        case Join() | IntervalJoin() | WindowJoin() | TemporalJoin() | SetOperation():
            return (node.left, node.right)
        case LookupJoin():
            return (node.left,)
        case _:
            return (node.input,)


def walk(node: Node) -> Iterator[Node]:
    """`node` and everything below it, top first."""
    yield node
    for below in inputs(node):
        yield from walk(below)

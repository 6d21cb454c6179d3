"""A plan node with what the planner knows about its columns: live time attributes, windows, unique keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from riverrun.schema.types import Field
from riverrun.sql import plan
from riverrun.sql.expr import Call, Column, Expr
from riverrun.sql.plan import AttachedWindow, Schema, Window
from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class WindowColumns:
    """Rows that carry their window: which columns tell its start, end and time. Windows are alike when `shape` is."""

    shape: Window  # its time column and keys are no part of the shape: 0 and ()
    processing: bool
    starts: frozenset[int]
    ends: frozenset[int]
    times: frozenset[int]

    def attached(self) -> AttachedWindow:
        time = min(self.times) if self.times else None
        return AttachedWindow(min(self.starts), min(self.ends), time, self.shape.kind, self.shape.local)

    def like(self, other: WindowColumns | None) -> bool:
        return other is not None and (self.shape, self.processing) == (other.shape, other.processing)

    def moved(self, moves: Mapping[int, Sequence[int]]) -> WindowColumns | None:
        """The same for other column numbers; None when the window is lost."""
        starts, ends, times = (_moved(part, moves) for part in (self.starts, self.ends, self.times))
        if not starts and not ends and not times:
            return None
        return replace(self, starts=starts, ends=ends, times=times)


def _moved(columns: frozenset[int], moves: Mapping[int, Sequence[int]]) -> frozenset[int]:
    return frozenset(new for old in columns for new in moves.get(old, ()))


def shape_of(window: Window) -> Window:
    return replace(window, time=0, keys=())


@dataclass(frozen=True, slots=True)
class Relation:
    """`times`: the columns that are time attributes still. `unique`: sets of columns that tell rows apart."""

    node: plan.Node
    times: frozenset[int] = frozenset()
    window: WindowColumns | None = None
    unique: frozenset[frozenset[int]] = frozenset()

    @property
    def schema(self) -> Schema:
        return self.node.schema

    @property
    def append_only(self) -> bool:
        return self.node.append_only

    def is_rowtime(self, column: int) -> bool:
        return column in self.times and not self.schema[column].type.is_proctime

    def is_proctime(self, column: int) -> bool:
        return column in self.times and self.schema[column].type.is_proctime


def live(schema: Schema, times: frozenset[int]) -> Schema:
    """The schema in which only `times` are time attributes."""
    return tuple(
        item if i in times or item.type.time_attribute is None else Field(item.name, item.type.plain())
        for i, item in enumerate(schema)
    )


def calc(below: Relation, expressions: Sequence[Expr], schema: Schema, condition: Expr | None = None) -> Relation:
    """A projection and filter."""
    if condition is None and _only_names(below, expressions):
        return replace(below, node=replace(below.node, schema=live(schema, below.times)))
    moves: dict[int, list[int]] = {}
    for new, expr in enumerate(expressions):
        if isinstance(expr, Column):
            moves.setdefault(expr.index, []).append(new)
    times = {new for old in below.times for new in moves.get(old, ())}
    times |= {i for i, expr in enumerate(expressions) if isinstance(expr, Call) and expr.function == "PROCTIME"}
    kept = frozenset(times)
    window = below.window.moved(moves) if below.window is not None else None
    unique = frozenset(
        frozenset(moves[column][0] for column in key) for key in below.unique if all(column in moves for column in key)
    )
    node = plan.Calc(below.node, tuple(expressions), condition, live(schema, kept), below.append_only)
    return Relation(node, kept, window, unique)


def _only_names(below: Relation, expressions: Sequence[Expr]) -> bool:
    """Does the projection change nothing but the columns' names?"""
    same = len(expressions) == len(below.schema) and not isinstance(below.node, plan.Scan)
    return same and all(isinstance(expr, Column) and expr.index == i for i, expr in enumerate(expressions))


def columns(below: Relation) -> list[Expr]:
    return [Column(i, item.type) for i, item in enumerate(below.schema)]


def picked(below: Relation, indexes: Sequence[int], schema: Schema | None = None) -> Relation:
    """Only these columns, in this order."""
    if list(indexes) == list(range(len(below.schema))) and schema is None:
        return below
    exprs = [Column(i, below.schema[i].type) for i in indexes]
    return calc(below, exprs, schema or tuple(below.schema[i] for i in indexes))


def side_by_side(left: Relation, right: Relation) -> tuple[frozenset[int], WindowColumns | None]:
    """Time attributes and windows of a join that keeps both sides' columns."""
    width = len(left.schema)
    times = left.times | {column + width for column in right.times}
    if left.window is None or right.window is None:
        return times, None
    moves = {i: (i + width,) for i in range(len(right.schema))}
    other = right.window.moved(moves)
    assert other is not None, "every column is kept"
    window = replace(
        left.window,
        starts=left.window.starts | other.starts,
        ends=left.window.ends | other.ends,
        times=left.window.times | other.times,
    )
    return times, window

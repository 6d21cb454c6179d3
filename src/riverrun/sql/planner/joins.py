"""Joins: regular, by interval, in windows, with versions (FOR SYSTEM_TIME AS OF)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from riverrun.schema.types import Field
from riverrun.sql import logical, plan
from riverrun.sql.binder import relations
from riverrun.sql.expr import NO_SPAN, Call, Column, Expr, columns_of, shift
from riverrun.sql.plan import JoinKind
from riverrun.sql.planner.intervals import Bounds, bounds
from riverrun.sql.planner.relation import Relation, calc, columns, live, picked, side_by_side
from riverrun.values import dataclass

if TYPE_CHECKING:
    from riverrun.sql.planner.physical import Planner

_SEMI = (JoinKind.SEMI, JoinKind.ANTI)
_EQUAL = {"=": False, "IS NOT DISTINCT FROM": True}


def plan_join(planner: Planner, node: logical.Join) -> Relation:
    left, right = planner.plan(node.left), planner.plan(node.right)
    parts = relations.conjuncts(node.condition)
    if node.snapshot is not None:
        return _temporal(planner, node, left, right, parts)
    if node.kind not in _SEMI:
        width = len(left.schema)
        found = bounds(parts, left.times, frozenset(column + width for column in right.times))
        if found is not None:
            return _interval(planner, node, left, right, found)
    sides = _Sides.of(left, right, parts)
    if left.window is not None and left.window.like(right.window) and _in_window(sides):
        return _window(planner, node, sides)
    return _regular(node, sides)


# What the condition says


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both inputs with columns for everything that has to be equal, and what else the condition says.

    `widths`: how many of the columns are the relations' own.
    """

    left: Relation
    right: Relation
    keys: tuple[tuple[int, int], ...]
    null_safe: tuple[bool, ...]
    rest: Expr | None
    widths: tuple[int, int]

    @staticmethod
    def of(left: Relation, right: Relation, parts: Sequence[Expr]) -> _Sides:
        width, total = len(left.schema), len(left.schema) + len(right.schema)
        first, second = _Columns(left), _Columns(right)
        pairs: list[tuple[int, int, bool]] = []
        rest: list[Expr] = []
        for part in parts:
            pair = _equality(part, width, total)
            if pair is None:
                rest.append(part)
                continue
            one, two = pair
            pairs.append((first.place(one), second.place(shift(two, -width)), _EQUAL[_function(part)]))
        lefts, rights = first.relation(), second.relation()
        moved = {i: i if i < width else i - width + len(lefts.schema) for i in range(total)}
        condition = relations.conjunction(shift(part, moved) for part in rest)
        keys = tuple((one, two) for one, two, _ in pairs)
        widths = (width, len(right.schema))
        return _Sides(lefts, rights, keys, tuple(safe for _, _, safe in pairs), condition, widths)

    @property
    def schema(self) -> plan.Schema:
        return (*self.left.schema, *self.right.schema)

    def shown(self, joined: Relation, schema: plan.Schema) -> Relation:
        """The join's own columns, without those computed for keys."""
        own, other = self.widths
        at = len(self.left.schema)
        wanted = [*range(own), *range(at, at + other)]
        if len(wanted) == len(joined.schema):
            return joined
        return picked(joined, wanted, schema)


def _function(part: Expr) -> str:
    assert isinstance(part, Call), "_equality says so"
    return part.function


def _equality(part: Expr, width: int, total: int) -> tuple[Expr, Expr] | None:
    """The left and right side of `left = right`."""
    if not isinstance(part, Call) or part.function not in _EQUAL:
        return None
    for one, two in (part.args, part.args[::-1]):
        if _reads_some(one, 0, width) and _reads_some(two, width, total):
            return one, two
    return None


def _reads_some(expr: Expr, low: int, high: int) -> bool:
    found = columns_of(expr)
    return bool(found) and all(low <= index < high for index in found)


class _Columns:
    """A relation that gets columns for computed keys."""

    def __init__(self, relation: Relation) -> None:
        self._relation = relation
        self._extra: list[Expr] = []

    def place(self, expr: Expr) -> int:
        if isinstance(expr, Column):
            return expr.index
        if expr not in self._extra:
            self._extra.append(expr)
        return len(self._relation.schema) + self._extra.index(expr)

    def relation(self) -> Relation:
        if not self._extra:
            return self._relation
        below = self._relation
        names = [f"$f{len(below.schema) + i}" for i in range(len(self._extra))]
        fields = [Field(name, expr.type.plain()) for name, expr in zip(names, self._extra, strict=True)]
        return calc(below, [*columns(below), *self._extra], (*below.schema, *fields))


def _padded(kind: JoinKind, sides: _Sides) -> plan.Schema:
    """The types of a join's columns: those of a side that may be missing are nullable."""
    if kind in _SEMI:
        return sides.left.schema
    left = _nullable(sides.left.schema, kind in (JoinKind.RIGHT, JoinKind.FULL))
    return left + _nullable(sides.right.schema, kind in (JoinKind.LEFT, JoinKind.FULL))


def _nullable(schema: plan.Schema, padded: bool) -> plan.Schema:
    return tuple(Field(item.name, item.type.null()) for item in schema) if padded else schema


# The kinds of joins


def _regular(node: logical.Join, sides: _Sides) -> Relation:
    schema = live(_padded(node.kind, sides), frozenset())
    append_only = node.kind in (JoinKind.INNER, JoinKind.SEMI) and sides.left.append_only and sides.right.append_only
    join = plan.Join(
        sides.left.node,
        sides.right.node,
        node.kind,
        sides.keys,
        sides.null_safe,
        sides.rest,
        schema,
        node.null_aware,
        append_only,
        node.ttl,
    )
    unique = sides.left.unique if node.kind in _SEMI else frozenset()
    if node.kind in _SEMI:
        return picked(Relation(join, unique=unique), range(sides.widths[0]))
    return sides.shown(Relation(join), live(node.schema, frozenset()))


def _interval(planner: Planner, node: logical.Join, left: Relation, right: Relation, found: Bounds) -> Relation:
    width = len(left.schema)
    left_time, right_time = found.left, found.right - width
    processing = left.is_proctime(left_time)
    if processing != right.is_proctime(right_time):
        raise planner.context.error("an interval join compares two event times or two processing times", node.span)
    if left.schema[left_time].type.root is not right.schema[right_time].type.root:
        todo = "make both TIMESTAMP or both TIMESTAMP_LTZ in their tables"
        raise planner.context.error("an interval join needs two times of the same kind", node.span, todo)
    planner.needs_inserts(left, "an interval join", node.span)
    planner.needs_inserts(right, "an interval join", node.span)
    sides = _Sides.of(left, right, found.rest)
    times, _ = side_by_side(sides.left, sides.right)
    schema = live(_padded(node.kind, sides), times)
    join = plan.IntervalJoin(
        sides.left.node,
        sides.right.node,
        node.kind,
        sides.keys,
        sides.null_safe,
        left_time,
        right_time,
        found.lower,
        found.upper,
        sides.rest,
        schema,
        processing,
    )
    return sides.shown(Relation(join, times), node.schema)


def _in_window(sides: _Sides) -> bool:
    """Do the keys compare window start with window start, and end with end?"""
    left, right = sides.left.window, sides.right.window
    if left is None or right is None:
        return False
    starts = any(one in left.starts and two in right.starts for one, two in sides.keys)
    return starts and any(one in left.ends and two in right.ends for one, two in sides.keys)


def _window(planner: Planner, node: logical.Join, sides: _Sides) -> Relation:
    left, right = sides.left.window, sides.right.window
    assert left is not None and right is not None, "_in_window says so"
    planner.needs_inserts(sides.left, "a window join", node.span)
    planner.needs_inserts(sides.right, "a window join", node.span)
    if left.processing or right.processing:
        raise planner.context.error("Flink has no join of windows of processing time", node.span)
    tells = [
        (one in left.starts and two in right.starts) or (one in left.ends and two in right.ends)
        for one, two in sides.keys
    ]
    keys = tuple(key for key, told in zip(sides.keys, tells, strict=True) if not told)
    safe = tuple(one for one, told in zip(sides.null_safe, tells, strict=True) if not told)
    rest = sides.rest
    if node.null_aware:
        rest, keys, safe = _unknown_too(planner, sides, keys), (), ()
    semi = node.kind in _SEMI
    times, window = (sides.left.times, left) if semi else side_by_side(sides.left, sides.right)
    schema = live(_padded(node.kind, sides), times)
    join = plan.WindowJoin(
        sides.left.node, sides.right.node, node.kind, left.attached(), right.attached(), keys, safe, rest, schema
    )
    relation = Relation(join, times, window)
    return picked(relation, range(sides.widths[0])) if semi else sides.shown(relation, node.schema)


def _unknown_too(planner: Planner, sides: _Sides, keys: Sequence[tuple[int, int]]) -> Expr | None:
    """NOT IN: rows whose comparison is unknown meet too."""
    width = len(sides.left.schema)
    tests = []
    for one, two in keys:
        left, right = sides.left.schema[one].type, sides.right.schema[two].type
        equal = planner.context.call("=", (Column(one, left), Column(width + two, right)), NO_SPAN)
        tests.append(planner.context.call("IS NOT FALSE", (equal,), NO_SPAN))
    return relations.conjunction([*tests, *relations.conjuncts(sides.rest)])


# FOR SYSTEM_TIME AS OF


def _temporal(planner: Planner, node: logical.Join, left: Relation, right: Relation, parts: Sequence[Expr]) -> Relation:
    error = planner.context.error
    if node.kind not in (JoinKind.INNER, JoinKind.LEFT):
        raise error("FOR SYSTEM_TIME AS OF takes part in inner and left joins only", node.span)
    moment = node.snapshot
    if not isinstance(moment, Column) or moment.index not in left.times:
        todo = "write FOR SYSTEM_TIME AS OF left.time, where time is a time attribute of the left table"
        raise error("FOR SYSTEM_TIME AS OF needs a time attribute of the left side", node.span, todo)
    if left.is_proctime(moment.index):
        return _lookup(planner, node, left, right, parts)
    times = [column for column in right.times if right.is_rowtime(column)]
    if len(times) != 1:
        raise error("the right side of this join has no event time (WATERMARK)", node.span)
    sides = _Sides.of(left, right, parts)
    keys = frozenset(two for _, two in sides.keys)
    if not right.unique:
        todo = "declare PRIMARY KEY ... NOT ENFORCED, or make a view that keeps the last row per key (ROW_NUMBER)"
        raise error("the right side of this join needs a primary key", node.span, todo)
    if not any(unique <= keys for unique in right.unique):
        raise error("the condition has to compare the whole primary key of the right side", node.span)
    shown = sides.left.times
    schema = live(_padded(node.kind, sides), shown)
    join = plan.TemporalJoin(
        sides.left.node,
        sides.right.node,
        node.kind,
        sides.keys,
        moment.index,
        times[0],
        sides.rest,
        schema,
        sides.left.append_only,
    )
    return sides.shown(Relation(join, shown), live(node.schema, shown))


def _lookup(planner: Planner, node: logical.Join, left: Relation, right: Relation, parts: Sequence[Expr]) -> Relation:
    """Processing time: the right table is asked for each row."""
    sides = _Sides.of(left, right, parts)
    table = _asked(planner, node)
    if not sides.keys:
        raise planner.context.error("this join needs a condition that compares columns for equality", node.span)
    if not right.append_only:
        raise planner.context.unsupported("FOR SYSTEM_TIME AS OF a processing time with a table of changes", node.span)
    shown = sides.left.times
    schema = live(_padded(node.kind, sides), shown)
    join = plan.LookupJoin(
        sides.left.node,
        sides.right.node,
        table,
        node.kind,
        sides.keys,
        sides.null_safe,
        sides.rest,
        schema,
        sides.left.append_only,
    )
    return sides.shown(Relation(join, shown), live(node.schema, shown))


# Connectors of Flink that cannot be asked for rows. (Nor can files, there; here they can.)
_NO_LOOKUP = ("kafka", "upsert-kafka", "datagen", "print", "blackhole")


def _asked(planner: Planner, node: logical.Join) -> Any:
    """The table that is asked: it stands alone, with its computed columns."""
    below = node.right
    while isinstance(below, logical.Project | logical.Watermark):
        below = below.input
    if not isinstance(below, logical.Scan):
        raise planner.context.unsupported("FOR SYSTEM_TIME AS OF a processing time with a view or query", node.span)
    connector = below.table.options.get("connector")
    if connector in _NO_LOOKUP:
        todo = "keep what is looked up in files ('connector' = 'filesystem'), or join an event time with a table that "
        what = f"the connector {connector} cannot be asked as of a processing time"
        raise planner.context.error(what, node.span, todo + "has a primary key and a WATERMARK")
    return below.table

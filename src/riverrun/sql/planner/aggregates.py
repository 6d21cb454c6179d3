"""GROUP BY: windowed aggregates where the keys tell the window, updating ones elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from riverrun.sql import logical, plan
from riverrun.sql.binder import relations
from riverrun.sql.expr import AggregateCall, Call, Column, Expr, Span, columns_of, shift
from riverrun.sql.plan import AttachedWindow, Window, WindowKind, WindowProperty
from riverrun.sql.planner.conditions import is_pure, substituted
from riverrun.sql.planner.pruning import call_reads
from riverrun.sql.planner.relation import Relation, WindowColumns, calc, live, shape_of
from riverrun.values import dataclass

if TYPE_CHECKING:
    from riverrun.sql.planner.physical import Planner

_PARTS = ("start", "end", "time")
_NOT_MERGED = ("FIRST_VALUE", "LAST_VALUE", "JSON_ARRAYAGG")


def plan_aggregate(planner: Planner, node: logical.Aggregate) -> Relation:
    if node.window is not None:
        return _group_window(planner, node, node.window)
    fused = _fused(node)
    if fused is not None:
        return _over_table_function(planner, node, fused)
    below = planner.plan(node.input)
    if below.window is not None and _tells_window(below, node.keys):
        _check_slices(planner, below.window.shape, node.span)
        return _attached(node, below, below.window)
    return _updating(node, below)


def _updating(node: logical.Aggregate, below: Relation) -> Relation:
    schema = live(node.schema, frozenset())
    aggregate = plan.GroupAggregate(below.node, node.keys, node.calls, schema, ttl=node.ttl)
    return Relation(aggregate, unique=frozenset({frozenset(range(len(node.keys)))}))


# TUMBLE(time, size) in GROUP BY


def _group_window(planner: Planner, node: logical.Aggregate, window: Window) -> Relation:
    below = planner.plan(node.input)
    planner.check_window_time(below, window.time, node.span)
    _check_merging(planner, window, node.calls, node.span)
    for call in node.calls:
        if call.function in ("JSON_ARRAYAGG", "JSON_OBJECTAGG"):
            todo = "TABLE(TUMBLE(...)) has it"
            raise planner.context.error(f"Flink computes no {call.function} over this form of windows", node.span, todo)
    properties = tuple(WindowProperty(what) for what in node.properties)
    width = len(node.keys) + len(node.calls)
    times = frozenset(width + i for i, what in enumerate(node.properties) if what in ("rowtime", "proctime"))
    schema = live(node.schema, times)
    if window.kind is WindowKind.SESSION:
        window = replace(window, keys=node.keys)
    aggregate = plan.WindowAggregate(below.node, window, node.keys, node.calls, properties, schema)
    return Relation(aggregate, times)


def _check_slices(planner: Planner, window: Window, span: Span) -> None:
    """Aggregates over these windows are made of slices."""
    if window.kind is WindowKind.HOP and window.size % window.slide:
        what = "an aggregate over HOP needs a size that is a multiple of the slide"
        raise planner.context.error(what, span, f"{window.size} ms are no multiple of {window.slide} ms")


def _check_merging(planner: Planner, window: Window, calls: Sequence[AggregateCall], span: Span) -> None:
    """Aggregates over all windows but TUMBLE are merged from parts; Flink cannot do that with some."""
    for call in calls:
        if window.kind is not WindowKind.TUMBLE and call.function in _NOT_MERGED:
            what = f"Flink computes no {call.function} over {window.kind.value} windows"
            raise planner.context.error(what, span, "TUMBLE windows have it; over others, ARRAY_AGG has all values")


# Windows that the rows carry


def _tells_window(below: Relation, keys: Sequence[int]) -> bool:
    window = below.window
    if window is None or not window.starts.intersection(keys) or not window.ends.intersection(keys):
        return False
    if window.shape.kind is not WindowKind.SESSION:
        return True
    partition = _partition_keys(below.node)
    return partition is None or partition == {key for key in keys if _part_of(key, window) is None}


def _partition_keys(node: plan.Node) -> set[int] | None:
    """The columns that the session function right below was partitioned by, -1 for what is a column no more; None when
    the windows come from somewhere else."""
    match node:
        case plan.WindowTableFunction(window=window):
            return set(window.keys)
        case plan.Calc(input=inner, projections=expressions, condition=condition):
            below = _partition_keys(inner)
            if below is None:
                return None
            fixed = _fixed(relations.conjuncts(condition))
            places = {expr.index: i for i, expr in enumerate(expressions) if isinstance(expr, Column)}
            return {-1 if key in fixed else places.get(key, -1) for key in below}
        case _:
            return None


def _fixed(conditions: Sequence[Expr]) -> set[int]:
    """The columns that a condition makes constant: for Flink they are columns no more."""
    pairs = [part.args for part in conditions if isinstance(part, Call) and part.function == "="]
    return {
        one.index
        for left, right in pairs
        for one, other in ((left, right), (right, left))
        if isinstance(one, Column) and not columns_of(other)
    }


def _attached(node: logical.Aggregate, below: Relation, window: WindowColumns) -> Relation:
    parts = tuple(_part_of(key, window) for key in node.keys)
    keys = tuple(key for key, part in zip(node.keys, parts, strict=True) if part is None)
    spec = _Windowed(window.attached(), window.shape, window.processing, keys, node.calls, parts)
    return _windowed(below, spec, node.schema)


def _part_of(key: int, window: WindowColumns) -> str | None:
    columns = (window.starts, window.ends, window.times)
    return next((part for part, found in zip(_PARTS, columns, strict=True) if key in found), None)


@dataclass(frozen=True, slots=True)
class _Fused:
    """An aggregate right above a window function: what goes in below the windows, and which keys tell the window."""

    input: logical.Node
    window: Window
    keys: tuple[int, ...]  # of `input`, those that tell no window
    calls: tuple[AggregateCall, ...]
    parts: tuple[str | None, ...]  # for each key of the aggregate


def _fused(node: logical.Aggregate) -> _Fused | None:
    found = _below(node.input)
    if found is None:
        return None
    table, exprs, conditions = found
    width = len(table.input.schema)
    if any(columns_of(condition) & {width, width + 1, width + 2} for condition in conditions):
        return None
    parts = tuple(_part(exprs[key], width) for key in node.keys)
    if "start" not in parts or "end" not in parts:
        return None
    plain = [key for key, part in zip(node.keys, parts, strict=True) if part is None]
    read = {*plain, *(index for call in node.calls for index in call_reads(call))}
    if any(not relations.reads(exprs[index], 0, width) for index in read):
        return None
    order = sorted(read)
    below = relations.filtered(table.input, relations.conjunction(conditions))
    names = [node.input.schema[index].name for index in order]
    columns: list[Expr] = [exprs[index] for index in order]
    time = relations.column(below, table.window.time)
    session = [relations.column(below, key) for key in table.window.keys]
    if table.window.kind is WindowKind.SESSION and (
        set(session) != {exprs[key] for key in plain} or _fixed(conditions) & set(table.window.keys)
    ):
        return None
    below = relations.project(below, [*columns, time], [*names, below.schema[time.index].name])
    numbers = {old: new for new, old in enumerate(order)}
    keys = tuple(numbers[key] for key in plain)
    window = replace(table.window, time=len(order), keys=keys if session else ())
    calls = tuple(_renumbered(call, numbers) for call in node.calls)
    return _Fused(below, window, keys, calls, parts)


def _renumbered(call: AggregateCall, numbers: dict[int, int]) -> AggregateCall:
    condition = shift(call.filter, numbers) if call.filter is not None else None
    return replace(call, args=tuple(shift(arg, numbers) for arg in call.args), filter=condition)


def _part(expr: Expr, width: int) -> str | None:
    if isinstance(expr, Column) and width <= expr.index < width + 3:
        return _PARTS[expr.index - width]
    return None


def _below(node: logical.Node) -> tuple[logical.WindowTable, list[Expr], list[Expr]] | None:
    """The window function under projections and filters, the columns over its columns, and all conditions."""
    match node:
        case logical.WindowTable():
            return node, relations.columns(node), []
        case logical.Project(input=inner, expressions=expressions) if all(is_pure(expr) for expr in expressions):
            found = _below(inner)
            if found is None:
                return None
            table, exprs, conditions = found
            return table, [substituted(expr, exprs) for expr in expressions], conditions
        case logical.Filter(input=inner, condition=condition) if is_pure(condition):
            found = _below(inner)
            if found is None:
                return None
            table, exprs, conditions = found
            own = [substituted(part, exprs) for part in relations.conjuncts(condition)]
            return table, exprs, [*conditions, *own]
        case _:
            return None


def _over_table_function(planner: Planner, node: logical.Aggregate, fused: _Fused) -> Relation:
    _check_slices(planner, fused.window, node.span)
    _check_merging(planner, fused.window, fused.calls, node.span)
    below = planner.plan(fused.input)
    planner.check_window_time(below, fused.window.time, node.span)
    processing = below.is_proctime(fused.window.time)
    spec = _Windowed(fused.window, shape_of(fused.window), processing, fused.keys, fused.calls, fused.parts)
    return _windowed(below, spec, node.schema)


@dataclass(frozen=True, slots=True)
class _Windowed:
    """`parts`: for each key of the relation which part of the window it tells, or None."""

    window: Window | AttachedWindow
    shape: Window
    processing: bool
    keys: tuple[int, ...]  # those that tell no part
    calls: tuple[AggregateCall, ...]
    parts: tuple[str | None, ...]


def _windowed(below: Relation, spec: _Windowed, shown: plan.Schema) -> Relation:
    """The aggregate, and above it the columns in the order of the relation."""
    parts = spec.parts
    own = [i for i, part in enumerate(parts) if part is None]
    wanted = [part for part in _PARTS if part in parts]
    count = len(own) + len(spec.calls)
    at = {part: count + i for i, part in enumerate(wanted)}
    order = [at[part] if part is not None else own.index(i) for i, part in enumerate(parts)]
    order += range(len(own), count)
    fields = [shown[order.index(i)] for i in range(count + len(wanted))]
    time = frozenset({at["time"]} if "time" in at else ())
    schema = live(tuple(fields), time)
    words = {"start": "start", "end": "end", "time": "proctime" if spec.processing else "rowtime"}
    properties = tuple(WindowProperty(words[part]) for part in wanted)
    aggregate = plan.WindowAggregate(below.node, spec.window, spec.keys, spec.calls, properties, schema)
    start, end = at["start"], at["end"]
    columns = WindowColumns(spec.shape, spec.processing, frozenset({start}), frozenset({end}), time)
    unique = frozenset({frozenset([*range(len(own)), start, end])})
    relation = Relation(aggregate, time, columns, unique)
    if order == list(range(len(schema))):
        return relation
    return calc(relation, [Column(i, schema[i].type) for i in order], shown)

"""Columns that nobody reads are not read: from the result down to the scans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from riverrun.sql.binder import relations
from riverrun.sql.expr import (
    AggregateCall,
    Column,
    Expr,
    Navigation,
    PatternAggregate,
    SortKey,
    columns_of,
    shift,
    walk,
)
from riverrun.sql.logical import (
    Aggregate,
    Expand,
    Filter,
    Join,
    Match,
    Node,
    Over,
    OverWindow,
    Project,
    Scan,
    SetOperation,
    Sort,
    Union,
    Unnest,
    Values,
    Watermark,
    WindowTable,
)
from riverrun.sql.plan import JoinKind, Schema

Numbers = dict[int, int]
Pruned = tuple[Node, Numbers]


def pruned(node: Node) -> Node:
    """The same columns, without what is read in vain below."""
    found, numbers = _pruned(node, set(range(len(node.schema))))
    return _reordered(found, numbers, node)


def _reordered(found: Node, numbers: Numbers, wanted: Node) -> Node:
    columns = [relations.column(found, numbers[i]) for i in range(len(wanted.schema))]
    return relations.project(found, columns, [item.name for item in wanted.schema])


def _pruned(node: Node, needed: set[int]) -> Pruned:
    """The node with at least the needed columns (and at least one), and where they are."""
    needed = needed or {0}
    match node:
        case Scan() | Values() | Project() | Expand():
            return _columns(node, sorted(needed))
        case Watermark():
            return _watermark(node, needed)
        case Filter():
            below, numbers = _pruned(node.input, needed | columns_of(node.condition))
            return replace(node, input=below, condition=shift(node.condition, numbers)), numbers
        case Join():
            return _join(node, needed)
        case Unnest():
            return _unnest(node, needed)
        case Aggregate():
            return _aggregate(node, needed)
        case Over():
            return _over(node, needed)
        case WindowTable():
            return _window_table(node, needed)
        case Union():
            return _union(node, needed)
        case SetOperation():
            return replace(node, left=pruned(node.left), right=pruned(node.right)), _same(node)
        case Sort():
            return _sort(node, needed)
        case Match():
            return _match(node, needed)


def _same(node: Node) -> Numbers:
    return {i: i for i in range(len(node.schema))}


def _numbered(kept: Iterable[int]) -> Numbers:
    return {old: new for new, old in enumerate(kept)}


def _columns(node: Scan | Values | Project | Expand, kept: Sequence[int]) -> Pruned:
    schema = tuple(node.schema[i] for i in kept)
    match node:
        case Scan():
            return replace(node, columns=tuple(node.columns[i] for i in kept), schema=schema), _numbered(kept)
        case Values():
            rows = tuple(tuple(row[i] for i in kept) for row in node.rows)
            return replace(node, rows=rows, schema=schema), _numbered(kept)
        case Project():
            exprs = [node.expressions[i] for i in kept]
            below, numbers = _pruned(node.input, _read(exprs))
            moved = tuple(shift(expr, numbers) for expr in exprs)
            return Project(below, moved, schema), _numbered(kept)
        case Expand():
            below, numbers = _pruned(node.input, _read(row[i] for row in node.projections for i in kept))
            rows = tuple(tuple(shift(row[i], numbers) for i in kept) for row in node.projections)
            return Expand(below, rows, schema), _numbered(kept)


def _read(exprs: Iterable[Expr]) -> set[int]:
    return {index for expr in exprs for index in columns_of(expr)}


def _watermark(node: Watermark, needed: set[int]) -> Pruned:
    below, numbers = _pruned(node.input, needed | {node.time} | columns_of(node.expression))
    schema = _schema(node, numbers)
    time, expression = numbers[node.time], shift(node.expression, numbers)
    return Watermark(below, time, expression, schema), numbers


def _schema(node: Node, numbers: Numbers) -> Schema:
    """The node's own fields (they may be typed otherwise than the input's), for the columns that stay."""
    return tuple(node.schema[old] for old, _ in sorted(numbers.items(), key=lambda pair: pair[1]))


def _join(node: Join, needed: set[int]) -> Pruned:
    width = len(node.left.schema)
    read = set(needed)
    if node.condition is not None:
        read |= columns_of(node.condition)
    if node.snapshot is not None:
        # Which version is valid is told by the right side's event time.
        times = {width + i for i, item in enumerate(node.right.schema) if item.type.is_rowtime}
        read |= columns_of(node.snapshot) | times
    left, lefts = _pruned(node.left, {i for i in read if i < width})
    right, rights = _pruned(node.right, {i - width for i in read if i >= width})
    own = len(left.schema)
    numbers = {**lefts, **{old + width: new + own for old, new in rights.items()}}
    condition = shift(node.condition, numbers) if node.condition is not None else None
    snapshot = shift(node.snapshot, numbers) if node.snapshot is not None else None
    semi = node.kind in (JoinKind.SEMI, JoinKind.ANTI)
    shown = lefts if semi else numbers
    schema = _schema(node, shown)
    found = replace(node, left=left, right=right, condition=condition, snapshot=snapshot, schema=schema)
    return found, shown


def _unnest(node: Unnest, needed: set[int]) -> Pruned:
    """All columns of the elements stay."""
    width = len(node.input.schema)
    read = {i for i in needed if i < width} | columns_of(node.collection)
    if node.condition is not None:
        read |= {i for i in columns_of(node.condition) if i < width}
    below, numbers = _pruned(node.input, read)
    own = len(below.schema)
    everything = {**numbers, **{width + i: own + i for i in range(len(node.schema) - width)}}
    condition = shift(node.condition, everything) if node.condition is not None else None
    collection = shift(node.collection, numbers)
    schema = _schema(node, everything)
    return replace(node, input=below, collection=collection, condition=condition, schema=schema), everything


def _call(call: AggregateCall, numbers: Numbers) -> AggregateCall:
    condition = shift(call.filter, numbers) if call.filter is not None else None
    return replace(call, args=tuple(shift(arg, numbers) for arg in call.args), filter=condition)


def call_reads(call: AggregateCall) -> set[int]:
    return _read(call.args) | (columns_of(call.filter) if call.filter is not None else set())


def _aggregate(node: Aggregate, needed: set[int]) -> Pruned:
    """Keys stay; aggregates and window properties only if they are read."""
    keys, calls = len(node.keys), len(node.calls)
    kept_calls = [i for i in range(calls) if keys + i in needed]
    kept_properties = [i for i in range(len(node.properties)) if keys + calls + i in needed]
    read = set(node.keys)
    for i in kept_calls:
        read |= call_reads(node.calls[i])
    if node.window is not None and node.window.time >= 0:
        read.add(node.window.time)
    below, numbers = _pruned(node.input, read)
    window = node.window
    if window is not None and window.time >= 0:
        window = replace(window, time=numbers[window.time])
    kept = [*range(keys), *(keys + i for i in kept_calls), *(keys + calls + i for i in kept_properties)]
    found = replace(
        node,
        input=below,
        keys=tuple(numbers[key] for key in node.keys),
        calls=tuple(_call(node.calls[i], numbers) for i in kept_calls),
        properties=tuple(node.properties[i] for i in kept_properties),
        window=window,
        schema=tuple(node.schema[i] for i in kept),
    )
    if not kept:
        # A global aggregate that nobody reads still says whether there were rows.
        return _aggregate(node, {keys} if calls else {0})
    return found, _numbered(kept)


def _over(node: Over, needed: set[int]) -> Pruned:
    width = len(node.input.schema)
    kept = [i for i in range(len(node.calls)) if width + i in needed]
    if not kept:
        return _pruned(node.input, needed)
    read = {i for i in needed if i < width}
    for i in kept:
        read |= call_reads(node.calls[i]) | _window_reads(node.windows[i])
    below, numbers = _pruned(node.input, read)
    own = len(below.schema)
    everything = {**numbers, **{width + old: own + new for new, old in enumerate(kept)}}
    found = Over(
        below,
        tuple(_call(node.calls[i], numbers) for i in kept),
        tuple(_window(node.windows[i], numbers) for i in kept),
        _schema(node, everything),
    )
    return found, everything


def _overs(node: Node) -> set[int]:
    """Columns that are OVER aggregates. OVER drops late rows; below windows and patterns it stays, as in Flink, even
    when nobody reads it."""
    match node:
        case Project(input=below, expressions=expressions):
            found = _overs(below)
            return {i for i, expr in enumerate(expressions) if columns_of(expr) & found}
        case Filter(input=below):
            return _overs(below)
        case Over():
            return set(range(len(node.input.schema), len(node.schema)))
        case _:
            return set()


def _window_reads(window: OverWindow) -> set[int]:
    return {*window.keys, *(key.index for key in window.order)}


def _window(window: OverWindow, numbers: Numbers) -> OverWindow:
    return replace(window, keys=tuple(numbers[key] for key in window.keys), order=_keys(window.order, numbers))


def _keys(order: Sequence[SortKey], numbers: Numbers) -> tuple[SortKey, ...]:
    return tuple(replace(key, index=numbers[key.index]) for key in order)


def _window_table(node: WindowTable, needed: set[int]) -> Pruned:
    width = len(node.input.schema)
    read = {i for i in needed if i < width} | {node.window.time, *node.window.keys}
    below, numbers = _pruned(node.input, read | _overs(node.input))
    own = len(below.schema)
    everything = {**numbers, **{width + i: own + i for i in range(3)}}
    keys = tuple(numbers[key] for key in node.window.keys)
    window = replace(node.window, time=numbers[node.window.time], keys=keys)
    return replace(node, input=below, window=window, schema=_schema(node, everything)), everything


def _union(node: Union, needed: set[int]) -> Pruned:
    kept = sorted(needed)
    sides = []
    for side in node.inputs:
        below, numbers = _pruned(side, needed)
        columns = [relations.column(below, numbers[i]) for i in kept]
        sides.append(relations.project(below, columns, [side.schema[i].name for i in kept]))
    return Union(tuple(sides), tuple(node.schema[i] for i in kept)), _numbered(kept)


def _sort(node: Sort, needed: set[int]) -> Pruned:
    below, numbers = _pruned(node.input, needed | {key.index for key in node.order})
    return replace(node, input=below, order=_keys(node.order, numbers)), numbers


def _match(node: Match, needed: set[int]) -> Pruned:
    keys = len(node.keys)
    kept = [i for i in range(len(node.measures)) if keys + i in needed]
    measures = [node.measures[i] for i in kept]
    exprs = [condition for _, condition in node.define] + [measure.expression for measure in measures]
    read = {*node.keys, *(key.index for key in node.order), *_read(_pattern_parts(exprs))}
    below, numbers = _pruned(node.input, read | _overs(node.input))
    columns = [*range(keys), *(keys + i for i in kept)]
    found = replace(
        node,
        input=below,
        keys=tuple(numbers[key] for key in node.keys),
        order=_keys(node.order, numbers),
        define=tuple((name, shift(condition, numbers)) for name, condition in node.define),
        measures=tuple(replace(m, expression=shift(m.expression, numbers)) for m in measures),
        schema=tuple(node.schema[i] for i in columns),
    )
    return found, _numbered(columns)


def _pattern_parts(exprs: Sequence[Expr]) -> Iterable[Expr]:
    for expr in exprs:
        for part in walk(expr):
            if isinstance(part, Column | Navigation | PatternAggregate):
                yield part

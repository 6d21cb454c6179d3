"""Which parts of the columns of a scan anybody looks at, so that a source need not make the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from riverrun.engine.graph import Vertex
from riverrun.schema.types import WHOLE, Paths
from riverrun.sql import plan
from riverrun.sql.expr import Call, Column, Expr


def paths_read(vertex: Vertex, count: int) -> list[Paths]:
    """Of each of the `count` columns that `vertex` says."""
    found = [Paths()] * count
    for consumer, _ in vertex.consumers:
        for index, paths in enumerate(_by(consumer, count)):
            found[index] |= paths
    return [_shortest(paths) for paths in found]


def _by(consumer: Vertex, count: int) -> Sequence[Paths]:
    match consumer.node:
        case plan.Calc(projections=projections, condition=condition):
            behind = paths_read(consumer, len(projections))
            # What is computed is computed, and may fail, even when nobody looks at it.
            wanted = [p if isinstance(e, Column) else p or WHOLE for e, p in zip(projections, behind, strict=True)]
            return _in_expressions([(condition, WHOLE), *zip(projections, wanted, strict=True)], count)
        case plan.WatermarkAssigner(expression=expression, time=time):
            inside = _in_expressions([(expression, WHOLE)], count)
            return _joined(paths_read(consumer, count), inside, _whole([time], count))
        case plan.WindowTableFunction(window=window, schema=schema):
            behind = paths_read(consumer, len(schema))[:count]
            return _joined(behind, _whole([window.time, *window.keys], count))
        case plan.WindowAggregate(window=window, keys=keys, aggregates=calls):
            own = (window.start, window.end) if isinstance(window, plan.AttachedWindow) else (window.time, *window.keys)
            arguments = [(arg, WHOLE) for call in calls for arg in (*call.args, call.filter)]
            return _joined(_in_expressions(arguments, count), _whole([*own, *keys], count))
        case _:
            return [WHOLE] * count


def _whole(columns: Sequence[int], count: int) -> list[Paths]:
    return [WHOLE if index in columns else Paths() for index in range(count)]


def _joined(*several: Sequence[Paths]) -> list[Paths]:
    return [frozenset().union(*each) for each in zip(*several, strict=True)]


def _in_expressions(expressions: Sequence[tuple[Expr | None, Paths]], count: int) -> list[Paths]:
    """What expressions look at, when of their values so much is looked at."""
    found: list[set[tuple[int, ...]]] = [set() for _ in range(count)]
    for expression, paths in expressions:
        for path in paths:
            for index, inside in _paths(expression, path):
                found[index].add(inside)
    return [frozenset(paths) for paths in found]


def _paths(expression: Expr | None, inside: tuple[int, ...]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(column, path) of everything that the expression looks at; `inside`: what is looked at in its value."""
    match expression:
        case Column(index=index):
            yield index, inside
        case Call(function="FIELD", args=(row,), options=(int(place), *_)):
            yield from _paths(row, (place, *inside))
        case Call(args=args):
            for each in args:
                yield from _paths(each, ())
        case _:
            pass


def _shortest(paths: Paths) -> Paths:
    """Without the paths that go on inside of another one."""
    return frozenset(path for path in paths if not any(path[:n] in paths for n in range(len(path))))

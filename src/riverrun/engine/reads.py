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
            return _in_expressions([*projections, *([condition] if condition is not None else [])], count)
        case plan.WatermarkAssigner(expression=expression, time=time):
            behind = paths_read(consumer, count)
            inside = _in_expressions([expression], count)
            return [
                a | b | (WHOLE if n == time else Paths()) for n, (a, b) in enumerate(zip(behind, inside, strict=True))
            ]
        case _:
            return [WHOLE] * count


def _in_expressions(expressions: Sequence[Expr], count: int) -> list[Paths]:
    found: list[set[tuple[int, ...]]] = [set() for _ in range(count)]
    for expression in expressions:
        for index, path in _paths(expression):
            found[index].add(path)
    return [frozenset(paths) for paths in found]


def _paths(expression: Expr, inside: tuple[int, ...] = ()) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(column, path) of everything that the expression looks at; `inside`: what is looked at in its value."""
    match expression:
        case Column(index=index):
            yield index, inside
        case Call(function="FIELD", args=(row,), options=(int(place), *_)):
            yield from _paths(row, (place, *inside))
        case Call(args=args):
            for each in args:
                yield from _paths(each)
        case _:
            pass


def _shortest(paths: Paths) -> Paths:
    """Without the paths that go on inside of another one."""
    return frozenset(path for path in paths if not any(path[:n] in paths for n in range(len(path))))

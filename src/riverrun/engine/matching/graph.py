"""The states of a row pattern: Flink's automaton for a sequence of quantified variables.

Source: the rules of Flink's CEP library for strictly contiguous patterns (docs/sql/match-recognize.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from riverrun.sql.plan import Quantified

END = 0  # the number of the final state


@dataclass(frozen=True, slots=True)
class Edge:
    """`take` consumes the row for variable number `variable`; otherwise the edge is passed without a row.

    It is open when the variable's condition holds (take only) and none of the conditions of `unless` does: a greedy
    loop keeps its rows from the variable that follows it.
    """

    take: bool
    target: int
    variable: int
    unless: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """`edges[state]` in the order in which Flink tries them. Variables are numbered as they stand in the pattern."""

    variables: tuple[str, ...]
    edges: tuple[tuple[Edge, ...], ...]
    start: int


@dataclass(slots=True)
class _Builder:
    edges: list[list[Edge]] = field(default_factory=lambda: [[]])

    def state(self, *edges: Edge) -> int:
        self.edges.append(list(edges))
        return len(self.edges) - 1

    def guard(self, state: int, variable: int) -> None:
        """Nothing leaves `state` on a row that satisfies `variable`."""
        self.edges[state] = [
            Edge(edge.take, edge.target, edge.variable, (*edge.unless, variable)) for edge in self.edges[state]
        ]

    def single(self, variable: int, sink: int, otherwise: int | None) -> int:
        """Take one row for `variable`, or, if it may be left out, go on to `otherwise`."""
        skip = (Edge(False, otherwise, variable),) if otherwise is not None else ()
        return self.state(Edge(True, sink, variable), *skip)

    def quantified(self, number: int, part: Quantified, sink: int) -> int:
        """The states for one variable of the pattern, in front of `sink`; returns the first of them."""
        optional = part.least == 0
        least = max(part.least, 1)
        greedy = not part.reluctant and part.least != part.most and (part.least, part.most) != (0, 1)
        last = sink
        if part.most is None:
            if greedy:
                self.guard(sink, number)
            last = self.state(Edge(False, sink, number))
            self.edges[last].append(Edge(True, last, number))
        else:
            if greedy and least != part.most:
                self.guard(sink, number)
            for _ in range(least, part.most):
                last = self.single(number, last, sink)
        for _ in range(least - 1):
            last = self.single(number, last, None)
        return self.single(number, last, sink if optional else None)


def build(pattern: Sequence[Quantified]) -> Graph:
    """The graph of a pattern that the planner has accepted."""
    builder = _Builder()
    sink = END
    for number in range(len(pattern) - 1, -1, -1):
        sink = builder.quantified(number, pattern[number], sink)
    variables = tuple(part.variable for part in pattern)
    return Graph(variables, tuple(tuple(edges) for edges in builder.edges), sink)


Holds = Callable[[int], bool]  # does the condition of this variable hold on the current row?


def _is_open(edge: Edge, holds: Holds) -> bool:
    return (not edge.take or holds(edge.variable)) and not any(holds(variable) for variable in edge.unless)


def moves(graph: Graph, state: int, holds: Holds) -> Iterator[tuple[int, int]]:
    """(variable, next state) for every way in which a partial match in `state` can take the current row, in Flink's
    order. A move that completes the pattern is reported a second time with the next state END."""
    pending = [state]
    takes: list[Edge] = []
    while pending:
        for edge in graph.edges[pending.pop()]:
            if _is_open(edge, holds):
                if edge.take:
                    takes.append(edge)
                else:
                    pending.append(edge.target)
    for edge in takes:
        yield edge.variable, edge.target
        if edge.target != END and _may_end(graph, edge.target, holds):
            yield edge.variable, END


def _may_end(graph: Graph, state: int, holds: Holds) -> bool:
    """Can the pattern end in `state` without another row?"""
    pending = [state]
    while pending:
        for edge in graph.edges[pending.pop()]:
            if not edge.take and _is_open(edge, holds):
                if edge.target == END:
                    return True
                pending.append(edge.target)
    return False

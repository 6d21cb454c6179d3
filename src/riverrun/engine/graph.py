"""The operators of a job and how batches go from one to the next. Equal parts of several plans are one part."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from riverrun.engine.batch import START, Batch, millis, watermarks
from riverrun.engine.build import operator
from riverrun.engine.context import Context
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.operators.sink import NotNullViolated
from riverrun.sql import plan


@dataclass(slots=True)
class Stats:
    """What an operator has done so far."""

    rows_in: int = 0
    rows_out: int = 0
    batches: int = 0
    watermark: int = START
    seconds: float = 0.0


@dataclass(slots=True, eq=False)
class Vertex:
    """A node with its operator. Scans and values have none: they are fed from outside."""

    number: int
    node: plan.Node
    operator: Operator | None
    consumers: list[tuple[Vertex, int]] = field(default_factory=list)
    stats: Stats = field(default_factory=Stats)
    last: tuple[int, bool] = (START, False)

    @property
    def kind(self) -> str:
        return type(self.node).__name__


class Graph:
    def __init__(self, sinks: tuple[plan.Sink, ...], context: Context) -> None:
        self._context = context
        self.vertices: list[Vertex] = []
        self.sinks = [self._vertex(sink) for sink in sinks]
        self.arrived: dict[int, Callable[[Batch], None]] = {}
        self._staged: list[tuple[Vertex, Batch]] | None = None

    @property
    def sources(self) -> list[Vertex]:
        return [vertex for vertex in self.vertices if vertex.operator is None]

    def _vertex(self, node: plan.Node) -> Vertex:
        known = next((vertex for vertex in self.vertices if vertex.node == node), None)
        if known is not None and not isinstance(node, plan.Sink):
            return known
        below = [self._vertex(each) for each in plan.inputs(node)]
        made = None if isinstance(node, plan.Scan | plan.Values) else operator(node, self._context)
        vertex = Vertex(len(self.vertices), node, made)
        self.vertices.append(vertex)
        for port, each in enumerate(below):
            each.consumers.append((vertex, port))
        return vertex

    def push(self, vertex: Vertex, batch: Batch) -> None:
        """Take a batch as what `vertex` says, and everything that follows from it."""
        if self._staged is not None and isinstance(vertex.node, plan.WatermarkAssigner):
            self._staged.append((vertex, batch))
            return
        stats = vertex.stats
        stats.rows_out += len(batch)
        stats.watermark = batch.watermark
        self._arrive(vertex, batch)
        news = (batch.watermark, batch.idle)
        if not len(batch) and news == vertex.last and batch.partitions is None:
            return
        vertex.last = news
        for consumer, port in vertex.consumers:
            self.push(consumer, self._process(consumer, port, batch))

    def push_in_step(self, several: Sequence[tuple[Vertex, Batch]]) -> None:
        """The same rows to several vertices whose ways meet again: what comes late goes all these ways before what
        came after it, as if rows were taken one by one. (For rows in time the order makes no difference.)"""
        self._staged = []
        for vertex, batch in several:
            self.push(vertex, batch)
        staged, self._staged = self._staged, None
        for start, end in _segments([(vertex, batch) for vertex, batch in staged if len(batch)]):
            for vertex, batch in staged:
                self.push(vertex, _part(batch, start, end))
        if not any(len(batch) for _, batch in staged):
            for vertex, batch in staged:
                self.push(vertex, batch)

    def meet_again(self, vertices: Sequence[Vertex]) -> bool:
        """Whether there are two ways from these vertices to one place behind a watermark assigner."""
        ways: Counter[int] = Counter()
        timed: set[int] = set()

        def follow(vertex: Vertex, *, behind: bool) -> None:
            behind = behind or isinstance(vertex.node, plan.WatermarkAssigner)
            ways[vertex.number] += 1
            if behind:
                timed.add(vertex.number)
            for consumer, _ in vertex.consumers:
                follow(consumer, behind=behind)

        for vertex in vertices:
            follow(vertex, behind=False)
        return any(ways[number] > 1 for number in timed)

    def _arrive(self, vertex: Vertex, batch: Batch) -> None:
        if vertex.number in self.arrived:
            self.arrived[vertex.number](batch)

    def _process(self, vertex: Vertex, port: int, batch: Batch) -> Batch:
        assert vertex.operator is not None
        begun = time.perf_counter()
        try:
            out = vertex.operator.process(port, batch)
        except NotNullViolated as violated:
            self._arrive(vertex, violated.before)
            raise
        vertex.stats.seconds += time.perf_counter() - begun
        vertex.stats.rows_in += len(batch)
        vertex.stats.batches += 1
        return out

    def tick(self, now_ms: int) -> None:
        """Tell every operator the time."""
        for vertex in self.vertices:
            if vertex.operator is not None:
                batch = vertex.operator.tick(now_ms)
                if batch is not None:
                    self.push(vertex, batch)

    def watermark_above(self, source: Vertex) -> int:
        """The watermark of the first assigner above a source; START when there is none."""
        vertex = source
        while len(vertex.consumers) == 1:
            vertex = vertex.consumers[0][0]
            if isinstance(vertex.node, plan.WatermarkAssigner):
                return vertex.stats.watermark
        return min((self.watermark_above(consumer) for consumer, _ in vertex.consumers), default=START)

    def stateful(self) -> Iterator[tuple[str, Vertex]]:
        """(name in the job's file, vertex) of the operators that keep something."""
        for vertex in self.vertices:
            if vertex.operator is not None and vertex.operator.stores:
                yield f"{vertex.number:03d}_{vertex.kind.lower()}", vertex


def _segments(staged: Sequence[tuple[Vertex, Batch]]) -> list[tuple[int, int]]:
    """Ranges of rows: late rows alone, and what is between them."""
    if not staged:
        return []
    count = len(staged[0][1])
    edges = {0, count}
    for vertex, batch in staged:
        assert isinstance(vertex.node, plan.WatermarkAssigner)
        late = millis(batch.rows.column(f"c{vertex.node.time}")) <= watermarks(batch.rows)
        for at in np.flatnonzero(late).tolist():
            edges |= {at, at + 1}
    return list(itertools.pairwise(sorted(edges)))


def _part(batch: Batch, start: int, end: int) -> Batch:
    if end >= len(batch):
        return batch.with_rows(batch.rows.slice(start))
    behind = int(watermarks(batch.rows.slice(end, 1))[0])
    return Batch(batch.rows.slice(start, end - start), behind)

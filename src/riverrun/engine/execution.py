"""Runs a job: sources into the graph, what arrives at its sinks into tables or to the person who asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pyarrow as pa

from riverrun.connectors.protocol import Chunk, Sink, Source, Surroundings
from riverrun.engine import tables
from riverrun.engine.batch import END, Batch, columns, told
from riverrun.engine.context import Context
from riverrun.engine.expressions import constant_rows
from riverrun.engine.graph import Graph, Vertex
from riverrun.engine.reads import paths_read
from riverrun.engine.schemas import empty
from riverrun.engine.writing import Writing
from riverrun.schema.types import Paths
from riverrun.sql import plan
from riverrun.sql.session import Session

_FIRST_READ = 1000
_LARGEST_READ = 50_000

# Takes rows (c0, c1, ..., and `_op` where there are changes) as they come.
Collect = Callable[[pa.Table], None]


# Takes rows for an output (its place among the outputs) and the number of the first of them.
Deliver = Callable[[int, pa.Table, int], None]


@dataclass(slots=True, eq=False)
class Input:
    """A source of the graph. `feeds` are the vertices that read it, each with the places of its columns in what is
    read (None: all of them)."""

    number: int
    source: Source
    feeds: list[tuple[Vertex, list[int] | None]]
    in_step: bool = False  # the ways of the rows meet again, and some may be late
    limit: int = _FIRST_READ
    ended: bool = False


@dataclass(slots=True, eq=False)
class Output:
    """A table that the graph writes to. `next` is the number of the next row."""

    name: str
    sink: Sink
    next: int = 0


class Execution:
    """One job. `collect` gets the rows of sinks without a table, `deliver` those for tables (else they go straight
    to the sink)."""

    def __init__(
        self,
        sinks: Sequence[plan.Sink],
        session: Session,
        around: Surroundings,
        collect: Collect | None = None,
        deliver: Deliver | None = None,
    ) -> None:
        self.context = Context(session, around.clock, around=around)
        self.graph = Graph(tuple(sinks), self.context)
        self.inputs = list(self._inputs(around))
        self.outputs: list[Output] = []
        self._writing = Writing()
        for vertex in self.graph.sinks:
            assert isinstance(vertex.node, plan.Sink)
            if vertex.node.table is not None:
                self._add_output(vertex, tables.sink(vertex.node, around), deliver)
            elif collect is not None:
                self._add_collector(vertex, collect)

    def _inputs(self, around: Surroundings) -> Iterator[Input]:
        """Scans of one table read it once, all the columns that any of them wants."""
        number = 0
        scans = [vertex for vertex in self.graph.sources if isinstance(vertex.node, plan.Scan)]
        while scans:
            first = scans[0].node
            assert isinstance(first, plan.Scan)
            same = [vertex for vertex in scans if vertex.node.table == first.table]  # type: ignore[union-attr]
            scans = [vertex for vertex in scans if vertex not in same]
            yield self._input(number, same, around)
            number += 1
        for vertex in self.graph.sources:
            if isinstance(vertex.node, plan.Values):
                yield Input(number, ValuesSource(vertex.node, self.context), [(vertex, None)])
                number += 1

    def _input(self, number: int, vertices: Sequence[Vertex], around: Surroundings) -> Input:
        scans = [vertex.node for vertex in vertices if isinstance(vertex.node, plan.Scan)]
        read: dict[int, Paths] = {}
        for vertex, scan in zip(vertices, scans, strict=True):
            for index, paths in zip(scan.columns, paths_read(vertex, len(scan.columns)), strict=True):
                read[index] = read.get(index, frozenset()) | paths
        wanted = sorted(read)
        feeds: list[tuple[Vertex, list[int] | None]] = []
        for vertex, scan in zip(vertices, scans, strict=True):
            places = [wanted.index(index) for index in scan.columns]
            feeds.append((vertex, None if places == list(range(len(wanted))) else places))
        in_step = self.graph.meet_again(vertices)
        return Input(number, tables.source(scans[0], {index: read[index] for index in wanted}, around), feeds, in_step)

    def _add_output(self, vertex: Vertex, sink: Sink, deliver: Deliver | None) -> None:
        node = vertex.node
        assert isinstance(node, plan.Sink)
        assert node.table is not None
        output, place = Output(tables.output_name(node.table), sink), len(self.outputs)
        self.outputs.append(output)

        def write(batch: Batch) -> None:
            if not len(batch):
                return
            if deliver is not None:
                deliver(place, told(batch.rows), output.next)
            else:
                self._writing.write(output.sink, told(batch.rows), output.next)
            output.next += len(batch)

        self.graph.arrived[vertex.number] = write

    def _add_collector(self, vertex: Vertex, collect: Collect) -> None:
        def give(batch: Batch) -> None:
            if len(batch):
                collect(told(batch.rows))

        self.graph.arrived[vertex.number] = give

    @property
    def bounded(self) -> bool:
        return all(each.source.bounded for each in self.inputs)

    @property
    def finished(self) -> bool:
        return all(each.ended for each in self.inputs)

    def run(self, stepped: Callable[[], None] | None = None) -> None:
        """To the end of bounded inputs; `stepped` is called after each read. Sinks show nothing when it fails."""
        try:
            while not self.finished:
                self.step()
                if stepped is not None:
                    stepped()
            self._writing.wait()
            for output in self.outputs:
                output.sink.flush(end=True)
        finally:
            self.close()

    def step(self) -> bool:
        """Read the input that is furthest behind; False when there was nothing to read."""
        waiting = [each for each in self.inputs if not each.ended]
        following = min(waiting, key=self._progress)
        rows = self.read(following, following.limit)
        following.limit = min(following.limit * 4, _LARGEST_READ)
        return bool(rows)

    def _progress(self, each: Input) -> int:
        return min(self.graph.watermark_above(vertex) for vertex, _ in each.feeds)

    def read(self, each: Input, limit: int) -> int | None:
        """Take in about `limit` rows of an input; how many they were, None when there was nothing (or nothing more)."""
        if each.ended:
            return None
        chunk = each.source.read(limit)
        if chunk is None:
            if each.source.bounded:
                each.ended = True
                for vertex, _ in each.feeds:
                    self.graph.push(vertex, Batch(empty(vertex.node.schema), END))
            return None
        fed = [
            (vertex, Batch(chunk.rows if places is None else columns(chunk.rows, places), partitions=chunk.partitions))
            for vertex, places in each.feeds
        ]
        if each.in_step:
            self.graph.push_in_step(fed)
        else:
            for vertex, batch in fed:
                self.graph.push(vertex, batch)
        return int(chunk.rows.num_rows)

    def close(self) -> None:
        for each in self.inputs:
            each.source.close()
        self._writing.close()
        for output in self.outputs:
            with suppress(OSError):
                output.sink.close()
        self.context.connection.close()


class ValuesSource:
    """The rows of VALUES, once."""

    bounded = True

    def __init__(self, node: plan.Values, context: Context) -> None:
        self._node, self._context = node, context
        self._told = False

    def read(self, limit: int) -> Chunk | None:
        if self._told:
            return None
        self._told = True
        return Chunk(constant_rows(self._node.rows, self._node.schema, self._context))

    @property
    def position(self) -> bool:
        return self._told

    def seek(self, position: bool) -> None:
        self._told = position

    def behind(self) -> int | None:
        return 0

    def close(self) -> None:
        return

"""EXPLAIN ANALYZE: how the operators of a job did that was run to its end."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from riverrun.engine.account import operator
from riverrun.engine.execution import Execution
from riverrun.engine.graph import Vertex
from riverrun.sql import plan
from riverrun.sql.explain import explained, title

_LASTING = ("state_rows", "state_bytes", "watermark")


class Analysis:
    """`note` is called after every read, since at the end all state is gone and the watermark is at its end."""

    def __init__(self, sinks: Sequence[plan.Sink], execution: Execution) -> None:
        self._sinks, self._graph = sinks, execution.graph
        self._most: dict[int, dict[str, int]] = {vertex.number: {} for vertex in self._graph.vertices}
        self._begun = time.perf_counter()

    def note(self) -> None:
        for vertex in self._graph.vertices:
            most = self._most[vertex.number]
            now = operator(vertex)
            for name in _LASTING:
                if now[name] is not None:
                    most[name] = max(most.get(name, now[name]), now[name])

    def figures(self) -> Iterator[dict[str, Any]]:
        """Of every operator: rows in and out, late rows, the most state, the last watermark before the end, time."""
        for vertex in self._graph.vertices:
            found = operator(vertex) | self._most[vertex.number]
            if vertex.operator is None:
                found["ms"] = None
            inputs = [self._vertex(node).number for node in plan.inputs(vertex.node)]
            yield {"id": vertex.number, "inputs": inputs, "plan": title(vertex.node), **found}

    def _vertex(self, node: plan.Node) -> Vertex:
        same = (vertex for vertex in self._graph.vertices if vertex.node is node)
        return next(same, None) or next(vertex for vertex in self._graph.vertices if vertex.node == node)

    def text(self) -> str:
        """The plan with these figures, and the time of the whole."""
        whole = (time.perf_counter() - self._begun) * 1000
        known = {found["id"]: found for found in self.figures()}
        told: set[int] = set()

        def noted(node: plan.Node) -> str:
            number = self._vertex(node).number
            again = number in told
            told.add(number)
            return "the same as above, run once" if again else _line(known[number])

        tree = explained(self._sinks, noted)
        own = sum(found["ms"] or 0 for found in known.values())
        rest = f"operators {_number(own)} ms, the rest reading and writing"
        return f"{tree}\n\n{_number(whole)} ms: {rest}"


def _line(found: dict[str, Any]) -> str:
    parts = []
    if found["inputs"]:
        parts.append(f"{_number(found['rows_in'])} rows in")
    parts.append(f"{_number(found['rows_out'])} out")
    if found["late"]:
        parts.append(f"{_number(found['late'])} late")
    if found["state_rows"]:
        parts.append(f"state up to {_number(found['state_rows'])} rows, {_size(found['state_bytes'])}")
    if found["watermark"] is not None:
        moment = datetime.fromtimestamp(found["watermark"] / 1000, UTC).isoformat(sep=" ", timespec="milliseconds")
        parts.append(f"watermark {moment[:-6]}")
    if found["ms"] is not None:
        parts.append(f"{_number(found['ms'])} ms")
    return "; ".join(parts)


def _number(value: float) -> str:
    return f"{value:,.1f}" if isinstance(value, float) and value < 100 else f"{round(value):,}"


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1024:
            return f"{_number(count)} {unit}"
        count /= 1024
    return f"{_number(count)} GB"

"""What a running job tells the ledger and the live page about itself."""

from __future__ import annotations

from typing import Any

from riverrun.engine.batch import END, START
from riverrun.engine.execution import Execution
from riverrun.engine.graph import Vertex
from riverrun.ledger import Account


def account_of(name: str, execution: Execution, now_ms: int, details: dict[str, Any]) -> Account:
    """The account of a job as it is now: positions of its topics, and per operator rows, late rows, watermark, time."""
    return Account(
        room="run",
        name=name,
        positions=positions(execution),
        updated=now_ms,
        details={**details, "watermark": _watermark(execution), "operators": operators(execution)},
    )


def positions(execution: Execution) -> dict[str, dict[int, int]]:
    """topic -> partition -> next offset to read; of a topic that is read twice, the lower one."""
    found: dict[str, dict[int, int]] = {}
    for each in execution.inputs:
        topic, position = getattr(each.source, "topic", None), each.source.position
        if topic is None or not isinstance(position, dict):
            continue
        known = found.setdefault(topic, {})
        for partition, offset in position.items():
            known[partition] = min(known.get(partition, offset), offset)
    return found


def _watermark(execution: Execution) -> int | None:
    """The watermark at the sinks; None when there is none yet."""
    marks = [vertex.stats.watermark for vertex in execution.graph.sinks]
    return next((mark for mark in [min(marks, default=START)] if mark not in (START, END)), None)


def operators(execution: Execution) -> list[dict[str, Any]]:
    return [operator(vertex) for vertex in execution.graph.vertices]


def operator(vertex: Vertex) -> dict[str, Any]:
    stats = vertex.stats
    late = vertex.operator.late if vertex.operator is not None else None
    stores = vertex.operator.stores.values() if vertex.operator is not None else ()
    return {
        "operator": vertex.kind,
        "rows_in": stats.rows_in,
        "rows_out": stats.rows_out,
        "late": late.count if late is not None else 0,
        "state_rows": sum(len(store) for store in stores),
        "state_bytes": sum(store.nbytes for store in stores),
        "watermark": None if stats.watermark in (START, END) else stats.watermark,
        "ms": round(stats.seconds * 1000, 1),
    }

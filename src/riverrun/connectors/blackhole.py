"""blackhole: takes every row and keeps none; to measure a query without its sink."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from riverrun.connectors.options import parse, wrong
from riverrun.connectors.protocol import Relation, Sink, Source, Surroundings

NAME = "blackhole"


def takes_changes(relation: Relation) -> bool:
    return True


def source(relation: Relation, wanted: Sequence[int], around: Surroundings) -> Source:
    raise wrong(relation, "a blackhole table cannot be read", "it is a sink")


def sink(relation: Relation, around: Surroundings) -> Sink:
    parse(relation, ())
    return _Blackhole()


class _Blackhole:
    def __init__(self) -> None:
        self._next = 0

    @property
    def mark(self) -> Any:
        return None

    def resume(self, mark: Any, first: int) -> int:
        self._next = first
        return first

    def write(self, rows: pa.Table, first: int) -> None:
        self._next = first + rows.num_rows

    def flush(self, *, end: bool) -> int:
        return self._next

    def close(self) -> None:
        return

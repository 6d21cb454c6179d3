"""print: rows on standard output, as Flink's print connector writes them: +I[1, a]."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from riverrun.connectors.options import Option, flag, parse, wrong
from riverrun.connectors.protocol import Relation, Sink, Source, Surroundings

NAME = "print"
_OPS = ("+I", "-U", "+U", "-D")

OPTIONS = (
    Option("print-identifier", "a text in front of every row", default=""),
    Option("standard-error", "write to standard error", flag, False),
    Option("sink.parallelism", "", ignored="one writer writes"),
)


def takes_changes(relation: Relation) -> bool:
    return True


def source(relation: Relation, wanted: Sequence[int], around: Surroundings) -> Source:
    raise wrong(relation, "a print table cannot be read", "it is a sink")


def sink(relation: Relation, around: Surroundings) -> Sink:
    options = parse(relation, OPTIONS)
    return PrintSink(str(options["print-identifier"]), to_error=bool(options["standard-error"]))


class PrintSink:
    def __init__(self, identifier: str, *, to_error: bool) -> None:
        self._prefix = f"{identifier}> " if identifier else ""
        self._file = sys.stderr if to_error else sys.stdout
        self._next = 0

    @property
    def mark(self) -> Any:
        return None

    def resume(self, mark: Any, first: int) -> int:
        self._next = first
        return first

    def write(self, rows: pa.Table, first: int) -> None:
        kinds = rows.column("_op").to_pylist() if "_op" in rows.column_names else [0] * rows.num_rows
        data = rows.drop_columns(["_op"]) if "_op" in rows.column_names else rows
        values = zip(*(column.to_pylist() for column in data.columns), strict=True)
        for op, row in zip(kinds, values, strict=True):
            self._file.write(f"{self._prefix}{_OPS[op]}[{', '.join(_text(value) for value in row)}]\n")
        self._next = first + rows.num_rows

    def flush(self, *, end: bool) -> int:
        self._file.flush()
        return self._next

    def close(self) -> None:
        return


def _text(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "+I[" + ", ".join(_text(part) for part in value.values()) + "]"
    if isinstance(value, list):
        return "[" + ", ".join(_text(part) for part in value) + "]"
    return str(value)

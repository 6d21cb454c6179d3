"""Rows for the person who asked: changelog lines, JSON objects, or a table."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pyarrow as pa

from riverrun.engine.batch import OPS, ops
from riverrun.schema.types import APPROXIMATE_NUMERICS, EXACT_NUMERICS, Field
from riverrun.sql.functions import encode_column

Write = Callable[[str], object]
_WIDEST = 60
_MOST_ROWS = 100_000


class Printer(Protocol):
    def __call__(self, rows: pa.Table) -> None: ...

    def end(self) -> None:
        """No more rows come."""
        ...


def encoded(rows: pa.Table, schema: Sequence[Field]) -> list[list[Any]]:
    """The values of rows, in JSON (docs/sql/types.md)."""
    columns = [encode_column(rows.column(f"c{n}"), field.type) for n, field in enumerate(schema)]
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(rows.num_rows)]


class Nothing:
    def __call__(self, rows: pa.Table) -> None:
        return

    def end(self) -> None:
        return


class Changelog:
    """One JSON array a row: ["+I", [values]]."""

    def __init__(self, schema: Sequence[Field], write: Write) -> None:
        self._schema, self._write = schema, write

    def __call__(self, rows: pa.Table) -> None:
        kinds = ops(rows).tolist()
        values = encoded(rows, self._schema)
        lines = [json.dumps([OPS[op], row], ensure_ascii=False) for op, row in zip(kinds, values, strict=True)]
        self._write("\n".join(lines) + "\n")

    def end(self) -> None:
        return


class JsonObjects:
    """One JSON object a row, by column name; rows of an updating result carry their change as "$op"."""

    def __init__(self, schema: Sequence[Field], write: Write, *, updates: bool) -> None:
        self._schema, self._write, self._updates = schema, write, updates
        self._names = unique([field.name for field in schema])

    def __call__(self, rows: pa.Table) -> None:
        lines = []
        for op, row in zip(ops(rows).tolist(), encoded(rows, self._schema), strict=True):
            shown = {"$op": OPS[op]} if self._updates else {}
            shown.update(zip(self._names, row, strict=True))
            lines.append(json.dumps(shown, ensure_ascii=False))
        self._write("\n".join(lines) + "\n")

    def end(self) -> None:
        return


def unique(names: Sequence[str]) -> list[str]:
    """Names made different where they repeat: a, a_1."""
    found: list[str] = []
    for name in names:
        number, free = 0, name
        while free in found:
            number += 1
            free = f"{name}_{number}"
        found.append(free)
    return found


class _Result:
    """The rows that are left when all changes are made."""

    def __init__(self, schema: Sequence[Field]) -> None:
        self._schema = schema
        self._rows: dict[str, tuple[list[Any], int]] = {}

    def __call__(self, rows: pa.Table) -> None:
        for op, row in zip(ops(rows).tolist(), encoded(rows, self._schema), strict=True):
            key = json.dumps(row, ensure_ascii=False)
            count = self._rows.get(key, (row, 0))[1] + (1 if op in (0, 2) else -1)
            if count == 0:
                self._rows.pop(key, None)
            else:
                self._rows[key] = (row, count)

    def rows(self) -> list[list[Any]]:
        return [row for row, count in self._rows.values() for _ in range(count)]


class FinalObjects:
    """One JSON object a row of the result, by column name, at the end of bounded inputs."""

    def __init__(self, schema: Sequence[Field], write: Write) -> None:
        self._result, self._write = _Result(schema), write
        self._names = unique([field.name for field in schema])

    def __call__(self, rows: pa.Table) -> None:
        self._result(rows)

    def end(self) -> None:
        for row in self._result.rows():
            self._write(json.dumps(dict(zip(self._names, row, strict=True)), ensure_ascii=False) + "\n")


class FinalTable:
    """A table of the result at the end of bounded inputs."""

    def __init__(self, schema: Sequence[Field], write: Write) -> None:
        self._schema, self._write = schema, write
        self._result = _Result(schema)

    def __call__(self, rows: pa.Table) -> None:
        self._result(rows)

    def end(self) -> None:
        rows = self._result.rows()
        self._write(as_table(rows[:_MOST_ROWS], self._schema))
        more = len(rows) - _MOST_ROWS
        self._write(f"{len(rows)} row{'' if len(rows) == 1 else 's'}{f' ({more} not shown)' if more > 0 else ''}\n")


class ChangingTable:
    """Rows as they come, under a heading, with their changes in front; for inputs without an end."""

    def __init__(self, schema: Sequence[Field], write: Write, *, updates: bool) -> None:
        self._schema, self._write, self._updates = schema, write, updates
        self._widths: list[int] | None = None

    def __call__(self, rows: pa.Table) -> None:
        kinds = [OPS[op] for op in ops(rows).tolist()]
        lines = [
            [*([op] if self._updates else []), *(text_of(value) for value in row)]
            for op, row in zip(kinds, encoded(rows, self._schema), strict=True)
        ]
        if self._widths is None:
            heading = [*(["op"] if self._updates else []), *(field.name for field in self._schema)]
            self._widths = _widths([heading, *lines])
            self._write(_line(heading, self._widths) + "\n" + "  ".join("-" * width for width in self._widths) + "\n")
        self._write("".join(_line(line, self._widths or []) + "\n" for line in lines))

    def end(self) -> None:
        return


def as_table(rows: Sequence[Sequence[Any]], schema: Sequence[Field]) -> str:
    """Columns under their names; numbers to the right."""
    heading = [field.name for field in schema]
    lines = [[text_of(value) for value in row] for row in rows]
    widths = _widths([heading, *lines])
    right = [field.type.root in (*EXACT_NUMERICS, *APPROXIMATE_NUMERICS) for field in schema]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join([_line(heading, widths, right), rule, *(_line(line, widths, right) for line in lines)]) + "\n"


def text_of(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return value.replace("\n", "\\n")
    return json.dumps(value, ensure_ascii=False)


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    return [min(max(_shown_width(cell) for cell in column), _WIDEST) for column in zip(*lines, strict=True)]


def _shown_width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool] = ()) -> str:
    parts = []
    for n, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        shown = cell if _shown_width(cell) <= width else cell[: max(width - 3, 0)] + "..."
        blanks = " " * max(0, width - _shown_width(shown))
        parts.append(blanks + shown if right and right[n] else shown + blanks)
    return "  ".join(parts).rstrip()


def show(schema: Sequence[Field], rows: Sequence[Sequence[Any]], output: str, write: Write) -> None:
    """Rows whose values are in JSON already: what SHOW, DESCRIBE and EXPLAIN answer."""
    if output == "changelog":
        write("".join(json.dumps(["+I", list(row)], ensure_ascii=False) + "\n" for row in rows))
    elif output == "json":
        names = unique([field.name for field in schema])
        write("".join(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n" for row in rows))
    elif output == "table" and len(schema) == 1:
        write("".join(f"{row[0]}\n" for row in rows))
    elif output == "table":
        write(as_table(rows, schema))

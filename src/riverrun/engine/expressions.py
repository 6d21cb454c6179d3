"""Runs bound expressions over batches: one DuckDB statement for a projection with its filter, none where plain columns
do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import OP, WM, control, ops, watermarks, with_column
from riverrun.engine.context import Context, names
from riverrun.engine.schemas import schema_of
from riverrun.schema.types import Field
from riverrun.sql.expr import Call, Expr, walk
from riverrun.sql.functions import can_fail, render, repeated_calls


class Projection:
    """Expressions over rows, and a condition that rows have to meet; control columns pass."""

    def __init__(
        self,
        context: Context,
        expressions: Sequence[Expr],
        condition: Expr | None,
        schema: Sequence[Field],
        inputs: int,
    ) -> None:
        self._context = context
        self._schema = schema_of(schema)
        self._names = [f"c{index}" for index in range(len(expressions))]
        columns = names(inputs)
        every = [*expressions, *([condition] if condition is not None else [])]
        repeated = repeated_calls(every)
        shared: dict[str, str] = {}
        self._source, self._mask = "batch", ""
        if condition is not None:
            where = render(condition, columns, context.session, shared, repeated)
            self._mask = f"SELECT {where} AS c0 FROM {_with_columns(self._source, shared)}"
            self._source = f"{_with_columns(self._source, shared)} WHERE {where}"
        for_condition = dict(shared)
        self._parts = [render(each, columns, context.session, shared, repeated) for each in expressions]
        # Also what is rendered as a column, like the cast of a STRING to a STRING.
        self._plain = [part for part in self._parts if part in columns]
        plain = len(self._plain) == len(self._parts)
        self._only_columns = condition is None and plain
        # Columns that stay as they are do not go through DuckDB, which would copy them.
        self._only_filters = condition is not None and plain and not can_fail(condition)
        # (Tables of several pieces are cut before DuckDB reads them, and it refuses nested columns that are.)
        flat = not any(pa.types.is_nested(field.type) for field in self._schema)
        self._beside = condition is None and flat and bool(self._plain) and not plain
        rest = {sql: name for sql, name in shared.items() if sql not in for_condition}
        self._source = _with_columns(self._source, rest)
        self._watermarked = any(
            isinstance(part, Call) and part.function == "CURRENT_WATERMARK"
            for each in (*expressions, *([condition] if condition is not None else []))
            for part in walk(each)
        )

    def __call__(self, rows: pa.Table) -> pa.Table:
        if not self._parts and not control(rows):
            rows = with_column(rows, OP, ops(rows))
        if self._watermarked:
            rows = with_column(rows, WM, watermarks(rows))
        kept = control(rows)
        if self._only_columns:
            return conform(rows.select([*self._plain, *kept]).rename_columns([*self._names, *kept]), self._schema)
        if not rows.num_rows:
            return conform(rows.select(kept), self._schema)
        if self._only_filters:
            rows = rows.filter(self._context.query(self._mask, batch=rows).column(0).combine_chunks())
            return conform(rows.select([*self._plain, *kept]).rename_columns([*self._names, *kept]), self._schema)
        parts = [f"{part} AS {name}" for part, name in zip(self._parts, self._names, strict=True)]
        if self._beside:
            return conform(self._computed_beside(rows), self._schema)
        found = self._context.query(f"SELECT {', '.join([*parts, *kept])} FROM {self._source}", batch=rows)
        return conform(found, self._schema)

    def _computed_beside(self, rows: pa.Table) -> pa.Table:
        both = list(zip(self._parts, self._names, strict=True))
        computed = [f"{part} AS {name}" for part, name in both if part not in self._plain]
        found = self._context.query(f"SELECT {', '.join(computed)} FROM {self._source}", batch=rows)
        arrays = [rows.column(part) if part in self._plain else found.column(name) for part, name in both]
        kept = control(rows)
        return pa.Table.from_arrays([*arrays, *(rows.column(name) for name in kept)], names=[*self._names, *kept])


def _with_columns(source: str, shared: Mapping[str, str]) -> str:
    """What stands behind FROM, with more columns."""
    if not shared:
        return source
    return f"(SELECT *, {', '.join(f'{sql} AS {name}' for sql, name in shared.items())} FROM {source})"


def constant_rows(rows: Sequence[Sequence[Expr]], schema: Sequence[Field], context: Context) -> pa.Table:
    """Rows of expressions without columns."""
    wanted = schema_of(schema)
    if not rows:
        return wanted.empty_table()
    lines = [", ".join(render(expression, (), context.session) for expression in row) or "0" for row in rows]
    columns = ", ".join(wanted.names) or OP
    found = context.query(f"SELECT * FROM (VALUES {', '.join(f'({line})' for line in lines)}) AS t({columns})")
    return conform(found, wanted) if wanted.names else with_column(found, OP, np.zeros(len(rows), np.int8))


def conform(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """`rows` with exactly the types of `schema` in front (DuckDB may widen), and its control columns."""
    arrays, fields = [], []
    for field in schema:
        at = rows.schema.get_field_index(field.name)
        column = rows.column(at) if at >= 0 else pa.chunked_array([pa.nulls(rows.num_rows, field.type)])
        arrays.append(column if column.type == field.type else column.cast(field.type))
        fields.append(field)
    for name in control(rows):
        arrays.append(rows.column(name))
        fields.append(rows.schema.field(name))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))

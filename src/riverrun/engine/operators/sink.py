"""Sink: checks NOT NULL columns and lengths as the session says, and hands the rows on. Keeps nothing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riverrun.engine.batch import Batch, Mask, where
from riverrun.engine.context import Context
from riverrun.engine.operators.protocol import Operator
from riverrun.errors import RunError
from riverrun.schema.types import MAX_LENGTH, STRINGS, Field, Root
from riverrun.sql import plan
from riverrun.sql.expr import Column, Expr, Span

_NOT_NULL = "table.exec.sink.not-null-enforcer"
_LENGTH = "table.exec.sink.type-length-enforcer"


class NotNullViolated(RunError):
    """A row has NULL in a NOT NULL column. `before` are the rows before it, which are good."""

    def __init__(self, column: str, before: Batch, span: Span | None) -> None:
        super().__init__(
            f"column '{column}' is NOT NULL, and a row has NULL in it",
            todo=f"give it a value (COALESCE), or drop such rows: SET '{_NOT_NULL}' = 'DROP'",
        )
        self.before = before
        self.span = span


class SinkOperator(Operator):
    def __init__(self, node: plan.Sink, context: Context) -> None:
        self._node = node
        options = context.session.options
        self._drops = options.get(_NOT_NULL, "ERROR").upper() == "DROP"
        self._length = options.get(_LENGTH, "IGNORE").upper()
        self._not_null = [n for n, field in enumerate(node.schema) if not field.type.nullable]
        self._limited = [n for n, field in enumerate(node.schema) if _limit(field) is not None]

    def process(self, port: int, batch: Batch) -> Batch:
        rows = self._enforce_lengths(batch.rows) if self._limited and self._length != "IGNORE" else batch.rows
        good = np.ones(len(batch), np.bool_)
        for n in self._not_null:
            column = rows.column(f"c{n}")
            if column.null_count:
                good &= column.is_valid().to_numpy()
        if good.all():
            return batch.with_rows(rows)
        if self._drops:
            return batch.with_rows(where(rows, good))
        raise self._violated(batch.with_rows(rows), good)

    def _violated(self, batch: Batch, good: Mask) -> NotNullViolated:
        at = int(np.argmin(good))
        column = next(n for n in self._not_null if not batch.rows.column(f"c{n}")[at].is_valid)
        before = batch.with_rows(batch.rows.slice(0, at))
        return NotNullViolated(self._node.schema[column].name, before, _origin(self._node.input, column))

    def _enforce_lengths(self, rows: pa.Table) -> pa.Table:
        for n in self._limited:
            field, name = self._node.schema[n], f"c{n}"
            limit = _limit(field)
            assert limit is not None
            column = rows.column(name)
            if self._length == "ERROR":
                self._refuse(column, field, limit)
            else:
                rows = rows.set_column(rows.column_names.index(name), name, _trimmed(column, field, limit))
        return rows

    def _refuse(self, column: pa.ChunkedArray, field: Field, limit: int) -> None:
        size = pc.utf8_length(column) if field.type.root in STRINGS else pc.binary_length(column)
        wrong = pc.greater(size, limit)
        if field.type.root in (Root.CHAR, Root.BINARY):
            wrong = pc.not_equal(size, limit)
        if pc.any(wrong).as_py():
            raise RunError(
                f"column '{field.name}' is {field.type}, and a row has a value of another length in it",
                todo=f"cut it (CAST), or let the sink do so: SET '{_LENGTH}' = 'TRIM_PAD'",
            )


def _limit(field: Field) -> int | None:
    type_ = field.type
    if type_.root in (Root.CHAR, Root.VARCHAR, Root.BINARY, Root.VARBINARY) and type_.length != MAX_LENGTH:
        return type_.length
    return None


def _trimmed(column: pa.ChunkedArray, field: Field, limit: int) -> pa.ChunkedArray:
    if field.type.root in STRINGS:
        cut = pc.utf8_slice_codeunits(column, 0, limit)
        return pc.utf8_rpad(cut, limit) if field.type.root is Root.CHAR else cut
    cut = pc.binary_slice(column, 0, limit)
    if field.type.root is not Root.BINARY:
        return cut
    padded = [None if value is None else value.ljust(limit, b"\0") for value in cut.to_pylist()]
    return pa.chunked_array([pa.array(padded, pa.binary())])


def _origin(node: plan.Node, column: int) -> Span | None:
    """Where in the script the value of a column of `node` was written down."""
    match node:
        case plan.Calc(projections=projections):
            expression: Expr = projections[column]
            if isinstance(expression, Column):
                return _origin(node.input, expression.index) or expression.span
            return expression.span
        case plan.Match(keys=keys, measures=measures) if column >= len(keys):
            return measures[column - len(keys)].expression.span
        case plan.Union():
            return None
        case _:
            return None

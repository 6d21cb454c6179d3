"""WatermarkAssigner: behind every row the maximum so far of an expression; over several partitions the minimum.

Keeps one number per partition.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import END, PART, START, Batch, Ints, data, ints, millis, valid, with_watermarks, without
from riverrun.engine.context import Context
from riverrun.engine.expressions import Projection
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.stores import Numbers, Store
from riverrun.errors import RunError
from riverrun.schema.types import INTERVALS, Field
from riverrun.sql.expr import Call, Column, Literal
from riverrun.sql.plan import WatermarkAssigner


class WatermarkOperator(Operator):
    def __init__(self, node: WatermarkAssigner, context: Context) -> None:
        self._time = f"c{node.time}"
        self._name = node.schema[node.time].name
        self._delay = _constant_delay(node)
        result = (Field("watermark", node.expression.type),)
        self._expression = Projection(context, (node.expression,), None, result, len(node.input.schema))
        self._marks = Numbers(current=START, partitions={})
        self._quiet: Mapping[int, bool] = {0: False}

    def process(self, port: int, batch: Batch) -> Batch:
        rows, before = batch.rows, self._marks["current"]
        if batch.partitions is not None:
            self._quiet = batch.partitions
        if len(batch):
            after = self._after_each(rows)
            rows = with_watermarks(rows, np.concatenate(([before], after[:-1])).astype(np.int64))
            before = int(after[-1])
        self._marks["current"] = END if batch.watermark == END else max(before, self._minimum())
        ended = batch.watermark == END  # the end holds for everybody, also when all partitions are quiet
        return Batch(without(rows, PART), self._marks["current"], not ended and (batch.idle or self._all_quiet))

    @property
    def _all_quiet(self) -> bool:
        return bool(self._quiet) and all(self._quiet.values())

    def _after_each(self, rows: pa.Table) -> Ints:
        """The watermark behind each row."""
        values = self._values(rows)
        marks, current = dict(self._marks["partitions"]), self._marks["current"]
        if PART not in rows.column_names:
            marks[0] = max(marks.get(0, START), int(values.max()))
            self._marks["partitions"] = marks
            return np.maximum.accumulate(np.maximum(values, current))
        part = ints(rows.column(PART))
        lowest = np.full(len(values), END)
        for partition in set(self._quiet) | set(np.unique(part).tolist()):
            own = np.maximum.accumulate(
                np.maximum(np.where(part == partition, values, START), marks.get(partition, START))
            )
            marks[partition] = int(own[-1])
            if not self._quiet.get(partition, False) or (part == partition).any():
                lowest = np.minimum(lowest, own)
        self._marks["partitions"] = marks
        return np.maximum.accumulate(np.maximum(lowest, current))

    def _minimum(self) -> int:
        """The watermark by the partitions that are not quiet."""
        marks = self._marks["partitions"]
        return min((marks.get(number, START) for number, quiet in self._quiet.items() if not quiet), default=START)

    def _values(self, rows: pa.Table) -> Ints:
        time = rows.column(self._time)
        if time.null_count:
            raise RunError(
                f"the event time {self._name} is NULL in a row",
                todo=f"leave such rows out, or give {self._name} a value there (a computed column with COALESCE)",
            )
        if self._delay is not None:
            return millis(time) - self._delay
        result = self._expression(data(rows)).column(0)
        unit = 1_000_000 if result.type.unit == "ns" else 1000
        return np.where(valid(result), ints(result.cast(pa.int64()).fill_null(0)) // unit, START)

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"marks": self._marks}


def _constant_delay(node: WatermarkAssigner) -> int | None:
    """ms, when the expression is the time column, or that minus an interval."""
    match node.expression:
        case Column(index=node.time):
            return 0
        case Call(function="-", args=(Column(index=node.time), Literal(value=int(delay), type=type_))):
            return delay if type_.root is INTERVALS[1] else None
        case _:
            return None

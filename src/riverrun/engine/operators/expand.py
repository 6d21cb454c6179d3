"""Expand: every row once per projection list (grouping sets), row after row. Keeps nothing."""

from __future__ import annotations

import numpy as np

from riverrun.engine.batch import Batch, concat, take
from riverrun.engine.context import Context
from riverrun.engine.expressions import Projection
from riverrun.engine.operators.protocol import Operator
from riverrun.sql.plan import Expand


class ExpandOperator(Operator):
    def __init__(self, node: Expand, context: Context) -> None:
        width = len(node.input.schema)
        self._lists = [Projection(context, each, None, node.schema, width) for each in node.projections]

    def process(self, port: int, batch: Batch) -> Batch:
        count, times = len(batch), len(self._lists)
        together = concat([project(batch.rows) for project in self._lists])
        order = np.arange(count * times).reshape(times, count).T.ravel()
        return Batch(take(together, order), batch.watermark, batch.idle)

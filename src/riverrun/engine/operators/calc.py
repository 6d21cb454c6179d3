"""Calc: projection and filter. Keeps nothing."""

from __future__ import annotations

from riverrun.engine.batch import Batch
from riverrun.engine.context import Context
from riverrun.engine.expressions import Projection
from riverrun.engine.operators.protocol import Operator
from riverrun.sql.plan import Calc


class CalcOperator(Operator):
    def __init__(self, node: Calc, context: Context) -> None:
        self._project = Projection(context, node.projections, node.condition, node.schema, len(node.input.schema))

    def process(self, port: int, batch: Batch) -> Batch:
        return batch.with_rows(self._project(batch.rows))

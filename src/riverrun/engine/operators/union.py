"""Union: UNION ALL of inputs. Keeps nothing but the watermark of each input; its own is the minimum."""

from __future__ import annotations

from collections.abc import Mapping

from riverrun.engine.batch import Batch, with_watermarks
from riverrun.engine.context import Context
from riverrun.engine.inputs import Inputs
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.stores import Store
from riverrun.sql.plan import Union


class UnionOperator(Operator):
    def __init__(self, node: Union, context: Context) -> None:
        self._inputs = Inputs(len(node.inputs))

    def process(self, port: int, batch: Batch) -> Batch:
        arrival = self._inputs.arrive(port, batch)
        return Batch(with_watermarks(batch.rows, arrival.rows), arrival.after, self._inputs.idle)

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"inputs": self._inputs.store}

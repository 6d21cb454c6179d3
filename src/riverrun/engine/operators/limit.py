"""Limit: LIMIT without ORDER BY, the first rows that arrive. Keeps a count."""

from __future__ import annotations

from collections.abc import Mapping

from riverrun.engine.batch import Batch
from riverrun.engine.context import Context
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.stores import Numbers, Store
from riverrun.sql.plan import Limit


class LimitOperator(Operator):
    def __init__(self, node: Limit, context: Context) -> None:
        self._first, self._last = node.offset, node.offset + node.limit
        self._seen = Numbers(seen=0)

    def process(self, port: int, batch: Batch) -> Batch:
        seen = self._seen["seen"]
        begin, end = max(0, self._first - seen), max(0, min(len(batch), self._last - seen))
        self._seen["seen"] = min(seen + len(batch), self._last)
        return Batch(batch.rows.slice(begin, max(0, end - begin)), batch.watermark, batch.idle)

    @property
    def stores(self) -> Mapping[str, Store]:
        return {"seen": self._seen}


def limit(node: Limit, context: Context) -> Operator:
    if not node.input.append_only:
        from riverrun.engine.operators.rank import updating_limit

        return updating_limit(node, context)
    return LimitOperator(node, context)

"""What an operator is.

An operator takes batches on its ports (0 is left), and gives one batch for each: the rows it can say now, in the order
in which Flink would say them, each with its own watermark before it, and its watermark behind the last. The end of the
input is a batch with the watermark END. What it must not forget lies in its stores.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import Batch, Mask, data, where
from riverrun.engine.stores import Store

_KEPT_LATE = 100


@dataclass(slots=True)
class Late:
    """Counts rows that came too late, and keeps the last of them to be looked at."""

    count: int = 0
    kept: deque[pa.Table] = field(default_factory=deque)

    def note(self, rows: pa.Table, mask: Mask) -> None:
        found = int(np.count_nonzero(mask))
        if not found:
            return
        self.count += found
        self.kept.append(data(where(rows, mask)).slice(max(0, found - _KEPT_LATE)))
        while sum(table.num_rows for table in self.kept) - self.kept[0].num_rows >= _KEPT_LATE:
            self.kept.popleft()


class Operator(Protocol):
    """Implemented by naming it as base: what is not overridden means "keeps nothing, has no timers, drops nothing"."""

    def process(self, port: int, batch: Batch) -> Batch: ...

    def tick(self, now_ms: int) -> Batch | None:
        """Processing time has come to `now_ms`; None when that means nothing to this operator."""
        return None

    @property
    def stores(self) -> Mapping[str, Store]:
        """What is saved at a checkpoint, by name."""
        return {}

    def restored(self) -> None:
        """The stores were loaded: build again what is derived from them."""
        return

    @property
    def late(self) -> Late | None:
        """The rows that came too late, for operators that have such."""
        return None

"""The watermark of an operator: the minimum over its inputs that are not idle; it never goes back."""

from __future__ import annotations

import numpy as np

from riverrun.engine.batch import END, START, Arrival, Batch, watermarks
from riverrun.engine.stores import Numbers


class Inputs:
    def __init__(self, count: int = 1) -> None:
        self.store = Numbers(current=START, ports=[START] * count)
        self._idle = [False] * count

    @property
    def current(self) -> int:
        return int(self.store["current"])

    @property
    def idle(self) -> bool:
        return all(self._idle)

    def arrive(self, port: int, batch: Batch) -> Arrival:
        """Take note of a batch; says the combined watermark before each of its rows."""
        ports, before = list(self.store["ports"]), self.current
        others = min((mark for n, mark in enumerate(ports) if n != port and not self._idle[n]), default=END)
        rows = np.clip(watermarks(batch.rows), before, max(others, before))
        # An input that falls silent with a batch has said the watermark of that batch before.
        self._idle[port] = batch.idle and batch.watermark <= ports[port]
        ports[port] = max(ports[port], batch.watermark)
        after = self._lowest(ports, before)
        self._idle[port] = batch.idle
        after = self._lowest(ports, after)
        self.store["ports"], self.store["current"] = ports, after
        return Arrival(before, rows, after)

    def _lowest(self, ports: list[int], before: int) -> int:
        active = [mark for mark, idle in zip(ports, self._idle, strict=True) if not idle]
        return max(before, min(active)) if active else before

"""Rows go to the sinks of a bounded run in a thread of its own, in order, while the next ones are computed."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa

from riverrun.connectors.protocol import Sink

_FEW = 1000  # rows that are not worth a thread


class Writing:
    """One write waits for the one before, and says what went wrong with it."""

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._pending: Future[None] | None = None

    def write(self, sink: Sink, rows: pa.Table, first: int) -> None:
        self.wait()
        if rows.num_rows < _FEW:
            sink.write(rows, first)
            return
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "write")
        self._pending = self._thread.submit(sink.write, rows, first)

    def wait(self) -> None:
        """Until everything is written."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def close(self) -> None:
        """When nobody asks any more what became of the last rows."""
        if self._thread is not None:
            self._thread.shutdown()

"""A job over inputs without an end: small batches, checkpoints, rows to the sinks only after the checkpoint that has
them, and an account for the ledger.

Everything between two checkpoints is either in the second one or never happened: positions, state and the rows said
are written in one transaction. Rows go to the sinks after it; a sink that gets them again after a crash knows them by
their numbers. So every row is in a topic or a file exactly once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pyarrow as pa

from riverrun.connectors.protocol import Source, Surroundings
from riverrun.engine.account import account_of
from riverrun.engine.execution import Collect, Execution, Input
from riverrun.engine.jobfile import JobFile, Parcel, plan_text, stores
from riverrun.ledger import write_account
from riverrun.sql import plan
from riverrun.sql.session import Session

BATCH_ROWS = 5000
# How long rows may wait for a checkpoint while more of them keep coming.
CHECKPOINT_MS = 200
_TICK_MS = 100
_ACCOUNT_MS = 500


@dataclass(slots=True)
class _Due:
    """When things were last done (monotonic ms)."""

    checkpoint: float = 0.0
    tick: float = 0.0
    account: float = 0.0


@dataclass(slots=True)
class _Counts:
    """Since the beginning of the job, over restarts."""

    received: int = 0
    delivered: dict[str, int] = field(default_factory=dict)
    late: int = 0


class Job:
    def __init__(
        self,
        name: str,
        sinks: Sequence[plan.Sink],
        session: Session,
        around: Surroundings,
        collect: Collect | None = None,
        *,
        wrap: Callable[[Source], Source] | None = None,
    ) -> None:
        """`wrap` is put around every source."""
        self.name = name
        self._around = around
        self._clock = around.clock
        self.execution = Execution(sinks, session, replace(around, resumes=True), collect, deliver=self._say)
        for each in self.execution.inputs if wrap is not None else ():
            each.source = wrap(each.source)  # type: ignore[misc]  # it is not None here
        self._file = JobFile(around.data / "jobs" / f"{name}.duckdb", plan_text(tuple(sinks)))
        self._new: list[Parcel] = []
        self._kept: list[Parcel] = []
        self._stored: dict[int, int] = {}
        self._counts = _Counts()
        self._due = _Due()
        self._thread = ThreadPoolExecutor(1, f"checkpoints of {name}")
        self._pending: Future[None] | None = None
        self._dirty = False
        self._late_before = 0
        self._expired = 0
        try:
            self._restore()
        except BaseException:
            self.close()
            raise

    def _restore(self) -> None:
        saved = self._file.load(self.execution.graph)
        if saved is None:
            self.checkpoint()
            return
        for each in self.execution.inputs:
            if str(each.number) in saved.positions:
                each.source.seek(saved.positions[str(each.number)])
        for number, output in enumerate(self.execution.outputs):
            output.next, mark = saved.outputs[number]
            first = min((parcel.first for parcel in saved.parcels if parcel.output == number), default=output.next)
            self._stored[number] = output.sink.resume(mark, first)
        self._counts = _Counts(**saved.counts)
        self._late_before = self._counts.late
        # The sinks' new marks have to be in the file before rows are told again.
        self.checkpoint()
        self._hand_over([parcel for parcel in saved.parcels if parcel.first >= self._stored[parcel.output]])

    def step(self) -> bool:
        """Take in what there is, and make it durable when it is time; False when there was nothing to do."""
        busy = False
        for each in self.execution.inputs:
            busy |= self._read(each)
        now = self._clock.monotonic_ms()
        if now - self._due.tick >= _TICK_MS:
            self._due.tick = now
            self.execution.graph.tick(self._clock.now_ms())
            self._dirty |= self.execution.context.expired > self._expired
        if self._dirty and self._is_due(busy=busy, now=now):
            self.checkpoint(wait=not busy)
        elif not busy:
            self._settle()
            if self._kept:
                self._hand_over(())
        if now - self._due.account >= _ACCOUNT_MS:
            self._write_account()
        return busy

    def _is_due(self, *, busy: bool, now: float) -> bool:
        if not busy:
            return True
        return now - self._due.checkpoint >= CHECKPOINT_MS and (self._pending is None or self._pending.done())

    def _read(self, each: Input) -> bool:
        rows = self.execution.read(each, BATCH_ROWS)
        if rows is None:
            return False
        self._counts.received += rows
        self._dirty = True
        return rows > 0

    def _say(self, output: int, rows: pa.Table, first: int) -> None:
        """Rows for an output: they wait for the checkpoint."""
        self._new.append(Parcel(output, first, rows))
        self._dirty = True

    def checkpoint(self, *, wait: bool = True) -> None:
        """Make durable what was taken in and what follows from it, and hand that over: in a thread, as of now, while
        more is taken in unless it is waited for. The one before has to be through, with its rows at the sinks."""
        self._settle()
        self._counts.late = self._late_before + self._late()
        outputs = {n: (output.next, output.sink.mark) for n, output in enumerate(self.execution.outputs)}
        positions = {str(each.number): each.source.position for each in self.execution.inputs}
        for parcel in self._new:
            name = self.execution.outputs[parcel.output].name
            self._counts.delivered[name] = self._counts.delivered.get(name, 0) + parcel.rows.num_rows
        counts = {"received": self._counts.received, "delivered": self._counts.delivered, "late": self._counts.late}
        state = json.dumps({"positions": positions, "outputs": outputs, "counts": counts})
        self._file.collect(self.execution.graph)
        new, self._new = self._new, []
        self._dirty = False
        self._expired = self.execution.context.expired
        self._due.checkpoint = self._clock.monotonic_ms()
        self._pending = self._thread.submit(self._write, state, new)
        if wait:
            self._settle()

    def _write(self, state: str, new: Sequence[Parcel]) -> None:
        self._file.checkpoint(state, new, self._stored)
        self._hand_over(new)

    def _settle(self) -> None:
        """Until the last checkpoint is through. What went wrong with it is raised every time: there is no next one."""
        if self._pending is not None:
            self._pending.result()
            self._pending = None

    def _hand_over(self, parcels: Sequence[Parcel]) -> None:
        """Rows that are in the file go to the sinks; what these have stored leaves the file at the next checkpoint."""
        for parcel in parcels:
            self.execution.outputs[parcel.output].sink.write(parcel.rows, parcel.first)
        self._kept += parcels
        for number, output in enumerate(self.execution.outputs):
            self._stored[number] = output.sink.flush(end=False)
        self._kept = [parcel for parcel in self._kept if parcel.first >= self._stored[parcel.output]]

    def _late(self) -> int:
        vertices = self.execution.graph.vertices
        found = [vertex.operator.late for vertex in vertices if vertex.operator is not None]
        return sum(late.count for late in found if late is not None)

    def _write_account(self) -> None:
        self._due.account = self._clock.monotonic_ms()
        details = {
            "state_rows": sum(len(store) for _, store in stores(self.execution.graph)),
            "state_bytes": self._file.size(),
            "waiting": sum(parcel.rows.num_rows for parcel in self._kept),
        }
        account = account_of(self.name, self.execution, self._clock.now_ms(), details)
        account.received, account.delivered = self._counts.received, dict(self._counts.delivered)
        account.late = self._late_before + self._late()
        write_account(self._around.data, account, durable=False)

    def stop(self) -> None:
        """Make durable what was taken in, hand it over, and close."""
        try:
            self.checkpoint()
            self._write_account()
        finally:
            self.close()

    def close(self) -> None:
        """Without a checkpoint: the job will go on from the last one."""
        self._thread.shutdown()
        self.execution.close()
        self._file.close()

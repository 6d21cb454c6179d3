"""The supervisor: all rooms as processes; a crash stops no other, and stopping drains and loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
from collections.abc import Collection, Sequence
from pathlib import Path

import psutil

from riverrun.clock import Clock, SystemClock
from riverrun.errors import RunError
from riverrun.ledger import read_accounts
from riverrun.serve.books import open_entries
from riverrun.status import Process, Status, read_status, status_path, write_status
from riverrun.supervise.process import Log, Supervised
from riverrun.supervise.spec import READERS, Spec, in_order
from riverrun.topics import LocalTopics

POLL_S = 0.05
STATUS_S = 0.5
DRAIN_S = 120.0
STOP_S = 30.0
_STARTED_SLACK_S = 5.0


class Supervisor:
    """Runs the processes of `specs` over one data folder. `stop` may be called again to be less patient each time."""

    def __init__(
        self,
        data: Path,
        specs: Sequence[Spec],
        log: Log,
        *,
        config: str | None = None,
        addresses: dict[str, str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.data = data
        self.clock = clock or SystemClock()
        self.processes: dict[str, Supervised] = {}
        self._specs = specs
        self.addresses = addresses or {}
        self._config = config
        self._log = log
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._started = self.clock.now_ms()
        self._impatience = 0
        self._asked = asyncio.Event()
        self._lock = -1

    async def __aenter__(self) -> Supervisor:
        self._lock = _take(self.data)
        await stop_orphans(self.data, self._log)
        for spec in self._specs:
            self.start(spec)
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._drain()
        self._watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._watching
        self._write_status()
        os.close(self._lock)

    def start(self, spec: Spec) -> None:
        """One process more (those of the constructor are started on entering)."""
        process = self.processes[spec.name] = Supervised(spec, self.clock, self._log)
        self._tasks[spec.name] = asyncio.create_task(process.run())

    def stop(self) -> None:
        """Asked to stop. The second time the drain does not wait for readers, the third time everything is killed."""
        self._impatience += 1
        self._asked.set()
        if self._impatience == 2:
            self._log("up", "asked again: stopping without waiting for what is still open (it stays in the topics)")
        if self._impatience >= 3:
            for process in self.processes.values():
                process.stop(signal.SIGKILL)

    @property
    def asked(self) -> bool:
        return self._asked.is_set()

    def stop_on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for sig in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sig, self.stop)

    async def until_running(self) -> bool:
        """Wait until every process runs (those with a port: until they listen). False when one gave up or it was asked
        to stop."""
        while not self.asked and not self.failed():
            if all(process.state == "running" or process.ended for process in self.processes.values()):
                return True
            await asyncio.sleep(POLL_S)
        return False

    async def until_asked(self, timeout_s: float | None = None) -> bool:
        """Wait until `stop` was called, every process has ended, or time is up. True when asked."""
        ended = asyncio.create_task(self._all_ended())
        asked = asyncio.create_task(self._asked.wait())
        await asyncio.wait((ended, asked), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        for task in (ended, asked):
            task.cancel()
        return self._asked.is_set()

    def failed(self) -> list[Process]:
        return [process.status() for process in self.processes.values() if process.state == "failed"]

    async def _all_ended(self) -> None:
        while not all(process.ended for process in self.processes.values()):
            await asyncio.sleep(POLL_S)

    async def _watch(self) -> None:
        while True:
            for process in self.processes.values():
                process.sample()
            self._write_status()
            await asyncio.sleep(STATUS_S)

    async def _drain(self) -> None:
        for group in in_order([process.spec for process in self.processes.values()]):
            if group[0].room in READERS:
                await self._wait_for_readers(group[0].room)
            await self._stop_group([self.processes[spec.name] for spec in group])

    async def _wait_for_readers(self, room: str) -> None:
        """Until the room has read everything that is stored for it: those who write for it have stopped already."""
        end = self.clock.monotonic_ms() + DRAIN_S * 1000
        while self._impatience < 2 and self.clock.monotonic_ms() < end:
            running = [p for p in self.processes.values() if p.spec.room == room and p.state != "failed"]
            reads = {topic for process in running for topic in process.spec.reads}
            if not running or still_open(self.data, room, reads) == 0:
                return
            await asyncio.sleep(POLL_S)
        self._log("up", f"{room}: {still_open(self.data, room)} entries stay open; they are read at the next start")

    async def _stop_group(self, group: list[Supervised]) -> None:
        for process in group:
            process.stop()
        tasks = [self._tasks[process.spec.name] for process in group]
        _, late = await asyncio.wait(tasks, timeout=STOP_S)
        if late:
            for process in group:
                if process.pid is not None:
                    self._log("up", f"{process.spec.name} does not end; killing it")
                    process.stop(signal.SIGKILL)
            await asyncio.wait(late)
        for task in tasks:
            task.result()

    def _write_status(self) -> None:
        write_status(
            self.data,
            Status(
                pid=os.getpid(),
                started=self._started,
                updated=self.clock.now_ms(),
                config=self._config,
                addresses=self.addresses,
                processes=tuple(process.status() for process in self.processes.values()),
            ),
        )


def still_open(data: Path, room: str, reads: Collection[str] = ()) -> int:
    """Entries that the room has not taken in yet. `reads`: topics it reads, should it have no account of them yet."""
    topics = LocalTopics(data)
    accounts = [account for account in read_accounts(data) if account.room == room]
    known = {topic for account in accounts for topic in account.positions}
    ends = {topic: topics.end(topic) for topic in known.union(reads)}
    untouched = sum(sum(ends[topic].values()) for topic in set(reads) - known)
    return untouched + sum(open_entries(account, ends) for account in accounts)


def _take(data: Path) -> int:
    """The lock of the one supervisor of a data folder."""
    path = status_path(data).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise RunError(
            f"another riverrun is running over {data}", todo="stop it, or name another folder with --data"
        ) from error
    return descriptor


async def stop_orphans(data: Path, log: Log) -> None:
    """End the processes that a supervisor left behind when it was killed: they hold ports and partitions."""
    status = read_status(data)
    left = [orphan for process in (status.processes if status else ()) if (orphan := _orphan(process))]
    for orphan in left:
        log("up", f"ending process {orphan.pid}, which an earlier run left behind")
        with contextlib.suppress(psutil.Error):
            orphan.terminate()
    _, alive = await asyncio.to_thread(psutil.wait_procs, left, STOP_S)
    for orphan in alive:
        with contextlib.suppress(psutil.Error):
            orphan.kill()
    await asyncio.to_thread(psutil.wait_procs, alive, STOP_S)


def _orphan(process: Process) -> psutil.Process | None:
    """The process of the status file, when it is still that one: numbers are used again."""
    if process.pid is None or process.started is None:
        return None
    try:
        found = psutil.Process(process.pid)
        same = abs(found.create_time() - process.started / 1000) < _STARTED_SLACK_S
        return found if same and found.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None

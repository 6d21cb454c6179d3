"""Several workers on one port: started, kept running, stopped, and their numbers added up."""

from __future__ import annotations

import asyncio
import logging
import pickle
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from riverrun.collect.duplicates import DuplicateMemory
from riverrun.collect.listening import cannot_listen
from riverrun.collect.metrics import NOTHING, Snapshot, counted, summed
from riverrun.collect.run import Ready, ready_facts, start_admin, stop_signals
from riverrun.config.model import Config
from riverrun.errors import RunError

log = logging.getLogger(__name__)

_RESTART_DELAY, _LONGEST_DELAY = 0.1, 5.0  # seconds between the end of a worker and its successor
_snapshots = msgspec.json.Decoder(Snapshot)


class Task(NamedTuple):
    """What a worker is told (pickled) when it starts."""

    config: Config
    data: Path
    port: int
    log_level: int


class Worker:
    """A worker process as its supervisor sees it."""

    def __init__(
        self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.process = process
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()
        self.up = False
        self.counted = NOTHING  # its counters when they were last seen

    async def ready(self) -> bool:
        """Wait until it takes events; False when it ended before."""
        async with self._turn:
            with suppress(ConnectionError):
                self.up = await self._reader.readline() == b"ready\n"
        return self.up

    async def snapshot(self) -> Snapshot | None:
        """Its numbers; None when it is not ready, or does not answer."""
        if not self.up:
            return None
        async with self._turn:
            with suppress(TimeoutError, msgspec.DecodeError, ConnectionError):
                self._writer.write(b"?\n")
                line = await asyncio.wait_for(self._reader.readline(), 5.0)
                if line:
                    snapshot = _snapshots.decode(line)
                    self.counted = counted(snapshot)
                    return snapshot
        return None

    def close(self) -> None:
        self._writer.close()


async def _start(task: Task) -> Worker:
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "riverrun.collect.worker", str(theirs.fileno()),
            pass_fds=(theirs.fileno(),), start_new_session=True,
        )  # fmt: skip
    reader, writer = await asyncio.open_connection(sock=ours, limit=2**20)
    raw = pickle.dumps(task)
    writer.write(len(raw).to_bytes(4) + raw)
    return Worker(process, reader, writer)


class Supervisor:
    """Keeps `count` workers running."""

    def __init__(self, task: Task, count: int) -> None:
        self._task = task
        self._workers: list[Worker | None] = [None] * count
        self._stopping = False
        self._gone = NOTHING  # the counters of workers that ended: a sum of counters must not fall

    async def keep(self, number: int, up: asyncio.Event) -> None:
        """Run worker `number`, again and again, until told to stop."""
        delay = _RESTART_DELAY
        while not self._stopping:
            worker = self._workers[number] = await _start(self._task)
            if self._stopping:
                self._tell(worker)  # it was told to stop while this one started
            if await worker.ready():
                up.set()
            status = await worker.process.wait()
            worker.close()
            self._workers[number] = None
            self._gone = summed([self._gone, worker.counted])
            if self._stopping:
                return
            if not up.is_set():
                raise RunError("a worker could not start", todo="see its message above")
            log.error("worker %d (pid %d) ended with status %d; starting another", number, worker.process.pid, status)
            await asyncio.sleep(delay)
            # One that was killed is not to blame; one that ends by itself may do so again at once.
            delay = _RESTART_DELAY if status < 0 else min(delay * 2, _LONGEST_DELAY)

    async def numbers(self) -> tuple[Snapshot, int]:
        """(the numbers of all workers since the start, how many workers said theirs)."""
        asked = [worker for worker in self._workers if worker is not None]
        found = await asyncio.gather(*(worker.snapshot() for worker in asked))
        # One that ended meanwhile is among those that are gone; one that does not answer has what it last had.
        known = [
            snapshot or worker.counted for snapshot, worker in zip(found, asked, strict=True) if worker in self._workers
        ]
        return summed([self._gone, *known]), sum(snapshot is not None for snapshot in found)

    def pids(self) -> list[int]:
        return [worker.process.pid for worker in self._workers if worker is not None and worker.up]

    def stop(self) -> None:
        self._stopping = True
        for worker in self._workers:
            if worker is not None:
                self._tell(worker)

    def _tell(self, worker: Worker) -> None:
        with suppress(ProcessLookupError):
            worker.process.send_signal(signal.SIGTERM)


async def supervise(config: Config, data: Path, ready: Ready) -> int:
    """Reserve the port, start the workers on it, keep them running until a signal says to stop."""
    server = config.global_.server
    # What the workers share is made here, so that they need not agree on who makes it.
    DuplicateMemory(config.global_.mapper.duplicate_memory_size, data / "collect" / "duplicates")
    with _reserved(server.host, server.port) as reserved:
        port = reserved.getsockname()[1]
        supervisor = Supervisor(Task(config, data, port, logging.getLogger().level), server.workers)
        ups = [asyncio.Event() for _ in range(server.workers)]
        keepers = [asyncio.create_task(supervisor.keep(number, up)) for number, up in enumerate(ups)]
        told = stop_signals()
        all_up = asyncio.gather(*(up.wait() for up in ups))
        stop = asyncio.create_task(told.wait())
        starting: list[asyncio.Future[Any]] = [all_up, stop, *keepers]
        await asyncio.wait(starting, return_when=asyncio.FIRST_COMPLETED)
        admin = None
        if all_up.done():
            facts = ready_facts(config, port)

            async def state() -> tuple[Snapshot, dict[str, object]]:
                snapshot, said = await supervisor.numbers()
                return snapshot, {**facts, "workers": said, "pids": supervisor.pids()}

            admin = await start_admin(config, facts, state)
            ready(facts)
            await asyncio.wait([stop, *keepers], return_when=asyncio.FIRST_COMPLETED)
        all_up.cancel()
        stop.cancel()
        supervisor.stop()
        results = await asyncio.gather(*keepers, return_exceptions=True)
        if admin is not None:
            admin.close()
    return _outcome(results)


def _outcome(results: Sequence[BaseException | None]) -> int:
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return 0


def _reserved(host: str | None, port: int) -> socket.socket:
    """A socket that holds the port, and takes no connections, so that workers that come and go find it free."""
    family = socket.AF_INET6 if host is not None and ":" in host else socket.AF_INET
    reserved = socket.socket(family, socket.SOCK_STREAM)
    try:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind((host or "127.0.0.1", port))
    except OSError as error:
        reserved.close()
        raise cannot_listen(host, port, error) from error
    return reserved

"""One supervised process: started, its output passed on under its name, its memory watched, its end noticed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import Callable

import psutil

from riverrun.clock import Clock
from riverrun.status import Process, State
from riverrun.supervise.spec import Spec

BACKOFF_MS = (500, 1000, 2000, 5000, 10_000)
HEALTHY_MS = 30_000
# Statuses with which a command says that starting it again would not help: wrong input, and not supported.
HOPELESS = (2, 3)
_LINE_LIMIT = 256 * 1024
_LISTENS_S = 0.05

Log = Callable[[str, str], None]


class Supervised:
    """`run` keeps the process running until `stop`. All state is in one event loop."""

    def __init__(self, spec: Spec, clock: Clock, log: Log) -> None:
        self.spec = spec
        self.state: State = "stopped"
        self.restarts = 0
        self.peak_bytes = 0
        self.exit: int | None = None
        self.started: int | None = None
        self.next_start: int | None = None
        self.last_lines: deque[str] = deque(maxlen=20)
        self._clock = clock
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._crashes = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    @property
    def ended(self) -> bool:
        """It will not be started again."""
        return self.state in ("stopped", "failed") and self.started is not None

    def status(self) -> Process:
        return Process(
            name=self.spec.name,
            room=self.spec.room,
            state=self.state,
            pid=self.pid,
            port=self.spec.port,
            started=self.started,
            next_start=self.next_start,
            restarts=self.restarts,
            peak_bytes=self.peak_bytes,
            exit=self.exit,
            error=self.last_lines[-1] if self.exit and self.last_lines else None,
        )

    async def run(self) -> None:
        while not self._stopping.is_set():
            await self._run_once()
            if self._stopping.is_set() or (self.spec.once and self.exit == 0):
                break
            if self.exit in HOPELESS:
                self.state = "failed"
                self._log(self.spec.name, f"ended with status {self.exit}: mend what it says and start again")
                return
            await self._wait_before_restart()
        self.state = "stopped"

    def stop(self, sig: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end; it is not started again."""
        self._stopping.set()
        if self._process is not None and self._process.returncode is None:
            if self.state != "stopped":
                self.state = "draining"
            self._process.send_signal(sig)

    def sample(self) -> None:
        """Look at its memory now (its own children's included)."""
        if self.pid is not None:
            self.peak_bytes = max(self.peak_bytes, resident_bytes(self.pid))

    async def _run_once(self) -> None:
        self.state, self.next_start, self.started = "starting", None, self._clock.now_ms()
        self.last_lines.clear()
        # A process group of its own: Ctrl-C must reach the supervisor only, which then stops the rooms in order.
        self._process = await asyncio.create_subprocess_exec(
            *self.spec.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **self.spec.environment, "PYTHONUNBUFFERED": "1"},
            process_group=0,
            limit=_LINE_LIMIT,
        )
        opening = asyncio.create_task(self._until_it_listens())
        if self._stopping.is_set():
            self._process.send_signal(signal.SIGTERM)
        await self._pass_on_output()
        self.exit = await self._process.wait()
        opening.cancel()

    async def _until_it_listens(self) -> None:
        """Running is what takes connections; of what has no port nothing more is known than that it was started."""
        while self.spec.port is not None and not await listens(self.spec.host, self.spec.port):
            await asyncio.sleep(_LISTENS_S)
        if self.state == "starting":
            self.state = "running"

    async def _pass_on_output(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while True:
            try:
                line = await self._process.stdout.readline()
            except ValueError:
                continue  # a line longer than the limit: the reader has dropped it
            if not line:
                return
            text = line.decode(errors="replace").rstrip()
            self.last_lines.append(text)
            self._log(self.spec.name, text)

    async def _wait_before_restart(self) -> None:
        assert self.started is not None
        lived = self._clock.now_ms() - self.started
        self._crashes = 0 if lived >= HEALTHY_MS else self._crashes + 1
        wait = BACKOFF_MS[min(self._crashes, len(BACKOFF_MS)) - 1] if self._crashes else BACKOFF_MS[0]
        self.restarts += 1
        self.state, self.next_start = "waiting", self._clock.now_ms() + wait
        self._log(self.spec.name, f"{ending(self.exit)}; started again in {wait / 1000:g} s")
        try:
            await asyncio.wait_for(self._stopping.wait(), wait / 1000)
        except TimeoutError:
            return


async def listens(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


def ending(status: int | None) -> str:
    """How a process ended, in words.

    >>> ending(-9), ending(1)
    ('ended by SIGKILL', 'ended with status 1')
    """
    if status is not None and status < 0:
        return f"ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"


def resident_bytes(pid: int) -> int:
    """Resident memory of a process and of all that it started; 0 when it is gone."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0
    total = 0
    for member in family:
        try:
            total += int(member.memory_info().rss)
        except psutil.Error:
            continue  # ended between the two looks
    return total

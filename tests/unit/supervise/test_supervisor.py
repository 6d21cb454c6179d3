"""The supervisor with real processes: what crashes comes back, what is hopeless does not, stopping goes in order."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from riverrun.clock import SystemClock
from riverrun.errors import RunError
from riverrun.status import Process, Status, read_status, write_status
from riverrun.supervise import process as process_module
from riverrun.supervise import supervisor as supervisor_module
from riverrun.supervise.process import Supervised, ending, resident_bytes
from riverrun.supervise.rooms import free_port
from riverrun.supervise.spec import Spec, in_order
from riverrun.supervise.supervisor import Supervisor, still_open
from tests.helpers.world import World, shop

WAITS = """
    import signal, sys, time
    def end(*_):
        print("told to end", flush=True)
        sys.exit(0)
    signal.signal(signal.SIGTERM, end)
    print("ready", flush=True)
    while True:
        time.sleep(60)
"""


def script(name: str, room: str, text: str, *, once: bool = False, port: int | None = None) -> Spec:
    return Spec(name, room, (sys.executable, "-S", "-c", textwrap.dedent(text)), once=once, port=port)


class Lines:
    """The log: (name, text) in the order in which it came."""

    def __init__(self) -> None:
        self.all: list[tuple[str, str]] = []

    def __call__(self, name: str, text: str) -> None:
        self.all.append((name, text))

    def of(self, name: str) -> list[str]:
        return [text for found, text in self.all if found == name]


async def until(true: Callable[[], bool], seconds: float = 20) -> None:
    end = asyncio.get_running_loop().time() + seconds
    while not true():
        assert asyncio.get_running_loop().time() < end, "it did not come true"
        await asyncio.sleep(0.01)


@pytest.fixture
def log() -> Lines:
    return Lines()


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "BACKOFF_MS", (20, 40))
    monkeypatch.setattr(supervisor_module, "STATUS_S", 0.02)


async def test_rooms_stop_in_the_order_of_the_data(tmp_path: Path, log: Lines) -> None:
    specs = [script(room, room, WAITS) for room in ("serve", "run", "collect", "visitors", "map")]
    async with Supervisor(tmp_path, specs, log) as supervisor:
        await until(lambda: all("ready" in log.of(spec.name) for spec in specs))
    assert [name for name, text in log.all if text == "told to end"] == ["visitors", "collect", "map", "run", "serve"]
    assert all(process.state == "stopped" for process in supervisor.processes.values())
    assert not supervisor.failed()


async def test_what_crashes_comes_back_and_stops_no_other(tmp_path: Path, log: Lines) -> None:
    specs = [script("map", "map", WAITS), script("serve", "serve", WAITS)]
    async with Supervisor(tmp_path, specs, log) as supervisor:
        await until(lambda: log.of("map") == ["ready"] and log.of("serve") == ["ready"])
        crashed, other = supervisor.processes["map"].pid, supervisor.processes["serve"].pid
        assert crashed is not None
        os.kill(crashed, signal.SIGKILL)
        await until(lambda: log.of("map").count("ready") == 2)
        status = supervisor.processes["map"].status()
        assert (status.restarts, status.exit, status.state) == (1, -signal.SIGKILL, "running")
        assert supervisor.processes["map"].pid != crashed
        assert supervisor.processes["serve"].pid == other
    assert "ended by SIGKILL; started again in 0.02 s" in log.of("map")


async def test_what_has_a_port_runs_when_it_listens(tmp_path: Path, log: Lines) -> None:
    port = free_port(0)
    text = f"""
        import pathlib, socket, time
        print("started", flush=True)
        while not pathlib.Path({str(tmp_path / "go")!r}).exists():
            time.sleep(0.01)
        kept = socket.create_server(("127.0.0.1", {port}))
        time.sleep(60)
    """
    spec = script("serve", "serve", text, port=port)
    async with Supervisor(tmp_path, [spec], log) as supervisor:
        await until(lambda: log.of("serve") == ["started"])
        assert supervisor.processes["serve"].status().state == "starting"
        (tmp_path / "go").touch()
        assert await asyncio.wait_for(supervisor.until_running(), 60)
        assert supervisor.processes["serve"].status().state == "running"


async def test_waiting_until_it_runs_ends_when_something_gives_up(tmp_path: Path, log: Lines) -> None:
    async with Supervisor(tmp_path, [script("run", "run", "import sys; sys.exit(2)")], log) as supervisor:
        await until(lambda: bool(supervisor.failed()))
        assert not await supervisor.until_running()


async def test_it_waits_longer_each_time(tmp_path: Path, log: Lines) -> None:
    async with Supervisor(tmp_path, [script("map", "map", "import sys; sys.exit(1)")], log) as supervisor:
        await until(lambda: supervisor.processes["map"].restarts >= 3)
    waits = [text.rsplit(" in ", 1)[1] for text in log.of("map") if "started again" in text]
    assert waits[:3] == ["0.02 s", "0.04 s", "0.04 s"]


@pytest.mark.parametrize("status", [2, 3])
async def test_what_is_hopeless_is_not_started_again(tmp_path: Path, log: Lines, status: int) -> None:
    text = f"import sys; print('pipelines.x: unknown function', file=sys.stderr); sys.exit({status})"
    async with Supervisor(tmp_path, [script("run", "run", text), script("serve", "serve", WAITS)], log) as supervisor:
        await until(lambda: bool(supervisor.failed()))
        await until(lambda: "ready" in log.of("serve"))
        failed = supervisor.failed()[0]
        assert (failed.exit, failed.restarts, failed.error) == (status, 0, "pipelines.x: unknown function")


async def test_what_runs_once_may_end(tmp_path: Path, log: Lines) -> None:
    specs = [script("visitors", "visitors", "print('sent 3')", once=True)]
    async with Supervisor(tmp_path, specs, log) as supervisor:
        assert await supervisor.until_asked(20) is False
        assert supervisor.processes["visitors"].status().exit == 0
    assert log.of("visitors") == ["sent 3"]


async def test_a_process_that_does_not_end_is_killed(
    tmp_path: Path, log: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "STOP_S", 0.1)
    stubborn = """
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("ready", flush=True)
        time.sleep(60)
    """
    async with Supervisor(tmp_path, [script("map", "map", stubborn)], log) as supervisor:
        await until(lambda: log.of("map") == ["ready"])
    assert supervisor.processes["map"].exit == -signal.SIGKILL
    assert "map does not end; killing it" in log.of("up")


async def test_readers_are_stopped_when_they_have_read_everything(tmp_path: Path, log: Lines) -> None:
    world = World(tmp_path)
    shop(world, 20)
    world.event(99, "s", "SEARCH", world.start)
    assert still_open(tmp_path, "map") == 1
    assert still_open(tmp_path, "map", ["events", "unread"]) == 1
    assert still_open(tmp_path, "run", ["events"]) == 21
    async with Supervisor(tmp_path, [script("map", "map", WAITS)], log) as supervisor:
        await until(lambda: log.of("map") == ["ready"])
        draining = asyncio.create_task(supervisor._drain())
        await asyncio.sleep(0.2)
        assert log.of("map") == ["ready"]  # the drain waits for the reader
        world.account("map", "clicks", ["events"], delivered={"clicks": 20}, rejected={"unmappable": 1})
        await draining
    assert log.of("map") == ["ready", "told to end"]
    world.close()


async def test_asked_twice_it_does_not_wait_for_readers(tmp_path: Path, log: Lines) -> None:
    world = World(tmp_path)
    shop(world, 20)
    world.event(99, "s", "SEARCH", world.start)
    world.close()
    async with Supervisor(tmp_path, [script("map", "map", WAITS)], log) as supervisor:
        await until(lambda: log.of("map") == ["ready"])
        supervisor.stop()
        assert await supervisor.until_asked() is True
        supervisor.stop()
    assert "map: 1 entries stay open; they are read at the next start" in log.of("up")


async def test_one_supervisor_a_folder(tmp_path: Path, log: Lines) -> None:
    async with Supervisor(tmp_path, [], log):
        with pytest.raises(RunError, match="another riverrun is running"):
            await Supervisor(tmp_path, [], log).__aenter__()
    async with Supervisor(tmp_path, [], log):
        pass


async def test_what_a_killed_supervisor_left_behind_is_ended_first(tmp_path: Path, log: Lines) -> None:
    orphan = await asyncio.create_subprocess_exec(
        sys.executable, "-S", "-c", textwrap.dedent(WAITS), stdout=asyncio.subprocess.PIPE
    )
    assert orphan.stdout is not None
    await orphan.stdout.readline()
    started = int(psutil.Process(orphan.pid).create_time() * 1000)
    reused = Process(name="map", room="map", state="running", pid=os.getpid(), started=1)
    left = Process(name="collect", room="collect", state="running", pid=orphan.pid, started=started)
    write_status(tmp_path, Status(pid=1, started=1, updated=1, processes=(left, reused)))
    async with Supervisor(tmp_path, [], log):
        # 255: here the orphan is our own child, and the supervisor may have been the first to reap it.
        assert await asyncio.wait_for(orphan.wait(), 20) in (0, 255)
    await orphan.stdout.read()
    assert log.of("up") == [f"ending process {orphan.pid}, which an earlier run left behind"]


async def test_the_status_file_tells_what_runs(tmp_path: Path, log: Lines) -> None:
    async with Supervisor(tmp_path, [script("map", "map", WAITS)], log, addresses={"live": "http://x/"}) as supervisor:
        await until(lambda: log.of("map") == ["ready"] and supervisor.processes["map"].peak_bytes > 1_000_000)
        await until(lambda: bool((read_status(tmp_path) or supervisor_status()).processes[0].peak_bytes))
        status = read_status(tmp_path)
        assert status is not None
        assert (status.pid, status.addresses) == (os.getpid(), {"live": "http://x/"})
        assert (status.processes[0].pid, status.processes[0].state) == (supervisor.processes["map"].pid, "running")
    status = read_status(tmp_path)
    assert status is not None
    assert (status.processes[0].pid, status.processes[0].state) == (None, "stopped")


def supervisor_status() -> Status:
    return Status(pid=0, started=0, updated=0, processes=(Process(name="", room="", state="starting"),))


async def test_a_command_that_does_not_exist_is_an_error(tmp_path: Path, log: Lines) -> None:
    supervised = Supervised(Spec("x", "map", ("/nowhere/riverrun",)), SystemClock(), log)
    with pytest.raises(FileNotFoundError):
        await supervised.run()


def test_unknown_rooms_stop_first() -> None:
    specs = [Spec(name, name, ()) for name in ("serve", "collect", "extra")]
    assert [group[0].name for group in in_order(specs)] == ["extra", "collect", "serve"]


def test_words_for_endings() -> None:
    assert ending(-9) == "ended by SIGKILL"
    assert ending(1) == "ended with status 1"
    assert resident_bytes(2**22 + 1) == 0

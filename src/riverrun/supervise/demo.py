"""`riverrun demo`: the jeans shop, its visitors and everything behind them, on one machine and without a network."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from riverrun.config import Config, load_config
from riverrun.errors import RunError
from riverrun.serve.results import result_topics
from riverrun.supervise.log import LogFile
from riverrun.supervise.report import Report, take_stock
from riverrun.supervise.rooms import free_port, mapped_topics, rooms
from riverrun.supervise.spec import Spec, riverrun
from riverrun.supervise.supervisor import Supervisor
from riverrun.topics import LocalTopics

SHOP_PORT = 8292
RATE = 20.0  # requests a second; more when the visitors' clock runs much faster, so that each minute has some
FAST = 12.0
_POLL_S = 0.1
_START_S = 120.0


@dataclass(frozen=True, slots=True)
class Options:
    """`seconds`: None runs until stopped. `speed`: how much faster the visitors' clock runs than ours. `report`: count
    everything at the end."""

    data: Path
    seconds: float | None = None
    speed: float = 1.0
    seed: int = 1
    report: bool = True


def example() -> Path:
    """The folder of the shop: in a wheel beside the code, in a source checkout at the top."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "examples" / "shop", package.parent.parent / "examples" / "shop"):
        if (folder / "riverrun.toml").is_file():
            return folder
    raise RunError("the shop is not installed with this riverrun", todo="run the demo from a source checkout")


class Demo:
    """One run of the demo. `announce` is told the addresses once everything listens."""

    def __init__(
        self, options: Options, tell: Callable[[str], None], announce: Callable[[dict[str, str]], None]
    ) -> None:
        self.options = options
        self.shop = example()
        self.path = self.shop / "riverrun.toml"
        self.config: Config = load_config(self.path)
        self.results = list(result_topics(self.config))
        self._tell = tell
        self._announce = announce
        self._first_result: float | None = None

    def run(self) -> Report | None:
        """Run it to its end; the report, when the options want one."""
        self.options.data.mkdir(parents=True, exist_ok=True)
        with LogFile(self.options.data / "log.txt", self._tell) as log:
            return asyncio.run(self._run(log))

    async def _run(self, log: LogFile) -> Report | None:
        begin = time.monotonic()
        data = self.options.data
        ports = self._ports()
        addresses = {
            "shop": f"http://127.0.0.1:{ports['shop']}/",
            "live": f"http://127.0.0.1:{ports['live']}/",
            "collector": f"http://127.0.0.1:{ports['collector']}/",
        }
        before = self._rows()
        specs = rooms(self.config, self.path, data, port=ports["collector"], live_port=ports["live"])
        specs.append(self._shop_spec(ports["shop"], addresses))
        supervisor = Supervisor(data, specs, log, config=str(self.path), addresses=addresses)
        supervisor.stop_on_signals()
        async with supervisor:
            await self._wait_until_open(supervisor)
            if not supervisor.asked:
                await self._visits(supervisor, addresses, begin, before)
        if not self.options.report or "visitors" not in supervisor.processes:
            return None
        visitors = supervisor.processes["visitors"]
        return take_stock(
            data,
            events=self.config.global_.collect.topic,
            mapped=mapped_topics(self.config),
            expected=self.results,
            processes=[process.status() for process in supervisor.processes.values()],
            sent=_sent(list(visitors.last_lines)),
            first_result_s=self._first_result,
            seconds=round(time.monotonic() - begin, 3),
        )

    async def _visits(
        self, supervisor: Supervisor, addresses: dict[str, str], begin: float, before: dict[str, int]
    ) -> None:
        """Visitors, until they or we have had enough."""
        supervisor.start(self._visitors_spec(addresses["collector"], addresses["shop"]))
        self._announce(addresses)
        watching = asyncio.create_task(self._watch_for_results(begin, before))
        await self._until_done(supervisor)
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching

    def _ports(self) -> dict[str, int]:
        wanted = {
            "collector": self.config.global_.server.port,
            "live": self.config.global_.serve.port,
            "shop": SHOP_PORT,
        }
        found: dict[str, int] = {}
        for name, port in wanted.items():
            found[name] = free_port(port, taken=tuple(found.values()))
        return found

    def _shop_spec(self, port: int, addresses: dict[str, str]) -> Spec:
        command = riverrun(
            "shop", "--port", port, "--collector", addresses["collector"], "--live", addresses["live"]
        )  # fmt: skip
        return Spec("shop", "shop", command, port=port)

    def _visitors_spec(self, collector: str, shop: str) -> Spec:
        options = self.options
        command = riverrun(
            "generate", "visitors", "--collector", collector, "--site", shop, "--seed", options.seed,
            "--speed", options.speed, "--rate", RATE * max(1.0, options.speed / FAST),
            *(() if options.seconds is None else ("--for", f"{options.seconds}s")), "--json",
        )  # fmt: skip
        return Spec("visitors", "visitors", command, once=options.seconds is not None)

    async def _wait_until_open(self, supervisor: Supervisor) -> None:
        """Until everything that a person or a visitor opens listens."""
        log = f"see {self.options.data}/log.txt"
        try:
            running = await asyncio.wait_for(supervisor.until_running(), _START_S)
        except TimeoutError:
            slow = [p.spec.name for p in supervisor.processes.values() if p.state != "running"]
            raise RunError(f"not running after {_START_S:.0f} s: {', '.join(slow)}", todo=log) from None
        if not running and (failed := supervisor.failed()):
            raise RunError(f"{failed[0].name} did not start: {failed[0].error}", todo=log)

    async def _until_done(self, supervisor: Supervisor) -> None:
        visitors = supervisor.processes["visitors"]
        while not await supervisor.until_asked(_POLL_S):
            if visitors.ended:
                return

    async def _watch_for_results(self, begin: float, before: dict[str, int]) -> None:
        while True:
            now = await asyncio.to_thread(self._rows)
            if any(now[name] > before[name] for name in now):
                self._first_result = round(time.monotonic() - begin, 3)
                return
            await asyncio.sleep(_POLL_S)

    def _rows(self) -> dict[str, int]:
        topics = LocalTopics(self.options.data)
        return {name: sum(topics.end(name).values()) for name in self.results}


def _sent(lines: list[str]) -> int | None:
    """What the visitors say at their end: one JSON object in their last line."""
    for line in reversed(lines):
        with contextlib.suppress(msgspec.DecodeError):
            found: Any = msgspec.json.decode(line)
            if isinstance(found, dict) and isinstance(found.get("sent"), int):
                return int(found["sent"])
    return None

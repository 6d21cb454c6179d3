"""kill -9 of workers under load, at random moments: what was answered is in the topic exactly once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from pathlib import Path
from urllib.request import urlopen

import msgspec
import pytest

from riverrun.collect.query import build_query
from riverrun.ledger import read_accounts
from tests.processes import Running, riverrun
from tests.wire.conversation import read_answer, request_bytes, stored

pytestmark = [pytest.mark.faults, pytest.mark.slow]

KILLS = int(os.environ.get("RIVERRUN_KILLS", "40"))  # `make faults` has 200
CLIENTS = 12
BATCH = 5


class Load:
    """Clients that send events as fast as they are answered; none is sent twice."""

    def __init__(self, port: int, prefix: str = "", *, going: bool = False) -> None:
        """`going`: the collector may say that it is shutting down."""
        self._port = port
        self._may_refuse = going
        self._prefix = prefix
        self.sent: set[str] = set()
        self.answered: set[str] = set()
        self.going = True

    async def run(self, name: int) -> None:
        number = 0
        while self.going:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            try:
                while self.going:
                    number += 1
                    await self._send(reader, writer, f"{self._prefix}{name}-{number}", several=name % 3 == 0)
            except (OSError, asyncio.IncompleteReadError):
                pass  # the worker is gone; nobody knows about the last event
            finally:
                writer.close()

    async def _send(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str, *, several: bool
    ) -> None:
        ids = [f"{name}-{part}" for part in range(BATCH)] if several else [name]
        queries = [event(one) for one in ids]
        self.sent.update(ids)
        if several:
            request = {"method": "POST", "target": "/csc-event/batch", "body": "\n".join(queries)}
        else:
            request = {"method": "GET", "target": f"/csc-event?{queries[0]}"}
        writer.write(request_bytes(request))
        answer = await read_answer(reader)
        if self._may_refuse and answer.status == 503:
            raise ConnectionResetError("the collector is going")
        assert answer.status == 200, answer
        self.answered.update(ids)


def event(event_id: str) -> str:
    party = "0:j5399reo:party"
    pairs = [("p", party), ("s", party), ("v", "0:v"), ("e", event_id), ("c", "j5399reo"), ("n", "f"), ("f", "f")]
    return build_query([*pairs, ("l", "https://www.example.com/" + "x" * 200)])


async def kill(collector: Running, kills: int, chance: random.Random) -> int:
    """Kill workers at random moments, each once; how many there were."""
    killed: set[int] = set()
    while len(killed) < kills:
        alive = set(await asyncio.to_thread(workers, collector)) - killed
        if alive:
            chosen = chance.choice(sorted(alive))
            os.kill(chosen, signal.SIGKILL)
            killed.add(chosen)
        await asyncio.sleep(chance.uniform(0.0, 0.2))
    return len(killed)


def workers(collector: Running) -> list[int]:
    with urlopen(collector.facts["admin"] + "/state", timeout=60) as answer:
        state = msgspec.json.decode(answer.read())
    pids: list[int] = state["pids"]
    return pids


@pytest.mark.parametrize("kills", [KILLS])
@pytest.mark.timeout(KILLS * 5 + 300)
async def test_what_was_answered_is_there_once(kills: int, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    with riverrun(
        "collect", "--data", tmp_path, "--port", "0", "--workers", "3", "--log-level", "CRITICAL"
    ) as collector:
        load = Load(collector.port)
        clients = [asyncio.create_task(load.run(name)) for name in range(CLIENTS)]
        assert await kill(collector, kills, random.Random(seed)) == kills
        load.going = False
        await asyncio.gather(*clients)
        assert await asyncio.to_thread(collector.stop) == 0
    found = Counter(row["eventId"] for row in stored(tmp_path, "events"))
    assert len(load.answered) > 10 * kills
    assert [one for one in load.answered if found[one] != 1] == []
    assert [one for one in found if found[one] > 1 or one not in load.sent] == []
    accounts = list(read_accounts(tmp_path))
    assert sum(account.delivered["events"] for account in accounts) == found.total()
    assert sum(account.received for account in accounts) == found.total()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_signal_drains(number: int, workers: str, tmp_path: Path) -> None:
    with riverrun("collect", "--data", tmp_path, "--port", "0", "--workers", workers) as collector:
        load = Load(collector.port, going=True)
        clients = [asyncio.create_task(load.run(name)) for name in range(CLIENTS)]
        while len(load.answered) < 500:
            await asyncio.sleep(0.01)
        ended = asyncio.create_task(asyncio.to_thread(collector.stop, number))
        while not ended.done():
            await asyncio.sleep(0.01)
        load.going = False
        await asyncio.gather(*clients)
        assert ended.result() == 0
    found = Counter(row["eventId"] for row in stored(tmp_path, "events"))
    assert [one for one in load.answered if found[one] != 1] == []
    assert max(found.values()) == 1


@pytest.mark.parametrize("count", ["1", "2"])
async def test_the_whole_collector_is_killed_and_started_again(count: str, tmp_path: Path) -> None:
    """Alone, or with its workers, which must notice that their supervisor is gone and leave the port."""
    chance = random.Random()
    answered: set[str] = set()
    sent: set[str] = set()
    for round_number in range(max(3, KILLS // 8)):
        with riverrun(
            "collect", "--data", tmp_path, "--port", "0", "--workers", count, "--log-level", "CRITICAL"
        ) as collector:
            left = await asyncio.to_thread(workers, collector) if count != "1" else []
            load = Load(collector.port, f"{round_number}-", going=True)
            clients = [asyncio.create_task(load.run(name)) for name in range(CLIENTS)]
            enough = chance.randrange(50, 500)
            async with asyncio.timeout(60):
                while len(load.answered) < enough:
                    await asyncio.sleep(0.005)
            collector.process.kill()
            await asyncio.to_thread(collector.process.wait)
            async with asyncio.timeout(60):
                while any(map(running, left)):
                    await asyncio.sleep(0.01)
            load.going = False
            await asyncio.gather(*clients)
        answered |= load.answered
        sent |= load.sent
    with riverrun("collect", "--data", tmp_path, "--port", "0") as collector:
        assert await asyncio.to_thread(collector.stop) == 0
    found = Counter(row["eventId"] for row in stored(tmp_path, "events"))
    assert [one for one in answered if found[one] != 1] == []
    assert [one for one in found if found[one] > 1 or one not in sent] == []
    assert sum(account.delivered["events"] for account in read_accounts(tmp_path)) == found.total()


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_counters_do_not_fall_when_a_worker_is_killed(tmp_path: Path) -> None:
    def accepted() -> float:
        with urlopen(collector.facts["admin"] + "/metrics", timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        return sum(
            float(line.split()[-1]) for line in lines if line.startswith("riverrun_collect_events_accepted_total")
        )

    with riverrun("collect", "--data", tmp_path, "--port", "0", "--workers", "2") as collector:
        before = 0.0
        for number in range(3):
            load = Load(collector.port, f"{number}-")
            clients = [asyncio.create_task(load.run(name)) for name in range(CLIENTS)]
            async with asyncio.timeout(60):
                while len(load.answered) < 200:
                    await asyncio.sleep(0.01)
            load.going = False
            await asyncio.gather(*clients)
            now = before + len(load.sent)
            async with asyncio.timeout(60):
                while await asyncio.to_thread(accepted) != now:
                    await asyncio.sleep(0.1)
            assert await kill(collector, 1, random.Random(number)) == 1
            async with asyncio.timeout(60):
                while len(await asyncio.to_thread(workers, collector)) < 2:
                    assert await asyncio.to_thread(accepted) == now
            before = now
        assert await asyncio.to_thread(collector.stop) == 0

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

    def __init__(self, port: int) -> None:
        self._port = port
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
                    await self._send(reader, writer, f"{name}-{number}", several=name % 3 == 0)
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
    with urlopen(collector.facts["admin"] + "/state", timeout=10) as answer:
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
        load = Load(collector.port)
        clients = [asyncio.create_task(load.run(name)) for name in range(CLIENTS)]
        while len(load.answered) < 500:
            await asyncio.sleep(0.01)
        ended = asyncio.create_task(asyncio.to_thread(collector.stop, number))
        while not ended.done():
            await asyncio.sleep(0.01)
        load.going = False
        await asyncio.gather(*clients, return_exceptions=True)
        assert ended.result() == 0
    found = Counter(row["eventId"] for row in stored(tmp_path, "events"))
    assert [one for one in load.answered if found[one] != 1] == []
    assert max(found.values()) == 1

"""What a collector says while it is busy, while it goes, and to those who look after it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from riverrun.collect.query import build_query
from riverrun.collect.service import CollectorService
from riverrun.config.load import load_tree
from riverrun.errors import RunError
from riverrun.topics.writer import TopicWriter
from tests.wire.conversation import Answer, Talk, collector, request_bytes, stored

PARTY = "0:j5399reo:somebody"


def event(event_id: str) -> bytes:
    pairs = [("p", PARTY), ("s", PARTY), ("v", "0:v"), ("e", event_id), ("c", "j5399reo"), ("n", "t"), ("f", "t")]
    return request_bytes({"method": "GET", "target": f"/csc-event?{build_query(pairs)}"})


def get(path: str) -> bytes:
    return request_bytes({"method": "GET", "target": path})


async def ask(port: int, raw: bytes) -> Answer:
    talk = Talk(port)
    try:
        return await talk.exchange(raw)
    finally:
        await talk.close()


@contextmanager
def a_slow_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A disk on which no commit ends before the event is set."""
    works, commit = threading.Event(), TopicWriter.commit

    def slow(writer: TopicWriter) -> Any:
        works.wait()
        return commit(writer)

    monkeypatch.setattr(TopicWriter, "commit", slow)
    try:
        yield works
    finally:
        works.set()


async def until(condition: Any) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.005)


async def test_what_is_open_is_answered_and_what_is_new_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with collector(load_tree({}), tmp_path) as (service, port):
        with a_slow_disk(monkeypatch) as works:
            idle, open_one, later = Talk(port), Talk(port), Talk(port)
            for talk in (idle, later):
                assert (await talk.exchange(get("/ready"))).status == 200
            first = asyncio.create_task(open_one.exchange(event("first")))
            await until(lambda: service.committer.backlog_events == 1)

            service.announce()  # SIGTERM: load balancers are told, events are still taken
            assert (await later.exchange(get("/ping"))).status == 503
            answer = await ask(port, get("/ready"))
            assert (answer.status, answer.body) == (503, b"not ready: shutting down\n")
            assert (await ask(port, get("/live"))).status == 200
            second = asyncio.create_task(later.exchange(event("second")))
            await until(lambda: service.committer.backlog_events == 2)

            stopping = asyncio.create_task(service.stop(60))
            await asyncio.sleep(0)
            assert await idle.is_closed()
            refused = await ask(port, event("third"))
            assert (refused.status, refused.body, refused.header("Connection")) == (503, b"", "close")
            works.set()
            assert [(await answered).status for answered in (first, second)] == [200, 200]
            await stopping
            for talk in (open_one, later):
                await talk.close()
    assert [row["eventId"] for row in stored(tmp_path, "events")] == ["first", "second"]


async def test_too_much_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_tree({"global": {"collect": {"max_backlog": 1000, "retry_after": "7 s"}}})
    async with collector(config, tmp_path) as (service, port):
        with a_slow_disk(monkeypatch) as works:
            taken: list[asyncio.Task[Answer]] = []
            while service.committer.backlog <= 1000:
                known = service.committer.backlog_events
                taken.append(asyncio.create_task(ask(port, event(str(len(taken))))))
                await until(lambda known=known: service.committer.backlog_events > known)
            answer = await ask(port, event("one too many"))
            assert (answer.status, answer.header("Retry-After")) == (503, "7")
            json = {"method": "POST", "target": f"/event?p={PARTY}", "headers": [["Content-Type", "application/json"]]}
            answer = await ask(port, request_bytes({**json, "body": "{}"}))
            assert (answer.status, answer.header("Retry-After")) == (503, "7")
            assert (await ask(port, get("/ready"))).body == b"not ready: backlog\n"
            assert service.snapshot().numbers["refused_total\tbacklog"] == 2
            works.set()
            assert Counter([(await one).status for one in taken]) == {200: len(taken)}
        assert (await ask(port, get("/ready"))).status == 200
        assert (await ask(port, event("and again"))).status == 200
    assert len(stored(tmp_path, "events")) == len(taken) + 1


async def test_an_answer_from_memory_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with collector(load_tree({"global": {"collect": {"ack": "memory"}}}), tmp_path) as (service, port):
        with a_slow_disk(monkeypatch) as works:
            assert (await ask(port, event("first"))).status == 200
            assert service.committer.backlog_events == 1
            works.set()
        await until(lambda: service.committer.backlog_events == 0)

        def broken(writer: TopicWriter) -> None:
            raise RunError("the disk is broken")

        monkeypatch.setattr(TopicWriter, "commit", broken)
        assert (await ask(port, event("second"))).status == 200
        await until(lambda: service.snapshot().numbers.get("events_lost_total") == 1)
        assert (await ask(port, get("/ready"))).body == b"not ready: disk\n"
        monkeypatch.undo()
    assert [row["eventId"] for row in stored(tmp_path, "events")] == ["first"]


async def test_what_the_disk_refused_is_no_duplicate_when_it_comes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with collector(load_tree({}), tmp_path) as (_, port):
        with monkeypatch.context() as patched:

            def broken(writer: TopicWriter) -> None:
                raise RunError("the disk is broken")

            patched.setattr(TopicWriter, "commit", broken)
            assert (await ask(port, event("one"))).status == 503
        assert (await ask(port, event("one"))).status == 200
    assert [(row["eventId"], row["duplicate"]) for row in stored(tmp_path, "events")] == [("one", False)]


async def test_the_log_has_no_personal_data(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    config = load_tree({"global": {"server": {"debug_requests": True}}})
    async with collector(config, tmp_path) as (_, port):
        for raw in (
            event("e"),
            get("/csc-event?p=garbled@example.com"),
            get("/who/somebody?p=somebody"),
            b"somebody\r\n",
        ):
            await ask(port, raw)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("riverrun")]
    assert lines == ["GET /csc-event 200", "GET /csc-event 200", "GET (another path) 404", " (another path) 400"]


async def test_numbers_are_of_what_happened(tmp_path: Path) -> None:
    async with collector(load_tree({}), tmp_path) as (service, port):
        for raw in (event("e"), event("e"), get("/csc-event?p=x"), get("/nowhere")):
            await ask(port, raw)
        numbers = service.snapshot().numbers
    assert {name: numbers[name] for name in numbers if name.startswith(("events_", "requests_"))} == {
        "requests_total\tbrowser\t200": 3,
        "requests_total\t\t404": 1,
        "events_accepted_total\tbrowser": 2,
        "events_duplicate_total\tbrowser": 1,
        "events_rejected_total\tbrowser\tincomplete": 1,
    }
    assert isinstance(service, CollectorService)

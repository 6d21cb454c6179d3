"""What a collector knows when it starts again."""

from __future__ import annotations

import io
from pathlib import Path

import fastavro
import pytest

from riverrun.clock import ManualClock
from riverrun.collect.duplicates import DuplicateMemory
from riverrun.collect.encode import Refused, refused_entry
from riverrun.collect.storage import Storage, open_storage, remember
from riverrun.config.load import load_tree
from riverrun.ledger import read_accounts
from riverrun.record import Rejected
from riverrun.topics import Entry, LocalTopics

SCHEMA = {
    "type": "record",
    "name": "E",
    "fields": [{"name": name, "type": "string"} for name in ("partyId", "sessionId", "eventId")],
}


def entry(number: int) -> Entry:
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, SCHEMA, {"partyId": "p", "sessionId": "s", "eventId": f"{number}"})
    return Entry(1, None, buffer.getvalue())


def test_an_event_that_was_stored_before_a_kill_is_a_duplicate_when_it_comes_again(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    for number in range(2):
        with topics.writer("events", SCHEMA, partition=number) as writer:
            writer.append(entry(number))
            writer.commit()
    memory = DuplicateMemory(1009)
    remember(topics, "events", memory)
    assert [memory.seen("p", "s", f"{number}")[0] for number in range(3)] == [True, True, False]


def test_a_commit_of_many_events_is_remembered_whole(tmp_path: Path) -> None:
    topics, memory = LocalTopics(tmp_path), DuplicateMemory(1_000_003)
    with topics.writer("events", SCHEMA) as writer:
        writer.append(entry(0))
        writer.commit()
        for number in range(1, 7001):
            writer.append(entry(number))
        writer.commit()
    assert topics.last_commit("events") == {0: 1}
    remember(topics, "events", memory)
    known = [number for number in range(7001) if memory.seen("p", "s", f"{number}")[0]]
    assert 0 not in known
    assert len(known) > 6900  # but for those whose slots later ones took


def test_a_first_start(tmp_path: Path) -> None:
    remember(LocalTopics(tmp_path), "events", DuplicateMemory(11))


def refusals(data: Path, clock: ManualClock, reasons: list[str]) -> Storage:
    """A storage in which requests were refused for these reasons, one more each time."""
    storage = open_storage(load_tree({}), data, clock)
    for reason in reasons:
        rejected = Rejected(reason, "wrong")
        storage.refused.append_encoded(refused_entry(Refused(source="web", timestamp=1, rejected=rejected)))
    storage.refused.commit()
    storage.books.refused(reasons)
    return storage


def test_a_damaged_account_is_worked_out_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    storage = refusals(tmp_path, clock, ["malformed", "malformed", "incomplete"])
    storage.books.write(at_once=True)
    storage.close()
    (account,) = read_accounts(tmp_path)
    assert account.rejected == {"malformed": 2, "incomplete": 1}
    (tmp_path / "ledger/collect/partition-0.json").write_bytes(b"")
    assert list(read_accounts(tmp_path)) == []
    assert "damaged" in caplog.text
    storage = refusals(tmp_path, clock, [])
    storage.books.write(at_once=True)
    storage.close()
    assert list(read_accounts(tmp_path)) == [account]


def test_a_disk_that_does_not_take_the_account(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    storage = refusals(tmp_path, clock, ["malformed"])
    (tmp_path / "ledger").write_text("in the way")
    for _ in range(3):
        storage.books.write()
        clock.advance(1000)
    assert caplog.text.count("could not be written") == 1
    (tmp_path / "ledger").unlink()
    storage.books.write()
    storage.close()
    (account,) = read_accounts(tmp_path)
    assert account.rejected == {"malformed": 1}

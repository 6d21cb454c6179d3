"""Local topics: what was committed is read back, in order, whatever is torn off the end of the file."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverrun.clock import ManualClock
from riverrun.errors import InputError, RunError
from riverrun.topics import Entry, LocalTopics, Stored, TopicReader, WriterOptions, files
from riverrun.topics.local import Gone, TopicFull
from riverrun.topics.segment import Damaged, decode_long, encode_long, read_header

NUMBER = {"type": "record", "name": "Number", "fields": [{"name": "n", "type": "long"}]}
TEXT = {"type": "record", "name": "Text", "fields": [{"name": "t", "type": ["null", "string"]}]}


def entry(number: int) -> Entry:
    return Entry(1000 + number, b"k%d" % number, encode_long(number), (("source", b"test"),))


def write(topics: LocalTopics, numbers: range, options: WriterOptions | None = None, *, per_commit: int = 1) -> None:
    with topics.writer("t", NUMBER, options) as writer:
        for number in numbers:
            writer.append(entry(number))
            if (number + 1) % per_commit == 0:
                writer.commit()
        writer.commit()


def values(topics: LocalTopics) -> list[int]:
    with topics.reader("t") as reader:
        return [stored.value["n"] for stored in drain(reader)]


def drain(reader: TopicReader, limit: int = 5000) -> Iterator[Stored]:
    while found := reader.read(limit):
        yield from found


def test_what_was_committed_is_read_back(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(5), per_commit=2)
    with topics.reader("t") as reader:
        found = list(drain(reader, limit=1))
        assert reader.position == {0: 5}
        assert reader.behind() == 0
    assert [stored.offset for stored in found] == [0, 1, 2, 3, 4]
    assert found[3].timestamp == 1003
    assert found[3].key == b"k3"
    assert found[3].value == {"n": 3}
    assert found[3].raw == encode_long(3)
    assert found[3].headers == (("source", b"test"),)
    assert found[3].schema == NUMBER


def test_seek_goes_forward_and_back(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(10), per_commit=3)
    with topics.reader("t") as reader:
        reader.seek({0: 7})
        assert [stored.value["n"] for stored in drain(reader)] == [7, 8, 9]
        reader.seek({0: 2})
        assert [stored.value["n"] for stored in drain(reader)] == [2, 3, 4, 5, 6, 7, 8, 9]


def test_a_segment_that_is_not_one_is_an_error_that_names_it(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(3))
    segment = next((tmp_path / "topics" / "t" / "0").glob("*.avro"))
    segment.write_bytes(b"garbage")
    with topics.reader("t") as reader, pytest.raises(RunError, match=str(segment)):
        reader.read()


def test_nothing_is_seen_before_its_commit(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    with topics.writer("t", NUMBER) as writer, topics.reader("t") as reader:
        writer.append(entry(0))
        assert reader.read() == []
        assert writer.commit() == 0
        assert len(reader.read()) == 1
        assert topics.end("t") == {0: 1}


def test_reading_goes_on_from_a_position_inside_a_block(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(10), per_commit=10)
    with topics.reader("t", {0: 7}) as reader:
        assert [stored.value["n"] for stored in reader.read()] == [7, 8, 9]


def test_a_new_writer_goes_on_where_the_old_one_stopped(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(3))
    write(topics, range(3, 6))
    assert values(topics) == [0, 1, 2, 3, 4, 5]
    assert topics.partitions("t") == [0]


def test_two_writers_have_a_partition_each(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    with topics.writer("t", NUMBER) as first, topics.writer("t", NUMBER) as second:
        assert (first.partition, second.partition) == (0, 1)
        for writer in (first, second):
            writer.append(entry(writer.partition))
            writer.commit()
    assert sorted(values(topics)) == [0, 1]
    assert topics.end("t") == {0: 1, 1: 1}


def test_standard_avro_tools_read_a_segment(tmp_path: Path) -> None:
    write(LocalTopics(tmp_path), range(3))
    (path,) = (tmp_path / "topics/t/0").glob("*.avro")
    with path.open("rb") as file:
        rows: list[Any] = list(fastavro.reader(file))
    assert [row["value"] for row in rows] == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert rows[2]["headers"] == [{"name": "source", "value": b"test"}]


def test_a_segment_ends_by_size_by_age_and_with_its_schema(tmp_path: Path) -> None:
    clock = ManualClock()
    topics = LocalTopics(tmp_path, clock)
    with topics.writer("t", NUMBER, WriterOptions(segment_ms=1000)) as writer:
        writer.append(entry(0))
        writer.commit()
        clock.advance(1000)
        writer.append(entry(1))
        writer.commit()
        writer.use_schema(TEXT)
        writer.append(Entry(0, None, b"\x02\x02x"))
        writer.commit()
    assert len(list((tmp_path / "topics/t/0").glob("*.avro"))) == 3
    with topics.reader("t") as reader:
        found = list(drain(reader))
    assert [stored.value for stored in found] == [{"n": 0}, {"n": 1}, {"t": "x"}]
    assert topics.value_schema("t") == TEXT


def test_old_segments_go_by_size_and_a_reader_that_came_too_late_is_told(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(20), WriterOptions(segment_bytes=1, retain_bytes=5000))
    first = topics.start("t")[0]
    assert 0 < first < 20
    with pytest.raises(Gone, match=f"the first one kept is {first}"), topics.reader("t") as reader:
        reader.read()
    with topics.reader("t", {0: first}) as reader:
        assert [stored.offset for stored in drain(reader)] == list(range(first, 20))


def test_old_segments_go_by_age(tmp_path: Path) -> None:
    clock = ManualClock(2_000_000_000_000)  # long after the files' own times
    write(LocalTopics(tmp_path, clock), range(3), WriterOptions(segment_bytes=1, retain_ms=1000))
    assert LocalTopics(tmp_path).start("t") == {0: 2}
    names = sorted(path.name for path in (tmp_path / "topics/t/0").glob("0*"))
    assert names == [f"{2:020d}.avro", f"{2:020d}.sizes"]


def test_nothing_is_lost_when_the_sizes_cannot_be_noted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    topics = LocalTopics(tmp_path)
    (tmp_path / f"topics/t/0/{0:020d}.sizes").mkdir(parents=True)
    write(topics, range(3))
    assert values(topics) == [0, 1, 2]
    assert "read without it" in caplog.text


@pytest.mark.parametrize("head", ["of the commit before", "missing", "torn"])
def test_a_torn_end_is_cut_off_wherever_it_is_torn(head: str, tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(2), per_commit=2)
    known = tmp_path / "topics/t/0/head"
    before = known.read_bytes()
    write(topics, range(2, 4), per_commit=2)
    (path,) = (tmp_path / "topics/t/0").glob("*.avro")
    whole = path.read_bytes()
    second_block = whole.rindex(whole[-16:], 0, len(whole) - 16) + 16
    for length in range(second_block, len(whole)):
        path.write_bytes(whole[:length])
        if head == "missing":
            known.unlink()
        else:
            known.write_bytes(before if head == "of the commit before" else before[:-1])
        with topics.writer("t", NUMBER) as writer:
            assert writer.next_offset == 2
            writer.append(entry(7))
            writer.commit()
        assert values(topics) == [0, 1, 7]
        path.write_bytes(whole)


def test_a_whole_block_that_head_does_not_know_yet_is_kept(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(2), per_commit=2)
    head = tmp_path / "topics/t/0/head"
    before = head.read_bytes()
    write(topics, range(2, 4), per_commit=2)
    head.write_bytes(before)  # the power went between the sync and the writing of head
    assert values(topics) == [0, 1]
    write(topics, range(4, 5))
    assert values(topics) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("lost", [1, 10, 30, 60])
def test_entries_that_the_disk_lost_leave_a_gap_and_no_offset_is_given_twice(lost: int, tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(4))
    (path,) = (tmp_path / "topics/t/0").glob("*.avro")
    os.truncate(path, max(path.stat().st_size - lost, 0))  # behind what head says was committed
    with topics.writer("t", NUMBER) as writer:
        assert writer.next_offset == 4
        assert values(topics) == list(range(4))[: len(values(topics))]
        writer.append(entry(7))
        writer.commit()
    with topics.reader("t") as reader:
        found = [(stored.offset, stored.value["n"]) for stored in drain(reader)]
    assert found[-1] == (4, 7)
    assert found[:-1] == [(number, number) for number in range(len(found) - 1)]
    assert len(found) - 1 < 4


def test_a_segment_that_the_disk_lost_is_gone(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(4))
    (path,) = (tmp_path / "topics/t/0").glob("*.avro")
    os.truncate(path, 0)
    write(topics, range(4, 5))
    with topics.reader("t") as reader, pytest.raises(Gone, match="the first one kept is 4"):
        reader.read()


def test_committed_entries_that_are_damaged_stay_as_they_are_and_are_reported(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(4))
    (path,) = (tmp_path / "topics/t/0").glob("*.avro")
    damaged = path.read_bytes()[:-1] + b"?"
    path.write_bytes(damaged)
    write(topics, range(4, 5))
    assert path.read_bytes() == damaged
    with topics.reader("t") as reader, pytest.raises(RunError, match="is damaged behind offset 3"):
        list(drain(reader))
    with topics.reader("t", {0: 4}) as reader:
        assert [stored.value["n"] for stored in drain(reader)] == [4]


def test_damage_inside_a_block_is_an_error_that_names_the_place(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(2), per_commit=2)
    (path,) = (tmp_path / "topics/t/0").glob("*.avro")
    whole = path.read_bytes()
    at = whole.index(b"k0\x02\x0csource")  # the sync marker is random
    path.write_bytes(whole[: at - 1] + b"\x7f" + whole[at:])  # the length of a key
    with topics.reader("t") as reader, pytest.raises(RunError, match="is damaged at byte"):
        list(drain(reader))


def test_offsets_go_on_when_all_segments_are_gone(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(3))
    (path,) = (tmp_path / "topics/t/0").glob("*.avro")
    path.unlink()
    with topics.writer("t", NUMBER) as writer:
        assert writer.next_offset == 3


def test_a_partition_may_be_asked_for(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    with topics.writer("t", NUMBER, partition=2) as writer:
        assert writer.partition == 2
        with pytest.raises(RunError, match="another process writes to topic t, partition 2"):
            topics.writer("t", NUMBER, partition=2)
    assert topics.partitions("t") == [2]


def test_a_last_block_of_zeros_is_cut_off(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(2))
    (path,) = (tmp_path / "topics/t/0").glob("*.avro")
    whole = path.read_bytes()
    sync = whole[-16:]
    path.write_bytes(whole + encode_long(3) + encode_long(40) + b"\xff" * 40 + sync)
    with topics.writer("t", NUMBER) as writer:
        assert writer.next_offset == 2
    assert path.read_bytes() == whole


def test_a_topic_without_its_head_is_still_read(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(3))
    (tmp_path / "topics/t/0/head").unlink()
    assert values(topics) == [0, 1, 2]


def test_a_full_disk_refuses_and_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    topics = LocalTopics(tmp_path)
    with topics.writer("t", NUMBER) as writer:
        writer.append(entry(0))
        writer.commit()

        def half_written(descriptor: int, parts: list[bytes], at: int, flags: int) -> int:
            if len(parts) == 1:  # the rest of them
                raise OSError(errno.ENOSPC, "No space left on device")
            block = b"".join(parts)
            return os.pwrite(descriptor, block[: len(block) // 2], at)

        with monkeypatch.context() as patched:
            patched.setattr(os, "pwritev", half_written)
            writer.append(entry(1))
            with pytest.raises(TopicFull):
                writer.commit()
        writer.append(entry(2))
        assert writer.commit() == 1
    assert values(topics) == [0, 2]


@pytest.mark.parametrize("flags", [True, False], ids=["one call", "two calls"])
def test_a_write_in_pieces(flags: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a write cannot be told to sync."""

    def a_byte(descriptor: int, parts: list[bytes], at: int, asked: int) -> int:
        if asked and not flags:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        return os.pwrite(descriptor, b"".join(parts)[:1], at)

    def sync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_size)

    synced: list[int] = []
    topics = LocalTopics(tmp_path)
    with topics.writer("t", NUMBER) as writer, monkeypatch.context() as patched:
        patched.setattr(os, "pwritev", a_byte)
        patched.setattr(files, "_fdatasync", sync)
        writer.append(entry(0))
        writer.append(entry(1))
        writer.commit()
    assert values(topics) == [0, 1]
    (path,) = (tmp_path / "topics/t/0").glob("*.avro")
    assert synced == ([] if flags and hasattr(os, "RWF_DSYNC") else [path.stat().st_size])


def test_a_disk_that_fills_up_is_noticed_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, free = ManualClock(), [2**30]
    with LocalTopics(tmp_path, clock).writer("t", NUMBER, WriterOptions(min_free_bytes=2**20)) as writer:
        monkeypatch.setattr(writer, "free_bytes", lambda: free[0])
        writer.append(entry(0))
        writer.commit()
        free[0] = 0
        clock.advance(100)
        for now_free in (0, 0, 2**30, 2**20 + 1):  # believed again only when there is room to spare
            free[0] = now_free
            writer.append(entry(1))
            if now_free:
                writer.commit()
            else:
                with pytest.raises(TopicFull):
                    writer.commit()
            clock.advance(100)
        assert writer.next_offset == 3
        free[0] = 0
        writer.append(entry(2))
        with pytest.raises(TopicFull):
            writer.commit()


def test_below_the_floor_every_append_is_refused(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    with topics.writer("t", NUMBER, WriterOptions(min_free_bytes=2**60)) as writer:
        writer.append(entry(0))
        with pytest.raises(TopicFull, match=r"lower topics\.min_free_bytes"):
            writer.commit()
        assert writer.pending == 0


def test_a_damaged_segment_in_the_middle_is_an_error_not_a_gap(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(3), WriterOptions(segment_bytes=1))
    middle = sorted((tmp_path / "topics/t/0").glob("*.avro"))[1]
    middle.write_bytes(middle.read_bytes()[:-1])
    with topics.reader("t") as reader, pytest.raises(RunError, match="damaged behind offset 1"):
        reader.read()


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "ü", "a" * 250])
def test_a_topic_name_is_a_plain_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name of a topic"):
        LocalTopics(tmp_path).writer(name, NUMBER)


def test_an_unknown_topic_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    topics = LocalTopics(tmp_path)
    write(topics, range(1))
    with pytest.raises(InputError, match="did you mean t"):
        topics.require("T")


@given(st.integers(-(2**63), 2**63 - 1))
def test_numbers_survive(number: int) -> None:
    assert decode_long(encode_long(number), 0)[0] == number
    assert fastavro.schemaless_reader(BytesIO(encode_long(number)), "long", None) == number


@given(st.binary(max_size=60))
def test_a_header_is_read_or_refused(start: bytes) -> None:
    with pytest.raises(Damaged):
        read_header(b"Obj\x01" + start)


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(1, 7), min_size=1, max_size=8), limit=st.integers(1, 9))
def test_any_cut_into_commits_reads_the_same(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], limit: int
) -> None:
    topics = LocalTopics(tmp_path_factory.mktemp("topics"))
    number = 0
    with topics.writer("t", NUMBER, WriterOptions(segment_bytes=600, sync=False)) as writer:
        for size in cuts:
            for _ in range(size):
                writer.append(entry(number))
                number += 1
            writer.commit()
    with topics.reader("t") as reader:
        assert [stored.value["n"] for stored in drain(reader, limit)] == list(range(number))

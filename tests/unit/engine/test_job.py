"""A job that is killed at any moment says every row exactly once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverrun.clock import ManualClock
from riverrun.connectors.protocol import Surroundings
from riverrun.connectors.topic_writing import TopicSink
from riverrun.engine.job import CHECKPOINT_MS, Job
from riverrun.engine.jobfile import JobFile
from riverrun.errors import InputError
from riverrun.formats.avro import encoder
from riverrun.ledger import read_account
from riverrun.schema import types as t
from riverrun.schema.avro import parse
from riverrun.schema.types import Field
from riverrun.sql import plan
from riverrun.sql.catalog import Table, TableColumn
from riverrun.sql.session import Session
from riverrun.topics import Entry, LocalTopics, TopicWriter
from tests.unit.engine.plans import ROWTIME, aggregate, column, watermarked

VALUE = {"type": "record", "name": "V", "fields": [{"name": "k", "type": "string"}, {"name": "v", "type": "int"}]}
KAFKA = {"connector": "kafka", "value.format": "avro"}
CLICKS = Table(
    "clicks",
    (
        TableColumn("k", t.STRING),
        TableColumn("v", t.INT),
        TableColumn("ts", t.timestamp_ltz(3), "metadata", "timestamp"),
    ),
    options={**KAFKA, "topic": "clicks"},
)
COUNTS = Table(
    "counts",
    (TableColumn("k", t.STRING), TableColumn("n", t.BIGINT), TableColumn("ends", t.timestamp(3))),
    options={**KAFKA, "topic": "counts"},
)
SUMS = Table("sums", (TableColumn("k", t.STRING), TableColumn("s", t.INT)), options={"connector": "blackhole"})


def sinks() -> tuple[plan.Sink, ...]:
    schema = (Field("k", t.STRING), Field("v", t.INT), Field("ts", ROWTIME))
    timed = watermarked(plan.Scan(CLICKS, (0, 1, 2), schema), 2)
    window = plan.Window(plan.WindowKind.TUMBLE, 2, 1000)
    properties = (plan.WindowProperty("end"),)
    counts = plan.WindowAggregate(timed, window, (0,), (aggregate("COUNT"),), properties, COUNTS.sink_schema)
    sums = plan.GroupAggregate(timed, (0,), (aggregate("SUM", column(timed, 1)),), SUMS.sink_schema)
    return plan.Sink(counts, COUNTS, COUNTS.sink_schema), plan.Sink(sums, SUMS, SUMS.sink_schema, append_only=False)


class House:
    """A data folder with a clicks topic, and a job over it that may be killed and started again."""

    def __init__(self, data: Path) -> None:
        self.clock = ManualClock()
        self.around = Surroundings(data, clock=self.clock, job="counting")
        self.topics = LocalTopics(data, self.clock)
        self.writer: TopicWriter = self.topics.writer("clicks", VALUE)
        self.encode = encoder(parse(VALUE))
        self.time = 0
        self.job: Job | None = None

    def start(self) -> Job:
        if self.job is None:
            self.job = Job("counting", sinks(), Session(), self.around)
        return self.job

    def step(self) -> bool:
        """A step in which a checkpoint is due; it is written while the next one is taken."""
        self.clock.advance(CHECKPOINT_MS)
        return self.start().step()

    def kill(self) -> None:
        if self.job is not None:
            self.job.close()
            self.job = None

    def click(self, keys: str) -> None:
        for key in keys:
            self.time += 300
            self.writer.append(Entry(self.time, None, self.encode({"k": key, "v": self.time})))
        self.writer.commit()

    def finish(self) -> list[dict[str, Any]]:
        """Everything that is read and said in the end."""
        while self.step():
            pass
        self.start().stop()
        self.job = None
        with self.topics.reader("counts") as reader:
            return [entry.value for entry in reader.read(10_000)]


@contextmanager
def house() -> Iterator[House]:
    with TemporaryDirectory() as folder:
        made = House(Path(folder))
        try:
            yield made
        finally:
            made.kill()
            made.writer.close()


class Killed(Exception):
    pass


def raising(*_: object, **__: object) -> Any:
    raise Killed


# What may happen: clicks, the job takes a step, it is killed between steps, before a checkpoint, between a checkpoint
# and the handing over of its rows, or after that.
HAPPENINGS = st.lists(
    st.one_of(
        st.text("abc", min_size=1, max_size=8).map(lambda keys: ("click", keys)),
        st.sampled_from(
            [
                ("step", ""),
                ("kill", ""),
                ("checkpoint", ""),
                ("write", ""),
                ("flush", ""),
                ("flushed", ""),
                ("head", ""),
            ]
        ),
    ),
    min_size=3,
    max_size=25,
)


@settings(max_examples=10, deadline=None)
@given(HAPPENINGS)
def test_killed_at_any_moment(happenings: list[tuple[str, str]]) -> None:
    with house() as disturbed, house() as calm:
        for what, keys in happenings:
            if what == "click":
                disturbed.click(keys)
                calm.click(keys)
            elif what == "step":
                disturbed.step()
            elif what == "kill":
                disturbed.kill()
            else:
                _step_and_kill(disturbed, what)
        assert disturbed.finish() == calm.finish()
        account = read_account(disturbed.around.data, "run", "counting")
        assert account is not None
        assert account.positions["clicks"] == ({0: disturbed.writer.next_offset} if disturbed.time else {0: 0})
        assert account.received == disturbed.writer.next_offset


def _step_and_kill(disturbed: House, where: str) -> None:
    """Take a step, and die at a certain place in it."""
    with pytest.MonkeyPatch.context() as patch:
        if where == "checkpoint":
            patch.setattr(JobFile, "_write_changes", raising)
        elif where == "write":
            patch.setattr(TopicSink, "write", raising)
        elif where == "head":  # a commit is in the topic's file, and nobody has been told
            disturbed.start()
            patch.setattr(TopicWriter, "_publish_head", raising)
        elif where == "flush":
            patch.setattr(TopicSink, "flush", raising)
        else:
            flush = TopicSink.flush

            def flushed(self: TopicSink, *, end: bool) -> int:
                flush(self, end=end)
                raise Killed

            patch.setattr(TopicSink, "flush", flushed)
        try:
            while disturbed.step():
                pass
        except Killed:
            pass
    disturbed.kill()


def test_rows_are_taken_in_while_a_checkpoint_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, write = threading.Event(), JobFile._write_changes

    def slow(self: JobFile) -> None:
        assert gate.wait(60)
        write(self)

    with house() as disturbed, house() as calm:
        disturbed.start()
        monkeypatch.setattr(JobFile, "_write_changes", slow)
        for number, keys in enumerate(("aab", "bcc", "aaa")):
            disturbed.click(keys)
            calm.click(keys)
            assert disturbed.step()
            assert disturbed.start().execution.inputs[0].source.position == {0: 3 * number + 3}
        gate.set()
        assert disturbed.finish() == calm.finish()


def test_what_went_wrong_with_a_checkpoint_is_raised_by_a_later_step(monkeypatch: pytest.MonkeyPatch) -> None:
    with house() as disturbed, house() as calm:
        for keys in ("aab", "bcc"):
            disturbed.click(keys)
            calm.click(keys)
        disturbed.start()
        with monkeypatch.context() as patch:
            patch.setattr(JobFile, "_write_changes", raising)
            with pytest.raises(Killed):
                while disturbed.step():
                    pass
        with pytest.raises(Killed):
            disturbed.start().stop()
        disturbed.job = None
        assert disturbed.finish() == calm.finish()


def test_rows_of_a_commit_that_nobody_was_told_of_are_not_written_again() -> None:
    with house() as disturbed, house() as calm:
        for keys in ("aaaabbb", "ccccccc", "abcabc"):
            disturbed.click(keys)
            calm.click(keys)
            _step_and_kill(disturbed, "head")
        assert disturbed.finish() == calm.finish()


def test_a_file_of_another_query_is_refused(tmp_path: Path) -> None:
    around = Surroundings(tmp_path, clock=ManualClock(), job="counting")
    Job("counting", sinks(), Session(), around).stop()
    other = replace(CLICKS, options={**CLICKS.options, "topic": "others"})
    scan = plan.Scan(other, (0, 1), (Field("k", t.STRING), Field("s", t.INT)))
    with pytest.raises(InputError, match="holds the state of another query"):
        Job("counting", (plan.Sink(scan, SUMS, SUMS.sink_schema),), Session(), around)

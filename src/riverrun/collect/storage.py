"""Where a collector's events go: a partition of the events topic, the same of the rejected ones, their account."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import NamedTuple

from riverrun.clock import Clock
from riverrun.collect.duplicates import DuplicateMemory
from riverrun.collect.encode import REFUSED_SCHEMA
from riverrun.collect.ledger import Books
from riverrun.config.model import Config
from riverrun.errors import RiverrunError, RunError
from riverrun.event import EVENT_SCHEMA
from riverrun.topics import LocalTopics, TopicWriter, WriterOptions

log = logging.getLogger(__name__)

_REMEMBERED = 2000  # events of a partition, at least


class Storage(NamedTuple):
    events: TopicWriter
    refused: TopicWriter
    books: Books
    duplicates: DuplicateMemory

    def close(self) -> None:
        self.events.close()
        self.refused.close()


def open_storage(config: Config, data: Path, clock: Clock) -> Storage:
    """Take a partition. Raises RunError when the data folder cannot be written to."""
    common = config.global_
    try:
        events = LocalTopics(data, clock).writer(common.collect.topic, EVENT_SCHEMA, _event_options(config))
        duplicates = DuplicateMemory(common.mapper.duplicate_memory_size, data / "collect" / "duplicates")
        remember(LocalTopics(data, clock), common.collect.topic, duplicates)
        return _with_books(config, data, clock, events, duplicates)
    except OSError as error:
        raise RunError(
            f"cannot write to {error.filename or data}: {error.strerror or error}",
            todo="give another folder with --data, or see to this one's owner and disk",
        ) from error


def _with_books(config: Config, data: Path, clock: Clock, events: TopicWriter, duplicates: DuplicateMemory) -> Storage:
    topic, options = config.global_.collect.rejected_topic, _refused_options(config)
    refused = LocalTopics(data, clock).writer(topic, REFUSED_SCHEMA, options, partition=events.partition)
    return Storage(events, refused, Books(data, events, refused, clock), duplicates)


def remember(topics: LocalTopics, topic: str, duplicates: DuplicateMemory) -> None:
    """The last events of every partition are known: who was killed after it had stored them may not have said so. Those
    of the last commit are enough, as a worker begins none before it has settled the one before."""
    commits = topics.last_commit(topic)
    first, end = topics.start(topic), topics.end(topic)
    last = {
        partition: max(first[partition], min(commit, end[partition] - _REMEMBERED))
        for partition, commit in commits.items()
    }
    with topics.reader(topic, last) as reader:
        for partition, begins in last.items():
            for entry in reader.read_partition(partition, end[partition] - begins):
                duplicates.know(entry.value["partyId"], entry.value["sessionId"], entry.value["eventId"])


def mend(config: Config, data: Path, clock: Clock) -> None:
    """Bring the accounts of partitions up to date whose workers ended without doing so (killed, power cut)."""
    topics, topic = LocalTopics(data, clock), config.global_.collect.topic
    for number in topics.partitions(topic):
        try:
            with topics.writer(topic, EVENT_SCHEMA, _event_options(config), partition=number) as events:
                storage = _with_books(config, data, clock, events, DuplicateMemory(1))
                storage.books.write(at_once=True)
                storage.close()
        except RiverrunError:
            continue  # somebody is at work there
        except OSError as error:
            log.warning("the account of partition %d could not be brought up to date: %s", number, error.strerror)
            return


def _event_options(config: Config) -> WriterOptions:
    keep = config.global_.topics
    return WriterOptions(
        segment_bytes=keep.segment,
        segment_ms=keep.segment_age,
        retain_ms=keep.retention,
        retain_bytes=keep.retention_bytes,
        min_free_bytes=keep.min_free_bytes,
        sync=config.global_.collect.ack == "disk",
    )


def _refused_options(config: Config) -> WriterOptions:
    keep, most = config.global_.topics, config.global_.collect.rejected_retention_bytes
    return WriterOptions(
        segment_bytes=max(most // 4, 1),
        segment_ms=keep.segment_age,
        retain_ms=keep.retention,
        retain_bytes=most * 3 // 4,
        min_free_bytes=2 * keep.min_free_bytes,  # events need the last room more
        sync=False,
    )

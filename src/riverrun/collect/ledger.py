"""The collector's account: received = delivered + rejected(reason), true for what is in its two topics.

Delivered is the end of the worker's partition, so it is true after any crash. The reasons are counted in the account
and, for what came after it was written, in the topic of rejected requests itself.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec

from riverrun.clock import Clock
from riverrun.ledger import Account, read_account, write_account
from riverrun.topics import LocalTopics, TopicWriter

log = logging.getLogger(__name__)

ROOM = "collect"
_EVERY_MS = 1000


class Books:
    """Written by the committing thread."""

    def __init__(self, data: Path, events: TopicWriter, refused: TopicWriter, clock: Clock) -> None:
        self._data = data
        self._events = events
        self._refused = refused
        self._clock = clock
        self._name = f"partition-{events.partition}"
        self._reasons = _recovered(data, self._name, refused)
        self._written: tuple[int, int] | None = None
        self._due = 0.0
        self._works = True

    def refused(self, reasons: Iterable[str]) -> None:
        self._reasons.update(reasons)

    def write(self, *, at_once: bool = False) -> None:
        """Replace the account when it is due and something happened. No harm is done when the disk does not take it: it
        is worked out again from the topics."""
        now = self._clock.monotonic_ms()
        if now < self._due and not at_once:
            return
        state = (self._events.next_offset, self._reasons.total())
        if state == self._written:
            return
        rejected = dict(self._reasons)
        account = Account(
            room=ROOM,
            name=self._name,
            received=self._events.next_offset + sum(rejected.values()),
            delivered={self._events.topic: self._events.next_offset},
            rejected=rejected,
            updated=self._clock.now_ms(),
            details={"rejected_offset": self._refused.next_offset},
        )
        self._due = now + _EVERY_MS
        try:
            write_account(self._data, account, durable=at_once)
        except OSError as error:
            if self._works:
                log.warning("the account of %s could not be written: %s", self._name, error.strerror or error)
            self._works = False
        else:
            self._works, self._written = True, state


def _recovered(data: Path, name: str, refused: TopicWriter) -> Counter[str]:
    """The reasons as the last account has them, and those that came after it."""
    try:
        account = read_account(data, ROOM, name)
    except msgspec.DecodeError:  # it was not synced when the power failed
        log.warning("the account of %s is damaged; it is worked out again from the topics", name)
        account = None
    reasons = Counter(account.rejected) if account else Counter[str]()
    counted = int(account.details.get("rejected_offset", 0)) if account else 0
    topics, topic, partition = LocalTopics(data), refused.topic, refused.partition
    first = topics.start(topic).get(partition, 0)
    if counted < first:  # deleted before they were counted
        reasons["unknown"] += first - counted
    others = {number: offset for number, offset in topics.end(topic).items() if number != partition}
    with topics.reader(topic, {**others, partition: max(counted, first)}) as reader:
        while entries := reader.read(1000):
            reasons.update(stored.value["reason"] for stored in entries if stored.partition == partition)
            if all(stored.partition != partition for stored in entries):
                break
    return reasons

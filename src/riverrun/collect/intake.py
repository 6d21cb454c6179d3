"""From what a sender said to what is stored: privacy, duplicates, the books, and the answer when the disk has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from riverrun.clock import Clock
from riverrun.collect.answers import PIXEL, Answer, plain
from riverrun.collect.bulk import Accepted, Packed, Rows, accepted
from riverrun.collect.commit import Committer, Stored
from riverrun.collect.duplicates import DuplicateMemory
from riverrun.collect.encode import Frame, Refused, event_entry, refused_entry
from riverrun.collect.http import Exchange
from riverrun.collect.metrics import Counts
from riverrun.collect.privacy import Policy, Terms
from riverrun.collect.request import Outcome, Request, text
from riverrun.collect.usual import usual_event
from riverrun.config.model import Collect
from riverrun.errors import RiverrunError
from riverrun.event import Event
from riverrun.record import Rejected
from riverrun.topics.local import TopicFull

# What waits for a group commit: events of a request, their source, and the answer when they are stored.
Pending = tuple[str, Sequence[Accepted] | Packed, Exchange, Answer]
_MOST_KEPT = 16 * 1024  # bytes of what a refused request said


class Intake:
    """Takes events, one worker's. Lives in the loop's thread."""

    def __init__(
        self, config: Collect, policy: Policy, duplicates: DuplicateMemory, counts: Counts, clock: Clock,
        now: Callable[[], float],
    ) -> None:  # fmt: skip
        self.config = config
        self.policy = policy
        self.counts = counts
        self.clock = clock
        self._duplicates = duplicates
        self._now = now
        self._durable = config.ack == "disk"
        self._max_backlog = config.max_backlog
        self.committer: Committer | None = None  # set once, before the first request
        self.buffered = 0  # bytes of bodies that are being received
        retry_after = ("Retry-After", str(max(1, -(-config.retry_after // 1000))))
        self._backlog_full = plain(503, "too much is waiting for the disk\n", retry_after)
        self._disk_failed = plain(503, "the event could not be stored\n", retry_after)
        self._disk_full = plain(507, "there is no room to store the event\n", retry_after)
        self._retry_after = retry_after

    def busy(self) -> Answer | None:
        """The answer when no more events can be taken now."""
        if self._has_room():
            return None
        self.counts.add("refused_total", "backlog")
        return self._backlog_full

    def _has_room(self) -> bool:
        assert self.committer is not None
        return self.committer.backlog + self.buffered <= self._max_backlog

    def too_fast(self, seconds: int) -> Answer:
        self.counts.add("refused_total", "rate")
        return plain(429, "too many events from this address\n", ("Retry-After", str(seconds)))

    def judge(
        self,
        outcome: Outcome,
        request: Request,
        terms: Terms,
        frame: Frame,
        change: Callable[[Event], Event] | None = None,
    ) -> tuple[Event, Accepted] | Rejected:
        """The policy and the duplicate memory. `change`: what the source does to the event (its own cookie's party)."""
        if isinstance(outcome, Rejected):
            return outcome
        event, headers = outcome, terms.headers
        as_sent = terms.plain and event.privacy == "none"
        if not as_sent:
            permitted = self.policy.apply(event, request, terms)
            if isinstance(permitted, Rejected):
                return permitted
            event, headers = permitted
        if change is not None:
            event = change(event)
        duplicate, slot, signature = self._duplicates.seen(event.party_id, event.session_id, event.event_id)
        if duplicate:
            event = msgspec.structs.replace(event, duplicate=True)
        entry = frame.entry(event) if as_sent else event_entry(event, headers)
        return event, Accepted(entry, slot, signature, event.corrupt, duplicate, event.privacy)

    def take_usual_one(self, exchange: Exchange, frame: Frame, max_depth: int) -> bool:
        """Store a browser's event that needs no judging, under a policy that changes nothing; False when it is none."""
        if not self._has_room():
            return False
        kept = usual_event(exchange.query, self.clock.now_ms(), frame, max_depth, self._duplicates)
        if kept is None:
            return False
        self.store(frame.source, (kept,), exchange, PIXEL)
        return True

    def take_usual(self, rows: Rows, request: Request, frame: Frame) -> Packed:
        """As `judge`, for events that need no judging, under a policy that changes nothing."""
        return accepted(rows, request, frame, self._duplicates)

    def refuse(self, rejected: Rejected, request: Request, terms: Terms, body: bytes | None = None) -> None:
        """Into the books and the topic of rejected requests; with what it said only if no privacy policy applies."""
        assert self.committer is not None
        self.counts.add("events_rejected_total", request.source, rejected.reason)
        refused = Refused(source=request.source, timestamp=request.timestamp, rejected=rejected)
        if not rejected.reason.startswith("privacy_") and self.policy.keeps_content(terms):
            refused = msgspec.structs.replace(
                refused,
                method=request.method,
                query=text(request.query)[:_MOST_KEPT],
                body=body[:_MOST_KEPT] if body is not None else None,
                remote_host=request.remote_host,
                user_agent=request.user_agent,
            )
        else:
            # A message may quote what was said.
            bare = Rejected(rejected.reason, rejected.reason.replace("_", " "), rejected.field)
            refused = msgspec.structs.replace(refused, rejected=bare)
        self.committer.refuse(refused_entry(refused), rejected.reason)

    def store(self, source: str, accepted: Sequence[Accepted] | Packed, exchange: Exchange, answer: Answer) -> None:
        """All of `accepted`, or none; the answer leaves when they are stored (`ack = "disk"`), or now."""
        assert self.committer is not None
        pending = source, accepted, exchange, answer
        if isinstance(accepted, Packed):
            self.committer.store(accepted.piece, accepted.sizes, pending)
        elif len(accepted) == 1:
            self.committer.store_one(accepted[0].entry, pending)
        else:
            entries = [one.entry for one in accepted]
            self.committer.store(b"".join(entries), list(map(len, entries)), pending)
        if not self._durable:
            self.answer(exchange, answer)

    def answer(self, exchange: Exchange, answer: Answer) -> None:
        self.counts.answer_seconds.observe(self._now() - exchange.arrived)
        exchange.answer(answer)

    def after_commit(self, stored: Stored) -> None:
        """The books of a group commit, and the answers that wait for it."""
        batch, error, counts = stored.batch, stored.error, self.counts
        if not batch.sizes:
            return
        if error is not None:
            counts.add("commits_total", "failed")
            self._lost(batch.pending, error)
            return
        counts.add("commits_total", "stored")
        counts.commit_seconds.observe(stored.seconds)
        counts.numbers[("commit_events_total",)] += len(batch.sizes)
        self._settle(batch.pending)

    def _settle(self, pending: Sequence[Pending]) -> None:
        counts, memory = self.counts, self._duplicates
        numbers = counts.numbers
        for source, events, _, _ in pending:
            numbers["events_accepted_total", source] += len(events)
            if isinstance(events, Packed):
                memory.stored_all(events.marks)
                if any(events.duplicates):
                    numbers["events_duplicate_total", source] += sum(events.duplicates)
                continue
            memory.stored_all([one[1:3] for one in events])
            for _, _, _, corrupt, duplicate, privacy in events:
                if corrupt:
                    counts.add("events_corrupt_total", source)
                if duplicate:
                    counts.add("events_duplicate_total", source)
                if privacy != "none":
                    counts.add("events_privacy_total", source, privacy)
        if self._durable:
            now = self._now()
            counts.answer_seconds.observe_all([now - exchange.arrived for _, _, exchange, _ in pending])
            for _, _, exchange, answer in pending:
                exchange.connection.send(exchange, answer)

    def _lost(self, pending: Sequence[Pending], error: RiverrunError) -> None:
        """They could not be stored."""
        for _, events, exchange, _ in pending:
            marks = events.marks if isinstance(events, Packed) else [one[1:3] for one in events]
            for slot, signature in marks:
                self._duplicates.forget(slot, signature)
            if self._durable:
                self.answer(exchange, self._failed(error))
            else:
                self.counts.numbers[("events_lost_total",)] += len(events)

    def _failed(self, error: RiverrunError) -> Answer:
        self.counts.add("refused_total", "disk")
        return self._disk_full if isinstance(error, TopicFull) else self._disk_failed

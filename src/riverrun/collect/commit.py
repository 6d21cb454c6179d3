"""Group commit: one write and one sync for all events of a few milliseconds, in a thread; the answers leave afterwards.

The loop's thread collects, the committing thread stores; they take turns by handing over whole batches. While one batch
is being stored the next one gathers, so batches grow with the load by themselves.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from array import array
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from riverrun.collect.ledger import Books
from riverrun.errors import RiverrunError
from riverrun.topics import TopicWriter

log = logging.getLogger(__name__)

_REFUSED_DELAY = 0.2  # seconds until refused requests are stored when no event is


class Batch(NamedTuple):
    """`pieces` go to the events topic, entries of these `sizes` in them; `refused` to that of rejected requests;
    `pending` is what was said with them by those who want to know what became of them."""

    pieces: list[bytes]
    sizes: array[int]
    refused: list[tuple[bytes, str]]  # entry, reason
    pending: list[Any]
    size: int


class Stored(NamedTuple):
    """What the thread reports. `error`: none of the batch's entries is in the topic. `seconds`: how long it took."""

    batch: Batch
    error: RiverrunError | None
    seconds: float


class Committer:
    """Lives in the loop's thread; `close` ends its own thread after everything handed over is stored."""

    def __init__(
        self,
        events: TopicWriter,
        refused: TopicWriter,
        *,
        linger: float,
        clock: Callable[[], float],
        after: Callable[[Stored], None],
        books: Books,
    ) -> None:
        """`after` is called in the loop's thread after each batch."""
        self._events = events
        self._refused = refused
        self._linger = linger
        self._clock = clock
        self._after = after
        self._books = books
        self._gathering = Batch([], array("I"), [], [], 0)
        self._size = 0  # bytes gathered
        self._storing: Batch | None = None
        self._timer: asyncio.Handle | None = None
        self._urgent = False
        self._work: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="commit", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Bytes of events that are in memory only."""
        return self._size + (self._storing.size if self._storing else 0)

    @property
    def backlog_events(self) -> int:
        return len(self._gathering.sizes) + (len(self._storing.sizes) if self._storing else 0)

    def store(self, piece: bytes, sizes: Sequence[int], pending: Any) -> None:
        """All or none of the entries in `piece`, which have these `sizes`; then `pending` is among those of the batch
        that `after` gets."""
        self._gathering.pieces.append(piece)
        self._gathering.sizes.extend(sizes)
        self._gathering.pending.append(pending)
        self._size += len(piece)
        if not self._urgent:
            self._schedule(self._linger)

    def store_one(self, entry: bytes, pending: Any) -> None:
        self._gathering.pieces.append(entry)
        self._gathering.sizes.append(len(entry))
        self._gathering.pending.append(pending)
        self._size += len(entry)
        if not self._urgent:
            self._schedule(self._linger)

    def refuse(self, entry: bytes, reason: str) -> None:
        """To the topic of rejected requests, some time."""
        self._gathering.refused.append((entry, reason))
        self._size += len(entry)
        if self._timer is None and self._storing is None:
            self._timer = self._loop.call_later(_REFUSED_DELAY, self._hand_over)

    def _schedule(self, delay: float) -> None:
        self._urgent = True
        if self._storing is not None:
            return  # the next batch follows soon
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(delay, self._hand_over)

    def _hand_over(self) -> None:
        self._timer = None
        if self._storing is not None:
            return
        gathered = self._gathering
        if not gathered.sizes and not gathered.refused:
            return
        self._storing = gathered._replace(size=self._size)
        self._gathering, self._size, self._urgent = Batch([], array("I"), [], [], 0), 0, False
        self._work.put(self._storing)

    def _stored(self, stored: Stored) -> None:
        self._storing = None
        try:
            self._after(stored)
        finally:
            if self._urgent or self._gathering.refused:
                # In the loop's next turn: when the answers have left and the interpreter's lock is free.
                self._timer = self._loop.call_later(0, self._hand_over)

    async def drain(self) -> None:
        """Until everything is stored, or refused by the disk."""
        while self._storing is not None or self._gathering.sizes or self._gathering.refused:
            if self._storing is None:
                self._hand_over()
            await asyncio.sleep(0.005)

    async def close(self) -> None:
        await self.drain()
        self._work.put(None)
        await asyncio.to_thread(self._thread.join)

    # --- the committing thread ---

    def _run(self) -> None:
        while True:
            try:
                batch = self._work.get(timeout=1.0)
            except queue.Empty:
                self._books.write()
                continue
            if batch is None:
                self._books.write()
                return
            self._store(batch)
            del batch  # the loop's thread lets go of it when it is done with it, while it is in the processor's caches

    def _store(self, batch: Batch) -> None:
        began = self._clock()
        error = self._commit(self._events, batch.pieces, batch.sizes)
        seconds = self._clock() - began
        if batch.refused:
            entries = [entry for entry, _ in batch.refused]
            refused_error = self._commit(self._refused, entries, array("I", map(len, entries)))
            self._books.refused(reason for _, reason in batch.refused)
            if refused_error is not None and error is None:
                log.warning("%d rejected requests could not be kept: %s", len(batch.refused), refused_error)
        self._books.write()
        self._loop.call_soon_threadsafe(self._stored, Stored(batch, error, seconds))

    def _commit(self, writer: TopicWriter, pieces: list[bytes], sizes: array[int]) -> RiverrunError | None:
        if not sizes:
            return None
        try:
            writer.append_all(pieces, sizes)
            writer.commit()
        except RiverrunError as error:
            writer.discard()
            return error
        except Exception as error:  # the outermost loop of this thread: nobody else would answer
            log.exception("storing failed")
            writer.discard()
            return RiverrunError(f"storing failed: {type(error).__name__}")
        return None

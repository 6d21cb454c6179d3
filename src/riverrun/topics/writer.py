"""Writing a partition: group commit, new segments, retention, and recovery of what a crash left behind."""

from __future__ import annotations

import errno
import logging
import os
import secrets
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riverrun.clock import Clock
from riverrun.errors import RunError
from riverrun.topics.entry import Entry
from riverrun.topics.files import (
    head_bytes,
    intact,
    read_head,
    remove_segment,
    segments_of,
    sync_folder,
    write_all,
    write_sizes,
)
from riverrun.topics.segment import (
    base_offset,
    block_parts,
    encode_entry,
    encode_header,
    entry_schema,
    read_header,
    segment_name,
)

log = logging.getLogger(__name__)

_BELIEVED = 100.0  # ms for which nobody looks again how much disk is free
_NOTED_EVERY, _NOTED_AT_ONCE = 100.0, 512  # ms, entries: sooner the companion does not get the sizes of small commits


class TopicFull(RunError):
    """The disk has no room for more: nothing was written. `free` and `floor` are bytes."""

    def __init__(self, topic: str, free: int, floor: int) -> None:
        what = f"{free // 2**20} MiB of disk are free, fewer than the floor of {floor // 2**20} MiB"
        super().__init__(
            f"topic {topic}: {what if floor else 'the disk is full'}",
            todo="free some space, shorten the retention, or lower topics.min_free_bytes",
        )
        self.free = free
        self.floor = floor


@dataclass(frozen=True, slots=True)
class WriterOptions:
    """segment_bytes, segment_ms: a new segment begins when the current one is larger or older.
    retain_ms, retain_bytes: whole old segments of this partition are deleted beyond these (None: kept for ever).
    min_free_bytes: with less free disk every append is refused. sync: False gives durability away (ack = "memory").
    """

    segment_bytes: int = 128 * 2**20
    segment_ms: int = 3_600_000
    retain_ms: int | None = None
    retain_bytes: int | None = None
    min_free_bytes: int = 64 * 2**20
    sync: bool = True


class TopicWriter:
    """Appends to one partition. Entries are buffered by `append` and stored by `commit`, all or none.

    Not safe for several threads at once; `commit` may run in another thread than `append` if the caller takes turns.
    """

    def __init__(
        self, topic: str, partition: int, folder: Path, lock: int, schema: Any, options: WriterOptions, clock: Clock
    ) -> None:
        self.topic = topic
        self.partition = partition
        self._folder = folder
        self._lock = lock
        self._schema = schema
        self._options = options
        self._clock = clock
        self._buffer: list[bytes | memoryview] = []
        self._sizes = array("I")
        self._unnoted = array("I")  # sizes of entries that are committed, but not in the companion
        self._note_again = 0.0
        self._file = -1
        self._head = -1
        self._spare, self._look_again = 0, 0.0
        try:
            self._recover()
            self._retain()
        except BaseException:
            self.close()
            raise

    @property
    def next_offset(self) -> int:
        """The offset that the next committed entry gets, the buffered ones not counted."""
        return self._next_offset

    @property
    def pending(self) -> int:
        return len(self._sizes)

    def append(self, entry: Entry) -> None:
        self.append_encoded(encode_entry(entry))

    def append_encoded(self, entry: bytes) -> None:
        """An entry that is already in Avro binary (`segment.encode_entry`)."""
        self._buffer.append(entry)
        self._sizes.append(len(entry))

    def append_all(self, pieces: Sequence[bytes], sizes: array[int]) -> None:
        """Several of `append_encoded`, one behind the other in some pieces."""
        self._buffer.extend(pieces)
        self._sizes.extend(sizes)

    def append_packed(self, entries: bytes | memoryview, sizes: bytes | memoryview) -> None:
        """As `append_all`, with all entries in one piece; `sizes` are theirs, as native numbers of four bytes."""
        self._buffer.append(entries)
        self._sizes.frombytes(sizes)

    def discard(self) -> None:
        """Forget what was appended since the last commit."""
        self._buffer, self._sizes = [], array("I")

    def commit(self) -> int:
        """Store everything appended since the last commit; returns the offset of its first entry.

        Raises TopicFull or RunError when it could not be stored; then nothing of it is in the topic, and it is no
        longer buffered.
        """
        first = self._next_offset
        if not self._sizes:
            return first
        buffer, sizes = self._buffer, self._sizes
        self.discard()
        self._look_at_space(sum(map(len, buffer)))
        if self._file < 0 or self._due_for_new_segment():
            self._begin_segment()
        parts, length = block_parts(len(sizes), buffer, self._header.sync)
        try:
            write_all(self._file, parts, self._length, sync=self._options.sync)
        except OSError as error:
            self._take_back()
            if error.errno == errno.EFBIG:  # a limit on the size of files: another file may have room
                self._end_segment()
            raise _translated(self.topic, error) from error
        self._length += length
        self._next_offset += len(sizes)
        self._publish_head()
        self._unnoted.extend(sizes)
        if len(self._unnoted) >= _NOTED_AT_ONCE or self._clock.monotonic_ms() >= self._note_again:
            self._note_sizes()
        return first

    def _note_sizes(self) -> None:
        """In the companion; not for every small commit."""
        if self._unnoted:
            first = self._next_offset - len(self._unnoted)
            write_sizes(self._folder / segment_name(self._base), first, self._unnoted)
            self._unnoted, self._note_again = array("I"), self._clock.monotonic_ms() + _NOTED_EVERY

    def check_space(self) -> None:
        """Raise TopicFull when less disk than the floor is free."""
        floor = self._options.min_free_bytes
        if floor and (free := self.free_bytes()) < floor:
            raise TopicFull(self.topic, free, floor)

    def _look_at_space(self, needed: int) -> None:
        """As `check_space`, but a disk that had room to spare a moment ago is believed to have it still."""
        now = self._clock.monotonic_ms()
        self._spare -= needed
        if self._spare < 0 or now >= self._look_again:
            self.check_space()
            self._spare, self._look_again = self.free_bytes() - self._options.min_free_bytes - needed, now + _BELIEVED

    def free_bytes(self) -> int:
        """Free room on the topic's disk."""
        status = os.statvfs(self._folder)
        return status.f_bavail * status.f_frsize

    def use_schema(self, schema: Any) -> None:
        """Entries appended from now on have values of `schema`; commits what is buffered first."""
        if schema == self._schema:
            return
        self.commit()
        self._schema = schema
        self._end_segment()

    def close(self) -> None:
        """Give the partition up. Buffered entries that were not committed are gone."""
        self._end_segment()
        if self._head >= 0:
            os.close(self._head)
            self._head = -1
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> TopicWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _recover(self) -> None:
        """Find the end: cut off what a commit left unfinished, never what `head` says was committed."""
        segments, known = segments_of(self._folder), read_head(self._folder)
        self._length, self._opened_ms = 0, self._clock.now_ms()
        self._next_offset = known.next_offset if known else 0
        if not segments:
            self._publish_head()
            return None
        last = segments[-1]
        header, length, next_offset = intact(last)
        if known is not None and known.path == last and known.length > length:
            return self._go_on_behind(last, length, next_offset)
        self._next_offset = max(next_offset, self._next_offset)
        if header is None or length == header.length:
            remove_segment(last)  # no entry was ever committed to it
            sync_folder(self._folder)
            return self._recover()
        self._file = os.open(last, os.O_WRONLY)
        os.ftruncate(self._file, length)
        os.fsync(self._file)
        self._header, self._length, self._base = header, length, base_offset(last)
        self._opened_ms = int(last.stat().st_mtime * 1000)
        self._publish_head()
        if header.schema != entry_schema(self._schema) or next_offset < self._next_offset:
            self._end_segment()
        return None

    def _go_on_behind(self, last: Path, length: int, next_offset: int) -> None:
        """Entries that were committed are gone or damaged: the disk lost them, or the file was changed. Their offsets
        are not given again, as readers may be behind them already. A file that is too short is made a clean one; what
        is damaged stays as it is, and readers report it."""
        log.error(
            "topic %s, partition %d: the disk lost committed entries, offsets %d to %d of %s",
            self.topic, self.partition, next_offset, self._next_offset - 1, last,
        )  # fmt: skip
        known = read_head(self._folder)
        if known is not None and last.stat().st_size < known.length:
            if next_offset == base_offset(last):
                remove_segment(last)
            else:
                os.truncate(last, length)
        self._publish_head()

    def _due_for_new_segment(self) -> bool:
        age = self._clock.now_ms() - self._opened_ms
        return self._length >= self._options.segment_bytes or age >= self._options.segment_ms

    def _begin_segment(self) -> None:
        self._end_segment()
        path = self._folder / segment_name(self._next_offset)
        sync = secrets.token_bytes(16)
        head = encode_header(self._schema, sync)
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            write_all(self._file, [head], 0, sync=False)
            os.fsync(self._file)
            sync_folder(self._folder)
        except OSError as error:
            self._end_segment()
            remove_segment(path)
            raise _translated(self.topic, error) from error
        self._header, self._length, self._base = read_header(head), len(head), self._next_offset
        self._opened_ms = self._clock.now_ms()
        self._retain()

    def _end_segment(self) -> None:
        self._note_sizes()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _take_back(self) -> None:
        """After a failed write: what was not synced must not be found by a later recovery of this segment."""
        try:
            os.ftruncate(self._file, self._length)
            os.fsync(self._file)
        except OSError:
            # The disk does not answer. This segment is left as it is; the next commit begins a new one, whose offsets
            # follow the last synced entry, and readers never see what is behind `head`.
            self._end_segment()

    def _publish_head(self) -> None:
        base = self._base if self._length else self._next_offset
        if self._head < 0:
            self._head = os.open(self._folder / "head", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        os.pwrite(self._head, head_bytes(base, self._length, self._next_offset), 0)

    def _retain(self) -> None:
        segments = segments_of(self._folder)[:-1]
        options = self._options
        if options.retain_ms is not None:
            oldest = self._clock.now_ms() - options.retain_ms
            while segments and segments[0].stat().st_mtime * 1000 < oldest:
                remove_segment(segments.pop(0))
        if options.retain_bytes is not None:
            sizes = [path.stat().st_size for path in segments]
            while segments and sum(sizes) > options.retain_bytes:
                remove_segment(segments.pop(0))
                sizes.pop(0)


def _translated(topic: str, error: OSError) -> RunError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TopicFull(topic, 0, 0)
    return RunError(f"topic {topic}: {error.strerror or error}", todo="see to the disk; nothing was acknowledged")

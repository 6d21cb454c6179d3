"""Reading a topic: all partitions, from positions that can be stored, never further than is committed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from riverrun.errors import RunError
from riverrun.formats.avro_binary import PADDING
from riverrun.topics.entry import Position, Stored
from riverrun.topics.files import HEADER_READ, End, end_of, segments_of
from riverrun.topics.packed import Packed
from riverrun.topics.segment import Block, Damaged, EntryDecoder, base_offset, blocks, read_header, sizes_of

if TYPE_CHECKING:
    from riverrun.topics.local import LocalTopics

_MOST_BYTES = 64 * 2**20  # of several blocks that are read at once


class Gone(RunError):
    """The entries from `position` on are no longer there (retention); `first` is what there is."""

    def __init__(self, topic: str, partition: int, position: int, first: int) -> None:
        super().__init__(
            f"topic {topic}, partition {partition}: offset {position} is gone, the first one kept is {first}",
            todo="read from the first one kept, and keep topics longer than their slowest reader needs",
        )
        self.partition = partition
        self.position = position
        self.first = first


class TopicReader:
    """Reads one topic, all partitions. `position` is where the next `read` begins; store it to go on later."""

    def __init__(self, topics: LocalTopics, name: str, position: dict[int, int]) -> None:
        self._topics = topics
        self.name = name
        self._position = position
        self._open: dict[int, _OpenSegment] = {}

    @property
    def position(self) -> dict[int, int]:
        return dict(self._position)

    def read(self, limit: int = 5000) -> list[Stored]:
        """About `limit` entries (whole blocks, so it may be more), in order within a partition; empty at the end.

        Raises Gone when retention took what comes next.
        """
        found: list[Stored] = []
        for partition in self._topics.partitions(self.name):
            if len(found) >= limit:
                break
            found.extend(self.read_partition(partition, limit - len(found)))
        return found

    def seek(self, position: Position) -> None:
        """The next `read` of the partitions in `position` begins there; the others go on where they are."""
        self._position.update(position)

    def behind(self) -> int:
        """Entries that are stored and not yet read."""
        end = self._topics.end(self.name)
        return sum(offset - self._position.get(number, 0) for number, offset in end.items())

    def close(self) -> None:
        for segment in self._open.values():
            segment.close()
        self._open.clear()

    def __enter__(self) -> TopicReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read_partition(self, partition: int, limit: int = 5000) -> list[Stored]:
        """As `read`, of one partition."""
        found: list[Stored] = []
        before = self._position.get(partition, 0)
        try:
            while len(found) < limit and (packed := self.read_packed(partition, limit - len(found))) is not None:
                found.extend(packed.stored())
        except BaseException:
            self._position[partition] = before
            raise
        return found

    def read_packed(self, partition: int, limit: int = 5000) -> Packed | None:
        """As `read_partition`, not decoded: about `limit` entries of one segment; None at the end."""
        folder = self._topics.root / self.name / str(partition)
        end = end_of(folder)
        position = self._position.get(partition, 0)
        while position < end.next_offset:
            segment = self._open.get(partition)
            if segment is None:
                segment = self._open[partition] = _OpenSegment(self._path(folder, partition, position), partition)
            packed = segment.read(position, end, limit)
            if packed is not None:
                self._position[partition] = packed.behind
                return packed
            segment.close()
            del self._open[partition]
            if self._path(folder, partition, position) != segment.path:
                continue  # the next segment follows
            if segment.path == end.path:
                break  # written without sync, and lost: there is nothing behind it yet
            position = self._position[partition] = self._behind_gap(folder, partition, position, segment, end)
        return None

    def _behind_gap(self, folder: Path, partition: int, position: int, segment: _OpenSegment, end: End) -> int:
        """Where reading goes on when the last entries of a segment are lost (its writer has said so in the log).

        Raises RunError when they are there and cannot be read.
        """
        if not segment.whole:
            raise RunError(
                f"topic {self.name}, partition {partition}: {segment.path} is damaged behind offset {position}",
                todo="restore the file, or move it away to go on behind it",
            )
        following = [base_offset(path) for path in segments_of(folder)]
        return min((base for base in following if base > position), default=end.next_offset)

    def _path(self, folder: Path, partition: int, position: int) -> Path:
        segments = segments_of(folder)
        for path in reversed(segments):
            if base_offset(path) <= position:
                return path
        raise Gone(self.name, partition, position, base_offset(segments[0]) if segments else position)


class _OpenSegment:
    """A segment being read from front to back."""

    def __init__(self, path: Path, partition: int) -> None:
        self.path = path
        self._partition = partition
        self._file = path.open("rb")
        try:
            self._header = read_header(self._file.read(HEADER_READ))
        except Damaged as error:
            self._file.close()
            raise RunError(f"{path} is not a segment: {error}", todo="restore the file, or move it away") from error
        self._decoder = EntryDecoder(self._header.schema)
        self._at = self._header.length
        self._offset = base_offset(path)
        self.whole = False  # read to its end, and nothing is there that is no block

    def read(self, position: int, end: End, limit: int) -> Packed | None:
        """The block that holds `position`, and those behind it until there are `limit` entries; None when it is not
        here (any more)."""
        if position < self._offset:
            self._at, self._offset = self._header.length, base_offset(self.path)
        readable = self._readable(end)
        found: list[Block] = []
        first = self._offset
        for block in blocks(self._file, self._header, self._at, readable):
            if self._offset >= end.next_offset:
                return self._packed(found, first, position)
            self._at, self._offset = block.end, self._offset + block.entries
            if position < self._offset:
                first = first if found else self._offset - block.entries
                found.append(block)
                if self._offset - position >= limit or block.end - found[0].start >= _MOST_BYTES:
                    return self._packed(found, first, position)
        self.whole = self._at == readable
        return self._packed(found, first, position)

    def _packed(self, found: list[Block], first: int, position: int) -> Packed | None:
        if not found:
            return None
        start, end = found[0].start, found[-1].start + found[-1].size
        data = bytearray(end - start + PADDING)
        self._file.seek(start)
        self._file.readinto(memoryview(data)[: end - start])
        sizes = self._sizes(first, sum(block.entries for block in found))
        return Packed(self.path, self._partition, first, position, tuple(found), data, sizes, self._decoder)

    def _sizes(self, first: int, count: int) -> bytes | None:
        """What the companion says; None when it does not."""
        try:
            with sizes_of(self.path).open("rb") as file:
                file.seek(4 * (first - base_offset(self.path)))
                raw = file.read(4 * count)
        except OSError:
            return None  # it is only a help
        return raw if len(raw) == 4 * count else None

    def _readable(self, end: End) -> int:
        """How many bytes of this segment are synced."""
        return end.length if self.path == end.path else self._file.seek(0, os.SEEK_END)

    def close(self) -> None:
        self._file.close()

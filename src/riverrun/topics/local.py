"""Local topics: DATA/topics/<topic>/<partition>/<first offset>.avro, appended with group commit.

A partition belongs to one writer process at a time (a file lock). A commit is one Avro block, written and then synced
with fdatasync; only after that `head` (a small file beside the segments) moves, and readers read up to `head` while a
writer lives. So nothing that a power cut could take back is ever seen. When a writer opens a partition it cuts off a
torn last block, and keeps every whole one.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from riverrun.clock import Clock, SystemClock
from riverrun.errors import InputError, RunError, Where, did_you_mean
from riverrun.topics.entry import Entry, Position, Stored
from riverrun.topics.segment import (
    Block,
    Damaged,
    EntryDecoder,
    Header,
    base_offset,
    block_parts,
    blocks,
    encode_entry,
    encode_header,
    entry_schema,
    read_header,
    segment_name,
)

_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}\Z", re.ASCII)
_HEAD = struct.Struct("<QQQI")  # base offset of the segment, its synced length, next offset, checksum of these
_HEADER_READ = 1 << 20
_MOST_PARTS = 1000  # of one call of writev; the least that systems allow is 1024


class TopicFull(RunError):
    """The disk has no room for more: nothing was written. `free` and `floor` are bytes."""

    def __init__(self, topic: str, free: int, floor: int) -> None:
        super().__init__(
            f"topic {topic}: {free // 2**20} MiB of disk are free, fewer than the floor of {floor // 2**20} MiB",
            todo="free some space, shorten the retention, or lower topics.min_free_bytes",
        )
        self.free = free
        self.floor = floor


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


class LocalTopics:
    """The topics under a data folder."""

    def __init__(self, data: Path, clock: Clock | None = None) -> None:
        self.root = data / "topics"
        self.clock = clock or SystemClock()

    def names(self) -> list[str]:
        if not self.root.is_dir():
            return []
        return sorted(path.name for path in self.root.iterdir() if path.is_dir() and _NAME.match(path.name))

    def exists(self, name: str) -> bool:
        return (self.root / checked_name(name)).is_dir()

    def partitions(self, name: str) -> list[int]:
        folder = self.root / checked_name(name)
        if not folder.is_dir():
            return []
        return sorted(int(path.name) for path in folder.iterdir() if path.name.isdigit())

    def end(self, name: str) -> dict[int, int]:
        """partition -> offset behind the last entry that readers may see."""
        return {number: _end(self._folder(name, number)).next_offset for number in self.partitions(name)}

    def start(self, name: str) -> dict[int, int]:
        """partition -> offset of the first entry that is still kept."""
        return {number: _first_offset(self._folder(name, number)) for number in self.partitions(name)}

    def written_ms(self, name: str, partition: int) -> int:
        """When the partition was last written to (wall clock, ms); 0 when nobody ever did."""
        try:
            return int((self._folder(name, partition) / "head").stat().st_mtime * 1000)
        except FileNotFoundError:
            return 0

    def value_schema(self, name: str) -> Any | None:
        """The Avro schema (parsed JSON) of the newest segment of any partition; None for a topic without entries."""
        newest: tuple[float, Any] | None = None
        for number in self.partitions(name):
            segments = _segments(self._folder(name, number))
            if segments and (newest is None or segments[-1].stat().st_mtime > newest[0]):
                header = _header_of(segments[-1])
                if header is not None:
                    newest = (segments[-1].stat().st_mtime, EntryDecoder(header.schema).value_schema)
        return newest[1] if newest else None

    def writer(
        self, name: str, value_schema: Any, options: WriterOptions | None = None, *, partition: int | None = None
    ) -> TopicWriter:
        """Take the lowest partition that no living process writes to, or begin a new one; or take `partition`.

        Raises RunError when `partition` belongs to another process.
        """
        checked_name(name)
        number = partition or 0
        while True:
            folder = self._folder(name, number)
            folder.mkdir(parents=True, exist_ok=True)
            lock = _lock(folder / "writer.lock")
            if lock is not None:
                return TopicWriter(name, number, folder, lock, value_schema, options or WriterOptions(), self.clock)
            if partition is not None:
                raise RunError(f"another process writes to topic {name}, partition {partition}")
            number += 1

    def reader(self, name: str, position: Position | None = None) -> TopicReader:
        """Read from `position`; None is the beginning. The topic need not exist yet."""
        return TopicReader(self, checked_name(name), dict(position or {}))

    def require(self, name: str) -> str:
        """`name`, or an error with the nearest topic when there is no such topic."""
        if not self.exists(name):
            raise InputError(
                f"no topic {name}", where=Where(path=str(self.root)), todo=did_you_mean(name, self.names())
            )
        return name

    def _folder(self, name: str, partition: int) -> Path:
        return self.root / name / str(partition)


def checked_name(name: str) -> str:
    """`name` when it can be a topic's (Kafka's rule); it becomes the name of a folder."""
    if _NAME.match(name) is None or name in (".", ".."):
        raise InputError(f"{name!r} cannot be the name of a topic", todo="use letters, digits, '.', '_' and '-'")
    return name


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
        self._buffer: list[bytes] = []
        self._count = 0
        self._file = -1
        self._head = -1
        try:
            self._recover()
        except BaseException:
            self.close()
            raise

    @property
    def next_offset(self) -> int:
        """The offset that the next committed entry gets, the buffered ones not counted."""
        return self._next_offset

    @property
    def pending(self) -> int:
        return self._count

    def append(self, entry: Entry) -> None:
        self._buffer.append(encode_entry(entry))
        self._count += 1

    def append_encoded(self, entry: bytes) -> None:
        """An entry that is already in Avro binary (`segment.encode_entry`)."""
        self._buffer.append(entry)
        self._count += 1

    def append_all(self, entries: Sequence[bytes]) -> None:
        """Several of `append_encoded`."""
        self._buffer.extend(entries)
        self._count += len(entries)

    def discard(self) -> None:
        """Forget what was appended since the last commit."""
        self._buffer.clear()
        self._count = 0

    def commit(self) -> int:
        """Store everything appended since the last commit; returns the offset of its first entry.

        Raises TopicFull or RunError when it could not be stored; then nothing of it is in the topic, and it is no
        longer buffered.
        """
        first = self._next_offset
        if not self._count:
            return first
        buffer, count = self._buffer, self._count
        self._buffer, self._count = [], 0
        self.check_space()
        if self._file < 0 or self._due_for_new_segment():
            self._begin_segment()
        parts, length = block_parts(count, buffer, self._header.sync)
        try:
            _write_all(self._file, parts)
            if self._options.sync:
                os.fdatasync(self._file)
        except OSError as error:
            self._take_back()
            raise _translated(self.topic, error) from error
        self._length += length
        self._next_offset += count
        self._publish_head()
        return first

    def check_space(self) -> None:
        """Raise TopicFull when less disk than the floor is free."""
        floor = self._options.min_free_bytes
        if floor and (free := self.free_bytes()) < floor:
            raise TopicFull(self.topic, free, floor)

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
        segments = _segments(self._folder)
        self._length, self._next_offset, self._opened_ms = 0, 0, self._clock.now_ms()
        if not segments:
            self._publish_head()
            return None
        last = segments[-1]
        header, length, next_offset = _intact(last)
        self._next_offset = next_offset
        if header is None or length == header.length:
            last.unlink()  # a segment that no entry was ever committed to
            _sync_folder(self._folder)
            return self._recover()
        self._file = os.open(last, os.O_WRONLY)
        os.ftruncate(self._file, length)
        os.fsync(self._file)
        os.lseek(self._file, length, os.SEEK_SET)
        self._header, self._length, self._base = header, length, base_offset(last)
        self._opened_ms = int(last.stat().st_mtime * 1000)
        self._publish_head()
        if header.schema != entry_schema(self._schema):
            self._end_segment()
        return None

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
            _write_all(self._file, [head])
            os.fsync(self._file)
            _sync_folder(self._folder)
        except OSError as error:
            self._end_segment()
            path.unlink(missing_ok=True)
            raise _translated(self.topic, error) from error
        self._header, self._length, self._base = read_header(head), len(head), self._next_offset
        self._opened_ms = self._clock.now_ms()
        self._retain()

    def _end_segment(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _take_back(self) -> None:
        """After a failed write: what was not synced must not be found by a later recovery of this segment."""
        try:
            os.ftruncate(self._file, self._length)
            os.lseek(self._file, self._length, os.SEEK_SET)
            os.fdatasync(self._file)
        except OSError:
            # The disk does not answer. This segment is left as it is; the next commit begins a new one, whose offsets
            # follow the last synced entry, and readers never see what is behind `head`.
            self._end_segment()

    def _publish_head(self) -> None:
        base = self._base if self._length else self._next_offset
        body = struct.pack("<QQQ", base, self._length, self._next_offset)
        if self._head < 0:
            self._head = os.open(self._folder / "head", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        os.pwrite(self._head, body + struct.pack("<I", zlib.crc32(body)), 0)

    def _retain(self) -> None:
        segments = _segments(self._folder)[:-1]
        options = self._options
        if options.retain_ms is not None:
            oldest = self._clock.now_ms() - options.retain_ms
            while segments and segments[0].stat().st_mtime * 1000 < oldest:
                segments.pop(0).unlink()
        if options.retain_bytes is not None:
            sizes = [path.stat().st_size for path in segments]
            while segments and sum(sizes) > options.retain_bytes:
                segments.pop(0).unlink()
                sizes.pop(0)


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
        folder = self._topics.root / self.name / str(partition)
        end = _end(folder)
        position = self._position.get(partition, 0)
        found: list[Stored] = []
        while position < end.next_offset and len(found) < limit:
            segment = self._open.get(partition)
            if segment is None:
                segment = self._open[partition] = _OpenSegment(self._path(folder, partition, position), partition)
            entries = segment.read(position, end)
            if entries:
                found.extend(entries)
                position = self._position[partition] = entries[-1].offset + 1
                continue
            segment.close()
            del self._open[partition]
            if self._path(folder, partition, position) == segment.path:
                if segment.path == end.path:
                    break  # written without sync, and lost: there is nothing behind it yet
                raise RunError(
                    f"topic {self.name}, partition {partition}: {segment.path} is damaged behind offset {position}",
                    todo="restore the file, or move it away to go on behind it",
                )
        return found

    def _path(self, folder: Path, partition: int, position: int) -> Path:
        segments = _segments(folder)
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
            self._header = read_header(self._file.read(_HEADER_READ))
        except Damaged as error:
            self._file.close()
            raise RunError(f"{path} is not a segment: {error}", todo="restore the file, or move it away") from error
        self._decoder = EntryDecoder(self._header.schema)
        self._at = self._header.length
        self._offset = base_offset(path)
        self._limit: int | None = None

    def read(self, position: int, end: _End) -> list[Stored]:
        """The entries of the block that holds `position`, from there on; empty when there is none here (any more)."""
        if position < self._offset:
            self._at, self._offset = self._header.length, base_offset(self.path)
        for block in blocks(self._file, self._header, self._at, self._readable(end)):
            first, behind = self._offset, self._offset + block.entries
            if first >= end.next_offset:
                return []
            self._at, self._offset = block.end, behind
            if position < behind:
                self._file.seek(block.start)
                decoded = self._decoder.decode(self._file.read(block.size), block.entries, self._partition, first)
                return [stored for stored in decoded if stored.offset >= position]
        return []

    def _readable(self, end: _End) -> int:
        """How many bytes of this segment are synced."""
        return end.length if self.path == end.path else self._file.seek(0, os.SEEK_END)

    def close(self) -> None:
        self._file.close()


@dataclass(frozen=True, slots=True)
class _End:
    """How far readers may read: `length` bytes of the segment at `path`, up to (without) `next_offset`."""

    path: Path
    length: int
    next_offset: int


def _end(folder: Path) -> _End:
    """What `head` says, or, when there is none (a copied or damaged folder), what the last segment holds."""
    for _ in range(3):  # a read may meet a write halfway
        try:
            raw = (folder / "head").read_bytes()
        except FileNotFoundError:
            break
        if len(raw) == _HEAD.size:
            base, length, next_offset, checksum = _HEAD.unpack(raw)
            if zlib.crc32(raw[:24]) == checksum:
                return _End(folder / segment_name(base), length, next_offset)
    segments = _segments(folder)
    if not segments:
        return _End(folder, 0, 0)
    _, length, next_offset = _intact(segments[-1])
    return _End(segments[-1], length, next_offset)


def _first_offset(folder: Path) -> int:
    segments = _segments(folder)
    return base_offset(segments[0]) if segments else _end(folder).next_offset


def _segments(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".avro")
    except FileNotFoundError:
        return []


def _header_of(path: Path) -> Header | None:
    with path.open("rb") as file:
        try:
            return read_header(file.read(_HEADER_READ))
        except Damaged:
            return None


def _intact(path: Path) -> tuple[Header | None, int, int]:
    """(header, length of the whole blocks, offset behind them) of a segment; the last block is decoded to be sure."""
    offset = base_offset(path)
    with path.open("rb") as file:
        try:
            header = read_header(file.read(_HEADER_READ))
        except Damaged:
            return None, 0, offset
        length, last = header.length, None
        for block in blocks(file, header, header.length, file.seek(0, os.SEEK_END)):
            if last is not None:
                length, offset = last.end, offset + last.entries
            last = block
        if last is not None and _decodes(file, header, last):
            length, offset = last.end, offset + last.entries
        return header, length, offset


def _decodes(file: BinaryIO, header: Header, block: Block) -> bool:
    file.seek(block.start)
    try:
        for _ in EntryDecoder(header.schema).decode(file.read(block.size), block.entries, 0, 0):
            pass
    except Damaged:
        return False
    return True


def _lock(path: Path) -> int | None:
    """An open descriptor that holds the lock, or None when another process (or writer) has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _write_all(descriptor: int, parts: list[bytes]) -> None:
    """Write everything, without putting it together first: a commit may be some megabytes."""
    for first in range(0, len(parts), _MOST_PARTS):
        some = parts[first : first + _MOST_PARTS]
        left = sum(map(len, some)) - os.writev(descriptor, some)
        if left:  # rare: a signal, or the disk is nearly full
            view = memoryview(b"".join(some))[-left:]
            while view:
                view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _translated(topic: str, error: OSError) -> RunError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TopicFull(topic, 0, 0)
    return RunError(f"topic {topic}: {error.strerror or error}", todo="see to the disk; nothing was acknowledged")

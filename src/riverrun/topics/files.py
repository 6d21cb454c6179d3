"""What lies in a partition's folder: segments, `head` (how far they are committed), and the writer's lock."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import struct
import sys
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from riverrun.topics.segment import (
    Block,
    Damaged,
    EntryDecoder,
    Header,
    Part,
    base_offset,
    blocks,
    read_header,
    segment_name,
    sizes_of,
)

log = logging.getLogger(__name__)

_HEAD = struct.Struct("<QQQI")  # base offset of the segment, its committed length, next offset, checksum of these
HEADER_READ = 1 << 20
_MOST_PARTS = 1000  # of one call of pwritev; the least that systems allow is 1024
_DSYNC: int = getattr(os, "RWF_DSYNC", 0)
_fdatasync = getattr(os, "fdatasync", os.fsync)


@dataclass(frozen=True, slots=True)
class End:
    """How far readers may read: `length` bytes of the segment at `path`, up to (without) `next_offset`."""

    path: Path
    length: int
    next_offset: int


def read_head(folder: Path) -> End | None:
    """What the file `head` says; None when it is not there or not whole."""
    for _ in range(3):  # a read may meet a write halfway
        try:
            raw = (folder / "head").read_bytes()
        except FileNotFoundError:
            break
        if len(raw) == _HEAD.size:
            base, length, next_offset, checksum = _HEAD.unpack(raw)
            if zlib.crc32(raw[:24]) == checksum:
                return End(folder / segment_name(base), length, next_offset)
    return None


def end_of(folder: Path) -> End:
    """What `head` says, or, when there is none (a copied or damaged folder), what the last segment holds."""
    known = read_head(folder)
    if known is not None:
        return known
    segments = segments_of(folder)
    if not segments:
        return End(folder, 0, 0)
    _, length, next_offset = intact(segments[-1])
    return End(segments[-1], length, next_offset)


def last_commit(folder: Path) -> int:
    """The offset of the first entry of the last commit that readers may see."""
    end = end_of(folder)
    header = header_of(end.path) if end.length and end.path.exists() else None
    if header is None:
        return end.next_offset
    first = next_offset = base_offset(end.path)
    with end.path.open("rb") as file:
        for block in blocks(file, header, header.length, end.length):
            first, next_offset = next_offset, next_offset + block.entries
    return first


def head_bytes(base: int, length: int, next_offset: int) -> bytes:
    body = struct.pack("<QQQ", base, length, next_offset)
    return body + struct.pack("<I", zlib.crc32(body))


def first_offset(folder: Path) -> int:
    segments = segments_of(folder)
    return base_offset(segments[0]) if segments else end_of(folder).next_offset


def segments_of(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".avro")
    except FileNotFoundError:
        return []


def header_of(path: Path) -> Header | None:
    with path.open("rb") as file:
        try:
            return read_header(file.read(HEADER_READ))
        except Damaged:
            return None


def intact(path: Path) -> tuple[Header | None, int, int]:
    """(header, length of the whole blocks, offset behind them) of a segment; the last block is decoded to be sure."""
    offset = base_offset(path)
    with path.open("rb") as file:
        try:
            header = read_header(file.read(HEADER_READ))
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


def take_lock(path: Path) -> int | None:
    """An open descriptor that holds the lock, or None when another process (or writer) has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def write_all(descriptor: int, parts: Sequence[Part], at: int, *, sync: bool) -> None:
    """Write everything at position `at`, without putting it together first: a commit may be some megabytes. With `sync`
    it is on the disk afterwards: where the system can, by the same call, as each costs a turn of the interpreter's
    lock."""
    if sync and _DSYNC:
        try:
            return _write(descriptor, parts, at, _DSYNC)
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise
    _write(descriptor, parts, at, 0)
    if sync:
        _fdatasync(descriptor)
    return None


def _write(descriptor: int, parts: Sequence[Part], at: int, flags: int) -> None:
    for first in range(0, len(parts), _MOST_PARTS):
        some = parts[first : first + _MOST_PARTS]
        size, written = sum(map(len, some)), os.pwritev(descriptor, some, at, flags)
        if written < size:  # rare: a signal, or the disk is nearly full
            rest = memoryview(b"".join(some))
            while written < size:
                written += os.pwritev(descriptor, [rest[written:]], at + written, flags)
        at += size


def write_sizes(segment: Path, first: int, sizes: array[int]) -> None:
    """Note the sizes of a segment's entries from offset `first` on, for readers in a hurry: without sync, and no harm
    when it fails, as they look whether the sizes are right."""
    if sys.byteorder == "big":
        sizes.byteswap()
    path = sizes_of(segment)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.pwrite(descriptor, sizes, 4 * (first - base_offset(segment)))
        finally:
            os.close(descriptor)
    except OSError as error:
        log.warning("%s: %s; entries are read without it, more slowly", path, error.strerror)


def remove_segment(path: Path) -> None:
    """Delete a segment with its companion."""
    path.unlink(missing_ok=True)
    sizes_of(path).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Local topics: DATA/topics/<topic>/<partition>/<first offset>.avro, appended with group commit.

A partition belongs to one writer process at a time (a file lock). A commit is one Avro block, written and then synced
with fdatasync; only after that `head` (a small file beside the segments) moves, and readers read up to `head` while a
writer lives. So nothing that a power cut could take back is ever seen. When a writer opens a partition it cuts off a
torn last block, and keeps every whole one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from riverrun.clock import Clock, SystemClock
from riverrun.errors import InputError, RunError, Where, did_you_mean
from riverrun.topics.entry import Position
from riverrun.topics.files import end_of, first_offset, header_of, last_commit, segments_of, take_lock
from riverrun.topics.reader import Gone, TopicReader
from riverrun.topics.segment import EntryDecoder
from riverrun.topics.writer import TopicFull, TopicWriter, WriterOptions

__all__ = ["Gone", "LocalTopics", "TopicFull", "TopicReader", "TopicWriter", "WriterOptions", "checked_name"]

_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}\Z", re.ASCII)


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
        return {number: end_of(self._folder(name, number)).next_offset for number in self.partitions(name)}

    def last_commit(self, name: str) -> dict[int, int]:
        """partition -> offset of the first entry of its last commit."""
        return {number: last_commit(self._folder(name, number)) for number in self.partitions(name)}

    def start(self, name: str) -> dict[int, int]:
        """partition -> offset of the first entry that is still kept."""
        return {number: first_offset(self._folder(name, number)) for number in self.partitions(name)}

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
            segments = segments_of(self._folder(name, number))
            if segments and (newest is None or segments[-1].stat().st_mtime > newest[0]):
                header = header_of(segments[-1])
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
            lock = take_lock(folder / "writer.lock")
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

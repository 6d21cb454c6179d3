"""Reads a local topic as rows: partitions in step by the time of their entries, values decoded by their own schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from riverrun.connectors.options import wrong
from riverrun.connectors.protocol import Chunk, Relation, Surroundings
from riverrun.connectors.topic_decoding import Decoding
from riverrun.errors import InputError
from riverrun.formats.avro_walk import Ints
from riverrun.topics import LocalTopics, TopicReader
from riverrun.topics.columns import Mask
from riverrun.topics.local import checked_name

# A partition of a local topic whose writer has been silent for so long holds nothing back. The writer of a dead
# process never comes back, so there has to be an end to waiting.
IDLE_MS = 5000
_IDLE = "table.exec.source.idle-timeout"


@dataclass(frozen=True, slots=True)
class _Following:
    """Rows, and the position behind them. `is_full`: there were as many as asked for, so there may be more."""

    rows: pa.Table
    position: dict[int, int]
    is_full: bool = False


class TopicSource:
    """While rows are worked on, a thread reads the following ones; `position` is behind those handed over."""

    def __init__(
        self, relation: Relation, wanted: Sequence[int], around: Surroundings, options: Mapping[str, Any]
    ) -> None:
        self._relation, self._options, self._around = relation, options, around
        self._topics = LocalTopics(around.data, around.clock)
        self._name = self.topic = _topic(relation, str(options["topic"]))
        self._columns = [relation.columns[index] for index in wanted]
        self._key_columns = _key_columns(relation, options)
        self._decode = Decoding(self._name, relation, self._columns, self._key_columns, options, around.zone)
        self._idle_ms = _idle_timeout(options, around)
        self.bounded = around.bounded or options["scan.bounded.mode"] != "unbounded"
        self._end: dict[int, int] | None = None
        self._start: dict[int, int] | None = None
        self._reader: TopicReader | None = None
        self._position: dict[int, int] = {}
        self._times: dict[int, int] = {}
        self._thread = ThreadPoolExecutor(1, f"reads {self._name}")
        self._ahead: Future[_Following | None] | None = None
        if not self._topics.exists(self._name) and self.bounded:
            self._topics.require(self._name)

    def _open(self) -> TopicReader:
        if self._reader is None:
            if self._start is None:
                self._start = self._first_position()
            self._reader, self._position = self._topics.reader(self._name, self._start), self._start
            if self.bounded and self._end is None:
                self._end = self._last_position()
        return self._reader

    def _first_position(self) -> dict[int, int]:
        mode = self._options["scan.startup.mode"]
        if mode == "latest-offset":
            return dict(self._topics.end(self._name))
        if mode == "specific-offsets":
            return _offsets(self._relation, str(self._options["scan.startup.specific-offsets"] or ""))
        return dict(self._topics.start(self._name))

    def _last_position(self) -> dict[int, int]:
        end = dict(self._topics.end(self._name))
        if self._options["scan.bounded.mode"] == "specific-offsets":
            return {**end, **_offsets(self._relation, str(self._options["scan.bounded.specific-offsets"] or ""))}
        return end

    def read(self, limit: int) -> Chunk | None:
        reader = self._open()
        ahead, self._ahead = self._ahead, None
        following = (ahead.result() if ahead is not None else None) or self._next(reader, limit)
        ends = self._ends()
        if following is None:
            return None if self.bounded else self._quiet(ends)
        left = self._position = following.position
        if following.is_full:
            self._ahead = self._thread.submit(self._next, reader, limit)
        idle = {number: left.get(number, 0) >= end and self._is_idle(number) for number, end in ends.items()}
        return Chunk(following.rows, idle)

    def _ends(self) -> Mapping[int, int]:
        return self._end if self._end is not None else self._topics.end(self._name)

    def _next(self, reader: TopicReader, limit: int) -> _Following | None:
        """About `limit` rows of the partition whose entries are the oldest; None when nothing waits."""
        ends, position = self._ends(), reader.position
        waiting = [number for number, end in ends.items() if position.get(number, 0) < end]
        if not waiting:
            return None
        oldest = min(waiting, key=lambda number: self._times.get(number, 0))
        packed = reader.read_packed(oldest, limit)
        if packed is None:
            return _Following(self._decode.nothing(), reader.position)
        end = ends[oldest] if self.bounded else None
        try:
            rows, last = self._decode(packed, lambda offsets, times: self._wanted(offsets, times, end))
        except BaseException:
            reader.seek(position)
            raise
        self._times[oldest] = self._times.get(oldest, 0) if last is None else last
        return _Following(rows, reader.position, is_full=packed.behind - packed.position >= limit)

    def _wanted(self, offsets: Ints, timestamps: Ints, end: int | None) -> Mask:
        """Of entries of a partition that is read to `end`: which ones are asked for."""
        found = np.ones(len(offsets), np.bool_) if end is None else offsets < end
        first = self._options["scan.startup.timestamp-millis"]
        if self._options["scan.startup.mode"] == "timestamp" and first is not None:
            found &= timestamps >= first
        last = self._options["scan.bounded.timestamp-millis"]
        if self._options["scan.bounded.mode"] == "timestamp" and last is not None:
            found &= timestamps < last
        return found

    def _quiet(self, ends: Mapping[int, int]) -> Chunk | None:
        """No rows, but perhaps news of partitions that hold nothing back any more."""
        if not ends:
            return None
        return Chunk(self._decode.nothing(), {number: self._is_idle(number) for number in ends})

    def _is_idle(self, partition: int) -> bool:
        if self.bounded:
            return True
        if not self._idle_ms:
            return False
        return self._around.clock.now_ms() - self._topics.written_ms(self._name, partition) > self._idle_ms

    @property
    def position(self) -> Any:
        return self._start if self._reader is None else self._position

    def seek(self, position: Any) -> None:
        self._let_go()
        self._start = None if position is None else {int(number): int(offset) for number, offset in position.items()}

    def _let_go(self) -> None:
        if self._ahead is not None:
            wait([self._ahead])
            self._ahead = None
        if self._reader is not None:
            self._reader.close()
            self._reader, self._start = None, self._position

    def behind(self) -> int | None:
        self._open()
        return sum(end - self._position.get(number, 0) for number, end in self._topics.end(self._name).items())

    def close(self) -> None:
        self._let_go()
        self._thread.shutdown()


def _topic(relation: Relation, text: str) -> str:
    if ";" in text:
        raise wrong(relation, f"'topic' = '{text}': one topic is read", "use UNION ALL of two tables")
    try:
        return checked_name(text)
    except InputError as error:
        raise wrong(relation, error.problems[0].what, error.problems[0].todo or "") from error


def _idle_timeout(options: Mapping[str, Any], around: Surroundings) -> int:
    from riverrun.clock import duration

    own = options["scan.watermark.idle-timeout"]
    if own is not None:
        return int(own)
    text = around.options.get(_IDLE)
    return IDLE_MS if text is None else duration(text)


def _offsets(relation: Relation, text: str) -> dict[int, int]:
    """`partition:0,offset:42;partition:1,offset:300`"""
    found = {}
    try:
        for part in text.split(";"):
            pairs = dict(pair.split(":") for pair in part.split(","))
            found[int(pairs["partition"])] = int(pairs["offset"])
    except (ValueError, KeyError) as error:
        raise wrong(relation, f"offsets '{text}'", "write partition:0,offset:42;partition:1,offset:300") from error
    return found


def _key_columns(relation: Relation, options: Mapping[str, Any]) -> tuple[str, ...]:
    if relation.options.get("connector") == "upsert-kafka":
        return relation.primary_key
    text = options["key.fields"]
    names = tuple(name for name in str(text).split(";") if name) if text else ()
    known = {column.name for column in relation.columns}
    for name in names:
        if name not in known:
            raise wrong(relation, f"'key.fields' names no column {name}", f"columns: {', '.join(sorted(known))}")
    return names

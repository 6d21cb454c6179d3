"""Reads a local topic as rows: partitions in step by the time of their entries, values decoded by their own schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from riverrun.connectors.formats import TEXT_FORMATS, Asked, Decoder
from riverrun.connectors.options import wrong
from riverrun.connectors.protocol import PART, Chunk, Column, Relation, Surroundings
from riverrun.errors import InputError
from riverrun.formats.avro import decode_columns
from riverrun.schema.arrow import arrow_type
from riverrun.schema.types import Field, Root, Type
from riverrun.topics import LocalTopics, Stored, TopicReader
from riverrun.topics.local import checked_name

# A partition of a local topic whose writer has been silent for so long holds nothing back. The writer of a dead
# process never comes back, so there has to be an end to waiting.
IDLE_MS = 5000
_IDLE = "table.exec.source.idle-timeout"


class TopicSource:
    def __init__(
        self, relation: Relation, wanted: Sequence[int], around: Surroundings, options: Mapping[str, Any]
    ) -> None:
        self._relation, self._options, self._around = relation, options, around
        self._topics = LocalTopics(around.data, around.clock)
        self._name = self.topic = _topic(relation, str(options["topic"]))
        self._columns = [relation.columns[index] for index in wanted]
        self._key_columns = _key_columns(relation, options)
        self._decode = _Decoding(relation, self._columns, self._key_columns, options, around.zone)
        self._idle_ms = _idle_timeout(options, around)
        self.bounded = around.bounded or options["scan.bounded.mode"] != "unbounded"
        self._end: dict[int, int] | None = None
        self._start: dict[int, int] | None = None
        self._reader: TopicReader | None = None
        self._times: dict[int, int] = {}
        if not self._topics.exists(self._name) and self.bounded:
            self._topics.require(self._name)

    def _open(self) -> TopicReader:
        if self._reader is None:
            if self._start is None:
                self._start = self._first_position()
            self._reader = self._topics.reader(self._name, self._start)
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
        ends = self._end if self._end is not None else self._topics.end(self._name)
        position = reader.position
        waiting = [number for number, end in ends.items() if position.get(number, 0) < end]
        if not waiting:
            return None if self.bounded else self._quiet(ends)
        following = min(waiting, key=lambda number: self._times.get(number, 0))
        entries = [entry for entry in reader.read_partition(following, limit) if self._is_wanted(entry, ends)]
        if entries:
            self._times[following] = entries[-1].timestamp
        left = reader.position
        idle = {number: left.get(number, 0) >= end and self._is_idle(number) for number, end in ends.items()}
        return Chunk(self._decode(entries, self._name), idle)

    def _is_wanted(self, entry: Stored, ends: Mapping[int, int]) -> bool:
        if self.bounded and entry.offset >= ends.get(entry.partition, 0):
            return False
        first = self._options["scan.startup.timestamp-millis"]
        if self._options["scan.startup.mode"] == "timestamp" and first is not None and entry.timestamp < first:
            return False
        last = self._options["scan.bounded.timestamp-millis"]
        return not (self._options["scan.bounded.mode"] == "timestamp" and last is not None and entry.timestamp >= last)

    def _quiet(self, ends: Mapping[int, int]) -> Chunk | None:
        """No rows, but perhaps news of partitions that hold nothing back any more."""
        if not ends:
            return None
        return Chunk(self._decode([], self._name), {number: self._is_idle(number) for number in ends})

    def _is_idle(self, partition: int) -> bool:
        if self.bounded:
            return True
        if not self._idle_ms:
            return False
        return self._around.clock.now_ms() - self._topics.written_ms(self._name, partition) > self._idle_ms

    @property
    def position(self) -> Any:
        if self._reader is None:
            return self._start
        return self._reader.position

    def seek(self, position: Any) -> None:
        self._start = None if position is None else {int(number): int(offset) for number, offset in position.items()}
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def behind(self) -> int | None:
        return self._open().behind()

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()


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


class _Decoding:
    """Entries to the asked columns: the value's fields, the key's, and metadata."""

    def __init__(
        self, relation: Relation, columns: Sequence[Column], keys: Sequence[str], options: Mapping[str, Any], zone: str
    ) -> None:
        self._columns = columns
        except_key = set(keys) if options["value.fields-include"] == "EXCEPT_KEY" else set()
        in_key = [c for c in columns if c.metadata is None and c.name in except_key]
        self._value_columns = [c for c in columns if c.metadata is None and c.name not in except_key]
        every = [c for c in relation.physical if c.name not in except_key]
        self._row = Type(Root.ROW, fields=tuple(Field(c.name, c.type.null()) for c in self._value_columns))
        self._format = str(options["value.format"] or options["format"])
        prefix = "value." if options["value.format"] else ""
        self._text: Decoder | None = (
            Asked(relation, self._format, zone, prefix).decoder(self._value_columns, every)
            if self._format in TEXT_FORMATS
            else None
        )
        self._key_columns = in_key
        key_prefix = str(options["key.fields-prefix"])
        key = [Column(c.name.removeprefix(key_prefix), c.type) for c in in_key]
        asked = Asked(relation, str(options["key.format"] or "raw"), zone, "key.")
        self._key = asked.decoder(key, key) if in_key else None

    def __call__(self, entries: Sequence[Stored], topic: str) -> pa.Table:
        entries, values = self._values(entries)
        arrays: dict[str, Any] = dict(zip((c.name for c in self._value_columns), values.columns, strict=True))
        if self._key is not None:
            keys, _ = self._key.values([entry.key or b"" for entry in entries])
            arrays.update(zip((c.name for c in self._key_columns), keys.columns, strict=True))
        for column in self._columns:
            if column.metadata is not None:
                arrays[column.name] = _metadata(column, entries, topic)
        names = [f"c{n}" for n in range(len(self._columns))]
        parts = pa.array(np.fromiter((entry.partition for entry in entries), np.int32, len(entries)))
        shown = [arrays[column.name] for column in self._columns]
        return pa.Table.from_arrays([*shown, parts], names=[*names, PART])

    def _values(self, entries: Sequence[Stored]) -> tuple[Sequence[Stored], pa.Table]:
        """The entries that are rows, and their values' columns. Entries without a value (tombstones) are none."""
        entries = [entry for entry in entries if entry.raw is not None]
        if self._text is not None and entries and _is_text(entries[0].schema):
            texts = [entry.value.encode() if isinstance(entry.value, str) else entry.value for entry in entries]
            rows, numbers = self._text.values(texts)
            return [entries[number] for number in numbers], rows
        parts = [
            pa.Table.from_batches(
                [decode_columns([e.raw for e in run], run[0].schema, self._row, legacy_timestamps=False)]
            )
            for run in _runs(entries)
        ]
        if not parts:
            schema = pa.schema([pa.field(f"c{n}", arrow_type(f.type)) for n, f in enumerate(self._row.fields)])
            return entries, schema.empty_table()
        return entries, pa.concat_tables(parts)

    def _decode_run(self, run: Sequence[Stored]) -> pa.Table:
        raw = [entry.raw for entry in run]
        return pa.Table.from_batches([decode_columns(raw, run[0].schema, self._row, legacy_timestamps=False)])


def _is_text(schema: Any) -> bool:
    kind = schema.get("type") if isinstance(schema, dict) else schema
    return kind in ("string", "bytes")


def _runs(entries: Sequence[Stored]) -> list[list[Stored]]:
    """Entries in order, cut where the schema changes."""
    runs: list[list[Stored]] = []
    for entry in entries:
        if runs and (runs[-1][0].schema is entry.schema or runs[-1][0].schema == entry.schema):
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs


def _metadata(column: Column, entries: Sequence[Stored], topic: str) -> pa.Array:
    type_ = arrow_type(column.type)
    match column.metadata:
        case "timestamp":
            times = pa.array([entry.timestamp for entry in entries], pa.int64())
            return times.cast(pa.timestamp("ms")).cast(type_)
        case "partition":
            return pa.array([entry.partition for entry in entries], pa.int32()).cast(type_)
        case "offset":
            return pa.array([entry.offset for entry in entries], pa.int64()).cast(type_)
        case "topic":
            return pa.array([topic] * len(entries), type_)
        case "timestamp-type":
            return pa.array(["CreateTime"] * len(entries), type_)
        case "headers":
            return pa.array([list(entry.headers) for entry in entries], type_)
        case _:
            return pa.nulls(len(entries), type_)

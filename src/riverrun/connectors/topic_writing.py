"""Writes rows to a local topic, every row once: entries carry the row's number, so rows told again are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pyarrow

from riverrun.connectors.formats import Asked
from riverrun.connectors.options import wrong
from riverrun.connectors.protocol import Column, Relation, Surroundings
from riverrun.connectors.topic_reading import _key_columns, _topic
from riverrun.errors import InputError, RunError
from riverrun.formats.avro import encode_columns
from riverrun.formats.avro_pack import pack_record
from riverrun.formats.avro_walk import Ints, NotCovered, Odd
from riverrun.schema.avro import Schema
from riverrun.schema.avro import parse as parse_schema
from riverrun.schema.flink import from_type
from riverrun.schema.types import Root, Type
from riverrun.topics import Entry, LocalTopics, TopicWriter
from riverrun.topics.packing import pack_entries

pa: Any = pyarrow

ORIGIN = "riverrun-origin"
_COMMIT_ENTRIES = 10_000
_BEFORE, _DELETE = 1, 3


class TopicSink:
    """A topic's entry is the value of a row; with 'upsert-kafka' a deletion is an entry without a value."""

    def __init__(self, relation: Relation, around: Surroundings, options: Mapping[str, Any]) -> None:
        self._around = around
        self._name = _topic(relation, str(options["topic"]))
        written = [column for column in relation.columns if not column.virtual]
        keys = _key_columns(relation, options)
        except_key = options["value.fields-include"] == "EXCEPT_KEY"
        self._value = [n for n, c in enumerate(written) if c.metadata is None and not (except_key and c.name in keys)]
        self._key = [n for n, c in enumerate(written) if c.metadata is None and c.name in keys]
        self._metadata = {c.metadata: n for n, c in enumerate(written) if c.metadata is not None}
        self._row = Type(Root.ROW, nullable=False, fields=tuple(written[n].field for n in self._value))
        self._schema = _avro_schema(relation, self._row)
        self._encode_key = _key_encoder(relation, [written[n] for n in self._key], options, around.zone)
        self._pack = _packer(self._schema, self._row)
        self._upserts = relation.options.get("connector") == "upsert-kafka"
        self._rowtime = relation.rowtime
        self._writer: TopicWriter | None = None
        self._next = 0

    def _open(self, partition: int | None = None) -> TopicWriter:
        if self._writer is None:
            topics = LocalTopics(self._around.data, self._around.clock)
            schema = from_type(self._row, legacy_timestamps=False)
            self._writer = topics.writer(self._name, schema, partition=partition)
        return self._writer

    def _recover(self, partition: int) -> None:
        """Take the partition that was written to before a crash: its writer finds the commit that the crash left whole
        in the file, which readers do not see before. Another process that has the partition has found it already."""
        with suppress(RunError):
            self._open(partition)

    def resume(self, mark: Any, first: int) -> int:
        """Find out which rows from `first` on are in the topic already; `mark` is from before they were told."""
        stored = first
        partition, offset = int(mark[0]), int(mark[1])
        self._recover(partition)
        topics = LocalTopics(self._around.data, self._around.clock)
        prefix = self._origin(0).rpartition(b"/")[0] + b"/"
        with topics.reader(self._name, {**topics.end(self._name), partition: offset}) as reader:
            while entries := reader.read_partition(partition, _COMMIT_ENTRIES):
                for entry in entries:
                    origin = dict(entry.headers).get(ORIGIN, b"")
                    if origin.startswith(prefix):
                        stored = max(stored, int(origin[len(prefix) :]) + 1)
        self._next = stored
        return stored

    @property
    def mark(self) -> Any:
        writer = self._open()
        return [writer.partition, writer.next_offset]

    def _origin(self, number: int) -> bytes:
        return f"run/{self._around.job}/{self._name}/{number}".encode()

    def write(self, rows: pa.Table, first: int) -> None:
        self._next = first + rows.num_rows
        writer = self._open()
        for start in range(0, rows.num_rows, _COMMIT_ENTRIES):
            self._append(writer, rows.slice(start, _COMMIT_ENTRIES), first + start)
        if writer.pending >= _COMMIT_ENTRIES:  # never in the middle: these rows are in the topic all or none
            writer.commit()

    def _append(self, writer: TopicWriter, rows: pa.Table, first: int) -> None:
        try:
            entries = self._packed(rows, first)
        except Odd:
            for number, entry in enumerate(self._entries(rows), first):
                if entry is not None:
                    writer.append(entry._replace(headers=(*entry.headers, (ORIGIN, self._origin(number)))))
        else:
            _, offsets, data = entries.buffers()
            ends = np.frombuffer(offsets, np.int32)[: len(entries) + 1]
            writer.append_packed(memoryview(data)[: ends[-1]], np.diff(ends).astype(np.uint32).tobytes())

    def _packed(self, rows: pa.Table, first: int) -> Any:
        """The entries of rows as a binary column. Raises Odd where they have to be made one by one."""
        if self._pack is None or "headers" in self._metadata:
            raise Odd
        numbers = np.arange(first, first + rows.num_rows)
        valued = np.ones(rows.num_rows, np.bool_)
        if self._upserts and "_op" in rows.column_names:
            kinds = rows.column("_op").to_numpy()
            kept = kinds != _BEFORE
            rows, numbers, valued = rows.filter(pa.array(kept)), numbers[kept], kinds[kept] != _DELETE
        some = rows if valued.all() else rows.filter(pa.array(valued))
        return pack_entries(
            self._times(rows),
            None if self._encode_key is None else pa.array(self._encode_key(_renumbered(rows, self._key)), pa.binary()),
            (ORIGIN.encode(), self._origin(0)[:-1], numbers),
            self._pack(_renumbered(some, self._value).columns),
            valued,
        )

    def _entries(self, rows: pa.Table) -> list[Entry | None]:
        """Of every row its entry. Where keys are upserted, a row that is replaced (-U) has none."""
        count = rows.num_rows
        values: list[bytes | None] = [
            *encode_columns(_renumbered(rows, self._value), self._row, schema=self._schema, legacy_timestamps=False)
        ]
        keys = self._encode_key(_renumbered(rows, self._key)) if self._encode_key is not None else [None] * count
        headers = self._headers(rows) if "headers" in self._metadata else [()] * count
        kinds = rows.column("_op").to_pylist() if self._upserts and "_op" in rows.column_names else [0] * count
        values = [None if op == _DELETE else value for op, value in zip(kinds, values, strict=True)]
        found = [Entry(*parts) for parts in zip(self._times(rows).tolist(), keys, values, headers, strict=True)]
        return [None if op == _BEFORE else entry for op, entry in zip(kinds, found, strict=True)]

    def _times(self, rows: pa.Table) -> Ints:
        """The timestamp column, else the row's event time, else now."""
        now = self._around.clock.now_ms()
        at = self._metadata.get("timestamp", self._rowtime)
        if at is None:
            return np.full(rows.num_rows, now, np.int64)
        times = rows.column(f"c{at}").cast(pa.timestamp("ms"), safe=False).cast(pa.int64())
        found: Ints = times.fill_null(now).to_numpy()
        return found

    def _headers(self, rows: pa.Table) -> list[tuple[tuple[str, bytes], ...]]:
        column = rows.column(f"c{self._metadata['headers']}").to_pylist()
        return [tuple((name, value or b"") for name, value in entries or ()) for entries in column]

    def flush(self, *, end: bool) -> int:
        if self._writer is not None:
            self._writer.commit()
        return self._next

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _renumbered(rows: pa.Table, at: Sequence[int]) -> pa.Table:
    return rows.select([f"c{n}" for n in at]).rename_columns([f"c{n}" for n in range(len(at))])


def _packer(schema: Schema, row: Type) -> Any:
    try:
        return pack_record(schema, row)
    except NotCovered:
        return None


def _avro_schema(relation: Relation, row: Type) -> Schema:
    try:
        return parse_schema(from_type(row, legacy_timestamps=False))
    except InputError as error:
        raise wrong(relation, error.problems[0].what, error.problems[0].todo or "see docs/schema.md") from error


def _key_encoder(relation: Relation, columns: Sequence[Column], options: Mapping[str, Any], zone: str) -> Any:
    if not columns:
        return None
    default = "raw" if len(columns) == 1 else "json"
    return Asked(relation, str(options["key.format"] or default), zone, "key.").encoder(columns)

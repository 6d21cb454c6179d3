"""Where a run goes: standard output, a file, a folder with a file for each topic, or local topics."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np

from riverrun.errors import InputError, RunError, Where
from riverrun.generate.breaking import broken_values
from riverrun.generate.columns import pa
from riverrun.generate.encoding import avro_rows, body, record_column
from riverrun.generate.files import FORMATS, StreamFile, json_lines
from riverrun.generate.streams import Batch, Stream
from riverrun.generate.world import World
from riverrun.topics import LocalTopics, TopicWriter
from riverrun.topics.segment import entry_schema


class Output(Protocol):
    """Takes the batches of one slice of time after another. `text` says whether records are broken as lines of text."""

    text: bool

    def write(self, batches: Sequence[Batch]) -> None: ...

    def position(self) -> Mapping[str, Any]:
        """What `resumed` outputs of the same kind need to go on behind the batches so far, which are now on disk."""
        ...

    def close(self) -> None: ...


class Stdout:
    """JSON lines; with several streams every line says its topic, and all lines are in the order of time."""

    text = True

    def __init__(self, *, meta: bool, target: BinaryIO | None = None) -> None:
        self._target = target or sys.stdout.buffer
        self._meta = meta

    def write(self, batches: Sequence[Batch]) -> None:
        lines = [json_lines(batch, meta=self._meta) for batch in batches]
        if len(lines) == 1:
            self._target.write(body(lines[0]))
        elif lines:
            order = np.argsort(np.concatenate([batch.publish for batch in batches]), kind="stable")
            self._target.write(body(pa.concat_arrays(lines).take(pa.array(order))))
        self._target.flush()

    def position(self) -> Mapping[str, Any]:
        return {}

    def close(self) -> None:
        self._target.flush()


class Files:
    """A file for each stream: FOLDER/TOPIC.FORMAT, or one named file."""

    def __init__(
        self, paths: Mapping[str, Path], streams: Sequence[Stream], format_name: str, seed: int,
        resumed: Mapping[str, Any] | None = None, *, meta: bool = False,
    ) -> None:  # fmt: skip
        self.text = format_name == "jsonl"
        make = FORMATS[format_name][1]
        options = {"meta": meta} if format_name == "jsonl" else {}
        positions = resumed or {}
        self._files: dict[str, StreamFile] = {}
        for stream in streams:
            path = paths[stream.name]
            path.parent.mkdir(parents=True, exist_ok=True)
            self._files[stream.name] = make(path, stream, seed, positions.get(stream.name), **options)

    def write(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            self._files[batch.stream.name].write(batch)

    def position(self) -> Mapping[str, Any]:
        return {name: file.position() for name, file in self._files.items()}

    def close(self) -> None:
        for file in self._files.values():
            file.close()


def folder_paths(folder: Path, streams: Sequence[Stream], world: World, format_name: str) -> dict[str, Path]:
    """stream -> FOLDER/TOPIC.FORMAT. Raises InputError when two topics have one name."""
    ending = FORMATS[format_name][0]
    names = {stream.name: world.settings.text(stream.setting) for stream in streams}
    for stream in streams:
        if list(names.values()).count(names[stream.name]) > 1 or "/" in names[stream.name]:
            raise InputError(
                f"{names[stream.name]} cannot be the name of this topic's file alone",
                where=Where(path=stream.setting), todo="give each topic a name of its own, without a slash",
            )  # fmt: skip
    return {name: folder / f"{topic}{ending}" for name, topic in names.items()}


class Topics:
    """Local topics under a data folder. Entries that a killed run had already stored are not stored again."""

    text = False

    def __init__(
        self, topics: LocalTopics, streams: Sequence[Stream], world: World, resumed: Mapping[str, Any] | None = None
    ) -> None:
        self._writers: dict[str, TopicWriter] = {}
        self._stored: dict[str, int] = {}
        for stream in streams:
            name = world.settings.text(stream.setting)
            writer = self._writers[stream.name] = topics.writer(name, stream.schema)
            self._stored[stream.name] = _already(name, writer, (resumed or {}).get(stream.name))

    def write(self, batches: Sequence[Batch]) -> None:
        for batch in batches:
            writer = self._writers[batch.stream.name]
            rows = avro_rows(entry_schema(batch.stream.schema), _entries(batch))
            done = min(self._stored[batch.stream.name], len(rows))
            self._stored[batch.stream.name] -= done
            for entry in rows[done:].to_pylist():
                writer.append_encoded(entry)
            writer.commit()

    def position(self) -> Mapping[str, Any]:
        return {name: [writer.partition, writer.next_offset] for name, writer in self._writers.items()}

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()


def _already(topic: str, writer: TopicWriter, resumed: list[int] | None) -> int:
    """How many entries lie behind the position that was noted: the run was killed before it could note them."""
    if resumed is None:
        return 0
    partition, offset = resumed
    if writer.partition != partition or writer.next_offset < offset:
        raise RunError(
            f"topic {topic} is not as this run left it: partition {partition} up to offset {offset} was expected, "
            f"partition {writer.partition} up to {writer.next_offset} is there",
            todo="take another data folder, or another state file",
        )
    return writer.next_offset - offset


def _entries(batch: Batch) -> pa.StructArray:
    count = len(batch)
    names = list(batch.headers)
    pairs = pa.StructArray.from_arrays(
        [
            pa.array(names * count, pa.string()),
            _interleaved([column.cast(pa.binary()) for column in batch.headers.values()], count),
        ],
        names=["name", "value"],
    )
    offsets = pa.array(np.arange(0, len(names) * count + 1, len(names) or 1, dtype=np.int32)[: count + 1])
    if not names:
        offsets = pa.array(np.zeros(count + 1, dtype=np.int32))
    fields = {
        "timestamp": batch.stamp,
        "key": batch.key.cast(pa.binary()),
        "headers": pa.ListArray.from_arrays(offsets, pairs),
        "value": broken_values(batch),
    }
    return record_column(entry_schema(batch.stream.schema), fields)


def _interleaved(columns: list[pa.Array], count: int) -> pa.Array:
    if not columns:
        return pa.array([], pa.binary())
    order = np.arange(len(columns) * count).reshape(len(columns), count).T.reshape(-1)
    return pa.concat_arrays(columns).take(pa.array(order))

"""Whole blocks as columns: the rows that decoding one by one gives, or the refusal to say anything."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverrun.clock import ManualClock
from riverrun.connectors.protocol import Column, Relation, Source, Surroundings
from riverrun.connectors.registry import connector
from riverrun.formats.avro import decode_columns, encoder
from riverrun.formats.avro_binary import PADDING
from riverrun.formats.avro_vectors import read_record
from riverrun.formats.avro_walk import NotCovered, Odd
from riverrun.schema import types as t
from riverrun.schema.avro import parse
from riverrun.schema.flink import to_type
from riverrun.topics import Entry, LocalTopics, WriterOptions
from riverrun.topics.columns import EntryColumns, entry_columns
from riverrun.topics.packed import Packed
from riverrun.topics.segment import Block, EntryDecoder, encode_entry, entry_schema, sizes_of
from tests.unit.formats.avro_strategies import record_and_values

HEADERS = st.lists(st.tuples(st.text(max_size=5), st.binary(max_size=5)), max_size=3).map(tuple)
LONGS = st.integers(-(2**63), 2**63 - 1) | st.integers(0, 300)


@st.composite
def written(draw: st.DrawFn) -> tuple[Any, list[Entry]]:
    """(a record's schema, entries of it)"""
    schema, values = draw(record_and_values())
    value = st.none() | values.map(encoder(schema))
    entry = st.builds(Entry, LONGS, st.none() | st.binary(max_size=80), value, HEADERS)
    return schema, draw(st.lists(entry, min_size=1, max_size=6))


def packed(schema: Any, blocks: Sequence[Sequence[bytes]], position: int = 0) -> Packed:
    """Blocks as they lie in a file, with something between them."""
    data, places = b"", []
    for entries in blocks:
        body = b"".join(entries)
        places.append(Block(len(entries), 100 + len(data), len(body), 0))
        data += body + b"between blocks"
    sizes = array("I", [len(entry) for entries in blocks for entry in entries]).tobytes()
    decoder = EntryDecoder(entry_schema(schema))
    return Packed(Path("x"), 0, 7, 7 + position, tuple(places), bytearray(data + bytes(PADDING)), sizes, decoder)


def plain(found: Packed, row: t.Type) -> list[Any]:
    stored = list(found.stored())
    values = decode_columns([one.raw for one in stored if one.raw is not None], found.schema, row)
    return [
        [(one.offset, one.timestamp, one.key, list(one.headers)) for one in stored],
        [n for n, one in enumerate(stored) if one.raw is not None],
        [(column.type, column.to_pylist()) for column in values.columns],
    ]


def shown(found: EntryColumns) -> list[Any]:
    keys, headers = found.keys.to_pylist(), found.headers.to_pylist()
    return [
        list(zip(found.offsets.tolist(), found.timestamps.tolist(), keys, headers, strict=True)),
        found.valued.tolist(),
        [(column.type, column.to_pylist()) for column in found.values],
    ]


def some_of(row: t.Type, wanted: list[bool]) -> t.Type:
    return t.row(*((one.name, one.type) for one, is_wanted in zip(row.fields, wanted, strict=False) if is_wanted))


@settings(max_examples=150, deadline=None)
@given(written(), st.data())
def test_the_same_columns_as_one_by_one(case: tuple[Any, list[Entry]], data: st.DataObject) -> None:
    schema, entries = case
    row = to_type(parse(schema))
    wanted = some_of(row, data.draw(st.lists(st.booleans(), min_size=4, max_size=4)))
    cut = data.draw(st.integers(1, len(entries)))
    encoded = [encode_entry(entry) for entry in entries]
    blocks = [part for part in (encoded[:cut], encoded[cut:]) if part]
    found = packed(schema, blocks, data.draw(st.integers(0, len(entries))))
    try:
        read = read_record(parse(schema), wanted)
    except NotCovered:
        assert "'fields': []" in repr(schema)
        return
    columns = entry_columns(found, read, keys=True, headers=True)
    assert repr(shown(columns)) == repr(plain(found, wanted))


@settings(max_examples=100, deadline=None)
@given(written(), st.data())
def test_texts_that_nobody_looks_at_are_left_out(case: tuple[Any, list[Entry]], data: st.DataObject) -> None:
    schema, entries = case
    row = to_type(parse(schema))
    found = packed(schema, [[encode_entry(entry) for entry in entries]])
    places = st.lists(st.integers(0, 2), max_size=2).map(tuple)
    paths = [data.draw(st.just(t.WHOLE) | st.frozensets(places, max_size=2)) for _ in row.fields]
    try:
        read = read_record(parse(schema), row, looked_at=paths)
    except NotCovered:
        return
    columns = entry_columns(found, read).values
    expected = [values for _, values in plain(found, row)[2]]
    for field, some, column, values in zip(row.fields, paths, columns, expected, strict=True):
        assert repr(column.to_pylist()) == repr([seen(value, field.type, some) for value in values])


def seen(value: Any, type_: t.Type, paths: t.Paths) -> Any:
    """What is left of a value when nobody looks at the rest."""
    if value is None or (not paths and type_.root in t.STRINGS):
        return None
    if type_.root is not t.Root.ROW:
        return value
    parts = [seen(value[f"f{n}"], one.type, t.inside(paths, n)) for n, one in enumerate(type_.fields)]
    return {f"f{n}": part for n, part in enumerate(parts)}


@settings(max_examples=250, deadline=None)
@given(written(), st.data())
def test_damaged_bytes_are_odd_or_what_one_by_one_makes_of_them(
    case: tuple[Any, list[Entry]], data: st.DataObject
) -> None:
    schema, entries = case
    row = to_type(parse(schema))
    found = packed(schema, [[encode_entry(entry) for entry in entries]])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(found.data) - PADDING - 1))
        found.data[at] = data.draw(st.integers(0, 255) | st.sampled_from([0, 1, 2, 127, 128, 254, 255]))
    try:
        columns = shown(entry_columns(found, read_record(parse(schema), row), keys=True, headers=True))
    except (Odd, NotCovered):
        return
    assert repr(columns) == repr(plain(found, row))


@settings(max_examples=50, deadline=None)
@given(written(), st.data())
def test_wrong_sizes_are_noticed(case: tuple[Any, list[Entry]], data: st.DataObject) -> None:
    schema, entries = case
    encoded = [encode_entry(entry) for entry in entries]
    sizes = [data.draw(st.integers(0, 2 * len(one)) | st.just(len(one))) for one in encoded]
    found = packed(schema, [encoded])
    wrong = array("I", sizes).tobytes()
    told = Packed(found.path, 0, 7, 7, found.blocks, found.data, wrong, found.decoder)
    if wrong == found.sizes:
        return
    with pytest.raises(Odd):
        entry_columns(told, read_record(parse(schema), t.row()))


def test_an_array_without_an_end_is_left_to_the_plain_way() -> None:
    schema = {"type": "record", "name": "R", "fields": [{"name": "a", "type": {"type": "array", "items": "null"}}]}
    value = b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"  # 2^63 - 1 elements
    with pytest.raises(Odd):
        entry_columns(packed(schema, [[encode_entry(Entry(1, None, value))]]), read_record(parse(schema), t.row()))


def test_what_is_not_covered_is_known_before_anything_is_read() -> None:
    inner = {"type": "record", "name": "Tree", "fields": [{"name": "left", "type": ["null", "Tree"]}]}
    with pytest.raises(NotCovered):
        read_record(parse(inner), t.row())


VALUE = {
    "type": "record",
    "name": "V",
    "fields": [
        {"name": "n", "type": "long"},
        {"name": "unused", "type": ["null", "string", "long"]},
        {"name": "s", "type": ["null", "string"]},
    ],
}
COLUMNS = (
    Column("s", t.STRING),
    Column("n", t.BIGINT),
    Column("new", t.DOUBLE),
    Column("p", t.INT, "partition"),
    Column("o", t.BIGINT, "offset"),
    Column("at", t.timestamp_ltz(3), "timestamp"),
    Column("h", t.map_of(t.STRING, t.BYTES_TYPE), "headers"),
    Column("topic", t.STRING, "topic"),
)


def table(data: Path, options: Mapping[str, str] | None = None) -> Source:
    told = {"connector": "kafka", "topic": "t", "value.format": "avro", **(options or {})}
    relation = Relation("t", COLUMNS, told)
    around = Surroundings(data, clock=ManualClock(), bounded=True)
    return connector(relation).source(relation, range(len(COLUMNS)), around)


def rows(data: Path, position: Any = None, options: Mapping[str, str] | None = None) -> list[tuple[Any, ...]]:
    """What a table on the topic shows."""
    source = table(data, options)
    if position is not None:
        source.seek(position)
    found: list[tuple[Any, ...]] = []
    while (chunk := source.read(7)) is not None:
        columns = [chunk.rows.column(f"c{n}").to_pylist() for n in range(len(COLUMNS))]
        found += zip(*columns, strict=True)
    source.close()
    return found


def fill(data: Path, count: int = 100) -> None:
    """Two partitions, segments and commits of any size, tombstones, and values of two schemas."""
    draw, topics = random.Random(3), LocalTopics(data, ManualClock())
    encode = encoder(parse(VALUE))
    newer = {**VALUE, "fields": [*VALUE["fields"][1:], VALUE["fields"][0]]}
    encode_newer = encoder(parse(newer))
    for partition in (0, 1):
        options = WriterOptions(segment_bytes=900, min_free_bytes=0, sync=False)
        with topics.writer("t", VALUE, options, partition=partition) as writer:
            for n in range(count):
                value = {"n": n, "unused": draw.choice([None, "é", 5]), "s": draw.choice([None, "x" * n])}
                if n == count // 2:
                    writer.use_schema(newer)
                made = (encode if n < count // 2 else encode_newer)(value)
                headers = (("source", b"%d" % n),) if n % 3 else ()
                writer.append(Entry(1000 * n + partition, b"k", None if n % 10 == 4 else made, headers))
                if draw.random() < 0.2:
                    writer.commit()
            writer.commit()


SPOILERS: list[Callable[[Path], object]] = [
    lambda path: path.write_bytes(path.read_bytes()[:-3]),
    lambda path: path.write_bytes(path.read_bytes()[4:] + path.read_bytes()[:4]),
    lambda path: path.write_bytes(bytes(path.stat().st_size)),
    lambda path: path.unlink(missing_ok=True),
]


def test_a_table_shows_the_same_rows_with_and_without_sizes(tmp_path: Path) -> None:
    fill(tmp_path)
    companions = sorted((tmp_path / "topics").rglob("*.sizes"))
    segments = sorted((tmp_path / "topics").rglob("*.avro"))
    assert [sizes_of(path) for path in segments] == companions
    assert len(segments) > 8
    whole = rows(tmp_path)
    assert len(whole) == 180
    within = rows(tmp_path, position={0: 33, 1: 71})
    timed = {"scan.startup.mode": "timestamp", "scan.startup.timestamp-millis": "61001"}
    later = rows(tmp_path, options=timed)
    assert len(later) == 34 + 35
    for spoil in SPOILERS:
        for path in companions:
            spoil(path)
        assert sorted(rows(tmp_path), key=repr) == sorted(whole, key=repr)
        assert rows(tmp_path, position={0: 33, 1: 71}) == within
        assert rows(tmp_path, options=timed) == later


def test_the_position_is_behind_the_rows_that_were_handed_over(tmp_path: Path) -> None:
    fill(tmp_path)
    whole, first = rows(tmp_path), table(tmp_path)
    at = 0
    while (chunk := first.read(7)) is not None:
        at += chunk.rows.num_rows
        assert sorted(rows(tmp_path, first.position), key=repr) == sorted(whole[at:], key=repr)
    first.close()
    assert at == len(whole)

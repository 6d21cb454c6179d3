"""One suite for every connector and format: what a sink wrote, its source reads back, also after a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from riverrun.clock import ManualClock
from riverrun.connectors.protocol import Column, Relation, Source, Surroundings
from riverrun.connectors.registry import CONNECTORS, connector
from riverrun.errors import InputError, UnsupportedError
from riverrun.schema import types as t
from riverrun.schema.arrow import arrow_type

COLUMNS = (
    Column("s", t.STRING),
    Column("i", t.INT),
    Column("l", t.BIGINT),
    Column("d", t.DOUBLE),
    Column("b", t.BOOLEAN),
    Column("c", t.decimal(10, 2)),
    Column("day", t.DATE),
    Column("at", t.timestamp(3)),
    Column("r", t.row(("x", t.INT), ("y", t.STRING))),
    Column("a", t.array(t.STRING)),
)
ROWS: list[tuple[Any, ...]] = [
    ("a b", 1, 2**40, 0.1, True, Decimal("1.50"), date(2025, 1, 2), datetime(2025, 1, 2, 3, 4, 5, 6000),
     {"f0": 1, "f1": "z"}, ["p", "q"]),
    ("é\t\"x\"", -7, -1, -2.5, False, Decimal("-0.01"), date(1970, 1, 1), datetime(1970, 1, 1),
     {"f0": None, "f1": "y"}, []),
    (None, None, None, None, None, None, None, None, None, None),
]  # fmt: skip
FLAT = 8  # columns that also CSV writes so that they can be read back as they were


def rows_of(rows: list[tuple[Any, ...]], columns: tuple[Column, ...] = COLUMNS) -> pa.Table:
    arrays = [pa.array([row[n] for row in rows], arrow_type(column.type)) for n, column in enumerate(columns)]
    return pa.Table.from_arrays(arrays, names=[f"c{n}" for n in range(len(columns))])


def around(tmp_path: Path, job: str = "job") -> Surroundings:
    return Surroundings(tmp_path, clock=ManualClock(), job=job, bounded=True)


def relation(tmp_path: Path, **options: str) -> Relation:
    if options.get("connector", "filesystem") == "filesystem":
        options = {"connector": "filesystem", "path": str(tmp_path / "table"), **options}
    return Relation("t", COLUMNS, options)


def read_all(source: Source, limit: int = 100) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    while (chunk := source.read(limit)) is not None:
        names = [name for name in chunk.rows.column_names if name[0] == "c"]
        found += zip(*(chunk.rows.column(name).to_pylist() for name in names), strict=True)
    source.close()
    return found


KEPT = {
    "json": {"format": "json"},
    "avro": {"format": "avro"},
    "parquet": {"format": "parquet"},
    "topic": {"connector": "kafka", "topic": "t", "value.format": "avro"},
    "topic as json": {"connector": "kafka", "topic": "t", "format": "json"},
}


@pytest.mark.parametrize("name", list(KEPT))
def test_what_was_written_is_read(tmp_path: Path, name: str) -> None:
    told, place = relation(tmp_path, **KEPT[name]), around(tmp_path)
    sink = connector(told).sink(told, place)
    sink.write(rows_of(ROWS[:2]), 0)
    sink.write(rows_of(ROWS[2:]), 2)
    assert sink.flush(end=True) == 3
    sink.close()
    source = connector(told).source(told, range(len(COLUMNS)), place)
    assert source.bounded
    assert read_all(source) == ROWS


@pytest.mark.parametrize("name", list(KEPT))
def test_some_columns_in_another_order(tmp_path: Path, name: str) -> None:
    told, place = relation(tmp_path, **KEPT[name]), around(tmp_path)
    sink = connector(told).sink(told, place)
    sink.write(rows_of(ROWS), 0)
    sink.flush(end=True)
    sink.close()
    assert read_all(connector(told).source(told, [3, 0], place)) == [(row[3], row[0]) for row in ROWS]
    counting = connector(told).source(told, [], place)
    counted = 0
    while (chunk := counting.read(10)) is not None:
        counted += chunk.rows.num_rows
    counting.close()
    assert counted == len(ROWS)


def test_csv(tmp_path: Path) -> None:
    told = replace(relation(tmp_path, format="csv"), columns=COLUMNS[:FLAT])
    place = around(tmp_path)
    sink = connector(told).sink(told, place)
    sink.write(rows_of(ROWS[:2], COLUMNS[:FLAT]), 0)
    sink.flush(end=True)
    sink.close()
    assert read_all(connector(told).source(told, range(FLAT), place)) == [row[:FLAT] for row in ROWS[:2]]
    assert read_all(connector(told).source(told, [5, 1], place)) == [(row[5], row[1]) for row in ROWS[:2]]


@pytest.mark.parametrize("name", list(KEPT))
def test_reading_goes_on_at_a_position(tmp_path: Path, name: str) -> None:
    told, place = relation(tmp_path, **KEPT[name]), around(tmp_path)
    sink = connector(told).sink(told, place)
    for number in range(5):
        sink.write(rows_of(ROWS), 3 * number)
        sink.flush(end=True)
    sink.close()
    whole = read_all(connector(told).source(told, [1], place))
    source = connector(told).source(told, [1], place)
    found: list[tuple[Any, ...]] = []
    while (chunk := source.read(2)) is not None:
        found += [(value,) for value in chunk.rows.column("c0").to_pylist()]
        position = source.position
        source.close()
        source = connector(told).source(told, [1], place)
        source.seek(position)
    source.close()
    assert found == whole
    assert len(whole) == 15


def test_files_appear_when_they_are_whole(tmp_path: Path) -> None:
    told, place = relation(tmp_path, format="json"), around(tmp_path)
    sink = connector(told).sink(told, place)
    sink.write(rows_of(ROWS), 0)
    assert sink.flush(end=False) == 0
    assert [path for path in (tmp_path / "table").iterdir() if path.name[0] != "."] == []
    sink.close()
    assert list((tmp_path / "table").iterdir()) == []


def test_partitions_are_folders(tmp_path: Path) -> None:
    told = replace(relation(tmp_path, format="json"), columns=COLUMNS[:2], partitioned_by=("s",))
    place = around(tmp_path)
    sink = connector(told).sink(told, place)
    sink.write(rows_of(ROWS, COLUMNS[:2]), 0)
    sink.flush(end=True)
    sink.close()
    folders = sorted(path.name for path in (tmp_path / "table").iterdir())
    assert folders == ["s=%C3%A9%09%22x%22", "s=__DEFAULT_PARTITION__", "s=a b"]
    read = read_all(connector(told).source(told, [0, 1], place))
    assert sorted(read, key=str) == sorted([row[:2] for row in ROWS], key=str)


def test_metadata_of_files_and_topics(tmp_path: Path) -> None:
    place = around(tmp_path)
    told = relation(tmp_path, format="json")
    sink = connector(told).sink(told, place)
    sink.write(rows_of(ROWS), 0)
    sink.flush(end=True)
    told = replace(told, columns=(*COLUMNS, Column("n", t.STRING, "file.name"), Column("z", t.BIGINT, "file.size")))
    found = read_all(connector(told).source(told, [10, 11, 1], place))
    assert [row[0] for row in found] == ["part-job-000000000000.json"] * 3
    assert found[0][1] > 100
    bad = replace(told, columns=(Column("n", t.STRING, "file.nam"),))
    with pytest.raises(InputError, match=r"no metadata key 'file.nam'; did you mean file.name\?"):
        connector(bad).source(bad, [0], place)

    columns = (
        Column("i", t.INT),
        Column("at", t.timestamp_ltz(3), "timestamp"),
        Column("head", t.map_of(t.STRING, t.BYTES_TYPE), "headers"),
        Column("o", t.BIGINT, "offset", True),
        Column("p", t.INT, "partition", True),
    )
    topic = Relation("t", columns, {"connector": "kafka", "topic": "t", "value.format": "avro"})
    writer = connector(topic).sink(topic, place)
    at = datetime(2025, 1, 2, 3, 4, 5)
    data = pa.table({
        "c0": pa.array([5], pa.int32()),
        "c1": pa.array([at], pa.timestamp("us")),
        "c2": pa.array([[("h", b"v")]], pa.map_(pa.string(), pa.binary())),
    })  # fmt: skip
    writer.write(data, 0)
    writer.flush(end=True)
    writer.close()
    (row,) = read_all(connector(topic).source(topic, range(5), place))
    assert row[:2] == (5, at)
    assert ("h", b"v") in row[2]
    assert row[3:] == (0, 0)


def test_deletions_of_upserts_have_no_value(tmp_path: Path) -> None:
    told = Relation(
        "t", COLUMNS[:2], {"connector": "upsert-kafka", "topic": "t", "key.format": "raw", "value.format": "avro"},
        primary_key=("s",),
    )  # fmt: skip
    place = around(tmp_path)
    sink = connector(told).sink(told, place)
    changes = rows_of([("a", 1), ("a", 1), ("a", 2), ("a", 2)], COLUMNS[:2])
    sink.write(changes.append_column("_op", pa.array([0, 1, 2, 3], pa.int8())), 0)
    sink.flush(end=True)
    sink.close()
    from riverrun.topics import LocalTopics

    with LocalTopics(tmp_path).reader("t") as reader:
        assert [(entry.key, entry.value and entry.value["i"]) for entry in reader.read()] == [
            (b"a", 1), (b"a", 2), (b"a", None),
        ]  # fmt: skip


def test_datagen_makes_the_same_rows_again(tmp_path: Path) -> None:
    told = Relation(
        "t", (Column("id", t.INT), Column("s", t.STRING)),
        {"connector": "datagen", "fields.id.kind": "sequence", "fields.id.start": "1", "fields.id.end": "20",
         "fields.s.length": "4"},
    )  # fmt: skip
    place = around(tmp_path)
    whole = read_all(connector(told).source(told, [0, 1], place))
    assert [row[0] for row in whole] == list(range(1, 21))
    again = connector(told).source(told, [1], place)
    again.seek(15)
    assert read_all(again) == [(row[1],) for row in whole[15:]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "the option 'connector' is missing"),
        ({"connector": "filesystm"}, "did you mean filesystem"),
        ({"connector": "filesystem", "path": "x"}, "the option 'format' is missing"),
        ({"connector": "filesystem", "path": "x", "format": "jsn"}, "did you mean json"),
        ({"connector": "filesystem", "pth": "x", "format": "json"}, "unknown option 'pth'; did you mean path"),
        ({"connector": "kafka", "topic": "t"}, "the option 'value.format' is missing"),
        ({"connector": "kafka", "topic": "t", "format": "json", "scan.startup.mode": "ealiest-offset"}, "did you mean"),
        ({"connector": "kafka", "topic": "t", "format": "json", "key.fields": "q"}, "names no column q"),
        ({"connector": "datagen", "fields.id.knd": "random"}, "did you mean kind"),
        ({"connector": "print"}, "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(tmp_path: Path, options: dict[str, str], message: str) -> None:
    told = Relation("t", (Column("id", t.INT),), options)
    with pytest.raises(InputError, match=message):
        connector(told).source(told, [0], Surroundings(tmp_path))


def test_a_broker_is_not_supported_yet(tmp_path: Path) -> None:
    options = {"connector": "kafka", "topic": "t", "format": "json", "properties.bootstrap.servers": "broker:9092"}
    told = Relation("t", (Column("id", t.INT),), options)
    with pytest.raises(UnsupportedError, match="broker:9092"):
        connector(told).source(told, [0], Surroundings(tmp_path))


def test_every_connector_is_there() -> None:
    for name in CONNECTORS:
        assert connector(Relation("t", (), {"connector": name})).NAME

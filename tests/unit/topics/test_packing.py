"""Many entries at once: the bytes that encoding one by one makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverrun.clock import ManualClock
from riverrun.connectors import topic_writing
from riverrun.connectors.protocol import Column, Relation, Surroundings
from riverrun.connectors.registry import connector
from riverrun.formats.avro import decode_columns, encode_columns, encoder
from riverrun.formats.avro_pack import joined, pack_record
from riverrun.formats.avro_walk import NotCovered, Odd
from riverrun.schema import types as t
from riverrun.schema.avro import parse
from riverrun.schema.flink import from_type, to_type
from riverrun.topics import LocalTopics
from tests.unit.formats.avro_strategies import record_and_values

EXTREMES = [0, 1, -1, 63, 64, -64, -65, 8191, 8192, 2**31, -(2**63), 2**63 - 1]


@st.composite
def columns(draw: st.DrawFn) -> tuple[t.Type, Any]:
    """(a row type, a batch of it)"""
    schema, values = draw(record_and_values())
    rows = draw(st.lists(values, max_size=6))
    row = to_type(parse(schema))
    return row, decode_columns([encoder(schema)(value) for value in rows], schema, row)


@settings(max_examples=200, deadline=None)
@given(columns(), st.integers(0, 3))
def test_any_columns_are_encoded_as_one_by_one(case: tuple[t.Type, Any], cut: int) -> None:
    row, batch = case
    schema = parse(from_type(row))
    part = batch.slice(cut)
    parts = pack_record(schema, row)(part.columns)
    assert joined(parts, part.num_rows).to_pylist() == encode_columns(part, row, schema=schema)


def test_numbers_times_and_decimals() -> None:
    row = t.row(
        ("a", t.BIGINT), ("b", t.timestamp(3)), ("c", t.timestamp_ltz(6)), ("d", t.time(3)), ("e", t.DATE),
        ("f", t.decimal(30, 3)), ("g", t.TINYINT.not_null()), ("h", t.map_of(t.STRING, t.decimal(5, 1))),
    )  # fmt: skip
    numbers = pa.array([None, *EXTREMES], pa.int64())
    small = pa.array([None, *range(-6, 6)], pa.int64())
    maps = [None, [], *([("k", None), (f"{n}" * n, n)] for n in range(11))]
    batch = pa.RecordBatch.from_arrays(
        [
            numbers,
            pa.array([None, *(n // 2000 for n in EXTREMES)], pa.int64()).cast(pa.timestamp("us")),
            numbers.cast(pa.timestamp("us")),
            pa.array([None, *range(0, 86_400_000_000, 7_200_000_001)], pa.int64()).cast(pa.time64("us")),
            small.cast(pa.int32()).cast(pa.date32()),
            pa.array([None, *EXTREMES], pa.decimal128(27)).cast(pa.decimal128(30, 3)),
            pa.array(range(13), pa.int8()),
            pa.array(maps, pa.map_(pa.string(), pa.decimal128(5, 1))),
        ],
        names=[f"c{n}" for n in range(8)],
    )
    schema = parse(from_type(row, legacy_timestamps=False))
    assert joined(pack_record(schema, row)(batch.columns), 13).to_pylist() == encode_columns(batch, row, schema=schema)


def test_what_does_not_fit_is_left_to_one_by_one() -> None:
    row = t.row(("a", t.STRING.not_null()))
    pack = pack_record(parse(from_type(row)), row)
    with pytest.raises(Odd):
        pack([pa.array([None], pa.string())])
    twice = t.row(("m", t.map_of(t.STRING, t.INT)))
    with pytest.raises(Odd):
        maps = pa.array([[("k", 1), ("k", 2)]], pa.map_(pa.string(), pa.int32()))
        pack_record(parse(from_type(twice)), twice)([maps])
    symbols = {"type": "enum", "name": "E", "symbols": ["x"]}
    with pytest.raises(NotCovered):
        pack_record(parse({"type": "record", "name": "R", "fields": [{"name": "a", "type": symbols}]}), row)


COLUMNS = (
    Column("id", t.INT.not_null()),
    Column("s", t.STRING),
    Column("a", t.array(t.row(("x", t.INT), ("y", t.STRING)))),
    Column("at", t.timestamp_ltz(3), "timestamp"),
)


def entries(data: Path, rows: pa.Table, first: int, connector_name: str) -> list[Any]:
    relation = Relation(
        "t", COLUMNS, {"connector": connector_name, "topic": "t", "key.format": "raw", "value.format": "avro"}
        if connector_name == "upsert-kafka" else {"connector": connector_name, "topic": "t", "value.format": "avro"},
        primary_key=("id",) if connector_name == "upsert-kafka" else (),
    )  # fmt: skip
    sink = connector(relation).sink(relation, Surroundings(data, clock=ManualClock(5000), job="job"))
    sink.write(rows, first)
    sink.flush(end=True)
    sink.close()
    with LocalTopics(data).reader("t") as reader:
        return reader.read(100_000)


@pytest.mark.parametrize("connector_name", ["kafka", "upsert-kafka"])
def test_a_sink_writes_the_entries_of_one_by_one(
    connector_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 25_000
    ops = np.arange(count, dtype=np.int8) % 4 if connector_name == "upsert-kafka" else np.zeros(count, np.int8)
    rows = pa.table(
        {
            "c0": pa.array(range(count), pa.int32()),
            "c1": pa.array([None if n % 3 else "é" * (n % 100) for n in range(count)]),
            "c2": pa.array(
                [None if n % 5 == 0 else [{"f0": n, "f1": None}] * (n % 3) for n in range(count)],
                pa.list_(pa.struct([("f0", pa.int32()), ("f1", pa.string())])),
            ),
            "c3": pa.array([None if n % 7 == 0 else n for n in range(count)]).cast(pa.timestamp("ms")),
            "_op": pa.array(ops),
        }
    )
    found = entries(tmp_path / "packed", rows, 9990, connector_name)
    monkeypatch.setattr(topic_writing, "_packer", lambda schema, row: None)
    assert found == entries(tmp_path / "plain", rows, 9990, connector_name)
    with LocalTopics(tmp_path / "packed").reader("t") as reader:
        first = reader.read_packed(0, limit=1)
        assert first is not None
        assert first.behind == len(found)  # one commit: the rows of a parcel are stored all or none
    assert len(found) == (count if connector_name == "kafka" else count - count // 4)

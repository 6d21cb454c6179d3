"""The generated encoder writes fastavro's bytes; columns are read from any writer's schema; frames are Confluent's."""

from __future__ import annotations

import decimal
import importlib.util
import io
from pathlib import Path
from typing import Any

import fastavro
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverrun.errors import InputError, RunError
from riverrun.formats.avro import decode_columns, encode_columns, encoder, pack_columns
from riverrun.formats.avro_binary import encode_int, encode_long, encode_longs
from riverrun.formats.avro_confluent import frame_header, unframe
from riverrun.schema import types as t
from riverrun.schema.avro import parse
from riverrun.schema.flink import from_type, to_type

_spec = importlib.util.spec_from_file_location("avro_strategies", Path(__file__).with_name("avro_strategies.py"))
assert _spec is not None
assert _spec.loader is not None
_strategies = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_strategies)


def fastavro_bytes(schema: Any, value: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_value_of_any_schema_is_encoded_as_fastavro_does(data: st.DataObject) -> None:
    schema, values = data.draw(_strategies.schema_and_values())
    encode = encoder(schema)
    for _ in range(3):
        value = data.draw(values)
        assert encode(value) == fastavro_bytes(schema, value)


def test_a_record_that_contains_itself_and_a_union_of_real_types() -> None:
    schema = {
        "type": "record",
        "name": "Tree",
        "fields": [
            {"name": "left", "type": ["null", "Tree"], "default": None},
            {"name": "value", "type": ["long", "string", {"type": "array", "items": "Tree"}]},
        ],
    }
    value = {"left": {"left": None, "value": "x"}, "value": [{"left": None, "value": 2**40}]}
    assert encoder(schema)(value) == fastavro_bytes(schema, value)


def test_a_missing_field_takes_its_default_and_a_required_one_is_an_error() -> None:
    schema = {
        "type": "record",
        "name": "R",
        "fields": [{"name": "a", "type": "long"}, {"name": "b", "type": "string", "default": "x"}],
    }
    assert encoder(schema)({"a": 1}) == fastavro_bytes(schema, {"a": 1})
    with pytest.raises(KeyError):
        encoder(schema)({"b": "y"})


@given(st.integers(-(2**63), 2**63 - 1))
def test_long(number: int) -> None:
    assert encode_long(number) == fastavro_bytes("long", number)


BORDERS = st.sampled_from([2**27, 2**27 - 1, 2**41, 2**41 - 1])
LONGS = st.integers(-(2**63), 2**63 - 1) | st.integers(2**26, 2**42) | BORDERS


@given(st.lists(LONGS, max_size=5))
def test_longs(numbers: list[int]) -> None:
    assert encode_longs(numbers) == [encode_long(number) for number in numbers]


def test_numbers_out_of_range_are_refused() -> None:
    for number in (2**63, -(2**63) - 1, 2**70):
        with pytest.raises(OverflowError):
            encode_long(number)
    with pytest.raises(OverflowError):
        encode_int(2**31)


ROW = t.row(
    ("id", t.BIGINT.not_null()),
    ("price", t.decimal(10, 2)),
    ("at", t.timestamp(3)),
    ("day", t.DATE),
    ("time", t.time(3)),
    ("tags", t.array(t.STRING)),
    ("counts", t.map_of(t.STRING.not_null(), t.INT)),
    ("inner", t.row(("a", t.STRING), ("b", t.DOUBLE.not_null()))),
    ("raw", t.BYTES_TYPE),
    ("flag", t.BOOLEAN),
)
ROWS: list[list[Any]] = [
    [1, decimal.Decimal("12.34"), 1_500_000_000_123_000, 17000, 3_600_000_000, ["x", None], [("k", 1)], ("a", 1.5),
     b"\0", True],
    [2, decimal.Decimal("-0.01"), None, None, None, None, None, None, None, None],
    [3, None, -1_000, -1, 0, [], [], (None, 0.0), b"", False],
]  # fmt: skip


def batch() -> pa.RecordBatch:
    columns: list[Any] = [list(column) for column in zip(*ROWS, strict=True)]
    types: list[Any] = [
        pa.int64(), pa.decimal128(10, 2), pa.timestamp("us"), pa.date32(), pa.time64("us"), pa.list_(pa.string()),
        pa.map_(pa.string(), pa.int32()), pa.struct([("f0", pa.string()), ("f1", pa.float64())]), pa.binary(),
        pa.bool_(),
    ]  # fmt: skip
    columns[7] = [None if one is None else {"f0": one[0], "f1": one[1]} for one in columns[7]]
    arrays = []
    for column, type_ in zip(columns, types, strict=True):
        plain = {pa.timestamp("us"): pa.int64(), pa.date32(): pa.int32(), pa.time64("us"): pa.int64()}.get(type_)
        arrays.append(pa.array(column, plain).cast(type_) if plain else pa.array(column, type_))
    return pa.RecordBatch.from_arrays(arrays, names=[f"c{i}" for i in range(len(arrays))])


def test_columns_come_back_as_they_were_written() -> None:
    written = encode_columns(batch(), ROW)
    read = decode_columns(written, from_type(ROW.not_null()), ROW)
    assert read.to_pylist() == batch().to_pylist()
    assert read.schema.equals(batch().schema)


def test_columns_are_packed_at_once_or_one_by_one() -> None:
    assert pack_columns(batch(), ROW).to_pylist() == encode_columns(batch(), ROW)
    kind = {"type": "enum", "name": "K", "symbols": ["a", "b"]}
    schema = parse({"type": "record", "name": "R", "fields": [{"name": "kind", "type": kind}]})
    kinds = pa.RecordBatch.from_arrays([pa.array(["b", "a"])], names=["c0"])
    packed = pack_columns(kinds, t.row(("kind", t.STRING.not_null())), schema=schema)
    assert packed.to_pylist() == [b"\x02", b"\x00"]


def test_rows_of_nothing() -> None:
    assert decode_columns([], from_type(ROW.not_null()), ROW).num_rows == 0


def test_a_tombstone_is_a_row_of_nulls() -> None:
    row = t.row(("id", t.BIGINT))
    value = encode_columns(pa.RecordBatch.from_arrays([pa.array([7])], names=["c0"]), row)
    assert decode_columns([None, *value, None], from_type(row.not_null()), row).to_pydict() == {"c0": [None, 7, None]}


CLICK = {
    "type": "record",
    "name": "Click",
    "fields": [
        {"name": "n", "type": "int"},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["VIEW", "BUY"]}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "old", "type": "string"},
        {
            "name": "deep",
            "type": ["null", {"type": "record", "name": "Deep", "fields": [{"name": "x", "type": "float"}]}],
        },
    ],
}


def test_columns_are_found_by_name_widened_and_null_where_nothing_was_written() -> None:
    value = {"n": 5, "kind": "BUY", "at": 1_500_000, "old": "unused", "deep": {"x": 1.5}}
    row = t.row(
        ("deep", t.row(("x", t.DOUBLE), ("y", t.STRING))), ("n", t.DOUBLE), ("kind", t.STRING), ("at", t.timestamp(3)),
        ("new", t.STRING),
    )  # fmt: skip
    read = decode_columns([encoder(CLICK)(value)], CLICK, row)
    assert read.column(3).cast(pa.int64()).to_pylist() == [1_500_000]
    assert [read.column(i).to_pylist()[0] for i in (0, 1, 2, 4)] == [{"f0": 1.5, "f1": None}, 5.0, "BUY", None]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (t.row(("kinds", t.STRING.not_null())), "kinds: the column is NOT NULL.*did you mean kind"),
        (t.row(("old", t.BIGINT)), "old: string cannot be read as BIGINT"),
        (t.row(("deep", t.row(("x", t.BOOLEAN)))), r"deep\.x: float cannot be read as BOOLEAN"),
    ],
)
def test_columns_that_cannot_be_read(row: t.Type, message: str) -> None:
    with pytest.raises(InputError, match=message):
        decode_columns([], CLICK, row)


def test_bytes_of_another_schema() -> None:
    row = t.row(("n", t.INT))
    for bad in (
        b"\x02",
        b"\x02\x02\x02\xff",
        encoder(CLICK)({"n": 1, "kind": "BUY", "at": 1, "old": "", "deep": None}) + b"\0",
    ):
        with pytest.raises(RunError):
            decode_columns([bad], CLICK, row)


def test_the_walk_through_schema_reads_whole_and_in_part(shared: Path) -> None:
    import json

    schema = json.loads((shared / "seed/click-event.avsc").read_text())
    rows = [json.loads(line) for line in (shared / "seed/sample-events.jsonl").read_text().splitlines()]
    encode = encoder(schema)
    values = [encode(row) for row in rows]
    for row, value in zip(rows, values, strict=True):
        assert value == fastavro_bytes(schema, row)
    row_type = to_type(parse(schema))
    assert decode_columns(values, schema, row_type).column(0).to_pylist() == [row["sessionid"] for row in rows]
    part = t.row(("customer", t.row(("emails", t.array(t.STRING)))), ("url", t.STRING))
    assert decode_columns(values, schema, part).column(1).to_pylist() == [row["url"] for row in rows]


@given(st.integers(0, 2**32 - 1), st.binary(max_size=20))
def test_a_frame_both_ways(schema_id: int, value: bytes) -> None:
    assert unframe(frame_header(schema_id) + value) == (schema_id, value)


def test_not_a_frame() -> None:
    assert unframe(b"") is None
    assert unframe(b"\x01\0\0\0\x01x") is None
    with pytest.raises(InputError):
        frame_header(2**32)

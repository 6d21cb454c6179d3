"""The raw and debezium-json formats read and write as Flink does (values seen on Flink 2.3)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from riverrun.errors import InputError, RunError
from riverrun.formats import debezium_json, raw
from riverrun.schema import types as t
from riverrun.schema.arrow import arrow_type
from riverrun.schema.types import Field, Type

RAW = [
    (t.STRING, b"a\n\nb\r\n \n", {}, ["a", "", "b", " "]),
    (t.STRING, b"\xff\xc3\xa9\n", {}, ["\ufffd\u00e9"]),
    (t.STRING, b"\xe9\n", {"charset": "ISO-8859-1"}, ["\u00e9"]),
    (t.BYTES_TYPE, b"ab\n\x00\xff\n", {}, [b"ab", b"\x00\xff"]),
    (t.BIGINT, b"\x00\x00\x00\x00\x00\x00\x01\x02\n", {}, [258]),
    (t.INT, b"\x02\x01\x00\x00\n", {"endianness": "little-endian"}, [258]),
    (t.BOOLEAN, b"\x01\n", {}, [True]),
    (t.DOUBLE, b"\x3f\xf8\x00\x00\x00\x00\x00\x00\n", {}, [1.5]),
]


@pytest.mark.parametrize(("type_", "block", "options", "values"), RAW)
def test_raw(type_: Type, block: bytes, options: dict[str, str], values: list[Any]) -> None:
    fields = [Field("a", type_)]
    assert raw.decoder(fields, options, "UTC").lines(block).column(0).to_pylist() == values
    if b"\r" not in block and b"\xff\xc3" not in block:
        table = pa.table({"c0": pa.array(values, arrow_type(type_))})
        assert b"".join(line + b"\n" for line in raw.encoder(fields, options, "UTC")(table)) == block


def test_raw_refuses() -> None:
    with pytest.raises(InputError, match="exactly one"):
        raw.decoder([Field("a", t.STRING), Field("b", t.STRING)], {}, "UTC")
    with pytest.raises(RunError, match="2 bytes where a INT has 4"):
        raw.decoder([Field("a", t.INT)], {}, "UTC").lines(b"12\n")
    with pytest.raises(RunError, match="NULL"):
        raw.encoder([Field("a", t.STRING)], {}, "UTC")(pa.table({"c0": pa.array([None], pa.string())}))


FIELDS = [Field("a", t.INT), Field("s", t.STRING)]
X, Y = '{"a":1,"s":"x"}', '{"a":1,"s":"y"}'
CHANGES = [
    (f'{{"before":null,"after":{X},"op":"c","ts_ms":1}}', [(0, 1, "x")]),
    (f'{{"before":null,"after":{X},"op":"r"}}', [(0, 1, "x")]),
    (f'{{"before":{X},"after":{Y},"op":"u"}}', [(1, 1, "x"), (2, 1, "y")]),
    (f'{{"before":{Y},"after":null,"op":"d"}}', [(3, 1, "y")]),
    ("", []),
]
WRONG = [
    f'{{"before":null,"after":{X},"op":"u"}}',
    f'{{"after":{X},"op":"x"}}',
    "{bad",
    '{"a":1}',
    "null",
    '{"before":null,"after":null,"op":"c"}',
    '{"before":null,"op":"d"}',
    f'{{"schema":{{}},"payload":{{"after":{X},"op":"c"}}}}',
]


def changes(line: str, **options: str) -> list[tuple[Any, ...]]:
    named = {key.replace("_", "-"): value for key, value in options.items()}
    table = debezium_json.decoder(FIELDS, named, "UTC").lines(line.encode() + b"\n")
    return [(row["_op"], row["c0"], row["c1"]) for row in table.to_pylist()]


@pytest.mark.parametrize(("line", "expected"), CHANGES)
def test_debezium_changes(line: str, expected: list[tuple[Any, ...]]) -> None:
    assert changes(line) == expected


@pytest.mark.parametrize("line", WRONG)
def test_wrong_debezium_changes(line: str) -> None:
    assert changes(line, ignore_parse_errors="true") == []
    with pytest.raises(RunError, match="debezium-json"):
        changes(line)


def test_debezium_schema_envelope() -> None:
    assert changes(f'{{"schema":{{}},"payload":{{"after":{X},"op":"c"}}}}', schema_include="true") == [(0, 1, "x")]


def test_debezium_writes_insertions_and_deletions() -> None:
    rows = {"c0": pa.array([1] * 4, pa.int32()), "c1": ["x", "x", "y", "y"], "_op": pa.array([0, 1, 2, 3], pa.int8())}
    lines = debezium_json.encoder(FIELDS, {}, "UTC")(pa.table(rows))
    assert [line.decode() for line in lines] == [
        f'{{"before":null,"after":{X},"op":"c"}}',
        f'{{"before":{X},"after":null,"op":"d"}}',
        f'{{"before":null,"after":{Y},"op":"c"}}',
        f'{{"before":{Y},"after":null,"op":"d"}}',
    ]

"""The JSON format reads and writes as Flink does. The values in cases/ are what Flink 2.3 returned."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverrun.errors import InputError, RunError
from riverrun.formats import json as json_format
from riverrun.formats.json_rows import row_reader
from riverrun.schema import types as t
from riverrun.schema.arrow import arrow_type
from riverrun.schema.types import Field, Type
from riverrun.sql.functions import encode_column
from tests.unit.sql.functions.expressions import type_of

CASES = Path(__file__).parent / "cases"
FIELDS = json.loads((CASES / "json-fields.json").read_text())
LINES = json.loads((CASES / "json-lines.json").read_text())


def read(fields: dict[str, Type], block: bytes, **options: str) -> list[list[Any]]:
    names = {name.replace("_", "-").replace("standard", "timestamp-format.standard"): v for name, v in options.items()}
    table = json_format.decoder([Field(n, ty) for n, ty in fields.items()], names, "UTC").lines(block)
    columns = [encode_column(table.column(i), type_) for i, type_ in enumerate(fields.values())]
    return [list(row) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("case", FIELDS, ids=lambda case: f"{case['type']} {case['standard']}")
def test_fields_are_read_as_flink_reads_them(case: dict[str, Any]) -> None:
    fields = {"v": type_of(case["type"])}
    for token, value in _tokens(case):
        line = f'{{"id": 1, "v": {token}}}\n'.encode()
        assert read(fields, line, ignore_parse_errors="true", standard=case["standard"]) == [[value]], token
        too_large = case["type"].startswith("DECIMAL") and _is_number(token)
        if value is None and token != "null" and not too_large:
            with pytest.raises(RunError, match=r"row 1, field v"):
                read(fields, line, standard=case["standard"])


def _tokens(case: dict[str, Any]) -> list[tuple[str, Any]]:
    return [*case["read"].items(), *((token, None) for token in case["null"])]


def _is_number(token: str) -> bool:
    try:
        return float(json.loads(token)) == float(json.loads(token))
    except (ValueError, TypeError):
        return False


@pytest.mark.parametrize("case", FIELDS, ids=lambda case: f"{case['type']} {case['standard']}")
def test_row_that_is_not_json_disappears(case: dict[str, Any]) -> None:
    for token in case["no row"]:
        line = f'{{"id": 1, "v": {token}}}\n'.encode()
        assert read({"v": type_of(case["type"])}, line, ignore_parse_errors="true") == []
        with pytest.raises(RunError):
            read({"v": type_of(case["type"])}, line)


@pytest.mark.parametrize(
    ("type_", "line", "rows"), [(name, line, rows) for name, found in LINES["fields"].items() for line, rows in found]
)
def test_line_is_read_as_flink_reads_it(type_: str, line: str, rows: Any) -> None:
    block = line.encode("utf-8") + b"\n"
    if rows is None:
        with pytest.raises(RunError):
            read({"a": type_of(type_)}, block)
    else:
        assert read({"a": type_of(type_)}, block) == rows


@pytest.mark.parametrize(("line", "rows"), LINES["ignoring errors"])
def test_line_is_skipped_as_flink_skips_it(line: str, rows: Any) -> None:
    assert read({"a": t.INT}, line.encode("utf-8") + b"\n", ignore_parse_errors="true") == rows


# Flink stops looking after as many known names as there are columns.
@pytest.mark.parametrize(
    ("line", "row"),
    [
        ('{"a":1,"a":2,"b":3}', [2, None]),
        ('{"b":1,"a":2,"b":3}', [2, 1]),
        ('{"a":1,"b":2,"a":9}', [1, 2]),
        ('{"a":1,"a":2}', [2, None]),
    ],
)
def test_repeated_names(line: str, row: list[Any]) -> None:
    assert read({"a": t.INT, "b": t.INT}, line.encode()) == [row]


def test_missing_field_fails_on_request() -> None:
    fields = {"a": t.INT, "r": t.row(("x", t.INT), ("y", t.INT))}
    whole = b'{"a": 1, "r": {"x": 1, "y": null}}\n'
    assert read(fields, whole, fail_on_missing_field="true") == [[1, {"x": 1, "y": None}]]
    for line, place in ((b'{"a": 1, "r": {"x": 1}}', "field r.y"), (b'{"r": null}', "field a")):
        with pytest.raises(RunError, match=place):
            read(fields, line, fail_on_missing_field="true")


def test_unknown_option_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean ignore-parse-errors"):
        json_format.decoder([Field("a", t.INT)], {"ignore-parse-error": "true"}, "UTC")


def test_messages_tell_where_rows_came_from() -> None:
    decoder = json_format.decoder([Field("a", t.INT)], {}, "UTC")
    table, origins = decoder.values([b'{"a": 1}', None, b'[{"a": 2}, {"a": 3}]', b'{"a":\n4}'])
    assert table.column(0).to_pylist() == [1, 2, 3, 4]
    assert list(origins) == [0, 2, 2, 3]


def test_whole_lines() -> None:
    decoder = json_format.decoder([Field("a", t.INT)], {}, "UTC")
    assert decoder.whole(b'{"a":1}\n{"a"', last=False) == 8
    assert decoder.whole(b'{"a":1}\n{"a"', last=True) == 12


# -- the column reader and the row reader agree

NAMES = st.sampled_from(["a", "b", "c", "é"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["2024-02-29", "2024-02-29 12:34:56.789", "2024-02-30 00:00:00", "10:11:12", "1.50", "true"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
LEAVES = st.sampled_from(
    [t.BOOLEAN, t.TINYINT, t.INT, t.BIGINT, t.FLOAT, t.DOUBLE, t.decimal(10, 2), t.STRING, t.DATE, t.timestamp(3)]
)
TYPES = st.recursive(
    LEAVES,
    lambda inner: st.builds(t.array, inner) | st.builds(lambda a, b: t.row(("a", a), ("é", b)), inner, inner),
    max_leaves=3,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.dictionaries(NAMES, VALUES, max_size=4), max_size=6), TYPES, TYPES)
def test_columns_and_rows_agree(documents: list[dict[str, Any]], first: Type, second: Type) -> None:
    fields = (Field("a", first), Field("b", second))
    block = "".join(json.dumps(d, ensure_ascii=False) + "\n" for d in documents).encode("utf-8", "replace")
    rows = row_reader(fields, ignore_errors=True, fail_on_missing=False, standard="SQL")
    expected = [row for line in block.splitlines() for row in rows.rows(line)]
    table = json_format.decoder(fields, {"ignore-parse-errors": "true"}, "UTC").lines(block)
    for i, field in enumerate(fields):
        assert table.column(i).to_pylist() == pa.array([row[i] for row in expected], arrow_type(field.type)).to_pylist()


# -- writing

ROW = {
    "i": (t.INT, 5),
    "s": (t.STRING, 'a"\\\n\x01é/'),
    "d": (t.DOUBLE, 1e21),
    "f": (t.FLOAT, 0.1),
    "n": (t.DOUBLE, float("nan")),
    "c": (t.decimal(10, 3), Decimal("1.500")),
    "m": (t.decimal(10, 0), Decimal("1000000")),
    "b": (t.BOOLEAN, True),
    "x": (t.BYTES_TYPE, b"\x01\x02\x03"),
    "dt": (t.DATE, datetime.date(2024, 2, 29)),
    "tm": (t.time(3), datetime.time(10, 11, 12, 500000)),
    "ts": (t.timestamp(3), datetime.datetime(2024, 1, 2, 3, 4, 5, 600000)),
    "tz": (t.timestamp_ltz(3), datetime.datetime(2024, 1, 2, 3, 4, 5)),
    "a": (t.array(t.STRING), ["x", None]),
    "r": (t.row(("p%q", t.INT), ("z", t.row(("y", t.STRING)))), {"f0": 1, "f1": None}),
    "mp": (t.map_of(t.STRING, t.INT), [("k", 1), ("l", None)]),
    "nil": (t.STRING, None),
}
WRITTEN = (
    r'{"i":5,"s":"a\"\\\n\u0001é/","d":1.0E21,"f":0.1,"n":"NaN","c":1.5,"m":1E+6,"b":true,"x":"AQID","dt":"2024-02-29",'
    r'"tm":"10:11:12.5","ts":"2024-01-02 03:04:05.6","tz":"2024-01-02 03:04:05Z","a":["x",null],'
    r'"r":{"p%q":1,"z":null},"mp":{"k":1,"l":null},"nil":null}'
)


def write(**options: str) -> str:
    fields = [Field(name, type_) for name, (type_, _) in ROW.items()]
    table = pa.table({f"c{i}": pa.array([v], arrow_type(ty)) for i, (ty, v) in enumerate(ROW.values())})
    names = {key.replace("__", ".").replace("_", "-"): value for key, value in options.items()}
    return json_format.encoder(fields, names, "UTC")(table)[0].decode()


def test_row_is_written_as_flink_writes_it() -> None:
    assert write() == WRITTEN


def test_writing_options() -> None:
    assert '"c":1.500,"m":1000000' in write(encode__decimal_as_plain_number="true")
    assert "nil" not in write(encode__ignore_null_fields="true")
    assert '"ts":"2024-01-02T03:04:05.6"' in write(timestamp_format__standard="ISO-8601")


TEXTS = st.none() | st.text(st.sampled_from('ab"\\\n\x01é😀'), max_size=4)
TIMES = st.none() | st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1)).map(
    lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000)
)
MANY = [
    Field("s", t.STRING),
    Field("t", t.timestamp(3)),
    Field("r", t.row(("s", t.STRING), ("i", t.INT))),
    Field("a", t.array(t.STRING)),
]
ROWS = st.tuples(
    TEXTS,
    TIMES,
    st.none() | st.fixed_dictionaries({"f0": TEXTS, "f1": st.none() | st.integers(-9, 9)}),
    st.none() | st.lists(TEXTS, max_size=3),
)


@given(st.lists(ROWS, max_size=12), st.lists(ROWS, max_size=12), st.integers(0, 5), st.booleans())
def test_whole_blocks_are_the_lines_with_their_ends(one: list[Any], other: list[Any], start: int, skip: bool) -> None:
    def rows(values: list[Any]) -> pa.Table:
        columns = list(zip(*values, strict=True)) if values else [()] * len(MANY)
        arrays = [pa.array(list(c), arrow_type(field.type)) for c, field in zip(columns, MANY, strict=True)]
        return pa.table({f"c{n}": array for n, array in enumerate(arrays)})

    table = pa.concat_tables([rows(one), rows(other)]).slice(start)
    options = {"encode.ignore-null-fields": "true" if skip else "false"}
    lines = json_format.encoder(MANY, options, "UTC")(table)
    blocks = json_format.block_encoder(MANY, options, "UTC")(table)
    assert b"".join(blocks) == b"".join(line + b"\n" for line in lines)
    for line, (text, time, row, texts) in zip(lines, [*one, *other][start:], strict=True):
        found = json.loads(line)
        assert [found.get("s"), found.get("a")] == [text, texts]
        assert (found.get("t") is None) == (time is None)
        assert time is None or datetime.datetime.fromisoformat(found["t"]) == time
        inner = found.get("r")
        assert (None if inner is None else (inner.get("s"), inner.get("i"))) == (row and (row["f0"], row["f1"]))

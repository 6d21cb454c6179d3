"""The CSV format reads and writes as Flink does. The values in cases/csv.json are what Flink 2.3 returned."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverrun.errors import InputError, RunError
from riverrun.formats import csv as csv_format
from riverrun.schema import types as t
from riverrun.schema.arrow import arrow_type
from riverrun.schema.types import Field, Type
from riverrun.sql.functions import encode_column
from tests.unit.sql.functions.expressions import type_of

CASES = json.loads((Path(__file__).parent / "cases/csv.json").read_text())
IGNORE = {"ignore-parse-errors": "true"}


def columns(text: str) -> dict[str, Type]:
    parts = (part.split(" ", 1) for part in re.split(r", (?=[a-z]+ [A-Z])", text))
    return {name: type_of(type_) for name, type_ in parts}


def read(fields: dict[str, Type], text: str, options: dict[str, str]) -> list[list[Any]]:
    table = csv_format.decoder([Field(n, ty) for n, ty in fields.items()], options, "UTC").lines(text.encode())
    found = [encode_column(table.column(i), type_) for i, type_ in enumerate(fields.values())]
    return [list(row) for row in zip(*found, strict=True)]


@pytest.mark.parametrize("case", CASES["fields"], ids=lambda case: str(case["type"]))
def test_fields_are_read_as_flink_reads_them(case: dict[str, Any]) -> None:
    fields = {"id": t.INT, "v": type_of(case["type"])}
    for text, value in [*case["read"].items(), *((text, None) for text in case["null"])]:
        assert read(fields, f"1,{text}\n", IGNORE) == [[1, value]], text
        if value is None and not text.isdecimal():
            with pytest.raises(RunError, match="row 1, field v"):
                read(fields, f"1,{text}\n", {})


@pytest.mark.parametrize("case", CASES["structure"], ids=lambda case: repr(case["text"]))
def test_records_are_read_as_flink_reads_them(case: dict[str, Any]) -> None:
    fields = columns(case["columns"])
    assert read(fields, case["text"], IGNORE) == case["ignoring errors"]
    if case["rows"] is None:
        with pytest.raises(RunError):
            read(fields, case["text"], {})
    else:
        assert read(fields, case["text"], {}) == case["rows"]


@pytest.mark.parametrize("case", CASES["options"], ids=lambda case: f"{case['options']}")
def test_options(case: dict[str, Any]) -> None:
    fields = columns(case["columns"])
    if case["rows"] is None:
        with pytest.raises(RunError):
            read(fields, case["text"], case["options"])
    else:
        assert read(fields, case["text"], case["options"]) == case["rows"]


def test_messages() -> None:
    decoder = csv_format.decoder([Field("a", t.INT), Field("b", t.STRING)], {}, "UTC")
    table, origins = decoder.values([b"1,x", None, b"2,y\n"])
    assert table.to_pylist() == [{"c0": 1, "c1": "x"}, {"c0": 2, "c1": "y"}]
    assert list(origins) == [0, 2]


def test_wrong_options() -> None:
    with pytest.raises(InputError, match="did you mean field-delimiter"):
        csv_format.decoder([Field("a", t.INT)], {"field-delimeter": ";"}, "UTC")
    with pytest.raises(InputError, match="one character"):
        csv_format.decoder([Field("a", t.INT)], {"field-delimiter": ";;"}, "UTC")


TEXTS = st.text(st.sampled_from('a,"\n\r é;'), max_size=6)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5), st.integers(0, 60))
def test_cut_anywhere_gives_the_same_records(rows: list[tuple[str, str]], cut: int) -> None:
    text = "".join(",".join('"' + part.replace('"', '""') + '"' for part in row) + "\n" for row in rows).encode()
    decoder = csv_format.decoder([Field("a", t.STRING), Field("b", t.STRING)], {}, "UTC")
    whole = decoder.whole(text[:cut], last=False)
    parts = [decoder.lines(text[:whole]), decoder.lines(text[whole:])]
    assert [tuple(row.values()) for part in parts for row in part.to_pylist()] == rows


def write(values: list[Any], type_: Type, options: dict[str, str] | None = None) -> list[str]:
    encode = csv_format.encoder([Field("a", type_)], options or {}, "UTC")
    return [line.decode() for line in encode(pa.table({"c0": pa.array(values, arrow_type(type_))}))]


def test_strings_are_quoted_as_flink_quotes_them() -> None:
    plain = ["plain", "", "a-b", "a.b", "a;b", "é", "x" * 24, "[1]", "~{", "null", "a:b", "日本"]
    assert write(plain, t.STRING) == plain
    quoted = ["a,b", " sp ", "a+b", "#x", "a'b", "x" * 25, "tab\tx", "nl\nx", "a\\b", "%", "*"]
    assert write(quoted, t.STRING) == [f'"{text}"' for text in quoted]
    assert write(['q"x', None], t.STRING) == ['"q""x"', ""]
    assert write(["[1]", "a.b", "~"], t.STRING, {"field-delimiter": ";"}) == ['"[1]"', '"a.b"', "~"]
    assert write(['a "b'], t.STRING, {"disable-quote-character": "true"}) == ['a "b']
    assert write([None], t.STRING, {"null-literal": "NULL"}) == ["NULL"]


def test_other_types_are_written_as_flink_writes_them() -> None:
    assert write([1e7, float("nan")], t.DOUBLE) == ["1.0E7", "NaN"]
    assert write([Decimal("1.500"), Decimal("1000000.000")], t.decimal(10, 3)) == ["1.5", "1E+6"]
    assert write([["a b", "c;d", None, 'q"x'], None], t.array(t.STRING)) == ['"a b;c;d;;q""x"', ""]
    assert write([{"f0": 1, "f1": "y z"}], t.row(("x", t.INT), ("y", t.STRING))) == ['"1;y z"']
    assert write([500_000], t.timestamp_ltz(3)) == ['"1970-01-01 00:00:00.5Z"']

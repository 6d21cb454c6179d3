"""Whole JSON files give the rows that the exact reader gives, line by line; what is not plain is noticed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverrun.connectors import file_reading, json_file_reading
from riverrun.connectors.file_reading import FileSource
from riverrun.connectors.filesystem import source
from riverrun.connectors.protocol import Column, Relation, Surroundings
from riverrun.errors import RunError
from riverrun.formats import json_files
from riverrun.formats.json_files import suspicious
from riverrun.schema import types as t

COLUMNS = (
    Column("s", t.STRING),
    Column("i", t.INT),
    Column("d", t.DOUBLE),
    Column("b", t.BOOLEAN),
    Column("at", t.timestamp(3)),
    Column("r", t.row(("s", t.STRING), ("l", t.array(t.STRING)))),
)


def read(path: Path, *, resumes: bool) -> list[tuple[Any, ...]]:
    told = Relation("t", COLUMNS, {"connector": "filesystem", "path": str(path), "format": "json"})
    reading = source(told, range(len(COLUMNS)), Surroundings(path.parent, resumes=resumes))
    assert isinstance(reading, FileSource)
    rows: list[tuple[Any, ...]] = []
    try:
        while (chunk := reading.read(10)) is not None:
            rows += zip(*(column.to_pylist() for column in chunk.rows.columns), strict=True)
    finally:
        reading.close()
    return rows


def outcome(path: Path, *, resumes: bool) -> Any:
    try:
        return repr(read(path, resumes=resumes))  # repr: NaN equals itself
    except RunError:
        return "fails"


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.integers(-(2**70), 2**70), st.floats(),
    st.sampled_from(["", "a", "é", "1.0", "1e5", "100000.0", "[]", "{", "true", "-7"]),
    st.sampled_from(["2025-01-02 03:04:05", "a\"\\b\n"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["s", "l", "x"]), inner)),
    max_leaves=4,
)
ROW = st.fixed_dictionaries({"s": st.text(max_size=3), "l": st.lists(st.text(max_size=2))})
PLAIN = st.fixed_dictionaries(
    {},
    optional={
        "s": st.text(max_size=5), "i": st.integers(-5, 5), "d": st.floats(-5, 5), "b": st.booleans(),
        "at": st.just("2025-01-02 03:04:05.678"), "r": st.one_of(st.none(), ROW),
    },
)  # fmt: skip
ODD = st.dictionaries(st.sampled_from(["s", "i", "d", "b", "at", "r", "other"]), VALUES)
LINES = st.lists(st.one_of(PLAIN, PLAIN, PLAIN, ODD).map(json.dumps), max_size=8)
MISTAKES = [
    "",
    " ",
    "null",
    "[]",
    "5",
    '{"s": "a",}',
    '{"x": nan}',
    '{"x": [1, ]}',
    '{"s": "a", "s": "b"}',
    "{",
    '{"x":-Infinity}',
]


@settings(max_examples=60, deadline=None)
@given(LINES, st.sampled_from(MISTAKES), st.integers(0, 8), st.sampled_from([1, 50, 200]))
def test_the_fast_way_is_the_exact_way(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], odd: str, at: int, block: int
) -> None:
    """Behind the first `block` bytes, or some more, for these the exact way reads always."""
    path = tmp_path_factory.mktemp("json") / "t.json"
    small = patch.multiple(file_reading, _SMALLEST_BLOCK=block, _BYTES_PER_ROW=1)
    fast = patch.object(json_file_reading, "_SMALL", 0)
    for text in (lines, [*lines[:at], odd, *lines[at:]]):
        path.write_text("".join(line + "\n" for line in text))
        with small, fast:
            assert outcome(path, resumes=False) == outcome(path, resumes=True)


def test_a_plain_file_is_not_suspicious(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text('{"s": "information, finance: a, b"}\n\n{"s": "x"}\r\n' * 9000)
    assert not suspicious(path)


@pytest.mark.parametrize(
    "odd", [b'{"a":1,}', b'{"a":[1, ]}', b'{"a":NaN}', b'{"a":[-inf]}', b"null", b"[]", b' {"a":1}']
)
def test_what_duckdb_takes_and_flink_does_not_is_suspicious(tmp_path: Path, odd: bytes) -> None:
    path = tmp_path / "t.json"
    for before in (0, 1, 5000, 65530):  # also over the borders of what is looked at in one go
        filling = b'{"a":"' + b"x" * before + b'"}\n'
        path.write_bytes(filling + odd + b"\n" + filling)
        assert suspicious(path), before
    path.write_bytes(odd)
    assert suspicious(path)


def test_the_first_rows_come_in_pieces(tmp_path: Path) -> None:
    lists: list[Any] = [None, ["a", None], [], ["b"]]
    rows = [{"r": {"n": n, "l": lists[n % 4]}, "l": lists[n % 3]} if n % 5 else {"r": None} for n in range(400)]
    path = tmp_path / "t.json"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    texts = t.array(t.STRING)
    fields = [t.Field("r", t.Type(t.Root.ROW, fields=(t.Field("n", t.INT), t.Field("l", texts)))), t.Field("l", texts)]
    reader = json_files.whole_files(fields, [t.WHOLE, t.WHOLE], "SQL")
    assert reader is not None
    tables = list(reader.tables(path, iter([3, 3, 3, 7, 7, 7, *[100] * 400]).__next__))
    assert tables[0].num_rows < 20
    found = [row for table in tables for row in table.to_pylist()]
    assert found == [
        {"c0": row["r"] and {"f0": row["r"]["n"], "f1": row["r"]["l"]}, "c1": row.get("l")} for row in rows
    ]


def test_only_the_beginning_of_a_file_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(b'{"a":1}\n{"a":2,}\n')
    monkeypatch.setattr(json_files, "_SEARCHED", 8)
    assert not suspicious(path)
    reader = json_files.whole_files([t.Field("a", t.INT)], [t.WHOLE], "SQL")
    assert reader is not None
    assert pa.concat_tables(reader.tables(path, lambda: 1)).column(0).to_pylist() == [1, 2]


def test_an_object_that_is_larger_than_duckdbs_buffer(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    large = "x" * (5 * 2**20)
    path.write_text("".join(json.dumps({"s": text, "i": n}) + "\n" for n, text in enumerate(["a", large, "b"])))
    assert [(row[0], row[1]) for row in read(path, resumes=False)] == [("a", 0), (large, 1), ("b", 2)]


def test_small_files_are_not_handed_to_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> Any:
        raise AssertionError("DuckDB was asked")

    monkeypatch.setattr(json_files.WholeFiles, "tables", refused)
    for number in range(3):
        (tmp_path / f"{number}.json").write_text('{"s": "a", "i": 1}\n\n{"s": "b",}\n'[: 20 if number < 2 else None])
    told = Relation("t", COLUMNS, {"connector": "filesystem", "path": str(tmp_path), "format": "json"})
    reading = source(told, range(len(COLUMNS)), Surroundings(tmp_path))
    assert isinstance(reading, FileSource)
    for _ in range(2):
        chunk = reading.read(10)
        assert chunk is not None
        assert chunk.rows.column(0).to_pylist() == ["a"]
    with pytest.raises(RunError):  # a comma before the end: as strict as ever
        while reading.read(10) is not None:
            pass
    reading.close()

"""Writes docs/sql/functions.md and docs/sql/types.md from the catalogue: python tools/sql_docs.py [--check]."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from riverrun.schema import types as t
from riverrun.sql.binder.unknown import FLINK_FUNCTIONS
from riverrun.sql.functions import AGGREGATES, ENTRIES, FAMILIES, Aggregate, Entry, arrow_type, castable, duckdb_type
from riverrun.sql.functions.common import can_widen

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "sql"

_FUNCTIONS = """# Functions

This page is written by `make docs` from the catalogue of functions. Every function gives what Apache Flink 2.3 gives;
the examples are run by the tests, here and on Flink. Where nothing is said about NULL, the result is NULL when an
argument is. Names are not case sensitive. Values in the examples are written as `riverrun run` prints them.

Names in square brackets may be left out. A call with the wrong number or types of arguments fails before anything runs.
"""

_OWN = """## Your own functions

A Python function becomes a SQL function:

    SET 'python.files' = '/srv/sql/shop_functions.py';
    CREATE TEMPORARY FUNCTION brand AS 'shop_functions.brand' LANGUAGE PYTHON;

`python.files` lists files and folders, separated by commas, in which the module is looked for beside the Python path
and the working directory. Annotations say the types: `str` is STRING, `int` BIGINT, `float` DOUBLE, `bool` BOOLEAN,
`bytes` BYTES, `Decimal` DECIMAL(38, 18), `datetime.date` DATE, `datetime.time` TIME(0), `datetime.datetime`
TIMESTAMP(3), `list[...]` an ARRAY; `| None` changes nothing, since every argument and the result may be NULL (`None`).

    def brand(name: str | None) -> str | None:
        return name.split()[0] if name else None

`riverrun.udf` names SQL types, and makes a function that takes whole columns (pyarrow arrays) at once, which is much
faster:

    import pyarrow.compute as pc
    from riverrun.udf import udf

    @udf("STRING", result_type="INT", vectorized=True)
    def length(names):
        return pc.utf8_length(names)

An exception fails the job and is shown with the place of the call. `deterministic=False` keeps a call from being moved
or merged. Functions in Java or Scala, and table and aggregate functions, do not run here.
"""

_TYPES = """# Types

This page is written by `make docs`. Types, nullability and conversions are Flink's. `NOT NULL` on a column is believed
and not checked while reading, as in Flink: a NULL in such a column changes what conditions on it mean.

## What there is

How a value lies in an Arrow batch, and how `riverrun run` prints it.

"""
_PRINTED = {
    t.Root.BOOLEAN: "`true`", t.Root.DECIMAL: '`"1.50"`, with the full scale', t.Root.DATE: '`"2024-02-29"`',
    t.Root.TIME: '`"12:34:56"`, with its fraction if there is one', t.Root.CHAR: '`"text"`', t.Root.VARCHAR: '`"text"`',
    t.Root.TIMESTAMP: '`"2024-02-29 12:34:56.789"`; no zeros at the end', t.Root.BINARY: '`"hex:0aff"`',
    t.Root.TIMESTAMP_LTZ: '`"2024-02-29 12:34:56.789Z"`: the instant in UTC', t.Root.VARBINARY: '`"hex:0aff"`',
    t.Root.ARRAY: "`[1, 2]`", t.Root.MAP: '`{"$map": [["key", 1]]}`', t.Root.MULTISET: '`{"$map": [["element", 2]]}`',
    t.Root.ROW: '`{"id": 1}`; the columns of a result are a list', t.Root.FLOAT: '`1.5`, `"NaN"`, `"Infinity"`',
    t.Root.DOUBLE: '`1.5`, `"NaN"`, `"Infinity"`', t.Root.INTERVAL_DAY_TIME: '`{"$interval_ms": 60000}`',
    t.Root.INTERVAL_YEAR_MONTH: '`{"$interval_months": 12}`',
}  # fmt: skip
_SHOWN: Sequence[tuple[str, t.Type]] = (
    ("BOOLEAN", t.BOOLEAN), ("TINYINT", t.TINYINT), ("SMALLINT", t.SMALLINT), ("INT", t.INT), ("BIGINT", t.BIGINT),
    ("FLOAT", t.FLOAT), ("DOUBLE", t.DOUBLE), ("DECIMAL(p, s)", t.decimal(10, 2)), ("CHAR(n)", t.char(3)),
    ("STRING, VARCHAR(n)", t.STRING), ("BINARY(n)", t.Type(t.Root.BINARY, length=3)),
    ("BYTES, VARBINARY(n)", t.BYTES_TYPE),
    ("DATE", t.DATE), ("TIME(p)", t.time(3)), ("TIMESTAMP(p), p up to 6", t.timestamp(3)),
    ("TIMESTAMP(p), p over 6", t.timestamp(9)), ("TIMESTAMP_LTZ(p)", t.timestamp_ltz(3)),
    ("INTERVAL DAY TO SECOND", t.INTERVAL_DAY), ("INTERVAL YEAR TO MONTH", t.INTERVAL_MONTH),
    ("ARRAY<T>", t.array(t.INT)), ("MAP<K, V>", t.map_of(t.STRING, t.INT)), ("MULTISET<T>", t.multiset(t.STRING)),
    ("ROW<name T, ...>", t.row(("id", t.INT))),
)  # fmt: skip
_CAST_RULES = """
A text that has not the form of the target fails the job with CAST and gives NULL with TRY_CAST; so do numbers in a text
that are out of range. Between numbers nothing fails: integers wrap around, DOUBLE to INT and BIGINT stops at the ends,
fractions are cut for integers and rounded half up for decimals, a decimal that is too large is NULL. The text of a
DOUBLE is as in Java (`1.0E7`). `SET 'table.exec.legacy-cast-behaviour' = 'ENABLED'` makes CAST give NULL, as in Flink.
"""


def functions() -> Iterator[str]:
    yield _FUNCTIONS
    for title, entries in FAMILIES.items():
        if title == "Your own":
            continue
        yield f"## {title}\n"
        for entry in entries:
            yield from section(entry)
    yield "## Aggregates\n"
    yield "Over groups, windows, OVER frames and patterns; values in order of arrival; FILTER (WHERE ...) may follow.\n"
    for aggregate in AGGREGATES:
        yield from section(aggregate)
    yield _OWN
    yield "## What Flink has and riverrun has not\n"
    missing = sorted(FLINK_FUNCTIONS - set(ENTRIES) - {aggregate.name for aggregate in AGGREGATES} - _ELSEWHERE)
    yield "A script with one of these ends with exit status 3: " + ", ".join(f"`{name}`" for name in missing) + "."


# Known to the binder, not to the catalogue.
_ELSEWHERE = {"GROUPING", "GROUPING_ID", "GROUP_ID", "CEILING", "CHARACTER_LENGTH"}


def section(entry: Entry | Aggregate) -> Iterator[str]:
    yield f"### {entry.name}\n"
    yield from (f"    {usage}" for usage in entry.usage)
    yield ""
    yield entry.doc + (f" NULL: {entry.nulls}." if entry.nulls else "") + "\n"
    if entry.examples:
        yield "| example | value |"
        yield "|---|---|"
        for text, value in entry.examples.items():
            yield f"| {code(text)} | {code(json.dumps(value, ensure_ascii=False))} |"
        yield ""


def code(text: str) -> str:
    shown = text.replace("|", "\\|").replace("\n", "\\n").replace("\t", "\\t")
    return f"`` {shown} ``" if "`" in shown else f"`{shown}`"


def types() -> Iterator[str]:
    yield _TYPES + "| type | Arrow | DuckDB | printed |\n|---|---|---|---|"
    for name, type_ in _SHOWN:
        yield f"| {name} | {arrow_type(type_)} | {duckdb_type(type_)} | {_PRINTED.get(type_.root, '`1`')} |"
    yield "\n## CAST\n\nFrom the left to the top; `+` also without asking (INSERT, arguments, common types).\n"
    yield from matrix()
    yield _CAST_RULES


def matrix() -> Iterator[str]:
    kinds = [type_ for _, type_ in _SHOWN if type_.precision <= 6]
    heads = [type_.root.name.replace("_", " ") for type_ in kinds]
    yield "| | " + " | ".join(heads) + " |"
    yield "|---" * (len(heads) + 1) + "|"
    for head, source in zip(heads, kinds, strict=True):
        marks = ["+" if can_widen(source, target) else "x" if castable(source, target) else "" for target in kinds]
        yield (f"| {head} | " + " | ".join(marks) + " |").replace("|  ", "| ")


PAGES = {"functions.md": functions, "types.md": types}


def main() -> int:
    stale = []
    for name, page in PAGES.items():
        new = "\n".join(page()).rstrip() + "\n"
        path = FOLDER / name
        if "--check" not in sys.argv[1:]:
            path.parent.mkdir(exist_ok=True)
            path.write_text(new, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != new:
            stale.append(name)
    if stale:
        print(f"docs/sql/{', '.join(stale)} are stale: run make docs", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

"""Avro values to Arrow columns, many at once: the same columns as `avro_columns` makes, without Python per value.

Two steps: walking over the values finds out where everything lies; when every value is known to end where it should,
the columns are made from that. What the walk does not judge (`Odd`, or `NotCovered` for a whole schema) is left to
`avro_columns`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow

from riverrun.formats.avro_columns import conversion, decimals, missing
from riverrun.formats.avro_walk import (
    Bytes,
    Ints,
    NotCovered,
    Odd,
    Walk,
    choices,
    element_of,
    elements,
    flags,
    sized,
    walk,
)
from riverrun.schema import types as t
from riverrun.schema.arrow import arrow_type
from riverrun.schema.avro import Schema
from riverrun.schema.types import WHOLE, Paths, Root, Type, inside

pa: Any = pyarrow  # the stubs know neither from_arrays with a mask nor our type table

Finish = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows of a column the positions belong to: all `count` of them, or those in `at` (the others are NULL)."""

    count: int
    at: Ints | None = None

    def some(self, here: Ints) -> Rows:
        return Rows(self.count, here if self.at is None else self.at[here])

    def spread(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The values at their rows; 0 where there is none."""
        if self.at is None:
            return values
        found = np.zeros(self.count, values.dtype)
        found[self.at] = values
        return found

    def nulls(self) -> npt.NDArray[np.bool_] | None:
        if self.at is None:
            return None
        found = np.ones(self.count, np.bool_)
        found[self.at] = False
        return found

    def array(self, values: npt.NDArray[Any]) -> Any:
        return pa.array(self.spread(values), mask=self.nulls())


# Moves positions behind values of a column, and says how to make the column once that is known to be right.
Read = Callable[[Bytes, Ints, Rows], tuple[Ints, Finish]]


def read_record(
    schema: Schema, row: Type, around: tuple[Schema, ...] = (), looked_at: Sequence[Paths] | None = None
) -> Read:
    """Of records of `schema` the columns of `row`, as a list. They fit (`avro_columns.columns_of` has looked).

    around      the records that contain this one
    looked_at   of every column the parts that anybody looks at; other texts are left NULL
    Raises NotCovered.
    """
    steps: list[Walk | tuple[str, Read]] = []
    paths = looked_at or [WHOLE] * len(row.fields)
    wanted = {field.name: (field.type, some) for field, some in zip(row.fields, paths, strict=True)}
    inner = (*around, schema)
    for field in schema.fields:
        if field.name in wanted:
            type_, some = wanted[field.name]
            steps.append((field.name, reader(field.schema, type_, inner, some)))
        else:
            steps.append(walk(field.schema, inner))
    absent = {field.name: missing(field, schema) for field in row.fields if schema.field(field.name) is None}

    def read(data: Bytes, at: Ints, rows: Rows) -> tuple[Ints, Finish]:
        found: dict[str, Finish] = {}
        for step in steps:
            if isinstance(step, tuple):
                at, found[step[0]] = step[1](data, at, rows)
            else:
                at = step(data, at)
        nothing = range(rows.count)
        return at, lambda: [absent[name](nothing) if name in absent else found[name]() for name in wanted]

    return read


def in_a_list(read: Read) -> Read:
    """As `read`, its column as the only one of a list."""

    def listed(data: Bytes, at: Ints, rows: Rows) -> tuple[Ints, Finish]:
        at, finish = read(data, at, rows)
        return at, lambda: [finish()]

    return listed


def reader(schema: Schema, type_: Type, around: tuple[Schema, ...] = (), looked_at: Paths = WHOLE) -> Read:
    """A column of `type_` of values of `schema`."""
    if not looked_at and type_.root in t.STRINGS:
        skip = walk(schema, around)
        return lambda data, at, rows: (skip(data, at), lambda: pa.nulls(rows.count, pa.string()))
    if schema.kind == "union":
        if schema.present is schema:
            raise NotCovered(f"{schema}")
        return _nullable(schema, reader(schema.present, type_, around, looked_at), arrow_type(type_))
    if schema in around:
        raise NotCovered(f"{schema} contains itself")
    if schema.kind in _READERS:
        return _READERS[schema.kind](schema, type_)
    if type_.root is Root.ROW:
        return _struct(schema, type_, around, looked_at)
    return _list(schema, type_, around) if schema.kind == "array" else _map(schema, type_, around)


def _nullable(schema: Schema, inner: Read, made: Any) -> Read:
    number = next(n for n, branch in enumerate(schema.branches) if branch.kind != "null")

    def read(data: Bytes, at: Ints, rows: Rows) -> tuple[Ints, Finish]:
        branch, at = choices(data, at, 2)
        here = np.flatnonzero(branch == number)
        if len(here) == len(at):
            return inner(data, at, rows)
        if not len(here):
            return at, lambda: pa.nulls(rows.count, made)
        at[here], finish = inner(data, at[here], rows.some(here))
        return at, finish

    return read


def _null(schema: Schema, type_: Type) -> Read:
    made = arrow_type(type_)
    return lambda data, at, rows: (at, lambda: pa.nulls(rows.count, made))


def _boolean(schema: Schema, type_: Type) -> Read:
    def read(data: Bytes, at: Ints, rows: Rows) -> tuple[Ints, Finish]:
        found, at = flags(data, at)
        return at, lambda: rows.array(found.astype(np.bool_))

    return read


def _number(schema: Schema, type_: Type) -> Read:
    convert = conversion(schema, type_)

    def read(data: Bytes, at: Ints, rows: Rows) -> tuple[Ints, Finish]:
        found, at = data.longs(at)
        return at, lambda: _judged(convert, rows.array(found))

    return read


def _float(schema: Schema, type_: Type) -> Read:
    convert = conversion(schema, type_)
    kind, size = ("<f4", 4) if schema.kind == "float" else ("<f8", 8)

    def read(data: Bytes, at: Ints, rows: Rows) -> tuple[Ints, Finish]:
        found = data.words(kind, at)
        return at + size, lambda: _judged(convert, rows.array(found))

    return read


def _judged(convert: Callable[[Any], Any], column: Any) -> Any:
    try:
        return convert(column)
    except pa.ArrowInvalid:  # a number too large, or no UTF-8
        raise Odd from None


def _enum(schema: Schema, type_: Type) -> Read:
    symbols = pa.array(schema.symbols, pa.string())

    def read(data: Bytes, at: Ints, rows: Rows) -> tuple[Ints, Finish]:
        found, at = choices(data, at, len(schema.symbols))
        return at, lambda: symbols.take(rows.array(found))

    return read


def _text(schema: Schema, type_: Type) -> Read:
    made = _made_of_bytes(schema, type_)

    def read(data: Bytes, at: Ints, rows: Rows) -> tuple[Ints, Finish]:
        length, at = data.lengths(at)
        behind = at + length
        return behind, lambda: made(texts(data, at, behind, rows))

    return read


def _fixed(schema: Schema, type_: Type) -> Read:
    made, size = _made_of_bytes(schema, type_), sized(schema)

    def read(data: Bytes, at: Ints, rows: Rows) -> tuple[Ints, Finish]:
        behind = at + size
        return behind, lambda: made(texts(data, at, behind, rows))

    return read


def _made_of_bytes(schema: Schema, type_: Type) -> Callable[[Any], Any]:
    if type_.root is Root.DECIMAL:
        build = decimals(schema, type_)
        return lambda column: _judged(lambda one: build(one.to_pylist()), column)
    made = arrow_type(type_)
    return lambda column: column if made == pa.binary() else _judged(lambda one: one.cast(made), column)


def texts(data: Bytes, starts: Ints, ends: Ints, rows: Rows) -> Any:
    """The bytes between starts and ends (ascending, and within the data) as a binary column.

    Arrow takes every second text of an array that has what lies between them as well: no copy but the last.
    """
    count = len(starts)
    if not count:
        return pa.nulls(rows.count, pa.binary())
    offsets = np.empty(2 * count, np.int32)
    offsets[0::2], offsets[1::2] = starts, ends
    every = pa.Array.from_buffers(pa.binary(), 2 * count - 1, [None, pa.py_buffer(offsets), data.buffer])
    found = every.take(pa.array(np.arange(0, 2 * count, 2, dtype=np.int32)))
    nulls = rows.nulls()
    if nulls is None:
        return found
    valid = pa.py_buffer(np.packbits(~nulls, bitorder="little"))
    places = pa.py_buffer(offsets_of(rows.spread(ends - starts)))
    return pa.Array.from_buffers(pa.binary(), rows.count, [valid, places, found.buffers()[2]])


def offsets_of(lengths: Ints) -> npt.NDArray[np.int32]:
    found = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=found[1:])
    return found


def _struct(schema: Schema, type_: Type, around: tuple[Schema, ...], looked_at: Paths) -> Read:
    if not type_.fields:
        raise NotCovered(f"{schema} without fields")
    inner = read_record(schema, type_, around, [inside(looked_at, n) for n in range(len(type_.fields))])
    fields = [pa.field(f"f{i}", arrow_type(one.type)) for i, one in enumerate(type_.fields)]

    def read(data: Bytes, at: Ints, rows: Rows) -> tuple[Ints, Finish]:
        at, finish = inner(data, at, rows)
        nulls = rows.nulls()
        mask = None if nulls is None else pa.array(nulls)
        return at, lambda: pa.StructArray.from_arrays(finish(), fields=fields, mask=mask)

    return read


def _list(schema: Schema, type_: Type, around: tuple[Schema, ...]) -> Read:
    item = element_of(schema)
    each, inner = walk(item, around), reader(item, _inner(type_.element), around)

    def read(data: Bytes, at: Ints, rows: Rows) -> tuple[Ints, Finish]:
        at, counts, starts = elements(data, at, each)

        def finish() -> Any:
            _, made = inner(data, starts, Rows(len(starts)))
            offsets, mask = _places(rows, counts)
            return pa.ListArray.from_arrays(offsets, made(), mask=mask)

        return at, finish

    return read


def _map(schema: Schema, type_: Type, around: tuple[Schema, ...]) -> Read:
    item = element_of(schema)
    value = t.INT if type_.root is Root.MULTISET else _inner(type_.element)
    behind_key, behind_value = walk(_KEY), walk(item, around)
    key, inner = reader(_KEY, t.STRING), reader(item, value, around)

    def read(data: Bytes, at: Ints, rows: Rows) -> tuple[Ints, Finish]:
        at, counts, starts = elements(data, at, lambda data, at: behind_value(data, behind_key(data, at)))

        def finish() -> Any:
            every = Rows(len(starts))
            values, keys = key(data, starts, every)
            _, made = inner(data, values, every)
            offsets, mask = _places(rows, counts)
            return pa.MapArray.from_arrays(offsets, unique_keys(keys(), counts), made(), mask=mask)

        return at, finish

    return read


_KEY = Schema("string")


def unique_keys(keys: Any, counts: npt.NDArray[Any]) -> Any:
    """The keys. Odd when one comes twice in a map: the last one counts, which the plain way sees to."""
    pairs = pa.table({"map": np.repeat(np.arange(len(counts)), counts), "key": keys})
    if pairs.group_by(["map", "key"]).aggregate([]).num_rows < len(keys):
        raise Odd
    return keys


def _places(rows: Rows, counts: Ints) -> tuple[Any, Any]:
    """(offsets, mask) of lists with so many elements."""
    nulls = rows.nulls()
    return pa.array(offsets_of(rows.spread(counts))), None if nulls is None else pa.array(nulls)


_READERS: dict[str, Callable[[Schema, Type], Read]] = {
    "null": _null, "boolean": _boolean, "int": _number, "long": _number, "float": _float, "double": _float,
    "string": _text, "bytes": _text, "fixed": _fixed, "enum": _enum,
}  # fmt: skip


def _inner(part: Type | None) -> Type:
    assert part is not None
    return part

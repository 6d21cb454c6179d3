"""Arrow columns as the Python values that an Avro encoder takes."""

from __future__ import annotations

from typing import Any

import pyarrow

from riverrun.errors import InputError
from riverrun.schema import types as t
from riverrun.schema.avro import Schema
from riverrun.schema.types import Root, Type

pa: Any = pyarrow  # the stubs know neither from_arrays with a mask nor our type table


def avro_values(column: Any, type_: Type, schema: Schema) -> list[Any]:
    """The values of a column of `type_`, for an Avro field of `schema`."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    present, root = schema.present, type_.root
    if root in t.TIMESTAMPS:
        unit = {"micros": "us", "nanos": "ns"}.get((present.logical or "").rpartition("-")[2], "ms")
        return list(array.cast(pa.timestamp(unit), safe=False).cast(pa.int64()).to_pylist())
    if root is Root.DATE:
        return list(array.cast(pa.int32()).to_pylist())
    if root is Root.TIME:
        numbers = array.cast(pa.int64()).to_pylist()
        return [one if one is None or present.logical == "time-micros" else one // 1000 for one in numbers]
    if root is Root.DECIMAL:
        return [_decimal(one, present) for one in array.to_pylist()]
    if root is Root.ROW:
        return _records(array, type_, present)
    if root in (Root.ARRAY, Root.MAP, Root.MULTISET):
        return _collections(array, type_, present)
    return list(array.to_pylist())


def _decimal(value: Any, schema: Schema) -> bytes | None:
    if value is None:
        return None
    number = int(value.scaleb(schema.scale))
    size = schema.size if schema.kind == "fixed" else (number if number >= 0 else ~number).bit_length() // 8 + 1
    return number.to_bytes(size, "big", signed=True)


def _records(array: Any, type_: Type, schema: Schema) -> list[Any]:
    names, lists = [], []
    for i, field in enumerate(type_.fields):
        found = schema.field(field.name)
        if found is None:
            raise InputError(
                f"the Avro schema has no field {field.name} in {schema}", todo="name the fields as the schema does"
            )
        names.append(field.name)
        lists.append(avro_values(array.field(i), field.type, found.schema))
    rows = zip(*lists, strict=True) if lists else iter([()] * len(array))
    return [
        dict(zip(names, row, strict=True)) if valid else None
        for row, valid in zip(rows, array.is_valid().to_pylist(), strict=False)
    ]


def _collections(array: Any, type_: Type, schema: Schema) -> list[Any]:
    assert schema.element is not None
    offsets = array.offsets.to_pylist()
    if type_.root is Root.ARRAY:
        assert type_.element is not None
        items = avro_values(array.values, type_.element, schema.element)
    else:
        element = t.INT if type_.root is Root.MULTISET else type_.element
        assert element is not None
        items = list(zip(array.keys.to_pylist(), avro_values(array.items, element, schema.element), strict=True))
    make = list if type_.root is Root.ARRAY else dict
    spans = zip(offsets, offsets[1:], array.is_valid().to_pylist(), strict=False)
    return [make(items[start:end]) if valid else None for start, end, valid in spans]

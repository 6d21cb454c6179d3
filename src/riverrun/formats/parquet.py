"""Parquet: columns by name, and the fields of rows by name, to and from the columns of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from riverrun.errors import InputError, Where, did_you_mean
from riverrun.schema.arrow import arrow_type
from riverrun.schema.types import Field, Root, Type


def from_named(table: pa.Table, fields: Sequence[Field]) -> pa.Table:
    """The columns c0, c1, ... of a batch from a table with names; a column that is not there is NULL."""
    arrays = []
    for field in fields:
        wanted = arrow_type(field.type)
        at = table.schema.get_field_index(field.name)
        if at < 0:
            arrays.append(pa.chunked_array([pa.nulls(table.num_rows, wanted)]))
            continue
        try:
            chunks = [_unnamed(chunk, field.type) for chunk in table.column(at).chunks]
            arrays.append(pa.chunked_array(chunks, wanted))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise InputError(
                f"{table.schema.field(at).type} cannot be read as {field.type}: {error}", where=Where(path=field.name)
            ) from error
    return pa.Table.from_arrays(arrays, names=[f"c{n}" for n in range(len(arrays))])


def _unnamed(array: Any, type_: Type) -> Any:
    """The array with the type of a batch's column: fields by number, times without zone."""
    if type_.root is Root.ROW:
        names = [array.type.field(n).name for n in range(array.type.num_fields)]
        parts = []
        for field in type_.fields:
            if field.name not in names:
                raise pa.ArrowInvalid(f"no field {field.name}; {did_you_mean(field.name, names)}")
            parts.append(_unnamed(array.field(names.index(field.name)), field.type))
        return pa.StructArray.from_arrays(parts, [f"f{n}" for n in range(len(parts))], mask=array.is_null())
    if type_.root is Root.ARRAY and type_.element is not None:
        values = _unnamed(array.values, type_.element)
        made = pa.ListArray.from_arrays(array.offsets, values, mask=array.is_null() if array.null_count else None)
        return made.cast(arrow_type(type_))
    return array.cast(arrow_type(type_))


def to_named(table: pa.Table, fields: Sequence[Field]) -> pa.Table:
    """A table with the fields' names, also inside rows, from the columns of a batch."""
    arrays = [_named(table.column(f"c{n}").combine_chunks(), field.type) for n, field in enumerate(fields)]
    return pa.Table.from_arrays(arrays, names=[field.name for field in fields])


def _named(array: Any, type_: Type) -> Any:
    if type_.root is Root.ROW:
        parts = [_named(array.field(n), field.type) for n, field in enumerate(type_.fields)]
        return pa.StructArray.from_arrays(parts, [field.name for field in type_.fields], mask=array.is_null())
    if type_.root is Root.ARRAY and type_.element is not None:
        values = _named(array.values, type_.element)
        return pa.ListArray.from_arrays(array.offsets, values, mask=array.is_null() if array.null_count else None)
    if type_.root is Root.TIMESTAMP_LTZ:
        return array.cast(pa.timestamp(array.type.unit, "UTC"))
    return array


def named_schema(fields: Sequence[Field]) -> pa.Schema:
    """The schema that `to_named` gives."""
    return to_named(
        pa.schema([(f"c{n}", arrow_type(f.type)) for n, f in enumerate(fields)]).empty_table(), fields
    ).schema

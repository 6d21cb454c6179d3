"""From decoded Avro records to Arrow columns, resolved from the writer's schema to the types of a table."""

from __future__ import annotations

import decimal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import fastavro
import pyarrow
import pyarrow.compute

from riverrun.errors import InputError, Where, did_you_mean
from riverrun.schema import types as t
from riverrun.schema.arrow import arrow_type
from riverrun.schema.avro import Schema, parse
from riverrun.schema.types import Root, Type

pa: Any = pyarrow  # the stubs know neither from_arrays with a mask nor our type table
pc: Any = pyarrow.compute

_Part = TypeVar("_Part")
Build = Callable[[Sequence[Any]], Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """How records of one schema become the columns of one table.

    array_schema    array of the written record; reader_schema the same with only the fields asked for
    """

    names: tuple[str | None, ...]
    builds: tuple[Build, ...]
    array_schema: Any
    reader_schema: Any

    def batch(self, rows: Sequence[Any]) -> Any:
        arrays = [
            build([None] * len(rows) if name is None else [None if row is None else row[name] for row in rows])
            for name, build in zip(self.names, self.builds, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, names=[f"c{i}" for i in range(len(arrays))])


def columns_of(writer_schema: Any, row: Type, *, legacy_timestamps: bool = True) -> Columns:
    """Raises InputError where a column cannot be read from what is written."""
    writer = parse(writer_schema)
    if writer.kind != "record":
        raise InputError(f"a table reads records, not {writer}")
    names: list[str | None] = []
    builds: list[Build] = []
    for field in row.fields:
        found = writer.field(field.name)
        names.append(found.name if found else None)
        builds.append(_build(found.schema, field.type, field.name) if found else missing(field, writer))
    plain = _without_logical_types(writer_schema)
    wanted = {name for name in names if name is not None}
    reader = {**plain, "fields": [field for field in plain["fields"] if field["name"] in wanted]}
    whole = len(reader["fields"]) == len(plain["fields"]) or _has_references(plain)
    array = fastavro.parse_schema({"type": "array", "items": plain}, expand=False)
    return Columns(
        tuple(names),
        tuple(builds),
        array,
        None if whole else fastavro.parse_schema({"type": "array", "items": reader}, expand=False),
    )


def _without_logical_types(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            name: _without_logical_types(part) if name in ("type", "fields", "items", "values") else part
            for name, part in schema.items()
            if name != "logicalType"
        }
    return [_without_logical_types(part) for part in schema] if isinstance(schema, list) else schema


def _has_references(schema: Any) -> bool:
    """Whether a named type is used again: then no field can be left out, for it may hold the declaration."""
    known = {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}
    known |= {"record", "error", "enum", "fixed", "array", "map"}
    if isinstance(schema, str):
        return schema not in known
    if isinstance(schema, list):
        return any(map(_has_references, schema))
    parts = [schema[name] for name in ("type", "items", "values") if name in schema]
    return any(map(_has_references, parts)) or any(_has_references(one["type"]) for one in schema.get("fields", ()))


def missing(field: t.Field, writer: Schema) -> Build:
    if not field.type.nullable:
        raise InputError(
            f"the column is NOT NULL, and {writer} has no such field",
            where=Where(path=field.name), todo=did_you_mean(field.name, [one.name for one in writer.fields]),
        )  # fmt: skip
    made = arrow_type(field.type)
    return lambda values: pa.nulls(len(values), made)


_READS: dict[Root, tuple[str, ...]] = {
    Root.BOOLEAN: ("boolean",),
    Root.TINYINT: ("int",), Root.SMALLINT: ("int",), Root.INTEGER: ("int",), Root.BIGINT: ("int", "long"),
    Root.FLOAT: ("int", "long", "float"), Root.DOUBLE: ("int", "long", "float", "double"),
    Root.CHAR: ("string", "enum"), Root.VARCHAR: ("string", "enum"),
    Root.BINARY: ("bytes", "fixed"), Root.VARBINARY: ("bytes", "fixed"),
    Root.DATE: ("int",), Root.TIME: ("int", "long"), Root.TIMESTAMP: ("long",), Root.TIMESTAMP_LTZ: ("long",),
    Root.DECIMAL: ("bytes", "fixed"), Root.ARRAY: ("array",), Root.MAP: ("map",), Root.MULTISET: ("map",),
    Root.ROW: ("record",), Root.NULL: ("null",),
}  # fmt: skip


def _build(schema: Schema, type_: Type, path: str) -> Build:
    present, root = schema.present, type_.root
    if present.kind not in _READS.get(root, ()):
        raise InputError(
            f"{schema} cannot be read as {type_}",
            where=Where(path=path),
            todo="riverrun schema ddl prints columns that fit",
        )
    if root is Root.ROW:
        return _struct(present, type_, path)
    if root is Root.ARRAY:
        return _list(present, type_, path)
    if root in (Root.MAP, Root.MULTISET):
        return _map(present, type_, path)
    if root is Root.DECIMAL:
        if present.logical != "decimal":
            raise InputError(f"{schema} is not a decimal", where=Where(path=path), todo='add "logicalType": "decimal"')
        return decimals(present, type_)
    if root in (Root.DATE, Root.TIME, *t.TIMESTAMPS):
        convert, written = conversion(present, type_), pa.int32() if root is Root.DATE else pa.int64()
        return lambda values: convert(pa.array(values, written))
    made = arrow_type(type_)
    return lambda values: pa.array(values, made)


_UNITS = {"millis": 1000, "micros": 1}


def conversion(schema: Schema, type_: Type) -> Callable[[Any], Any]:
    """From a column of the written numbers to one of `type_`. Times are of the written unit, milliseconds where the
    schema does not say."""
    made = arrow_type(type_)
    if type_.root is Root.DATE:
        return lambda numbers: numbers.cast(pa.int32()).cast(made)
    unit = (schema.logical or "").rpartition("-")[2]
    if type_.root in t.TIMESTAMPS:
        written = {"micros": "us", "nanos": "ns"}.get(unit, "ms")
        return lambda numbers: numbers.cast(pa.timestamp(written)).cast(made, safe=False)
    if type_.root is Root.TIME:
        factor = _UNITS.get(unit, 1000)
        return lambda numbers: pc.multiply(numbers, factor).cast(made)
    return lambda numbers: numbers.cast(made)


def decimals(schema: Schema, type_: Type) -> Build:
    made, scale = arrow_type(type_), schema.scale
    context = decimal.Context(prec=100)

    def convert(raw: bytes | None) -> decimal.Decimal | None:
        return None if raw is None else context.scaleb(decimal.Decimal(int.from_bytes(raw, "big", signed=True)), -scale)

    written = pa.decimal128(max(schema.precision, 1), scale)
    return lambda values: pa.array([convert(one) for one in values], written).cast(made, safe=False)


def _struct(schema: Schema, type_: Type, path: str) -> Build:
    parts: list[tuple[str | None, Build]] = []
    for field in type_.fields:
        found = schema.field(field.name)
        here = f"{path}.{field.name}"
        parts.append((field.name, _build(found.schema, field.type, here)) if found else (None, missing(field, schema)))
    fields = [pa.field(f"f{i}", arrow_type(one.type)) for i, one in enumerate(type_.fields)]

    def build(values: Sequence[Any]) -> Any:
        if not parts:
            return pa.array([None if one is None else {} for one in values], pa.struct([]))
        nulls = None in values
        arrays = [
            make([None if one is None else one[name] for one in values] if name else [None] * len(values))
            for name, make in parts
        ]
        mask = pa.array([one is None for one in values]) if nulls else None
        return pa.StructArray.from_arrays(arrays, fields=fields, mask=mask)

    return build


def _offsets(values: Sequence[Any]) -> tuple[Any, Any]:
    offsets, at = [0], 0
    for one in values:
        at += len(one) if one is not None else 0
        offsets.append(at)
    mask = pa.array([one is None for one in values]) if None in values else None
    return pa.array(offsets, pa.int32()), mask


def _list(schema: Schema, type_: Type, path: str) -> Build:
    inner = _build(_inner(schema.element), _inner(type_.element), path + "[]")

    def build(values: Sequence[Any]) -> Any:
        offsets, mask = _offsets(values)
        flat = inner([item for one in values if one is not None for item in one])
        return pa.ListArray.from_arrays(offsets, flat, mask=mask)

    return build


def _map(schema: Schema, type_: Type, path: str) -> Build:
    multiset = type_.root is Root.MULTISET
    element = t.INT if multiset else _inner(type_.element)
    inner = _build(_inner(schema.element), element, path + "{}")
    key = _inner(type_.element if multiset else type_.key)
    if key.root not in t.STRINGS:
        raise InputError(f"the keys of an Avro map are strings, not {key}", where=Where(path=path))

    def build(values: Sequence[Any]) -> Any:
        offsets, mask = _offsets(values)
        keys = pa.array([item for one in values if one is not None for item in one], pa.string())
        flat = inner([item for one in values if one is not None for item in one.values()])
        return pa.MapArray.from_arrays(offsets, keys, flat, mask=mask)

    return build


def _inner(part: _Part | None) -> _Part:
    assert part is not None
    return part

"""Avro types and Flink types, both ways, as Flink's avro format sees them; CREATE TABLE for a schema.

Source: Flink 2.3's AvroSchemaConverter and the documentation of the avro and avro-confluent formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from riverrun.errors import InputError, UnsupportedError, Where
from riverrun.schema import types as t
from riverrun.schema.avro import Schema
from riverrun.schema.types import Root, Type

_PLAIN = {
    "null": t.NULL, "boolean": t.BOOLEAN, "int": t.INT, "long": t.BIGINT, "float": t.FLOAT, "double": t.DOUBLE,
    "bytes": t.BYTES_TYPE, "string": t.STRING, "enum": t.STRING,
}  # fmt: skip


def to_type(schema: Schema, *, legacy_timestamps: bool = True) -> Type:
    """The Flink type of an Avro schema. NOT NULL unless a union with null.

    legacy_timestamps   Flink's `avro.timestamp_mapping.legacy`: timestamp-* is TIMESTAMP; otherwise TIMESTAMP_LTZ
    Raises UnsupportedError for what Flink has no type for: other unions, a record that contains itself.
    """
    return _to_type(schema, legacy_timestamps, "", ())


def _to_type(schema: Schema, legacy: bool, path: str, around: tuple[Schema, ...]) -> Type:
    """`around`: the records that contain this type."""
    if schema.kind == "union":
        if schema.present is schema:
            raise UnsupportedError(
                f"Flink has no type for {schema}",
                where=Where(path=path or None), todo="use a union of null and one type",
            )  # fmt: skip
        return _to_type(schema.present, legacy, path, around).null()
    return _present_type(schema, legacy, path, around).with_nullable(schema.kind == "null")


def _present_type(schema: Schema, legacy: bool, path: str, around: tuple[Schema, ...]) -> Type:
    if schema.logical is not None:
        logical = _logical(schema, legacy)
        if logical is not None:
            return logical
    if schema.kind == "record":
        if schema in around:
            where = Where(path=path or None)
            raise UnsupportedError(f"Flink has no type for {schema}, which contains itself", where=where)
        inner = (*around, schema)
        fields = [(one, _to_type(one.schema, legacy, f"{path}.{one.name}".lstrip("."), inner)) for one in schema.fields]
        return Type(Root.ROW, fields=tuple(t.Field(one.name, type_, one.doc) for one, type_ in fields))
    if schema.element is not None:
        element = _to_type(schema.element, legacy, path + "[]", around)
        return t.array(element) if schema.kind == "array" else t.map_of(t.STRING.not_null(), element)
    if schema.kind == "fixed":
        return Type(Root.BINARY, length=schema.size)
    return _PLAIN[schema.kind]


def _logical(schema: Schema, legacy: bool) -> Type | None:
    logical = schema.logical or ""
    if logical == "decimal":
        return t.decimal(schema.precision, schema.scale)
    if logical == "date":
        return t.DATE
    if logical in ("time-millis", "time-micros"):
        return t.time(3 if logical == "time-millis" else 6)
    precision = {"millis": 3, "micros": 6, "nanos": 9}.get(logical.rpartition("-")[2])
    if logical.startswith("timestamp-") and precision:
        return t.timestamp(precision) if legacy else t.timestamp_ltz(precision)
    if logical.startswith("local-timestamp-") and precision:
        return t.timestamp(precision)
    return None


def from_type(type_: Type, *, legacy_timestamps: bool = True, name: str = "record") -> Any:
    """The Avro schema (JSON) that Flink generates for a type: `record`, nested `record_<field>`, nullable [null, T]."""
    if type_.root is Root.ROW and name == "record":
        type_ = type_.not_null()
    made = _from_type(type_, legacy_timestamps, name)
    return ["null", made] if type_.nullable and type_.root is not Root.NULL else made


_PLAIN_ROOTS = {
    Root.NULL: "null", Root.BOOLEAN: "boolean", Root.TINYINT: "int", Root.SMALLINT: "int", Root.INTEGER: "int",
    Root.BIGINT: "long", Root.FLOAT: "float", Root.DOUBLE: "double", Root.CHAR: "string", Root.VARCHAR: "string",
    Root.BINARY: "bytes", Root.VARBINARY: "bytes",
}  # fmt: skip


def _from_type(type_: Type, legacy: bool, name: str) -> Any:
    root = type_.root
    if root in _PLAIN_ROOTS:
        return _PLAIN_ROOTS[root]
    if root is Root.ROW:
        fields = []
        for one in type_.fields:
            inner = from_type(one.type, legacy_timestamps=legacy, name=f"{name}_{one.name}")
            fields.append({"name": one.name, "type": inner, **({"default": None} if isinstance(inner, list) else {})})
        return {"type": "record", "name": name, "namespace": "org.apache.flink.avro.generated", "fields": fields}
    if root is Root.ARRAY:
        return {"type": "array", "items": from_type(_inner(type_.element), legacy_timestamps=legacy, name=name)}
    if root in (Root.MAP, Root.MULTISET):
        key = type_.key if root is Root.MAP else type_.element
        if key is None or key.root not in t.STRINGS:
            raise InputError(f"Avro writes maps with string keys only, not {type_}", todo="make the key a STRING")
        value = _inner(type_.element) if root is Root.MAP else t.INT.not_null()
        return {"type": "map", "values": from_type(value, legacy_timestamps=legacy, name=name)}
    return _from_time(type_, legacy)


def _from_time(type_: Type, legacy: bool) -> Any:
    root, precision = type_.root, type_.precision
    if root is Root.DECIMAL:
        return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": type_.scale}
    if root is Root.DATE:
        return {"type": "int", "logicalType": "date"}
    if root is Root.TIME and precision <= 3:
        return {"type": "int", "logicalType": "time-millis"}
    if root is Root.TIMESTAMP_LTZ and legacy:
        raise InputError(
            f"the avro format cannot write {type_.summary(nullability=False)}",
            todo="set 'avro.timestamp_mapping.legacy' = 'false', or cast the column to TIMESTAMP",
        )
    if root in t.TIMESTAMPS and precision <= (3 if legacy else 6):
        unit = "millis" if precision <= 3 else "micros"
        local = "local-" if root is Root.TIMESTAMP and not legacy else ""
        return {"type": "long", "logicalType": f"{local}timestamp-{unit}"}
    raise InputError(
        f"the avro format cannot write {type_.summary(nullability=False)}",
        todo="cast the column to a type that Avro has, for example TIMESTAMP(3), TIME(3) or STRING",
    )


def _inner(type_: Type | None) -> Type:
    assert type_ is not None
    return type_


def create_table(
    schema: Schema, name: str, options: dict[str, str], *, legacy_timestamps: bool = True, more: Sequence[str] = ()
) -> str:
    """The CREATE TABLE statement for records of `schema`, with a comment per documented field; `more`: further columns
    and a watermark, as SQL."""
    if schema.kind != "record":
        raise InputError(f"a table needs a record, not {schema}", todo="wrap the type in a record")
    row = to_type(schema, legacy_timestamps=legacy_timestamps)
    width = max((len(quoted(one.name)) for one in row.fields), default=0)
    columns = []
    for one in row.fields:
        comment = f" COMMENT {text(' '.join(one.description.split()))}" if one.description else ""
        columns.append(f"  {quoted(one.name):<{width}} {sql(one.type)}{comment}")
    columns += [f"  {one}" for one in more]
    settings = ",\n".join(f"  {text(key)} = {text(value)}" for key, value in options.items())
    comment = f" COMMENT {text(' '.join(schema.doc.split()))}" if schema.doc else ""
    return f"CREATE TABLE {quoted(name)} (\n" + ",\n".join(columns) + f"\n){comment} WITH (\n{settings}\n);"


def sql(type_: Type) -> str:
    """The type as it is written in DDL."""
    if type_.root is Root.ROW:
        inner = ", ".join(f"{quoted(one.name)} {sql(one.type)}" for one in type_.fields)
        made = f"ROW<{inner}>"
    elif type_.root is Root.ARRAY:
        made = f"ARRAY<{sql(_inner(type_.element))}>"
    elif type_.root is Root.MAP:
        made = f"MAP<{sql(_inner(type_.key))}, {sql(_inner(type_.element))}>"
    else:
        return type_.summary()
    return made if type_.nullable else made + " NOT NULL"


def quoted(name: str) -> str:
    return f"`{t.escape(name)}`"


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

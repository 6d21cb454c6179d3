"""SQL values as JSON text: what JSON_STRING, JSON_OBJECT and JSON_ARRAY write."""

from __future__ import annotations

from riverrun.schema.types import BYTES, INTEGERS, INTERVALS, STRINGS, Root, Type
from riverrun.sql.expr import Call, Expr
from riverrun.sql.functions.casting import decimal_text
from riverrun.sql.functions.common import is_timestamp
from riverrun.sql.functions.entry import InvalidCall
from riverrun.sql.functions.physical import is_nanos
from riverrun.sql.functions.render import place

# Constructors put each other's results in as they are.
RAW = ("JSON_OBJECT", "JSON_ARRAY", "JSON")


def check(type_: Type) -> None:
    """InvalidCall for a type that has no JSON form in Flink."""
    if type_.root in (*INTERVALS, Root.MULTISET, Root.DATE, Root.TIME, Root.NULL):
        raise InvalidCall(f"a {type_.null()} has no JSON form; CAST it to STRING")
    if type_.root is Root.MAP and type_.key is not None and type_.key.root not in STRINGS:
        raise InvalidCall(f"only maps with STRING keys have a JSON form, not {type_.null()}")
    for inner in (type_.element, *(field.type for field in type_.fields)):
        if inner is not None:
            check(inner)


def is_raw(expr: Expr) -> bool:
    return isinstance(expr, Call) and expr.function in RAW


def member(expr: Expr, text: str) -> str:
    """The JSON of a value of JSON_OBJECT or JSON_ARRAY; NULL for NULL."""
    if isinstance(expr, Call) and expr.function in RAW:
        return f"rr_json_raw({text}, {place(expr.span)})" if expr.function == "JSON" else text
    return json_text(text, expr.type)


def json_text(value: str, type_: Type) -> str:
    """The JSON of a value in DuckDB SQL; NULL for NULL."""
    root = type_.root
    if root in STRINGS:
        return f"rr_json_text({value})"
    if root in INTEGERS or root is Root.BOOLEAN:
        return f"CAST({value} AS VARCHAR)"
    if root is Root.DECIMAL:
        text = decimal_text(value, type_)
        return f"rr_json_decimal({text})" if type_.scale > 6 else text
    if root in (Root.DOUBLE, Root.FLOAT):
        return f"rr_json_double(CAST({value} AS DOUBLE))"
    if root in BYTES:
        return f"('\"' || base64({value}) || '\"')"
    if is_timestamp(type_):
        end = 'Z"' if root is Root.TIMESTAMP_LTZ else '"'
        return f"('\"' || {_moment(value, type_)} || '{end}')"
    return _nested(value, type_)


def _moment(value: str, type_: Type) -> str:
    """`yyyy-MM-ddTHH:mm:ss[.f]` with a fraction only where there is one."""
    digits = "%n" if is_nanos(type_) else "%f"
    whole = f"strftime({value}, '%Y-%m-%dT%H:%M:%S.{digits}')"
    return f"regexp_replace({whole}, '[.]?0*$', '')"


def _nested(value: str, type_: Type) -> str:
    if type_.root is Root.ROW:
        names = ", ".join("'" + field.name.replace("'", "''") + "'" for field in type_.fields)
        parts = ", ".join(
            json_text(f"struct_extract({value}, 'f{i}')", field.type) for i, field in enumerate(type_.fields)
        )
        return f"(CASE WHEN {value} IS NOT NULL THEN rr_json_object([{names}], [{parts}], 'NULL') END)"
    assert type_.element is not None
    if type_.root is Root.ARRAY:
        items = f"list_transform({value}, lambda _x: COALESCE({json_text('_x', type_.element)}, 'null'))"
        return f"('[' || array_to_string({items}, ',') || ']')"
    values = f"list_transform(map_values({value}), lambda _x: {json_text('_x', type_.element)})"
    return f"(CASE WHEN {value} IS NOT NULL THEN rr_json_object(map_keys({value}), {values}, 'NULL') END)"

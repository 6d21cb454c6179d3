"""JSON values to Avro: what fits which type, and its bytes, by the rules of Divolte (Jackson), its mistakes mended.

A coercion never fails half-way: a value fits and gives bytes, or raises `DoesNotFit` and the field is left as it was.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from riverrun.formats import avro_binary as binary
from riverrun.formats.avro import encoder
from riverrun.mapping.values.json import NULL, number_text
from riverrun.schema.avro import Field, Schema, default_value

Coercer = Callable[[Any], bytes]
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}\Z", re.ASCII)
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?\Z|[+-]?(?:NaN|INF|Infinity)\Z", re.ASCII
)


class DoesNotFit(Exception):
    """The JSON value cannot become a value of the Avro type."""


def coercer(schema: Schema) -> Coercer:
    """A function from JSON to Avro binary of `schema`, whose unions are all of one type and perhaps null."""
    return _Coercers().of(schema)


class _Coercers:
    def __init__(self) -> None:
        self._made: dict[int, Coercer] = {}

    def of(self, schema: Schema) -> Coercer:
        """A record may contain itself, so the coercer of one is looked up when it is called."""
        if id(schema) in self._made:
            return lambda value: self._made[id(schema)](value)
        self._made[id(schema)] = _unfinished
        made = self._made[id(schema)] = self._make(schema)
        return made

    def _make(self, schema: Schema) -> Coercer:
        if schema.kind == "union":
            return self._union(schema)
        if schema.kind == "record":
            return self._record(schema)
        if schema.element is not None:
            return self._array(schema.element) if schema.kind == "array" else self._map(schema.element)
        if schema.kind == "null":
            return _null
        return _unwrapped(_SCALARS[schema.kind](schema))

    def _union(self, schema: Schema) -> Coercer:
        branches = [(binary.encode_long(i), branch) for i, branch in enumerate(schema.branches)]
        null = next((number for number, branch in branches if branch.kind == "null"), None)
        others = [(number, self.of(branch)) for number, branch in branches if branch.kind != "null"]
        if not others:
            return lambda value: null if null is not None and value in (None, NULL) else _fail(value, schema)
        prefix, inner = others[0]

        def coerce(value: Any) -> bytes:
            if value is None or value is NULL:
                return null if null is not None else _fail(value, schema)
            return prefix + inner(value)

        return coerce

    def _record(self, schema: Schema) -> Coercer:
        fields = [(one.name, self.of(one.schema), default_bytes(one)) for one in schema.fields]

        def coerce(value: Any) -> bytes:
            if not isinstance(value, dict):
                return _fail(value, schema)
            parts = []
            for name, inner, default in fields:
                if name in value:
                    parts.append(inner(value[name]))
                elif default is None:
                    raise DoesNotFit(f"the member {name} of {schema} is missing")
                else:
                    parts.append(default)
            return b"".join(parts)

        return coerce

    def _array(self, element: Schema) -> Coercer:
        inner = self.of(element)

        def coerce(value: Any) -> bytes:
            if value is None or value is NULL:
                raise DoesNotFit("null is no array")
            items = value if isinstance(value, list) else [value]
            if not items:
                return b"\x00"
            return b"".join((binary.encode_long(len(items)), *map(inner, items), b"\x00"))

        return coerce

    def _map(self, element: Schema) -> Coercer:
        inner = self.of(element)

        def coerce(value: Any) -> bytes:
            if not isinstance(value, dict):
                raise DoesNotFit(f"{_shown(value)} is no object")
            if not value:
                return b"\x00"
            parts = [binary.encode_long(len(value))]
            for name, one in value.items():
                parts += (binary.encode_text(name), inner(one))
            return b"".join((*parts, b"\x00"))

        return coerce


def default_bytes(field: Field) -> bytes | None:
    """The Avro binary of a field's default; None when it has none."""
    return encoder(field.schema)(default_value(field.default, field.schema)) if field.has_default else None


def _unfinished(value: Any) -> bytes:
    raise AssertionError("a coercer was used while it was being made")


def _fail(value: Any, schema: Schema) -> bytes:
    raise DoesNotFit(f"{_shown(value)} is no {schema}")


def _shown(value: Any) -> str:
    kinds = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        Decimal: "a number",
        str: "a text",
        list: "an array",
    }
    return "null" if value is None or value is NULL else kinds.get(type(value), "an object")


def _null(value: Any) -> bytes:
    if value is not None and value is not NULL:
        raise DoesNotFit(f"{_shown(value)} is not null")
    return b""


def _unwrapped(inner: Coercer) -> Coercer:
    """A list of one value is taken for the value."""

    def coerce(value: Any) -> bytes:
        return inner(value[0] if isinstance(value, list) and len(value) == 1 else value)

    return coerce


def _boolean(schema: Schema) -> Coercer:
    def coerce(value: Any) -> bytes:
        if isinstance(value, int):
            return binary.TRUE if value else binary.FALSE
        if isinstance(value, str) and value.strip() in ("true", "True", "false", "False"):
            return binary.TRUE if value.strip() in ("true", "True") else binary.FALSE
        return _fail(value, schema)

    return coerce


def _integer(schema: Schema) -> Coercer:
    encode = binary.encode_int if schema.kind == "int" else binary.encode_long

    def coerce(value: Any) -> bytes:
        number = _whole(value)
        if number is None:
            return _fail(value, schema)
        try:
            return encode(number)
        except OverflowError as error:
            raise DoesNotFit(str(error)) from error

    return coerce


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, (float, Decimal)):
        return int(value) if abs(float(value)) < 2**64 else None
    if isinstance(value, str) and _INTEGER.match(value.strip()):
        return int(value)
    return None


def _floating(schema: Schema) -> Coercer:
    pack = binary.pack_float if schema.kind == "float" else binary.pack_double

    def coerce(value: Any) -> bytes:
        if isinstance(value, str) and _NUMBER.match(value.strip()):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
            return _fail(value, schema)
        try:
            return pack(float(value))
        except OverflowError as error:
            raise DoesNotFit(f"the number is too large for {schema}") from error

    return coerce


def _string(schema: Schema) -> Coercer:
    def coerce(value: Any) -> bytes:
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, (int, float, Decimal)):
            value = number_text(value)
        return binary.encode_text(value) if isinstance(value, str) else _fail(value, schema)

    return coerce


def _bytes(schema: Schema) -> Coercer:
    def coerce(value: Any) -> bytes:
        if isinstance(value, str):
            try:
                raw = base64.b64decode(value, validate=True)
            except ValueError as error:
                raise DoesNotFit("the text is not base64") from error
        elif isinstance(value, bytes):
            raw = value
        else:
            return _fail(value, schema)
        if schema.kind == "bytes":
            return binary.encode_bytes(raw)
        if len(raw) != schema.size:
            raise DoesNotFit(f"{len(raw)} bytes are no {schema} of {schema.size}")
        return raw

    return coerce


def _enum(schema: Schema) -> Coercer:
    symbols = {symbol: binary.encode_long(i) for i, symbol in enumerate(schema.symbols)}

    def coerce(value: Any) -> bytes:
        found = symbols.get(value) if isinstance(value, str) else None
        if found is None:
            raise DoesNotFit(f"{_shown(value)} is no symbol of {schema}")
        return found

    return coerce


_SCALARS: dict[str, Callable[[Schema], Coercer]] = {
    "boolean": _boolean, "int": _integer, "long": _integer, "float": _floating, "double": _floating,
    "string": _string, "bytes": _bytes, "fixed": _bytes, "enum": _enum,
}  # fmt: skip


def unsupported_union(schema: Schema, seen: frozenset[int] = frozenset()) -> Schema | None:
    """The first union in `schema` of several real types, which JSON cannot be coerced to."""
    if id(schema) in seen:
        return None
    seen |= {id(schema)}
    if schema.kind == "union":
        others = [branch for branch in schema.branches if branch.kind != "null"]
        return schema if len(others) > 1 else next((f for one in others if (f := unsupported_union(one, seen))), None)
    inside = [one.schema for one in schema.fields] + ([schema.element] if schema.element else [])
    return next((found for one in inside if (found := unsupported_union(one, seen))), None)

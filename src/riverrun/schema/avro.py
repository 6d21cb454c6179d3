"""Avro schemas as a tree: parsed from JSON with every mistake at once, each with its path in the schema.

Source: the Avro 1.12 specification, schema declaration. Fingerprints and the canonical form are fastavro's.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from riverrun.errors import InputError, Problem, Where, did_you_mean

PRIMITIVES = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
_COMPLEX = ("record", "error", "enum", "fixed", "array", "map")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
_KNOWN = {"type", "name", "namespace", "fields", "symbols", "items", "values", "size", "doc", "aliases", "default"}
NO_DEFAULT: Any = object()


@dataclass(eq=False, slots=True)
class Field:
    """A field of a record. `default` is JSON, or NO_DEFAULT."""

    name: str
    schema: Schema
    default: Any = NO_DEFAULT
    aliases: tuple[str, ...] = ()
    doc: str | None = None

    @property
    def has_default(self) -> bool:
        return self.default is not NO_DEFAULT


@dataclass(eq=False, slots=True)
class Schema:
    """A type of a schema; compared by identity, because a record may contain itself.

    kind      one of PRIMITIVES, record, enum, fixed, array, map, union
    name      full name of a record, enum or fixed
    element   type of the items of an array, of the values of a map
    branches  of a union
    logical   the logical type, when it is one that fits; `precision` and `scale` of a decimal
    """

    kind: str
    name: str | None = None
    fields: tuple[Field, ...] = ()
    symbols: tuple[str, ...] = ()
    default_symbol: str | None = None
    size: int = 0
    element: Schema | None = None
    branches: tuple[Schema, ...] = ()
    logical: str | None = None
    precision: int = 0
    scale: int = 0
    aliases: tuple[str, ...] = ()
    doc: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def field(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)

    @property
    def nullable(self) -> bool:
        return self.kind == "null" or any(branch.kind == "null" for branch in self.branches)

    @property
    def present(self) -> Schema:
        """The type of a value that is there: the other branch of a union of null and one type, else the type itself."""
        others = [branch for branch in self.branches if branch.kind != "null"]
        return others[0] if len(others) == 1 and len(self.branches) == 2 else self

    def __str__(self) -> str:
        """Short, for messages: `union of null, string`, `array of long`, `record shop.Click`, `long (date)`.

        >>> print(parse(["null", {"type": "array", "items": "long"}]))
        union of null, array of long
        """
        if self.kind == "union":
            return "union of " + ", ".join(map(str, self.branches))
        if self.kind in ("array", "map"):
            return f"{self.kind} of {self.element}"
        text = f"{self.kind} {self.name}" if self.name else self.kind
        return f"{text} ({self.logical})" if self.logical else text


def load(path: Path) -> Schema:
    """The schema in a file. Raises InputError with every mistake."""
    return parse(load_json(path), file=str(path))


def load_json(path: Path) -> Any:
    """The JSON of a schema file, checked for being JSON only."""
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"cannot read the schema: {error.strerror}", where=Where(str(path))) from error
    except UnicodeDecodeError as error:
        raise InputError("the schema is not UTF-8 text", where=Where(str(path))) from error
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}", where=Where(str(path), error.lineno, error.colno)) from error


def parse(source: Any, *, file: str | None = None) -> Schema:
    """The schema that `source` (parsed JSON) declares. Raises InputError with every mistake."""
    parser = _Parser(file)
    schema = parser.type(source, "", "")
    if parser.problems:
        raise InputError(parser.problems)
    return schema


class _Parser:
    def __init__(self, file: str | None) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.named: dict[str, Schema] = {}

    def wrong(self, path: str, what: str, todo: str | None = None) -> Schema:
        self.problems.append(Problem(what, Where(self.file, path=path or None), todo))
        return Schema("null")

    def type(self, source: Any, namespace: str, path: str) -> Schema:
        if isinstance(source, str):
            return self.reference(source, namespace, path)
        if isinstance(source, list):
            return self.union(source, namespace, path)
        if not isinstance(source, dict):
            return self.wrong(path, f"a type is a name, a list or an object, not {json.dumps(source, default=str)}")
        kind = source.get("type")
        if kind in PRIMITIVES or kind in _COMPLEX:
            schema = getattr(self, f"_{kind}", self._primitive)(source, namespace, path)
            _add_logical_type(schema, source)
            return schema
        if isinstance(kind, (dict, list, str)):
            return self.type(kind, namespace, path)
        return self.wrong(path, "a type without its `type`", "say " + ", ".join((*PRIMITIVES, *_COMPLEX)))

    def reference(self, name: str, namespace: str, path: str) -> Schema:
        if name in PRIMITIVES:
            return Schema(name)
        full = _full_name(name, namespace)
        found = self.named.get(full) or self.named.get(name)
        if found is None:
            return self.wrong(path, f"unknown type {name}", did_you_mean(name, {*PRIMITIVES, *_COMPLEX, *self.named}))
        return found

    def union(self, source: list[Any], namespace: str, path: str) -> Schema:
        branches = tuple(self.type(one, namespace, path) for one in source)
        if any(branch.kind == "union" for branch in branches):
            self.wrong(path, "a union directly in a union")
        seen: set[str] = set()
        for branch in branches:
            key = branch.name or branch.kind
            if key in seen and branch.kind != "union":
                self.wrong(path, f"a union with {key} twice")
            seen.add(key)
        return Schema("union", branches=branches)

    def _primitive(self, source: dict[str, Any], namespace: str, path: str) -> Schema:
        return Schema(source["type"], doc=source.get("doc"), attributes=_attributes(source))

    def _array(self, source: dict[str, Any], namespace: str, path: str) -> Schema:
        return self.container(source, namespace, path, "items")

    def _map(self, source: dict[str, Any], namespace: str, path: str) -> Schema:
        return self.container(source, namespace, path, "values")

    def container(self, source: dict[str, Any], namespace: str, path: str, member: str) -> Schema:
        if member not in source:
            return self.wrong(path, f"{source['type']} without `{member}`")
        element = self.type(source[member], namespace, f"{path}[]" if member == "items" else f"{path}{{}}")
        return Schema(source["type"], element=element, attributes=_attributes(source))

    def named_type(self, source: dict[str, Any], namespace: str, path: str, kind: str) -> tuple[Schema, str]:
        name = source.get("name")
        if not isinstance(name, str) or not all(map(_NAME.match, name.split("."))):
            self.wrong(path, f"{name!r} is not the name of a {kind}", "use letters, digits and _, not a digit first")
            return Schema(kind), namespace
        full = _full_name(name, source.get("namespace", namespace) if "." not in name else "")
        if full in self.named or full in PRIMITIVES:
            self.wrong(path, f"{full} is declared twice" if full in self.named else f"{full} is a primitive type")
        own = full.rpartition(".")[0]
        aliases = tuple(_full_name(alias, own) for alias in source.get("aliases", ()) if isinstance(alias, str))
        schema = Schema(kind, full, aliases=aliases, doc=source.get("doc"), attributes=_attributes(source))
        self.named[full] = schema
        return schema, own

    def _record(self, source: dict[str, Any], namespace: str, path: str) -> Schema:
        schema, own = self.named_type(source, namespace, path, "record")
        fields = source.get("fields")
        if not isinstance(fields, list):
            return self.wrong(path, "a record without its list of `fields`")
        schema.fields = tuple(self.fields(fields, own, path))
        return schema

    _error = _record

    def fields(self, sources: list[Any], namespace: str, path: str) -> Iterator[Field]:
        seen: set[str] = set()
        for number, source in enumerate(sources):
            name = source.get("name") if isinstance(source, dict) else None
            here = f"{path}.{name}" if path else str(name)
            if not isinstance(name, str) or _NAME.match(name) is None:
                self.wrong(f"{path}.fields[{number}]".lstrip("."), f"{name!r} is not the name of a field")
                continue
            if name in seen:
                self.wrong(here, "a field of this name was declared before")
            seen.add(name)
            if "type" not in source:
                self.wrong(here, "a field without its `type`")
                continue
            aliases = tuple(alias for alias in source.get("aliases", ()) if isinstance(alias, str))
            schema = self.type(source["type"], namespace, here)
            made = Field(name, schema, source.get("default", NO_DEFAULT), aliases, source.get("doc"))
            if made.has_default and not default_fits(made.default, made.schema):
                self.wrong(
                    here, f"the default {json.dumps(made.default)} does not fit {made.schema}", _default_hint(made)
                )
            yield made

    def _enum(self, source: dict[str, Any], namespace: str, path: str) -> Schema:
        schema, _ = self.named_type(source, namespace, path, "enum")
        symbols = source.get("symbols")
        if not isinstance(symbols, list) or not all(isinstance(one, str) and _NAME.match(one) for one in symbols):
            return self.wrong(path, "an enum needs a list of `symbols`", "use letters, digits and _, not a digit first")
        if len(set(symbols)) != len(symbols):
            self.wrong(path, "an enum with the same symbol twice")
        schema.symbols = tuple(symbols)
        default = source.get("default")
        if default is not None and default not in symbols:
            self.wrong(path, f"the default {default!r} is not a symbol", did_you_mean(str(default), symbols))
        schema.default_symbol = default
        return schema

    def _fixed(self, source: dict[str, Any], namespace: str, path: str) -> Schema:
        schema, _ = self.named_type(source, namespace, path, "fixed")
        size = source.get("size")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            return self.wrong(path, "a fixed needs its `size` in bytes")
        schema.size = size
        return schema


def _full_name(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _attributes(source: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in source.items() if name not in _KNOWN}


_LOGICAL = {
    "date": "int", "time-millis": "int", "time-micros": "long", "timestamp-millis": "long", "timestamp-micros": "long",
    "timestamp-nanos": "long", "local-timestamp-millis": "long", "local-timestamp-micros": "long",
    "local-timestamp-nanos": "long", "json": "string",
}  # fmt: skip


def _add_logical_type(schema: Schema, source: dict[str, Any]) -> None:
    """An unknown or unfitting logical type is no mistake: the specification says to read the underlying type."""
    logical = source.get("logicalType")
    if logical == "decimal" and schema.kind in ("bytes", "fixed"):
        precision, scale = source.get("precision"), source.get("scale", 0)
        if isinstance(precision, int) and isinstance(scale, int) and 0 <= scale <= precision and precision > 0:
            schema.logical, schema.precision, schema.scale = "decimal", precision, scale
    elif logical == "uuid" and (schema.kind == "string" or (schema.kind == "fixed" and schema.size == 16)):
        schema.logical = "uuid"
    elif logical == "duration" and schema.kind == "fixed" and schema.size == 12:
        schema.logical = "duration"
    elif isinstance(logical, str) and _LOGICAL.get(logical) == schema.kind:
        schema.logical = logical


_RANGES = {"int": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}


def default_fits(value: Any, schema: Schema) -> bool:
    """Whether JSON `value` may be the default of `schema`; for a union any branch will do, as Avro 1.12 says."""
    kind = schema.kind
    if kind == "union":
        return any(default_fits(value, branch) for branch in schema.branches)
    if kind == "null":
        return value is None
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in _RANGES:
        low, high = _RANGES[kind]
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    if kind in ("float", "double"):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind in ("bytes", "fixed"):
        fits = isinstance(value, str) and all(ord(char) < 256 for char in value)
        return fits and (kind == "bytes" or len(value) == schema.size)
    if kind == "array":
        return isinstance(value, list) and all(default_fits(one, _element(schema)) for one in value)
    if kind == "map":
        return isinstance(value, dict) and all(default_fits(one, _element(schema)) for one in value.values())
    if kind == "record":
        return isinstance(value, dict) and all(
            default_fits(value[one.name], one.schema) if one.name in value else one.has_default for one in schema.fields
        )
    if kind == "enum":
        return value in schema.symbols
    return isinstance(value, str)


def _default_hint(made: Field) -> str | None:
    if made.default is None:
        return "a default of null needs null in the union"
    if made.schema.kind in ("bytes", "fixed"):
        return "the default of bytes is a text whose characters are the bytes 0 to 255"
    return None


def _element(schema: Schema) -> Schema:
    assert schema.element is not None
    return schema.element


def default_value(value: Any, schema: Schema) -> Any:
    """The Python value (as fastavro takes it) of the JSON default `value`."""
    if schema.kind == "union":
        branch = next(branch for branch in schema.branches if default_fits(value, branch))
        return default_value(value, branch)
    if schema.kind in ("bytes", "fixed"):
        return value.encode("latin-1")
    if schema.kind == "array":
        return [default_value(one, _element(schema)) for one in value]
    if schema.kind == "map":
        return {name: default_value(one, _element(schema)) for name, one in value.items()}
    if schema.kind == "record":
        return {
            one.name: default_value(value.get(one.name, one.default if one.has_default else None), one.schema)
            for one in schema.fields
        }
    return float(value) if schema.kind in ("float", "double") else value


def as_json(value: Any, schema: Schema) -> Any:
    """A decoded Avro value (logical types left as they are written) as plain JSON: bytes in base64, JSON texts open."""
    if value is None:
        return None
    if schema.kind == "union":
        return as_json(value, branch_of(value, schema))
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if schema.kind == "array":
        return [as_json(one, _element(schema)) for one in value]
    if schema.kind == "map":
        return {name: as_json(one, _element(schema)) for name, one in value.items()}
    if schema.kind == "record":
        return {one.name: as_json(value[one.name], one.schema) for one in schema.fields if one.name in value}
    if schema.logical == "json":
        return json.loads(value)
    return value


def branch_of(value: Any, schema: Schema) -> Schema:
    """The branch of a union that a decoded `value` most likely belongs to (a decoded value does not tell)."""
    return next((branch for branch in schema.branches if _looks_like(value, branch)), schema.branches[0])


def _looks_like(value: Any, schema: Schema) -> bool:
    kind = schema.kind
    if value is None or isinstance(value, bool):
        return kind == ("null" if value is None else "boolean")
    if isinstance(value, dict):
        names = {one.name for one in schema.fields}
        return kind == "map" or (kind == "record" and value.keys() <= names)
    if isinstance(value, str):
        return kind == "string" or (kind == "enum" and value in schema.symbols)
    if isinstance(value, int):
        return kind in ("int", "long")
    matches = {float: ("float", "double"), bytes: ("bytes", "fixed"), list: ("array",)}
    return kind in matches.get(type(value), ())

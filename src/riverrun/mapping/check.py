"""Checks a script against the Avro schema before any event: every mistake at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from riverrun.errors import Problem, did_you_mean
from riverrun.mapping.coerce import unsupported_union
from riverrun.mapping.nodes import TYPE_NAMES, Map, Node, Script, When
from riverrun.schema.avro import Schema

_SAME = ("string", "boolean", "int", "long", "float", "double", "bytes")
_OPAQUE = {
    "uri": "map one of its parts, such as .path()",
    "matcher": "map .matches() or .group(1)",
    "agent": "map one of its members, such as .name()",
    "place": "map one of its members, such as .country_code()",
    "campaign": "map one of its members, such as .source()",
}
_INT_RANGES = {"int": 31, "long": 63}


@dataclass(frozen=True, slots=True)
class Target:
    """A field that a script sets: its path, its schema, and the records around it from the outside in."""

    path: tuple[str, ...]
    schema: Schema


def targets(schema: Schema, prefix: str = "") -> Iterator[str]:
    """The paths of all fields that can be set."""
    for one in schema.fields:
        path = f"{prefix}{one.name}"
        yield path
        inner = one.schema.present
        if inner.kind == "record" and path.count(".") < 8:
            yield from targets(inner, path + ".")


def find_target(schema: Schema, path: tuple[str, ...]) -> Target | str:
    """The field at `path`, or what is wrong with the path."""
    here = schema
    for number, name in enumerate(path):
        record = here.present
        so_far = ".".join(path[:number])
        if record.kind != "record":
            return f"{so_far} is {record}, which has no fields"
        found = record.field(name)
        if found is None:
            return f"the schema has no field {'.'.join(path[: number + 1])}"
        here = found.schema
    return Target(path, here)


def check(script: Script, schema: Schema, *, services: frozenset[str] = frozenset()) -> list[Problem]:
    """Every mistake of `script` against `schema`. `services`: what the configuration provides (`ip2geo`)."""
    problems: list[Problem] = []
    if schema.kind != "record":
        return [Problem(f"the schema is {schema}, and a mapping makes records")]
    set_at: dict[tuple[str, ...], Map] = {}
    for action in script.walk():
        if isinstance(action, Map):
            problems += _check_map(action, schema)
            problems += _check_parts(action, set_at)
        nodes = action.value if isinstance(action, Map) else action.condition if isinstance(action, When) else None
        if nodes is not None:
            missing = {node.data for node in nodes.walk() if node.op == "service"} - services
            for name in sorted(missing):
                problems.append(
                    Problem(f"{name} needs a geo database", action.where, "set global.mapper.ip2geo_database")
                )
    return problems


def _check_map(action: Map, schema: Schema) -> list[Problem]:
    target = find_target(schema, action.target)
    path = ".".join(action.target)
    if isinstance(target, str):
        return [Problem(target, action.where, did_you_mean(path, targets(schema)))]
    wrong = mismatch(action.value, target.schema)
    return [Problem(f"{path}: {wrong[0]}", action.where, wrong[1])] if wrong else []


def _check_parts(action: Map, set_at: dict[tuple[str, ...], Map]) -> list[Problem]:
    """A record is set whole or by its fields, not both: which of the two should win would depend on the event."""
    problems = []
    for path, other in set_at.items():
        shorter, longer = sorted((path, action.target), key=len)
        if path != action.target and longer[: len(shorter)] == shorter:
            names = f"{'.'.join(shorter)} is set whole and {'.'.join(longer)} by itself (line {other.where.line})"
            problems.append(Problem(names, action.where, "do one of the two"))
    set_at[action.target] = action
    return problems


def accepted(schema: Schema) -> Schema:
    """The type that a value mapped onto a field has to have: behind a union of two, what is not null or comes first."""
    if schema.kind == "union" and len(schema.branches) == 2:
        return schema.present if schema.present is not schema else schema.branches[0]
    return schema


def mismatch(node: Node, schema: Schema) -> tuple[str, str | None] | None:
    """What is wrong with mapping the value onto a field of `schema`, and what to do; None when nothing is."""
    type_, target = node.type, accepted(schema)
    if type_ == "broken":
        return None  # reported where it was made
    if type_ in _OPAQUE:
        return f"{TYPE_NAMES[type_]} cannot be mapped", _OPAQUE[type_]
    if type_ in ("json", "parameters", "any"):
        union = unsupported_union(schema)
        return (f"JSON cannot become {union}", "use unions of one type and null") if union else None
    if target.kind == "union":
        return f"nothing can be mapped onto {schema}", "use a union of null and one type"
    if _fits(node, type_, target):
        return None
    return f"{TYPE_NAMES[type_]} cannot be mapped onto {schema}", _advice(node, type_, target)


def _fits(node: Node, type_: str, target: Schema) -> bool:
    kind = target.kind
    element = target.element.kind if target.element else None
    if type_ in _SAME:
        return kind == type_
    if type_ == "strings":
        return kind == "array" and element == "string"
    if type_ == "ints":
        return kind == "array" and element == "int"
    if type_ == "query":
        inner = target.element
        return kind == "map" and inner is not None and inner.kind == "array" and inner.element is not None and (
            inner.element.kind == "string"
        )  # fmt: skip
    if type_ == "text":
        return kind == "string" or (kind == "enum" and node.data in target.symbols)
    if type_ == "number":
        bits = _INT_RANGES.get(kind)
        return kind in ("float", "double") or (bits is not None and -(1 << bits) <= node.data < 1 << bits)
    return type_ == "real" and kind in ("float", "double")


def _advice(node: Node, type_: str, target: Schema) -> str | None:
    """What to write instead."""
    if node.op == "const":
        if type_ in ("text", "string") and target.kind == "enum":
            return f"its symbols are {', '.join(target.symbols)}" + ("; write .as_json()" if type_ == "string" else "")
        if type_ in ("int", "big_integer") and target.kind == "long":
            return f"write {node.data}L"
        if type_ in ("big_decimal", "double", "int", "long") and target.kind in ("float", "double"):
            return f"write {float(node.data)}{target.kind[0].upper()}"
    elif type_ == "string" and target.kind in ("enum", "fixed"):
        return "write .as_json(), which takes the text for what it says"
    elif type_ == "string" and target.kind in ("int", "long", "float", "double", "boolean"):
        parser = {"int": "int32", "long": "int64", "float": "fp32", "double": "fp64", "boolean": "bool"}[target.kind]
        return f"parse it to {parser}"
    elif type_ == "int" and target.kind == "long":
        return "write .to_long()"
    elif target.kind == "double" and type_ in ("int", "long", "float"):
        return "write .to_double()"
    elif target.kind == "string" and type_ in ("int", "long", "float", "double"):
        return "write .to_text()"
    return f"the field takes {target}"

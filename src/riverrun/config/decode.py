"""From a tree to frozen values, guided by their types; every mistake is noted and none stops the reading."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from riverrun.config.tree import Items, Node, Scalar, Table, describe
from riverrun.config.values import DURATION_FORM, SIZE_FORM, Mark, Properties, parse_duration, parse_size
from riverrun.errors import Problem, Where, did_you_mean

_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class _Wrong:
    """Stands where a value could not be made; the problem is noted already."""


WRONG = _Wrong()


@dataclass(slots=True)
class Decoding:
    """What the decoding of one file collects. `origins`: dotted key -> where its value stands. `folder`: what relative
    paths start from; `prefix` is put before every key in messages (Divolte's root key)."""

    folder: Path
    prefix: str = ""
    problems: list[Problem] = field(default_factory=list)
    origins: dict[str, Where] = field(default_factory=dict)

    def wrong(self, path: str, node: Node, what: str, todo: str | None) -> _Wrong:
        place = Where(node.where.file, node.where.line, node.where.column, self.prefix + path)
        self.problems.append(Problem(what, place, todo))
        return WRONG

    def mismatch(self, path: str, node: Node, allowed: str) -> _Wrong:
        return self.wrong(path, node, f"found {describe(node)}", f"expected {allowed}")


def decode(node: Node, kind: Any, path: str, to: Decoding) -> Any:
    """The value of type `kind` that `node` stands for, or WRONG."""
    base, marks = _unwrapped(kind)
    if isinstance(node, Scalar) and node.value is None and _optional(base):
        to.origins[path] = node.where
        return None
    base, marks = _without_none(base, marks)
    if _structs(base):
        return _decode_struct(node, base, path, to)
    origin = get_origin(base)
    if origin is dict:
        return _decode_map(node, get_args(base)[1], path, to)
    value = _decode_tuple(node, base, path, to) if origin is tuple else _decode_leaf(node, base, marks, path, to)
    to.origins[path] = node.where
    return value if value is WRONG else _constrained(value, marks, node, path, to)


def _decode_struct(node: Node, kind: Any, path: str, to: Decoding) -> Any:
    if not isinstance(node, Table):
        return to.mismatch(path, node, "a table")
    struct = _chosen(node, kind, path, to)
    if struct is None:
        return WRONG
    known = fields(struct)
    tag_field = struct.__struct_config__.tag_field
    names = [*known, *([tag_field] if tag_field else [])]
    for name, part in node.entries.items():
        if name not in names:
            to.wrong(_below(path, name), part, "unknown key", did_you_mean(name, names))
    values: dict[str, Any] = {}
    for name, (attribute, annotation, required) in known.items():
        if name in node.entries:
            values[attribute] = _with_defaults(
                struct, attribute, decode(node.entries[name], annotation, _below(path, name), to)
            )
        elif required:
            to.wrong(_below(path, name), node, "this key is required and not there", f"add {name} = ...")
            values[attribute] = WRONG
    if WRONG in values.values():
        return WRONG
    return struct(**values)


def _with_defaults(struct: type[msgspec.Struct], attribute: str, value: Any) -> Any:
    """A property bag keeps the default properties that were not given anew."""
    if not isinstance(value, Properties):
        return value
    default = next(info.default for info in msgspec.structs.fields(struct) if info.name == attribute)
    return Properties({**default, **value}) if isinstance(default, Properties) else value


def _chosen(node: Table, kind: Any, path: str, to: Decoding) -> type[msgspec.Struct] | None:
    """The struct among the alternatives that `type` names; None, with a problem, when it names none."""
    choices = _structs(kind)
    if len(choices) == 1:
        return choices[0]
    tags: dict[str, type[msgspec.Struct]] = {str(choice.__struct_config__.tag): choice for choice in choices}
    tag = node.entries.get("type")
    if tag is None:
        if "topic" in tags:  # a sink without a type is a local topic
            return tags["topic"]
        to.wrong(_below(path, "type"), node, "this key is required and not there", "known: " + ", ".join(sorted(tags)))
        return None
    to.origins[_below(path, "type")] = tag.where
    if not isinstance(tag, Scalar) or tag.value not in tags:
        to.wrong(
            _below(path, "type"), tag, f"found {describe(tag)}", did_you_mean(str(getattr(tag, "value", "")), tags)
        )
        return None
    return tags[str(tag.value)]


def _decode_map(node: Node, kind: Any, path: str, to: Decoding) -> Any:
    if not isinstance(node, Table):
        return to.mismatch(path, node, "a table")
    values = {name: decode(part, kind, _below(path, name), to) for name, part in node.entries.items()}
    return WRONG if WRONG in values.values() else values


def _decode_tuple(node: Node, kind: Any, path: str, to: Decoding) -> Any:
    inner = get_args(kind)[0]
    if isinstance(node, Scalar) and isinstance(node.value, str):
        node = Items((node,), node.where)  # one text where a list of texts may stand
    if not isinstance(node, Items):
        return to.mismatch(path, node, "a list")
    values = tuple(_decode_leaf(part, inner, (), f"{path}[{i}]", to) for i, part in enumerate(node.values))
    return WRONG if WRONG in values else values


def _decode_leaf(node: Node, kind: Any, marks: tuple[Any, ...], path: str, to: Decoding) -> Any:
    if kind is Properties:
        return _properties(node, path, to)
    if not isinstance(node, Scalar):
        return to.mismatch(path, node, _form(kind, marks))
    marked = next((mark.name for mark in marks if isinstance(mark, Mark)), "")
    value: Any = None
    if marked == "duration":
        value = parse_duration(node.value) if isinstance(node.value, str) else None
    elif marked == "size" and isinstance(node.value, str):
        value = parse_size(node.value)
    elif get_origin(kind) is Literal:
        value = _literal(node, kind, path, to)
    elif kind is bool:
        value = _boolean(node)
    elif kind is int:
        value = _integer(node)
    elif kind is float:
        value = _float(node)
    elif kind is str:
        value = _string(node)
    elif kind is Path:
        value = to.folder / node.value if isinstance(node.value, str) and node.value else None
    return to.mismatch(path, node, _form(kind, marks)) if value is None else value


def _boolean(node: Scalar) -> bool | None:
    if isinstance(node.value, bool):
        return node.value
    return _BOOLEANS.get(node.value) if node.loose and isinstance(node.value, str) else None


def _integer(node: Scalar) -> int | None:
    if isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    if node.loose and isinstance(node.value, str) and re.fullmatch(r"-?[0-9]{1,19}", node.value.strip()):
        return int(node.value)
    return None


def _float(node: Scalar) -> float | None:
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value)
    if node.loose and isinstance(node.value, str):
        try:
            return float(node.value)
        except ValueError:
            return None
    return None


def _string(node: Scalar) -> str | None:
    if isinstance(node.value, str):
        return node.value
    if node.loose and node.value is not None:
        return _as_text(node)
    return None


def _as_text(node: Scalar) -> str:
    return ("true" if node.value else "false") if isinstance(node.value, bool) else str(node.value)


def _literal(node: Scalar, kind: Any, path: str, to: Decoding) -> Any:
    allowed = get_args(kind)
    if node.value in allowed:
        return node.value
    return to.wrong(path, node, f"found {describe(node)}", did_you_mean(str(node.value), [str(a) for a in allowed]))


def _properties(node: Node, path: str, to: Decoding) -> Any:
    if not isinstance(node, Table):
        return to.mismatch(path, node, "a table of properties")
    values: dict[str, Any] = {}
    _flatten(node, "", path, values, to)
    return WRONG if WRONG in values.values() else Properties(values)


def _flatten(node: Table, prefix: str, path: str, values: dict[str, Any], to: Decoding) -> None:
    """Tables become dotted names, lists become texts with commas."""
    for name, part in node.entries.items():
        key = f"{prefix}{name}"
        to.origins[f"{path}.{key}"] = part.where
        match part:
            case Table():
                _flatten(part, f"{key}.", path, values, to)
            case Scalar(value=None):
                values[key] = to.wrong(f"{path}.{key}", part, "found null", "give it a value, or leave it out")
            case Scalar():
                values[key] = _as_text(part)
            case Items(values=items):
                plain = [item for item in items if isinstance(item, Scalar) and item.value is not None]
                if len(plain) == len(items):
                    values[key] = ",".join(_as_text(item) for item in plain)
                else:
                    values[key] = to.wrong(
                        f"{path}.{key}", part, "found a list with more than plain values", "list texts or numbers only"
                    )


def _constrained(value: Any, marks: tuple[Any, ...], node: Node, path: str, to: Decoding) -> Any:
    for mark in marks:
        if not isinstance(mark, msgspec.Meta):
            continue
        limits = (
            (mark.ge, "at least", operator.ge),
            (mark.gt, "more than", operator.gt),
            (mark.le, "at most", operator.le),
        )
        for limit, words, holds in limits:
            if limit is not None and not holds(value, limit):
                return to.wrong(path, node, f"found {describe(node)}", f"expected {words} {limit}")
        if mark.pattern is not None and re.search(mark.pattern, value) is None:
            return to.wrong(path, node, f"found {describe(node)}", f"expected text that matches {mark.pattern}")
    return value


def _form(kind: Any, marks: tuple[Any, ...]) -> str:
    for mark in marks:
        if isinstance(mark, Mark) and mark.name != "secret":
            return DURATION_FORM if mark.name == "duration" else SIZE_FORM
    if get_origin(kind) is Literal:
        return " or ".join(str(choice) for choice in get_args(kind))
    return {bool: "true or false", int: "a whole number", float: "a number", str: "text", Path: "the path of a file"}[
        kind
    ]


# --- types -----------------------------------------------------------------------------------------------------------


@cache
def fields(struct: type[msgspec.Struct]) -> Mapping[str, tuple[str, Any, bool]]:
    """key -> (attribute, annotation, required) of a struct."""
    hints = get_type_hints(struct, include_extras=True)
    return {info.encode_name: (info.name, hints[info.name], info.required) for info in msgspec.structs.fields(struct)}


def _unwrapped(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """The type without its annotations, and these."""
    return (get_args(kind)[0], kind.__metadata__) if get_origin(kind) is Annotated else (kind, ())


def _optional(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType) and NoneType in get_args(kind)


def _without_none(kind: Any, marks: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    if not _optional(kind):
        return kind, marks
    (inner,) = (part for part in get_args(kind) if part is not NoneType)
    return _unwrapped(inner)


def _structs(kind: Any) -> tuple[type[msgspec.Struct], ...]:
    """The structs that `kind` may be: one, several (a union), or none when it is something else."""
    parts = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return parts if all(isinstance(part, type) and issubclass(part, msgspec.Struct) for part in parts) else ()


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def marks_of(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """The plain type behind annotations and `| None`, and the annotations (for showing values)."""
    base, marks = _unwrapped(kind)
    return _without_none(base, marks)

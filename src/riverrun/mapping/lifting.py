"""From what a script writes to nodes: literals, types that fit, and mistakes noted at their place."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from riverrun.errors import InputError, UnsupportedError
from riverrun.java.regex import compile_pattern
from riverrun.mapping.build import maybe_current
from riverrun.mapping.nodes import TYPE_NAMES, Node
from riverrun.mapping.values import text

Literals = str | bool | int | float


class Typed:
    """A literal of a Groovy script, whose type is exact."""

    __slots__ = ("type", "value")

    def __init__(self, value: Any, type_: str) -> None:
        self.value = value
        self.type = type_


def lift(value: Any) -> Node:
    """A value or a literal as a node; a problem is noted for anything else."""
    node = getattr(value, "node", None)
    if isinstance(node, Node):
        return node
    if isinstance(value, Typed):
        return Node("const", value.type, data=value.value)
    for kind, type_ in ((bool, "boolean"), (str, "text"), (int, "number"), (float, "real")):
        if isinstance(value, kind):
            return Node("const", type_, data=value)
    unfinished = type(value).__name__ == "DigestBuilder"
    what = "a digest that is not finished" if unfinished else f"a {type(value).__name__}"
    problem(f"{what} is no value of a mapping", "use a value such as location(), or a text, number, True or False")
    return Node("const", "broken")


NUMBERS = ("int", "long", "float", "double", "number", "real", "broken")


def adapt(node: Node, type_: str) -> Node:
    """A Python literal as one of `type_`, where it can be."""
    fits = {"text": ("string",), "number": ("int", "long", "float", "double"), "real": ("float", "double")}
    if type_ in fits.get(node.type, ()):
        return Node("const", type_, data=float(node.data) if type_ in ("float", "double") else node.data)
    return node


def equals(left: Node, right: Node) -> Node:
    right, left = adapt(right, left.type), adapt(left, right.type)
    if left.type != right.type and "broken" not in (left.type, right.type):
        builder = maybe_current()
        if builder is not None:
            names = f"{TYPE_NAMES[left.type]} never equals {TYPE_NAMES[right.type]}"
            builder.warn(f"{names}, so this is never true (but for two absent values)")
    return Node("equals", "boolean", (left, right))


def boolean_node(value: Any) -> Node:
    node = lift(value)
    if node.type not in ("boolean", "broken"):
        problem(f"{TYPE_NAMES[node.type]} is no condition", "compare it, or ask whether it is_present()")
    return node


def string_node(value: Any) -> Node:
    node = adapt(lift(value), "string")
    if node.type not in ("string", "broken"):
        problem(f"{TYPE_NAMES[node.type]} is no string", "use .to_text() or .as_text()")
    return node


def call(
    function: Callable[..., Any], type_: str, *args: Node, costly: bool = False, repeats: bool = False
) -> Node:  # fmt: skip
    broken = any(one.type == "broken" for one in args)
    return Node("call", "broken" if broken else type_, args, function, costly=costly, repeats=repeats)


@lru_cache(maxsize=4096)
def bound(function: Callable[..., Any], *arguments: Any) -> Callable[..., Any]:
    """`function` with arguments behind the first one; the same object for the same arguments: nodes are compared."""
    return text.Bound(function, arguments)


def same(value: Any) -> Any:
    return value


def problem(what: str, todo: str | None = None) -> None:
    builder = maybe_current()
    if builder is None:
        raise InputError(what, todo=todo)
    builder.problem(what, todo)


_R = TypeVar("_R")


def checked(make: Callable[[], _R]) -> _R | None:
    """What `make` gives; None when it raises an error, which is noted."""
    try:
        return make()
    except (InputError, UnsupportedError) as error:
        builder = maybe_current()
        if builder is None:
            raise
        builder.failed(error)
        return None


def pattern_of(pattern: str) -> Any:
    if not isinstance(pattern, str):
        problem(f"a regular expression is a text, not a {type(pattern).__name__}")
        pattern = ""
    return checked(lambda: compile_pattern(pattern)) or compile_pattern("")


def event_value(attribute: str, type_: str, *, repeats: bool = False) -> Node:
    return Node("event", type_, data=attribute, repeats=repeats)


def matcher_node(pattern: str, against: Any) -> Node:
    """A regular expression against a text; `data` is the compiled pattern."""
    compiled = pattern_of(pattern)
    made = call(bound(text.full_match, compiled), "matcher", string_node(against))
    return Node(made.op, made.type, made.args, made.fn, compiled, costly=True)

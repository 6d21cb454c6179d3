"""What a mapping script becomes: actions over values. Both fronts write these; one compiler reads them.

A `Node` is a value that is worked out per event; two equal nodes are the same value and worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from riverrun.errors import Problem, Where

# Types of values and how they are called in messages. `text`, `number` and `real` are literals of a Python script,
# which
# take the type of the field they are mapped onto; `any` is what a user's function returns.
TYPE_NAMES = {
    "string": "a string", "boolean": "a boolean", "int": "an int", "long": "a long", "float": "a float",
    "double": "a double", "bytes": "bytes", "strings": "a list of strings", "ints": "a list of ints",
    "query": "a map of query parameters", "json": "a JSON value", "any": "the result of a function", "text": "a string",
    "number": "a number", "real": "a number", "big_decimal": "a BigDecimal", "big_integer": "a BigInteger",
    "uri": "a URI", "matcher": "a matcher", "agent": "a user agent", "place": "a place (ip2geo)",
    "parameters": "a JSON value", "campaign": "a campaign", "broken": "a value",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """A value.

    op       event (data: attribute), const (data), call (fn over the arguments, absent when one is), loose (fn over
             the arguments, absent ones as None), pieces (fn over one list of the arguments), whole (fn of the event),
             attribute (data, of the argument), service (data: name of a function given at compile time),
             present, absent, equals, both, either, negate, compare (data: operator), first
    type     one of TYPE_NAMES
    costly   worth remembering, also when it is worked out under a condition
    repeats  few different texts come again and again, so their bytes are kept
    """

    op: str
    type: str
    args: tuple[Node, ...] = ()
    fn: Callable[..., Any] | None = None
    data: Any = None
    costly: bool = field(default=False, compare=False)
    repeats: bool = field(default=False, compare=False)

    def walk(self) -> Iterator[Node]:
        yield self
        for one in self.args:
            yield from one.walk()


@dataclass(frozen=True, slots=True)
class Map:
    """Set the field at `target` (a path of names) when the value is present."""

    value: Node
    target: tuple[str, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class When:
    condition: Node
    then: tuple[Action, ...]
    otherwise: tuple[Action, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class Section:
    body: tuple[Action, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class Exit:
    """Leave the enclosing section; at the top the mapping."""

    where: Where


@dataclass(frozen=True, slots=True)
class Stop:
    """End the mapping; the record is made of what was set so far."""

    where: Where


@dataclass(frozen=True, slots=True)
class Drop:
    """No record for this event: rejected with the reason."""

    reason: str
    where: Where


Action = Map | When | Section | Exit | Stop | Drop


@dataclass(frozen=True, slots=True)
class Script:
    """All actions of a script, in order, and what was found while it was read. `unsupported`: all `problems` are things
    of Groovy that riverrun does not know."""

    file: str
    actions: tuple[Action, ...]
    warnings: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    unsupported: bool = False

    def walk(self) -> Iterator[Action]:
        yield from _walk(self.actions)

    def nodes(self) -> Iterator[Node]:
        for action in self.walk():
            if isinstance(action, Map):
                yield from action.value.walk()
            elif isinstance(action, When):
                yield from action.condition.walk()


def _walk(actions: tuple[Action, ...]) -> Iterator[Action]:
    for action in actions:
        yield action
        if isinstance(action, When):
            yield from _walk(action.then)
            yield from _walk(action.otherwise)
        elif isinstance(action, Section):
            yield from _walk(action.body)

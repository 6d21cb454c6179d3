"""JSONPath as Jayway's Java library (2.4) has it, compiled once to a function.

Why our own: RFC 9535 libraries differ from Jayway in syntax (`$.a-b`, `['a','b']`, functions at the end) and in what
comes out: a definite path gives the value itself or nothing, an indefinite one always a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from riverrun.errors import InputError, UnsupportedError
from riverrun.mapping.values.json import NULL

MISSING: Any = object()
Step = Callable[[Any, Any], Iterator[Any]]  # (node, root) -> nodes
_NAME = re.compile(r"[^\s.\[\]()'\",?@$*:!<>=&|]+")
_INDEXES = re.compile(r"\s*-?[0-9]+(?:\s*,\s*-?[0-9]+)*\s*\]")
_SLICE = re.compile(r"\s*(-?[0-9]*)\s*:\s*(-?[0-9]*)\s*\]")
_FUNCTIONS = ("length", "size", "min", "max", "avg", "sum", "stddev", "keys", "first", "last")
_MOST_NODES = 100_000


@lru_cache(maxsize=512)
def compile_path(path: str) -> Callable[[Any], Any]:
    """A function from a JSON value to what `path` finds: None (absent), NULL, or a value. Raises InputError."""
    parser = _Parser(path)
    steps, definite, function = parser.path()
    if parser.at < len(path):
        raise parser.wrong("something is left over")
    if function is None and steps and all(getattr(step, "member", None) is not None for step in steps):
        return _members_only([step.member for step in steps])  # type: ignore[attr-defined]  # set by _member
    return _finder(steps, definite, function)


def _members_only(names: list[str]) -> Callable[[Any], Any]:
    """The frequent case: $.a.b"""

    def find(root: Any) -> Any:
        for name in names:
            if not isinstance(root, dict) or name not in root:
                return None
            root = root[name]
        return NULL if root is None else root

    return find


def _finder(steps: Sequence[Step], definite: bool, function: str | None) -> Callable[[Any], Any]:
    def find(root: Any) -> Any:
        root = None if root is NULL else root
        nodes = list(_walk(steps, root, root))
        if function is not None:
            found = _apply(function, nodes if not definite else nodes[0] if nodes else MISSING)
        else:
            found = nodes if not definite else nodes[0] if nodes else MISSING
        return None if found is MISSING else NULL if found is None else found

    return find


def _walk(steps: Sequence[Step], node: Any, root: Any) -> Iterator[Any]:
    nodes = [node]
    for step in steps:
        nodes = [found for one in nodes for found in step(one, root)]
        if len(nodes) > _MOST_NODES:
            raise ValueError(f"a JSONPath finds more than {_MOST_NODES} values")
    yield from nodes


def _apply(function: str, value: Any) -> Any:
    if function in ("length", "size"):
        return (
            len(value)
            if isinstance(value, (list, dict)) or (isinstance(value, str) and function == "length")
            else MISSING
        )
    if function == "keys":
        return list(value) if isinstance(value, dict) else MISSING
    if not isinstance(value, list) or not value:
        return MISSING
    if function in ("first", "last"):
        return value[0 if function == "first" else -1]
    numbers = [float(one) for one in value if isinstance(one, (int, float, Decimal)) and not isinstance(one, bool)]
    if not numbers:
        return MISSING
    if function == "stddev":
        mean = sum(numbers) / len(numbers)
        return (sum((one - mean) ** 2 for one in numbers) / len(numbers)) ** 0.5
    total = {"min": min, "max": max, "sum": sum, "avg": lambda all_: sum(all_) / len(all_)}[function]
    result: float = total(numbers)  # type: ignore[operator]  # one of four functions over floats
    return result


class _Parser:
    def __init__(self, path: str) -> None:
        self.text = path
        self.at = 0

    def wrong(self, what: str) -> InputError:
        return InputError(f"JSONPath {self.text!r}: {what} at position {self.at + 1}")

    def peek(self, length: int = 1) -> str:
        return self.text[self.at : self.at + length]

    def blanks(self) -> None:
        while self.peek().isspace():
            self.at += 1

    def path(self, start: str = "$") -> tuple[list[Step], bool, str | None]:
        """(steps, whether at most one value can be found, the function at the end)."""
        if self.peek() != start:
            if start == "$" and not self.at:
                # Jayway puts "$." before a path that does not begin with $.
                self.text = "$." + self.text if self.peek() != "[" else "$" + self.text
            else:
                raise self.wrong(f"a path begins with {start}")
        self.at += 1
        steps: list[Step] = []
        definite = True
        while self.peek() in (".", "["):
            if self.peek(2) == "..":
                self.at += 2
                steps.append(_deep)
                definite = False
                if self.peek() == "[":
                    continue
            elif self.peek() == ".":
                self.at += 1
                if self.peek() == "[":
                    continue
            if self.peek() == "[":
                step, one = self.bracket()
            else:
                step, one, function = self.dotted()
                if function is not None:
                    return steps, definite, function
            steps.append(step)
            definite = definite and one
        return steps, definite, None

    def dotted(self) -> tuple[Step, bool, str | None]:
        if self.peek() == "*":
            self.at += 1
            return _all, False, None
        found = _NAME.match(self.text, self.at)
        if found is None:
            raise self.wrong("a name is missing")
        self.at = found.end()
        if self.peek() == "(":
            if self.peek(2) != "()":
                raise UnsupportedError(f"JSONPath {self.text!r}: a function with arguments", todo="use a plain path")
            if found[0] not in _FUNCTIONS:
                raise self.wrong(f"the unknown function {found[0]}")
            self.at += 2
            return _all, True, found[0]
        return _member(found[0]), True, None

    def bracket(self) -> tuple[Step, bool]:
        self.at += 1
        self.blanks()
        if self.peek() == "*":
            self.at += 1
            self.expect("]")
            return _all, False
        if self.peek() in ("'", '"'):
            return self.names()
        if self.peek() == "?":
            return self.filter(), False
        found = _INDEXES.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
            numbers = [int(one) for one in found[0][:-1].split(",")]
            return _indexes(numbers), len(numbers) == 1
        found = _SLICE.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
            return _slice(slice(*(int(one) if one else None for one in found.groups()))), False
        raise self.wrong("a name in quotes, a number, a slice, * or ?( ) has to stand in [ ]")

    def expect(self, text: str) -> None:
        self.blanks()
        if not self.text.startswith(text, self.at):
            raise self.wrong(f"{text} is missing")
        self.at += len(text)

    def names(self) -> tuple[Step, bool]:
        names = [self.quoted()]
        self.blanks()
        while self.peek() == ",":
            self.at += 1
            self.blanks()
            names.append(self.quoted())
            self.blanks()
        self.expect("]")
        return (_member(names[0]), True) if len(names) == 1 else (_members(names), True)

    def quoted(self) -> str:
        quote = self.peek()
        if quote not in ("'", '"') or not quote:
            raise self.wrong("a name in quotes is missing")
        out, self.at = [], self.at + 1
        while self.peek() != quote:
            if not self.peek():
                raise self.wrong("a quote is not closed")
            if self.peek() == "\\":
                self.at += 1
            out.append(self.peek())
            self.at += 1
        self.at += 1
        return "".join(out)

    def filter(self) -> Step:
        self.expect("?")
        self.expect("(")
        test = self.either()
        self.expect(")")
        self.expect("]")
        return _filter(test)

    def either(self) -> Callable[[Any, Any], bool]:
        tests = [self.both()]
        while self.operator("||"):
            tests.append(self.both())
        return tests[0] if len(tests) == 1 else lambda node, root: any(test(node, root) for test in tests)

    def both(self) -> Callable[[Any, Any], bool]:
        tests = [self.test()]
        while self.operator("&&"):
            tests.append(self.test())
        return tests[0] if len(tests) == 1 else lambda node, root: all(test(node, root) for test in tests)

    def operator(self, text: str) -> bool:
        self.blanks()
        if not self.text.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def test(self) -> Callable[[Any, Any], bool]:
        if self.operator("!"):
            inner = self.test()
            return lambda node, root: not inner(node, root)
        if self.operator("("):
            inner = self.either()
            self.expect(")")
            return inner
        left = self.operand()
        self.blanks()
        name = next((one for one in _OPERATORS if self.text.startswith(one, self.at)), None)
        if name is None:
            return lambda node, root: left(node, root) is not MISSING
        self.at += len(name)
        right = self.operand()
        compare = _OPERATORS[name]
        return lambda node, root: compare(left(node, root), right(node, root))

    def operand(self) -> Callable[[Any, Any], Any]:
        self.blanks()
        if self.peek() in ("@", "$") and self.peek():
            return self.inner_path()
        if self.peek() in ("'", '"') and self.peek():
            value: Any = self.quoted()
        elif self.peek() == "/":
            value = self.regex()
        elif self.peek() == "[":
            value = self.list()
        else:
            found = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true\b|false\b|null\b").match(
                self.text, self.at
            )
            if found is None:
                raise self.wrong("a value is missing")
            self.at = found.end()
            words = {"true": True, "false": False, "null": None}
            value = words[found[0]] if found[0] in words else Decimal(found[0])
        return lambda node, root: value

    def inner_path(self) -> Callable[[Any, Any], Any]:
        from_root = self.peek() == "$"
        steps, definite, function = self.path(self.peek())

        def get(node: Any, root: Any) -> Any:
            nodes = list(_walk(steps, root if from_root else node, root))
            found = nodes if not definite else nodes[0] if nodes else MISSING
            return found if function is None else _apply(function, found)

        return get

    def regex(self) -> re.Pattern[str]:
        from riverrun.java.regex import compile_pattern

        found = re.compile(r"/((?:[^/\\]|\\.)*)/(i?)").match(self.text, self.at)
        if found is None:
            raise self.wrong("a regular expression is not closed by /")
        self.at = found.end()
        return compile_pattern(("(?i)" if found[2] else "") + found[1].replace("\\/", "/"))

    def list(self) -> Any:
        self.expect("[")
        values = []
        while not self.operator("]"):
            values.append(self.operand()(None, None))
            self.operator(",")
        return values


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if left is MISSING or right is MISSING:
        return False
    return bool(left == right)


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        numbers = (int, float, Decimal)
        if isinstance(left, bool) or isinstance(right, bool):
            return False
        fits = (isinstance(left, numbers) and isinstance(right, numbers)) or (
            isinstance(left, str) and isinstance(right, str)
        )
        return fits and test(left, right)

    return compare


def _matches(left: Any, right: Any) -> bool:
    return isinstance(left, str) and isinstance(right, re.Pattern) and right.fullmatch(left) is not None


def _within(left: Any, right: Any) -> bool:
    return isinstance(right, list) and any(_same(left, one) for one in right)


def _contains(left: Any, right: Any) -> bool:
    return right in left if isinstance(left, str) and isinstance(right, str) else _within(right, left)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (list, str, dict)) else -1


# longer names first
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "===": _same,
    "==": _same,
    "!==": lambda left, right: not _same(left, right),
    "!=": lambda left, right: not _same(left, right),
    "=~": _matches,
    "<=": _ordered(lambda left, right: left <= right),
    ">=": _ordered(lambda left, right: left >= right),
    "<": _ordered(lambda left, right: left < right),
    ">": _ordered(lambda left, right: left > right),
    "contains": _contains,
    "subsetof": lambda left, right: isinstance(left, list) and all(_within(one, right) for one in left),
    "anyof": lambda left, right: isinstance(left, list) and any(_within(one, right) for one in left),
    "noneof": lambda left, right: isinstance(left, list) and not any(_within(one, right) for one in left),
    "nin": lambda left, right: isinstance(right, list) and not _within(left, right),
    "in": _within,
    "size": lambda left, right: _length(left) == (_length(right) if isinstance(right, (list, str)) else right),
    "empty": lambda left, right: _length(left) >= 0 and (_length(left) == 0) is right,
}


def _member(name: str) -> Step:
    def step(node: Any, root: Any) -> Iterator[Any]:
        if isinstance(node, dict) and name in node:
            yield node[name]

    step.member = name  # type: ignore[attr-defined]  # for compile_path
    return step


def _members(names: list[str]) -> Step:
    def step(node: Any, root: Any) -> Iterator[Any]:
        if isinstance(node, dict):
            found = {name: node[name] for name in names if name in node}
            if found:
                yield found

    return step


def _indexes(numbers: list[int]) -> Step:
    def step(node: Any, root: Any) -> Iterator[Any]:
        if isinstance(node, list):
            yield from (node[number] for number in numbers if -len(node) <= number < len(node))

    return step


def _slice(span: slice) -> Step:
    def step(node: Any, root: Any) -> Iterator[Any]:
        if isinstance(node, list):
            yield from node[span]

    return step


def _filter(test: Callable[[Any, Any], bool]) -> Step:
    def step(node: Any, root: Any) -> Iterator[Any]:
        inside = node if isinstance(node, list) else [node] if isinstance(node, dict) else []
        yield from (one for one in inside if test(one, root))

    return step


def _all(node: Any, root: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from node.values()
    elif isinstance(node, list):
        yield from node


def _deep(node: Any, root: Any) -> Iterator[Any]:
    """The node and everything below it, parents first."""
    open_ = [node]
    while open_:
        one = open_.pop()
        yield one
        inside = list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else ()
        open_.extend(reversed(inside))

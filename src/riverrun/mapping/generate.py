"""One Python function per mapping, written from its actions and the Avro schema: from an event straight to Avro bytes.

Every field is a local variable that holds its encoded bytes. It begins with the bytes of the default (None when there
is none), each action replaces it when its value is present, and at the end the variables are joined.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from riverrun.formats import avro_binary as binary
from riverrun.formats.avro_code import Code, encode_value
from riverrun.mapping.check import accepted
from riverrun.mapping.coerce import DoesNotFit, coercer, default_bytes
from riverrun.mapping.nodes import Action, Drop, Exit, Map, Node, Script, Section, Stop, When
from riverrun.mapping.values.json import NULL, scalar_text
from riverrun.mapping.values.text import Bound, Format
from riverrun.record import Rejected
from riverrun.schema.avro import Schema

Services = Mapping[str, Callable[..., Any]]
_UNSET: Any = object()


class Missing(Exception):
    """Fields without a value and without a default; `paths` names them."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(", ".join(paths))
        self.paths = paths


def generate(script: Script, schema: Schema, services: Services, *, trace: bool = False) -> Callable[..., Any]:
    """`encode(event) -> bytes | Rejected`. It raises Missing, or whatever a value raises.

    With `trace` it is `encode(event, steps)`: before each action its number (in `script.walk()`) is appended to
    `steps`, and behind each Map (number, "set" | "absent" | why it does not fit).
    """
    return _Generator(script, schema, services, trace).function()


class _Generator:
    def __init__(self, script: Script, schema: Schema, services: Services, trace: bool) -> None:
        self.script = script
        self.schema = schema
        self.services = services
        self.trace = trace
        self.code = Code()
        self.code.indent = 2
        self.code.names |= {
            "_U": _UNSET, "_NULL": NULL, "DoesNotFit": DoesNotFit, "_missing": _missing, "_join": b"".join,
        }  # fmt: skip
        self.scopes: list[dict[Node, str]] = [{}]
        self.remembered: dict[Node, str] = {}  # costly values that are worked out under a condition
        self.uses = Counter(node for node in script.nodes() if node.costly)
        self.fields: dict[tuple[str, ...], str] = {}
        self.touched: dict[tuple[str, ...], str] = {}  # nullable records -> whether one of their fields was set
        self.numbers = {id(action): number for number, action in enumerate(script.walk())}
        self.loops = 0

    def function(self) -> Callable[..., Any]:
        for action in self.script.walk():
            if isinstance(action, Map) and action.target not in self.fields:
                self.fields[action.target] = f"f{len(self.fields)}"
        self.body(self.script.actions)
        self.code.line("break")
        lines, self.code.lines, self.code.indent = self.code.lines, [], 1
        self.begin(lines)
        self.end()
        return self.code.function("encode", "e, steps" if self.trace else "e")

    def begin(self, body: list[str]) -> None:
        for path, variable in self.fields.items():
            self.code.line(f"{variable} = {self.default(path)}")
        for variable in self.touched.values():
            self.code.line(f"{variable} = False")
        for variable in self.remembered.values():
            self.code.line(f"{variable} = _U")
        if any(isinstance(action, Stop | Exit) for action in self.script.walk()):
            self.code.line("stopped = False")
        self.code.line("while True:")
        self.code.lines += body

    def default(self, path: tuple[str, ...]) -> str:
        found = self._field(path).default_bytes
        return "None" if found is None else repr(found)

    def _field(self, path: tuple[str, ...]) -> _FieldAt:
        """The default of a field in a nested record is the one its own record gives it."""
        here = self.schema
        for name in path[:-1]:
            found = here.present.field(name)
            assert found is not None
            here = found.schema
        field = here.present.field(path[-1])
        assert field is not None
        return _FieldAt(field.schema, default_bytes(field))

    # statements

    def body(self, actions: tuple[Action, ...]) -> None:
        for action in actions:
            if self.trace:
                self.code.line(f"steps.append(({self.numbers[id(action)]}, ''))")
            if isinstance(action, Map):
                self.map(action)
            elif isinstance(action, When):
                self.when(action)
            elif isinstance(action, Section):
                self.section(action)
            else:
                self.leave(action)

    @contextmanager
    def indented(self, header: str) -> Iterator[None]:
        """A block whose values are known inside of it only."""
        self.code.line(header)
        self.code.indent += 1
        self.scopes.append({})
        before = len(self.code.lines)
        yield
        if len(self.code.lines) == before:
            self.code.line("pass")
        self.scopes.pop()
        self.code.indent -= 1

    def when(self, action: When) -> None:
        condition = self.value(action.condition)
        with self.indented(f"if {condition}:"):
            self.body(action.then)
        if action.otherwise:
            with self.indented("else:"):
                self.body(action.otherwise)

    def section(self, action: Section) -> None:
        self.loops += 1
        with self.indented("while True:"):
            self.body(action.body)
            self.code.line("break")
        self.loops -= 1
        if any(isinstance(inner, Stop) for inner in _inside(action.body)):
            self.code.line("if stopped:")
            self.code.line("    break")

    def leave(self, action: Exit | Stop | Drop) -> None:
        if isinstance(action, Drop):
            message = "the mapping drops the event"
            rejected = Rejected(reason=action.reason, message=message, where=action.where)
            self.code.line(f"return {self.code.constant(rejected)}")
            return
        if isinstance(action, Stop) and self.loops:
            self.code.line("stopped = True")
        self.code.line("break")

    def map(self, action: Map) -> None:
        schema = self._field(action.target).schema
        variable = self.fields[action.target]
        number = self.numbers[id(action)]
        value = self.value(action.value)
        if action.value.op == "const":
            self.set(action, f"{variable} = {constant_bytes(action.value, schema)!r}")
            return
        with self.indented(f"if {value} is not None:"):
            if action.value.type in ("json", "parameters", "any"):
                self.set_json(action, schema, variable, value)
            else:
                self.set(action, f"{variable} = {self.encoded(action.value, schema, value)}")
        if self.trace:
            self.code.line("else:")
            self.code.line(f"    steps.append(({number}, 'absent'))")

    def set(self, action: Map, line: str) -> None:
        self.code.line(line)
        for end in range(1, len(action.target)):
            around = action.target[:end]
            if self._field(around).schema.nullable:
                self.code.line(f"{self.touched.setdefault(around, f'n{len(self.touched)}')} = True")
        if self.trace:
            self.code.line(f"steps.append(({self.numbers[id(action)]}, 'set'))")

    def set_json(self, action: Map, schema: Schema, variable: str, value: str) -> None:
        """A JSON null maps to nothing; only a field that would be left without any value takes it, where it may."""
        coerce = self.code.constant(coercer(schema), ("coercer", id(schema)))
        null_counts = schema.nullable and self._field(action.target).default_bytes is None
        with self.indented(
            f"if {value} is not _NULL:" if not null_counts else f"if {value} is not _NULL or {variable} is None:"
        ):
            self.code.line("try:")
            self.code.indent += 1
            self.set(action, f"{variable} = {coerce}({value})")
            self.code.indent -= 1
            self.code.line("except DoesNotFit as error:" if self.trace else "except DoesNotFit:")
            self.code.line(
                f"    steps.append(({self.numbers[id(action)]}, str(error)))" if self.trace else "    pass"
            )  # fmt: skip
        if self.trace:
            self.code.line("else:")
            self.code.line(f"    steps.append(({self.numbers[id(action)]}, 'null'))")

    def encoded(self, node: Node, schema: Schema, value: str) -> str:
        target, prefix = accepted(schema), b""
        if schema.kind == "union":
            prefix = binary.encode_long(next(i for i, one in enumerate(schema.branches) if one is target))
        if target.kind == "string" and node.repeats:
            return f"{self.code.texts(prefix)}[{value}]"
        return encode_value(self.code, target, value, prefix)

    # values

    def value(self, node: Node) -> str:
        """A variable or constant with the value of `node`; writes the lines that work it out unless it is known."""
        if node.op == "const":
            return self.constant(node)
        for scope in reversed(self.scopes):
            if node in scope:
                return scope[node]
        if node in self.remembered or (node.costly and len(self.scopes) > 1 and self.uses[node] > 1):
            variable = self.remembered.setdefault(node, f"m{len(self.remembered)}")
            with self.indented(f"if {variable} is _U:"):
                self.code.line(f"{variable} = {self.expression(node)}")
        else:
            variable = self.code.fresh("v")
            self.code.line(f"{variable} = {self.expression(node)}")
        self.scopes[-1][node] = variable
        return variable

    def constant(self, node: Node) -> str:
        if isinstance(node.data, float) or node.data is None:
            return self.code.constant(node.data, ("const", node))
        return repr(node.data)

    def expression(self, node: Node) -> str:
        args = [self.value(one) for one in node.args]
        made: str = getattr(self, f"_{node.op}")(node, args)
        return made

    def guarded(self, node: Node, args: list[str], expression: str) -> str:
        """Absent when an argument is."""
        tests = [f"{arg} is not None" for arg, one in zip(args, node.args, strict=True) if one.op != "const"]
        return f"{expression} if {' and '.join(dict.fromkeys(tests))} else None" if tests else expression

    def _event(self, node: Node, args: list[str]) -> str:
        return f"e.{node.data}"

    def _whole(self, node: Node, args: list[str]) -> str:
        return self.called(node.fn, ["e"])

    def name(self, function: Any) -> str:
        """Bound functions are called with their arguments directly."""
        return self.code.constant(function)

    def called(self, function: Any, args: list[str]) -> str:
        if isinstance(function, Bound):
            more = [
                self.code.constant(one) if not isinstance(one, (str, int)) else repr(one) for one in function.arguments
            ]
            return f"{self.code.constant(function.function)}({', '.join([*args, *more])})"
        return f"{self.name(function)}({', '.join(args)})"

    def _call(self, node: Node, args: list[str]) -> str:
        if isinstance(node.fn, Format):
            return self.guarded(node, args, self.formatted(node, node.fn, args))
        return self.guarded(node, args, self.called(node.fn, args))

    def formatted(self, node: Node, function: Format, args: list[str]) -> str:
        """A template as an f-string; what is neither a text nor a whole number gets its text by `scalar_text`."""
        texts = iter(
            arg
            if one.type in ("string", "text")
            else f"str({arg})"
            if one.type in ("int", "long", "number")
            else f"{self.name(scalar_text)}({arg})"
            for arg, one in zip(args, node.args, strict=True)
        )
        parts = []
        for literal, name, _, _ in string.Formatter().parse(function.template):
            parts += [repr(literal)] * bool(literal)
            if name is not None:
                parts.append(next(texts))
        return " + ".join(parts) or "''"

    def _loose(self, node: Node, args: list[str]) -> str:
        return self.called(node.fn, args)

    def _service(self, node: Node, args: list[str]) -> str:
        return self.guarded(node, args, f"{self.name(self.services[node.data])}({', '.join(args)})")

    def _pieces(self, node: Node, args: list[str]) -> str:
        return f"{self.name(node.fn)}(({', '.join(args)}{',' if args else ''}))"

    def _attribute(self, node: Node, args: list[str]) -> str:
        return self.guarded(node, args, f"{args[0]}.{node.data}")

    def _present(self, node: Node, args: list[str]) -> str:
        return f"{args[0]} is not None"

    def _absent(self, node: Node, args: list[str]) -> str:
        return f"{args[0]} is None"

    def _equals(self, node: Node, args: list[str]) -> str:
        left, right = node.args
        if left.type == right.type:
            return f"{args[0]} == {args[1]}"
        if "const" in (left.op, right.op):
            return "False"
        return f"({args[0]} is None and {args[1]} is None)"

    def _both(self, node: Node, args: list[str]) -> str:
        return self.guarded(node, args, f"({args[0]} and {args[1]})")

    def _either(self, node: Node, args: list[str]) -> str:
        return self.guarded(node, args, f"({args[0]} or {args[1]})")

    def _negate(self, node: Node, args: list[str]) -> str:
        return self.guarded(node, args, f"(not {args[0]})")

    def _compare(self, node: Node, args: list[str]) -> str:
        return self.guarded(node, args, f"({args[0]} {node.data} {args[1]})")

    def _first(self, node: Node, args: list[str]) -> str:
        made = args[-1]
        for arg in reversed(args[:-1]):
            made = f"({arg} if {arg} is not None else {made})"
        return made

    # the end: all fields in the order of the schema

    def end(self) -> None:
        parts, required = self.parts(self.schema, ())
        joined = self.joined(parts)
        if not required:
            self.code.line(f"return {joined}")
            return
        self.code.line("try:")
        self.code.line(f"    return {joined}")
        self.code.line("except TypeError:")
        tests = ", ".join(f"({'.'.join(path)!r}, {test})" for path, test in required)
        self.code.line(f"    raise _missing(({tests},)) from None")

    def joined(self, parts: list[str]) -> str:
        """Constants next to each other become one."""
        merged: list[str] = []
        for part in parts:
            if merged and part.startswith("b'") and merged[-1].startswith("b'"):
                merged[-1] = repr(eval(merged[-1]) + eval(part))  # noqa: S307  # two literals of our own
            else:
                merged.append(part)
        return f"_join(({', '.join(merged)}{',' if merged else ''}))"

    def parts(self, schema: Schema, path: tuple[str, ...]) -> tuple[list[str], list[tuple[tuple[str, ...], str]]]:
        """(expressions of the bytes of a record's fields, (path, test whether it is missing) of those required)."""
        parts: list[str] = []
        required: list[tuple[tuple[str, ...], str]] = []
        for field in schema.fields:
            here = (*path, field.name)
            if here in self.fields:
                variable = self.fields[here]
                parts.append(variable)
                if default_bytes(field) is None:
                    required.append((here, f"{variable} is None"))
            elif any(target[: len(here)] == here for target in self.fields):
                self.nested(here, field.schema, default_bytes(field), parts, required)
            else:
                default = default_bytes(field)
                parts.append(repr(default) if default is not None else "None")
                if default is None:
                    required.append((here, "True"))
        return parts, required

    def nested(
        self, here: tuple[str, ...], schema: Schema, default: bytes | None, parts: list[str], required: list[Any]
    ) -> None:
        """A record whose fields are set one by one. A nullable one is there when one of its fields was set."""
        inner, needed = self.parts(schema.present, here)
        if schema.kind != "union":
            parts += inner
            required += needed
            return
        touched = self.touched[here]
        number = next(i for i, one in enumerate(schema.branches) if one is schema.present)
        whole = self.joined([repr(binary.encode_long(number)), *inner])
        parts.append(f"({whole} if {touched} else {default!r})")
        required += [(path, f"{touched} and {test}") for path, test in needed]
        if default is None:
            required.append((here, f"not {touched}"))


class _FieldAt:
    def __init__(self, schema: Schema, default: bytes | None) -> None:
        self.schema = schema
        self.default_bytes = default


def _inside(actions: tuple[Action, ...]) -> Iterator[Action]:
    yield from Script("", actions).walk()


def constant_bytes(node: Node, schema: Schema) -> bytes:
    """A literal's Avro bytes on a field, by whose type it goes."""
    from riverrun.formats.avro import encoder

    target, prefix = accepted(schema), b""
    if schema.kind == "union":
        prefix = binary.encode_long(next(i for i, one in enumerate(schema.branches) if one is target))
    value = float(node.data) if target.kind in ("float", "double") else node.data
    return prefix + encoder(target)(value)


def _missing(tests: tuple[tuple[str, bool], ...]) -> Exception:
    paths = [path for path, missing in tests if missing]
    return Missing(paths) if paths else TypeError("a field's value is of another type")

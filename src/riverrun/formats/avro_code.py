"""Python source that encodes values of a schema: what the generated encoders are put together from."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from riverrun.formats import avro_binary as binary
from riverrun.schema.avro import Schema, branch_of


class Code:
    """Lines of a function being written, and the constants it uses by name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.indent = 1
        self.names: dict[str, Any] = {
            "_long": binary.encode_long,
            "_int": binary.encode_int,
            "_double": binary.pack_double,
            "_float": binary.pack_float,
        }
        self._constants: dict[Any, str] = {}
        self._count = 0

    def line(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    def fresh(self, prefix: str = "t") -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def constant(self, value: Any, key: Any = None) -> str:
        """The name of a constant; the same `key` gives the same name."""
        if key is None:
            key = ("id", id(value))
        if key not in self._constants:
            self._constants[key] = name = self.fresh("K")
            self.names[name] = value
        return self._constants[key]

    def lengths(self, prefix: bytes) -> str:
        return self.constant(binary.Lengths(prefix), ("lengths", prefix)) if self._new(("lengths", prefix)) else (
            self._constants["lengths", prefix]
        )  # fmt: skip

    def texts(self, prefix: bytes) -> str:
        return self.constant(binary.Texts(prefix), ("texts", prefix)) if self._new(("texts", prefix)) else (
            self._constants["texts", prefix]
        )  # fmt: skip

    def _new(self, key: Any) -> bool:
        return key not in self._constants

    def function(self, name: str, parameters: str) -> Callable[..., Any]:
        """Compile the lines as the body of a function."""
        source = f"def {name}({parameters}):\n" + "\n".join(self.lines) + "\n"
        scope = dict(self.names)
        exec(compile(source, f"<generated {name}>", "exec"), scope)
        made: Callable[..., Any] = scope[name]
        made.source = source  # type: ignore[attr-defined]  # for people who look
        return made


def union_prefix(schema: Schema) -> tuple[Schema, bytes, bytes | None]:
    """(the type behind a union of null and one type, the prefix of its values, the encoding of null or None)."""
    present = schema.present
    if present is schema:
        return schema, b"", None
    number = next(i for i, branch in enumerate(schema.branches) if branch is present)
    return present, binary.encode_long(number), binary.encode_long(1 - number)


def encode_value(code: Code, schema: Schema, value: str, prefix: bytes = b"") -> str:
    """Write lines that encode the variable `value`; returns an expression that is its bytes."""
    kind = schema.kind
    if kind == "string":
        raw = code.fresh("b")
        code.line(f"{raw} = {value}.encode()")
        return f"{code.lengths(prefix)}[len({raw})] + {raw}"
    if kind == "boolean":
        return f"({prefix + binary.TRUE!r} if {value} else {prefix + binary.FALSE!r})"
    if kind in ("int", "long", "float", "double"):
        return (f"{prefix!r} + " if prefix else "") + f"_{kind}({value})"
    if kind == "bytes":
        return f"{code.lengths(prefix)}[len({value})] + {value}"
    if kind == "null":
        return repr(prefix)
    if kind == "enum":
        symbols = {symbol: prefix + binary.encode_long(i) for i, symbol in enumerate(schema.symbols)}
        return f"{code.constant(symbols)}[{value}]"
    if kind == "fixed":
        return f"{prefix!r} + {code.constant(_checked_fixed(schema))}({value})"
    return _encode_complex(code, schema, value, prefix)


def _checked_fixed(schema: Schema) -> Callable[[bytes], bytes]:
    def check(value: bytes) -> bytes:
        if len(value) != schema.size:
            raise ValueError(f"{len(value)} bytes for {schema}, which has {schema.size}")
        return value

    return check


def _encode_complex(code: Code, schema: Schema, value: str, prefix: bytes) -> str:
    """Records, arrays, maps and unions: by a function of their own, so that a schema may contain itself."""
    name = f"E{id(schema)}"
    if name not in code.names:
        code.names[name] = None  # while it is being made: a record within itself
        inner = Code()
        inner.names = code.names
        inner._count = code._count + 1000
        {"record": _record, "array": _array, "map": _map, "union": _union}[schema.kind](inner, schema)
        code._count = inner._count
        body = "\n".join(inner.lines)
        exec(compile(f"def {name}(v):\n{body}\n", f"<encoder of {schema}>", "exec"), code.names)
    return (f"{prefix!r} + " if prefix else "") + f"{name}({value})"


def _record(code: Code, schema: Schema) -> None:
    parts = []
    for one in schema.fields:
        variable, part = code.fresh("v"), code.fresh("p")
        default = code.constant(one.default) if one.has_default else None
        key = json.dumps(one.name)
        code.line(f"{variable} = v.get({key}, {default})" if default else f"{variable} = v[{key}]")
        code.line(f"{part} = {encode_value(code, one.schema, variable)}")
        parts.append(part)
    code.line(f"return b''.join(({', '.join(parts)}{',' if parts else ''}))")


def _array(code: Code, schema: Schema) -> None:
    assert schema.element is not None
    code.line("if not v:")
    code.line("    return b'\\x00'")
    code.line("out = [_long(len(v))]")
    code.line("for one in v:")
    code.indent += 1
    code.line(f"out.append({encode_value(code, schema.element, 'one')})")
    code.indent -= 1
    code.line("out.append(b'\\x00')")
    code.line("return b''.join(out)")


def _map(code: Code, schema: Schema) -> None:
    assert schema.element is not None
    code.line("if not v:")
    code.line("    return b'\\x00'")
    code.line("out = [_long(len(v))]")
    code.line("for key, one in v.items():")
    code.indent += 1
    code.line("raw = key.encode()")
    code.line("out.append(_long(len(raw)) + raw)")
    code.line(f"out.append({encode_value(code, schema.element, 'one')})")
    code.indent -= 1
    code.line("out.append(b'\\x00')")
    code.line("return b''.join(out)")


def _union(code: Code, schema: Schema) -> None:
    present, prefix, null = union_prefix(schema)
    if null is not None:
        code.line("if v is None:")
        code.line(f"    return {null!r}")
        code.line(f"return {encode_value(code, present, 'v', prefix)}")
        return
    choose = code.constant(lambda value: _number(value, schema))
    code.line(f"number = {choose}(v)")
    for i, branch in enumerate(schema.branches):
        code.line(f"if number == {i}:")
        code.indent += 1
        code.line(f"return {encode_value(code, branch, 'v', binary.encode_long(i))}")
        code.indent -= 1
    code.line("raise ValueError(number)")


def _number(value: Any, schema: Schema) -> int:
    return schema.branches.index(branch_of(value, schema))

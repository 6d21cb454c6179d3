"""HOCON, as far as Divolte's configurations use it (all but `+=` on included lists, urls and Java properties files).

Source: the HOCON specification of Typesafe (Lightbend) Config. Our own reader because it has to say on which line a
value stands, keep `30 minutes` as the text it is, and never fetch anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from riverrun.config.tree import Items, Node, Scalar, Table
from riverrun.errors import InputError, Where

Key = tuple[str, ...]


def parse_hocon(text: str, file: Path, env: Mapping[str, str]) -> Table:
    """The tree of `text`, with includes read and substitutions made. Raises InputError on the first mistake."""
    root = _Parser(text, file).document()
    return _Resolver(root, env).table(root, ())


# --- what was written, before substitutions ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Literal:
    value: str | int | float | bool | None
    text: str
    where: Where


@dataclass(frozen=True, slots=True)
class _Reference:
    """`keys` are tried in turn: in an included file, first below the place of the include, then from the root."""

    keys: tuple[Key, ...]
    optional: bool
    where: Where


@dataclass(frozen=True, slots=True)
class _List:
    values: list[_Value]
    where: Where


@dataclass(slots=True)
class _Object:
    where: Where
    entries: dict[str, _Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Joined:
    """Values that stand beside each other; literal parts include the blanks between them."""

    parts: list[_Value]
    where: Where


@dataclass(frozen=True, slots=True)
class _Layers:
    """Values given to one key one after the other; which of them count is known after substitution."""

    values: list[_Value]
    where: Where


_Value = _Literal | _Reference | _List | _Object | _Joined | _Layers


def _merged(below: _Value | None, above: _Value) -> _Value:
    """What a key has after it had `below` and was then given `above`."""
    if isinstance(below, _Object) and isinstance(above, _Object):
        result = _Object(below.where, dict(below.entries))
        for name, value in above.entries.items():
            result.entries[name] = _merged(result.entries.get(name), value)
        return result
    if below is None or (isinstance(above, (_Literal, _List)) and not _has_reference(above)):
        return above
    layers = below.values if isinstance(below, _Layers) else [below]
    return _Layers([*layers, *(above.values if isinstance(above, _Layers) else [above])], above.where)


def _has_reference(value: _Value) -> bool:
    match value:
        case _Reference():
            return True
        case _List(values=parts) | _Joined(parts=parts) | _Layers(values=parts):
            return any(_has_reference(part) for part in parts)
        case _Object(entries=entries):
            return any(_has_reference(part) for part in entries.values())
        case _:
            return False


# --- reading -------------------------------------------------------------------------------------------------------

_BLANK = re.compile(r"(?:[^\S\n]|\ufeff)+")
_COMMENT = re.compile(r"(?:#|//)[^\n]*")
_UNQUOTED = re.compile(r"""(?:(?!//)[^\s$"{}\[\]:=,+#`^?!@*&\\\ufeff])+""")
_KEY_PART = re.compile(r"""(?:(?!//)[^\s$"{}\[\]:=,+#`^?!@*&\\.\ufeff])+""")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_TRIPLE = re.compile(r'"""(.*?"*)"""', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/"}
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_DEPTH = 100


class _Parser:
    def __init__(self, text: str, file: Path, including: tuple[Path, ...] = (), base: Key = ()) -> None:
        self.text = text
        self.file = file
        self.including = (*including, file.resolve())
        self.base = base  # where this file is included
        self.path = base  # of the object being read
        self.at = 0
        self.depth = 0

    def where(self, at: int | None = None) -> Where:
        at = self.at if at is None else at
        return Where(
            str(self.file), self.text.count("\n", 0, at) + 1, at - self.text.rfind("\n", 0, at) if at >= 0 else None
        )

    def fail(self, what: str, todo: str | None = None, at: int | None = None) -> InputError:
        return InputError(what, where=self.where(at), todo=todo)

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def blanks(self) -> str:
        found = self.match(_BLANK)
        return found[0] if found else ""

    def lines(self) -> bool:
        """Skip blanks, comments and line ends; True when there was a line end."""
        began = self.at
        while self.match(_BLANK) or self.match(_COMMENT) or self.peek() == "\n":
            if self.peek() == "\n":
                self.at += 1
        return "\n" in self.text[began : self.at]

    def document(self) -> _Object:
        self.lines()
        where = self.where()
        if self.peek() == "{":
            value = self.object()
            self.lines()
        elif self.peek() == "[":
            raise self.fail("a configuration is an object, not a list")
        else:
            value = self.entries(_Object(where), closing="")
        if self.at < len(self.text):
            raise self.fail(f"unexpected {self.peek()!r}", "is a brace missing or one too many?")
        return value

    def object(self) -> _Object:
        result = _Object(self.where())
        opened = self.at
        self.at += 1
        self.deeper()
        self.entries(result, closing="}")
        if self.peek() != "}":
            raise self.fail("this brace is not closed", "add a closing brace", opened)
        self.at += 1
        self.depth -= 1
        return result

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > _DEPTH:
            raise self.fail(f"nested more than {_DEPTH} deep")

    def entries(self, result: _Object, closing: str) -> _Object:
        self.lines()
        while self.at < len(self.text) and self.peek() != closing:
            if not closing and self.peek() == "}":
                break
            self.entry(result)
            ended = self.lines()
            if self.peek() == ",":
                self.at += 1
                self.lines()
            elif not ended and self.at < len(self.text) and self.peek() not in ("}", closing):
                raise self.fail(f"unexpected {self.peek()!r} behind a value", "begin a new line, or quote the text")
        return result

    def entry(self, result: _Object) -> None:
        began = self.at
        key = self.key()
        if key == ("include",) and self.text[began] != '"' and self.peek() not in (":", "=", "{", "+"):
            self.include(result)
            return
        outer, self.path = self.path, self.path + key
        self.lines()
        if self.peek() == "{":
            value: _Value = self.value()
        elif self.text.startswith("+=", self.at):
            self.at += 2
            self.blanks()
            where = self.where()
            value = _Joined([_Reference((self.path,), True, where), _List([self.value()], where)], where)
        elif self.peek() in (":", "="):
            self.at += 1
            self.lines()
            value = self.value()
        else:
            found = "the end" if self.at >= len(self.text) else repr(self.peek())
            raise self.fail(f"{'.'.join(key)}: expected '=', ':' or '{{', found {found}")
        self.path = outer
        _put(result, key, value, self.where(began))

    def key(self) -> Key:
        parts: list[str] = []
        while True:
            part = ""
            while True:
                if self.peek() == '"':
                    part += self.quoted()
                elif found := self.match(_KEY_PART):
                    part += found[0]
                else:
                    break
            if not part and self.text[self.at - 1] != '"':
                raise self.fail(f"expected a key, found {self.peek()!r}" if self.peek() else "expected a key")
            parts.append(part)
            self.blanks()
            if self.peek() != ".":
                return tuple(parts)
            self.at += 1

    def quoted(self) -> str:
        if found := self.match(_TRIPLE):
            return found[1]
        found = self.match(_QUOTED)
        if found is None:
            raise self.fail("this text is not closed", "add a quotation mark")
        text = _ESCAPE.sub(self.unescaped, found[1])
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")  # pairs of \\u escapes

    def unescaped(self, match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2] not in _ESCAPES:
            raise self.fail(f"unknown escape \\{match[2]}", "write \\\\ for a backslash")
        return _ESCAPES[match[2]]

    def value(self) -> _Value:
        where = self.where()
        parts: list[_Value] = []
        blanks = ""
        while (part := self.part()) is not None:
            if parts and blanks:
                parts.append(_Literal(blanks, blanks, where))
            parts.append(part)
            blanks = self.blanks()
        if not parts:
            found = "the end" if self.at >= len(self.text) else repr(self.peek())
            raise self.fail(f"expected a value, found {found}", "quote the text if this character belongs to it")
        return parts[0] if len(parts) == 1 else _Joined(parts, where)

    def part(self) -> _Value | None:
        where, following = self.where(), self.peek()
        if following == "{":
            return self.object()
        if following == "[":
            return self.list()
        if following == '"':
            text = self.quoted()
            return _Literal(text, text, where)
        if self.text.startswith("${", self.at):
            return self.reference()
        found = self.match(_UNQUOTED)
        return None if found is None else _Literal(_typed(found[0]), found[0], where)

    def list(self) -> _List:
        result, opened = _List([], self.where()), self.at
        self.at += 1
        self.deeper()
        self.lines()
        while self.peek() != "]":
            if self.at >= len(self.text):
                raise self.fail("this bracket is not closed", "add a closing bracket", opened)
            result.values.append(self.value())
            ended = self.lines()
            if self.peek() == ",":
                self.at += 1
                self.lines()
            elif not ended and self.at < len(self.text) and self.peek() != "]":
                raise self.fail(f"unexpected {self.peek()!r} in a list", "separate the values with commas")
        self.at += 1
        self.depth -= 1
        return result

    def reference(self) -> _Reference:
        where = self.where()
        self.at += 2
        optional = self.peek() == "?"
        self.at += optional
        self.blanks()
        key = self.key()
        if self.peek() != "}":
            raise self.fail("this substitution is not closed", "add a closing brace")
        self.at += 1
        return _Reference((self.base + key, key) if self.base else (key,), optional, where)

    def include(self, result: _Object) -> None:
        began = self.at
        required = self.word("required(")
        kind = next((kind for kind in ("file", "url", "classpath", "package") if self.word(f"{kind}(")), "")
        if self.peek() != '"':
            raise self.fail("include needs a file name in quotes")
        name = self.quoted()
        for _ in range(bool(kind) + required):
            self.blanks()
            if self.peek() != ")":
                raise self.fail("this include is not closed", "add a closing parenthesis")
            self.at += 1
        if kind in ("url", "package") or "://" in name:
            raise self.fail("nothing is included from the network", "include a file", began)
        if (included := self.included(name, required, began)) is not None:
            for key, value in included.entries.items():
                result.entries[key] = _merged(result.entries.get(key), value)

    def word(self, word: str) -> bool:
        found = self.text.startswith(word, self.at)
        if found:
            self.at += len(word)
            self.blanks()
        return found

    def included(self, name: str, required: bool, began: int) -> _Object | None:
        named = self.file.parent / name
        candidates = [named] if named.suffix in (".conf", ".json") else [Path(f"{named}.conf"), Path(f"{named}.json")]
        path = next((path for path in candidates if path.is_file()), None)
        if path is None:
            if required:
                raise self.fail(f"there is no {named}", "create it, or include it without required()", began)
            return None
        if path.resolve() in self.including:
            raise self.fail(f"{named} includes itself", at=began)
        return _Parser(read_text(path), path, self.including, self.path).document()


def read_text(path: Path) -> str:
    """The text of a configuration file; InputError when it cannot be read."""
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("this file is not UTF-8 text", where=Where(str(path))) from error
    except OSError as error:
        raise InputError(error.strerror or str(error), where=Where(str(path)), todo="give a file to read") from error


def _put(result: _Object, key: Key, value: _Value, where: Where) -> None:
    """Give `key`, which may go down several tables, its value."""
    for name in reversed(key[1:]):
        value = _Object(where, {name: value})
    result.entries[key[0]] = _merged(result.entries.get(key[0]), value)


def _typed(text: str) -> str | int | float | bool | None:
    if text in _WORDS:
        return _WORDS[text]
    match = _NUMBER.match(text)
    if match is None:
        return text
    return float(text) if match[1] or match[2] else int(text)


# --- substitution --------------------------------------------------------------------------------------------------


class _Resolver:
    def __init__(self, root: _Object, env: Mapping[str, str]) -> None:
        self.root = root
        self.env = env
        # What is being worked out, with the layers below it: `path = ${path}":/bin"` means the path before this one.
        self.active: list[tuple[Key, list[_Value]]] = []

    def table(self, value: _Object, key: Key) -> Table:
        entries = {name: self.node(part, (*key, name)) for name, part in value.entries.items()}
        return Table({name: node for name, node in entries.items() if node is not None}, value.where)

    def node(self, value: _Value, key: Key) -> Node | None:
        """The value of `key`; None when it comes to nothing (an optional substitution of what is not there)."""
        match value:
            case _Literal(value=plain, where=where):
                return Scalar(plain, where, loose=True)
            case _Object():
                return self.table(value, key)
            case _List(values=values, where=where):
                nodes = (self.node(part, (*key, "")) for part in values)
                return Items(tuple(node for node in nodes if node is not None), where)
            case _Layers(values=values):
                return self.layers(values, key)
            case _:
                return self.layers([value], key)

    def layers(self, values: list[_Value], key: Key) -> Node | None:
        """The topmost value that is there; tables are merged with the tables below them."""
        above: Node | None = None
        for index in range(len(values) - 1, -1, -1):
            self.active.append((key, values[:index]))
            try:
                below = self.single(values[index], key)
            finally:
                self.active.pop()
            if below is None:
                continue
            above = below if above is None else _over(below, above)
            if not isinstance(above, Table) or not isinstance(below, Table):
                return above
        return above

    def single(self, value: _Value, key: Key) -> Node | None:
        match value:
            case _Reference():
                return self.reference(value)
            case _Joined(parts=parts, where=where):
                return self.joined(parts, key, where)
            case _:
                return self.node(value, key)

    def reference(self, reference: _Reference) -> Node | None:
        for index in range(len(self.active) - 1, -1, -1):
            key, below = self.active[index]
            if key in reference.keys:
                outer, self.active = self.active, self.active[:index]
                try:
                    found = self.layers(below, key) if below else None
                finally:
                    self.active = outer
                return found if found is not None else self.from_environment(reference)
        for key in reference.keys:
            if (found := self.lookup(self.root, key, ())) is not None:
                return found
        return self.from_environment(reference)

    def lookup(self, value: _Value | Node, rest: Key, done: Key) -> Node | None:
        if not isinstance(value, _Object | Table):
            resolved = self.node(value, done) if not isinstance(value, Scalar | Items) else value
            if not rest or resolved is None:
                return resolved
            return self.lookup(resolved, rest, done) if isinstance(resolved, Table) else None
        if not rest:
            return value if isinstance(value, Table) else self.table(value, done)
        part = value.entries.get(rest[0])
        return None if part is None else self.lookup(part, rest[1:], (*done, rest[0]))

    def from_environment(self, reference: _Reference) -> Node | None:
        name = ".".join(reference.keys[-1])
        if name in self.env:
            return Scalar(self.env[name], Where(f"environment variable {name}"), loose=True)
        if reference.optional:
            return None
        raise InputError(
            f"${{{name}}} stands for nothing: no such key, and no such environment variable",
            where=reference.where,
            todo=f"define it, or write ${{?{name}}}",
        )

    def joined(self, parts: list[_Value], key: Key, where: Where) -> Node | None:
        """Values beside each other: tables are merged, lists joined, everything else is one text."""
        nodes = [self.single(part, key) for part in parts]
        present = [(part, node) for part, node in zip(parts, nodes, strict=True) if node is not None]
        solid = [node for part, node in present if not (isinstance(part, _Literal) and not part.text.strip())]
        if solid and all(isinstance(node, Table) for node in solid):
            result = solid[0]
            for node in solid[1:]:
                result = _over(result, node)
            return result
        if solid and all(isinstance(node, Items) for node in solid):
            return Items(tuple(value for node in solid if isinstance(node, Items) for value in node.values), where)
        if any(not isinstance(node, Scalar) for node in solid):
            raise InputError("a table, a list and a text cannot stand beside each other", where=where)
        if len(present) < 2 and not any(isinstance(part, _Literal) for part, _ in present):
            return present[0][1] if present else None
        return Scalar("".join(_text(part, node) for part, node in present), where, loose=True) if present else None


def _text(part: _Value, node: Node) -> str:
    if isinstance(part, _Literal):
        return part.text
    assert isinstance(node, Scalar)
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return "null" if node.value is None else str(node.value)


def _over(below: Node, above: Node) -> Node:
    if not isinstance(below, Table) or not isinstance(above, Table):
        return above
    entries = dict(below.entries)
    for name, node in above.entries.items():
        entries[name] = _over(entries[name], node) if name in entries else node
    return Table(entries, above.where)

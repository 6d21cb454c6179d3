"""A Groovy mapping script to actions: Divolte's words bound to the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from riverrun.errors import InputError, Where, did_you_mean
from riverrun.mapping import vocabulary as words
from riverrun.mapping.build import Builder, reading
from riverrun.mapping.groovy import syntax as s
from riverrun.mapping.groovy.interpreter import Closure, Interpreter
from riverrun.mapping.groovy.parser import parse
from riverrun.mapping.groovy.values import type_name, typed
from riverrun.mapping.nodes import TYPE_NAMES, Script
from riverrun.mapping.source import Sources
from riverrun.mapping.vocabulary import DigestBuilder, Json, Value

# Divolte's words that give a value, as Python spells them
_PRODUCERS = (
    "location", "referer", "page_view_id", "viewport_pixel_width", "viewport_pixel_height", "screen_pixel_width",
    "screen_pixel_height", "device_pixel_ratio", "exact_device_pixel_ratio", "event_type", "party_id", "session_id",
    "event_id", "first_in_session", "new_party", "corrupt", "duplicate", "timestamp", "client_timestamp", "remote_host",
    "user_agent_string", "source_name", "source_type", "request_method", "request_query", "cookie", "header",
    "event_parameters", "event_parameter", "user_agent", "bot", "campaign", "referer_class", "ip2geo", "digest",
    "format",
    "first_present",
)  # fmt: skip
_KEYWORDS = {"and": "and_", "or": "or_", "not": "not_"}
_TYPED = ("equal_to", "or_else", "less_than", "greater_than", "first_present", "format")


def snake(name: str) -> str:
    """
    >>> snake("decodedQueryString"), snake("ip2geo"), snake("and")
    ('decoded_query_string', 'ip2geo', 'and_')
    """
    return _KEYWORDS.get(name) or re.sub(r"(?<!^)([A-Z])", lambda found: "_" + found[1].lower(), name)


def camel(name: str) -> str:
    """
    >>> camel("decoded_query_string"), camel("and_")
    ('decodedQueryString', 'and')
    """
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name).removesuffix("_")


class TypeName:
    """int32, int64, fp32, fp64, bool or uri behind `to`."""

    def __init__(self, name: str) -> None:
        self.name = name


class Part:
    """A statement or value that waits for its next word: `map x` for `onto`, `when c` for `apply` ..."""

    def __init__(self, word: str, at: s.Place, **groovy_methods: Callable[..., Any]) -> None:
        self.word = word
        self.at = at
        self.groovy_methods = groovy_methods
        self.done = False


def read_groovy(
    text: str, file: str, *, short_digest_keys: bool = False, words: Mapping[str, Any] | None = None
) -> Script:
    """Raises InputError or UnsupportedError where the text cannot be parsed; other problems are in the script.
    `words`: what the script knows besides the words of a mapping."""
    return read_with_sources(text, file, short_digest_keys=short_digest_keys, words=words)[0]


def read_with_sources(
    text: str, file: str, *, short_digest_keys: bool = False, words: Mapping[str, Any] | None = None
) -> tuple[Script, Sources]:
    """The script, and how its values are written in Python."""
    statements = parse(text, file)
    front = _Front(file, short_digest_keys, words or {})
    with reading(front.builder):
        front.interpreter.run(statements)
        front.finish()
    return front.builder.script(), front.sources


class _Front:
    def __init__(self, file: str, short_digest_keys: bool, more: Mapping[str, Any]) -> None:
        self.file = file
        self.sources = Sources()
        self.builder = Builder(file, lambda: self.interpreter.where(), short_digest_keys=short_digest_keys)
        self.interpreter = Interpreter(self.builder, file, {**self.words(), **more}, self.on_value)
        self.parts: list[Part] = []
        self.mapped = False

    def words(self) -> dict[str, Any]:
        found: dict[str, Any] = {camel(name): self.producer(name) for name in _PRODUCERS}
        found |= {name: TypeName(name) for name in ("int32", "int64", "fp32", "fp64", "bool", "uri")}
        found |= {
            "mapping": self.mapping, "map": self.map, "when": self.when, "section": self.section, "exit": words.exit,
            "stop": words.stop, "drop": words.drop, "match": self.match, "parse": self.parse, "not": self.negate,
            "println": lambda *_: None,
        }  # fmt: skip
        return found

    def producer(self, name: str) -> Callable[..., Any]:
        function = getattr(words, name)

        def call(*args: Any) -> Any:
            given = tuple(typed(one) for one in args) if name in _TYPED and name != "format" else args
            return self.sources.called(function(*given), name, args)

        return call

    def finish(self) -> None:
        wrong = {one.where.line for one in self.builder.problems if one.where}
        for part in self.parts:
            if not part.done and part.at[0] not in wrong:
                self.interpreter.at = part.at
                names = " or ".join(part.groovy_methods)
                self.builder.problem(f"`{part.word} ...` does nothing by itself", f"go on with {names}")
        if not self.mapped and not self.builder.problems:
            self.interpreter.at = (1, 1)
            self.builder.problem("the script has no mapping", "put its statements into mapping { }")

    def part(self, word: str, **methods: Callable[..., Any]) -> Part:
        made = Part(word, self.interpreter.at, **methods)
        self.parts.append(made)
        return made

    # statements

    def mapping(self, body: Any) -> None:
        self.mapped = True
        self.run(body, "mapping")

    def run(self, body: Any, word: str) -> Any:
        if not isinstance(body, Closure):
            raise InputError(f"{word} takes a block in braces, not {type_name(body)}")
        return body()

    def value(self, value: Any) -> Any:
        """A closure stands for what it gives."""
        found = typed(value() if isinstance(value, Closure) else value)
        if isinstance(found, Part):
            found.done = True
            names = " or ".join(found.groovy_methods)
            raise InputError(f"`{found.word} ...` is not finished", todo=f"go on with {names}")
        if isinstance(found, TypeName):
            raise InputError(f"{found.name} is a type, not a value")
        if isinstance(found, DigestBuilder):
            raise InputError("the digest is not finished", todo="write .result()")
        if found is None or isinstance(found, (list, dict)):
            todo = "map values one by one, or a JSON value"
            raise InputError(f"{type_name(found)} is no value of a mapping", todo=todo)
        return found

    def map(self, value: Any) -> Part:
        found = self.value(value)
        node = words.lift(found)
        self.sources.literal(node, found)
        return self.part("map", onto=lambda target: self.onto(node, target))

    def onto(self, node: Any, target: Any) -> None:
        if not isinstance(target, str):
            raise InputError(f"onto takes the name of a field, not {type_name(target)}")
        self.builder.map(node, target)

    def when(self, condition: Any) -> Part:
        found = self.value(condition)
        node = words.boolean_node(found)
        self.sources.literal(node, found)

        def apply(body: Any) -> None:
            with self.builder.when(node):
                self.run(body, "apply")

        def leave(statement: Callable[[], None]) -> Callable[..., None]:
            def act(*_: Any) -> None:
                with self.builder.when(node):
                    statement()

            return act

        return self.part("when", apply=apply, stop=leave(words.stop), exit=leave(words.exit), drop=leave(words.drop))

    def section(self, body: Any) -> None:
        with self.builder.section():
            self.run(body, "section")

    def match(self, pattern: Any) -> Part:
        return self.part("match", against=lambda value: self.against(pattern, value))

    def against(self, pattern: Any, value: Any) -> Any:
        made = words.match(pattern, against=self.value(value))
        return self.sources.called(made, "match", (pattern,), keywords={"against": value})

    def parse(self, value: Any) -> Part:
        return self.part("parse", to=lambda kind: self.to(value, kind))

    def to(self, value: Any, kind: Any) -> Any:
        name = kind.name if isinstance(kind, TypeName) else str(kind)
        parse: Any = words.parse
        return self.sources.called(parse(self.value(value), to=name), "parse", (value,), keywords={"to": name})

    def negate(self, condition: Any) -> Any:
        return self.sources.called(words.not_(self.value(condition)), "not_", (condition,))

    # methods of values and parts

    def on_value(self, target: Any, name: str, args: tuple[Any, ...], at: s.Place) -> Any:
        if isinstance(target, Part):
            return self.on_part(target, name, args, at)
        if isinstance(target, Value) and target.node.type == "broken":
            return target
        if isinstance(target, words.Query) and name == "getAt":
            name = "value"
        method = self.method(target, name)
        given = tuple(self.value(one) if isinstance(one, Closure) else one for one in args)
        if snake(name) in _TYPED:
            given = tuple(typed(one) for one in given)
        self.interpreter.at = at
        try:
            if isinstance(target, Json) and name == "equalTo":
                result = Value.equal_to(target, *given)
            else:
                result = method(*given)
        except TypeError as error:
            shown = ", ".join(type_name(one) for one in args)
            raise InputError(f".{name}() cannot take ({shown})", where=Where(self.file, *at)) from error
        return self.sources.called(result, snake(name), args, target=target)

    def method(self, target: Any, name: str) -> Callable[..., Any]:
        found = getattr(target, snake(name), None)
        if name.startswith("_") or name != camel(snake(name)) or not callable(found):
            known = [camel(one) for one in dir(target) if not one.startswith("_") and one != "node"]
            what = "a digest" if isinstance(target, DigestBuilder) else TYPE_NAMES[target.node.type]
            raise InputError(f"{what} has no {name}()", todo=did_you_mean(name, known))
        return found  # type: ignore[no-any-return]  # checked to be callable

    def on_part(self, part: Part, name: str, args: tuple[Any, ...], at: s.Place) -> Any:
        method = part.groovy_methods.get(name)
        part.done = True
        if method is None:
            todo = (
                "there is no else: use sections, or write the mapping in Python"
                if name in ("otherwise", "orElse")
                else None
            )
            raise InputError(
                f"`{part.word} ... {name}` is not known", where=Where(self.file, *at),
                todo=todo or did_you_mean(name, part.groovy_methods),
            )  # fmt: skip
        self.interpreter.at = part.at
        return method(*args)

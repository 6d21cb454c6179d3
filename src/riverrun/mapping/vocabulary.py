"""The words of a mapping script: values of an event, what can be asked of them, and the statements that use them.

    from riverrun.mapping import *

    uri = parse(location(), to="uri")
    map(uri.path(), onto="path")
    with when(event_type() == "pageView"):
        map("view", onto="kind")

Each value is worked out per event, later; it may be absent, and mapping an absent value leaves the field as it was. The
Groovy front reads the same words in Divolte's spelling (`eventType()`). Lines with `>>>` are examples on the event of
docs/mapping-reference.md; the tests run them.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, Literal, NoReturn, Self, TypeVar, overload

from riverrun.errors import InputError, UnsupportedError, did_you_mean
from riverrun.java.regex import compile_pattern
from riverrun.mapping.build import current, maybe_current
from riverrun.mapping.nodes import TYPE_NAMES, Node
from riverrun.mapping.values import campaign as campaigns
from riverrun.mapping.values import digests, geo, headers, numbers, text, uri
from riverrun.mapping.values import json as jsons
from riverrun.mapping.values.agent import is_bot, parse_agent
from riverrun.mapping.values.jsonpath import compile_path

T = TypeVar("T", bound="Value")
Literals = str | bool | int | float


class Value:
    """Any value. (Not known while the script is read: use `when`, not `if`.)"""

    __slots__ = ("node",)
    __hash__ = None  # type: ignore[assignment]  # == makes a condition

    def __init__(self, node: Node) -> None:
        self.node = node

    def __bool__(self) -> NoReturn:
        raise InputError(
            "the value is known only when an event comes, so it cannot decide anything while the script is read",
            todo="use `with when(...):` instead of `if`, and &, | and ~ instead of and, or and not",
        )

    def __repr__(self) -> str:
        return f"<{TYPE_NAMES[self.node.type]} of the mapping>"

    def is_present(self) -> Condition:
        """Whether there is a value.

        >>> referer().is_present()
        true
        """
        return Condition(Node("present", "boolean", (self.node,)))

    def is_absent(self) -> Condition:
        """Whether there is none.

        >>> cookie("unheard-of").is_absent()
        true
        """
        return Condition(Node("absent", "boolean", (self.node,)))

    def equal_to(self, other: Value | Literals) -> Condition:
        """Whether both are of one type and equal; two absent values are equal, an absent one and a literal are not.
        In Python `==` says the same.

        >>> event_type().equal_to("addToBasket")
        true
        """
        return Condition(_equals(self.node, lift(other)))

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]  # a condition, not a bool
        return self.equal_to(other)  # type: ignore[arg-type]  # lift() says what it does not take

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return self.equal_to(other).negate()  # type: ignore[arg-type]

    def or_else(self, other: Self | Literals) -> Self:
        """This value, or where it is absent the other one, which has to be of the same type.

        >>> cookie("unheard-of").or_else("none")
        "none"
        """
        second = _adapt(lift(other), self.node.type)
        if second.type != self.node.type:
            _problem(f"{TYPE_NAMES[second.type]} cannot stand in for {TYPE_NAMES[self.node.type]}")
        return type(self)(Node("first", self.node.type, (self.node, second)))


class Condition(Value):
    """True, false or absent."""

    __slots__ = ()

    def and_(self, other: Condition | bool) -> Condition:
        """Both; absent when either is absent. In Python `&` says the same.

        >>> first_in_session().and_(corrupt())
        false
        """
        return Condition(Node("both", "boolean", (self.node, _boolean(other))))

    def or_(self, other: Condition | bool) -> Condition:
        """At least one; absent when either is absent. In Python `|` says the same.

        >>> first_in_session() | corrupt()
        true
        """
        return Condition(Node("either", "boolean", (self.node, _boolean(other))))

    def negate(self) -> Condition:
        """The opposite; absent stays absent. In Python `~` says the same.

        >>> corrupt().negate()
        true
        """
        return Condition(Node("negate", "boolean", (self.node,)))

    def __and__(self, other: Condition | bool) -> Condition:
        return self.and_(other)

    def __or__(self, other: Condition | bool) -> Condition:
        return self.or_(other)

    def __invert__(self) -> Condition:
        return self.negate()


class Text(Value):
    """A string."""

    __slots__ = ()

    def __add__(self, other: Text | str) -> Text:
        return Text(_call(text.join, "string", self.node, _string(other)))

    def __radd__(self, other: str) -> Text:
        return Text(_call(text.join, "string", _string(other), self.node))

    def concat(self, other: Text | str) -> Text:
        """Both, one behind the other; absent when either is. In Python `+` says the same.

        >>> event_type().concat("!")
        "addToBasket!"
        """
        return self + other

    def matches(self, pattern: str) -> Condition:
        """Whether the whole text matches a regular expression (Java's).

        >>> event_type().matches("add.*")
        true
        """
        return match(pattern, against=self).matches()

    def replace(self, pattern: str, replacement: str) -> Text:
        r"""Every match of a regular expression (Java's) replaced; `\1` and `\g<name>` stand for groups.

        >>> event_type().replace("([A-Z])", r"_\1").lower()
        "add_to_basket"
        """
        compiled = _pattern(pattern)
        return Text(_call(_bound(text.replace, compiled, replacement), "string", self.node))

    def contains(self, part: Text | str) -> Condition:
        """
        >>> event_type().contains("Basket")
        true
        """
        return Condition(_call(text.contains, "boolean", self.node, _string(part)))

    def starts_with(self, part: Text | str) -> Condition:
        """
        >>> event_type().starts_with("add")
        true
        """
        return Condition(_call(text.starts_with, "boolean", self.node, _string(part)))

    def ends_with(self, part: Text | str) -> Condition:
        """
        >>> event_type().ends_with("add")
        false
        """
        return Condition(_call(text.ends_with, "boolean", self.node, _string(part)))

    def lower(self) -> Text:
        """
        >>> event_type().lower()
        "addtobasket"
        """
        return Text(_call(str.lower, "string", self.node))

    def upper(self) -> Text:
        """
        >>> event_type().upper()
        "ADDTOBASKET"
        """
        return Text(_call(str.upper, "string", self.node))

    def trim(self) -> Text:
        """Without blanks at both ends.

        >>> event_parameters().value("note").trim()
        "a gift"
        """
        return Text(_call(str.strip, "string", self.node))

    def slice(self, start: int, end: int | None = None) -> Text:
        """The characters from `start` up to, without, `end` (negative: from the end).

        >>> event_type().slice(0, 3)
        "add"
        """
        return Text(_call(_bound(text.slice_of, start, end), "string", self.node))

    def length(self) -> Number:
        """
        >>> event_type().length()
        11
        """
        return Number(_call(len, "int", self.node))

    def as_json(self) -> Json:
        """To map onto what a string cannot be mapped onto (enum, fixed, numbers), by the rules of JSON values.

        >>> event_type().as_json()
        "addToBasket"
        """
        return Json(_call(_same, "json", self.node))


class Number(Value):
    """An int, long, float or double."""

    __slots__ = ()

    def __lt__(self, other: Number | float) -> Condition:
        return self._compare("<", other)

    def __le__(self, other: Number | float) -> Condition:
        return self._compare("<=", other)

    def __gt__(self, other: Number | float) -> Condition:
        return self._compare(">", other)

    def __ge__(self, other: Number | float) -> Condition:
        return self._compare(">=", other)

    def less_than(self, other: Number | float) -> Condition:
        """Absent when either is. In Python `<`; `<=`, `>` and `>=` are there too.

        >>> viewport_pixel_width().less_than(600)
        false
        """
        return self._compare("<", other)

    def greater_than(self, other: Number | float) -> Condition:
        """
        >>> viewport_pixel_width().greater_than(600)
        true
        """
        return self._compare(">", other)

    def _compare(self, symbol: str, other: Number | float) -> Condition:
        right = lift(other)
        if right.type not in _NUMBERS:
            _problem(f"{TYPE_NAMES[right.type]} cannot be compared with a number by {symbol}")
        return Condition(Node("compare", "boolean", (self.node, right), data=symbol))

    def to_text(self) -> Text:
        """The number as a decimal text.

        >>> screen_pixel_width().to_text()
        "1920"
        """
        return Text(_call(jsons.number_text, "string", self.node))

    def to_long(self) -> Number:
        """An int as a long; a float or double cut to a whole number.

        >>> screen_pixel_width().to_long()
        1920
        """
        return Number(_call(numbers.cut, "long", self.node))

    def to_double(self) -> Number:
        """
        >>> screen_pixel_width().to_double()
        1920.0
        """
        return Number(_call(float, "double", self.node))

    def to_iso8601(self) -> Text:
        """Milliseconds since the epoch as `2016-06-01T18:54:16.123Z`.

        >>> timestamp().to_iso8601()
        "2017-07-14T02:40:00.000Z"
        """
        return Text(_call(numbers.iso_time, "string", self.node))


class TextList(Value):
    """A list of strings, such as the values of a header."""

    __slots__ = ()

    def first(self) -> Text:
        """
        >>> header("x-tags").first()
        "spring"
        """
        return self.get(0)

    def last(self) -> Text:
        """
        >>> header("x-tags").last()
        "new, now"
        """
        return self.get(-1)

    def get(self, index: int) -> Text:
        """By number, from 0; a negative one counts from the end. Absent when there are not so many.

        >>> header("x-tags").get(1)
        "sale"
        """
        return Text(_call(_bound(headers.get, index), "string", self.node, repeats=True))

    def comma_separated(self) -> Text:
        """
        >>> header("x-tags").comma_separated()
        "spring,sale,new, now"
        """
        return Text(_call(headers.comma_separated, "string", self.node, repeats=True))


class IntList(Value):
    """A list of ints."""

    __slots__ = ()


class Bytes(Value):
    """Bytes, such as a digest."""

    __slots__ = ()

    def to_hex_lower(self) -> Text:
        """
        >>> digest("MD5").add(event_type()).result().to_hex_lower()
        "18d77eb9f30375f23c68c919f7ba8d30"
        """
        return Text(_call(digests.hex_lower, "string", self.node))

    def to_hex_upper(self) -> Text:
        """
        >>> digest("MD5").add(event_type()).result().to_hex_upper()
        "18D77EB9F30375F23C68C919F7BA8D30"
        """
        return Text(_call(digests.hex_upper, "string", self.node))

    def to_base64(self) -> Text:
        """
        >>> digest("MD5").add(event_type()).result().to_base64()
        "GNd+ufMDdfI8aMkZ97qNMA=="
        """
        return Text(_call(digests.to_base64, "string", self.node))


class Json(Value):
    """A JSON value, to be mapped onto any type, by the rules of docs/mapping.md (JSON onto Avro)."""

    __slots__ = ()

    def equal_to(self, other: Value | Literals) -> Condition:
        """In a Python script JSON is compared by its value. (In a Groovy script it never equals a text.)

        >>> event_parameters().path("$.item.count").equal_to(2)
        true
        """
        right = lift(other)
        if right.op == "const":
            return Condition(_call(_json_equals, "boolean", self.node, right))
        return super().equal_to(other)

    def path(self, path: str) -> Json:
        """What a JSONPath (as Jayway's Java library has it) finds. A path that can find one value only is absent when
        there is none; a path with wildcards, filters, slices or `..` gives an array, be it empty.

        >>> event_parameters().path("$.tags[*]")
        ["new","blue"]
        """
        find = _checked(lambda: compile_path(path))
        return Json(_call(find or _same, "json", self.node, costly=True))

    def jmespath(self, expression: str) -> Json:
        """What a JMESPath expression gives; absent when that is null.

        >>> event_parameters().jmespath("tags[0]")
        "new"
        """
        search = _checked(lambda: _jmespath(expression))
        return Json(_call(search or _same, "json", self.node, costly=True))

    def as_text(self) -> Text:
        """The text of a text, number or boolean; absent for anything else.

        >>> event_parameters().path("$.item.count").as_text()
        "2"
        """
        return Text(_call(jsons.scalar_text, "string", self.node))

    def as_number(self) -> Number:
        """The number as a double; absent when it is not a number.

        >>> event_parameters().path("$.item.price").as_number()
        49.95
        """
        return Number(_call(text.json_number, "double", self.node))


class Parameters(Json):
    """The custom parameters of an event."""

    __slots__ = ()

    def value(self, name: str) -> Text:
        """The text of one parameter; absent when there is none, and for objects, arrays and null.

        >>> event_parameters().value("note")
        " a gift "
        """
        return Text(_call(_bound(jsons.member_text, name), "string", self.node))


class Matcher(Value):
    """A regular expression set against a text: always the whole of it."""

    __slots__ = ()

    def matches(self) -> Condition:
        """
        >>> match("https://([^/]+)/.*", against=location()).matches()
        true
        """
        return Condition(_call(text.did_match, "boolean", self.node))

    def group(self, which: int | str) -> Text:
        """What a group of the expression matched, by number or by name; absent when it took no part.

        >>> match("https://([^/]+)/(?<rest>.*)", against=location()).group(1)
        "shop.example.com:8443"
        >>> match("https://([^/]+)/(?<rest>[^?]*).*", against=location()).group("rest")
        "jeans/slim%20fit"
        """
        compiled = self.node.data
        if compiled is not None:
            known: builtins.list[int | str] = [*range(compiled.groups + 1), *compiled.groupindex]
            if which not in known:
                _problem(f"the expression has no group {which!r}", did_you_mean(str(which), builtins.map(str, known)))
        return Text(_call(_bound(text.group, which), "string", self.node))


class Uri(Value):
    """A parsed URI."""

    __slots__ = ()

    def _part(self, name: str, type_: str = "string") -> Node:
        return Node("attribute", type_, (self.node,), data=name)

    def path(self) -> Text:
        """The path, percent escapes undone.

        >>> parse(location(), to="uri").path()
        "/jeans/slim fit"
        """
        return Text(self._part("path"))

    def raw_path(self) -> Text:
        """
        >>> parse(location(), to="uri").raw_path()
        "/jeans/slim%20fit"
        """
        return Text(self._part("raw_path"))

    def scheme(self) -> Text:
        """
        >>> parse(location(), to="uri").scheme()
        "https"
        """
        return Text(self._part("scheme"))

    def host(self) -> Text:
        """
        >>> parse(location(), to="uri").host()
        "shop.example.com"
        """
        return Text(self._part("host"))

    def port(self) -> Number:
        """
        >>> parse(location(), to="uri").port()
        8443
        """
        return Number(self._part("port", "int"))

    def decoded_query_string(self) -> Text:
        """The query, percent escapes undone; a `+` stays.

        >>> parse(location(), to="uri").decoded_query_string()
        "q=blue+jeans&p=1&p=2&utm_source=news&utm_medium=email&utm_campaign=spring&gclid=abc"
        """
        return Text(self._part("query"))

    def raw_query_string(self) -> Text:
        """
        >>> parse("/?a=%20", to="uri").raw_query_string()
        "a=%20"
        """
        return Text(self._part("raw_query"))

    def decoded_fragment(self) -> Text:
        """
        >>> parse(location(), to="uri").decoded_fragment()
        "top"
        """
        return Text(self._part("fragment"))

    def raw_fragment(self) -> Text:
        """
        >>> parse(location(), to="uri").raw_fragment()
        "top"
        """
        return Text(self._part("raw_fragment"))

    def query(self) -> Query:
        """The parameters of the query, form-decoded (`+` is a blank).

        >>> parse("/?a=1&a=2&b", to="uri").query()
        {"a":["1","2"],"b":[""]}
        """
        return Query(_call(uri.uri_query, "query", self.node, costly=True))


class Query(Value):
    """Query parameters: name to list of values."""

    __slots__ = ()

    def value(self, name: str) -> Text:
        """The first value of a parameter.

        >>> parse(location(), to="uri").query().value("q")
        "blue jeans"
        """
        return Text(_call(_bound(uri.first_value, name), "string", self.node))

    def value_list(self, name: str) -> TextList:
        """All its values.

        >>> parse(location(), to="uri").query().value_list("p")
        ["1","2"]
        """
        return TextList(_call(_bound(uri.value_list, name), "strings", self.node))


class DigestBuilder:
    """A digest being put together."""

    def __init__(self, function: digests.Digest | None, pieces: tuple[Node, ...] = ()) -> None:
        self._function = function
        self._pieces = pieces

    def add(self, piece: Text | Json | Bytes | str) -> DigestBuilder:
        """One more piece; absent ones are skipped, and of JSON everything but texts, numbers and booleans."""
        node = lift(piece)
        if node.type not in ("string", "text", "json", "bytes", "parameters", "broken"):
            _problem(f"{TYPE_NAMES[node.type]} cannot be digested", "add strings, JSON values or digests")
        return DigestBuilder(self._function, (*self._pieces, node))

    def result(self) -> Bytes:
        """The digest of all pieces, one directly behind the other.

        >>> digest("SHA-256", "a seed").add(party_id()).add("salt").result().to_base64()
        "b1fT1ZJwob38Ttvj4qUiSjfGoqMbKaPKM0j8jb+kVhE="
        """
        if self._function is None:
            return Bytes(Node("const", "broken"))
        return Bytes(Node("pieces", "bytes", self._pieces, self._function, costly=True))


def lift(value: Value | Literals) -> Node:
    """A value or a literal as a node; a problem is noted for anything else."""
    if isinstance(value, Value):
        return value.node
    if isinstance(value, Typed):
        return Node("const", value.type, data=value.value)
    for kind, type_ in ((bool, "boolean"), (str, "text"), (int, "number"), (float, "real")):
        if isinstance(value, kind):
            return Node("const", type_, data=value)
    what = "a digest that is not finished" if isinstance(value, DigestBuilder) else f"a {type(value).__name__}"
    _problem(f"{what} is no value of a mapping", "use a value such as location(), or a text, number, True or False")
    return Node("const", "broken")


class Typed:
    """A literal of a Groovy script, whose type is exact."""

    __slots__ = ("type", "value")

    def __init__(self, value: Any, type_: str) -> None:
        self.value = value
        self.type = type_


_NUMBERS = ("int", "long", "float", "double", "number", "real", "broken")


def _adapt(node: Node, type_: str) -> Node:
    """A Python literal as one of `type_`, where it can be."""
    fits = {"text": ("string",), "number": ("int", "long", "float", "double"), "real": ("float", "double")}
    if type_ in fits.get(node.type, ()):
        return Node("const", type_, data=float(node.data) if type_ in ("float", "double") else node.data)
    return node


def _equals(left: Node, right: Node) -> Node:
    right, left = _adapt(right, left.type), _adapt(left, right.type)
    if left.type != right.type and "broken" not in (left.type, right.type):
        builder = maybe_current()
        if builder is not None:
            names = f"{TYPE_NAMES[left.type]} never equals {TYPE_NAMES[right.type]}"
            builder.warn(f"{names}, so this is never true (but for two absent values)")
    return Node("equals", "boolean", (left, right))


def _boolean(value: Condition | bool) -> Node:
    node = lift(value)
    if node.type not in ("boolean", "broken"):
        _problem(f"{TYPE_NAMES[node.type]} is no condition", "compare it, or ask whether it is_present()")
    return node


def _string(value: Text | str) -> Node:
    node = _adapt(lift(value), "string")
    if node.type not in ("string", "broken"):
        _problem(f"{TYPE_NAMES[node.type]} is no string", "use .to_text() or .as_text()")
    return node


def _call(
    function: Callable[..., Any], type_: str, *args: Node, costly: bool = False, repeats: bool = False
) -> Node:  # fmt: skip
    broken = any(one.type == "broken" for one in args)
    return Node("call", "broken" if broken else type_, args, function, costly=costly, repeats=repeats)


@lru_cache(maxsize=4096)
def _bound(function: Callable[..., Any], *arguments: Any) -> Callable[..., Any]:
    """`function` with arguments behind the first one; the same object for the same arguments: nodes are compared."""
    return text.Bound(function, arguments)


def _same(value: Any) -> Any:
    return value


def _json_equals(value: Any, literal: Any) -> bool:
    if isinstance(value, bool) or isinstance(literal, bool):
        return value is literal
    return bool(value == literal)


@lru_cache(maxsize=512)
def _jmespath(expression: str) -> Callable[[Any], Any]:
    import jmespath

    try:
        compiled = jmespath.compile(expression)
    except jmespath.exceptions.JMESPathError as error:
        raise InputError(f"JMESPath {expression!r}: {' '.join(str(error).split())}") from error
    return lambda value: compiled.search(jsons.plain(value))


def _problem(what: str, todo: str | None = None) -> None:
    builder = maybe_current()
    if builder is None:
        raise InputError(what, todo=todo)
    builder.problem(what, todo)


_R = TypeVar("_R")


def _checked(make: Callable[[], _R]) -> _R | None:
    """What `make` gives; None when it raises an error, which is noted."""
    try:
        return make()
    except (InputError, UnsupportedError) as error:
        builder = maybe_current()
        if builder is None:
            raise
        builder.failed(error)
        return None


def _pattern(pattern: str) -> Any:
    if not isinstance(pattern, str):
        _problem(f"a regular expression is a text, not a {type(pattern).__name__}")
        pattern = ""
    return _checked(lambda: compile_pattern(pattern)) or compile_pattern("")


def _event(attribute: str, type_: str, *, repeats: bool = False) -> Node:
    return Node("event", type_, data=attribute, repeats=repeats)


def location() -> Text:
    """Address of the page. Absent for events of JSON sources.

    >>> location()
    "https://shop.example.com:8443/jeans/slim%20fit?q=blue+jeans&p=1&p=2&utm_source=news&utm_medium=email&utm_campaign=spring&gclid=abc#top"
    """
    return Text(_event("location", "string"))


def referer() -> Text:
    """Address of the page before. Absent when the browser does not tell, and for events of JSON sources.

    >>> referer()
    "https://www.google.com/"
    """
    return Text(_event("referer", "string"))


def page_view_id() -> Text:
    """Absent for events of JSON sources.

    >>> page_view_id()
    "0:OxVC1WJ4PZNEGIUuzdXPsy_bztnKMuoH"
    """
    return Text(_event("page_view_id", "string"))


def viewport_pixel_width() -> Number:
    """Width of the part of the page that is seen.

    >>> viewport_pixel_width()
    1280
    """
    return Number(_event("viewport_pixel_width", "int"))


def viewport_pixel_height() -> Number:
    """
    >>> viewport_pixel_height()
    720
    """
    return Number(_event("viewport_pixel_height", "int"))


def screen_pixel_width() -> Number:
    """
    >>> screen_pixel_width()
    1920
    """
    return Number(_event("screen_pixel_width", "int"))


def screen_pixel_height() -> Number:
    """
    >>> screen_pixel_height()
    1080
    """
    return Number(_event("screen_pixel_height", "int"))


def device_pixel_ratio() -> Number:
    """Device pixels per CSS pixel as an int; absent when it has a fraction (see exact_device_pixel_ratio).

    >>> device_pixel_ratio()
    2
    """
    return Number(_call(numbers.whole, "int", _event("device_pixel_ratio", "double")))


def exact_device_pixel_ratio() -> Number:
    """Device pixels per CSS pixel as a double.

    >>> exact_device_pixel_ratio()
    2.0
    """
    return Number(_call(float, "double", _event("device_pixel_ratio", "double")))


def event_type() -> Text:
    """What was signalled: pageView or the page's own.

    >>> event_type()
    "addToBasket"
    """
    return Text(_event("event_type", "string", repeats=True))


def party_id() -> Text:
    """The browser's (or app's) long-lived id.

    >>> party_id()
    "0:i0rjfnxc:JLOvH9Nda2c1uV8M~vmdhPGFEC3WxVNq"
    """
    return Text(_event("party_id", "string"))


def session_id() -> Text:
    """
    >>> session_id()
    "0:i0rjfnxc:FPpXFMdcEORvvaP_HbpDgABG3Iu5__4d"
    """
    return Text(_event("session_id", "string"))


def event_id() -> Text:
    """
    >>> event_id()
    "0:OxVC1WJ4PZNEGIUuzdXPsy_bztnKMuoH0"
    """
    return Text(_event("event_id", "string"))


def first_in_session() -> Condition:
    """
    >>> first_in_session()
    true
    """
    return Condition(_event("first_in_session", "boolean"))


def new_party() -> Condition:
    """Whether the party id was made for this event.

    >>> new_party()
    false
    """
    return Condition(_event("new_party", "boolean"))


def corrupt() -> Condition:
    """Whether the checksum did not match.

    >>> corrupt()
    false
    """
    return Condition(_event("corrupt", "boolean"))


def duplicate() -> Condition:
    """Whether the event was seen before.

    >>> duplicate()
    false
    """
    return Condition(_event("duplicate", "boolean"))


def timestamp() -> Number:
    """When the collector took the event: milliseconds since the epoch, a long.

    >>> timestamp()
    1500000000000
    """
    return Number(_event("timestamp", "long"))


def client_timestamp() -> Number:
    """What the client's clock said: milliseconds since the epoch, a long.

    >>> client_timestamp()
    1412220184033
    """
    return Number(_event("client_timestamp", "long"))


def remote_host() -> Text:
    """Address of the client, as far as the privacy policy leaves it.

    >>> remote_host()
    "81.2.69.160"
    """
    return Text(_event("remote_host", "string", repeats=True))


def user_agent_string() -> Text:
    """The User-Agent header.

    >>> user_agent_string()
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_10_1) AppleWebKit/537.36 Chrome/38.0.2125.122 Safari/537.36"
    """
    return Text(_event("user_agent", "string", repeats=True))


def source_name() -> Text:
    """Name of the source in the configuration.

    >>> source_name()
    "browser"
    """
    return Text(_event("source", "string", repeats=True))


def source_type() -> Text:
    """browser or json.

    >>> source_type()
    "browser"
    """
    return Text(_event("source_kind", "string", repeats=True))


def request_method() -> Text:
    """GET or POST.

    >>> request_method()
    "GET"
    """
    return Text(_event("method", "string", repeats=True))


def request_query() -> Text:
    """The raw query string of the collector's URL.

    >>> request_query()
    "p=0%3Ai0rjfnxc"
    """
    return Text(_event("query", "string"))


def cookie(name: str) -> Text:
    """A cookie of the request.

    >>> cookie("shopper")
    "42"
    """
    return Text(Node("whole", "string", fn=_bound(headers.cookie, name), costly=True))


def header(name: str) -> TextList:
    """All values of a request header, split at commas outside of quotes.

    >>> header("X-Tags")
    ["spring","sale","new, now"]
    """
    return TextList(Node("whole", "strings", fn=_bound(headers.header, str(name).lower()), costly=True))


def event_parameters() -> Parameters:
    """The custom parameters, whole.

    >>> event_parameters()
    {"item":{"count":2,"price":49.95},"note":" a gift ","tags":["new","blue"]}
    """
    return Parameters(Node("whole", "parameters", fn=jsons.parameters, costly=True))


def event_parameter(name: str) -> Text:
    """Divolte's old word for event_parameters().value(name).

    >>> event_parameter("note")
    " a gift "
    """
    return event_parameters().value(name)


class UserAgent(Value):
    """What the User-Agent header says."""

    __slots__ = ()

    def _member(self, name: str) -> Text:
        return Text(Node("attribute", "string", (self.node,), data=name, repeats=True))

    def name(self) -> Text:
        """
        >>> user_agent().name()
        "Chrome"
        """
        return self._member("name")

    def family(self) -> Text:
        """The name without "Mobile" and the like.

        >>> user_agent().family()
        "Chrome"
        """
        return self._member("family")

    def vendor(self) -> Text:
        """
        >>> user_agent().vendor()
        "Google Inc."
        """
        return self._member("vendor")

    def type(self) -> Text:
        """Browser, Mobile Browser, Robot, Library, Email client or unknown.

        >>> user_agent().type()
        "Browser"
        """
        return self._member("type")

    def version(self) -> Text:
        """
        >>> user_agent().version()
        "38.0.2125.122"
        """
        return self._member("version")

    def device_category(self) -> Text:
        """Personal computer, Smartphone, Tablet, Smart TV, Game console, Wearable computer, Other or unknown.

        >>> user_agent().device_category()
        "Personal computer"
        """
        return self._member("device_category")

    def os_family(self) -> Text:
        """
        >>> user_agent().os_family()
        "OS X"
        """
        return self._member("os_family")

    def os_version(self) -> Text:
        """
        >>> user_agent().os_version()
        "10.10.1"
        """
        return self._member("os_version")

    def os_vendor(self) -> Text:
        """
        >>> user_agent().os_vendor()
        "Apple Computer, Inc."
        """
        return self._member("os_vendor")

    def device(self) -> Text:
        """Desktop, Mobile, Tablet, TV, Console, Watch, Bot or Other.

        >>> user_agent().device()
        "Desktop"
        """
        return self._member("device")

    def device_brand(self) -> Text:
        """
        >>> user_agent().device_brand()
        "Apple"
        """
        return self._member("device_brand")

    def device_model(self) -> Text:
        """
        >>> user_agent().device_model()
        "Mac"
        """
        return self._member("device_model")

    def os(self) -> Text:
        """Operating system with its version, in one text.

        >>> user_agent().os()
        "macOS 10.10.1"
        """
        return self._member("os")

    def bot_signal(self) -> Text:
        """By what it says that it is a machine: crawler, library or headless. Absent when nothing does.

        >>> user_agent().bot_signal().is_absent()
        true
        """
        return self._member("bot_signal")


def user_agent() -> UserAgent:
    """What the User-Agent header says; absent without the header. Members are strings; docs/mapping-agents.md says how
    they differ from Divolte's."""
    return UserAgent(Node("call", "agent", (_event("user_agent", "string"),), parse_agent, costly=True))


def bot() -> Condition:
    """Whether the request looks like a machine's: its User-Agent says so, or there is none.

    >>> bot()
    false
    """
    return Condition(Node("loose", "boolean", (_event("user_agent", "string"),), is_bot, costly=True))


class Campaign(Value):
    """What the query of the location says about the advertisement that was followed."""

    __slots__ = ()

    def _member(self, name: str) -> Text:
        return Text(_call(_bound(text.entry, name), "string", self.node))

    def source(self) -> Text:
        """utm_source.

        >>> campaign().source()
        "news"
        """
        return self._member("source")

    def medium(self) -> Text:
        """utm_medium.

        >>> campaign().medium()
        "email"
        """
        return self._member("medium")

    def name(self) -> Text:
        """utm_campaign.

        >>> campaign().name()
        "spring"
        """
        return self._member("campaign")

    def term(self) -> Text:
        """utm_term.

        >>> campaign().term().is_absent()
        true
        """
        return self._member("term")

    def content(self) -> Text:
        """utm_content.

        >>> campaign().content().is_absent()
        true
        """
        return self._member("content")

    def click_id(self) -> Text:
        """The first click id of an advertiser (gclid, fbclid, msclkid ...).

        >>> campaign().click_id()
        "abc"
        """
        return self._member("click_id")

    def click_id_name(self) -> Text:
        """
        >>> campaign().click_id_name()
        "gclid"
        """
        return self._member("click_id_name")

    def network(self) -> Text:
        """The advertiser that the click id belongs to.

        >>> campaign().network()
        "google"
        """
        return self._member("network")


def campaign() -> Campaign:
    """The utm_ parameters and the click id of the location; read leniently, also from a location that is no URI."""
    return Campaign(_call(campaigns.campaign, "campaign", _event("location", "string"), costly=True))


def referer_class() -> Text:
    """direct, internal, search, social, mail, assistant or other.

    >>> referer_class()
    "search"
    """
    nodes = (_event("referer", "string"), _event("location", "string"))
    return Text(Node("loose", "string", nodes, campaigns.referer_class, costly=True, repeats=True))


class Place(Value):
    """Where an address is. All members are absent where the database does not know."""

    __slots__ = ()


def _place_member(name: str, type_: str) -> Callable[[Place], Value]:
    wrap = {"string": Text, "int": Number, "double": Number, "boolean": Condition, "strings": TextList, "ints": IntList}
    get = geo.MEMBERS[name][1]

    def member(self: Place) -> Value:
        return wrap[type_](_call(get, type_, self.node, repeats=type_ == "string"))

    member.__name__ = name
    member.__doc__ = f">>> ip2geo().{name}()\n{_PLACE_EXAMPLES[name]}"
    member.__annotations__["return"] = wrap[type_].__name__
    return member


_PLACE_EXAMPLES = {
    "city_id": "2643743",
    "city_name": '"London"',
    "continent_code": '"EU"',
    "continent_id": "6255148",
    "continent_name": '"Europe"',
    "country_code": '"GB"',
    "country_id": "2635167",
    "country_name": '"United Kingdom"',
    "latitude": "51.5142",
    "longitude": "-0.0931",
    "metro_code": "501",
    "time_zone": '"Europe/London"',
    "most_specific_subdivision_code": '"ENG"',
    "most_specific_subdivision_id": "6269131",
    "most_specific_subdivision_name": '"England"',
    "postal_code": '"EC4A"',
    "registered_country_code": '"GB"',
    "registered_country_id": "2635167",
    "registered_country_name": '"United Kingdom"',
    "represented_country_code": '"US"',
    "represented_country_id": "6252001",
    "represented_country_name": '"United States"',
    "subdivision_codes": '["ENG"]',
    "subdivision_ids": "[6269131]",
    "subdivision_names": '["England"]',
    "autonomous_system_number": "20712",
    "autonomous_system_organization": '"Example Net"',
    "domain": '"example.net"',
    "isp": '"Example"',
    "organisation": '"Example Ltd"',
    "anonymous_proxy": "false",
    "satellite_provider": "false",
}


for _name, (_type, _) in geo.MEMBERS.items():
    setattr(Place, _name, _place_member(_name, _type))


def ip2geo(address: Text | str | None = None) -> Place:
    """The place of the client's address, or of a textual IPv4 or IPv6 address. Needs a configured geo database.

    >>> ip2geo().city_name()
    "London"
    >>> ip2geo("2.125.160.216").country_code()
    "GB"
    """
    node = _event("remote_host", "string") if address is None else _string(address)
    return Place(Node("service", "place", (node,), data="ip2geo", costly=True))


def digest(name: str, seed: str | None = None) -> DigestBuilder:
    """A digest (SHA-256 and what else the JVM calls so), with a seed a keyed one: `.add(piece)` ... `.result()`.

    >>> digest("SHA-256").add("a").result().to_hex_lower()
    "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    """
    found = digests.algorithm(str(name))
    if found is None:
        known = ["MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA3-256"]
        _problem(f"unknown digest {name}", did_you_mean(str(name), known))
        return DigestBuilder(None)
    if seed is not None and found == "md5":
        _problem("MD5 cannot be seeded", "use SHA-256")
        return DigestBuilder(None)
    builder = maybe_current()
    short = builder is not None and builder.short_digest_keys
    return DigestBuilder(digests.digest(found, seed, short_keys=short))


def match(pattern: str, *, against: Text | str) -> Matcher:
    """Set a regular expression (java.util.regex) against a text.

    >>> match("/jeans/(.*)", against=parse(location(), to="uri").path()).group(1)
    "slim fit"
    """
    compiled = _pattern(pattern)
    node = _call(_bound(text.full_match, compiled), "matcher", _string(against), costly=True)
    return Matcher(Node(node.op, node.type, node.args, node.fn, compiled, costly=True))


_PARSERS: dict[str, tuple[Callable[[str], Any], str, type[Value]]] = {
    "int32": (numbers.to_int32, "int", Number),
    "int64": (numbers.to_int64, "long", Number),
    "fp32": (numbers.to_fp32, "float", Number),
    "fp64": (numbers.to_fp64, "double", Number),
    "bool": (numbers.to_bool, "boolean", Condition),
    "uri": (uri.parse_uri, "uri", Uri),
}


@overload
def parse(value: Text | str, *, to: Literal["uri"]) -> Uri: ...
@overload
def parse(value: Text | str, *, to: Literal["bool"]) -> Condition: ...
@overload
def parse(value: Text | str, *, to: Literal["int32", "int64", "fp32", "fp64"]) -> Number: ...
def parse(value: Text | str, *, to: str) -> Value:
    """A text as int32, int64, fp32, fp64, bool or uri; absent when it is not one. (A bool is false for anything but
    `true`.) Numbers as Guava reads them, URIs as java.net.URI does.

    >>> parse(event_parameters().path("$.item.count").as_text(), to="int32")
    2
    >>> parse("1e3", to="fp64")
    1000.0
    >>> parse("TRUE", to="bool")
    true
    """
    if to not in _PARSERS:
        _problem(f"nothing can be parsed to {to}", did_you_mean(str(to), _PARSERS))
        return Value(Node("const", "broken"))
    function, type_, wrap = _PARSERS[to]
    return wrap(_call(function, type_, _string(value), costly=to == "uri"))


def not_(condition: Condition | bool) -> Condition:
    """The opposite of a condition.

    >>> not_(corrupt())
    true
    """
    return Condition(Node("negate", "boolean", (_boolean(condition),)))


def format(template: str, *values: Value | Literals) -> Text:
    """A text with values in the places of `{}`; absent when one of them is.

    >>> format("{}x{}", screen_pixel_width(), screen_pixel_height())
    "1920x1080"
    """
    places = text.places(template)
    if places is None or places != len(values):
        _problem(
            f"{template!r} has not as many places {{}} as there are values ({len(values)})", "write {{ for a brace"
        )
        return Text(Node("const", "broken"))
    plain = ("string", "boolean", "int", "long", "float", "double", "text", "number", "real", "broken")
    for node in (nodes := tuple(lift(one) for one in values)):
        if node.type not in plain:
            _problem(f"{TYPE_NAMES[node.type]} has no text", "use one of its members, or .as_text()")
    return Text(_call(text.Format(template), "string", *nodes))


def first_present(*values: T) -> T:
    """The first of the values that is present.

    >>> first_present(cookie("unheard-of"), event_type())
    "addToBasket"
    """
    nodes = tuple(lift(one) for one in values)
    if len({node.type for node in nodes}) != 1:
        _problem("first_present() takes values of one type")
    return type(values[0])(Node("first", nodes[0].type, nodes))


_RETURNS: dict[str, type[Value]] = {
    "string": Text, "boolean": Condition, "int": Number, "long": Number, "float": Number, "double": Number,
    "strings": TextList, "json": Json,
}  # fmt: skip


def function(
    returns: str = "json", *, absent: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # fmt: skip
    """Make a word of your own from a Python function: `@function(returns="string")`. Called with values in the script,
    it is called with their plain values for each event; None is absent. `absent=True`: also called when arguments are.

    returns    string, boolean, int, long, float, double, strings or json
    An exception in it rejects the event (reason `unmappable`) and stops nothing else.
    """
    if returns not in _RETURNS:
        raise InputError(f"a function cannot return {returns}", todo=did_you_mean(returns, _RETURNS))

    def decorate(inner: Callable[..., Any]) -> Callable[..., Any]:
        checked = text.CheckedResult(inner, returns)

        def word(*values: Value | Literals) -> Value:
            nodes = tuple(lift(one) for one in values)
            return _RETURNS[returns](Node("loose" if absent else "call", returns, nodes, checked, costly=True))

        word.__name__ = inner.__name__
        word.__doc__ = inner.__doc__
        return word

    return decorate


def map(value: Value | Literals, *, onto: str) -> None:
    """Set a field of the record (`onto="context.device.type"` for one in a nested record) when the value is present."""
    if not isinstance(onto, str):
        _problem("onto takes the name of a field")
        return
    current().map(lift(value), onto)


def when(condition: Condition | bool) -> AbstractContextManager[None]:
    """`with when(condition):` the statements below run when the condition is present and true."""
    return current().when(_boolean(condition))


def otherwise() -> AbstractContextManager[None]:
    """`with otherwise():` directly behind a `with when(...)`: when that did not run."""
    return current().otherwise()


def section() -> AbstractContextManager[None]:
    """`with section():` statements that exit() leaves."""
    return current().section()


def exit() -> None:
    """Leave the enclosing section; outside of one, end the mapping."""
    current().exit()


def stop() -> None:
    """End the mapping. The record is made of what was set so far."""
    current().stop()


def drop(reason: str = "dropped") -> None:
    """No record for this event: it is rejected with the reason."""
    current().drop(reason)


def typed(value: Literals, type: str) -> Typed:
    """A literal of exactly one type (int, long, float, double), as Java's equality needs it. For converted scripts."""
    return Typed(value, type)

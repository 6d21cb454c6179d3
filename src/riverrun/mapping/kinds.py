"""The kinds of values of a mapping, and what can be asked of each: conditions, texts, numbers, lists, JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NoReturn, Self, TypeVar

from riverrun.errors import InputError
from riverrun.mapping.lifting import (
    NUMBERS,
    Literals,
    adapt,
    boolean_node,
    bound,
    call,
    checked,
    equals,
    lift,
    matcher_node,
    pattern_of,
    problem,
    same,
    string_node,
)
from riverrun.mapping.nodes import TYPE_NAMES, Node
from riverrun.mapping.values import digests, headers, numbers, text
from riverrun.mapping.values import json as jsons
from riverrun.mapping.values.jsonpath import compile_path

T = TypeVar("T", bound="Value")


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
        return Condition(equals(self.node, lift(other)))

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]  # a condition, not a bool
        return self.equal_to(other)  # type: ignore[arg-type]  # lift() says what it does not take

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return self.equal_to(other).negate()  # type: ignore[arg-type]

    def or_else(self, other: Self | Literals) -> Self:
        """This value, or where it is absent the other one, which has to be of the same type.

        >>> cookie("unheard-of").or_else("none")
        "none"
        """
        second = adapt(lift(other), self.node.type)
        if second.type != self.node.type:
            problem(f"{TYPE_NAMES[second.type]} cannot stand in for {TYPE_NAMES[self.node.type]}")
        return type(self)(Node("first", self.node.type, (self.node, second)))


class Condition(Value):
    """True, false or absent."""

    __slots__ = ()

    def and_(self, other: Condition | bool) -> Condition:
        """Both; absent when either is absent. In Python `&` says the same.

        >>> first_in_session().and_(corrupt())
        false
        """
        return Condition(Node("both", "boolean", (self.node, boolean_node(other))))

    def or_(self, other: Condition | bool) -> Condition:
        """At least one; absent when either is absent. In Python `|` says the same.

        >>> first_in_session() | corrupt()
        true
        """
        return Condition(Node("either", "boolean", (self.node, boolean_node(other))))

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
        return Text(call(text.join, "string", self.node, string_node(other)))

    def __radd__(self, other: str) -> Text:
        return Text(call(text.join, "string", string_node(other), self.node))

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
        return Condition(call(text.did_match, "boolean", matcher_node(pattern, self)))

    def replace(self, pattern: str, replacement: str) -> Text:
        r"""Every match of a regular expression (Java's) replaced; `\1` and `\g<name>` stand for groups.

        >>> event_type().replace("([A-Z])", r"_\1").lower()
        "add_to_basket"
        """
        compiled = pattern_of(pattern)
        return Text(call(bound(text.replace, compiled, replacement), "string", self.node))

    def contains(self, part: Text | str) -> Condition:
        """
        >>> event_type().contains("Basket")
        true
        """
        return Condition(call(text.contains, "boolean", self.node, string_node(part)))

    def starts_with(self, part: Text | str) -> Condition:
        """
        >>> event_type().starts_with("add")
        true
        """
        return Condition(call(text.starts_with, "boolean", self.node, string_node(part)))

    def ends_with(self, part: Text | str) -> Condition:
        """
        >>> event_type().ends_with("add")
        false
        """
        return Condition(call(text.ends_with, "boolean", self.node, string_node(part)))

    def lower(self) -> Text:
        """
        >>> event_type().lower()
        "addtobasket"
        """
        return Text(call(str.lower, "string", self.node))

    def upper(self) -> Text:
        """
        >>> event_type().upper()
        "ADDTOBASKET"
        """
        return Text(call(str.upper, "string", self.node))

    def trim(self) -> Text:
        """Without blanks at both ends.

        >>> event_parameters().value("note").trim()
        "a gift"
        """
        return Text(call(str.strip, "string", self.node))

    def slice(self, start: int, end: int | None = None) -> Text:
        """The characters from `start` up to, without, `end` (negative: from the end).

        >>> event_type().slice(0, 3)
        "add"
        """
        return Text(call(bound(text.slice_of, start, end), "string", self.node))

    def length(self) -> Number:
        """
        >>> event_type().length()
        11
        """
        return Number(call(len, "int", self.node))

    def as_json(self) -> Json:
        """To map onto what a string cannot be mapped onto (enum, fixed, numbers), by the rules of JSON values.

        >>> event_type().as_json()
        "addToBasket"
        """
        return Json(call(same, "json", self.node))


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
        if right.type not in NUMBERS:
            problem(f"{TYPE_NAMES[right.type]} cannot be compared with a number by {symbol}")
        return Condition(Node("compare", "boolean", (self.node, right), data=symbol))

    def to_text(self) -> Text:
        """The number as a decimal text.

        >>> screen_pixel_width().to_text()
        "1920"
        """
        return Text(call(jsons.number_text, "string", self.node))

    def to_long(self) -> Number:
        """An int as a long; a float or double cut to a whole number.

        >>> screen_pixel_width().to_long()
        1920
        """
        return Number(call(numbers.cut, "long", self.node))

    def to_double(self) -> Number:
        """
        >>> screen_pixel_width().to_double()
        1920.0
        """
        return Number(call(float, "double", self.node))

    def to_iso8601(self) -> Text:
        """Milliseconds since the epoch as `2016-06-01T18:54:16.123Z`.

        >>> timestamp().to_iso8601()
        "2017-07-14T02:40:00.000Z"
        """
        return Text(call(numbers.iso_time, "string", self.node))


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
        return Text(call(bound(headers.get, index), "string", self.node, repeats=True))

    def comma_separated(self) -> Text:
        """
        >>> header("x-tags").comma_separated()
        "spring,sale,new, now"
        """
        return Text(call(headers.comma_separated, "string", self.node, repeats=True))


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
        return Text(call(digests.hex_lower, "string", self.node))

    def to_hex_upper(self) -> Text:
        """
        >>> digest("MD5").add(event_type()).result().to_hex_upper()
        "18D77EB9F30375F23C68C919F7BA8D30"
        """
        return Text(call(digests.hex_upper, "string", self.node))

    def to_base64(self) -> Text:
        """
        >>> digest("MD5").add(event_type()).result().to_base64()
        "GNd+ufMDdfI8aMkZ97qNMA=="
        """
        return Text(call(digests.to_base64, "string", self.node))


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
            return Condition(call(_json_equals, "boolean", self.node, right))
        return super().equal_to(other)

    def path(self, path: str) -> Json:
        """What a JSONPath (as Jayway's Java library has it) finds. A path that can find one value only is absent when
        there is none; a path with wildcards, filters, slices or `..` gives an array, be it empty.

        >>> event_parameters().path("$.tags[*]")
        ["new","blue"]
        """
        find = checked(lambda: compile_path(path))
        return Json(call(find or same, "json", self.node, costly=True))

    def jmespath(self, expression: str) -> Json:
        """What a JMESPath expression gives; absent when that is null.

        >>> event_parameters().jmespath("tags[0]")
        "new"
        """
        search = checked(lambda: _jmespath(expression))
        return Json(call(search or same, "json", self.node, costly=True))

    def as_text(self) -> Text:
        """The text of a text, number or boolean; absent for anything else.

        >>> event_parameters().path("$.item.count").as_text()
        "2"
        """
        return Text(call(jsons.scalar_text, "string", self.node))

    def as_number(self) -> Number:
        """The number as a double; absent when it is not a number.

        >>> event_parameters().path("$.item.price").as_number()
        49.95
        """
        return Number(call(text.json_number, "double", self.node))


class Parameters(Json):
    """The custom parameters of an event."""

    __slots__ = ()

    def value(self, name: str) -> Text:
        """The text of one parameter; absent when there is none, and for objects, arrays and null.

        >>> event_parameters().value("note")
        " a gift "
        """
        return Text(call(bound(jsons.member_text, name), "string", self.node))


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

"""The words that give a value: what an event says, and what can be made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, overload

from riverrun.errors import InputError, did_you_mean
from riverrun.mapping.build import maybe_current
from riverrun.mapping.kinds import Condition, Json, Number, Parameters, T, Text, TextList, Value
from riverrun.mapping.lifting import (
    Literals,
    Typed,
    boolean_node,
    bound,
    call,
    event_value,
    lift,
    matcher_node,
    problem,
    string_node,
)
from riverrun.mapping.nodes import TYPE_NAMES, Node
from riverrun.mapping.parts import Campaign, DigestBuilder, Matcher, Place, Uri, UserAgent
from riverrun.mapping.values import campaign as campaigns
from riverrun.mapping.values import digests, headers, numbers, text, uri
from riverrun.mapping.values import json as jsons
from riverrun.mapping.values.agent import is_bot, parse_agent


def location() -> Text:
    """Address of the page. Absent for events of JSON sources.

    >>> location()
    "https://shop.example.com:8443/jeans/slim%20fit?q=blue+jeans&p=1&p=2&utm_source=news&utm_medium=email&utm_campaign=spring&gclid=abc#top"
    """
    return Text(event_value("location", "string"))


def referer() -> Text:
    """Address of the page before. Absent when the browser does not tell, and for events of JSON sources.

    >>> referer()
    "https://www.google.com/"
    """
    return Text(event_value("referer", "string"))


def page_view_id() -> Text:
    """Absent for events of JSON sources.

    >>> page_view_id()
    "0:OxVC1WJ4PZNEGIUuzdXPsy_bztnKMuoH"
    """
    return Text(event_value("page_view_id", "string"))


def viewport_pixel_width() -> Number:
    """Width of the part of the page that is seen.

    >>> viewport_pixel_width()
    1280
    """
    return Number(event_value("viewport_pixel_width", "int"))


def viewport_pixel_height() -> Number:
    """
    >>> viewport_pixel_height()
    720
    """
    return Number(event_value("viewport_pixel_height", "int"))


def screen_pixel_width() -> Number:
    """
    >>> screen_pixel_width()
    1920
    """
    return Number(event_value("screen_pixel_width", "int"))


def screen_pixel_height() -> Number:
    """
    >>> screen_pixel_height()
    1080
    """
    return Number(event_value("screen_pixel_height", "int"))


def device_pixel_ratio() -> Number:
    """Device pixels per CSS pixel as an int; absent when it has a fraction (see exact_device_pixel_ratio).

    >>> device_pixel_ratio()
    2
    """
    return Number(call(numbers.whole, "int", event_value("device_pixel_ratio", "double")))


def exact_device_pixel_ratio() -> Number:
    """Device pixels per CSS pixel as a double.

    >>> exact_device_pixel_ratio()
    2.0
    """
    return Number(call(float, "double", event_value("device_pixel_ratio", "double")))


def event_type() -> Text:
    """What was signalled: pageView or the page's own.

    >>> event_type()
    "addToBasket"
    """
    return Text(event_value("event_type", "string", repeats=True))


def party_id() -> Text:
    """The browser's (or app's) long-lived id.

    >>> party_id()
    "0:i0rjfnxc:JLOvH9Nda2c1uV8M~vmdhPGFEC3WxVNq"
    """
    return Text(event_value("party_id", "string"))


def session_id() -> Text:
    """
    >>> session_id()
    "0:i0rjfnxc:FPpXFMdcEORvvaP_HbpDgABG3Iu5__4d"
    """
    return Text(event_value("session_id", "string"))


def event_id() -> Text:
    """
    >>> event_id()
    "0:OxVC1WJ4PZNEGIUuzdXPsy_bztnKMuoH0"
    """
    return Text(event_value("event_id", "string"))


def first_in_session() -> Condition:
    """
    >>> first_in_session()
    true
    """
    return Condition(event_value("first_in_session", "boolean"))


def new_party() -> Condition:
    """Whether the party id was made for this event.

    >>> new_party()
    false
    """
    return Condition(event_value("new_party", "boolean"))


def corrupt() -> Condition:
    """Whether the checksum did not match.

    >>> corrupt()
    false
    """
    return Condition(event_value("corrupt", "boolean"))


def duplicate() -> Condition:
    """Whether the event was seen before.

    >>> duplicate()
    false
    """
    return Condition(event_value("duplicate", "boolean"))


def timestamp() -> Number:
    """When the collector took the event: milliseconds since the epoch, a long.

    >>> timestamp()
    1500000000000
    """
    return Number(event_value("timestamp", "long"))


def client_timestamp() -> Number:
    """What the client's clock said: milliseconds since the epoch, a long.

    >>> client_timestamp()
    1412220184033
    """
    return Number(event_value("client_timestamp", "long"))


def remote_host() -> Text:
    """Address of the client, as far as the privacy policy leaves it.

    >>> remote_host()
    "81.2.69.160"
    """
    return Text(event_value("remote_host", "string", repeats=True))


def user_agent_string() -> Text:
    """The User-Agent header.

    >>> user_agent_string()
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_10_1) AppleWebKit/537.36 Chrome/38.0.2125.122 Safari/537.36"
    """
    return Text(event_value("user_agent", "string", repeats=True))


def source_name() -> Text:
    """Name of the source in the configuration.

    >>> source_name()
    "browser"
    """
    return Text(event_value("source", "string", repeats=True))


def source_type() -> Text:
    """browser or json.

    >>> source_type()
    "browser"
    """
    return Text(event_value("source_kind", "string", repeats=True))


def request_method() -> Text:
    """GET or POST.

    >>> request_method()
    "GET"
    """
    return Text(event_value("method", "string", repeats=True))


def request_query() -> Text:
    """The raw query string of the collector's URL.

    >>> request_query()
    "p=0%3Ai0rjfnxc"
    """
    return Text(event_value("query", "string"))


def cookie(name: str) -> Text:
    """A cookie of the request.

    >>> cookie("shopper")
    "42"
    """
    return Text(Node("whole", "string", fn=bound(headers.cookie, name), costly=True))


def header(name: str) -> TextList:
    """All values of a request header, split at commas outside of quotes.

    >>> header("X-Tags")
    ["spring","sale","new, now"]
    """
    return TextList(Node("whole", "strings", fn=bound(headers.header, str(name).lower()), costly=True))


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


def user_agent() -> UserAgent:
    """What the User-Agent header says; absent without the header. Members are strings; docs/mapping-agents.md says how
    they differ from Divolte's."""
    return UserAgent(Node("call", "agent", (event_value("user_agent", "string"),), parse_agent, costly=True))


def bot() -> Condition:
    """Whether the request looks like a machine's: its User-Agent says so, or there is none.

    >>> bot()
    false
    """
    return Condition(Node("loose", "boolean", (event_value("user_agent", "string"),), is_bot, costly=True))


def campaign() -> Campaign:
    """The utm_ parameters and the click id of the location; read leniently, also from a location that is no URI."""
    return Campaign(call(campaigns.campaign, "campaign", event_value("location", "string"), costly=True))


def referer_class() -> Text:
    """direct, internal, search, social, mail, assistant or other.

    >>> referer_class()
    "search"
    """
    nodes = (event_value("referer", "string"), event_value("location", "string"))
    return Text(Node("loose", "string", nodes, campaigns.referer_class, costly=True, repeats=True))


def ip2geo(address: Text | str | None = None) -> Place:
    """The place of the client's address, or of a textual IPv4 or IPv6 address. Needs a configured geo database.

    >>> ip2geo().city_name()
    "London"
    >>> ip2geo("2.125.160.216").country_code()
    "GB"
    """
    node = event_value("remote_host", "string") if address is None else string_node(address)
    return Place(Node("service", "place", (node,), data="ip2geo", costly=True))


def digest(name: str, seed: str | None = None) -> DigestBuilder:
    """A digest (SHA-256 and what else the JVM calls so), with a seed a keyed one: `.add(piece)` ... `.result()`.

    >>> digest("SHA-256").add("a").result().to_hex_lower()
    "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    """
    found = digests.algorithm(str(name))
    if found is None:
        known = ["MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA3-256"]
        problem(f"unknown digest {name}", did_you_mean(str(name), known))
        return DigestBuilder(None)
    if seed is not None and found == "md5":
        problem("MD5 cannot be seeded", "use SHA-256")
        return DigestBuilder(None)
    builder = maybe_current()
    short = builder is not None and builder.short_digest_keys
    return DigestBuilder(digests.digest(found, seed, short_keys=short))


def match(pattern: str, *, against: Text | str) -> Matcher:
    """Set a regular expression (java.util.regex) against a text.

    >>> match("/jeans/(.*)", against=parse(location(), to="uri").path()).group(1)
    "slim fit"
    """
    return Matcher(matcher_node(pattern, against))


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
        problem(f"nothing can be parsed to {to}", did_you_mean(str(to), _PARSERS))
        return Value(Node("const", "broken"))
    function, type_, wrap = _PARSERS[to]
    return wrap(call(function, type_, string_node(value), costly=to == "uri"))


def not_(condition: Condition | bool) -> Condition:
    """The opposite of a condition.

    >>> not_(corrupt())
    true
    """
    return Condition(Node("negate", "boolean", (boolean_node(condition),)))


def format(template: str, *values: Value | Literals) -> Text:
    """A text with values in the places of `{}`; absent when one of them is.

    >>> format("{}x{}", screen_pixel_width(), screen_pixel_height())
    "1920x1080"
    """
    places = text.places(template)
    if places is None or places != len(values):
        problem(f"{template!r} has not as many places {{}} as there are values ({len(values)})", "write {{ for a brace")
        return Text(Node("const", "broken"))
    plain = ("string", "boolean", "int", "long", "float", "double", "text", "number", "real", "broken")
    for node in (nodes := tuple(lift(one) for one in values)):
        if node.type not in plain:
            problem(f"{TYPE_NAMES[node.type]} has no text", "use one of its members, or .as_text()")
    return Text(call(text.Format(template), "string", *nodes))


def first_present(*values: T) -> T:
    """The first of the values that is present.

    >>> first_present(cookie("unheard-of"), event_type())
    "addToBasket"
    """
    nodes = tuple(lift(one) for one in values)
    if len({node.type for node in nodes}) != 1:
        problem("first_present() takes values of one type")
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


def typed(value: Literals, type: str) -> Typed:
    """A literal of exactly one type (int, long, float, double), as Java's equality needs it. For converted scripts."""
    return Typed(value, type)

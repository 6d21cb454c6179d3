"""Values that have parts: URIs, queries, matchers, digests, user agents, campaigns, places."""

from __future__ import annotations

import builtins
from collections.abc import Callable

from riverrun.errors import did_you_mean
from riverrun.mapping.kinds import Bytes, Condition, IntList, Json, Number, Text, TextList, Value
from riverrun.mapping.lifting import bound, call, lift, problem
from riverrun.mapping.nodes import TYPE_NAMES, Node
from riverrun.mapping.values import digests, geo, text, uri


class Matcher(Value):
    """A regular expression set against a text: always the whole of it."""

    __slots__ = ()

    def matches(self) -> Condition:
        """
        >>> match("https://([^/]+)/.*", against=location()).matches()
        true
        """
        return Condition(call(text.did_match, "boolean", self.node))

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
                problem(f"the expression has no group {which!r}", did_you_mean(str(which), builtins.map(str, known)))
        return Text(call(bound(text.group, which), "string", self.node))


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
        return Query(call(uri.uri_query, "query", self.node, costly=True))


class Query(Value):
    """Query parameters: name to list of values."""

    __slots__ = ()

    def value(self, name: str) -> Text:
        """The first value of a parameter.

        >>> parse(location(), to="uri").query().value("q")
        "blue jeans"
        """
        return Text(call(bound(uri.first_value, name), "string", self.node))

    def value_list(self, name: str) -> TextList:
        """All its values.

        >>> parse(location(), to="uri").query().value_list("p")
        ["1","2"]
        """
        return TextList(call(bound(uri.value_list, name), "strings", self.node))


class DigestBuilder:
    """A digest being put together."""

    def __init__(self, function: digests.Digest | None, pieces: tuple[Node, ...] = ()) -> None:
        self._function = function
        self._pieces = pieces

    def add(self, piece: Text | Json | Bytes | str) -> DigestBuilder:
        """One more piece; absent ones are skipped, and of JSON everything but texts, numbers and booleans."""
        node = lift(piece)
        if node.type not in ("string", "text", "json", "bytes", "parameters", "broken"):
            problem(f"{TYPE_NAMES[node.type]} cannot be digested", "add strings, JSON values or digests")
        return DigestBuilder(self._function, (*self._pieces, node))

    def result(self) -> Bytes:
        """The digest of all pieces, one directly behind the other.

        >>> digest("SHA-256", "a seed").add(party_id()).add("salt").result().to_base64()
        "b1fT1ZJwob38Ttvj4qUiSjfGoqMbKaPKM0j8jb+kVhE="
        """
        if self._function is None:
            return Bytes(Node("const", "broken"))
        return Bytes(Node("pieces", "bytes", self._pieces, self._function, costly=True))


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


class Campaign(Value):
    """What the query of the location says about the advertisement that was followed."""

    __slots__ = ()

    def _member(self, name: str) -> Text:
        return Text(call(bound(text.entry, name), "string", self.node))

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


class Place(Value):
    """Where an address is. All members are absent where the database does not know."""

    __slots__ = ()


def _place_member(name: str, type_: str) -> Callable[[Place], Value]:
    wrap = {"string": Text, "int": Number, "double": Number, "boolean": Condition, "strings": TextList, "ints": IntList}
    get = geo.MEMBERS[name][1]

    def member(self: Place) -> Value:
        return wrap[type_](call(get, type_, self.node, repeats=type_ == "string"))

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

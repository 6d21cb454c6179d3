"""The reference page of all words of a mapping script, made of their docstrings; every example is run by the tests."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from riverrun.errors import Where
from riverrun.event import Event
from riverrun.mapping import __all__ as exported
from riverrun.mapping import vocabulary
from riverrun.mapping.events import event_of
from riverrun.mapping.groovy.front import _PRODUCERS, camel
from riverrun.mapping.mapping import compile_mapping
from riverrun.mapping.nodes import Map, Node, Script
from riverrun.mapping.values.geo import GeoDatabases
from riverrun.mapping.values.json import NULL

STATEMENTS = ("map", "when", "otherwise", "section", "exit", "stop", "drop")
_HELPERS = ("parse", "match", "not_", "digest", "format", "first_present", "function")
_KINDS: tuple[tuple[str, str], ...] = (
    ("Value", "every value"),
    ("Condition", "true or false"),
    ("Text", "a string"),
    ("Number", "an int, long, float or double"),
    ("TextList", "a list of strings"),
    ("Bytes", "bytes"),
    ("Uri", 'what `parse(..., to="uri")` gives'),
    ("Query", "what `.query()` of a URI gives"),
    ("Matcher", "what `match` gives"),
    ("Json", "JSON"),
    ("Parameters", "what `event_parameters()` gives, besides all that JSON has"),
    ("UserAgent", "what `user_agent()` gives"),
    ("Place", "what `ip2geo()` gives"),
    ("Campaign", "what `campaign()` gives"),
    ("DigestBuilder", "what `digest` gives"),
)
PLACE: dict[str, Any] = {
    "city": {"geoname_id": 2643743, "names": {"en": "London"}},
    "continent": {"code": "EU", "geoname_id": 6255148, "names": {"en": "Europe"}},
    "country": {"iso_code": "GB", "geoname_id": 2635167, "names": {"en": "United Kingdom"}},
    "location": {"latitude": 51.5142, "longitude": -0.0931, "metro_code": 501, "time_zone": "Europe/London"},
    "postal": {"code": "EC4A"},
    "registered_country": {"iso_code": "GB", "geoname_id": 2635167, "names": {"en": "United Kingdom"}},
    "represented_country": {"iso_code": "US", "geoname_id": 6252001, "names": {"en": "United States"}},
    "subdivisions": [{"iso_code": "ENG", "geoname_id": 6269131, "names": {"en": "England"}}],
    "traits": {
        "autonomous_system_number": 20712, "autonomous_system_organization": "Example Net", "domain": "example.net",
        "isp": "Example", "organization": "Example Ltd", "is_anonymous_proxy": False, "is_satellite_provider": False,
    },
}  # fmt: skip
SAMPLE: dict[str, Any] = {
    "location": "https://shop.example.com:8443/jeans/slim%20fit?q=blue+jeans&p=1&p=2"
    "&utm_source=news&utm_medium=email&utm_campaign=spring&gclid=abc#top",
    "referer": "https://www.google.com/",
    "page_view_id": "0:OxVC1WJ4PZNEGIUuzdXPsy_bztnKMuoH",
    "party_id": "0:i0rjfnxc:JLOvH9Nda2c1uV8M~vmdhPGFEC3WxVNq",
    "session_id": "0:i0rjfnxc:FPpXFMdcEORvvaP_HbpDgABG3Iu5__4d",
    "event_id": "0:OxVC1WJ4PZNEGIUuzdXPsy_bztnKMuoH0",
    "viewport_pixel_width": 1280,
    "viewport_pixel_height": 720,
    "screen_pixel_width": 1920,
    "screen_pixel_height": 1080,
    "device_pixel_ratio": 2,
    "corrupt": False,
    "duplicate": False,
    "new_party_id": False,
    "first_in_session": True,
    "event_type": "addToBasket",
    "parameters": {"item": {"count": 2, "price": 49.95}, "note": " a gift ", "tags": ["new", "blue"]},
    "remote_host": "81.2.69.160",
    "user_agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_10_1) AppleWebKit/537.36 "
    "Chrome/38.0.2125.122 Safari/537.36",
    "headers": {"X-Tags": ["spring, sale", '"new, now"']},
    "cookies": {"shopper": "42"},
    "timestamp": 1500000000000,
    "client_timestamp": 1412220184033,
    "source": "browser",
    "source_kind": "browser",
    "method": "GET",
    "query": "p=0%3Ai0rjfnxc",
}
_GIVES = {
    "Text": "string", "Condition": "boolean", "TextList": "list of strings", "IntList": "list of ints",
    "Bytes": "bytes",
    "Json": "JSON", "Parameters": "parameters", "Uri": "URI", "Query": "query", "Matcher": "matcher", "Place": "place",
    "UserAgent": "user agent", "Campaign": "campaign", "DigestBuilder": "digest", "Number": "number", "T": "the same",
    "Self": "the same", "None": "", "Value": "as said",
}  # fmt: skip


class Word(NamedTuple):
    """A documented word: `owner` is the kind it belongs to, or empty."""

    owner: str
    name: str
    signature: str
    gives: str
    text: str
    examples: tuple[tuple[str, str], ...]


def words() -> Iterator[Word]:
    """Every word and member, in the order of the page."""
    producers = [name for name in exported if name not in (*STATEMENTS, *_HELPERS)]
    for name in (*STATEMENTS, *sorted(producers), *_HELPERS):
        yield _word("", name, getattr(vocabulary, name))
    for kind, _ in _KINDS:
        for name, member in vars(getattr(vocabulary, kind)).items():
            if not name.startswith("_") and callable(member):
                yield _word(kind, name, member)


def _word(owner: str, name: str, function: Any) -> Word:
    text, examples = _split(inspect.getdoc(function) or "")
    parameters = [one for one in inspect.signature(function).parameters.values() if one.name != "self"]
    shown: list[str] = []
    for one in parameters:
        if one.kind is one.KEYWORD_ONLY and "*" not in shown and not any(part.startswith("*") for part in shown):
            shown.append("*")
        star = "*" if one.kind is one.VAR_POSITIONAL else ""
        default = "" if one.default is one.empty else f"={one.default!r}"
        shown.append(f"{star}{one.name}{default}")
    gives = str(function.__annotations__.get("return", ""))
    return Word(owner, name, f"{name}({', '.join(shown)})", _GIVES.get(gives, ""), text, examples)


def _split(doc: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """(the text, (expression, what it gives))."""
    lines = doc.splitlines()
    examples, text = [], []
    skip = False
    for number, line in enumerate(lines):
        if skip:
            skip = False
        elif line.startswith(">>> "):
            examples.append((line[4:], lines[number + 1]))
            skip = True
        else:
            text.append(line)
    return "\n".join(text).strip(), tuple(examples)


def sample_event() -> Event:
    return event_of(SAMPLE)


def result_of(expression: str, geo: GeoDatabases) -> str:
    """What an example gives on the sample event, as JSON; `absent` when there is nothing."""
    seen: list[Any] = []
    value = eval(expression, dict(vars(vocabulary)))  # noqa: S307  # our own documentation
    node = Node("loose", "json", (value.node,), lambda found: seen.append(found), costly=True)
    here = Where("example")
    schema = {"type": "record", "name": "R", "fields": [{"name": "x", "type": ["null", "string"], "default": None}]}
    mapping = compile_mapping(Script("example", (Map(node, ("x",), here),)), schema, geo=geo)
    mapping.encode(sample_event())
    return "absent" if seen[0] is None else _json(seen[0])


def _json(value: Any) -> str:
    if value is NULL:
        return "null"
    return json.dumps(value, default=float, ensure_ascii=False, separators=(",", ":"))


def reference() -> str:
    """docs/mapping-reference.md."""
    parts = [_HEAD, _event_block()]
    found = list(words())
    parts.append(
        "## Statements\n\n" + "\n".join(_statement(one) for one in found if one.name in STATEMENTS and not one.owner)
    )
    plain = [one for one in found if not one.owner and one.name not in STATEMENTS]
    parts.append("## Words that give a value\n\n" + _table(plain))
    for kind, what in _KINDS:
        members = [one for one in found if one.owner == kind]
        parts.append(f"## {kind}: {what}\n\n" + _table(members))
    return "\n".join(parts)


_HEAD = """# Reference of the mapping's words

Made by `riverrun mapping reference`; do not edit. `docs/mapping.md` explains how a mapping works.

Every word of a Python script has the same word in a Groovy script, spelled as in the second column; words without one
are Python's only. Values may be absent; then what is made of them is absent too, unless it is said otherwise.
"""


def _event_block() -> str:
    text = json.dumps(SAMPLE, indent=2, ensure_ascii=False)
    return f"## The event of the examples\n\n```json\n{text}\n```\n"


def _statement(word: Word) -> str:
    return f"- `{word.signature}`  \n  " + " ".join(word.text.split())


def _table(found: list[Word]) -> str:
    lines = ["| Python | Groovy | gives | |", "|---|---|---|---|"]
    for word in found:
        text = " ".join(word.text.split())
        shown = [f"`{_cell(expression)}` is {_result(result)}" for expression, result in word.examples]
        about = "<br>".join(part for part in (_cell(text), *shown) if part)
        lines.append(f"| `{_cell(word.signature)}` | {_groovy(word)} | {word.gives} | {about} |")
    return "\n".join(lines) + "\n"


def _result(result: str) -> str:
    return "absent" if result == "absent" else f"`{_cell(result)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _groovy(word: Word) -> str:
    if word.owner:
        return f"`.{camel(word.name)}()`"
    special = {
        "parse": "`parse x to uri`", "match": "`match '...' against x`", "not_": "`not(x)`", "function": "",
    }  # fmt: skip
    if word.name in special:
        return special[word.name]
    return f"`{camel(word.name)}()`" if word.name in _PRODUCERS else ""

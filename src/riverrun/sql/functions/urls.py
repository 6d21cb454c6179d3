"""PARSE_URL: ordinary URLs by DuckDB's string functions, all others exactly as java.net.URL reads them."""

from __future__ import annotations

from riverrun.java import url
from riverrun.schema.types import STRING
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.functions.check import takes
from riverrun.sql.functions.entry import Entry, Renderer
from riverrun.sql.functions.physical import quote
from riverrun.sql.functions.python import python_function


def part(text: str, name: str) -> str | None:
    found = url.parse(text)
    if found is None:
        return None
    match name:
        case "HOST":
            return found.host
        case "PATH":
            return found.path
        case "QUERY":
            return found.query
        case "REF":
            return found.fragment
        case "PROTOCOL":
            return found.protocol
        case "FILE":
            return found.file
        case "AUTHORITY":
            return found.authority
        case "USERINFO":
            return found.user
        case _:
            return None


def parameter(text: str, name: str, key: str) -> str | None:
    """The value of the first `key=` in the query, nothing decoded."""
    query = part(text, "QUERY") if name == "QUERY" else None
    if query is None:
        return None
    for pair in query.split("&"):
        if pair.startswith(key + "="):
            return pair[len(key) + 1 :]
    return None


def _constant(expr: Expr) -> str | None:
    return expr.value if isinstance(expr, Literal) and isinstance(expr.value, str) else None


_ORDINARY = r"^https?://[^/?#:\[\x00-\x1f\x7f-\x{9f}]*(?:[/?#]|\z)"


def _ordinary(value: str) -> str:
    """A frequent protocol, no port, no IPv6 address, no control character in the host, no blanks around: java.net.URL
    takes every such text."""
    return f"regexp_matches({value}, {quote(_ORDINARY)}) AND ({value})[-1] > ' '"


def _render(call: Call, args: list[str], renderer: Renderer) -> str:
    name = _constant(call.args[1])
    if len(args) == 3:
        key = _constant(call.args[2])
        slow = f"rr_parse_url_key({', '.join(args)})"
        # An empty key, or one with a separator in it, is left to the exact way.
        usual = name == "QUERY" and key and not set(key) & set("&#?")
        return _fast_parameter(args[0], key, slow, renderer) if usual and key else slow
    slow = f"rr_parse_url({', '.join(args)})"
    if name == "QUERY":
        return _fast_query(args[0], slow)
    return _fast_host(args[0], slow) if name == "HOST" else slow


def _query(value: str) -> str:
    """Behind the first question mark; where there is one only, twice as fast."""
    rest = f"substring({value}, strpos({value}, '?') + 1)"
    return f"(CASE WHEN {value} LIKE '%?%?%' THEN {rest} ELSE split_part({value}, '?', 2) END)"


def _fast_query(value: str, slow: str) -> str:
    return (
        f"(CASE WHEN NOT contains({value}, '?') THEN NULL "
        f"WHEN {_ordinary(value)} AND NOT contains({value}, '#') THEN {_query(value)} ELSE {slow} END)"
    )


def _fast_parameter(value: str, key: str, slow: str, renderer: Renderer) -> str:
    """Behind an & the first pair is like all others. One text serves all parameters of an ordinary URL."""
    pairs = renderer.share(
        f"CASE WHEN {_ordinary(value)} AND NOT contains({value}, '#') "
        f"THEN CASE WHEN contains({value}, '?') THEN '&' || {_query(value)} ELSE '' END END"
    )
    name = quote(f"&{key}=")
    found = f"split_part(split_part({pairs}, {name}, 2), '&', 1)"
    return (
        f"(CASE WHEN {pairs} IS NULL THEN CASE WHEN contains({value}, {quote(key + '=')}) THEN {slow} END "
        f"WHEN contains({pairs}, {name}) THEN {found} END)"
    )


def _fast_host(value: str, slow: str) -> str:
    host = f"split_part({value}, '/', 3)"
    plain = f"NOT contains({host}, '?') AND NOT contains({host}, '#') AND NOT contains({host}, '@')"
    return f"(CASE WHEN {_ordinary(value)} AND {plain} THEN {host} ELSE {slow} END)"


FUNCTIONS = (
    python_function("rr_parse_url", ("VARCHAR", "VARCHAR"), "VARCHAR", part),
    python_function("rr_parse_url_key", ("VARCHAR", "VARCHAR", "VARCHAR"), "VARCHAR", parameter),
)

ENTRIES = (
    Entry(
        "PARSE_URL",
        ("PARSE_URL(url, part)", "PARSE_URL(url, 'QUERY', key)"),
        "A part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE or USERINFO; or the value of a key in the "
        "query. Nothing is decoded.",
        takes("str, str, str?", returns=STRING, nulls="always"),
        _render,
        {
            "PARSE_URL('http://ex.com/a?k=1&l=2#r', 'HOST')": "ex.com",
            "PARSE_URL('http://ex.com/a?k=1&l=2#r', 'QUERY')": "k=1&l=2",
            "PARSE_URL('http://ex.com/a?k=what?&l=é?', 'QUERY')": "k=what?&l=é?",
            "PARSE_URL('http://ex.com/a?k=1&l=2#r', 'QUERY', 'l')": "2",
            "PARSE_URL('https://ex.com/?utm_source=x&utm_medium=', 'QUERY', 'utm_medium')": "",
            "PARSE_URL('https://ex.com/a', 'QUERY')": None,
            "PARSE_URL('no url', 'HOST')": None,
        },
        nulls="also NULL for what is no URL, a part that is not there, and an unknown part (they are upper case)",
    ),
)

"""What Java's libraries do: answers of JDK 17 (vectors/), compared with ours."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverrun.errors import InputError, UnsupportedError
from riverrun.java.regex import compile_pattern
from riverrun.mapping.values.uri import parse_query, parse_uri

VECTORS = Path(__file__).parent / "vectors"
URIS = [json.loads(line) for line in (VECTORS / "uris.jsonl").read_text().splitlines()]
TEXTS, *PATTERNS = [json.loads(line) for line in (VECTORS / "regexes.jsonl").read_text().splitlines()]
# Java patterns that we refuse, with the reason
REFUSED = {
    r"(?<=a+)b": "a look-behind of changing width", r"(?<=a|bc)d": "a look-behind of changing width", r"\G": r"\G",
    r"\X": r"\X", r"(?m)^a$": "the flag m", r"(?u)a": "the flag u", r"a{2}{3}": "a repetition of a repetition",
}  # fmt: skip
# JDK 17: a text, with a bar at every \\b, and at every \\B
BOUNDARIES = [
    ("caf\u00e9 bar", "|caf\u00e9| |bar|", "c|a|f|\u00e9 b|a|r"),
    ("a\u00b2b", "|a|\u00b2|b|", "a\u00b2b"),
    ("x\u0301y z", "|x\u0301y| |z|", "x|\u0301|y z"),
    ("\u2167 a", "\u2167 |a|", "|\u2167| a"),
    ("\u65e5\u672c\u8a9e ok", "|\u65e5\u672c\u8a9e| |ok|", "\u65e5|\u672c|\u8a9e o|k"),
    ("a_b-c", "|a_b|-|c|", "a|_|b-c"),
    ("\u00bda", "\u00bd|a|", "|\u00bda"),
    ("\u0301a", "\u0301|a|", "|\u0301a"),
    ("na\u00efve", "|na\u00efve|", "n|a|\u00ef|v|e"),
    ("", "", "|"),
    ("\u2764\ufe0f ok", "\u2764\ufe0f |ok|", "|\u2764|\ufe0f| o|k"),
]  # fmt: skip
# Patterns that Java refuses and we take, on purpose: names with an underscore
TAKEN = (r"(?<a_b>x)",)


def test_uris_are_as_java_net_uri_has_them() -> None:
    for text, wanted in URIS:
        uri = parse_uri(text)
        got = None
        if uri is not None:
            got = [uri.scheme, uri.host, uri.port, uri.path, uri.raw_path]
            got += [uri.query, uri.raw_query, uri.fragment, uri.raw_fragment]
        assert got == wanted, text


@given(st.text(max_size=30))
def test_no_text_breaks_the_uri_parser(text: str) -> None:
    uri = parse_uri(text)
    if uri is not None and uri.raw_query:
        parse_query(uri.raw_query)


@pytest.mark.parametrize(
    ("pattern", "matches"), [one for one in PATTERNS if one[1] is not None and one[0] not in REFUSED]
)
def test_patterns_match_as_in_java(pattern: str, matches: list[list[Any]]) -> None:
    compiled = compile_pattern(pattern)
    found = [(number, compiled.fullmatch(text)) for number, text in enumerate(TEXTS)]
    assert [[number, *match.groups()] for number, match in found if match] == matches


@pytest.mark.parametrize(("text", "inside", "outside"), BOUNDARIES)
def test_words_end_where_they_do_in_java(text: str, inside: str, outside: str) -> None:
    assert compile_pattern(r"\b").sub("|", text) == inside
    assert compile_pattern(r"\B").sub("|", text) == outside


@pytest.mark.parametrize("pattern", [one[0] for one in PATTERNS if one[1] is None and one[0] not in TAKEN])
def test_what_java_refuses_is_refused(pattern: str) -> None:
    with pytest.raises((InputError, UnsupportedError)):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", REFUSED)
def test_what_python_cannot_do_is_said(pattern: str) -> None:
    with pytest.raises(UnsupportedError) as raised:
        compile_pattern(pattern)
    assert REFUSED[pattern] in str(raised.value)


@given(st.text(alphabet=r"ab.*+?()[]{}\\|^$&-0123:<>!=QEpLdw ", max_size=12))
def test_any_pattern_is_taken_or_refused(pattern: str) -> None:
    with contextlib.suppress(InputError, UnsupportedError):
        compile_pattern(pattern).fullmatch("ab")

"""The files in tests/wire that need no server."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import mmh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverrun.collect import mincode
from riverrun.collect.duplicates import DuplicateMemory
from riverrun.collect.forwarded import client_address, networks
from riverrun.collect.query import build_query, canonical, checksum, is_corrupt, parse_query
from riverrun.ids import from_base36, parse_identifier, to_base36
from tests.conftest import ROOT


def vectors(name: str) -> pytest.MarkDecorator:
    rows = json.loads((ROOT / f"tests/wire/{name}.json").read_text())
    ids = [str(row.get("text", row.get("query", number)))[:40] for number, row in enumerate(rows)]
    return pytest.mark.parametrize("row", rows, ids=ids)


@vectors("base36")
def test_base36(row: Any) -> None:
    number = from_base36(row["text"])
    assert number == (None if row["value"] is None else int(row["value"]))
    if number is not None:
        assert to_base36(number) == row["canonical"]


@vectors("murmur3")
def test_murmur3(row: Any) -> None:
    assert mmh3.hash(row["text"].encode(), 0, True) == row["hash"]
    assert to_base36(row["hash"]) == row["base36"]


@vectors("checksum")
def test_checksum(row: Any) -> None:
    parameters = parse_query(row["query"].encode())
    assert canonical(parameters) == row["canonical"]
    assert to_base36(checksum(parameters)) == row["x"]
    assert not is_corrupt(parse_query(f"{row['query']}&x={row['x']}".encode()))
    assert is_corrupt(parameters)
    assert is_corrupt(parse_query(f"{row['query']}&x=".encode()))


def test_an_unsigned_checksum_is_wrong() -> None:
    query = "a=1&y=0"
    number = checksum(parse_query(query.encode()))
    while number >= 0:
        query += "1"
        number = checksum(parse_query(query.encode()))
    assert not is_corrupt(parse_query(f"{query}&x={to_base36(number)}".encode()))
    assert is_corrupt(parse_query(f"{query}&x={to_base36(number + 2**32)}".encode()))


@vectors("identifiers")
def test_identifiers(row: Any) -> None:
    identifier = parse_identifier(row["text"])
    assert (str(identifier) if identifier else None) == row["canonical"]
    assert (identifier.timestamp if identifier else None) == row["timestamp"]


@vectors("mincode")
def test_mincode(row: Any) -> None:
    text = mincode.to_json(row["text"]).decode()
    expected = exact(row["json"])
    assert exact(text) == expected
    if row["encode"]:
        assert mincode.from_json(row["json"]) == row["text"]


def exact(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


@vectors("mincode-bad")
def test_what_is_not_mincode(row: Any) -> None:
    with pytest.raises(mincode.NotMincode):
        mincode.to_json(row["text"])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=30,
)


@given(json_values)
def test_mincode_returns_what_was_put_in(value: Any) -> None:
    assert json.loads(mincode.to_json(mincode.encode(value))) == value


@given(st.text(alphabet="stfndja().!~0129zZ-+eE é😀", max_size=40))
def test_any_text_is_mincode_or_not(text: str) -> None:
    with contextlib.suppress(mincode.NotMincode):
        json.loads(mincode.to_json(text))


@vectors("duplicates")
def test_duplicates(row: Any) -> None:
    party, session, event, _ = row["events"][0]
    raw = f"{party}{session}{event}".encode("utf-16-le")
    assert mmh3.hash_bytes(raw, 0, True).hex() == row["hash"]
    memory = DuplicateMemory(row["slots"])
    assert memory.seen(party, session, event)[1] == row["slot"]
    for settled in (False, True):  # whether events come in one commit, or each is stored before the next
        memory = DuplicateMemory(row["slots"])
        for party, session, event, flagged in row["events"]:
            duplicate, slot, signature = memory.seen(party, session, event)
            assert duplicate == flagged
            if settled:
                memory.stored_all([(slot, signature)])


def test_an_event_that_was_not_stored_is_no_duplicate_when_it_comes_again() -> None:
    memory = DuplicateMemory(1000)
    _, slot, signature = memory.seen("p", "s", "e")
    memory.forget(slot, signature)
    assert not memory.seen("p", "s", "e")[0]


def test_workers_share_the_memory_and_it_survives(tmp_path: Any) -> None:
    path = tmp_path / "duplicates"
    one, other = DuplicateMemory(1000, path), DuplicateMemory(1000, path)
    _, slot, signature = one.seen("p", "s", "e")
    one.stored_all([(slot, signature)])
    assert other.seen("p", "s", "e")[0]
    assert DuplicateMemory(1000, path).seen("p", "s", "e")[0]
    assert not DuplicateMemory(999, path).seen("p", "s", "e")[0]


@vectors("forwarded")
def test_forwarded(row: Any) -> None:
    assert client_address(row["peer"], row["headers"], networks(row["trusted"])) == row["address"]


@vectors("tag")
def test_what_a_tag_sends_is_not_corrupt(row: Any) -> None:
    for event in row["events"]:
        parameters = parse_query(event["query"].encode())
        assert not is_corrupt(parameters)
        pairs = [(name, value) for name, value in parameters.first.items() if name != "x"]
        assert build_query(pairs) == event["query"]
        signal = event["signal"]
        if signal is not None:
            assert parameters.first["t"] == signal[0]
            assert json.loads(mincode.to_json(parameters.first["u"])) == signal[1]
            assert mincode.encode(signal[1]) == parameters.first["u"]


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=10)), max_size=8))
def test_queries_return_what_was_put_in(pairs: list[tuple[str, str]]) -> None:
    parameters = parse_query(build_query([(n, v) for n, v in pairs if n != "x"]).encode())
    every = {name: parameters.several.get(name, [value]) for name, value in parameters.first.items()}
    found = [(name, value) for name, values in every.items() if name != "x" for value in values]
    assert sorted(found) == sorted((n, v) for n, v in pairs if n != "x")
    assert not is_corrupt(parameters)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_query(raw: bytes) -> None:
    for name, value in parse_query(raw).first.items():
        (name + value).encode()
    assert canonical(parse_query(raw)).encode() is not None


@given(st.text(max_size=30))
def test_unescape_agrees_with_the_standard_library(text: str) -> None:
    raw = f"a={text.replace('&', '%26')}".encode()
    assert parse_query(raw).first["a"] == unquote(text.replace("&", "%26").replace("+", " "), errors="replace")

"""The fast ways give what the thorough ones give: repeated heads, usual events of browsers, flat mincode."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from riverrun.clock import ManualClock
from riverrun.collect import mincode
from riverrun.collect.browser import browser_event
from riverrun.collect.duplicates import DuplicateMemory
from riverrun.collect.encode import Frame, encode_headers
from riverrun.collect.http import Connection
from riverrun.collect.query import build_query
from riverrun.collect.request import Request
from riverrun.collect.service import CollectorService
from riverrun.collect.usual import usual_event
from riverrun.config.load import load_tree
from riverrun.event import Event
from tests.wire.fuzz import CONFIGS, TOKENS, Memory, Sink

# --- events ----------------------------------------------------------------------------------------------------------

HEADERS = [(b"host", b"x"), (b"user-agent", b"a browser")]
ORDER = "psvecnflrijkwhtu"
identifiers = st.sampled_from(
    ["0:j5399reo:a~B_1", "0:0:", "0:1:x y", "0:01:x", "0:1:a:b", "1:1:x", "0:+1:x", "0:1:é", ""]
)
texts = st.text(max_size=6) | st.text("%+&=:/?#~! azé😀2F\x00", max_size=8)
short = st.sampled_from(["1hc", "sw", "0", "", "-1", "1.i", "zzzzzzz", "zzzzzzzzzzzzzzz", "ZZ", "1 "]) | texts
fields = st.fixed_dictionaries(
    {
        "p": st.just("0:j5399reo:a~B_1") | identifiers, "s": st.just("0:1:s") | identifiers,
        "v": st.just("0:v") | texts, "e": st.just("0:v0") | texts, "c": st.just("j5399reo") | short,
        "n": st.sampled_from("ttff1"), "f": st.sampled_from("ttffT"),
    },
    optional={
        "l": st.just("https://www.example.com/a?b=c&d=é e,") | texts, "r": st.just("https://x/") | texts,
        "i": short, "j": short, "k": short, "w": short, "h": short, "t": st.just("pageView") | texts,
        "u": st.sampled_from(["(sa!b!dc!1!je!-1.5!tf!)", "(sa!b~!!)", "(aa!sb!.)", "(", "sa!", "(sé!é!)"]) | texts,
        "o": st.just("(ta!)"), "y": st.just("t"), "zz": texts,
    },
)  # fmt: skip


@st.composite
def queries(draw: Any) -> bytes:
    """As a tag sends them, and with something else in them."""
    said = draw(fields)
    raw = build_query([(name, said[name]) for name in [*ORDER, "o", "y", "zz"] if name in said]).encode()
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at, token = draw(st.integers(0, len(raw))), draw(st.sampled_from(TOKENS) | st.sampled_from([b"%3a", b"%3A"]))
        raw = raw[:at] + token + raw[at + draw(st.integers(0, 3)) :]
    return bytes(raw)


def both(raw: bytes) -> tuple[Any, Any]:
    """(what the fast way makes of a query, what the other one does), after the same event once before."""
    request = Request("web", "GET", raw, HEADERS, 1_500_000_000_000, "127.0.0.1", "a browser")
    frame = Frame("web", "browser", request.remote_host, request.user_agent, encode_headers(HEADERS))
    memory, other = DuplicateMemory(1000), DuplicateMemory(1000)
    event = browser_event(raw, request, 4)
    fast = [usual_event(raw, request.timestamp, frame, 4, memory) for _ in range(2)]
    if not isinstance(event, Event):
        return fast, [None, None]
    slow = []
    for _ in range(2):
        duplicate, slot, signature = other.seen(event.party_id, event.session_id, event.event_id)
        event = Event(**{name: getattr(event, name) for name in event.__struct_fields__} | {"duplicate": duplicate})
        slow.append((frame.entry(event), slot, signature, event.corrupt, duplicate, event.privacy))
    return fast, slow


@given(queries())
@settings(max_examples=600)
@example(b"p=0:1:a&s=0:1:a&v=&e=&c=1&n=t&f=f&x=1")
@example(b"p=0:1:a&s=0:1:a&v=&e=&c=1&n=t&f=f&l=%2525%3%3A&u=%28%2B&x=1")
def test_a_usual_event_is_the_same_entry(raw: bytes) -> None:
    fast, slow = both(raw)
    assert fast in (slow, [None, None])


def usual_query(*more: tuple[str, str]) -> bytes:
    ids = [("p", "0:j5399reo:x"), ("s", "0:j5399reo:x"), ("v", "0:v"), ("e", "0:v0"), ("c", "j5399reo"), ("n", "t")]
    return build_query([*ids, ("f", "f"), *more]).encode()


@pytest.mark.parametrize(
    "more",
    [
        [],
        [("l", "https://example.com/a?b=c&d=%C3 é+"), ("r", "https://example.org/"), ("t", "click")],
        [("l", "x"), ("i", "1hc"), ("j", "sw"), ("k", "1.i"), ("w", "zk"), ("h", "k0"), ("t", "a"), ("u", "(sa!é 1!)")],
    ],
)
def test_what_tags_send_is_usual(more: list[tuple[str, str]]) -> None:
    raw = usual_query(*more)
    fast, slow = both(raw)
    assert fast == slow
    assert not fast[0].corrupt
    fast, slow = both(raw[:-1] + (b"1" if raw[-1:] != b"1" else b"2"))
    assert fast == slow
    assert fast[0].corrupt


# --- heads -----------------------------------------------------------------------------------------------------------

BLOCKS = [
    b"Host: a\r\nUser-Agent: x\r\n",
    b"Host: a\r\nUser-Agent: y\r\nCookie: a=b\r\n",
    b"Host: a\r\nConnection: close\r\n",
    b"Host: a\r\nContent-Length: 0\r\n",
    b"Host: a\r\nContent-Length: 2\r\n",
    b"Host: a\r\nExpect: 100-continue\r\n",
    b"Host: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n",
    b"Host: a\r\nX-Long: " + b"x" * 600 + b"\r\n",
    b"Host: a\nX: y\n",
    b"Host: a\r\nIf-None-Match: *\r\nOrigin: https://a.example\r\n",
]
TARGETS = [
    b"/csc-event?" + usual_query(), b"/csc-event?" + usual_query(("l", "x" * 700)), b"/csc-event?p=1",
    b"/event?p=0:1:x", b"/ping", b"/nothing", b"http://a/ping", b"*", b"/ping#a", b"/ping?a b",
    b"/p\xc3\xa9", b"/ping?\xc3\xa9", b"/\x00", b"/",
]  # fmt: skip
ENDS = [b"\r\n", b"\r\n\r\n", b"\n", b"\r\nGET /pi", b"\r\nGET /ping HTTP/1.1\r\nHost: a\r\n\r\n", b"", b"\r\nab"]


@st.composite
def conversations(draw: Any) -> list[bytes]:
    """What arrives in turn on one connection: mostly the same head with other targets."""
    usual = draw(st.sampled_from(BLOCKS[:2]))
    parts: list[bytes] = []
    for _ in range(draw(st.integers(2, 5))):
        method = draw(st.sampled_from([b"GET"] * 6 + [b"get", b"POST", b"HEAD", b"GET "]))
        target = draw(st.sampled_from(TARGETS[:3]) | st.sampled_from(TARGETS))
        version = draw(st.sampled_from([b"1.1"] * 6 + [b"1.0", b"2.0"]))
        block = draw(st.sampled_from([usual] * 3 + BLOCKS))
        raw = b"%b %b HTTP/%b\r\n%b%b" % (method, target, version, block, draw(st.sampled_from([b"\r\n"] * 4 + ENDS)))
        if draw(st.integers(0, 5)) == 0:
            at = draw(st.integers(0, len(raw)))
            raw = raw[:at] + draw(st.sampled_from(TOKENS)) + raw[at:]
        if draw(st.integers(0, 5)) == 0:
            at = draw(st.integers(0, len(raw)))
            parts += [raw[:at], raw[at:]]
        else:
            parts.append(raw)
    return [part for part in parts if part]


class Parsed(Connection):
    """Every request goes through the parser."""

    def _repeat(self, data: bytes) -> bool:
        return False


class Noting(Memory):
    def __init__(self, service: CollectorService) -> None:
        super().__init__(service.intake)
        self.noted: list[bytes] = []

    def store(self, piece: bytes, sizes: Sequence[int], pending: Any) -> None:
        self.noted.append(piece)
        super().store(piece, sizes, pending)

    def refuse(self, entry: bytes, reason: str) -> None:
        self.noted.append(entry)
        super().refuse(entry, reason)


@asynccontextmanager
async def services(folder: Path) -> AsyncIterator[list[CollectorService]]:
    """One for each of the fuzzer's configurations; they store in memory, and their clocks stand still."""
    made = [CollectorService(load_tree(config), folder / str(i), ManualClock()) for i, config in enumerate(CONFIGS)]
    real = [service.committer for service in made]
    for service in made:
        service.date, service.now = b"Date: today\r\n", 1000.0
        service.intake.committer = service.committer = Noting(service)  # type: ignore[assignment]  # as much as is used
    try:
        yield made
    finally:
        for service, committer in zip(made, real, strict=True):
            service.committer = committer
            await service.stop(0)


async def test_a_repeated_head_is_what_the_parser_finds(tmp_path: Path) -> None:
    async with services(tmp_path / "fast") as fast, services(tmp_path / "slow") as slow:

        @given(st.integers(0, len(CONFIGS) - 1), conversations())
        @settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
        def compare(which: int, parts: list[bytes]) -> None:
            assert list(_held(fast[which], Connection, parts)) == list(_held(slow[which], Parsed, parts))

        compare()


async def test_a_repeated_head_needs_no_parser(tmp_path: Path) -> None:
    async with services(tmp_path) as (service, *_):
        sink, connection = Sink(), Connection(service)
        connection.connection_made(sink)  # type: ignore[arg-type]  # as much of a transport as a connection uses
        first, *others = [b"GET %b HTTP/1.1\r\n%b\r\n" % (target, BLOCKS[0]) for target in TARGETS[:5]]
        connection.data_received(first)
        connection.parser = None  # type: ignore[assignment]  # who asks it fails
        for raw in others:
            connection.data_received(raw)
        assert sink.written.count(b"HTTP/1.1 ") == 5
        assert len(service.committer.noted) == 3  # type: ignore[attr-defined]  # two events, one that is incomplete


def _held(service: CollectorService, kind: type[Connection], parts: list[bytes]) -> Iterator[Any]:
    """Everything that can be seen of a connection after each part."""
    noted = service.committer.noted = []  # type: ignore[attr-defined]
    sink = Sink()
    connection = kind(service)
    connection.connection_made(sink)  # type: ignore[arg-type]
    for part in parts:
        if sink.closed:
            break
        connection.data_received(part)
        yield bytes(sink.written), connection.phase, connection.closing, connection.deadline - service.now, list(noted)
    connection.connection_lost(None)
    yield dict(service.counts.numbers)


# --- mincode ---------------------------------------------------------------------------------------------------------


MEMBERS = [
    "sa!b!", "sb!!", "da!-1z!", "dc!0!", "ja!1.50!", "je!-0!", "jf!1e5!", "tx!", "fy!", "nz!", "(o!", ")", "al!", ".",
    "s!x!", "da!!", "sq!~!!", 's"!\\!', "sé!é!", "j!01!", "d!1_0!", "dz!١!", "x",
]  # fmt: skip


@given(
    st.lists(st.sampled_from(MEMBERS), max_size=6),
    st.sampled_from([0, 1, 2]),
)  # fmt: skip
def test_flat_mincode_is_what_the_grammar_says(parts: list[str], depth: int) -> None:
    text = f"({''.join(parts)})"
    try:
        expected = mincode._by_grammar(text, depth)
    except mincode.NotMincode:
        with pytest.raises(mincode.NotMincode):
            mincode.to_json(text, depth)
    else:
        assert mincode.to_json(text, depth) == expected


def test_what_pages_send_is_flat() -> None:
    assert mincode._FLAT.match(mincode.encode({"a": "b c", "d": 1, "e": 79.95, "f": True, "g": None}))

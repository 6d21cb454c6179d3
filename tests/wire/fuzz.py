"""Fuzzing the collector's request path: bytes in, answers and entries out, no sockets and no disk.

    python -m tests.wire.fuzz --inputs 1000000         # minutes; prints what it found, exit status 1 if anything
    python -m tests.wire.fuzz --seed 5 --inputs 1 -v   # one input again

Inputs are the requests of the conversations in this folder, mutated and cut at random. What has to hold for each of
them: every answer is a whole HTTP answer with a status that we give on purpose (never 500); nothing is written to the
log as a mistake of ours; every entry decodes by its schema; the connection ends idle or closed and holds nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import re
import sys
import tempfile
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from riverrun.collect.commit import Batch, Stored
from riverrun.collect.encode import REFUSED_SCHEMA
from riverrun.collect.http import Connection
from riverrun.collect.intake import Intake
from riverrun.collect.service import CollectorService
from riverrun.config.load import load_tree
from riverrun.event import EVENT_SCHEMA
from riverrun.topics.segment import EntryDecoder, entry_schema
from tests.wire.conversation import request_bytes

FOLDER = Path(__file__).parent
CONFIGS: list[dict[str, Any]] = [
    {},
    {
        "global": {
            "privacy": {"gpc": "anonymise", "dnt": "drop", "ipv4_bits": 24, "ipv6_bits": 48, "cookies": ["_dvp"]},
            "server": {"use_x_forwarded_for": True, "trusted_proxies": ["127.0.0.0/8"]},
            "limits": {"request_line": 600, "header_bytes": 500, "headers": 8, "nesting": 4, "batch_events": 3},
        },
        "sources": {
            "browser": {
                "type": "browser", "server_cookie": {"enabled": True}, "cors": {"allow_origins": ["https://a.example"]},
            },
            "json": {"type": "json", "event_path": "/event", "maximum_body_size": 200, "maximum_batch_size": 1000},
        },
    },
    {
        "global": {"privacy": {"cookieless": True, "consent_required": ["analytics"], "without_consent": "anonymise"}},
        "sources": {
            "browser": {"type": "browser", "write_key": "k", "prefix": "/a/b"},
            "json": {"type": "json", "event_path": "/event", "cors": {"allow_origins": ["*"]}},
        },
    },
]  # fmt: skip
TOKENS = [
    b"%", b"%f", b"%ff", b"%00", b"\x00", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"&", b"=", b"+", b"?", b"/", b"//",
    b"..", b"~", b"!", b"(", b")", b"[", b"]", b"{", b"}", b'"', b"\\", b"\\ud800", b"\\u0000", b",", b":", b";",
    b"0", b"-1", b"9" * 30, b"1e999", b"z" * 14, "é".encode(), "😀".encode(), b"\xff\xfe", b"\xed\xa0\x80",
    b"\xef\xbb\xbf", b"null", b"true", b"NaN", b"HTTP/1.0", b"HTTP/2.0", b"GET ", b"POST ", b"OPTIONS ",
    b"Content-Length: 0\r\n", b"Content-Length: 99999\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Content-Encoding: gzip\r\n", b"Expect: 100-continue\r\n", b"Connection: close\r\n",
    b"Connection: upgrade\r\nUpgrade: h2c\r\n", b"Sec-GPC: 1\r\n", b"DNT: 1\r\n", b"Cookie: _dvps=0:1:x\r\n",
    b"Origin: null\r\n", b"Origin: https://[::1\r\n", b"X-Forwarded-For: [::1]:x, 1.2.3\r\n", b"write_key=k&", b"&u=",
    b"&o=(tanalytics!)", b"&y=t", b"&k=1.i", b"&x=-0",
]  # fmt: skip
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) [A-Za-z -]+\r\nServer: divolte\r\n")
PURPOSEFUL = {200, 204, 207, 304, 400, 403, 404, 405, 408, 413, 414, 415, 429, 431}


class Sink:
    """A transport that keeps what was written."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed, "written to a closed transport"
        self.written += data

    def close(self) -> None:
        self.closed = True

    abort = close

    def write_eof(self) -> None:
        pass

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading

    def get_extra_info(self, name: str) -> Any:
        return ("127.0.0.1", 4711)


class Memory:
    """A committer that stores at once, and checks what it gets."""

    backlog = 0
    backlog_events = 0

    def __init__(self, intake: Intake) -> None:
        self._after = intake.after_commit
        self._events = EntryDecoder(entry_schema(EVENT_SCHEMA))
        self._refused = EntryDecoder(entry_schema(REFUSED_SCHEMA))
        self.stored = 0
        self.refused = 0

    def store(self, piece: bytes, sizes: Sequence[int], pending: Any) -> None:
        for stored in self._events.decode(piece, len(sizes), 0, 0):
            if stored.value["eventParameters"] is not None:
                msgspec.json.decode(stored.value["eventParameters"])
            self.stored += 1
        self._after(Stored(Batch([piece], array("I", sizes), [], [pending], 0), None, 0.0))

    def store_one(self, entry: bytes, pending: Any) -> None:
        self.store(entry, [len(entry)], pending)

    def refuse(self, entry: bytes, reason: str) -> None:
        (stored,) = self._refused.decode(entry, 1, 0, 0)
        assert stored.value["reason"] == reason
        self.refused += 1


def corpus() -> list[bytes]:
    """The requests of the conversations, those that are not huge."""
    found: list[bytes] = []
    for name in ("browser", "json-source", "http", "privacy", "batches"):
        for case in json.loads((FOLDER / f"{name}.json").read_text()):
            found += [request_bytes(exchange["request"]) for exchange in case["exchanges"]]
    return [raw for raw in found if len(raw) < 20_000]


def mutated(raw: bytes, seeds: list[bytes], chance: random.Random) -> bytes:
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(raw) + 1)
        kind = chance.randrange(6)
        if kind == 0:
            raw = raw[:at] + chance.choice(TOKENS) + raw[at:]
        elif kind == 1:
            raw = raw[:at] + raw[at + chance.randrange(1, 20) :]
        elif kind == 2:
            raw = raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :]
        elif kind == 3:
            end = at + chance.randrange(1, 60)
            raw = raw[:end] + raw[at:end] * chance.choice((1, 1, 2, 40)) + raw[end:]
        elif kind == 4:
            other = chance.choice(seeds)
            raw = raw[:at] + other[chance.randrange(len(other)) :]
        else:
            raw = raw + chance.choice(seeds)
    return raw


def cuts(raw: bytes, chance: random.Random) -> Iterator[bytes]:
    if chance.random() < 0.6:
        yield raw
        return
    while raw:
        size = chance.randrange(1, max(2, len(raw)))
        yield raw[:size]
        raw = raw[size:]


def one(service: CollectorService, raw: bytes, chance: random.Random) -> Counter[int]:
    """Let the service have one input. AssertionError when something does not hold; else the statuses of the answers."""
    sink = Sink()
    connection = Connection(service)
    connection.connection_made(sink)  # type: ignore[arg-type]  # as much of a transport as a connection uses
    for part in cuts(raw, chance):
        if not sink.closed:
            connection.data_received(part)
    if chance.random() < 0.5 and not sink.closed and not connection.eof_received():
        sink.close()
    statuses = check_answers(bytes(sink.written))
    assert not connection.waiting, "an answer is missing"
    connection.connection_lost(None)
    assert service.buffered == 0, "bytes are still counted"
    assert connection not in service.connections
    return statuses


def check_answers(written: bytes) -> Counter[int]:
    statuses: Counter[int] = Counter()
    at = 0
    while at < len(written):
        if written.startswith(b"HTTP/1.1 100 Continue\r\n\r\n", at):
            at += 25
            continue
        found = STATUS.match(written, at)
        assert found is not None, f"no answer begins here: {written[at : at + 80]!r}"
        status, end = int(found[1]), written.index(b"\r\n\r\n", at) + 4
        assert status in PURPOSEFUL, f"status {status}"
        head = written[at:end]
        assert b"\r\nDate: " in head
        length = re.search(rb"\r\nContent-Length: (\d+)\r\n", head)
        assert (length is None) == (status in (204, 304)), head
        statuses[status] += 1
        at = end
        size = int(length[1]) if length else 0
        if size and not written.startswith(b"HTTP/1.1 ", at):  # the answer to HEAD has no body
            at += size
    return statuses


class Mistakes(logging.Handler):
    """Whatever our code logs as an error is a finding."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record)


async def fuzz(inputs: int, seed: int, *, verbose: bool = False) -> tuple[list[str], Counter[int]]:
    """(what was found, the statuses of the answers) of `inputs` inputs, numbered from `seed`."""
    seeds, mistakes = corpus(), Mistakes()
    logging.getLogger("riverrun").addHandler(mistakes)
    found: list[str] = []
    statuses: Counter[int] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        services = [CollectorService(load_tree(config), Path(folder) / str(i)) for i, config in enumerate(CONFIGS)]
        real = [service.committer for service in services]
        for service in services:
            service.intake.committer = service.committer = Memory(service.intake)  # type: ignore[assignment]  # as much as is used
        for number in range(seed, seed + inputs):
            chance = random.Random(number)
            service = services[number % len(services)]
            raw = mutated(chance.choice(seeds), seeds, chance)
            if verbose:
                print(repr(raw))
            try:
                statuses += one(service, raw, chance)
                assert not mistakes.seen, str(mistakes.seen.pop().getMessage())
            except Exception as error:  # noqa: BLE001  # the outermost loop: whatever it is, it is a finding
                found.append(f"seed {number}: {type(error).__name__}: {error}")
                mistakes.seen.clear()
            if number % 1000 == 0:
                await asyncio.sleep(0)
        for service, committer in zip(services, real, strict=True):
            service.committer = committer
            await service.stop(0)
    logging.getLogger("riverrun").removeHandler(mistakes)
    return found, statuses


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    began = time.monotonic()
    found, statuses = asyncio.run(fuzz(arguments.inputs, arguments.seed, verbose=arguments.verbose))
    print(f"{arguments.inputs} inputs in {time.monotonic() - began:.0f} s; answers: {dict(sorted(statuses.items()))}")
    for finding in found[:50]:
        print(finding)
    print(f"{len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

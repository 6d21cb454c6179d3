"""A data folder as the rooms would leave it, written through the real topics: for the tests of the live pages."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fastavro
import msgspec

from riverrun.event import EVENT_SCHEMA
from riverrun.ids import to_base36
from riverrun.ledger import Account, write_account
from riverrun.topics import Entry, LocalTopics, TopicWriter, WriterOptions

CLICK = {
    "type": "record",
    "name": "Click",
    "namespace": "test",
    "fields": [
        {"name": "sessionid", "type": "string"},
        {"name": "eventid", "type": "string"},
        {"name": "type", "type": "string"},
        {"name": "url", "type": "string"},
    ],
}
DEAD = {
    "type": "record",
    "name": "DeadLetter",
    "namespace": "test",
    "fields": [
        {"name": "reason", "type": "string"},
        {"name": "message", "type": "string"},
        {"name": "field", "type": ["null", "string"]},
    ],
}
_TIME = {"type": "long", "logicalType": "timestamp-millis"}


def result_schema(name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": [{"name": n, "type": t} for n, t in fields.items()]}


DEVICES = result_schema("devices", {"window_start": _TIME, "device": "string", "sessions": "long"})
BROWSERS = result_schema("browsers", {"window_start": _TIME, "rank": "long", "browser": "string", "sessions": "long"})
AVERAGES = result_schema("averages", {"window_start": _TIME, "shortest": "int", "average": "int", "longest": "int"})
BASKETS = result_schema(
    "baskets", {"ended": _TIME, "customer_id": "string", "products": {"type": "array", "items": "string"}}
)
PURCHASES = result_schema("purchases", {"sessionid": "string", "buy_pattern": "string", "completed": _TIME})

MINUTE = 60_000


@dataclass
class World:
    """Writes entries and accounts under `data`. Times begin at `start` (ms)."""

    data: Path
    start: int = 1_766_142_000_000
    writers: dict[str, TopicWriter] = field(default_factory=dict)
    accounts: dict[tuple[str, str], Account] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)
    random: random.Random = field(default_factory=lambda: random.Random(7))

    def write(
        self, topic: str, schema: Any, value: Mapping[str, Any], at: int, *, origin: str | None = None, key: str = ""
    ) -> str:
        """Store one entry; returns its id (topic/partition/offset)."""
        writer = self.writers.get(topic)
        if writer is None:
            options = WriterOptions(sync=False, min_free_bytes=0)
            writer = self.writers[topic] = LocalTopics(self.data).writer(topic, schema, options)
        body = io.BytesIO()
        fastavro.schemaless_writer(body, schema, dict(value))
        headers = (("riverrun-origin", origin.encode()),) if origin else ()
        writer.append(Entry(at, key.encode() or None, body.getvalue(), headers))
        offset = writer.commit()
        self.positions[topic] = offset + 1
        return f"{topic}/0/{offset}"

    def event(self, number: int, session: str, kind: str, at: int, *, location: str | None = None) -> str:
        value = {
            "source": "browser",
            "sourceKind": "browser",
            "eventType": kind,
            "partyId": f"0:{to_base36(self.start)}:p{session[-1]}",
            "sessionId": session,
            "pageViewId": "0:pv",
            "eventId": f"e{number}",
            "firstInSession": False,
            "newParty": False,
            "corrupt": False,
            "duplicate": False,
            "timestamp": at,
            "clientTimestamp": at,
            "location": location or f"http://127.0.0.1:8280/{kind.lower()}?utm_source=google",
            "eventParameters": msgspec.json.encode({"n": number}).decode(),
            "headers": [{"name": "user-agent", "value": "Mozilla/5.0"}],
            "method": "GET",
            "privacy": "none",
        }
        return self.write("events", EVENT_SCHEMA, value, at)

    def map(self, number: int, origin: str, session: str, kind: str, at: int) -> None:
        click = {"sessionid": session, "eventid": f"e{number}", "type": kind, "url": f"/{kind.lower()}"}
        self.write("clicks", CLICK, click, at, origin=origin, key=session)

    def reject(self, origin: str, at: int, reason: str = "unmappable") -> None:
        dead = {"reason": reason, "message": "context.device.type: no value for a required field", "field": "context"}
        self.write("clicks-rejected", DEAD, dead, at, origin=origin)

    def account(self, room: str, name: str, inputs: list[str], **parts: Any) -> None:
        """Write the account of a room that has read everything."""
        positions = {topic: {0: self.positions.get(topic, 0)} for topic in inputs}
        received = sum(self.positions.get(topic, 0) for topic in inputs)
        parts = {"positions": positions, "received": received, **parts}
        account = Account(room=room, name=name, **parts)
        self.accounts[room, name] = account
        write_account(self.data, account, durable=False)

    def close(self) -> None:
        for writer in self.writers.values():
            writer.close()


KINDS = ("PAGE_VIEW", "SEARCH", "PRODUCT_VIEW", "ADD_TO_CART", "CART_VIEW", "LOGIN")


def shop(world: World, events: int = 60, *, at: int | None = None) -> None:
    """A little of everything: events, records, dead letters, and results of every shape, with accounts that close."""
    begin = world.start if at is None else at
    rejected = 0
    for number in range(events):
        now = begin + number * 1000
        session = f"0:{to_base36(begin)}:session{number % 7}"
        kind = world.random.choice(KINDS)
        origin = world.event(number, session, kind, now)
        if number % 20 == 19:
            world.reject(origin, now)
            rejected += 1
        else:
            world.map(number, origin, session, kind, now)
    world.account(
        "map", "clicks", ["events"], delivered={"clicks": events - rejected}, rejected={"unmappable": rejected},
        updated=begin + events * 1000,
    )  # fmt: skip
    _results(world, begin, events)


def _results(world: World, begin: int, events: int) -> None:
    rows: dict[str, int] = {}

    def row(topic: str, schema: Any, at: int, **value: Any) -> None:
        world.write(topic, schema, value, at)
        rows[topic] = rows.get(topic, 0) + 1

    start = begin - begin % MINUTE
    pick = world.random.randint
    for window in range(12):
        at = start + window * MINUTE
        for device, most in (("Desktop", 30), ("Mobile", 24), ("Tablet", 6)):
            row("device_types", DEVICES, at, window_start=at, device=device, sessions=pick(1, most))
        names = world.random.sample(["Chrome", "Safari Mobile", "Firefox", "Edge", "Samsung Internet"], 3)
        for rank, (name, number) in enumerate(zip(names, (19, 11, 7), strict=True), 1):
            row("top_browsers", BROWSERS, at, window_start=at, rank=rank, browser=name, sessions=number + pick(0, 4))
        row("session_averages", AVERAGES, at, window_start=at, shortest=pick(0, 9), average=pick(40, 90),
            longest=pick(120, 300))  # fmt: skip
        if window % 2:
            row("abandoned_baskets", BASKETS, at, ended=at, customer_id=f"customer-{window}",
                products=["M Navy Slim Jeans", "S Denim Painter Jeans"][: 1 + window % 3 // 2])  # fmt: skip
        for pattern in world.random.sample(["search purchase", "browsing purchase"], pick(1, 2)):
            row("purchases", PURCHASES, at, sessionid=f"0:{to_base36(begin)}:session{window % 7}", buy_pattern=pattern,
                completed=at + 7000)  # fmt: skip
    clicks = world.positions["clicks"]
    end = begin + events * 1000
    for topic, number in rows.items():
        world.account("run", topic, ["clicks"], received=clicks, delivered={topic: number}, late=0,
                      updated=end, details=_details(end - 1000, clicks, number))  # fmt: skip


def _details(watermark: int, read: int, written: int) -> dict[str, Any]:
    """What a job says of itself, as riverrun.engine.account does."""
    nothing = {"late": 0, "state_rows": 0, "state_bytes": 0, "watermark": watermark, "ms": 1.5}
    return {
        "watermark": watermark,
        "operators": [
            {"operator": "Scan", "rows_in": 0, "rows_out": read, **nothing, "watermark": None},
            {"operator": "WindowAggregate", "rows_in": read, "rows_out": written, **nothing, "state_bytes": 82_257},
            {"operator": "Sink", "rows_in": written, "rows_out": written, **nothing},
        ],
    }

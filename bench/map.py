"""Mapping plus Avro encoding per event, as a ratio to fastavro's schemaless_writer alone on the same record.

    make bench-map

Both are measured in turns in one run; the ratio is that of the medians over the rounds. Every record is checked to be
fastavro's bytes first. Expected: at most 1.5.
"""

from __future__ import annotations

import io
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro

from riverrun.event import Event
from riverrun.mapping.mapping import Mapping, load_mapping
from riverrun.topics.segment import without_logical_types

ROOT = Path(__file__).resolve().parents[1]
EVENTS = 2000
ROUNDS = 15
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"
_AGENTS = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Safari/537.36",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {_WEBKIT} Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
)
_KINDS = ("PAGE_VIEW", "PRODUCT_VIEW", "SEARCH", "ADD_TO_CART", "CART_VIEW", "CHECKOUT_START")


def events(seed: int = 7) -> list[Event]:
    """Clicks of many visitors: different ids, pages and screens, a few user agents."""
    chance = random.Random(seed)
    return [_event(number, chance) for number in range(EVENTS)]


def _event(number: int, chance: random.Random) -> Event:
    party = f"0:{chance.randrange(36**8):x}:{chance.getrandbits(160):040x}"
    page = f"https://shop.example.com/jeans/{chance.randrange(500)}?utm_source=news&utm_campaign=c{chance.randrange(9)}"
    customer = {"id": f"{number:032x}", "name": "A Customer", "emails": ["a@example.com"]}
    parameters: dict[str, Any] = {"product": "M Blue Slim Jeans"} if number % 3 == 0 else {}
    if number % 4 == 0:
        parameters["customer"] = customer
    return Event(
        source="browser", source_kind="browser", party_id=party, session_id=party[::-1], event_id=f"{party}{number:x}",
        page_view_id=party, timestamp=1_750_000_000_000 + number * 37, client_timestamp=1_750_000_000_000 + number * 37,
        first_in_session=number % 9 == 0, new_party=number % 20 == 0, event_type=chance.choice(_KINDS), location=page,
        referer="https://www.google.com/" if number % 5 == 0 else page, viewport_pixel_width=1280,
        viewport_pixel_height=720, screen_pixel_width=chance.choice((1280, 1920, 390)), screen_pixel_height=1080,
        device_pixel_ratio=2.0, parameters=parameters, remote_host=f"10.0.{number % 256}.{number % 200}",
        user_agent=chance.choice(_AGENTS),
        headers=(("cookie", f"_dvp={party}; _dvs={party}"), ("accept", "*/*"), ("user-agent", _AGENTS[0])),
    )  # fmt: skip


def measure(name: str, mapping: Mapping) -> float:
    """Print one line; returns the ratio."""
    made = events()
    schema = fastavro.parse_schema(without_logical_types(mapping.schema_json))
    values = [mapping.map(event) for event in made]
    records = [_decoded(value, schema) for value in values]
    for value, record in zip(values, records, strict=True):
        if _fastavro(schema, record) != value:
            sys.exit(f"{name}: the mapping does not write fastavro's bytes")
    map_one = mapping.map

    def ours() -> None:
        for event in made:
            map_one(event)

    def theirs() -> None:
        for record in records:
            _fastavro(schema, record)

    pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(ROUNDS)]
    our, their = (statistics.median(column) / EVENTS * 1e6 for column in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(f"{name:<18} {our:>8.2f} us mapped and encoded {their:>8.2f} us fastavro alone   ratio {ratio:.2f}")
    return ratio


def _decoded(value: Any, schema: Any) -> Any:
    if not isinstance(value, bytes):
        sys.exit(f"an event was not mapped: {value}")
    return fastavro.schemaless_reader(io.BytesIO(value), schema, None)


def _fastavro(schema: Any, record: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, record)
    return out.getvalue()


def _seconds(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main() -> None:
    shop = ROOT / "examples/shop"
    print(f"{EVENTS} events, {ROUNDS} rounds, fastavro {fastavro.__version__}")
    measure("the shop", load_mapping(shop / "mapping.py", shop / "click-event.avsc"))
    measure("Divolte's default", load_mapping(None, None))


if __name__ == "__main__":
    main()

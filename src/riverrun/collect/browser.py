"""The browser source: one-letter parameters to an event. Source: Divolte's wire protocol (docs/wire.md)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET

from riverrun.collect import mincode
from riverrun.collect.query import Query, TooManyParameters, is_corrupt, parse_query
from riverrun.collect.request import Outcome, Request, canonical_identifier, text
from riverrun.event import Event
from riverrun.ids import from_base36
from riverrun.record import Rejected

REQUIRED = {
    "p": "party id", "s": "session id", "v": "page view id", "e": "event id", "c": "client time",
    "n": "new party", "f": "first in session",
}  # fmt: skip
MAX_PURPOSES = 32


def browser_event(raw: bytes, request: Request, max_depth: int) -> Outcome:
    """The event in a query string: that of the URL, or a line of a batch."""
    try:
        query = parse_query(raw)
    except TooManyParameters as error:
        return Rejected("malformed", str(error))
    return event_of(query, raw, request, max_depth)


def event_of(query: Query, raw: bytes, request: Request, max_depth: int) -> Outcome:
    first = query.first
    given = first.get
    try:
        party_id, session_id = canonical_identifier(first["p"]), canonical_identifier(first["s"])
        page_view_id, event_id, client_time, new, begins = first["v"], first["e"], first["c"], first["n"], first["f"]
    except KeyError:
        name = next(name for name in REQUIRED if name not in first)
        return Rejected("incomplete", f"the {REQUIRED[name]} is missing", field=name)
    client_timestamp = from_base36(client_time)
    if party_id is None:
        return Rejected("malformed", "the party id is not an identifier", field="p")
    if session_id is None:
        return Rejected("malformed", "the session id is not an identifier", field="s")
    if client_timestamp is None:
        return Rejected("malformed", "the client time is not a base-36 number", field="c")
    return Event(
        source=request.source,
        source_kind="browser",
        party_id=party_id,
        session_id=session_id,
        page_view_id=page_view_id,
        event_id=event_id,
        timestamp=request.timestamp,
        client_timestamp=client_timestamp,
        new_party=new == "t",
        first_in_session=begins == "t",
        corrupt=is_corrupt(query),
        event_type=given("t"),
        location=given("l"),
        referer=given("r"),
        viewport_pixel_width=pixels(given("w")),
        viewport_pixel_height=pixels(given("h")),
        screen_pixel_width=pixels(given("i")),
        screen_pixel_height=pixels(given("j")),
        device_pixel_ratio=device_ratio(given("k")),
        parameters=_parameters(given("u"), max_depth),
        remote_host=request.remote_host,
        user_agent=request.user_agent,
        method=request.method,
        query=text(raw),
        consent=_consent(given("o")),
        privacy="cookieless" if given("y") == "t" else "none",
    )


@lru_cache(4096)
def pixels(given: str | None) -> int | None:
    """Base 36, 32 bit; what is no such number counts as absent."""
    return None if given is None else from_base36(given, bits=32)


@lru_cache(256)
def device_ratio(given: str | None) -> float | None:
    """A base-36 number that may have a fraction, as JavaScript's toString(36) writes it.

    >>> device_ratio("2"), device_ratio("1.i"), device_ratio("1.i.i"), device_ratio("")
    (2.0, 1.5, None, None)
    """
    if given is None:
        return None
    whole, point, fraction = given.partition(".")
    number = from_base36(whole, bits=32)
    if number is None or not point:
        return None if number is None else float(number)
    digits = from_base36(fraction[:12]) if fraction.isalnum() else None
    if digits is None:
        return None
    part = digits / 36.0 ** min(len(fraction), 12)
    return number - part if whole.startswith("-") else number + part


def _parameters(given: str | None, max_depth: int) -> Any:
    """Custom parameters as JSON text; what is not mincode counts as absent."""
    found = None if given is None else mincode.json_or_none(given, max_depth)
    return UNSET if found is None else msgspec.Raw(found)


def _consent(given: str | None) -> dict[str, bool] | None:
    """What the page said about consent: purpose -> given."""
    if given is None:
        return None
    try:
        said = msgspec.json.decode(mincode.to_json(given, 1))
    except mincode.NotMincode:
        return None
    return checked_consent(said)


def checked_consent(said: Any) -> dict[str, bool] | None:
    """`said` when it is an object of booleans, not too large."""
    if not isinstance(said, dict) or len(said) > MAX_PURPOSES:
        return None
    return said if all(isinstance(given, bool) for given in said.values()) else None

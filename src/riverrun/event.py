"""The event: what a browser, an app or a server said, as the collector understood it, before any mapping.

An `Event` is the value of an entry in an events topic. Its Avro schema (`EVENT_SCHEMA`) names the fields as the mapping
language names its values, so that a raw topic can be read without riverrun.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

SourceKind = Literal["browser", "json"]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event. None (or UNSET for `parameters`) means absent. Times are ms since the epoch, UTC.

    source                      name of the source in the configuration, `source_kind` its type
    party_id, session_id        normalised identifiers (`riverrun.ids`)
    page_view_id                browser source only; event_id is unique in the page view or, for apps, as the app says
    corrupt                     the checksum did not match; duplicate: seen before, within the collector's memory
    device_pixel_ratio          as the browser gives it, which may be a fraction
    parameters                  the custom parameters: any JSON value; UNSET when there were none
    remote_host                 address of the client, after proxies and after the privacy policy
    headers                     (name in lower case, value) in the order in which they came
    method, query               of the HTTP request; query is the raw query string of the collector's URL
    consent                     purpose -> given, when the page said something about consent
    privacy                     what the privacy policy did to this event ("none", "anonymised", "cookieless")
    """

    source: str
    source_kind: SourceKind
    party_id: str
    session_id: str
    event_id: str
    timestamp: int
    client_timestamp: int
    first_in_session: bool
    new_party: bool
    corrupt: bool = False
    duplicate: bool = False
    page_view_id: str | None = None
    event_type: str | None = None
    location: str | None = None
    referer: str | None = None
    viewport_pixel_width: int | None = None
    viewport_pixel_height: int | None = None
    screen_pixel_width: int | None = None
    screen_pixel_height: int | None = None
    device_pixel_ratio: float | None = None
    parameters: Any | UnsetType = UNSET
    remote_host: str | None = None
    user_agent: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    query: str | None = None
    consent: dict[str, bool] | None = None
    privacy: str = "none"


def _optional(avro_type: Any) -> list[Any]:
    return ["null", avro_type]


# (Event attribute, Avro field name, Avro type); the order is the order in the file and in `riverrun topics tail`.
EVENT_FIELDS: tuple[tuple[str, str, Any], ...] = (
    ("source", "source", "string"),
    ("source_kind", "sourceKind", "string"),
    ("event_type", "eventType", _optional("string")),
    ("party_id", "partyId", "string"),
    ("session_id", "sessionId", "string"),
    ("page_view_id", "pageViewId", _optional("string")),
    ("event_id", "eventId", "string"),
    ("first_in_session", "firstInSession", "boolean"),
    ("new_party", "newParty", "boolean"),
    ("corrupt", "corrupt", "boolean"),
    ("duplicate", "duplicate", "boolean"),
    ("timestamp", "timestamp", {"type": "long", "logicalType": "timestamp-millis"}),
    ("client_timestamp", "clientTimestamp", {"type": "long", "logicalType": "timestamp-millis"}),
    ("location", "location", _optional("string")),
    ("referer", "referer", _optional("string")),
    ("viewport_pixel_width", "viewportPixelWidth", _optional("int")),
    ("viewport_pixel_height", "viewportPixelHeight", _optional("int")),
    ("screen_pixel_width", "screenPixelWidth", _optional("int")),
    ("screen_pixel_height", "screenPixelHeight", _optional("int")),
    ("device_pixel_ratio", "devicePixelRatio", _optional("double")),
    ("remote_host", "remoteHost", _optional("string")),
    ("user_agent", "userAgentString", _optional("string")),
    # JSON text. The logical type is ours: other readers see a string, our own tools show the value.
    ("parameters", "eventParameters", _optional({"type": "string", "logicalType": "json"})),
    (
        "headers",
        "headers",
        {
            "type": "array",
            "items": {
                "type": "record",
                "name": "Header",
                "fields": [{"name": "name", "type": "string"}, {"name": "value", "type": "string"}],
            },
        },
    ),
    ("method", "method", "string"),
    ("query", "query", _optional("string")),
    ("consent", "consent", _optional({"type": "map", "values": "boolean"})),
    ("privacy", "privacy", "string"),
)

EVENT_SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "Event",
    "namespace": "io.riverrun",
    "doc": "One event as the collector understood it, before any mapping.",
    "fields": [
        {"name": name, "type": avro_type, **({"default": None} if isinstance(avro_type, list) else {})}
        for _, name, avro_type in EVENT_FIELDS
    ],
}

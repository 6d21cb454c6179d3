"""No event breaks a mapping: it becomes a record that fastavro can read, or a rejection; and JSON fits or does not."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riverrun.event import Event
from riverrun.mapping.coerce import DoesNotFit, coercer
from riverrun.mapping.mapping import Mapping, load_mapping
from riverrun.record import Rejected
from riverrun.schema.avro import parse

ROOT = Path(__file__).resolve().parents[3]
_spec = importlib.util.spec_from_file_location("avro_strategies", ROOT / "tests/unit/formats/avro_strategies.py")
assert _spec is not None
assert _spec.loader is not None
_strategies = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_strategies)

_NAMES = ("f0", "f1", "f2", "customer", "id", "name", "emails", "product", "x")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
    | st.sampled_from(["A", "AAEC", "12", "true"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
TEXT = st.none() | st.text(max_size=40)
WEB = TEXT | st.sampled_from(
    ["https://shop/a?b=c#d", "http://x/ y", "mailto:a@b", "//", "http://[::1]:80/?utm_source=%ff"]
)
EVENTS = st.builds(
    Event,
    source=TEXT, source_kind=st.sampled_from(["browser", "json"]), party_id=TEXT, session_id=TEXT, event_id=TEXT,
    timestamp=st.none() | st.integers(-(2**63), 2**63 - 1), client_timestamp=st.none() | st.integers(0, 2**50),
    first_in_session=st.none() | st.booleans(), new_party=st.none() | st.booleans(), corrupt=st.booleans(),
    duplicate=st.booleans(), page_view_id=TEXT, event_type=TEXT | st.sampled_from(["pageView", "SEARCH"]), location=WEB,
    referer=WEB, viewport_pixel_width=st.none() | st.integers(-(2**31), 2**31 - 1),
    screen_pixel_width=st.none() | st.integers(0, 9000), screen_pixel_height=st.none() | st.integers(0, 9000),
    device_pixel_ratio=st.none() | st.floats(0, 10), parameters=JSON, remote_host=TEXT, user_agent=TEXT,
    headers=st.lists(st.tuples(st.sampled_from(["cookie", "dnt", "x"]), st.text(max_size=30)), max_size=3).map(tuple),
)  # fmt: skip


@pytest.fixture(scope="module", params=["the shop", "the default"])
def mapping(request: pytest.FixtureRequest) -> Mapping:
    shop = ROOT / "examples/shop"
    if request.param == "the shop":
        return load_mapping(shop / "mapping.py", shop / "click-event.avsc")
    return load_mapping(None, None)


@settings(max_examples=300, deadline=None)
@given(event=EVENTS)
def test_any_event_becomes_a_record_or_a_rejection(mapping: Mapping, event: Event) -> None:
    value = mapping.map(event)
    explained = mapping.explain(event)
    if isinstance(value, Rejected):
        assert value.reason
        assert explained.rejected == value
        return
    stream = io.BytesIO(value)
    record: Any = fastavro.schemaless_reader(stream, fastavro.parse_schema(mapping.schema_json), None)
    assert stream.tell() == len(value)
    assert isinstance(record, dict)
    assert explained.record == mapping.decode(value)


@settings(max_examples=400, deadline=None)
@given(st.data(), JSON)
def test_json_fits_whole_or_not_at_all(data: st.DataObject, value: Any) -> None:
    schema, _ = data.draw(_strategies.schema_and_values())
    try:
        raw = coercer(parse(schema))(value)
    except DoesNotFit:
        return
    stream = io.BytesIO(raw)
    fastavro.schemaless_reader(stream, fastavro.parse_schema(schema), None)
    assert stream.tell() == len(raw)

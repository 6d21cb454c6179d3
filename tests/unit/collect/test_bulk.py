"""Many events at once become the same entries as one by one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riverrun.collect.bulk import accepted, accepted_result, all_results, usual_results, usual_rows
from riverrun.collect.duplicates import DuplicateMemory
from riverrun.collect.encode import Frame, encode_headers
from riverrun.collect.json_source import batch, parse_time
from riverrun.collect.request import Request
from riverrun.config.model import Limits
from riverrun.event import Event

LIMITS = Limits(nesting=4, batch_events=5)
REQUEST = Request("app", "POST", b"p=0:1:x", [(b"host", b"x")], 1_500_000_000_000, "127.0.0.1", "an app")
identifiers = st.sampled_from(["0:1:a", "0:j5399reo:é!b", "0:+1:x", "0:01:x", "nobody", ""])
parameters = st.sampled_from([None, 1, 1.50, "x", {"a": [1, {"b": None}]}, [[[[1]]]], [[[[[1]]]]], {}])
usual = st.fixed_dictionaries(
    {
        "session_id": st.just("0:1:s") | identifiers,
        "event_id": st.text(max_size=3) | st.sampled_from(['a",', 'a","b', "\\", '"']),
        "is_new_party": st.booleans(),
        "is_new_session": st.booleans(),
        "client_timestamp_iso": st.sampled_from(
            ["2016-06-01T18:54:16.123Z", "2016-06-01T18:54:16Z", "2016-08-24T13:29+02:00", "2016-06-01", "-1.000Z"]
        ),
    },
    optional={
        "event_type": st.none() | st.text(max_size=3),
        "parameters": parameters,
        "party_id": identifiers,
        "consent": st.just({"a": True}),
    },
)
unusual = st.sampled_from([{}, None, 1, {"session_id": 1}])


@given(st.lists(usual | unusual, max_size=6), st.none() | st.just("0:1:x"))
def test_the_same_entries(said: list[Any], party_id: str | None) -> None:
    body = json.dumps(said).encode()
    one_by_one = batch(body, party_id, REQUEST, LIMITS.nesting)
    assert isinstance(one_by_one, list)
    events = [outcome for outcome, _ in one_by_one if isinstance(outcome, Event)]
    rows = usual_rows(body, party_id, LIMITS)
    if rows is None:
        return
    assert len(events) == len(said) == len(rows.posted)
    frame = Frame("app", "json", REQUEST.remote_host, REQUEST.user_agent, encode_headers(REQUEST.headers))
    memory, other = DuplicateMemory(1000), DuplicateMemory(1000)
    found, results, entries = accepted(rows, REQUEST, frame, memory), [], []
    for event, mark, known in zip(events, found.marks, found.duplicates, strict=True):
        duplicate, slot, signature = other.seen(event.party_id, event.session_id, event.event_id)
        if duplicate:
            event = Event(**{name: getattr(event, name) for name in event.__struct_fields__} | {"duplicate": True})
        assert (mark, known) == ((slot, signature), duplicate)
        entries.append(frame.entry(event))
        results.append(accepted_result(event.event_id, duplicate=duplicate))
    assert found.piece == b"".join(entries)
    assert found.sizes == list(map(len, entries))
    assert usual_results(rows, found) == all_results(len(results), results)


def test_what_is_usual_is_taken() -> None:
    one = {
        "session_id": "0:1:s", "event_id": "e", "is_new_party": False, "is_new_session": True,
        "client_timestamp_iso": "2016-06-01T18:54:16.123Z", "event_type": "t", "parameters": {"a": 1},
    }  # fmt: skip
    assert usual_rows(json.dumps([one] * 5).encode(), "0:1:x", LIMITS) is not None
    assert usual_rows(json.dumps([{**one, "party_id": "0:2:y"}] * 5).encode(), None, LIMITS) is not None
    for wrong in ([one] * 6, [], [one, {**one, "consent": {}}], [one, {**one, "session_id": "x"}]):
        assert usual_rows(json.dumps(wrong).encode(), "0:1:x", LIMITS) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2016-06-01T18:54:16.123Z", 1464807256123),
        ("2016-06-01T18:54:60.000Z", None),
        ("2016-06-01T18:54:1.123Z", None),
        ("2016-06-01 18:54:16.123Z", None),
        (".123Z", None),
        ("", None),
        ("2016-06-01T18:54+01.000Z", None),
        ("2016-06-01T18:54+01:00", 1464803640000),
        ("２016-06-01T18:54:16.123Z", None),
    ],
)
def test_times(text: str, expected: int | None) -> None:
    assert parse_time(text) == expected

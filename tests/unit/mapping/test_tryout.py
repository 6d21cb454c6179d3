"""`riverrun mapping try`: which line set which field, for pasted events and those of a topic."""

from __future__ import annotations

import importlib.util
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from riverrun.mapping.mapping import load_mapping
from riverrun.mapping.tryout import Tryout, make_server

_spec = importlib.util.spec_from_file_location("stored", Path(__file__).with_name("stored.py"))
assert _spec is not None
assert _spec.loader is not None
stored = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(stored)

SCHEMA = {
    "type": "record",
    "name": "Click",
    "fields": [
        {"name": "kind", "type": "string"},
        {"name": "page", "type": {"type": "record", "name": "P", "fields": [{"name": "url", "type": "string"}]}},
        {"name": "n", "type": ["null", "int"], "default": None},
    ],
}
SCRIPT = """mapping {
  map eventType() onto 'kind'
  map location() onto 'page.url'
  map eventParameters().path('$.n') onto 'n'
}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "s.avsc").write_text(json.dumps(SCHEMA))
    (tmp_path / "m.groovy").write_text(SCRIPT)
    script, schema = tmp_path / "m.groovy", tmp_path / "s.avsc"
    stored.write_events(tmp_path, map(stored.event, range(60)))
    server = make_server(Tryout(lambda: load_mapping(script, schema), script, schema, tmp_path, "events"), 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(url: str, body: Any = None, host: str | None = None) -> Any:
    content = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, content, {"Host": host} if host else {})
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read() if response.headers["Content-Type"].startswith("text/html") else json.load(response)


def test_fields_have_the_line_that_set_them(server: str) -> None:
    found = ask(server + "/map", {"event_type": "view", "location": "http://x/", "parameters": {"n": "no number"}})
    assert found["fields"] == [
        {"field": "kind", "value": "view", "line": 2},
        {"field": "page.url", "value": "http://x/", "line": 3},
        {"field": "n", "value": None, "line": None},
    ]
    assert found["steps"][2] == {"line": 4, "field": "n", "outcome": "a text is no int"}
    assert found["rejected"] is None


def test_a_rejection_says_where(server: str) -> None:
    found = ask(server + "/map", {"event_type": "view"})
    assert found["record"] is None
    assert found["rejected"]["field"] == "page.url"
    assert found["rejected"]["where"].endswith("m.groovy:3:3")


def test_the_last_events_of_the_topic_can_be_mapped(server: str) -> None:
    events = ask(server + "/events")
    assert [one["event_id"] for one in events][:2] == ["e59", "e58"]
    assert len(events) == 50
    assert ask(server + "/map", {**events[0], "location": "http://x/"})["record"]["n"] == 59


def test_the_page_and_the_script(server: str) -> None:
    assert b"<title>Try a mapping</title>" in ask(server + "/")
    assert ask(server + "/script")["text"] == SCRIPT


def test_an_edited_script_maps_at_once(server: str, tmp_path: Path) -> None:
    event = {"event_type": "view", "location": "http://x/"}
    for kind in ("one", "another"):
        (tmp_path / "m.groovy").write_text(SCRIPT.replace("eventType()", f"'{kind}'"))
        assert f"'{kind}'" in ask(server + "/script")["text"]
        assert ask(server + "/map", event)["fields"][0]["value"] == kind


def test_what_is_no_event_is_said(server: str) -> None:
    for body, message in ((b"{", "double quotes"), ({"x": 1}, "no such member")):
        with pytest.raises(urllib.error.HTTPError) as raised:
            ask(server + "/map", body)
        with raised.value as error:
            assert error.code == 400
            assert message in json.load(error)["error"]


def test_other_names_for_our_address_are_refused(server: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        ask(server + "/events", host="evil.example.com:80")
    with raised.value as error:
        assert error.code == 403

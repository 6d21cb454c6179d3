"""The pages over HTTP: every page has a twin and a stream, every answer its safety headers; nothing can be changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from riverrun.clock import ManualClock
from riverrun.serve import app as serve_app
from riverrun.serve.app import Encoded, create_app
from riverrun.serve.views import Facts, Views
from tests.helpers.world import World, shop

PAGES = ("/queries", "/ledger", "/topics", "/rejected", "/sessions", "/health", "/topics/events",
         "/queries/device_types", "/sessions/abc")  # fmt: skip


@pytest.fixture
def client(world: World, views: Views) -> Iterator[TestClient]:
    shop(world, 30)
    with TestClient(create_app(views, hosts=["live.example.com"]), base_url="http://127.0.0.1") as client:
        yield client


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_a_twin(client: TestClient, page: str) -> None:
    assert client.get(page).headers["content-type"].startswith("text/html")
    twin = client.get(f"{page}.json")
    assert twin.headers["content-type"] == "application/json"
    assert {"version", "now", "seq", "whole"} <= twin.json().keys()


def test_the_first_page_has_one_too(client: TestClient) -> None:
    assert client.get("/").status_code == 200
    assert client.get("/index.json").json()["totals"]["received"] == 30


def test_headers_keep_other_sites_out(client: TestClient) -> None:
    for path in ("/", "/index.json", "/nowhere", "/ui.js"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_a_foreign_host_name_is_refused(client: TestClient) -> None:
    assert client.get("/index.json", headers={"host": "evil.example.com"}).status_code == 400
    assert client.get("/index.json", headers={"host": "live.example.com:8291"}).status_code == 200
    assert client.get("/index.json", headers={"host": "[::1]:8291"}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_it_is_read_only(client: TestClient, method: str) -> None:
    assert client.request(method, "/index.json").status_code == 405


def test_what_is_not_there(client: TestClient) -> None:
    answer = client.get("/queries/device_type.json")
    assert (answer.status_code, answer.json()) == (404, {"error": "no result device_type; did you mean device_types?"})
    assert client.get("/queries/device_type.events").status_code == 404
    assert client.get("/nowhere.json").json()["error"].startswith("nothing is at /nowhere.json")
    assert client.get("/nowhere").status_code == 404


def test_without_the_built_ui_it_says_what_to_do(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(serve_app, "WEB", tmp_path)
    answer = client.get("/")
    assert (answer.status_code, answer.json()["error"]) == (503, "ui.html is not built; run: make web")


def test_the_same_page_is_made_once_for_all_who_watch(world: World, views: Views, clock: ManualClock) -> None:
    shop(world, 10)
    views.watcher.look()
    made = []

    def view(since: int, name: str) -> Facts:
        made.append(name)
        return {"n": len(made)}

    encoded = Encoded(views)
    assert encoded.facts(view, 0, {"name": "a"}) == encoded.facts(view, 0, {"name": "a"})
    encoded.facts(view, 0, {"name": "b"})
    encoded.facts(view, 5, {"name": "a"})
    assert made == ["a", "b", "a"]
    clock.advance(1000)
    encoded.facts(view, 0, {"name": "a"})
    world.event(99, "s", "SEARCH", world.start)
    views.watcher.look()
    encoded.facts(view, 0, {"name": "a"})
    assert made[3:] == ["a", "a"]


def test_names_with_odd_characters_stay_names(client: TestClient) -> None:
    answer = client.get("/sessions/0%3Aabc%3A%3Cscript%3E.json")
    assert answer.json()["session"] == "0:abc:<script>"
    assert client.get("/topics/..%2F..%2Fetc.json").status_code == 404


def test_the_stream_sends_the_page_first_and_then_what_is_new(world: World, views: Views) -> None:
    import asyncio

    shop(world, 30)

    async def watch() -> list[dict[str, object]]:
        app = create_app(views)
        streams = app.state.streams
        views.watcher.look()

        class Connected:
            async def is_disconnected(self) -> bool:
                return False

        messages = []
        changes = serve_app._changes(streams, views.overview, {}, Connected())  # type: ignore[arg-type]  # all it asks
        looking = asyncio.create_task(streams.look_for_ever())
        async for chunk in changes:
            assert chunk.startswith(b"data: ")
            assert chunk.endswith(b"\n\n")
            messages.append(json.loads(chunk[6:]))
            if len(messages) == 1:
                world.event(99, "new", "SEARCH", world.start + 100_000)
            else:
                break
        assert streams.count == 1
        await changes.aclose()  # type: ignore[attr-defined]  # an async generator
        assert streams.count == 0
        streams.close()
        await looking
        return messages

    first, second = asyncio.run(asyncio.wait_for(watch(), 20))
    assert (first["whole"], len(first["entries"])) == (True, 30)  # type: ignore[arg-type]
    assert second["whole"] is False
    assert [entry["session"] for entry in second["entries"]] == ["new"]  # type: ignore[attr-defined]

"""What the pages say: from entries and accounts to the facts that a browser draws."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from riverrun.clock import ManualClock
from riverrun.config import Config
from riverrun.config.model import Pipeline
from riverrun.ledger import Account, write_account
from riverrun.serve.queries import columns_of, pipeline_texts
from riverrun.serve.views import NotThere, Views
from riverrun.serve.watch import RECENT, Watcher
from riverrun.status import Process, Status, write_status
from tests.helpers.world import CLICK, DEVICES, World, shop


def entries(facts: dict[str, object]) -> list[dict[str, object]]:
    found = facts["entries"]
    assert isinstance(found, list)
    return [msgspec.json.decode(msgspec.json.encode(entry)) for entry in found]


def test_an_empty_folder_is_a_page_too(views: Views) -> None:
    assert views.watcher.look() is False
    facts = views.overview(0)
    assert facts["totals"] == {
        "received": 0, "mapped": 0, "rejected": 0, "open": 0, "late": 0, "results": 0, "difference": 0, "settled": True
    }  # fmt: skip
    assert (facts["entries"], facts["queries"], facts["processes"]) == ([], [], [])
    assert views.health(0)["supervisor"] is None


def test_the_first_page_adds_up(world: World, views: Views) -> None:
    shop(world, 60)
    assert views.watcher.look() is True
    totals = views.overview(0)["totals"]
    assert totals["received"] == 60 == totals["mapped"] + totals["rejected"] + totals["open"]
    assert (totals["mapped"], totals["rejected"], totals["difference"]) == (57, 3, 0)


def test_roles_come_from_schemas_and_accounts(world: World, views: Views) -> None:
    shop(world, 20)
    world.write("registrations", CLICK, {"sessionid": "s", "eventid": "e", "type": "t", "url": "u"}, world.start)
    views.watcher.look()
    roles = {topic["name"]: topic["role"] for topic in views.topics(0)["topics"]}
    assert roles["events"] == "events"
    assert roles["clicks"] == "mapped"
    assert roles["clicks-rejected"] == "rejected"
    assert roles["device_types"] == "result"
    assert roles["registrations"] == "topic"


def test_an_event_shows_what_became_of_it(world: World, views: Views) -> None:
    first = world.event(1, "s1", "PAGE_VIEW", world.start)
    views.watcher.look()
    facts = views.overview(0)
    assert [entry["outcome"] for entry in entries(facts)] == [None]

    world.map(1, first, "s1", "PAGE_VIEW", world.start)
    world.account("map", "clicks", ["events"], delivered={"clicks": 1}, rejected={"unmappable": 0})
    views.watcher.look()
    changed = entries(views.overview(facts["seq"]))
    assert [(entry["id"], entry["outcome"]) for entry in changed] == [
        ("events/0/0", {"state": "mapped", "topic": "clicks"})
    ]
    assert entries(views.overview(views.watcher.seq)) == []


def test_a_rejected_event_says_why(world: World, views: Views) -> None:
    origin = world.event(1, "s1", "PAGE_VIEW", world.start)
    world.reject(origin, world.start)
    views.watcher.look()
    outcome = entries(views.overview(0))[0]["outcome"]
    assert outcome == {
        "state": "rejected",
        "topic": "clicks-rejected",
        "reason": "unmappable",
        "message": "context.device.type: no value for a required field",
        "field": "context",
    }
    assert entries(views.rejected(0))[0]["session"] == "s1"


def test_an_outcome_that_is_seen_before_its_event_is_not_lost(world: World, views: Views) -> None:
    # Topics are looked at one after the other: "clicks" is read before "events".
    origin = world.event(1, "s1", "PAGE_VIEW", world.start)
    world.map(1, origin, "s1", "PAGE_VIEW", world.start)
    world.account("map", "clicks", ["events"], delivered={"clicks": 1})
    views.watcher.look()
    assert entries(views.overview(0))[0]["outcome"] == {"state": "mapped", "topic": "clicks"}


def test_a_session_from_its_clicks_to_its_results(world: World, views: Views) -> None:
    shop(world, 60)
    views.watcher.look()
    session = str(views.sessions(0)["sessions"][0]["session"])
    facts = views.session(0, session)
    roles = {str(entry["role"]) for entry in entries(facts)}
    assert {"events", "mapped", "result"} <= roles
    assert facts["summary"]["entries"] == len(entries(facts))
    assert views.session(0, "unknown")["summary"] is None


def test_a_result_has_columns_rows_and_its_job(world: World, views: Views) -> None:
    shop(world, 60)
    views.watcher.look()
    facts = views.query(0, "device_types")
    assert [(column["name"], column["kind"]) for column in facts["query"]["columns"]] == [
        ("window_start", "time"),
        ("device", "text"),
        ("sessions", "number"),
    ]
    assert facts["query"]["count"] == 36 == len(facts["query"]["rows"])
    assert facts["account"]["details"]["watermark"] > world.start


@pytest.mark.parametrize(("name", "message"), [("device_type", "did you mean device_types?"), ("zz", "known: ")])
def test_an_unknown_name_gets_the_nearest(world: World, views: Views, name: str, message: str) -> None:
    shop(world, 20)
    views.watcher.look()
    with pytest.raises(NotThere, match=message.replace("?", r"\?")):
        views.query(0, name)


def test_of_a_topic_that_ran_away_only_the_newest_are_read(world: World, views: Views) -> None:
    for number in range(RECENT + 50):
        world.event(number, "s", "PAGE_VIEW", world.start + number)
    views.watcher.look()
    shown = entries(views.topic(0, "events"))
    assert (len(shown), shown[0]["offset"], shown[-1]["offset"]) == (RECENT, RECENT + 49, 50)
    for number in range(RECENT * 3):
        world.event(number, "s", "PAGE_VIEW", world.start + 10_000 + number)
    views.watcher.look()
    shown = entries(views.topic(0, "events"))
    assert (len(shown), shown[0]["offset"]) == (RECENT, RECENT * 4 + 49)


def test_rates_are_entries_per_second(world: World, views: Views, clock: ManualClock) -> None:
    world.event(0, "s", "PAGE_VIEW", world.start)
    views.watcher.look()
    assert sum(views.overview(0)["series"]["received"]) == 0  # what was there before is no rate
    for number in range(5):
        world.event(number, "s", "PAGE_VIEW", world.start)
    views.watcher.look()
    clock.advance(1000)
    series = views.overview(0)["series"]["received"]
    assert (series[-1], sum(series)) == (5, 5)
    clock.advance(400_000)
    world.event(9, "s", "PAGE_VIEW", world.start)
    views.watcher.look()
    clock.advance(1000)
    assert sum(views.overview(0)["series"]["received"]) == 1


def test_an_entry_too_large_to_show_says_so(world: World, views: Views) -> None:
    world.write("big", CLICK, {"sessionid": "s", "eventid": "x" * 30_000, "type": "t", "url": "u"}, world.start)
    views.watcher.look()
    assert list(entries(views.topic(0, "big"))[0]["value"]) == ["too large to show"]  # type: ignore[call-overload]


def test_a_damaged_topic_does_not_stop_the_others(world: World, views: Views) -> None:
    shop(world, 20)
    segment = next((world.data / "topics" / "events" / "0").glob("*.avro"))
    segment.write_bytes(b"garbage")
    views.watcher.look()
    problems = {topic["name"]: topic["problem"] for topic in views.topics(0)["topics"]}
    assert problems["events"]
    assert problems["clicks"] is None


def test_processes_are_shown_with_what_they_need(world: World, views: Views) -> None:
    import os

    alive = Process(name="collect", room="collect", state="running", pid=os.getpid(), port=8290)
    gone = Process(name="map", room="map", state="waiting", restarts=2, exit=-9, error="killed")
    write_status(world.data, Status(pid=1, started=1, updated=2, processes=(alive, gone)))
    collect, mapping = views.health(0)["processes"]
    assert collect["alive"] is True
    assert collect["memory"] > 1_000_000
    assert (mapping["alive"], mapping["restarts"], mapping["error"]) == (False, 2, "killed")


def test_late_rows_are_counted(world: World, views: Views) -> None:
    write_account(world.data, Account(room="run", name="q", late=4), durable=False)
    views.watcher.look()
    assert views.overview(0)["totals"]["late"] == 4


def test_results_come_with_the_sql_of_their_pipeline(world: World, tmp_path: Path) -> None:
    shared, own = tmp_path / "tables.sql", tmp_path / "browsers.sql"
    shared.write_text("CREATE TABLE clicks (n INT);")
    own.write_text("-- The browsers that\n-- people use.\n--\n-- More.\nSELECT 1;")
    pipelines = {name: Pipeline(sql=(shared, path)) for name, path in (
        ("top_browsers", own), ("device_types", tmp_path / "missing.sql"))}  # fmt: skip
    shop(world, 20)
    views = Views(Watcher(world.data), pipeline_texts(Config(pipelines=pipelines)))
    views.watcher.look()
    facts = views.query(0, "top_browsers")
    assert facts["query"]["about"] == "The browsers that people use."
    assert [part["file"] for part in facts["sql"]] == ["browsers.sql", "tables.sql"]
    assert "No such file" in views.query(0, "device_types")["sql"][0]["text"]
    names = [query["name"] for query in views.queries(0)["queries"]]
    assert names == ["top_browsers", "device_types", "abandoned_baskets", "purchases", "session_averages"]
    views.watcher.close()


def test_a_result_that_has_no_row_yet_is_a_result(world: World, tmp_path: Path) -> None:
    world.write("device_types", DEVICES, {"window_start": 0, "device": "Mobile", "sessions": 1}, world.start)
    world.account("run", "devices", ["clicks"], received=0, delivered={}, details={"watermark": 7})
    results = {"top_browsers": "devices", "device_types": "devices"}
    views = Views(Watcher(world.data, results=results), {}, results)
    views.watcher.look()
    facts = views.query(0, "device_types")
    assert (facts["query"]["job"], facts["account"]["details"]["watermark"]) == ("devices", 7)
    assert [query["name"] for query in views.queries(0)["queries"]] == ["device_types"]
    views.watcher.close()


def test_kinds_of_columns() -> None:
    fields = {
        "a": {"type": "long", "logicalType": "timestamp-micros"},
        "b": ["null", {"type": "int", "logicalType": "date"}],
        "c": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
        "d": ["null", {"type": "array", "items": "string"}],
        "e": "boolean",
        "f": ["null", "string", "long"],
        "g": {"type": "enum", "name": "E", "symbols": ["X"]},
    }
    schema = {"type": "record", "name": "R", "fields": [{"name": n, "type": t} for n, t in fields.items()]}
    assert [(c["kind"], c["nullable"]) for c in columns_of(schema)] == [
        ("time-micros", False),
        ("date", True),
        ("text", False),
        ("nested", True),
        ("boolean", False),
        ("nested", True),
        ("text", False),
    ]

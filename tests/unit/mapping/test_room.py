"""The map room: every event once in each output, through crashes, reloads and routes; the account is always true."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from riverrun.cli.main import main
from riverrun.clock import ManualClock
from riverrun.config.load import load_config
from riverrun.errors import InputError, RunError, UnsupportedError
from riverrun.ledger import Account, read_account
from riverrun.mapping.mapping import load_mapping
from riverrun.mapping.outputs import ORIGIN, Output, parse_origin
from riverrun.mapping.replay import Range, Replayed, replay
from riverrun.mapping.room import Mapper, Route, open_mappers, run_room
from riverrun.mapping.routes import routes_of
from riverrun.topics import LocalTopics, Stored, WriterOptions

_spec = importlib.util.spec_from_file_location("stored", Path(__file__).with_name("stored.py"))
assert _spec is not None
assert _spec.loader is not None
stored = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(stored)

SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "Click",
    "fields": [{"name": "n", "type": "int"}, {"name": "kind", "type": "string", "default": "none"}],
}
SCRIPT = "mapping {\n  map eventParameters().path('$.n') onto 'n'\n  map eventType() onto 'kind'\n}\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "s.avsc").write_text(json.dumps(SCHEMA))
    (tmp_path / "m.groovy").write_text(SCRIPT)
    return tmp_path


def route(files: Path, **more: Any) -> Route:
    script, schema = files / "m.groovy", files / "s.avsc"
    made: dict[str, Any] = {
        "name": "clicks", "load": lambda: load_mapping(script, schema), "files": (script, schema), "events": "events",
        "sinks": (("clicks", WriterOptions()),), "dead_letter": "clicks.rejected",
    }  # fmt: skip
    return Route(**(made | more))


def drain(files: Path, *routes: Route) -> list[Account]:
    return run_room(routes or [route(files)], files, lambda: False, drain=True)


def read(data: Path, topic: str) -> list[Stored]:
    with LocalTopics(data).reader(topic) as reader:
        found: list[Stored] = []
        while entries := reader.read():
            found += entries
        return found


def numbers(data: Path, topic: str = "clicks") -> list[int]:
    return [one.value["n"] for one in read(data, topic)]


def test_events_become_records_and_dead_letters(files: Path) -> None:
    bad = stored.event(3, parameters={"n": "no number"})
    stored.write_events(files, [stored.event(1), stored.event(2), bad, stored.event(4)])
    (account,) = drain(files)
    assert numbers(files) == [1, 2, 4]
    first = read(files, "clicks")[0]
    assert first.timestamp == 1_500_000_000_001
    assert first.key == b"0:a:1"
    assert parse_origin(dict(first.headers)[ORIGIN]) == ("events", 0, 0)
    (dead,) = read(files, "clicks.rejected")
    assert dead.value["reason"] == "unmappable"
    assert dead.value["field"] == "n"
    assert dead.value["line"] == 2
    assert dead.value["message"] == "field n has no value and no default: a text is no int"
    assert dead.value["event"]["eventId"] == "e3"
    assert account == read_account(files, "map", "clicks")
    assert (account.received, account.delivered, account.rejected) == (4, {"clicks": 3}, {"unmappable": 1})
    assert account.positions == {"events": {0: 4}}


def test_going_on_where_it_ended(files: Path) -> None:
    stored.write_events(files, map(stored.event, range(5)))
    drain(files)
    stored.write_events(files, map(stored.event, range(5, 12)))
    (account,) = drain(files)
    assert numbers(files) == list(range(12))
    assert account.received == 12


class Crash(BaseException):
    """As a kill: nothing is cleaned up but what the operating system does."""


@pytest.mark.parametrize("moment", ["before any commit", "after the first commit", "after all commits"])
def test_a_crash_at_any_moment_loses_and_doubles_nothing(
    files: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [stored.event(n, parameters={"n": n if n % 3 else "bad"}) for n in range(10)]
    stored.write_events(files, events[:4])
    two = route(files, sinks=(("a", WriterOptions()), ("b", WriterOptions())))
    drain(files, two)
    stored.write_events(files, events[4:])
    commit, seen = Output.commit, []

    def crash(self: Output) -> None:
        seen.append(self.name)
        if moment == "before any commit":
            raise Crash
        commit(self)
        if moment == "after the first commit" or len(seen) == 3:
            raise Crash

    monkeypatch.setattr(Output, "commit", crash)
    with pytest.raises(Crash):
        drain(files, two)
    monkeypatch.undo()
    (account,) = drain(files, two)
    good = [n for n in range(10) if n % 3]
    assert numbers(files, "a") == numbers(files, "b") == good
    assert [one.value["event"]["eventId"] for one in read(files, "clicks.rejected")] == ["e0", "e3", "e6", "e9"]
    assert (account.received, account.delivered) == (10, {"a": 6, "b": 6})
    assert account.rejected == {"unmappable": 4}


def test_without_its_account_it_still_doubles_nothing(files: Path) -> None:
    stored.write_events(files, map(stored.event, range(8)))
    drain(files)
    (files / "ledger/map/clicks.json").unlink()
    (account,) = drain(files)
    assert numbers(files) == list(range(8))
    assert account.received == account.delivered["clicks"] == 8


def test_after_a_crash_a_changed_script_does_not_deliver_an_event_twice(files: Path) -> None:
    stored.write_events(files, map(stored.event, range(4)))
    drain(files)
    (files / "ledger/map/clicks.json").unlink()
    (files / "m.groovy").write_text("mapping {\n  map eventParameters().path('$.none') onto 'n'\n}\n")
    (account,) = drain(files)
    assert numbers(files) == [0, 1, 2, 3]
    assert read(files, "clicks.rejected") == []
    assert account.delivered == {"clicks": 4}


def test_two_processes_cannot_run_one_mapping(files: Path) -> None:
    mappers = open_mappers([route(files)], files, ManualClock())
    try:
        with pytest.raises(RunError, match="another process is running the mapping clicks"):
            open_mappers([route(files)], files, ManualClock())
    finally:
        for mapper in mappers:
            mapper.close()
    Mapper(route(files), files, ManualClock()).close()


def test_a_changed_script_is_used_and_a_wrong_one_is_not(files: Path) -> None:
    clock = ManualClock()
    mapper = Mapper(route(files), files, clock)

    def one(number: int) -> Any:
        stored.write_events(files, [stored.event(number)])
        clock.advance(1000)
        assert mapper.step() == 1
        return read(files, "clicks")[-1]

    def change(name: str, text: str) -> None:
        (files / "new").write_text(text)
        (files / "new").replace(files / name)

    try:
        assert one(1).value == {"n": 1, "kind": "pageView"}
        change("m.groovy", SCRIPT.replace("eventType()", "'fixed'"))
        assert one(2).value == {"n": 2, "kind": "fixed"}
        change("m.groovy", SCRIPT.replace("'kind'", "'unknown'"))
        assert one(3).value == {"n": 3, "kind": "fixed"}
        assert "has no field unknown" in mapper.account.details["reload_error"]
        wider = {**SCHEMA, "fields": [*SCHEMA["fields"], {"name": "more", "type": "string", "default": "m"}]}
        change("s.avsc", json.dumps(wider))
        change("m.groovy", SCRIPT)
        assert one(4).value == {"n": 4, "kind": "pageView", "more": "m"}
        assert mapper.account.details["reloads"] == 2
        assert "reload_error" not in mapper.account.details
        assert numbers(files) == [1, 2, 3, 4]
    finally:
        mapper.close()


def test_events_that_retention_took_are_counted(files: Path) -> None:
    options = WriterOptions(segment_bytes=1, retain_bytes=1)
    with LocalTopics(files).writer("events", stored.EVENT_SCHEMA, options) as writer:
        for number in range(5):
            writer.append(stored.entry(stored.event(number)))
            writer.commit()
    mapper = Mapper(route(files), files, ManualClock())
    try:
        while mapper.step() or not mapper.account.delivered.get("clicks"):
            pass
    finally:
        mapper.close()
    kept = numbers(files)
    assert kept == list(range(5 - len(kept), 5))
    assert mapper.account.received == 5
    assert mapper.account.rejected == {"expired": 5 - len(kept)}


def test_discards_are_counted_and_kept_as_dead_letters(files: Path) -> None:
    events = [stored.event(1, corrupt=True), stored.event(2, duplicate=True), stored.event(3)]
    stored.write_events(files, events)
    (account,) = drain(files, route(files, discard_corrupted=True, discard_duplicates=True))
    assert numbers(files) == [3]
    assert account.rejected == {"corrupt": 1, "duplicate": 1}
    assert [one.value["reason"] for one in read(files, "clicks.rejected")] == ["corrupt", "duplicate"]


def configured(files: Path, text: str) -> list[Route]:
    files.joinpath("riverrun.toml").write_text(text)
    return routes_of(load_config(files / "riverrun.toml", {}))


def test_routing_as_row_67_has_it(files: Path) -> None:
    """m1: s1, s2 -> k1; m2: s1, s2 -> k2, k3; m3: s3 -> k3; m4: s1, s4 -> k3, k4; one event to each source."""
    mapping = 'schema_file = "s.avsc"\nmapping_script_file = "m.groovy"\n'
    wanted = {"m1": ("s1,s2", "k1"), "m2": ("s1,s2", "k2,k3"), "m3": ("s3", "k3"), "m4": ("s1,s4", "k3,k4")}
    text = "".join(f'[sources.s{n}]\ntype = "browser"\nprefix = "/{n}"\n[sinks.k{n}]\n' for n in (1, 2, 3, 4))
    for name, (sources, sinks) in wanted.items():
        lists = (json.dumps(part.split(",")) for part in (sources, sinks))
        text += "[mappings.{}]\n{}sources = {}\nsinks = {}\n".format(name, mapping, *lists)
    routes = configured(files, text)
    stored.write_events(files, [stored.event(n, source=f"s{n}") for n in (1, 2, 3, 4)])
    accounts = drain(files, *routes)
    assert [len(read(files, f"k{n}")) for n in (1, 2, 3, 4)] == [2, 2, 5, 2]
    assert [account.received for account in accounts] == [2, 2, 1, 2]
    assert [account.details["other_events"] for account in accounts] == [2, 2, 3, 2]


def test_a_sink_of_a_type_that_is_not_enabled_is_skipped_and_said_so(
    files: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = '[sinks.hub]\ntype = "kafka"\n[mappings.m]\nsources = ["browser"]\nsinks = ["hub"]\n'
    text += 'schema_file = "s.avsc"\nmapping_script_file = "m.groovy"\n'
    assert configured(files, text) == []
    assert "mapping m: the sink hub is skipped" in caplog.text
    with pytest.raises(UnsupportedError, match="does not write to such sinks yet"):
        configured(files, text + "[global.kafka]\nenabled = true\n")


def test_a_topic_per_event_type(files: Path) -> None:
    text = "".join(
        f'[mappings.{kind}]\nsources = ["browser"]\nsinks = ["{kind}"]\nevent_types = ["{kind}"]\n'
        f'schema_file = "s.avsc"\nmapping_script_file = "m.groovy"\n[sinks.{kind}]\n'
        for kind in ("view", "buy")
    )
    routes = configured(files, text)
    stored.write_events(files, [stored.event(n, event_type="buy" if n % 2 else "view") for n in range(5)])
    drain(files, *routes)
    assert numbers(files, "view") == [0, 2, 4]
    assert numbers(files, "buy") == [1, 3]


def test_all_event_types_but_one(files: Path) -> None:
    text = '[mappings.m]\nsources = ["browser"]\nsinks = ["clicks"]\nevent_types = ["!buy"]\n'
    text += 'schema_file = "s.avsc"\nmapping_script_file = "m.groovy"\n[sinks.clicks]\n'
    stored.write_events(files, [stored.event(n, event_type="buy" if n % 2 else None) for n in range(5)])
    (account,) = drain(files, *configured(files, text))
    assert numbers(files) == [0, 2, 4]
    assert (account.received, account.details["other_events"], account.rejected) == (3, 2, {})


def test_the_time_of_records_is_the_collectors_or_the_clients(files: Path) -> None:
    text = '[mappings.m]\nsources = ["browser"]\nsinks = ["clicks"]\nschema_file = "s.avsc"\n'
    text += 'mapping_script_file = "m.groovy"\n{}\n[sinks.clicks]\n'
    now = 1_500_000_000_000
    clients = (now - 60_000, now + 60_000, now + 60_001, now - 60_001)
    stored.write_events(files, [stored.event(n, timestamp=now, client_timestamp=c) for n, c in enumerate(clients)])
    client = configured(files, text.format('event_time = "client"\nclient_clock_tolerance = "1 minute"'))
    drain(files, *client)
    assert [one.timestamp for one in read(files, "clicks")] == [now - 60_000, now + 60_000, now, now]
    (server,) = configured(files, text.format(""))
    assert server.time_of(stored.event(1, timestamp=now, client_timestamp=now + 1)) == now


def test_sinks_that_are_not_there_yet_are_refused_at_start(files: Path) -> None:
    text = '[global.kafka]\nenabled = true\n[sinks.k]\ntype = "kafka"\n'
    text += '[mappings.m]\nsources = ["browser"]\nsinks = ["k"]\n'
    with pytest.raises(UnsupportedError, match=r"sinks\.k: riverrun does not write to such sinks yet"):
        configured(files, text)
    assert configured(files, text.replace("enabled = true", "enabled = false")) == []


def test_the_mistakes_of_all_mappings_at_once(files: Path) -> None:
    (files / "m.groovy").write_text("mapping {\n  map 1L onto 'n'\n}\n")
    with pytest.raises(InputError) as raised:
        run_room([route(files), route(files, name="other", dead_letter="x")], files, lambda: True)
    assert len(raised.value.problems) == 2


def test_the_command_drains_and_tells(files: Path, capsys: pytest.CaptureFixture[str]) -> None:

    stored.write_events(files, map(stored.event, range(3)))
    arguments = ["map", "--data", str(files), "--schema", str(files / "s.avsc"), "--script", str(files / "m.groovy")]
    assert main([*arguments, "--sink", "clicks", "--drain"]) == 0
    assert capsys.readouterr().out == "clicks: received 3; delivered clicks 3; rejected none\n"
    assert main(arguments) == 2
    assert main([*arguments, "--sink", "no/name", "--drain"]) == 2


def replayed(files: Path, **more: Any) -> Replayed:
    return replay(route(files), files, **more)


def test_dead_letters_are_mapped_again_once(files: Path) -> None:
    stored.write_events(files, [stored.event(n, parameters={"n": "bad" if n % 2 else n}) for n in range(6)])
    drain(files)
    assert replayed(files) == Replayed(read=3, rejected={"unmappable": 3})
    (files / "m.groovy").write_text("mapping {\n  map 7 onto 'n'\n  map eventId() onto 'kind'\n}\n")
    assert replayed(files) == Replayed(read=3, delivered={"clicks": 3})
    assert replayed(files) == Replayed(read=3, present=3)
    assert [one.value["kind"] for one in read(files, "clicks")][3:] == ["e1", "e3", "e5"]
    account = read_account(files, "replay", "clicks")
    assert account is not None
    assert (account.received, account.delivered) == (3, {"clicks": 3})
    stored.write_events(files, [stored.event(9)])
    (going_on,) = drain(files)
    assert going_on.received == 7
    assert len(read(files, "clicks")) == 7


def test_raw_events_are_mapped_again_into_another_topic(files: Path) -> None:
    stored.write_events(files, map(stored.event, range(6)))
    drain(files)
    assert replayed(files, span=Range()) == Replayed(read=6, present=6)
    start = 1_500_000_000_000
    span = Range(start + 1, start + 4)
    assert replayed(files, span=span, into="again") == Replayed(read=3, delivered={"again": 3})
    assert replayed(files, span=Range(), into="again") == Replayed(read=6, present=3, delivered={"again": 3})
    assert sorted(numbers(files, "again")) == list(range(6))
    with pytest.raises(InputError, match="events is what is replayed"):
        replayed(files, into="events")


def test_the_replay_command(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored.write_events(files, [stored.event(1), stored.event(2, parameters={"n": "bad"})])
    drain(files)
    arguments = ["replay", "--data", str(files), "--schema", str(files / "s.avsc"), "--script", str(files / "m.groovy")]
    assert main([*arguments, "--sink", "clicks"]) == 0
    assert capsys.readouterr().out == ("clicks: read 1; already there 0; delivered none; still rejected unmappable 1\n")
    assert main([*arguments, "--sink", "clicks", "--events", "--since", "2017-01-01T00:00:00Z", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["read"] == 2
    for wrong in (
        ["--since", "2017-01-01T00:00:00Z"],
        ["--events", "--since", "2017-01-01T00:00:00"],
        ["--mapping", "x"],
    ):
        assert main([*arguments, "--sink", "clicks", *wrong]) == 2

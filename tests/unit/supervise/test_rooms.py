"""From a configuration to processes, and their lines under their names."""

from __future__ import annotations

import io
import socket
from pathlib import Path

import pytest

from riverrun.config import Config
from riverrun.config.model import BrowserSource, Mapping, Pipeline, TopicSink
from riverrun.errors import RunError
from riverrun.supervise.log import NamedLines
from riverrun.supervise.rooms import free_port, mapped_topics, rooms

CONFIG = Config(
    sources={"browser": BrowserSource()},
    mappings={"shop": Mapping(sources=("browser",), sinks=("clicks", "raw"))},
    sinks={"clicks": TopicSink(), "raw": TopicSink(topic="raw.clicks")},
    pipelines={
        "devices": Pipeline(sql=(Path("a.sql"),)),
        "off": Pipeline(sql=(Path("b.sql"),), enabled=False),
        "sessions": Pipeline(sql=(Path("c.sql"),)),
    },
)


def test_a_process_for_each_room_that_has_something_to_do() -> None:
    specs = rooms(CONFIG, Path("shop.toml"), Path("d"), port=1, live_port=2)
    assert [(spec.name, spec.room) for spec in specs] == [
        ("collect", "collect"),
        ("map", "map"),
        ("run devices", "run"),
        ("run sessions", "run"),
        ("serve", "serve"),
    ]
    tails = [" ".join(spec.command[3:]) for spec in specs]
    assert tails[0] == "collect shop.toml --data d --port 1"
    assert tails[2] == "run --config shop.toml --data d --pipeline devices"
    assert tails[4] == "serve --config shop.toml --data d --port 2"
    assert specs[1].reads == ("events",)


def test_without_a_configuration_there_is_a_collector_and_the_pages() -> None:
    specs = rooms(Config(), None, Path("d"), port=1, live_port=2)
    assert [spec.name for spec in specs] == ["collect", "serve"]
    assert specs[0].command[3:] == ("collect", "--data", "d", "--port", "1")


def test_topics_of_mapped_records() -> None:
    assert mapped_topics(CONFIG) == ["clicks", "raw.clicks"]


def test_the_next_free_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = free_port(port)
        assert port < found < port + 50
        assert free_port(port, taken=(found,)) > found
    assert free_port(0) > 0


def test_no_free_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunError, match="no free port from 7 to 56"):
        free_port(7, taken=tuple(range(7, 57)))


def test_lines_under_names() -> None:
    output = io.StringIO()
    log = NamedLines(output, ["collect", "run devices"])
    log("collect", "listening")
    log("up", "\x1b[2Jowned\r")
    assert (
        output.getvalue()
        == "collect     | listening\nup          | \N{REPLACEMENT CHARACTER}[2Jowned\N{REPLACEMENT CHARACTER}\n"
    )


def test_colours_on_a_terminal_only() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    output = Terminal()
    NamedLines(output, ["map"])("map", "ready")
    assert output.getvalue() == "\x1b[36mmap |\x1b[0m ready\n"

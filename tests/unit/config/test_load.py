"""Loading a configuration: defaults, every mistake at once, and the same verdicts for TOML and for Divolte's file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from riverrun.cli.main import main
from riverrun.config import Config, load, load_config
from riverrun.config.model import (
    BrowserSource,
    GcsSink,
    HdfsSink,
    JsonSource,
    KafkaSink,
    Mapping,
    TopicSink,
)
from riverrun.errors import InputError


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(text: str, name: str = "riverrun.toml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def problems(path: Path, env: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(InputError) as error:
        load(path, env or {})
    return [str(problem).replace(str(path), path.name) for problem in error.value.problems]


def test_no_configuration_at_all() -> None:
    config = load_config(None, {})
    assert config.sources == {"browser": BrowserSource(), "json": JsonSource(event_path="/event")}
    assert config.sinks == {"clicks": TopicSink()}
    assert config.mappings == {"default": Mapping(sources=("browser", "json"), sinks=("clicks",))}
    assert config.global_.server.port == 8290
    assert config.global_.server.host is None


def test_an_empty_divolte_file_has_divoltes_defaults(write: Any) -> None:
    config = load_config(write("", "divolte-collector.conf"), {})
    assert config.sources == {"browser": BrowserSource()}
    assert list(config.sinks) == ["hdfs", "kafka", "gcps"]
    assert config.sinks["hdfs"] == HdfsSink(replication=1)
    assert config.mappings["default"].sinks == ("hdfs", "kafka", "gcps")


DIVOLTE = """
divolte {
  global {
    server { port = 9000, shutdown_delay = 2200 ms, shutdown_timeout = 3 minutes }
    kafka { enabled = yes, producer = { bootstrap.servers = ["a:1", "b:2"], acks = -1 } }
  }
  sources { shop { type = browser, prefix = /a/long/path, javascript.event_timeout = 1s }
            app { type = json, event_path = /app, maximum_body_size = 12288 } }
  mappings { m { sources = [shop, app], sinks = [files, stream], confluent_id = 17 } }
  sinks { files { type = hdfs, file_strategy { roll_every = 30 seconds } }
          stream { type = kafka, mode = confluent, topic = clicks }
          cloud { type = gcs, bucket = b, retry_settings { max_attempts = 9 } } }
}
"""


def test_a_divolte_file(write: Any) -> None:
    config = load_config(write(DIVOLTE, "divolte-collector.conf"), {})
    server = config.global_.server
    assert (server.port, server.shutdown_delay, server.shutdown_timeout) == (9000, 2200, 180_000)
    shop = config.sources["shop"]
    assert isinstance(shop, BrowserSource)
    assert shop.event_path == "/a/long/path/csc-event"
    assert shop.javascript.event_timeout == 1000
    files, stream, cloud = (config.sinks[name] for name in ("files", "stream", "cloud"))
    assert isinstance(files, HdfsSink)
    assert files.file_strategy.roll_every == 30_000
    assert isinstance(cloud, GcsSink)
    assert cloud.retry_settings.max_attempts == 9
    assert stream == KafkaSink(topic="clicks", mode="confluent")
    producer = config.global_.kafka.producer
    assert producer["bootstrap.servers"] == "a:1,b:2"
    assert producer["acks"] == "-1"
    assert producer["compression.type"] == "lz4"


def test_the_environment_stands_below_the_file(write: Any) -> None:
    env = {"DIVOLTE_PORT": "9999", "DIVOLTE_HOST": "0.0.0.0", "DIVOLTE_KAFKA_BROKER_LIST": "k:1,l:2"}
    config = load_config(None, env)
    assert (config.global_.server.port, config.global_.server.host) == (9999, "0.0.0.0")
    assert config.global_.kafka.producer["bootstrap.servers"] == "k:1,l:2"
    config = load_config(write(DIVOLTE, "divolte-collector.conf"), env)
    assert (config.global_.server.port, config.global_.server.host) == (9000, "0.0.0.0")
    assert config.global_.kafka.producer["bootstrap.servers"] == "a:1,b:2"
    assert load(None, env).origins["global.server.port"].file == "$DIVOLTE_PORT"


def test_an_environment_variable_of_the_wrong_type() -> None:
    with pytest.raises(InputError, match=r"\$DIVOLTE_PORT: global.server.port: found 'x'; expected a whole number"):
        load(None, {"DIVOLTE_PORT": "x"})


def test_variables_in_toml(write: Any) -> None:
    path = write('[global.server]\nport = "${PORT:-81}"\n[sources.b]\ntype = "browser"\nwrite_key = "${KEY}"\n')
    config = load_config(path, {"KEY": "sesame"})
    assert config.global_.server.port == 81
    assert config.sources["b"].write_key == "sesame"
    (problem,) = problems(path)
    assert problem == (
        "riverrun.toml:5: sources.b.write_key: the environment has no KEY; set it, or write ${KEY:-default}"
    )


def test_every_mistake_at_once(write: Any) -> None:
    text = """
[global.server]
prot = 1
port = 70000
shutdown_delay = 5
host = 7

[global.topics]
retention = "a while"

[sources.shop]
type = "browser"
javascript.name = "404.exe"
party_cookie = "a b"

[sources.app]
type = "jsno"

[sources.other]
event_path = "/"

[mappings.m]
sources = ["shop", "shp"]
"""
    assert problems(write(text)) == [
        "riverrun.toml:3: global.server.prot: unknown key; did you mean port?",
        "riverrun.toml:4: global.server.port: found 70000; expected at most 65535",
        (
            "riverrun.toml:5: global.server.shutdown_delay: found 5; expected a number and a unit in quotes, such as "
            "'30 minutes' (ns, us, ms, s, m, h, d or their long names)"
        ),
        "riverrun.toml:6: global.server.host: found 7; expected text",
        (
            "riverrun.toml:9: global.topics.retention: found 'a while'; expected a number and a unit in quotes, such "
            "as '30 minutes' (ns, us, ms, s, m, h, d or their long names)"
        ),
        (
            "riverrun.toml:13: sources.shop.javascript.name: found '404.exe'; expected text that matches "
            "^[A-Za-z0-9_-]+\\.js$"
        ),
        (
            "riverrun.toml:14: sources.shop.party_cookie: found 'a b'; expected text that matches "
            "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
        ),
        "riverrun.toml:17: sources.app.type: found 'jsno'; did you mean json?",
        "riverrun.toml:19: sources.other.type: this key is required and not there; known: browser, json",
        "riverrun.toml:22: mappings.m.sinks: this key is required and not there; add sinks = ...",
    ]


def test_toml_that_is_no_toml(write: Any) -> None:
    (problem,) = problems(write("a = 1\nb = = 2\n"))
    assert problem.startswith("riverrun.toml:2:5: ")


def test_hocon_that_is_no_hocon(write: Any) -> None:
    (problem,) = problems(write("divolte {\n  a = \n", "divolte-collector.conf"))
    assert problem.startswith("divolte-collector.conf:3:1: expected a value")


def test_the_layout_of_old_divoltes_is_named(write: Any) -> None:
    (problem,) = problems(write("divolte { tracking { party_cookie = x } }", "divolte-collector.conf"))
    assert "unknown key; this is the layout of Divolte 0.3 and before" in problem


# (what it is about, sources, sinks, mappings, expected part of the message), in TOML and in HOCON alike.
CROSS = [
    ("missing source", "", "[sinks.k]", "sources = ['b', 'c'], sinks = ['k']", "no c among the sources; known: b"),
    ("missing sink", "", "[sinks.k]", "sources = ['b'], sinks = ['kk']", "no kk among the sinks; did you mean k?"),
    ("sink as source", "", "[sinks.k]", "sources = ['k'], sinks = ['k']", "k is a sink, not one of the sources"),
    ("no source", "", "[sinks.k]", "sources = [], sinks = ['k']", "at least one of its sources"),
    ("same name", "", "[sinks.b]", "sources = ['b'], sinks = ['b']", "b is the name of a source and of a sink"),
    (
        "confluent without id", "", "[sinks.k]\ntype='kafka'\nmode='confluent'",
        "sources = ['b'], sinks = ['k']", "in confluent mode, and its mapping m has no confluent_id",
    ),
    (
        "both jitters", "", "[sinks.k]\ntype='gcs'\nbucket='x'\nretry_settings={jitter_factor=0.1,jitter_delay='1s'}",
        "sources = ['b'], sinks = ['k']", "jitter_factor and jitter_delay exclude each other",
    ),
    (
        "same path", "[sources.c]\ntype='browser'", "[sinks.k]",
        "sources = ['b'], sinks = ['k']", "the path /csc-event belongs to sources.b",
    ),
    (
        "reserved path", "[sources.c]\ntype='json'\nevent_path='/ping'", "[sinks.k]",
        "sources = ['b'], sinks = ['k']", "the path /ping belongs to riverrun itself",
    ),
    (
        "no file", "", "[sinks.k]", "sources=['b'], sinks=['k'], schema_file='no.a', mapping_script_file='no.groovy'",
        "there is no file",
    ),
    (
        "schema alone", "", "[sinks.k]", "sources = ['b'], sinks = ['k'], schema_file = 'riverrun.toml'",
        "a schema_file needs a mapping_script_file",
    ),
    (
        "credentials for all", "[sources.c]\ntype='browser'\nprefix='/c'\ncors.allow_credentials=true",
        "[sinks.k]", "sources = ['b'], sinks = ['k']", "credentials cannot be allowed for every origin",
    ),
    (
        "no origin", "[sources.c]\ntype='json'\nevent_path='/c'\ncors={allow_origins=['example.com']}",
        "[sinks.k]", "sources = ['b'], sinks = ['k']", "'example.com' is not an origin",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("about", "source", "sink", "mapping", "message"), CROSS, ids=[case[0] for case in CROSS])
def test_what_has_to_hold_between_the_parts(
    about: str, source: str, sink: str, mapping: str, message: str, write: Any
) -> None:
    text = f"mappings.m = {{ {mapping} }}\n[sources.b]\ntype='browser'\n{source}\n{sink}\n"
    assert any(message in problem for problem in problems(write(text)))


SCHEMAS = """
divolte.sources.b.type = browser
divolte.sinks.k { type = kafka }
divolte.mappings.m { sources = [b], sinks = [k], confluent_id = 1 }
divolte.mappings.n { sources = [b], sinks = [k], confluent_id = 2, schema_file = main.conf, mapping_script_file = x.py }
"""


def test_a_sink_has_one_schema_and_one_id(write: Any) -> None:
    write("", "x.py")
    found = problems(write(SCHEMAS, "main.conf"))
    assert len(found) == 2
    assert "fed by mappings with different schemas: m has built-in, n has" in found[0]
    assert "divolte.sinks.k: it is fed by mappings with different confluent ids: m has 1, n has 2" in found[1]


def test_pubsub_needs_a_project(write: Any) -> None:
    path = write("[global.gcps]\nenabled = true\n")
    assert "there is no project id" in problems(path)[0]
    assert load_config(path, {"GOOGLE_CLOUD_PROJECT": "x"}).global_.gcps.enabled


def test_property_bags_refuse_what_is_no_property(write: Any) -> None:
    path = write("divolte.global.kafka.producer { a = null, b = [{c = 1}] }", "divolte-collector.conf")
    assert [problem.split(": ", 1)[1] for problem in problems(path)] == [
        "divolte.global.kafka.producer.a: found null; give it a value, or leave it out",
        "divolte.global.kafka.producer.b: found a list with more than plain values; list texts or numbers only",
    ]


@pytest.mark.parametrize(
    ("value", "accepted"),
    [("3 minutes", True), ("'30'", True), ("30", False), ("2200 Millis", False), ("1.5 h", True), ("-", False)],
)
def test_durations_as_divolte_takes_them(value: str, accepted: bool, write: Any) -> None:
    text = "divolte.global.server.shutdown_timeout = " + value.replace("'", '"')
    path = write(text, "divolte-collector.conf")
    if accepted:
        assert isinstance(load_config(path, {}), Config)
    else:
        assert "expected a number and a unit" in problems(path)[0]


def test_show_tells_values_and_origins_and_hides_secrets(write: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = write('[sources.b]\ntype = "browser"\nwrite_key = "sesame"\nparty_timeout = "10 days"\n')
    assert main(["config", "show", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "sesame" not in shown
    assert [line.split() for line in shown.splitlines() if "party_timeout" in line] == [
        ["sources.b.party_timeout", "=", '"10', 'days"', "#", f"{path}:4"]
    ]
    assert main(["config", "show", "--json", str(path)]) == 0
    assert '{"key":"sources.b.write_key","value":"***"' in capsys.readouterr().out


def test_check_has_the_exit_status_of_wrong_input(write: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check", str(write("x = 1\n"))]) == 2
    assert (
        "riverrun.toml:1: x: unknown key; known: global, mappings, pipelines, sinks, sources" in capsys.readouterr().err
    )
    assert main(["config", "check", "--json"]) == 0
    assert capsys.readouterr().out == '{"file":null,"sources":2,"mappings":1,"sinks":1,"pipelines":0}\n'
    assert main(["config", "check", "/no/such/file.toml"]) == 2
    assert main(["config", "check", "/no/such/file.yaml"]) == 2


def test_paths_start_at_the_folder_of_the_file(write: Any, tmp_path: Path) -> None:
    write("SELECT 1;", "a.sql")
    config = load_config(write("[pipelines.p]\nsql = 'a.sql'\noptions = { parallelism.default = 1 }\n"), {})
    assert config.pipelines["p"].sql == (tmp_path / "a.sql",)
    assert config.pipelines["p"].options == {"parallelism.default": "1"}


def test_one_geo_database_or_several(write: Any, tmp_path: Path) -> None:
    for name in ("a.mmdb", "b.mmdb"):
        write("", name)
    one = load_config(write('divolte.global.mapper.ip2geo_database = "a.mmdb"', "divolte-collector.conf"), {})
    assert one.global_.mapper.ip2geo_database == (tmp_path / "a.mmdb",)
    two = load_config(write('[global.mapper]\nip2geo_database = ["a.mmdb", "b.mmdb"]\n'), {})
    assert two.global_.mapper.ip2geo_database == (tmp_path / "a.mmdb", tmp_path / "b.mmdb")
    assert "there is no file" in problems(write('[global.mapper]\nip2geo_database = ["a.mmdb", "c.mmdb"]\n'))[0]

"""Avro schemas: every mistake with its path; evolution as the specification says; Flink's types both ways."""

from __future__ import annotations

import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fastavro
import pytest

from riverrun.errors import InputError, RunError, UnsupportedError
from riverrun.schema import types as t
from riverrun.schema.avro import parse
from riverrun.schema.evolution import obstacles
from riverrun.schema.fingerprint import canonical_form, fingerprint, pubsub_fingerprint
from riverrun.schema.flink import create_table, from_type, to_type
from riverrun.schema.registry import FileRegistry, HttpRegistry


def record(*fields: Any, name: str = "R", **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": [_field(field) for field in fields], **more}


def _field(field: Any) -> Any:
    return (
        {"name": field[0], "type": field[1], **(field[2] if len(field) > 2 else {})}
        if isinstance(field, tuple)
        else field
    )


def test_all_mistakes_at_once_each_with_its_path() -> None:
    wrong = record(
        ("a", "strin"),
        ("b", ["null", "string", "string"]),
        ("b", "int"),
        ("c", "int", {"default": "x"}),
        ("d", record(("e", {"type": "enum", "name": "E", "symbols": ["A", "A"]}), name="D")),
        ("f", {"type": "array"}),
        ("9", "int"),
        ("g", ["null", "int"], {"default": 1.5}),
    )
    with pytest.raises(InputError) as raised:
        parse(wrong, file="s.avsc")
    assert [str(problem) for problem in raised.value.problems] == [
        "s.avsc: a: unknown type strin; did you mean string?",
        "s.avsc: b: a union with string twice",
        "s.avsc: b: a field of this name was declared before",
        's.avsc: c: the default "x" does not fit int',
        "s.avsc: d.e: an enum with the same symbol twice",
        "s.avsc: f: array without `items`",
        "s.avsc: fields[6]: '9' is not the name of a field",
        "s.avsc: g: the default 1.5 does not fit union of null, int",
    ]


def test_names_are_resolved_in_their_namespace() -> None:
    schema = parse(record(("a", record(name="B")), ("b", "B"), ("c", "x.y.B"), name="A", namespace="x.y"))
    assert schema.name == "x.y.A"
    assert schema.fields[0].schema is schema.fields[1].schema is schema.fields[2].schema


_RENAMED = (
    'page: was not written and has no default; give it a default in the reader, or "aliases": ["pages"] '
    "if it was renamed"
)
# reader, writer, reasons
EVOLUTION: list[tuple[Any, Any, list[str]]] = [
    ("long", "int", []),
    ("int", "long", ["(whole value): long was written where int is read; long can be read as long, float, double"]),
    ("string", "bytes", []),
    (["null", "string"], "string", []),
    ("string", ["null", "string"], [
        "(whole value): null, which may have been written, cannot be read as string; let the reader take null as well",
    ]),
    (record(("a", "int"), ("b", "int", {"default": 0})), record(("a", "int")), []),
    (record(("a", "int"), ("page", "int")), record(("a", "int"), ("pages", "int")), [
        _RENAMED,
    ]),
    (record(("page", "int", {"aliases": ["pages"]})), record(("pages", "int")), []),
    (record(("a", record(("b", "int"), name="I"))), record(("a", record(("b", "string"), name="I"))), [
        "a.b: string was written where int is read; string can be read as string, bytes",
    ]),
    (record(("a", "int"), name="New", aliases=["Old"]), record(("a", "int"), name="Old"), []),
    (record(("a", "int"), name="New"), record(("a", "int"), name="Old"), [
        '(whole value): record Old was written where record New is read; give the reader\'s record "aliases": ["Old"]',
    ]),
    ({"type": "enum", "name": "E", "symbols": ["A"]}, {"type": "enum", "name": "E", "symbols": ["A", "B"]}, [
        "(whole value): the reader does not know the symbols B; give the reader's enum a `default`",
    ]),
    ({"type": "enum", "name": "E", "symbols": ["A"], "default": "A"},
     {"type": "enum", "name": "E", "symbols": ["A", "B"]}, []),
    ({"type": "fixed", "name": "F", "size": 4}, {"type": "fixed", "name": "F", "size": 8},
     ["(whole value): 8 bytes were written where 4 are read"]),
    ({"type": "array", "items": "int"}, {"type": "array", "items": "string"},
     ["[]: string was written where int is read; string can be read as string, bytes"]),
    ({"type": "map", "values": "double"}, {"type": "map", "values": "int"}, []),
    ("int", {"type": "array", "items": "int"}, ["(whole value): array of int was written where int is read"]),
    (record(("n", ["null", "R"])), record(("n", ["null", "R"])), []),
]  # fmt: skip


@pytest.mark.parametrize(("reader", "writer", "reasons"), EVOLUTION)
def test_evolution(reader: Any, writer: Any, reasons: list[str]) -> None:
    assert [str(found) for found in obstacles(parse(reader), parse(writer))] == reasons


SAMPLES: dict[str, Any] = {
    "int": 7,
    "long": 7,
    "string": "x",
    "bytes": b"x",
    "array": [],
    "map": {},
    "fixed": b"12345678",
}


@pytest.mark.parametrize(("reader", "writer", "reasons"), [case for case in EVOLUTION if not case[2]])
def test_fastavro_reads_what_we_call_readable(reader: Any, writer: Any, reasons: list[str]) -> None:
    kind = writer["type"] if isinstance(writer, dict) else writer
    value = SAMPLES.get(kind) if isinstance(kind, str) else None
    if kind == "record":
        value = {field["name"]: None if isinstance(field["type"], list) else 7 for field in writer["fields"]}
    elif kind == "enum":
        value = "A"
    out = io.BytesIO()
    fastavro.schemaless_writer(out, writer, value)
    out.seek(0)
    fastavro.schemaless_reader(out, writer, reader)


def test_canonical_form_and_fingerprints_are_the_specifications() -> None:
    documented = record(("a", "int", {"doc": "x", "default": 1}), doc="y", namespace="n")
    assert canonical_form(documented) == '{"name":"n.R","type":"record","fields":[{"name":"a","type":"int"}]}'
    assert fingerprint("int") == "8f5c393f1ad57572"  # the specification's own example, little endian
    assert fingerprint(documented, "SHA-256") == fingerprint(record(("a", "int"), namespace="n"), "SHA-256")
    assert len(pubsub_fingerprint(documented)) == 43


def test_flink_types_of_a_schema_and_its_create_table() -> None:
    schema = parse(
        record(
            ("id", {"type": "string", "logicalType": "uuid"}, {"doc": "the 'id'"}),
            ("at", {"type": "long", "logicalType": "timestamp-millis"}),
            ("price", ["null", {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}]),
            ("kind", {"type": "enum", "name": "K", "symbols": ["A"]}),
            ("tags", {"type": "array", "items": ["null", "string"]}),
            ("more", {"type": "map", "values": "long"}),
            ("inner", ["null", record(("day", {"type": "int", "logicalType": "date"}), name="I")]),
            ("hash", {"type": "fixed", "name": "H", "size": 16}),
        )
    )
    assert create_table(schema, "clicks", {"connector": "kafka"}) == (
        "CREATE TABLE `clicks` (\n"
        "  `id`    STRING NOT NULL COMMENT 'the ''id''',\n"
        "  `at`    TIMESTAMP(3) NOT NULL,\n"
        "  `price` DECIMAL(9, 2),\n"
        "  `kind`  STRING NOT NULL,\n"
        "  `tags`  ARRAY<STRING> NOT NULL,\n"
        "  `more`  MAP<STRING NOT NULL, BIGINT NOT NULL> NOT NULL,\n"
        "  `inner` ROW<`day` DATE NOT NULL>,\n"
        "  `hash`  BINARY(16) NOT NULL\n"
        ") WITH (\n"
        "  'connector' = 'kafka'\n"
        ");"
    )
    assert str(to_type(schema, legacy_timestamps=False).fields[1].type) == "TIMESTAMP_LTZ(3) NOT NULL"
    with pytest.raises(UnsupportedError, match="a: Flink has no type for union of int, string"):
        to_type(parse(record(("a", ["int", "string"]))))
    with pytest.raises(UnsupportedError, match=r"a\.b: Flink has no type for record R, which contains itself"):
        to_type(parse(record(("a", record(("b", ["null", "R"]), name="I")))))


def test_the_schema_that_flink_generates() -> None:
    row = t.row(("id", t.BIGINT.not_null()), ("user", t.row(("name", t.STRING))), ("at", t.timestamp(3)))
    assert from_type(row) == {
        "type": "record",
        "name": "record",
        "namespace": "org.apache.flink.avro.generated",
        "fields": [
            {"name": "id", "type": "long"},
            {
                "name": "user",
                "type": [
                    "null",
                    {
                        "type": "record",
                        "name": "record_user",
                        "namespace": "org.apache.flink.avro.generated",
                        "fields": [{"name": "name", "type": ["null", "string"], "default": None}],
                    },
                ],
                "default": None,
            },
            {"name": "at", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}], "default": None},
        ],
    }
    for wrong, legacy in (
        (t.timestamp_ltz(3), True),
        (t.timestamp(6), True),
        (t.timestamp(9), False),
        (t.time(6), True),
    ):
        with pytest.raises(InputError, match="cannot write"):
            from_type(t.row(("a", wrong)), legacy_timestamps=legacy)
    assert from_type(t.timestamp_ltz(6).not_null(), legacy_timestamps=False)["logicalType"] == "timestamp-micros"
    assert from_type(t.timestamp(3).not_null(), legacy_timestamps=False)["logicalType"] == "local-timestamp-millis"


def test_the_file_registry(tmp_path: Path) -> None:
    registry = FileRegistry(tmp_path)
    old, new = record(("a", "int")), record(("a", "int"), ("b", "int", {"default": 0}))
    assert registry.register("clicks", old) == 1
    assert registry.register("clicks", new) == 2
    assert registry.register("clicks", old) == 1
    assert registry.register("other", new) == 2
    assert FileRegistry(tmp_path).latest("clicks") == (2, new)
    assert registry.latest("none") is None
    assert registry.subjects() == ["clicks", "other"]
    with pytest.raises(
        InputError, match=r"subject clicks: cannot read version 2: c: was not written.*rule is BACKWARD"
    ):
        registry.register("clicks", record(("c", "int")))
    registry.set_mode("clicks", "NONE")
    assert registry.register("clicks", record(("c", "int"))) == 3
    with pytest.raises(RunError, match="no schema has the id 9"):
        registry.schema(9)
    with pytest.raises(InputError, match="did you mean BACKWARD"):
        registry.set_mode("clicks", "BACKWARDS")
    with pytest.raises(InputError, match="cannot be the name of a subject"):
        registry.register("../x", old)


class _Confluent(BaseHTTPRequestHandler):
    """The part of Confluent's HTTP interface that clients use, in front of a file registry."""

    registry: FileRegistry
    seen: list[str]

    def do_POST(self) -> None:
        schema = json.loads(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["schema"])
        self.seen.append(self.headers.get("Authorization", ""))
        try:
            self._answer(200, {"id": self.registry.register(self.path.split("/")[2], schema)})
        except InputError as error:
            self._answer(409, {"error_code": 409, "message": str(error)})

    def do_GET(self) -> None:
        parts = self.path.split("/")
        if parts[1] == "schemas":
            self._answer(200, {"schema": json.dumps(self.registry.schema(int(parts[3])))})
            return
        found = self.registry.latest(parts[2])
        if found is None:
            self._answer(404, {"error_code": 40401, "message": "Subject not found."})
        else:
            self._answer(200, {"id": found[0], "schema": json.dumps(found[1])})

    def _answer(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_the_http_registry(tmp_path: Path) -> None:
    handler = type("Handler", (_Confluent,), {"registry": FileRegistry(tmp_path), "seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        registry = HttpRegistry(f"http://user:pass@127.0.0.1:{server.server_port}")
        assert registry.latest("clicks-value") is None
        assert registry.register("clicks-value", record(("a", "int"))) == 1
        assert handler.seen == ["Basic dXNlcjpwYXNz"]  # type: ignore[attr-defined]  # a class made above
        assert registry.schema(1) == record(("a", "int"))
        assert registry.latest("clicks-value") == (1, record(("a", "int")))
        with pytest.raises(InputError, match=r"refused \(409\).*b: was not written"):
            registry.register("clicks-value", record(("b", "int")))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    with pytest.raises(RunError, match="did not answer") as raised:
        registry.latest("clicks-value")
    assert "pass" not in str(raised.value)
    with pytest.raises(InputError, match="not an http"):
        HttpRegistry("ftp://x")

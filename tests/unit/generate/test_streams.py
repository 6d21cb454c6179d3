"""What the streams give: the contract of the command line, and the same records in every form."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import fastavro
import pyarrow.parquet
import pytest

from riverrun.cli.main import main
from riverrun.generate.encoding import avro_rows, body, json_rows
from riverrun.generate.run import Run
from riverrun.generate.settings import load
from riverrun.generate.streams import STREAMS, Stream, render
from riverrun.generate.world import Rows, World, make_world
from riverrun.topics.segment import without_logical_types

HOUR = 3_600_000
START = 1_767_571_200_000


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(load(assignments=["timings.ms.onlineorders=20000", "timings.ms.badgeins=6000"]), 1, START)


@pytest.fixture(scope="module")
def hour(world: World) -> dict[str, Rows]:
    return Run(world, STREAMS).advance(START + 3 * HOUR)


def test_clicks_on_standard_output_are_the_same_each_time(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    command = ["generate", "clicks", "--events", "1000", "--seed", "1", "--output", "-"]
    outputs = []
    for _ in range(2):
        assert main(command) == 0
        outputs.append(capfdbinary.readouterr().out)
    assert outputs[0] == outputs[1]
    assert outputs[0].count(b"\n") == 1000
    command[command.index("1")] = "2"
    assert main(command) == 0
    assert capfdbinary.readouterr().out != outputs[0]


def test_a_folder_has_a_file_for_each_topic_and_the_truth(tmp_path: Path) -> None:
    assert main(["generate", "all", "--for", "1h", "--seed", "1", "--output", str(tmp_path), "--format", "jsonl"]) == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"{load().text(stream.setting)}.jsonl" for stream in STREAMS} | {"truth.json"}
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert truth["records"]["clicktracking"] == len(lines(tmp_path / "CLICKTRACKING.jsonl"))


def test_a_stream_alone_gives_what_it_gives_among_all(tmp_path: Path, world: World, hour: dict[str, Rows]) -> None:
    for stream in STREAMS:
        alone = Run(world, [stream]).advance(START + 3 * HOUR)[stream.name]
        assert alone.publish.tolist() == hour[stream.name].publish.tolist()
        for name, column in alone.codes.items():
            assert column.tolist() == hour[stream.name].codes[name].tolist()


def test_the_click_schema_has_the_fields_of_the_walkthrough(shared: Path) -> None:
    (clicks,) = [stream for stream in STREAMS if stream.name == "clicktracking"]
    theirs = json.loads((shared / "seed" / "click-event.avsc").read_text())
    assert without_docs(clicks.schema) == without_docs(theirs)


def without_docs(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {name: without_docs(part) for name, part in schema.items() if name != "doc"}
    return [without_docs(part) for part in schema] if isinstance(schema, list) else schema


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_avro_and_json_hold_the_same_records(stream: Stream, world: World, hour: dict[str, Rows]) -> None:
    batch = render(stream, world, hour[stream.name])
    assert len(batch) > 0
    texts = [json.loads(row) for row in json_rows(stream.schema, batch.value).to_pylist()]
    schema = fastavro.parse_schema(without_logical_types(stream.schema))
    binary = io.BytesIO(bytes(body(avro_rows(stream.schema, batch.value))))
    assert [fastavro.schemaless_reader(binary, schema, None) for _ in texts] == texts
    assert binary.read() == b""
    assert batch.value.to_pylist() == texts


def test_files_of_every_format_hold_the_same_records(tmp_path: Path) -> None:
    for name in ("jsonl", "avro", "csv", "parquet"):
        where = ["--output", str(tmp_path), "--format", name]
        assert main(["generate", "clicks", "returnrequests", "--for", "40m", *where]) == 0
    for topic in ("CLICKTRACKING", "PRODUCT.RETURNS"):
        expected = lines(tmp_path / f"{topic}.jsonl")
        with (tmp_path / f"{topic}.avro").open("rb") as file:
            records: list[Any] = list(fastavro.reader(file))
        found = [{**record, **_plain(record)} for record in records]
        assert found == expected
        assert pyarrow.parquet.read_table(tmp_path / f"{topic}.parquet").to_pylist() == expected
    with (tmp_path / "CLICKTRACKING.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    clicks = lines(tmp_path / "CLICKTRACKING.jsonl")
    assert [row["context.browser.useragent"] for row in rows] == [
        click["context"]["browser"]["useragent"] for click in clicks
    ]
    assert [row["customer.emails"] for row in rows if row["customer.id"]] == [
        json.dumps(click["customer"]["emails"], separators=(",", ":")) for click in clicks if click["customer"]
    ]


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """uuid values as texts."""
    found: dict[str, Any] = {"id": str(record["id"])} if "id" in record else {}
    if record.get("customer"):
        found["customer"] = {**record["customer"], "id": str(record["customer"]["id"])}
    return found


def test_dates_and_times_have_their_logical_types(tmp_path: Path) -> None:
    for name in ("avro", "parquet"):
        assert main(["generate", "outofstocks", "--for", "6h", "--output", str(tmp_path / f"stock.{name}")]) == 0
    with (tmp_path / "stock.avro").open("rb") as file:
        records: list[Any] = list(fastavro.reader(file))
    rows = pyarrow.parquet.read_table(tmp_path / "stock.parquet").to_pylist()
    assert [record["restockingdate"] for record in records] == [row["restockingdate"] for row in rows]
    assert [record["outofstocktime"] for record in records] == [row["outofstocktime"] for row in rows]


def test_several_streams_on_standard_output_are_in_the_order_of_time(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["generate", "clicks", "orders", "--for", "30m"]) == 0
    rows = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert {row["topic"] for row in rows} == {"CLICKTRACKING", "ORDERS.NEW"}
    assert [row["timestamp"] for row in rows] == sorted(row["timestamp"] for row in rows)
    orders = [row for row in rows if row["topic"] == "ORDERS.NEW"]
    assert all(row["headers"]["storeid"].isdigit() and row["headers"]["priority"] for row in orders)
    assert all(len(row["key"]) == 2 for row in orders)


def test_topics_are_called_as_the_settings_say(tmp_path: Path) -> None:
    settings = [part for stream in STREAMS for part in ("--set", f"{stream.setting}={load().text(stream.setting)}.REG")]
    assert main(["generate", "all", "--for", "5m", "--output", str(tmp_path), *settings]) == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {f"{load().text(stream.setting)}.REG.jsonl" for stream in STREAMS} | {"truth.json"}


def test_history_begins_seven_days_earlier_and_goes_on_without_a_seam(tmp_path: Path) -> None:
    options = ["--from", "2026-03-08T12:00Z", "--for", "2h", "--set", "startup.history.enabled=true"]
    assert main(["generate", "orders", *options, "--output", str(tmp_path / "with.jsonl")]) == 0
    options = ["--from", "2026-03-01T12:00Z", "--for", "170h"]
    assert main(["generate", "orders", *options, "--output", str(tmp_path / "earlier.jsonl")]) == 0
    assert (tmp_path / "with.jsonl").read_bytes() == (tmp_path / "earlier.jsonl").read_bytes()
    assert lines(tmp_path / "with.jsonl")[0]["ordertime"].startswith("2026-03-01 12:00:00")

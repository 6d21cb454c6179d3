"""Every folder here is a script, a schema, events and what is expected (docs/mapping.md, Testing)."""

from __future__ import annotations

import io
from pathlib import Path

import fastavro
import pytest

from riverrun.mapping.cases import _load, find_cases, run_case
from riverrun.mapping.events import events_in
from riverrun.mapping.groovy.front import read_with_sources
from riverrun.mapping.mapping import compile_mapping
from riverrun.mapping.scripts import read_script
from riverrun.mapping.source import python_script

HERE = Path(__file__).parent
CASES = find_cases(HERE)
GROOVY = [folder for folder in CASES if (folder / "mapping.groovy").exists() and (folder / "expected.jsonl").exists()]


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: str(folder.relative_to(HERE)))
def test_case(folder: Path) -> None:
    outcome = run_case(folder, HERE)
    assert not outcome.difference, f"\n{outcome.difference}"


@pytest.mark.parametrize("folder", GROOVY, ids=lambda folder: str(folder.relative_to(HERE)))
def test_the_converted_script_does_the_same(folder: Path) -> None:
    mapping = _load(folder, HERE)
    groovy = (folder / "mapping.groovy").read_text("utf-8")
    python = python_script(*read_with_sources(groovy, "mapping.groovy"))
    converted = compile_mapping(read_script(python, "converted.py"), mapping.schema_json)
    for event in events_in(folder / "events.jsonl"):
        got, wanted = converted.map(event), mapping.map(event)
        assert got == wanted or (not isinstance(got, bytes) and not isinstance(wanted, bytes))


@pytest.mark.parametrize("folder", [one for one in CASES if (one / "expected.jsonl").exists()], ids=lambda f: f.name)
def test_records_are_what_fastavro_writes(folder: Path) -> None:
    mapping = _load(folder, HERE)
    schema = fastavro.parse_schema(mapping.schema_json)
    for event in events_in(folder / "events.jsonl"):
        value = mapping.map(event)
        explained = mapping.explain(event)
        if isinstance(value, bytes):
            out = io.BytesIO()
            fastavro.schemaless_writer(out, schema, fastavro.schemaless_reader(io.BytesIO(value), schema, None))
            assert value == out.getvalue()
            assert explained.record == mapping.decode(value)
        else:
            assert explained.rejected == value

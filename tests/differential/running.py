"""Runs a case on riverrun in this process, and says what came of it in the form of the shared cases."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from riverrun.connectors.protocol import Surroundings
from riverrun.engine.batch import OPS, ops
from riverrun.engine.results import encoded
from riverrun.engine.script import Schema, Script, Step
from riverrun.errors import RiverrunError

_PLACEHOLDER = re.compile(r"\$\{(INPUT|OUTPUT):([A-Za-z0-9_.\-]+)\}")
Change = list[Any]  # [op, [values]]


@dataclass(slots=True)
class Outcome:
    """columns as (name, type); `error` has phase, statement and message."""

    columns: list[tuple[str, str]] | None = None
    changelog: list[Change] | None = None
    files: dict[str, list[str]] | None = None
    error: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A script with its inputs; `expected` as in the shared cases' expected.json."""

    id: str
    title: str
    compare: str
    script: str
    inputs: Mapping[str, Path]
    expected: Mapping[str, Any]
    config: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


def read_case(folder: Path) -> Case:
    """A case as the shared ones lie on disk; without expectations when there are none yet."""
    expected = folder / "expected.json"
    told = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    return Case(
        told["id"],
        told["title"],
        told["compare"],
        (folder / "script.sql").read_text(encoding="utf-8"),
        {name: folder / "inputs" / name for name in told["inputs"]},
        json.loads(expected.read_text(encoding="utf-8")) if expected.exists() else {},
        told.get("config", {}),
        tuple(told["tags"]),
    )


Run = Callable[[Script, Step], None]


def run_whole(script: Script, step: Step) -> None:
    script.run(step)


def outcome(case: Case, folder: Path, run: Run = run_whole) -> Outcome:
    """What riverrun makes of a case. `folder` is for its files; `run` runs a job or query."""
    found = Outcome()
    text, outputs = placed(case, folder)
    try:
        script = Script([(text, None)], Surroundings(folder / "data", options=dict(case.config)))
    except RiverrunError as error:
        found.error = _error("statement", error)
        return found
    try:
        for step in script.steps:
            _take_step(script, step, found, run)
    except RiverrunError as error:
        found.error = _error("runtime", error)
    if outputs:
        found.files = {name: lines(path) for name, path in outputs.items()}
    return found


def placed(case: Case, folder: Path) -> tuple[str, dict[str, Path]]:
    """The script with paths in `folder`, and the paths of its outputs."""
    outputs: dict[str, Path] = {}
    return _PLACEHOLDER.sub(lambda match: _place(case, folder, outputs, match), case.script), outputs


def _place(case: Case, folder: Path, outputs: dict[str, Path], match: re.Match[str]) -> str:
    kind, name = match.groups()
    if kind == "OUTPUT":
        outputs[name] = folder / f"out_{name}"
        return str(outputs[name])
    place = folder / ("in_" + re.sub(r"\W", "_", name))
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(case.inputs[name], place / name)
    return str(place)


def _take_step(script: Script, step: Step, found: Outcome, run: Run) -> None:
    if step.rows is not None:
        found.columns = _columns(step.rows.schema)
        found.changelog = [["+I", list(row)] for row in step.rows.rows]
        return
    if step.query is not None:
        changes: list[Change] = []
        schema = step.query.schema
        found.columns, found.changelog = _columns(schema), changes

        def collect(rows: Any) -> None:
            values = encoded(rows, schema)
            changes.extend([OPS[op], row] for op, row in zip(ops(rows).tolist(), values, strict=True))

        step.collect.target = collect
    run(script, step)


def _columns(schema: Schema) -> list[tuple[str, str]]:
    return [(one.name, str(one.type)) for one in schema]


def _error(phase: str, error: RiverrunError) -> dict[str, Any]:
    return {"phase": phase, "statement": error.statement, "message": str(error), "status": error.exit_status}


def lines(folder: Path) -> list[str]:
    """The lines of all files, those of partition folders with the folder in front."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith((".", "_")):
            place = path.parent.relative_to(folder)
            own = [line for line in path.read_text(encoding="utf-8").split("\n") if line]
            found += own if place == Path() else [f"{place}\t{line}" for line in own]
    return sorted(found)

"""Mapping tests as files: a folder with a script, a schema, events, and the records or errors that are expected.

mapping.groovy or mapping.py, schema.avsc, geo.mmdb (if needed)     here or in a folder above
events.jsonl                                                        one event a line
expected.jsonl      per event its record, or {"rejected": reason} with as many more members as one likes
expected-errors.txt instead, for a script that must not start: a text per line, each found in one of the errors
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riverrun.errors import InputError, RiverrunError, Where
from riverrun.mapping.events import events_in
from riverrun.mapping.mapping import Mapping, load_mapping
from riverrun.mapping.values.geo import GeoDatabases
from riverrun.record import Rejected

_SCRIPTS = ("mapping.groovy", "mapping.py")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case went: `difference` is empty when it is as expected."""

    folder: Path
    difference: str
    events: int = 0


def find_cases(root: Path) -> list[Path]:
    """The folders below `root`, or `root` itself, that hold expectations."""
    names = ("expected.jsonl", "expected-errors.txt")
    found = sorted({path.parent for name in names for path in root.rglob(name)})
    if not found:
        raise InputError("no mapping tests here", where=Where(str(root)), todo="a test is a folder with expected.jsonl")
    return found


def run_case(folder: Path, root: Path) -> Outcome:
    """`root`: the topmost folder where files of the case may lie."""
    try:
        mapping = _load(folder, root)
    except RiverrunError as error:
        return Outcome(folder, _compare_errors(folder, str(error)))
    if not (folder / "expected.jsonl").exists():
        return Outcome(folder, "the script starts, but errors are expected\n")
    got = [plain_result(mapping, event) for event in events_in(folder / "events.jsonl")]
    lines = (folder / "expected.jsonl").read_text("utf-8").splitlines()
    expected = [json.loads(line) for line in lines if line.strip()]
    shown = [_as_expected(one, expected[i] if i < len(expected) else {}) for i, one in enumerate(got)]
    return Outcome(folder, _diff(expected, shown), len(got))


def plain_result(mapping: Mapping, event: Any) -> dict[str, Any]:
    """The record as JSON, or {"rejected": reason, ...}."""
    result = mapping.map(event)
    return plain_rejected(result) if isinstance(result, Rejected) else mapping.decode(result)


def plain_rejected(rejected: Rejected) -> dict[str, Any]:
    found: dict[str, Any] = {"rejected": rejected.reason, "message": rejected.message}
    if rejected.field is not None:
        found["field"] = rejected.field
    if rejected.where is not None:
        found["where"] = str(rejected.where)
    return found


def _load(folder: Path, root: Path) -> Mapping:
    script = next((found for name in _SCRIPTS if (found := _nearest(folder, root, name))), None)
    geo = _nearest(folder, root, "geo.mmdb")
    databases = GeoDatabases([geo]) if geo else None
    return load_mapping(script, _nearest(folder, root, "schema.avsc"), geo=databases)


def _nearest(folder: Path, root: Path, name: str) -> Path | None:
    for place in (folder, *folder.parents):
        if (place / name).exists():
            return place / name
        if place == root:
            break
    return None


def _compare_errors(folder: Path, message: str) -> str:
    path = folder / "expected-errors.txt"
    if not path.exists():
        return f"the script does not start:\n{message}\n"
    wanted = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    missing = [line for line in wanted if line not in message]
    unexpected = [line for line in message.splitlines() if not any(one in line for one in wanted)]
    texts = [f"- {line}" for line in missing] + [f"+ {line}" for line in unexpected]
    return "\n".join(texts) + ("\n" if texts else "")


def _as_expected(got: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Of a rejection only what the expectation speaks of."""
    if "rejected" in got and "rejected" in expected:
        return {name: value for name, value in got.items() if name in expected}
    return got


def _diff(expected: list[Any], got: list[Any]) -> str:
    return "".join(_diff_lines(expected, got))


def _diff_lines(expected: list[Any], got: list[Any]) -> Iterator[str]:
    for number in range(max(len(expected), len(got))):
        left = expected[number] if number < len(expected) else None
        right = got[number] if number < len(got) else None
        if left != right or json.dumps(left, sort_keys=True) != json.dumps(right, sort_keys=True, default=str):
            names = f"event {number + 1} expected", f"event {number + 1} got"
            lines = difflib.unified_diff(_lines(left), _lines(right), *names, lineterm="", n=2)
            yield from (f"{line}\n" for line in lines)


def _lines(value: Any) -> list[str]:
    return [] if value is None else json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True).splitlines()

"""Compares what riverrun made of a case with what Flink did, as the case says."""

from __future__ import annotations

import json
import math
import struct
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.differential.running import Case, Change, Outcome


def difference(case: Case, found: Outcome) -> str | None:
    """How the outcome differs from what is expected; None when it does not."""
    if case.compare == "error":
        return _error_difference(case, found)
    if found.error is not None:
        return f"fails ({found.error['phase']}, statement {found.error['statement']}): {found.error['message']}"
    if case.compare == "files":
        return _files_difference(case, found)
    return _columns_difference(case, found) or _rows_difference(case, found)


def _error_difference(case: Case, found: Outcome) -> str | None:
    wanted = case.expected["error"]
    if found.error is None:
        return f"does not fail; Flink says {wanted['root_message'][:200]}"
    if found.error["status"] == 3:
        return f"is not supported: {found.error['message']}"
    for key in ("phase", "statement"):
        if found.error[key] != wanted[key]:
            what = f"{key} is {found.error[key]} and not {wanted[key]}"
            return f"{what}: {found.error['message'][:200]} / Flink: {wanted['root_message'][:200]}"
    return None


def _columns_difference(case: Case, found: Outcome) -> str | None:
    wanted = [(column["name"], column["type"]) for column in case.expected["columns"]]
    if found.columns != wanted:
        pairs = [f"{a} / {b}" for a, b in zip(found.columns or [], wanted, strict=False) if a != b]
        return f"columns: {'; '.join(pairs) or f'{found.columns} / {wanted}'}"
    return None


def _rows_difference(case: Case, found: Outcome) -> str | None:
    floats = [kind.split(" ")[0] for _, kind in found.columns or []]
    mine = _normal(found.changelog or [], floats)
    theirs = _normal(case.expected["changelog"], floats)
    match case.compare:
        case "ordered":
            return None if mine == theirs else f"rows: {_first_difference(mine, theirs)}"
        case "final":
            return _bags([["", row] for row in materialised(mine)], [["", row] for row in materialised(theirs)])
        case "rows" if any(op != "+I" for op, _ in mine):
            return "the result changes rows; Flink's only adds them"
        case _:
            return _bags(mine, theirs)


def _normal(changes: Sequence[Change], types: Sequence[str]) -> list[Change]:
    """Numbers of FLOAT columns rounded to 32 bits, of DOUBLE columns to 12 digits."""
    return [[op, [_number(value, kind) for value, kind in zip(row, types, strict=True)]] for op, row in changes]


def _number(value: Any, kind: str) -> Any:
    if kind == "FLOAT" and isinstance(value, int | float):
        return struct.unpack("f", struct.pack("f", value))[0]
    if kind == "DOUBLE" and isinstance(value, int | float) and value and math.isfinite(value):
        return float(f"{value:.12g}")
    return value


def same_values(kind: str, mine: Sequence[Any], theirs: Sequence[Any]) -> bool:
    """Whether two columns of a type hold the same."""
    name = kind.split(" ")[0]
    return [_number(value, name) for value in mine] == [_number(value, name) for value in theirs]


def materialised(changes: Sequence[Change]) -> list[Any]:
    """What is left of a changelog, as a bag."""
    rows: Counter[str] = Counter()
    for op, row in changes:
        rows[key(row)] += 1 if op in ("+I", "+U") else -1
    return [json.loads(text) for text, count in sorted(rows.items()) for _ in range(abs(count))]


def key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _bags(mine: Sequence[Any], theirs: Sequence[Any]) -> str | None:
    more = Counter(map(key, mine)) - Counter(map(key, theirs))
    less = Counter(map(key, theirs)) - Counter(map(key, mine))
    if not more and not less:
        return None
    return f"rows: too many {_some(more)}; missing {_some(less)}"


def _some(rows: Counter[str]) -> str:
    texts = list(rows.elements())
    return f"{len(texts)}: {' '.join(texts[:3])}" if texts else "none"


def _first_difference(mine: Sequence[Any], theirs: Sequence[Any]) -> str:
    for number, (a, b) in enumerate(zip(mine, theirs, strict=False)):
        if a != b:
            return f"row {number}: {key(a)} / {key(b)}"
    return f"{len(mine)} rows / {len(theirs)}"


def _files_difference(case: Case, found: Outcome) -> str | None:
    for name, lines in case.expected["files"].items():
        mine = [_parsed(line) for line in (found.files or {}).get(name, [])]
        what = _bags(mine, [_parsed(line) for line in lines])
        if what:
            return f"file {name}: {what}"
    return None


def _parsed(line: str) -> Any:
    """The folder and the line; JSON as the value it holds."""
    folder, tab, text = line.rpartition("\t")
    try:
        return [folder, json.loads(text)]
    except ValueError:
        return [folder + tab, text]

"""Writes what Flink makes of the project's own cases: python -m tests.differential.record ID ...

A new case is a folder under tests/sql/cases with script.sql, inputs and case.json; this writes its expected.json.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.differential import flink
from tests.differential.comparing import materialised
from tests.differential.folders import OWN
from tests.differential.running import Case, lines, placed, read_case


def main(names: Sequence[str]) -> int:
    folders = [folder for folder in OWN if folder.name in names]
    with tempfile.TemporaryDirectory() as place:
        for folder, found in zip(folders, answers([read_case(each) for each in folders], Path(place)), strict=True):
            text = json.dumps(found, ensure_ascii=False, indent=1)
            (folder / "expected.json").write_text(text + "\n", encoding="utf-8")
            print(f"{folder.name}: {found.get('error') or found.get('changelog') or found.get('files')}")
    return 0


def answers(cases: Sequence[Case], place: Path) -> list[dict[str, Any]]:
    """What Flink makes of cases, as expected.json has it."""
    scripts: dict[str, tuple[str, Mapping[str, str]]] = {}
    outputs: dict[str, dict[str, Path]] = {}
    for case in cases:
        text, outputs[case.id] = placed(case, place / case.id)
        scripts[case.id] = (text, case.config)
    told = flink.ask(scripts, place)
    return [expected(told[case.id], outputs[case.id]) for case in cases]


def expected(answer: Mapping[str, Any], outputs: Mapping[str, Path]) -> dict[str, Any]:
    if "error" in answer:
        return {"error": {**answer["error"], "root_message": answer["error"]["message"]}}
    found = dict(answer)
    if "changelog" in found:
        found["append_only"] = all(op == "+I" for op, _ in found["changelog"])
        found["final"] = materialised(found["changelog"])
    if outputs:
        found["files"] = {name: lines(path) for name, path in outputs.items()}
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

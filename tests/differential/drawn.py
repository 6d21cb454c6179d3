"""Queries drawn at random, on riverrun and on Flink: what differs is printed, and kept as cases.

usage: python -m tests.differential.drawn patterns|queries|nested --count 200 --seed 1 --keep DIR
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from tests.differential import flink, nested, patterns, queries
from tests.differential.comparing import difference
from tests.differential.record import expected
from tests.differential.running import Case, outcome
from tests.differential.ways import run_cut

DRAWS = {"patterns": patterns.draw, "queries": queries.draw, "nested": nested.draw}
_DULL = 0.05  # of the queries without a result that are drawn, how many are kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=DRAWS)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where what differs is kept as cases")
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        cases = [drawn(arguments.what, arguments.seed + n, Path(place)) for n in range(arguments.count)]
        by_id = {case.id: case for case in cases}
        for name, answer in flink.answers({case.id: (_placed(case), {}) for case in cases}, Path(place)):
            counts[_judge(by_id[name], answer, Path(place), arguments.keep)] += 1
    print(dict(counts))
    return 1 if counts["differs"] else 0


def drawn(what: str, seed: int, place: Path) -> Case:
    """The query of a seed: most of them find something, some are there to be refused, or to find nothing."""
    rng = random.Random(seed)
    folder = place / f"{what}-{seed}"
    while True:
        script, inputs = DRAWS[what](rng)
        paths = {}
        for name, text in inputs.items():
            paths[name] = folder / name / name
            paths[name].parent.mkdir(parents=True, exist_ok=True)
            paths[name].write_text(text, encoding="utf-8")
        case = Case(f"{what}-{seed}", "drawn at random", "rows", script, paths, {})
        if _is_telling(case) or rng.random() < _DULL:
            return case


def _is_telling(case: Case) -> bool:
    """Does riverrun find something, or break?"""
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = outcome(case, Path(folder))
        except Exception:  # noqa: BLE001  # that is for the judge
            return True
    return found.error is None and bool(found.changelog)


def _placed(case: Case) -> str:
    return re.sub(r"\$\{INPUT:([^}]+)\}", lambda match: str(case.inputs[match[1]].parent), case.script)


def _judge(case: Case, answer: dict[str, Any], place: Path, keep: Path | None) -> str:
    error = answer.get("error")
    if error is not None:
        error["root_message"] = error["message"]
    # In which order Flink reads two inputs is open, and so is what it says in between.
    changes = len(case.inputs) > 1 or any(op != "+I" for op, _ in answer.get("changelog", ()))
    compare = "error" if error else "final" if changes else "rows"
    judged = Case(case.id, case.title, compare, case.script, case.inputs, answer)
    for way, run in {"whole": None, "cut": run_cut}.items():
        folder = place / f"{case.id}-{way}"
        folder.mkdir()
        try:
            found = outcome(judged, folder, run) if run else outcome(judged, folder)
            what = difference(judged, found)
        except Exception as crash:  # noqa: BLE001  # a crash is a difference, too
            what = f"CRASH {type(crash).__name__}: {crash}"
        if what is not None:
            print(f"--- {case.id} ({way}): {what}\n{case.script}", flush=True)
            if keep is not None:
                _keep(judged, answer, keep / case.id)
            return "differs"
    return f"both fail ({error['phase']})" if error else "equal, with rows" if answer["changelog"] else "equal, no rows"


def _keep(case: Case, answer: dict[str, Any], folder: Path) -> None:
    (folder / "inputs").mkdir(parents=True, exist_ok=True)
    for name, path in case.inputs.items():
        (folder / "inputs" / name).write_bytes(path.read_bytes())
    (folder / "script.sql").write_text(case.script, encoding="utf-8")
    told = {"id": case.id, "title": case.title, "compare": case.compare, "tags": ["drawn"], "inputs": [*case.inputs]}
    (folder / "case.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    text = json.dumps(expected(answer, {}), ensure_ascii=False, indent=1)
    (folder / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

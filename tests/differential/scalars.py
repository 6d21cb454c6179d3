"""Scalar expressions on riverrun and on Flink, hundreds in a query, over rows with NULLs and border values.

usage: python -m tests.differential.scalars all|drawn [--count 1000] [--seed 1] [--keep FILE]

`all`: every operator over every pair of columns, and every cast. `drawn`: random expressions.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.differential import expressions, flink
from tests.differential.comparing import same_values
from tests.differential.running import Case, Outcome, outcome

_TOGETHER = 40


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("all", "drawn"))
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="FILE", help="where what differs is written, a line of JSON each")
    arguments = parser.parse_args()
    texts = list(expressions.systematic()) if arguments.what == "all" else _drawn(arguments.seed, arguments.count)
    counts: Counter[str] = Counter()
    differing = []
    for name in expressions.ROWS:
        with tempfile.TemporaryDirectory() as place:
            for text, mine, theirs in compared(name, texts, Path(place)):
                what = judge(mine, theirs)
                counts[what] += 1
                if what.startswith("differs"):
                    differing.append({"rows": name, "text": text, "what": what, "riverrun": mine, "flink": theirs})
                    print(
                        f"{what} [{name}] {text}\n    riverrun {_short(mine)}\n    flink    {_short(theirs)}",
                        flush=True,
                    )
    print(dict(counts))
    if arguments.keep is not None:
        arguments.keep.write_text("".join(json.dumps(one) + "\n" for one in differing), encoding="utf-8")
    return 1 if differing else 0


def _drawn(seed: int, count: int) -> list[str]:
    return [expressions.draw(random.Random(seed + n)) for n in range(count)]


def _short(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False)[:400]


def compared(name: str, texts: Sequence[str], place: Path) -> list[tuple[str, Any, Any]]:
    """Expressions over the rows of a name: the text, riverrun's answer and Flink's."""
    texts = list(dict.fromkeys(texts))
    (place / "rows").mkdir()
    (place / "rows" / "t.jsonl").write_text(expressions.lines(name), encoding="utf-8")
    script = expressions.table(str(place / "rows")) + ";"
    mine: dict[str, Any] = {}
    for at in range(0, len(texts), _TOGETHER):
        evaluate(script, texts[at : at + _TOGETHER], place, mine)
    theirs = flink.evaluate(script, texts, place)
    return [(text, mine[text], answer) for text, answer in zip(texts, theirs, strict=True)]


def evaluate(script: str, texts: Sequence[str], place: Path, told: dict[str, Any]) -> None:
    """riverrun's answers; in halves when one fails."""
    listed = ", ".join(f"{text} AS v{n}" for n, text in enumerate(texts))
    case = Case("t", "", "rows", f"{script}\nSELECT n, {listed} FROM t;", {}, {})
    found = _outcome(case, place)
    if found.error is not None:
        if len(texts) == 1:
            told[texts[0]] = {"error": found.error}
            return
        half = len(texts) // 2
        evaluate(script, texts[:half], place, told)
        evaluate(script, texts[half:], place, told)
        return
    assert found.changelog is not None
    assert found.columns is not None
    rows = sorted((row for _, row in found.changelog), key=lambda row: row[0])
    for number, text in enumerate(texts, 1):
        told[text] = {"type": found.columns[number][1], "values": [row[number] for row in rows]}


def _outcome(case: Case, place: Path) -> Outcome:
    try:
        return outcome(case, place)
    except Exception as crash:  # noqa: BLE001  # a crash is a difference
        return Outcome(error={"crash": f"{type(crash).__name__}: {crash}"})


def judge(mine: Any, theirs: Any) -> str:
    if "error" in mine and "crash" in mine["error"]:
        return "differs: crash"
    if "error" in mine and mine["error"].get("status") == 3:
        return "refused here" if "error" not in theirs else "both fail"
    if "error" in mine or "error" in theirs:
        if "error" in mine and "error" in theirs:
            return "both fail"
        return "differs: only riverrun fails" if "error" in mine else "differs: only Flink fails"
    if mine["type"] != theirs["type"]:
        return "differs: type"
    return "equal" if same_values(mine["type"], mine["values"], theirs["values"]) else "differs: values"


if __name__ == "__main__":
    sys.exit(main())

"""Runs where PyFlink is: asks Flink for the types and plans of queries (argv 1, JSON); writes argv 2.

A plan is its outline: operators without those that only compute, move or split rows, a star behind what updates.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
from pathlib import Path
from typing import Any

from pyflink.table import EnvironmentSettings, ExplainDetail, TableEnvironment

NAMES = {
    "GlobalWindowAggregate": "WindowAggregate",
    "GroupWindowAggregate": "WindowAggregate",
    "OverAggregate": "Over",
    "Correlate": "Unnest",
    "TableSourceScan": "Scan",
    "WindowDeduplicate": "WindowRank",
}
PASSED_OVER = {"Calc", "Exchange", "DropUpdateBefore", "LocalWindowAggregate", "ChangelogNormalize", "Sink"}
KINDS = {
    "InnerJoin": "INNER",
    "LeftOuterJoin": "LEFT",
    "RightOuterJoin": "RIGHT",
    "FullOuterJoin": "FULL",
    "LeftSemiJoin": "SEMI",
    "LeftAntiJoin": "ANTI",
}
LINE = re.compile(r"^([\s:|+\-]*)(\w+)\((.*)$")


def outline(plan: str) -> str:
    text = plan[plan.index("== Optimized Physical Plan ==") + 30 : plan.index("== Optimized Execution Plan")]
    lines = [match.groups() for match in map(LINE.match, text.split("\n")) if match]
    return tree([(len(indent), name, rest) for indent, name, rest in lines])


def tree(lines: list[tuple[int, str, str]]) -> str:
    """The first line and those below it."""
    _, name, details = lines[0]
    depth = min((line[0] for line in lines[1:]), default=0)
    starts = [i for i in range(1, len(lines)) if lines[i][0] == depth]
    below = [tree(lines[a:b]) for a, b in itertools.pairwise([*starts, len(lines)])]
    if name in PASSED_OVER:
        return below[0]
    kind = re.search(r"joinType=\[(\w+)\]", details)
    mode = re.findall(r"changelogMode=\[([^\]]*)\]", details)[-1]
    shown = NAMES.get(name, name) + (f" {KINDS[kind.group(1)]}" if kind and name != "Correlate" else "")
    return shown + ("" if mode == "I" else "*") + (f"({', '.join(below)})" if below else "")


def first_line(error: Exception) -> str:
    java = getattr(error, "java_exception", None)
    text = str(error)
    while java is not None:
        text = str(java.getMessage() or java.toString())
        java = java.getCause()
    return text.split("\n")[0]


def ask(environment: Any, query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    try:
        schema = environment._j_tenv.sqlQuery(query).getResolvedSchema()
        columns = [schema.getColumn(i).get() for i in range(schema.getColumnCount())]
        found["types"] = ", ".join(
            f"{c.getName()} {c.getDataType().getLogicalType().asSummaryString()}" for c in columns
        )
        found["plan"] = outline(environment.explain_sql(query, ExplainDetail.CHANGELOG_MODE))
    except Exception as error:  # noqa: BLE001  # whatever Java threw, it refused
        found["refused"] = first_line(error)
    return found


def main() -> None:
    question = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    environment = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    for statement in question["tables"]:
        environment.execute_sql(statement)
    answer = [ask(environment, query) for query in question["queries"]]
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Random MATCH_RECOGNIZE queries over random rows: quantifiers of all kinds, skip strategies, WITHIN, conditions over
other rows, aggregates and offsets."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

LETTERS = "ABCDE"
QUANTIFIERS = [
    "",
    "",
    "",
    "",
    "?",
    "+",
    "*",
    "+?",
    "*?",
    "??",
    "{2}",
    "{1,2}",
    "{0,2}",
    "{2,}",
    "{,2}",
    "{1,3}?",
    "{2,}?",
    "{0,2}?",
]


def draw(rng: random.Random) -> tuple[str, Mapping[str, str]]:
    """A script and its inputs."""
    lines = "".join(json.dumps(row) + "\n" for row in rows(rng))
    return table(rng) + query(rng), {"e.jsonl": lines}


def table(rng: random.Random) -> str:
    behind = rng.choice(["", "", " - INTERVAL '2' SECOND", " - INTERVAL '5' SECOND", " - INTERVAL '1' HOUR"])
    return (
        "CREATE TABLE e (id INT, ts TIMESTAMP(3), k STRING, name STRING, price INT, tax INT,\n"
        f"  WATERMARK FOR ts AS ts{behind})\n"
        "WITH ('connector'='filesystem', 'path'='${INPUT:e.jsonl}', 'format'='json');\n"
    )


def rows(rng: random.Random) -> list[dict[str, Any]]:
    count = rng.choice([3, 6, 12, 25, 40])
    names = rng.choice(["ab", "abc", "aabbc", "abcd"])
    found, second = [], 0
    for number in range(1, count + 1):
        second += rng.choice([0, 1, 1, 1, 2, 4])
        at = max(0, second - rng.choice([0, 0, 0, 0, 0, 1, 3]))
        found.append(
            {
                "id": number,
                "ts": f"2025-01-01 10:{at // 60:02}:{at % 60:02}",
                "k": rng.choice(["x", "x", "y"]),
                "name": rng.choice(names),
                "price": rng.choice([None, *range(1, 9)]) if rng.random() < 0.5 else rng.randint(1, 9),
                "tax": rng.randint(1, 2),
            }
        )
    return found


def query(rng: random.Random) -> str:
    letters = list(LETTERS[: rng.randint(2, 4)])
    defined = {letter: condition(rng, letter, letters) for letter in letters if rng.random() < 0.75}
    parts = [
        "PARTITION BY k" if rng.random() < 0.8 else "",
        "ORDER BY ts" + (", id" if rng.random() < 0.15 else ""),
        "MEASURES " + ", ".join(f"{measure(rng, letters)} AS m{n}" for n in range(rng.randint(2, 5))),
        "ONE ROW PER MATCH" if rng.random() < 0.3 else "",
        skip(rng, letters),
        f"PATTERN ({' '.join(element(rng, letter, letter is letters[-1]) for letter in letters)})"
        + (f" WITHIN INTERVAL '{rng.choice([2, 3, 5, 10])}' SECOND" if rng.random() < 0.3 else ""),
        "DEFINE " + ", ".join(f"{letter} AS {text}" for letter, text in defined.items())
        if defined
        else "DEFINE A AS TRUE",
    ]
    return "SELECT * FROM e MATCH_RECOGNIZE (\n  " + "\n  ".join(part for part in parts if part) + "\n) AS M;\n"


def element(rng: random.Random, letter: str, last: bool) -> str:
    if last and rng.random() < 0.9:
        return letter + rng.choice(["", "", "", "+?", "{2}", "*?" if rng.random() < 0.2 else ""])
    return letter + rng.choice(QUANTIFIERS)


def skip(rng: random.Random, letters: list[str]) -> str:
    return "AFTER MATCH SKIP " + rng.choice(
        [
            "PAST LAST ROW",
            "PAST LAST ROW",
            "TO NEXT ROW",
            "TO NEXT ROW",
            f"TO FIRST {rng.choice(letters)}",
            f"TO LAST {rng.choice(letters)}",
        ]
    )


def condition(rng: random.Random, letter: str, letters: list[str]) -> str:
    one = comparison(rng, letter, letters)
    if rng.random() < 0.25:
        one = f"{one} {rng.choice(['AND', 'OR'])} {comparison(rng, letter, letters)}"
    return one


def comparison(rng: random.Random, letter: str, letters: list[str]) -> str:
    other = rng.choice(letters[: letters.index(letter) + 1])
    sign = rng.choice(["<", "<=", ">", ">=", "=", "<>"])
    if rng.random() < 0.55:
        return f"{rng.choice(['', letter + '.'])}name {rng.choice(['=', '=', '<>'])} '{rng.choice('abc')}'"
    return rng.choice(
        [
            f"{letter}.price {sign} {rng.randint(2, 8)}",
            f"price {sign} {rng.randint(2, 8)}",
            f"{letter}.price {sign} LAST({letter}.price, {rng.randint(1, 2)})",
            f"LAST({letter}.price, 1) IS NULL OR {letter}.price {sign} LAST({letter}.price, 1)",
            f"{letter}.price {sign} {other}.price",
            f"{letter}.price {sign} FIRST({other}.price{rng.choice(['', ', 1'])})",
            f"{letter}.price {sign} LAST({other}.price)",
            f"{rng.choice(['SUM', 'AVG', 'MIN', 'MAX'])}({other}.price) {sign} {rng.randint(2, 20)}",
            f"COUNT({other}.price) {sign} {rng.randint(1, 3)}",
            f"{letter}.tax = {rng.randint(1, 2)}",
            f"{letter}.price + {other}.tax {sign} {rng.randint(3, 8)}",
            f"{letter}.price IS NULL",
        ]
    )


def measure(rng: random.Random, letters: list[str]) -> str:
    letter = rng.choice(letters)
    offset = rng.choice(["", "", ", 1", ", 2"])
    return rng.choice(
        [
            f"{letter}.id",
            f"FIRST({letter}.id{offset})",
            f"LAST({letter}.id{offset})",
            "FIRST(id)",
            "LAST(id)",
            f"COUNT({letter}.id)",
            "COUNT(*)",
            f"COUNT(DISTINCT {letter}.name)" if rng.random() < 0.3 else f"COUNT({letter}.price)",
            f"SUM({letter}.price)",
            f"AVG({letter}.price)",
            f"MIN({letter}.price)",
            f"MAX({letter}.price + {letter}.tax)",
            f"{letter}.ts",
            f"TIMESTAMPDIFF(SECOND, FIRST({letter}.ts), LAST({letter}.ts))",
            f"LAST({letter}.price) - FIRST({rng.choice(letters)}.price)",
            "MATCH_ROWTIME()",
            f"CASE WHEN {letter}.price IS NULL THEN 'none' ELSE {letter}.name END",
        ]
    )

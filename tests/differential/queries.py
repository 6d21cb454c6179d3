"""Random queries over random rows: windows, aggregates, joins, rankings, OVER, sets, UNNEST, one within another."""

# ruff: noqa: E501  # queries are easier to read on one line

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Draw = random.Random
Inputs = Mapping[str, str]

FAR_BEHIND = "1 HOUR"  # a watermark that makes nothing late
_SECONDS = [5, 10, 30, 60]
_BACK = (0, 0, 0, 0, 2, 8, 30)  # how many seconds rows are late
_FAR_BACK = (0, 0, 0, 5, 10, 20, 30, 60)


def draw(rng: Draw) -> tuple[str, Inputs]:
    """A script and its inputs."""
    kind = rng.choice(KINDS)
    two = kind in TWO_INPUTS
    tables = table("e", rng, behind=FAR_BEHIND if two else None)
    back = _FAR_BACK if kind is late_over else (0,) if two or kind is union_all else _BACK
    inputs = {"e.jsonl": lines(rows(rng, 30, back))}
    if "f" in _needs(kind):
        tables += table("f", rng, behind=FAR_BEHIND)
        inputs["f.jsonl"] = lines(rows(rng, 15, (0,)))
    return tables + kind(rng) + ";\n", inputs


def _needs(kind: Callable[[Draw], str]) -> str:
    return "f" if kind in TWO_INPUTS else ""


def table(name: str, rng: Draw, behind: str | None) -> str:
    if behind is not None:
        delay = f" - INTERVAL '{behind.split()[0]}' {behind.split()[1]}"
    else:
        delay = rng.choice(["", " - INTERVAL '3' SECOND", " - INTERVAL '10' SECOND", " - INTERVAL '1' HOUR"])
    kind = (
        rng.choice(["TIMESTAMP(3)", "TIMESTAMP(3)", "TIMESTAMP_LTZ(3)"])
        if name == "e" and behind is None
        else "TIMESTAMP(3)"
    )
    stored = "moment TIMESTAMP_LTZ(3), ts AS moment" if kind == "TIMESTAMP_LTZ(3)" else "ts TIMESTAMP(3)"
    return (
        f"CREATE TABLE {name} (id INT, {stored}, k STRING, g STRING NOT NULL, v INT, w BIGINT, d DOUBLE, p DECIMAL(8, 2),"
        f" a ARRAY<STRING>, r ROW<x INT, y STRING>, WATERMARK FOR ts AS ts{delay})\n"
        f"WITH ('connector'='filesystem', 'path'='${{INPUT:{name}.jsonl}}', 'format'='json',"
        " 'json.timestamp-format.standard'='ISO-8601');\n"
    )


def rows(rng: Draw, most: int, late: Sequence[int]) -> list[dict[str, Any]]:
    found, second = [], 0
    for number in range(1, rng.choice([3, most // 2, most]) + 1):
        second += rng.choice([0, 1, 2, 3, 5, 9, 20])
        at = max(0, second - rng.choice(late))
        when = f"2025-03-01T10:{at // 60:02}:{at % 60:02}" + rng.choice(["", "", ".5"])
        found.append(
            {
                "id": number,
                "ts": when,
                "moment": when + "Z",
                "k": rng.choice(["x", "x", "y", "z", None]),
                "g": rng.choice(["p", "q"]),
                "v": rng.choice([None, -1, 0, 1, 2, 3, 3, 5, 7]),
                "w": rng.choice([None, 10, 20, 3_000_000_000]),
                "d": rng.choice([None, 0.5, 1.25, -2.0]),
                "p": rng.choice([None, 1.5, 2.25, 10]),
                "a": rng.choice([None, [], ["m"], ["m", "n", None], ["n", "n"]]),
                "r": rng.choice([None, {"x": 1, "y": "one"}, {"x": None, "y": "none"}]),
            }
        )
    return found


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


# Parts


def aggregates(rng: Draw, *, retracts: bool = False) -> str:
    many = [
        "COUNT(*)", "COUNT(v)", "SUM(v)", "AVG(v)", "MIN(v)", "MAX(w)", "SUM(w)", "AVG(w)", "SUM(p)", "AVG(p)", "MAX(p)",
        "SUM(d)", "MIN(k)", "MAX(k)", "COUNT(DISTINCT k)", "COUNT(DISTINCT v)", "SUM(DISTINCT v)", "MAX(r.y)",
        "COUNT(*) FILTER (WHERE v > 1)", "SUM(v) FILTER (WHERE k = 'x')", "COUNT(DISTINCT v) FILTER (WHERE g = 'p')",
        "MIN(ts)", "MAX(ts)", "SUM(v + 1)", "SUM(CASE WHEN g = 'p' THEN 1 ELSE 0 END)", "MAX(v) - MIN(v)", "AVG(d)",
    ]  # fmt: skip
    if not retracts:
        many += [
            "ARRAY_AGG(v)",
            "FIRST_VALUE(v)",
            "LAST_VALUE(v)",
            "LISTAGG(g)",
            "ARRAY_AGG(DISTINCT k)",
            "LAST_VALUE(k)",
        ]
    picked = rng.sample(many, rng.randint(1, 3))
    return ", ".join(f"{text} AS m{number}" for number, text in enumerate(picked))


def where(rng: Draw) -> str:
    return rng.choice(
        [
            "",
            "",
            "",
            " WHERE v > 0",
            " WHERE k IS NOT NULL",
            " WHERE g = 'p' OR v < 3",
            " WHERE k <> 'x'",
            " WHERE NOT (v > 1)",
        ]
    )


def interval(seconds: int) -> str:
    return f"INTERVAL '{seconds // 60}' MINUTE" if seconds % 60 == 0 else f"INTERVAL '{seconds}' SECOND"


def tvf(rng: Draw, source: str = "TABLE e", partition: str | None = None) -> str:
    size = rng.choice(_SECONDS)
    kind = rng.choice(["TUMBLE", "TUMBLE", "HOP", "CUMULATE", "SESSION"])
    if kind == "SESSION":
        by = f" PARTITION BY {partition}" if partition else ""
        return f"TABLE(SESSION({source}{by}, DESCRIPTOR(ts), {interval(size)}))"
    if kind == "TUMBLE":
        offset = rng.choice(["", "", ", INTERVAL '2' SECOND", ", INTERVAL '-7' SECOND"])
        return f"TABLE(TUMBLE({source}, DESCRIPTOR(ts), {interval(size)}{offset}))"
    times = rng.choice([1, 2, 3])
    if kind == "HOP" and rng.random() < 0.2:
        return f"TABLE(HOP({source}, DESCRIPTOR(ts), {interval(size * 2)}, {interval(size)}))"
    return f"TABLE({kind}({source}, DESCRIPTOR(ts), {interval(size)}, {interval(size * times)}))"


def _source(rng: Draw) -> str:
    return rng.choice(
        ["TABLE e", "TABLE e", "TABLE e", "(SELECT * FROM e WHERE v IS NOT NULL)", "(SELECT *, v * 2 AS vv FROM e)"]
    )


# Kinds of queries


def projection(rng: Draw) -> str:
    expressions = [
        "v + w", "v / 2", "w % 7", "v * d", "p * v", "p / 3", "p + d", "CAST(p AS INT)", "CAST(v AS STRING) || k", "UPPER(k)",
        "COALESCE(v, 0)", "COALESCE(k, g)", "CASE WHEN v > 2 THEN 'a' WHEN v IS NULL THEN 'n' ELSE g END", "NULLIF(v, 3)",
        "r.x + 1", "r.y", "a[1]", "CARDINALITY(a)", "k IN ('x', 'y')", "v NOT IN (1, 2)", "v BETWEEN 1 AND 3", "k LIKE 'x%'",
        "IF(v > 1, g, k)", "v IS DISTINCT FROM 3", "CAST(ts AS DATE)", "DATE_FORMAT(ts, 'yyyy-MM-dd HH:mm')", "EXTRACT(SECOND FROM ts)",
        "FLOOR(ts TO MINUTE)", "TIMESTAMPADD(MINUTE, 5, ts)", "TIMESTAMPDIFF(SECOND, ts, ts + INTERVAL '90' SECOND)", "ROW(v, k)",
        "ARRAY[v, 1]", "MAP[g, v]", "CONCAT(k, '-', g)", "CONCAT_WS(',', k, g)", "SUBSTRING(g, 1, 1)", "ROUND(d, 1)", "ROUND(p, 1)",
        "ABS(v)", "SIGN(v)", "FLOOR(d)", "CEIL(p)", "TRY_CAST(k AS INT)", "v > 1 AND k = 'x'", "v > 1 OR d > 0", "NOT (v > 1)",
        "(v > 1) IS NOT TRUE", "GREATEST(v, 2)", "LEAST(v, w)", "CAST(d AS DECIMAL(6, 1))", "CAST(v AS DECIMAL(4, 2))", "-v", "w - v",
        "CAST(ts AS STRING)", "CAST(w AS DOUBLE)", "CHAR_LENGTH(k)", "REPLACE(k, 'x', 'yy')", "POWER(v, 2)", "MOD(w, 7)", "v * 1000000000",
    ]  # fmt: skip
    picked = rng.sample(expressions, rng.randint(2, 6))
    distinct = "DISTINCT " if rng.random() < 0.1 else ""
    columns = ", ".join(f"{text} AS c{number}" for number, text in enumerate(picked))
    return f"SELECT {distinct}id, {columns} FROM e{where(rng)}"


def window_aggregate(rng: Draw) -> str:
    keys = rng.choice([[], ["k"], ["g"], ["k", "g"], ["UPPER(k)"]])
    partition = keys[0] if keys and "(" not in keys[0] and len(keys) == 1 else None
    bounds = rng.choice(
        ["window_start, window_end", "window_start, window_end", "window_start, window_end, window_time"]
    )
    names = ", ".join([bounds, *(f"{key} AS key{number}" for number, key in enumerate(keys))])
    group = ", ".join([bounds, *keys])
    if keys == ["k", "g"] and rng.random() < 0.4:
        group = f"{bounds}, " + rng.choice(["ROLLUP(k, g)", "CUBE(k, g)", "GROUPING SETS ((k), (g), ())"])
        names = f"{bounds}, k, g"
    having = rng.choice(["", "", "", " HAVING COUNT(*) > 1"])
    return f"SELECT {names}, {aggregates(rng)} FROM {tvf(rng, _source(rng), partition)}{where(rng)} GROUP BY {group}{having}"


def legacy_window(rng: Draw) -> str:
    size = rng.choice(_SECONDS)
    kind = rng.choice(["TUMBLE", "HOP", "SESSION"])
    window = f"{interval(size)}, {interval(size * 2)}" if kind == "HOP" else interval(size)
    bounds = ", ".join(
        f"{kind}_{end}(ts, {window}) AS w{end.lower()}" for end in rng.sample(["START", "END", "ROWTIME"], 2)
    )
    return f"SELECT g, {bounds}, {aggregates(rng)} FROM e{where(rng)} GROUP BY g, {kind}(ts, {window})"


def group_aggregate(rng: Draw) -> str:
    key = rng.choice(["", "k", "g", "k, g", "r.x"])
    names = f"{key}, " if key and "." not in key else "r.x AS x, " if key else ""
    having = rng.choice(["", "", " HAVING COUNT(*) > 2"])
    return f"SELECT {names}{aggregates(rng)} FROM e{where(rng)}" + (f" GROUP BY {key}{having}" if key else "")


def aggregate_of_aggregate(rng: Draw) -> str:
    inner = "SELECT k, g, COUNT(*) AS v, SUM(w) AS w, MAX(d) AS d FROM e GROUP BY k, g"
    return f"SELECT g, COUNT(*) AS n, SUM(v) AS s, MAX(w) AS mw, MIN(v) AS mv, COUNT(DISTINCT v) AS dv FROM ({inner}) GROUP BY g"


def window_of_window(rng: Draw) -> str:
    size = rng.choice([5, 10])
    inner = f"SELECT window_time AS wt, g, COUNT(*) AS n, SUM(v) AS s FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), {interval(size)})) GROUP BY g, window_start, window_end, window_time"
    return f"SELECT window_start, COUNT(*) AS c, SUM(n) AS n, MAX(s) AS s FROM TABLE(TUMBLE(({inner}), DESCRIPTOR(wt), {interval(size * 3)})) GROUP BY window_start, window_end"


def top_n(rng: Draw) -> str:
    order = rng.choice(["v DESC, id", "w, id DESC", "d DESC NULLS LAST, id", "k, id", "v NULLS FIRST, id"])
    part = rng.choice(["", "PARTITION BY g ", "PARTITION BY k "])
    condition = rng.choice(["rn <= 2", "rn <= 3", "rn = 1", "rn BETWEEN 2 AND 3", "rn < 3"])
    rank = rng.choice(["", ", rn"])
    return f"SELECT id, k, v{rank} FROM (SELECT *, ROW_NUMBER() OVER ({part}ORDER BY {order}) AS rn FROM e{where(rng)}) WHERE {condition}"


def top_of_groups(rng: Draw) -> str:
    inner = f"SELECT g, k, COUNT(*) AS n, SUM(v) AS s FROM e{where(rng)} GROUP BY g, k"
    order = rng.choice(["n DESC, k, g", "s, k, g", "s DESC, g, k"])
    rank = rng.choice(["", ", rn"])
    return f"SELECT g, k, n{rank} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY {order}) AS rn FROM ({inner})) WHERE rn <= {rng.choice([1, 2])}"


def window_top_n(rng: Draw) -> str:
    inner = f"SELECT window_start, window_end, k, COUNT(*) AS n, SUM(v) AS s FROM {tvf(rng, partition='k')} GROUP BY window_start, window_end, k"
    return f"SELECT window_start, k, n, s, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY {rng.choice(['n DESC, k', 's, k', 's DESC, k'])}) AS rn FROM ({inner})) WHERE rn <= {rng.choice([1, 2])}"


def window_rows_top_n(rng: Draw) -> str:
    part = rng.choice(["", ", g"])
    return f"SELECT id, window_start, window_end, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end{part} ORDER BY {rng.choice(['v DESC, id', 'w, id', 'ts DESC, id'])}) AS rn FROM {tvf(rng)}) WHERE rn <= {rng.choice([1, 2])}"


def deduplicate(rng: Draw) -> str:
    part = rng.choice(["k", "g", "k, g"])
    return f"SELECT id, k, g, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {part} ORDER BY ts {rng.choice(['ASC', 'DESC'])}) AS rn FROM e{where(rng)}) WHERE rn = 1"


def over(rng: Draw) -> str:
    frame = rng.choice(
        [
            "", "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW", "ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
            "RANGE BETWEEN INTERVAL '10' SECOND PRECEDING AND CURRENT ROW", "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
            "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW",
        ]
    )  # fmt: skip
    part = rng.choice(["", "PARTITION BY g ", "PARTITION BY k "])
    many = [
        "COUNT(*)",
        "SUM(v)",
        "AVG(v)",
        "MIN(w)",
        "MAX(v)",
        "SUM(p)",
        "COUNT(v)",
        "FIRST_VALUE(v)",
        "LAST_VALUE(v)",
        "SUM(d)",
    ]
    calls = ", ".join(f"{text} OVER w AS m{number}" for number, text in enumerate(rng.sample(many, rng.randint(1, 3))))
    return f"SELECT id, {calls} FROM e{where(rng)} WINDOW w AS ({part}ORDER BY ts {frame})"


def late_over(rng: Draw) -> str:
    part = rng.choice(["", "PARTITION BY g ", "PARTITION BY k "])
    frame = rng.choice(
        ["RANGE BETWEEN INTERVAL '{}' SECOND", "RANGE BETWEEN INTERVAL '{}' SECOND", "ROWS BETWEEN {}"]
    ).format(rng.choice([2, 4, 9, 20]))
    return f"SELECT id, COUNT(*) OVER w AS n, SUM(id) OVER w AS s FROM e WINDOW w AS ({part}ORDER BY ts {frame} PRECEDING AND CURRENT ROW)"


def lag(rng: Draw) -> str:
    call = rng.choice(["LAG(v)", "LAG(v, 2)", "LAG(k, 1)", "LAG(v, 1, CAST(NULL AS INT))", "ROW_NUMBER()"])
    return f"SELECT id, {call} OVER (PARTITION BY g ORDER BY ts) AS m FROM e{where(rng)}"


def unnest(rng: Draw) -> str:
    join = rng.choice(["CROSS JOIN UNNEST(a) AS t(x)", "LEFT JOIN UNNEST(a) AS t(x) ON TRUE"])
    tail = rng.choice(["", " WHERE x <> 'm'", " WHERE v > 0"])
    if rng.random() < 0.3:
        return f"SELECT x, COUNT(*) AS n, SUM(v) AS s FROM e {join}{tail} GROUP BY x"
    return f"SELECT id, x FROM e {join}{tail}"


def union_all(rng: Draw) -> str:
    if rng.random() < 0.5:
        return (
            f"SELECT id, v, 'a' AS s FROM e{where(rng)} UNION ALL SELECT id, CAST(w AS INT), 'bb' FROM e WHERE w < 100"
        )
    inner = "SELECT ts, v, g FROM e WHERE v > 1 UNION ALL SELECT ts, v, k FROM e WHERE v < 2"
    # Written inside of TUMBLE, Flink reads its first part only (docs/sql/flink-differences.md).
    inner = f"SELECT * FROM ({inner})"
    return f"SELECT window_start, COUNT(*) AS n, SUM(v) AS s FROM TABLE(TUMBLE(({inner}), DESCRIPTOR(ts), {interval(rng.choice(_SECONDS))})) GROUP BY window_start, window_end"


def interval_join(rng: Draw) -> str:
    low, high = rng.choice([(0, 10), (5, 5), (10, 0), (-2, 8), (30, 30)])
    kind = rng.choice(["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
    more = rng.choice(["", " AND e.v < f.v", " AND f.v > 1", " AND e.g = f.g"])
    return f"SELECT e.id AS eid, f.id AS fid, e.k, f.v FROM e {kind} f ON e.k = f.k AND e.ts BETWEEN f.ts - INTERVAL '{low}' SECOND AND f.ts + INTERVAL '{high}' SECOND{more}"


def regular_join(rng: Draw) -> str:
    kind = rng.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
    on = rng.choice(
        ["e.k = f.k", "e.k = f.k AND e.v > f.v", "e.k = f.k AND e.g = f.g", "e.v = f.v", "e.k IS NOT DISTINCT FROM f.k"]
    )
    query = f"SELECT e.id AS eid, f.id AS fid, e.v AS ev, f.k AS fk FROM e {kind} f ON {on}"
    if rng.random() < 0.3:
        return f"SELECT fk, COUNT(*) AS n, COUNT(eid) AS ne, SUM(ev) AS s FROM ({query}) GROUP BY fk"
    return query


def semi_join(rng: Draw) -> str:
    return "SELECT id, k, v FROM e WHERE " + rng.choice(
        [
            "k IN (SELECT k FROM f WHERE v > 1)", "EXISTS (SELECT 1 FROM f WHERE f.k = e.k)", "NOT EXISTS (SELECT 1 FROM f WHERE f.k = e.k)",
            "NOT EXISTS (SELECT 1 FROM f WHERE f.k = e.k AND f.v > e.v)", "v IN (SELECT v FROM f)", "g NOT IN (SELECT g FROM f WHERE v > 100)",
            "k NOT IN (SELECT k FROM f WHERE k IS NOT NULL)", "v > (SELECT AVG(v) FROM f)", "v = (SELECT MAX(v) FROM f WHERE k = 'x')",
            "EXISTS (SELECT 1 FROM f WHERE f.v = e.v AND f.g <> e.g)", "k NOT IN (SELECT k FROM f)",
        ]
    )  # fmt: skip


def window_join(rng: Draw) -> str:
    size = interval(rng.choice(_SECONDS))
    left = f"(SELECT * FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), {size})))"
    right = f"(SELECT * FROM TABLE(TUMBLE(TABLE f, DESCRIPTOR(ts), {size})))"
    kind = rng.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
    more = rng.choice(["", " AND e.v > f.v"])
    return f"SELECT e.id AS eid, f.id AS fid, e.window_start AS ws, f.window_end AS we FROM {left} e {kind} {right} f ON e.k = f.k AND e.window_start = f.window_start AND e.window_end = f.window_end{more}"


def window_semi_join(rng: Draw) -> str:
    size = interval(rng.choice(_SECONDS))
    left = f"(SELECT * FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), {size})))"
    right = f"(SELECT * FROM TABLE(TUMBLE(TABLE f, DESCRIPTOR(ts), {size})))"
    word = rng.choice(["EXISTS", "NOT EXISTS"])
    return f"SELECT e.id, e.window_start FROM {left} e WHERE {word} (SELECT * FROM {right} f WHERE e.k = f.k AND e.window_start = f.window_start AND e.window_end = f.window_end)"


def sets(rng: Draw) -> str:
    word = rng.choice(["UNION", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL", "UNION ALL"])
    columns = rng.choice(["k", "k, v", "v, g"])
    return f"SELECT {columns} FROM e{where(rng)} {word} SELECT {columns} FROM f{where(rng)}"


def temporal_join(rng: Draw) -> str:
    kind = rng.choice(["JOIN", "LEFT JOIN"])
    versions = "SELECT k, v, id, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM f WHERE k IS NOT NULL) WHERE rn = 1"
    return f"WITH versions AS ({versions}) SELECT e.id AS eid, versions.id AS vid, e.v, versions.v AS vv FROM e {kind} versions FOR SYSTEM_TIME AS OF e.ts ON e.k = versions.k"


TWO_INPUTS = (interval_join, interval_join, regular_join, semi_join, window_join, window_semi_join, sets)
KINDS = (
    projection, projection, window_aggregate, window_aggregate, window_aggregate, legacy_window, group_aggregate, group_aggregate,
    aggregate_of_aggregate, window_of_window, top_n, top_of_groups, window_top_n, window_rows_top_n, deduplicate, over, over, late_over, lag, unnest,
    union_all, *TWO_INPUTS,
)  # fmt: skip

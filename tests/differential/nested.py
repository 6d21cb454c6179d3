"""Random queries in which one operator reads what another one changes: joins, aggregates, rankings and sets over updates."""

# ruff: noqa: E501  # queries are easier to read on one line

from __future__ import annotations

import random
from collections.abc import Mapping

from tests.differential.queries import FAR_BEHIND, aggregates, interval, lines, rows, table, tvf, where

Draw = random.Random


def draw(rng: Draw) -> tuple[str, Mapping[str, str]]:
    """A script and its inputs. Rows are not late: which of two inputs is read first is open in Flink."""
    kind = rng.choice(KINDS)
    tables = table("e", rng, FAR_BEHIND) + table("f", rng, FAR_BEHIND)
    inputs = {"e.jsonl": lines(rows(rng, 24, (0,))), "f.jsonl": lines(rows(rng, 14, (0,)))}
    return tables + kind(rng) + ";\n", inputs


def relation(rng: Draw, table_name: str) -> str:
    """Something with the columns id, k, g, v, w, in parentheses: rows, or what is made of them, updating or not."""
    t = table_name
    return rng.choice(
        [
            f"(SELECT id, k, g, v, w FROM {t}{where(rng)})",
            f"(SELECT MAX(id) AS id, k, MIN(g) AS g, SUM(v) AS v, COUNT(*) AS w FROM {t} GROUP BY k)",
            f"(SELECT COUNT(*) AS id, k, g, MAX(v) AS v, SUM(w) AS w FROM {t}{where(rng)} GROUP BY k, g)",
            f"(SELECT id, k, g, v, w FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM {t}) WHERE rn = 1)",
            f"(SELECT id, k, g, v, w FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY v DESC, id) AS rn FROM {t}) WHERE rn <= 2)",
            f"(SELECT id, k, g, v, w FROM {t} WHERE v > 1 UNION ALL SELECT id, k, g, w, v FROM (SELECT id, k, g, CAST(w AS INT) AS w, CAST(v AS BIGINT) AS v FROM {t} WHERE w < 100))",
            f"(SELECT DISTINCT v AS id, k, g, v, w FROM {t})",
            f"(SELECT id, k, g, v, w FROM {t} ORDER BY v DESC, id LIMIT 4)",
        ]
    )


def _numbers(rng: Draw) -> str:
    many = ["COUNT(*)", "COUNT(a.v)", "SUM(a.v)", "MIN(b.v)", "MAX(b.id)", "COUNT(DISTINCT b.k)", "SUM(b.w)", "AVG(a.v)", "SUM(DISTINCT a.v)", "COUNT(*) FILTER (WHERE a.v > 1)"]  # fmt: skip
    return ", ".join(f"{text} AS m{n}" for n, text in enumerate(rng.sample(many, rng.randint(1, 3))))


def join(rng: Draw) -> str:
    kind = rng.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
    on = rng.choice(["a.k = b.k", "a.k = b.k AND a.v > b.v", "a.g = b.g AND a.v = b.v", "a.id = b.id", "a.k = b.k AND b.v > 1", "a.k IS NOT DISTINCT FROM b.k"])  # fmt: skip
    return f"{relation(rng, 'e')} a {kind} {relation(rng, 'f')} b ON {on}"


def joined(rng: Draw) -> str:
    tail = rng.choice(["", "", " WHERE a.v IS NULL OR b.v > 1", " WHERE a.v <> b.v"])
    return f"SELECT a.id AS aid, b.id AS bid, a.k AS ak, b.k AS bk, a.v AS av, b.v AS bv FROM {join(rng)}{tail}"


def aggregate_of_join(rng: Draw) -> str:
    key = rng.choice(["a.g", "b.k", "a.k", "b.g"])
    having = rng.choice(["", "", " HAVING COUNT(*) > 1"])
    return f"SELECT {key} AS x, {_numbers(rng)} FROM {join(rng)} GROUP BY {key}{having}"


def top_of_join(rng: Draw) -> str:
    rank = rng.choice(["", ", rn"])
    order = rng.choice(["v DESC, id, bid", "id, bid", "w, id, bid"])
    return (
        f"SELECT id, bid, v{rank} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY {order}) AS rn FROM "
        f"(SELECT a.id, a.g, a.v, a.w, b.id AS bid FROM {join(rng)})) WHERE rn <= {rng.choice([1, 2, 3])}"
    )


def two_joins(rng: Draw) -> str:
    kinds = [rng.choice(["JOIN", "LEFT JOIN"]) for _ in range(2)]
    return (
        f"SELECT a.id AS aid, b.id AS bid, c.k AS ck FROM {relation(rng, 'e')} a {kinds[0]} {relation(rng, 'f')} b "
        f"ON a.k = b.k {kinds[1]} (SELECT k, COUNT(*) AS n FROM f GROUP BY k) c ON {rng.choice(['a.k = c.k', 'b.k = c.k', 'a.v = c.n'])}"
    )


def semi(rng: Draw) -> str:
    other = relation(rng, "f")
    word = rng.choice(["", "NOT "])
    condition = rng.choice(
        [
            f"a.k {word}IN (SELECT k FROM {other} WHERE k IS NOT NULL)", f"{word}EXISTS (SELECT 1 FROM {other} b WHERE b.k = a.k)",
            f"{word}EXISTS (SELECT 1 FROM {other} b WHERE b.k = a.k AND b.v > a.v)", f"a.v {word}IN (SELECT v FROM {other} WHERE v IS NOT NULL)",
            f"a.v > (SELECT AVG(v) FROM {other})", f"a.v = (SELECT MAX(v) FROM {other} b WHERE b.k = a.k)", f"a.w >= (SELECT COUNT(*) FROM {other})",
        ]
    )  # fmt: skip
    return f"SELECT a.id, a.k, a.v FROM {relation(rng, 'e')} a WHERE {condition}"


def sets(rng: Draw) -> str:
    word = rng.choice(["UNION", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL", "UNION ALL"])
    columns = rng.choice(["k", "k, v", "g, v", "v"])
    query = f"SELECT {columns} FROM {relation(rng, 'e')} {word} SELECT {columns} FROM {relation(rng, 'f')}"
    if rng.random() < 0.3:
        return f"SELECT COUNT(*) AS n, COUNT(DISTINCT x) AS m FROM (SELECT {columns.split(',')[0]} AS x FROM ({query}))"
    return query


def grouping_sets(rng: Draw) -> str:
    group = rng.choice(
        ["ROLLUP (k, g)", "CUBE (k, g)", "GROUPING SETS ((k), (g), ())", "GROUPING SETS ((k, g), (k))", "k, ROLLUP (g)"]
    )
    more = rng.choice(["", ", GROUPING(k) AS gk", ", GROUPING_ID(k, g) AS gi"])
    return f"SELECT k, g{more}, {aggregates(rng, retracts=True).replace('ts', 'id').replace('r.y', 'k')} FROM (SELECT id, k, g, v, w, d, p FROM e{where(rng)}) GROUP BY {group}"


def common_table(rng: Draw) -> str:
    return (
        f"WITH a AS {relation(rng, 'e')}, b AS (SELECT k, COUNT(*) AS n, SUM(v) AS s FROM a GROUP BY k) "
        + rng.choice(
            [
                "SELECT a.id, b.n, b.s FROM a JOIN b ON a.k = b.k",
                "SELECT b.n, COUNT(*) AS c FROM b GROUP BY b.n",
                "SELECT a.id, b.n FROM a LEFT JOIN b ON a.k = b.k AND b.s > 3",
                "SELECT k, n FROM b WHERE n >= (SELECT MAX(n) FROM b)",
                "SELECT x.k, x.n, y.s FROM b x JOIN b y ON x.k = y.k",
            ]
        )
    )


def ordered(rng: Draw) -> str:
    order = rng.choice(["v, id", "v DESC, id", "k NULLS LAST, id", "w DESC NULLS LAST, id", "id"])
    offset = rng.choice(["", "", " OFFSET 1"])
    return f"SELECT id, k, v FROM {relation(rng, 'e')} ORDER BY {order} LIMIT {rng.choice([1, 2, 4])}{offset}"


def by_time(rng: Draw) -> str:
    return f"SELECT id, ts, v FROM e{where(rng)} ORDER BY ts{rng.choice([', id', ', v DESC, id', ''])}"


def joined_windows(rng: Draw) -> str:
    size = interval(rng.choice([10, 30, 60]))
    sides = [
        f"(SELECT k, window_start, window_end, COUNT(*) AS n, SUM(v) AS s FROM TABLE(TUMBLE(TABLE {t}, DESCRIPTOR(ts), {size})) GROUP BY k, window_start, window_end)"
        for t in "ef"
    ]
    kind = rng.choice(["JOIN", "LEFT JOIN", "FULL JOIN"])
    return f"SELECT a.window_start AS ws, a.k AS ak, b.k AS bk, a.n AS an, b.s AS bs FROM {sides[0]} a {kind} {sides[1]} b ON a.k = b.k AND a.window_start = b.window_start AND a.window_end = b.window_end"


def aggregate_of_windows(rng: Draw) -> str:
    inner = (
        f"SELECT window_start, k, {aggregates(rng)} FROM {tvf(rng, partition='k')} GROUP BY window_start, window_end, k"
    )
    return f"SELECT k, COUNT(*) AS n, COUNT(DISTINCT m0) AS m FROM ({inner}) GROUP BY k"


def window_after_join(rng: Draw) -> str:
    joined_rows = "SELECT e.ts AS ts, e.k AS k, f.v AS v FROM e JOIN f ON e.k = f.k AND e.ts BETWEEN f.ts - INTERVAL '20' SECOND AND f.ts + INTERVAL '20' SECOND"
    return f"SELECT window_start, COUNT(*) AS n, SUM(v) AS s FROM TABLE(TUMBLE(({joined_rows}), DESCRIPTOR(ts), {interval(rng.choice([10, 60]))})) GROUP BY window_start, window_end"


def temporal(rng: Draw) -> str:
    kind = rng.choice(["JOIN", "LEFT JOIN"])
    keys = rng.choice(["k", "k", "g"])
    versions = f"SELECT k, g, v, id, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {keys} ORDER BY ts DESC) AS rn FROM f{rng.choice(['', ' WHERE v > 1'])}) WHERE rn = 1"
    more = rng.choice(["", "", " AND e.v > x.v"])
    query = f"SELECT e.id AS eid, x.id AS xid, e.k AS k, x.v AS xv FROM e {kind} x FOR SYSTEM_TIME AS OF e.ts ON e.{keys} = x.{keys}{more}"
    if rng.random() < 0.3:
        query = f"SELECT k, COUNT(*) AS n, COUNT(xid) AS m FROM ({query}) GROUP BY k"
    return f"WITH x AS ({versions}) {query}"


def unnested(rng: Draw) -> str:
    rows_of = rng.choice(["e", "(SELECT k, ARRAY_AGG(g) AS a, COUNT(*) AS v, MAX(id) AS id FROM e GROUP BY k)"])
    return f"SELECT item, COUNT(*) AS n, SUM(v) AS s FROM {rows_of} AS q CROSS JOIN UNNEST(a) AS t(item) GROUP BY item"


def changed_twice(rng: Draw) -> str:
    inner = f"SELECT g, n, COUNT(*) AS c, MAX(s) AS s FROM (SELECT k, g, COUNT(*) AS n, SUM(v) AS s FROM {relation(rng, 'e')} GROUP BY k, g) GROUP BY g, n"
    return rng.choice(
        [
            f"SELECT c, COUNT(*) AS x, SUM(s) AS y FROM ({inner}) GROUP BY c",
            f"SELECT g, n, c, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY g ORDER BY c DESC, n) AS rn FROM ({inner})) WHERE rn <= 2",
            f"SELECT a.g, a.n, b.v FROM ({inner}) a JOIN {relation(rng, 'f')} b ON a.g = b.g AND a.c = b.v",
            f"SELECT g, n, c FROM ({inner}) WHERE c > 1 OR s IS NULL",
        ]
    )


KINDS = (
    joined, joined, joined, aggregate_of_join, aggregate_of_join, top_of_join, two_joins, semi, semi, sets, sets, grouping_sets, common_table, common_table,
    ordered, by_time, joined_windows, aggregate_of_windows, window_after_join, temporal, temporal, unnested, changed_twice, changed_twice,
)  # fmt: skip

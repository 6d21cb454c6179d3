"""Which aggregates Flink refuses over which windows (asked of Flink 2.3)."""

from __future__ import annotations

import pytest

from riverrun.errors import InputError
from riverrun.sql.environment import Environment

TABLE = "CREATE TABLE e (k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen');"
SECONDS = "INTERVAL '5' SECOND"
FUNCTIONS = {
    "TUMBLE": f"TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), {SECONDS}))",
    "HOP": f"TABLE(HOP(TABLE e, DESCRIPTOR(ts), {SECONDS}, INTERVAL '10' SECOND))",
    "CUMULATE": f"TABLE(CUMULATE(TABLE e, DESCRIPTOR(ts), {SECONDS}, INTERVAL '10' SECOND))",
    "SESSION": f"TABLE(SESSION(TABLE e, DESCRIPTOR(ts), {SECONDS}))",
}
GROUPS = {
    "TUMBLE": f"TUMBLE(ts, {SECONDS})",
    "HOP": f"HOP(ts, {SECONDS}, INTERVAL '10' SECOND)",
    "SESSION": f"SESSION(ts, {SECONDS})",
}
EDGES = ["FIRST_VALUE(v)", "LAST_VALUE(v)", "JSON_ARRAYAGG(v)"]


def accepts(query: str) -> bool:
    environment = Environment()
    try:
        for statement in environment.parse(TABLE + query):
            environment.execute(statement)
    except InputError as error:
        assert "Flink computes no" in str(error)
        return False
    return True


@pytest.mark.parametrize("kind", list(FUNCTIONS))
@pytest.mark.parametrize("call", [*EDGES, "ARRAY_AGG(v)", "MIN(k)", "JSON_OBJECTAGG(KEY k VALUE v)"])
def test_window_functions(kind: str, call: str) -> None:
    query = f"SELECT {call} AS x FROM {FUNCTIONS[kind]} GROUP BY window_start, window_end"
    assert accepts(query) is (kind == "TUMBLE" or call not in EDGES)


@pytest.mark.parametrize("kind", list(GROUPS))
@pytest.mark.parametrize("call", [*EDGES, "LISTAGG(k)", "COUNT(DISTINCT v)", "JSON_OBJECTAGG(KEY k VALUE v)"])
def test_group_windows(kind: str, call: str) -> None:
    refused = call.startswith("JSON") or (call in EDGES and kind != "TUMBLE")
    assert accepts(f"SELECT {call} AS x FROM e GROUP BY {GROUPS[kind]}") is not refused

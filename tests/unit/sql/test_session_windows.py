"""GROUP BY over SESSION: what Flink 2.3 plans as a windowed aggregate, and what as an updating one."""

from __future__ import annotations

import pytest

from riverrun.sql import plan
from riverrun.sql.environment import Environment, Query

TABLE = """
CREATE TABLE e (ts TIMESTAMP(3), k STRING, v INT, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
WITH ('connector' = 'filesystem', 'path' = '/nowhere', 'format' = 'json')
"""
SESSIONS = "TABLE(SESSION(TABLE e PARTITION BY k, DESCRIPTOR(ts), INTERVAL '1' MINUTE))"
GROUPED = f"SELECT k, window_start s, window_end w, COUNT(*) c FROM {SESSIONS} GROUP BY k, window_start, window_end"
SINCE = "TIMESTAMP '2020-01-01 00:00:00'"


def updates(query: str) -> bool:
    environment = Environment()
    for statement in environment.parse(f"{TABLE};\n{query};"):
        found = environment.execute(statement)
    assert isinstance(found, Query)
    return not found.sink.input.append_only if isinstance(found.sink, plan.Sink) else True


@pytest.mark.parametrize(
    ("query", "updating"),
    [
        (GROUPED, False),
        (f"SELECT * FROM ({GROUPED}) WHERE s > {SINCE}", False),
        (f"SELECT * FROM ({GROUPED}) WHERE TIMESTAMPDIFF(SECOND, s, w) > 5 AND c > 1", False),
        (f"{GROUPED} HAVING window_start > {SINCE}", False),
        (GROUPED.replace("GROUP BY", f"WHERE window_start > {SINCE} GROUP BY"), False),
        (f"SELECT * FROM ({GROUPED}) WHERE k <> 'a'", False),
        # Flink puts the constant in the place of the key, and then the keys are not those of the sessions.
        (f"SELECT * FROM ({GROUPED}) WHERE k = 'a'", True),
        (f"SELECT * FROM ({GROUPED}) WHERE 'a' = k AND s > {SINCE}", True),
        (GROUPED.replace("SELECT k, ", "SELECT v, ").replace("BY k, window", "BY v, window"), True),
    ],
)
def test_where_the_keys_are_those_of_the_sessions_each_speaks_once(query: str, updating: bool) -> None:
    assert updates(query) is updating

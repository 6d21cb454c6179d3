"""A durable job of moving windows over generated clicks; says again and again how much memory and disk it takes.

    python -m tests.soak.job ROWS FOLDER

Visitors come and go, event time goes on by a millisecond a row (shuffled within half a second, and one row in twenty
thousand is a minute late), and the clock by a millisecond for 125 rows: so that windows, sessions, joins and expiring
state always move, and a checkpoint comes every second batch.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from riverrun.clock import ManualClock
from riverrun.connectors.protocol import Chunk, Surroundings
from riverrun.engine import job as engine_job
from riverrun.engine.job import Job
from riverrun.engine.jobfile import stores
from riverrun.sql.environment import Environment
from riverrun.sql.environment import Job as Inserts

SCRIPT = """
SET 'table.exec.state.ttl' = '1 s';
CREATE TABLE clicks (sid STRING, type STRING, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
WITH ('connector' = 'datagen');
CREATE TABLE tumbles (s TIMESTAMP(3), type STRING, n BIGINT, sids BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE hops (s TIMESTAMP(3), sid STRING, n BIGINT, v BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE visits (s TIMESTAMP(3), e TIMESTAMP(3), sid STRING, n BIGINT, types ARRAY<STRING>)
WITH ('connector' = 'blackhole');
CREATE TABLE bought (sid STRING, v BIGINT, paid BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE counts (sid STRING, n BIGINT, vs BIGINT) WITH ('connector' = 'blackhole');
EXECUTE STATEMENT SET BEGIN
  INSERT INTO tumbles SELECT window_start, type, COUNT(*), COUNT(DISTINCT sid)
    FROM TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_start, window_end, type;
  INSERT INTO hops SELECT window_start, sid, COUNT(*), SUM(v)
    FROM HOP(TABLE clicks, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)
    GROUP BY window_start, window_end, sid;
  INSERT INTO visits SELECT window_start, window_end, sid, COUNT(*), ARRAY_AGG(type)
    FROM SESSION(TABLE clicks PARTITION BY sid, DESCRIPTOR(ts), INTERVAL '3' SECOND)
    GROUP BY window_start, window_end, sid;
  INSERT INTO bought SELECT c.sid, c.v, o.v FROM clicks AS c JOIN (SELECT * FROM clicks WHERE type = 'ORDER') AS o
    ON c.sid = o.sid AND c.type = 'VIEW' AND c.ts BETWEEN o.ts - INTERVAL '10' SECOND AND o.ts;
  INSERT INTO counts SELECT sid, COUNT(*), COUNT(DISTINCT v) FROM clicks WHERE type = 'ORDER' GROUP BY sid;
END;
"""
TYPES = np.array(["VIEW", "SEARCH", "ADD", "ORDER"])
BATCH_ROWS = 20_000  # more than a job takes at once, so that fifty million rows are read within an hour
_VISITORS = 300  # at a time; after so many rows a new one comes for one that goes:
_STAYS = 50


class Clicks:
    """Endless rows, the same for the same position."""

    bounded = False

    def __init__(self, count: int) -> None:
        self.position, self._count = 0, count

    def read(self, limit: int) -> Chunk | None:
        at = np.arange(self.position, min(self.position + limit, self._count))
        if not len(at):
            return None
        rng = np.random.default_rng(self.position)
        self.position += len(at)
        sid = at // _STAYS + rng.integers(0, _VISITORS, len(at))
        time_ms = 1_700_000_000_000 + at - rng.integers(0, 500, len(at))
        time_ms -= np.where(rng.random(len(at)) < 0.00005, 60_000, 0)
        columns = [
            pa.array(np.char.add("s", sid.astype(str))),
            pa.array(TYPES[rng.choice(4, len(at), p=(0.6, 0.2, 0.15, 0.05))]),
            pa.array(rng.integers(0, 100, len(at))),
            pa.array(time_ms * 1000).view(pa.timestamp("us")),
        ]
        return Chunk(pa.Table.from_arrays(columns, names=["c0", "c1", "c2", "c3"]))

    def seek(self, position: int) -> None:
        self.position = position

    def behind(self) -> int | None:
        return self._count - self.position

    def close(self) -> None:
        return


def resident() -> int:
    """Bytes of memory that this process holds now."""
    found = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, check=True)
    return int(found.stdout) * 1024


def run(rows: int, folder: Path) -> None:
    engine_job.BATCH_ROWS = BATCH_ROWS
    clock = ManualClock()
    environment = Environment()
    outcome = [environment.execute(statement) for statement in environment.parse(SCRIPT)][-1]
    assert isinstance(outcome, Inserts)
    around = Surroundings(folder, clock=clock, job="soak", options=environment.session.options)
    source = Clicks(rows)
    job = Job("soak", outcome.sinks, environment.session, around, wrap=lambda _: source)
    jobs = folder / "jobs"
    begun = time.perf_counter()
    told = 0
    while job.step():
        clock.advance(BATCH_ROWS // 125)
        if source.position >= told + rows // 100:
            told = source.position
            size = sum(path.stat().st_size for path in jobs.iterdir() if path.is_file())
            kept = sum(len(store) for _, store in stores(job.execution.graph))
            seconds = round(time.perf_counter() - begun, 1)
            sample = {"rows": told, "rss": resident(), "file": size, "state_rows": kept, "seconds": seconds}
            print(json.dumps(sample), flush=True)
    job.stop()
    late = sum(v.operator.late.count for v in job.execution.graph.vertices if v.operator and v.operator.late)
    print(json.dumps({"said": {out.name: out.next for out in job.execution.outputs}, "late": late}), flush=True)


if __name__ == "__main__":
    run(int(sys.argv[1]), Path(sys.argv[2]))

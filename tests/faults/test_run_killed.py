"""`riverrun run` killed again and again while it reads a topic: every row is in its output topic exactly once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from riverrun.cli.main import main
from riverrun.ledger import read_account
from riverrun.topics import LocalTopics

KILLS = int(os.environ.get("RIVERRUN_KILLS", "4"))
EVENTS = 60_000
SCRIPT = """
CREATE TABLE clicks (
    sessionid STRING, type STRING, event_time TIMESTAMP_LTZ(3) METADATA FROM 'timestamp',
    WATERMARK FOR event_time AS event_time - INTERVAL '1' SECOND
) WITH (
    'connector' = 'kafka', 'topic' = 'CLICKTRACKING', 'scan.startup.mode' = 'earliest-offset', 'value.format' = 'avro'
);
CREATE TABLE counts (ends TIMESTAMP(3), type STRING, n BIGINT, visitors BIGINT)
    WITH ('connector' = 'kafka', 'topic' = '{output}', 'value.format' = 'avro');
INSERT INTO counts
    SELECT window_end, type, COUNT(*), COUNT(DISTINCT sessionid)
    FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(event_time), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end, type;
"""


def command(data: Path, output: str, *more: str) -> list[str]:
    script = data / f"{output}.sql"
    script.write_text(SCRIPT.format(output=output))
    return [sys.executable, "-m", "riverrun", "run", str(script), "--data", str(data), *more]


def rows(data: Path, topic: str) -> Counter[str]:
    found: Counter[str] = Counter()
    with LocalTopics(data).reader(topic) as reader:
        while entries := reader.read(10_000):
            found.update(str(entry.value) for entry in entries)
    return found


def read_so_far(data: Path) -> int:
    account = read_account(data, "run", "killed")
    return sum(account.positions.get("CLICKTRACKING", {}).values()) if account is not None else 0


@pytest.mark.faults
def test_every_row_exactly_once(tmp_path: Path) -> None:
    told = ["generate", "clicks", "--events", str(EVENTS), "--seed", "5", "--topics", "--no-truth"]
    assert main([*told, "--data", str(tmp_path)]) == 0
    chance = random.Random(7)
    for _ in range(KILLS):
        before = read_so_far(tmp_path)
        with subprocess.Popen(command(tmp_path, "killed", "--name", "killed")) as process:
            deadline = time.monotonic() + 120
            while read_so_far(tmp_path) == before < EVENTS and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(chance.random() / 5)
            process.kill()
    subprocess.run(command(tmp_path, "killed", "--name", "killed", "--drain"), check=True, timeout=300)
    subprocess.run(command(tmp_path, "calm", "--name", "calm", "--drain"), check=True, timeout=300)
    calm = rows(tmp_path, "calm")
    assert calm
    assert rows(tmp_path, "killed") == calm
    assert read_so_far(tmp_path) == EVENTS

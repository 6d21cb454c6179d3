"""Clicks generated into an Avro file, beside fastavro writing one record of that schema again and again.

`make bench-generate`. One core, as many records, in turn; the ratio is ours to fastavro's in the same round.
Expected: at least 1.0.
"""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro
import pyarrow

from riverrun.cli.main import main as riverrun
from riverrun.generate.streams import BY_NAME

_RECORDS = 400_000
_ROUNDS = 5


def main() -> None:
    _one_core()
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours.avro", Path(folder) / "theirs.avro"
        _generate(ours, 20_000)  # imports and tables are not what is measured
        record = _a_record(ours)
        rounds = []
        print(f"{'round':<8}{'riverrun/s':>14}{'fastavro/s':>14}{'ratio':>8}")
        for number in range(1, _ROUNDS + 1):
            mine = _rate(lambda: _generate(ours, _RECORDS))
            peer = _rate(lambda: _write_constant(theirs, record))
            rounds.append(mine / peer)
            print(f"{number:<8}{mine:>14,.0f}{peer:>14,.0f}{mine / peer:>8.2f}", flush=True)
        print(f"bytes a record: riverrun {_bytes(ours)}, fastavro {_bytes(theirs)}")
        print(f"ratio (median of {_ROUNDS}): {statistics.median(rounds):.2f}, expected at least 1.0")


def _one_core() -> None:
    pyarrow.set_cpu_count(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _generate(path: Path, records: int) -> None:
    with contextlib.redirect_stderr(io.StringIO()):
        status = riverrun(["generate", "clicks", "--events", str(records), "--seed", "1", "--output", str(path)])
    assert status == 0


def _a_record(path: Path) -> Any:
    """The record of middle length of the first thousand, with its ids as texts, which fastavro writes fastest."""
    with path.open("rb") as file:
        records: list[Any] = [record for record, _ in zip(fastavro.reader(file), range(1000), strict=False)]
    record = sorted(records, key=lambda record: len(str(record)))[500]
    if record["customer"]:
        record["customer"]["id"] = str(record["customer"]["id"])
    return record


def _write_constant(path: Path, record: Any) -> None:
    schema = fastavro.parse_schema(BY_NAME["clicktracking"].schema)
    with path.open("wb") as file:
        fastavro.writer(file, schema, (record for _ in range(_RECORDS)))


def _rate(work: Callable[[], None]) -> float:
    begin = time.perf_counter()
    work()
    return _RECORDS / (time.perf_counter() - begin)


def _bytes(path: Path) -> int:
    return path.stat().st_size // _RECORDS


if __name__ == "__main__":
    main()

"""The walkthrough's queries over the same clicks in JSON, on riverrun and on Apache Flink in turn.

`make bench-sql` (`EVENTS=` for another number than a million). Both write their rows to files, and these are compared.
The first ratio is of whole processes, from the command to its end, for both. The second one leaves out the start of
Flink's JVM and the planning of its job, but nothing of riverrun's. Then: the first row after a cold start, and the jobs
over local topics (Avro) with their state and their rows made durable, beside the same Flink jobs over the file.

riverrun's figure is the median of three runs, which are short and vary most; Flink runs once.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from riverrun.cli.main import main as riverrun
from riverrun.sql.script import parse_script
from tests.differential.flink import alone, python

_QUERIES = Path(__file__).with_name("queries")
_NAMES = ("campaigns", "devices", "browsers", "sessions", "baskets", "newcomers", "searches", "browsing")
_TIMES = 3
_EVENTS = int(os.environ.get("EVENTS", "1000000"))
_TOPIC = "'connector' = 'kafka', 'topic' = '{}', 'scan.startup.mode' = 'earliest-offset', 'value.format' = 'avro'"
_OPTIONS = {"table.local-time-zone": "UTC"}


@dataclass(frozen=True, slots=True)
class Measured:
    """seconds: of the whole process; job: of the job alone, where that is known."""

    seconds: float
    peak_bytes: int
    job: float


def main() -> None:
    if python() is None:
        sys.exit("bench-sql: Apache Flink is not there: make flink")
    place = Path(tempfile.mkdtemp(prefix="riverrun-bench-"))
    try:
        _make_data(place)
        print(f"{_count(place):,} clicks in JSON, {os.cpu_count()} cores")
        print(f"{'':<12}{'riverrun':>15} {'Flink':>15}{'whole':>10} {'its job':>9}   {'peak memory':>19}")
        with alone():
            theirs = {name: _compare(name, place) for name in _NAMES}
            _first_row(place)
        _continuous(place, theirs)
    finally:
        shutil.rmtree(place)


def _make_data(place: Path) -> None:
    """Clicks, and a fiftieth of them registrations."""
    total = str(_EVENTS * 102 // 100)
    status = riverrun(["generate", "clicks", "newcustomers", "--events", total, "--seed", "1", "--format", "jsonl",
                       "--no-truth", "--output", str(place / "raw")])  # fmt: skip
    assert status == 0
    (place / "raw" / "CLICKTRACKING.jsonl").rename(place / "clicks.jsonl")
    (place / "raw" / "CUSTOMERS.NEW.jsonl").rename(place / "registrations.jsonl")


def _count(place: Path) -> int:
    with (place / "clicks.jsonl").open("rb") as file:
        return sum(1 for _ in file)


def _script(name: str, place: Path, output: Path) -> str:
    text = (_QUERIES / "tables.sql").read_text() + (_QUERIES / f"{name}.sql").read_text()
    for word, path in (("CLICKS", "clicks.jsonl"), ("REGISTRATIONS", "registrations.jsonl")):
        text = text.replace(f"${{{word}}}", str(place / path))
    return text.replace("${OUTPUT}", str(output))


def _compare(name: str, place: Path) -> Measured:
    """Flink's figures."""
    mine = _median([_riverrun(_script(name, place, _empty(place / "mine")), place) for _ in range(_TIMES)])
    theirs = _flink(_script(name, place, place / "theirs"), place)
    events = _count(place)
    same = _rows(place / "mine") == _rows(place / "theirs")
    print(
        f"{name:<12}{events / mine.seconds:>12,.0f} /s {events / theirs.seconds:>12,.0f} /s"
        f"{theirs.seconds / mine.seconds:>8.1f} x {theirs.job / mine.seconds:>7.1f} x   "
        f"{mine.peak_bytes >> 20:>6} MB {theirs.peak_bytes >> 20:>6} MB "
        f"{mine.peak_bytes / theirs.peak_bytes:>6.2f}   {sum(_rows(place / 'mine').values()):>8} rows, "
        f"{'the same' if same else 'DIFFERENT'}",
        flush=True,
    )
    for folder in ("mine", "theirs"):
        shutil.rmtree(place / folder, ignore_errors=True)
    return theirs


def _median(several: list[Measured]) -> Measured:
    """The one in the middle, with the highest peak of all."""
    middle = sorted(several, key=lambda one: one.seconds)[len(several) // 2]
    return replace(middle, peak_bytes=max(one.peak_bytes for one in several))


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _riverrun(script: str, place: Path, *arguments: str) -> Measured:
    (place / "query.sql").write_text(script)
    command = [sys.executable, "-m", "riverrun", "run", str(place / "query.sql"), "--data", str(place / "data")]
    os.sync()  # nobody waits for what the one before has written
    begun = time.perf_counter()
    with subprocess.Popen([*command, *arguments]) as process:
        peak = _Peak(process.pid)
        status = process.wait()
    assert status == 0
    seconds = time.perf_counter() - begun
    return Measured(seconds, peak.end(), seconds)


def _flink(script: str, place: Path, *, first: bool = False) -> Measured:
    statements = [statement.text for statement in parse_script(script)]
    options = {**_OPTIONS, "parallelism.default": str(os.cpu_count())}
    told = {"statements": statements, "options": options, "first": first, "begun": time.time()}
    (place / "query.json").write_text(json.dumps(told))
    program = Path(__file__).with_name("flink_job.py")
    os.sync()
    begun = time.perf_counter()
    with subprocess.Popen([str(python()), str(program), str(place / "query.json")], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as process:  # fmt: skip
        peak = _Peak(process.pid)
        out, _ = process.communicate()
    assert process.returncode == 0, out
    whole = time.perf_counter() - begun
    seconds = next(line for line in out.splitlines() if line.startswith("SECONDS"))
    return Measured(whole, peak.end(), float(seconds.split()[1]))


class _Peak:
    """Looks at the memory of a process and its children while it runs."""

    def __init__(self, pid: int) -> None:
        self._pid, self._most = pid, 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self._most = max(self._most, sum(_resident(pid) for pid in _family(self._pid)))

    def end(self) -> int:
        self._stop.set()
        self._thread.join()
        return self._most


def _family(pid: int) -> list[int]:
    found = [pid]
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = path.read_text().split()
        except OSError:
            continue
        for child in children:
            found += _family(int(child))
    return found


def _resident(pid: int) -> int:
    """Memory of its own, in bytes: pages of files that it has mapped can be had back at any time."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return int(fields["RssAnon"].split()[0]) * 1024 if "RssAnon" in fields else 0


def _rows(folder: Path) -> Counter[str]:
    """The lines of all files; the order inside arrays counts for nothing, since Flink's sources read in parallel."""
    found: Counter[str] = Counter()
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith((".", "_")):
            with path.open(encoding="utf-8") as file:
                found.update(json.dumps(_sorted(json.loads(line))) for line in file)
    return found


def _sorted(row: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value, key=str) if isinstance(value, list) else value for name, value in row.items()}


def _first_row(place: Path) -> None:
    """From nothing to the first row of the URL transform."""
    text = _script("campaigns", place, place / "none")
    head, query = text.split("CREATE TABLE answer")[0], text.split("INSERT INTO answer")[1]
    (place / "query.sql").write_text(head + query)
    mine = sorted(_until_first_row(place / "query.sql") for _ in range(_TIMES))[_TIMES // 2]
    theirs = _flink(head + query, place, first=True).job
    print(f"first row after a cold start: {mine:.2f} s, {theirs:.2f} s: {theirs / mine:.1f} x")


def _until_first_row(script: Path) -> float:
    begun = time.perf_counter()
    command = [sys.executable, "-m", "riverrun", "run", str(script), "--output", "changelog"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        seconds = time.perf_counter() - begun
        process.kill()
    return seconds


def _continuous(place: Path, flink: Mapping[str, Measured]) -> None:
    """The same clicks in local topics: small batches, state and rows made durable; Flink has read the file."""
    _fill_topics(place)
    for name, theirs in flink.items():
        script = _in_topics(_script(name, place, place / "none"))
        mine = _riverrun(script, place, "--drain", "--name", name)
        print(
            f"{name:<12} durable {_count(place) / mine.seconds:>12,.0f} /s {theirs.seconds / mine.seconds:>8.1f} x "
            f"{theirs.job / mine.seconds:>7.1f} x   {mine.peak_bytes >> 20:>6} MB",
            flush=True,
        )


def _fill_topics(place: Path) -> None:
    total = str(_EVENTS * 102 // 100)
    status = riverrun(["generate", "clicks", "newcustomers", "--events", total, "--seed", "1", "--topics",
                       "--no-truth", "--data", str(place / "data")])  # fmt: skip
    assert status == 0


def _in_topics(script: str) -> str:
    """The tables on local topics, the answer to nowhere that costs anything."""
    script = script.replace("`timestamp` TIMESTAMP_LTZ(3) NOT NULL", "`timestamp` TIMESTAMP_LTZ(3) METADATA")
    script = script.replace("TIMESTAMP_LTZ(3) NOT NULL", "TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'")
    parts: Sequence[str] = script.split("WITH (")
    topics = (_TOPIC.format("CLICKTRACKING"), _TOPIC.format("CUSTOMERS.NEW"), _TOPIC.format("answer"))
    ends = [part.split(")", 1)[1] for part in parts[1:4]]
    return parts[0] + "".join(f"WITH ({topic})" + end for topic, end in zip(topics, ends, strict=True))


if __name__ == "__main__":
    main()

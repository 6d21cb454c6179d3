"""Full disks, disks that cannot be written to, torn writes: what was answered is there, and answers tell the truth."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from riverrun.cli.main import main
from riverrun.event import EVENT_SCHEMA
from riverrun.topics import LocalTopics
from tests.faults.test_kill import event
from tests.processes import Running, riverrun
from tests.wire.conversation import stored

pytestmark = pytest.mark.faults

CONFIG = """
[global.topics]
min_free_bytes = {floor}
[global.mapper]
duplicate_memory_size = 1000
[global.collect]
retry_after = "7 s"
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(mounted)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small disk needs root")
    try:
        yield mounted
    finally:
        subprocess.run(["umount", "-l", str(mounted)], check=True)


def get(collector: Running, path: str) -> tuple[int, str | None]:
    """(status, Retry-After)"""
    try:
        with urllib.request.urlopen(collector.facts["url"] + path, timeout=60) as answer:
            return answer.status, answer.headers["Retry-After"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Retry-After"]


def send_until_refused(collector: Running, name: str) -> tuple[list[str], tuple[int, str | None]]:
    """The events that were answered, and the answer to the first that was not taken."""
    answered: list[str] = []
    while True:
        one = f"{name}-{len(answered)}"
        status = get(collector, f"csc-event?{event(one)}&l=" + "y" * 20_000)
        if status != (200, None):
            return answered, status
        answered.append(one)


@pytest.mark.parametrize("floor", ["0", "'512 KiB'"], ids=["no floor", "a floor"])
def test_a_full_disk(floor: str, small_disk: Path, tmp_path: Path) -> None:
    config = tmp_path / "riverrun.toml"
    config.write_text(CONFIG.format(floor=floor))
    filler = small_disk / "filler"
    filler.write_bytes(bytes(900_000))
    with riverrun("collect", config, "--data", small_disk, "--port", "0") as collector:
        assert get(collector, "ready") == (200, None)
        first, refused = send_until_refused(collector, "first")
        assert refused == (507, "7")
        assert get(collector, "ready")[0] == 503
        assert (get(collector, "live")[0], get(collector, "ping")[0]) == (200, 200)
        filler.unlink()
        second, refused = send_until_refused(collector, "second")
        assert refused == (507, "7")
        assert collector.stop() == 0
    assert len(first) > 5
    assert len(second) > 5
    found = Counter(row["eventId"] for row in stored(small_disk, "events"))
    assert [one for one in [*first, *second] if found[one] != 1] == []
    shutil.copytree(small_disk, tmp_path / "copy", ignore=shutil.ignore_patterns("filler"))
    with LocalTopics(tmp_path / "copy").writer("events", EVENT_SCHEMA) as writer:
        assert writer.next_offset == found.total()


def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    config = tmp_path / "riverrun.toml"
    config.write_text(CONFIG.format(floor=0))
    most = 200_000

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    with riverrun("collect", config, "--data", tmp_path, "--port", "0", preexec_fn=limit) as collector:
        answered: list[str] = []
        for number in range(3):
            some, answer = send_until_refused(collector, f"round{number}")
            assert answer == (503, "7")
            answered += some
        assert collector.stop() == 0
    found = Counter(row["eventId"] for row in stored(tmp_path, "events"))
    assert [one for one in answered if found[one] != 1] == []
    assert len(answered) > 15
    for path in (tmp_path / "topics/events/0").glob("*.avro"):
        assert path.stat().st_size <= most


def test_a_disk_that_cannot_be_written_to(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert main(["collect", "--data", str(small_disk), "--port", "0"]) == 1
    assert "cannot write to" in capsys.readouterr().err


@pytest.fixture
def real_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, in a file."""
    image, mounted = tmp_path / "disk.img", tmp_path / "disk"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(32 * 2**20)
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None or not attached(image, mounted, make=True):
        pytest.skip("making and mounting a disk needs root, mkfs.ext4 and a loop device")
    try:
        yield mounted
    finally:
        subprocess.run(["umount", "-l", str(mounted)], check=True)


def attached(image: Path, mounted: Path, *, make: bool = False) -> bool:
    commands = [["mkfs.ext4", "-q", "-F", str(image)]] if make else []
    commands.append(["mount", "-o", "loop", str(image), str(mounted)])
    return all(subprocess.run(one, capture_output=True, check=False).returncode == 0 for one in commands)


def test_a_disk_that_becomes_read_only(real_disk: Path, tmp_path: Path) -> None:
    """As Linux makes one that it no longer trusts: what was answered is there when it is mounted again."""
    config = tmp_path / "riverrun.toml"
    config.write_text(CONFIG.format(floor="'512 KiB'"))
    answered = [f"before-{number}" for number in range(20)]
    with riverrun("collect", config, "--data", real_disk, "--port", "0") as collector:
        for one in answered:
            assert get(collector, f"csc-event?{event(one)}") == (200, None)
        subprocess.run(["mount", "-o", "remount,abort", str(real_disk)], check=True)
        time.sleep(1.1)  # its account is due
        for number in range(5):
            assert get(collector, f"csc-event?{event(f'refused-{number}')}") == (503, "7")
        assert get(collector, "ready")[0] == 503
        assert (get(collector, "live")[0], get(collector, "ping")[0]) == (200, 200)
        assert collector.stop() == 0
    subprocess.run(["umount", str(real_disk)], check=True)
    assert attached(tmp_path / "disk.img", real_disk)
    with riverrun("collect", config, "--data", real_disk, "--port", "0") as collector:
        for one in (again := ["refused-0", "after"]):
            assert get(collector, f"csc-event?{event(one)}") == (200, None)
        assert collector.stop() == 0
    rows = stored(real_disk, "events")
    assert Counter(row["eventId"] for row in rows) == Counter(answered + again)
    assert not any(row["duplicate"] for row in rows)


def test_no_room_to_start(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small_disk / "filler").write_bytes(bytes(2**21 - 4096))
    assert main(["collect", "--data", str(small_disk), "--port", "0"]) == 1
    assert "No space left" in capsys.readouterr().err


def test_a_write_torn_at_every_byte(tmp_path: Path) -> None:
    """Of the last commit of a collector: what was committed before stays, and the next event goes behind it."""
    with riverrun("collect", "--data", tmp_path, "--port", "0") as collector:
        for name in ("a", "b"):
            get(collector, f"csc-event?{event(name)}")
        before = (tmp_path / "topics/events/0/head").read_bytes()
        get(collector, f"csc-event?{event('c')}")
        collector.stop()
    (segment,) = (tmp_path / "topics/events/0").glob("*.avro")
    whole, entries = segment.read_bytes(), LocalTopics(tmp_path)
    begins = int.from_bytes(before[8:16], "little")
    assert begins < len(whole)
    for length in range(begins, len(whole)):
        segment.write_bytes(whole[:length])
        (tmp_path / "topics/events/0/head").write_bytes(before)
        with entries.writer("events", EVENT_SCHEMA) as writer:
            assert writer.next_offset == 2
            assert segment.stat().st_size == begins
    assert [row["eventId"] for row in stored(tmp_path, "events")] == ["a", "b"]

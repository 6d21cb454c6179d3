"""What `riverrun doctor` looks at: what is, whether that is good enough, and what to do if it is not."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import resource
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import msgspec
import psutil

from riverrun import __version__
from riverrun.clock import Clock
from riverrun.config import Config
from riverrun.status import read_status
from riverrun.topics import LocalTopics

Verdict = Literal["good", "note", "bad"]

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_FEW_FILES = 1024
_SLOW_SYNC_MS = 50.0
_AHEAD_MS = 60_000
_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p")


class Finding(msgspec.Struct, frozen=True):
    """`verdict`: bad means that something will not work; note, that it may surprise. `todo` is empty when good."""

    about: str
    verdict: Verdict
    found: str
    todo: str = ""


def examine(data: Path, config: Config, clock: Clock) -> list[Finding]:
    """Everything, in the order in which one would mend it."""
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _built,
        lambda: _folder(data, config.global_.topics.min_free_bytes),
        lambda: _ports(data, config),
        lambda: _time(data, clock),
        _limits,
        lambda: _running(data, clock),
        _tools,
    )
    return [finding for look in looks for finding in look()]


def _python() -> Iterator[Finding]:
    good = sys.version_info >= (3, 11)
    yield Finding("riverrun", "good", __version__)
    yield Finding(
        "python", "good" if good else "bad", f"{platform.python_version()} on {platform.platform(terse=True)}",
        "" if good else "install Python 3.11 or later",
    )  # fmt: skip


def _packages() -> Iterator[Finding]:
    missing, found = [], []
    for requirement in importlib.metadata.requires("riverrun") or []:
        name = _NAME.match(requirement)
        if name is None or "extra ==" in requirement or not _wanted_here(requirement):
            continue
        try:
            found.append(f"{name[0]} {importlib.metadata.version(name[0])}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name[0])
    if missing:
        yield Finding(
            "packages", "bad", "missing: " + ", ".join(missing), "install riverrun again: pip install riverrun"
        )
    else:
        yield Finding("packages", "good", ", ".join(found))
    try:
        yield Finding("kafka", "good", f"confluent-kafka {importlib.metadata.version('confluent-kafka')}")
    except importlib.metadata.PackageNotFoundError:
        yield Finding("kafka", "good", "not installed (only for Kafka brokers: pip install 'riverrun[kafka]')")


def _wanted_here(requirement: str) -> bool:
    return not (sys.platform == "win32" and "sys_platform != 'win32'" in requirement)


def _built() -> Iterator[Finding]:
    web = Path(__file__).resolve().parent.parent / "web"
    missing = [name for name in ("tag.js", "ui.html", "ui.js", "ui.css") if not (web / name).is_file()]
    if missing:
        yield Finding("tag and pages", "bad", "not built: " + ", ".join(missing), "run make web (needs Node 20)")
    else:
        yield Finding("tag and pages", "good", "built")


def _folder(data: Path, floor: int) -> Iterator[Finding]:
    there = data
    while not there.exists():
        there = there.parent
    usage = shutil.disk_usage(there)
    free = f"{usage.free / 1e9:.1f} GB free of {usage.total / 1e9:.1f} GB"
    if not os.access(there, os.W_OK):
        yield Finding("data folder", "bad", f"{data}: not writable", "give the folder to this user, or use --data DIR")
        return
    kind = _filesystem(there)
    note = ""
    if kind in _NETWORK:
        note = f"{kind} is a network file system: locks and fdatasync may not hold there; use a local disk"
    elif kind == "tmpfs":
        note = "tmpfs is memory: what is stored here is gone after a restart of the machine"
    yield Finding("data folder", "note" if note else "good", f"{data} ({kind})", note)
    if usage.free < floor:
        todo = "free some space, or lower global.topics.min_free_bytes; until then the collector refuses events"
        yield Finding("disk", "bad", free, todo)
    elif usage.free < 10 * floor:
        yield Finding("disk", "note", free, f"events are refused below {floor / 1e6:.0f} MB; shorten the retention")
    else:
        yield Finding("disk", "good", free)
    yield from _sync(there)


def _filesystem(path: Path) -> str:
    best = ("", "unknown")
    for partition in psutil.disk_partitions(all=True):
        if path.resolve().is_relative_to(partition.mountpoint) and len(partition.mountpoint) >= len(best[0]):
            best = (partition.mountpoint, partition.fstype)
    return best[1]


def _sync(folder: Path) -> Iterator[Finding]:
    """How long the disk takes to keep a small write: what every answer with ack = "disk" waits for."""
    times = []
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".riverrun-doctor-") as file:
            for _ in range(5):
                file.write(b"x" * 4096)
                file.flush()
                begin = time.perf_counter()
                os.fdatasync(file.fileno()) if hasattr(os, "fdatasync") else os.fsync(file.fileno())
                times.append((time.perf_counter() - begin) * 1000)
    except OSError as error:
        yield Finding("sync", "bad", f"{folder}: {error.strerror}", "the disk does not take writes")
        return
    middle = sorted(times)[len(times) // 2]
    slow = middle > _SLOW_SYNC_MS
    todo = 'answers wait this long at least; use a faster disk, or ack = "memory" if losing some events is right'
    yield Finding("sync", "note" if slow else "good", f"{middle:.1f} ms to keep a write", todo if slow else "")


def _ports(data: Path, config: Config) -> Iterator[Finding]:
    status = read_status(data)
    own = {process.port for process in status.processes if process.pid} if status else set()
    server, serve = config.global_.server, config.global_.serve
    for what, host, port in (
        ("collector", server.host or "127.0.0.1", server.port),
        ("live pages", serve.host, serve.port),
    ):
        if port == 0 or port in own:
            yield Finding(f"port {port}", "good", f"{what}: {'any free one' if port == 0 else 'running'}")
        elif _free(host, port):
            yield Finding(f"port {port}", "good", f"{what}: free")
        else:
            key = "global.server.port" if what == "collector" else "global.serve.port"
            yield Finding(f"port {port}", "note", f"{what}: taken by another process", f"stop it, or set {key}")


def _free(host: str, port: int) -> bool:
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError:
        return False
    return True


def _time(data: Path, clock: Clock) -> Iterator[Finding]:
    now = clock.now_ms()
    text = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now / 1000))
    newest = _newest_segment_ms(data)
    if newest is not None and newest > now + _AHEAD_MS:
        ahead = (newest - now) // 1000
        todo = "set the clock (NTP): event times and windows follow it"
        yield Finding("time", "bad", f"{text}, but a topic was written {ahead} s later than that", todo)
    else:
        yield Finding("time", "good", f"{text}, zone {time.tzname[0]}")


def _newest_segment_ms(data: Path) -> int | None:
    root = LocalTopics(data).root
    times = [int(path.stat().st_mtime * 1000) for path in root.glob("*/*/*.avro")]
    return max(times, default=None)


def _limits() -> Iterator[Finding]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = soft <= _FEW_FILES
    todo = f"raise it for many connections: ulimit -n {min(hard, 65_536) if hard > 0 else 65_536}"
    yield Finding("open files", "note" if few else "good", f"{soft} allowed", todo if few else "")
    memory = psutil.virtual_memory()
    low = memory.available < 500_000_000
    yield Finding(
        "memory", "note" if low else "good", f"{memory.available / 1e9:.1f} GB available, {psutil.cpu_count()} cores",
        "queries keep their state in memory and on disk; 0.5 GB is little" if low else "",
    )  # fmt: skip


def _running(data: Path, clock: Clock) -> Iterator[Finding]:
    status = read_status(data)
    if status is None or clock.now_ms() - status.updated > 10_000 or not psutil.pid_exists(status.pid):
        left = [p.name for p in status.processes if p.pid and psutil.pid_exists(p.pid)] if status else []
        if left:
            yield Finding("running", "note", "no supervisor, but " + ", ".join(left), "riverrun up takes care of them")
        else:
            yield Finding("running", "good", f"nothing over {data}")
        return
    ill = [f"{p.name} {p.state}" + (f": {p.error}" if p.error else "") for p in status.processes if p.pid is None]
    if ill:
        yield Finding("running", "bad", "; ".join(ill), "see its log lines; the health page shows all processes")
    else:
        names = ", ".join(process.name for process in status.processes)
        yield Finding("running", "good", f"{names} (supervisor {status.pid})")


def _tools() -> Iterator[Finding]:
    """Only for work on riverrun itself, from a source checkout."""
    for name, use in (("node", "make web"), ("java", "make test, for Flink as the judge"), ("chromium", "make test")):
        path = shutil.which(name)
        yield Finding(name, "good", path or f"not there (only for {use})")

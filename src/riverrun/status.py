"""The status file: what `riverrun up` started and how it is doing. The supervisor writes it, the live pages read it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec

State = Literal["starting", "running", "waiting", "draining", "stopped", "failed"]


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """One process of the tree.

    room        collect, map, run, serve, shop, visitors
    state       waiting: it crashed and is started again at `next_start`; failed: it gave up
    restarts    how often it was started again
    peak_bytes  the largest resident memory that the supervisor saw, over all restarts
    exit        how the last process ended: an exit status, or minus a signal number
    error       the last line that the process wrote before it ended badly
    """

    name: str
    room: str
    state: State
    pid: int | None = None
    port: int | None = None
    started: int | None = None
    next_start: int | None = None
    restarts: int = 0
    peak_bytes: int = 0
    exit: int | None = None
    error: str | None = None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """`addresses`: what a person may open (shop, live, collector). `updated` tells whether the supervisor lives."""

    pid: int
    started: int
    updated: int
    config: str | None = None
    addresses: dict[str, str] = {}
    processes: tuple[Process, ...] = ()


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Status)


def status_path(data: Path) -> Path:
    return data / "status" / "up.json"


def write_status(data: Path, status: Status) -> None:
    """Replace the status file; readers see the old one or the new one, never a part."""
    path = status_path(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_bytes(_encoder.encode(status))
    temporary.replace(path)


def read_status(data: Path) -> Status | None:
    """What the supervisor of this data folder last said; None when there never was one (rooms started one by one)."""
    try:
        return _decoder.decode(status_path(data).read_bytes())
    except FileNotFoundError:
        return None

"""The ledger: every room's own account of what it took in and what became of it.

    received = delivered (to each output) + rejected (by reason) + open

A room writes its account to `DATA/ledger/<room>/<name>.json` together with its positions, in one atomic step, so that
an account found after a crash is true for the positions in it. `open` is not written: it is the end of the input topics
minus the positions, and whoever reads an account works it out.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

log = logging.getLogger(__name__)


class Account(msgspec.Struct, kw_only=True):
    """What one writer (a mapping, a query) has done so far, since the beginning of its inputs.

    positions   input topic -> partition -> next offset to read; everything below is in `received`
    received    entries taken in
    delivered   output (a topic, a table) -> entries that went there. An entry may go to several outputs
    rejected    reason -> entries that went nowhere else
    late        entries that came after their window had closed (a part of `received`)
    updated     ms since the epoch
    details     whatever else the live page shows for this room (numbers and short texts)
    """

    room: str
    name: str
    positions: dict[str, dict[int, int]] = {}
    received: int = 0
    delivered: dict[str, int] = {}
    rejected: dict[str, int] = {}
    late: int = 0
    updated: int = 0
    details: dict[str, Any] = {}


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Account)


def _path(data: Path, room: str, name: str) -> Path:
    return data / "ledger" / room / f"{name}.json"


def write_account(data: Path, account: Account, *, durable: bool = True) -> None:
    """Replace the account of (room, name). After the call either the old or the new one is on disk, never a part."""
    path = _path(data, account.room, account.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(_encoder.encode(account))
        if durable:
            file.flush()
            os.fsync(file.fileno())
    temporary.replace(path)
    if durable:
        _sync_folder(path.parent)


def read_account(data: Path, room: str, name: str) -> Account | None:
    """The account of (room, name), or None when it never wrote one."""
    try:
        return _decoder.decode(_path(data, room, name).read_bytes())
    except FileNotFoundError:
        return None


def read_accounts(data: Path) -> Iterator[Account]:
    """All accounts, by room and name."""
    for path in sorted((data / "ledger").glob("*/*.json")):
        try:
            yield _decoder.decode(path.read_bytes())
        except FileNotFoundError:
            continue  # replaced between the listing and the reading
        except msgspec.DecodeError:  # it was not synced when the power failed; its room sees to it when it starts
            log.warning("the account %s is damaged", path)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The short-term memory that tells whether an event came before. Source: Divolte's wire protocol (docs/wire.md).

A table of 64-bit signatures, shared by the workers of a collector and kept over restarts. An event enters it only when
it is stored: one that could not be stored is no duplicate when it is sent again. Until then it stands in `_unsettled`.
"""

from __future__ import annotations

import mmap
import os
import struct
from codecs import utf_16_le_encode as _utf_16
from collections.abc import Iterable, Sequence
from pathlib import Path

from mmh3 import hash_bytes as _hash

_SLOT = 8
_parts = struct.Struct(">IIq").unpack


class DuplicateMemory:
    def __init__(self, slots: int, path: Path | None = None) -> None:
        """`path`: a file that the workers share (the number of slots is added to its name); None: of this process."""
        self._slots = slots
        self._table = memoryview(
            _mapped(Path(f"{path}-{slots}"), slots * _SLOT) if path else mmap.mmap(-1, slots * _SLOT)
        ).cast("q")
        self._unsettled: dict[int, int] = {}  # slot -> signature

    def seen(self, party_id: str, session_id: str, event_id: str) -> tuple[bool, int, int]:
        """(whether this event came before, its slot, its signature); it counts as seen from now on."""
        return self.seen_joined(party_id + session_id + event_id)

    def seen_joined(self, ids: str) -> tuple[bool, int, int]:
        """As `seen`, of the three ids one behind the other."""
        # In line what `signature_of` does: every event comes by here.
        head, _, signature = _parts(_hash(_utf_16(ids, "surrogatepass")[0], 0, True))
        slot, unsettled = (head & 0x7FFFFFFF) % self._slots, self._unsettled
        known = unsettled.get(slot)
        unsettled[slot] = signature
        return (self._table[slot] if known is None else known) == signature, slot, signature

    def seen_all(self, ids: Sequence[str]) -> list[tuple[bool, int, int]]:
        """`seen_joined` of each, in order."""
        table, unsettled, slots, found = self._table, self._unsettled, self._slots, []
        for each in ids:
            head, _, signature = _parts(_hash(_utf_16(each, "surrogatepass")[0], 0, True))
            slot = (head & 0x7FFFFFFF) % slots
            known = unsettled.get(slot)
            unsettled[slot] = signature
            found.append(((table[slot] if known is None else known) == signature, slot, signature))
        return found

    def stored_all(self, events: Iterable[tuple[int, int]]) -> None:
        """The events that `seen` told about, as (slot, signature), are stored."""
        table, unsettled = self._table, self._unsettled
        for slot, signature in events:
            table[slot] = signature
            if unsettled.get(slot) == signature:
                del unsettled[slot]

    def know(self, party_id: str, session_id: str, event_id: str) -> None:
        """This event is stored, whoever did it."""
        slot, signature = signature_of(party_id + session_id + event_id, self._slots)
        self._table[slot] = signature

    def forget(self, slot: int, signature: int) -> None:
        """The event that `seen` told about could not be stored."""
        if self._unsettled.get(slot) == signature:
            del self._unsettled[slot]


def signature_of(ids: str, slots: int) -> tuple[int, int]:
    """(slot, signature) from MurmurHash3 x64 128 bit, seed 0, of the UTF-16LE bytes of the three ids, joined."""
    head, _, signature = _parts(_hash(_utf_16(ids, "surrogatepass")[0], 0, True))
    return (head & 0x7FFFFFFF) % slots, signature


def _mapped(path: Path, size: int) -> mmap.mmap:
    """The file at `path` in memory. Its room on disk is taken now: a full disk would be a SIGBUS later."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(descriptor).st_size < size:
            os.ftruncate(descriptor, size)
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(descriptor, 0, size)
        return mmap.mmap(descriptor, size)
    finally:
        os.close(descriptor)

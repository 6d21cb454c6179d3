"""Entries as they lie in a segment, several blocks of them: to be decoded one by one (here), or as columns all at once
(`riverrun.topics.columns`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riverrun.errors import RunError
from riverrun.topics.entry import Stored
from riverrun.topics.segment import Block, Damaged, EntryDecoder


@dataclass(frozen=True, slots=True)
class Packed:
    """Whole blocks of one segment. Those below `position` are not asked for.

    first   the offset of the first entry
    data    the bytes from where the first block's entries begin, with PADDING zeros behind them
    sizes   what the companion says the sizes of the entries are, four bytes each; None when it says nothing
    """

    path: Path
    partition: int
    first: int
    position: int
    blocks: tuple[Block, ...]
    data: bytearray
    sizes: bytes | None
    decoder: EntryDecoder

    @property
    def schema(self) -> Any:
        """The Avro schema of the values (parsed JSON)."""
        return self.decoder.value_schema

    @property
    def behind(self) -> int:
        """The offset behind the last entry."""
        return self.first + sum(block.entries for block in self.blocks)

    def stored(self) -> Iterator[Stored]:
        """The entries from `position` on, one by one. Raises RunError where they are damaged."""
        first = self.first
        for block in self.blocks:
            start = block.start - self.blocks[0].start
            body = bytes(memoryview(self.data)[start : start + block.size])
            try:
                for stored in self.decoder.decode(body, block.entries, self.partition, first):
                    if stored.offset >= self.position:
                        yield stored
            except Damaged as error:
                raise RunError(
                    f"{self.path} is damaged at byte {block.start}: {error}",
                    todo="restore the file, or move it away to go on behind it",
                ) from error
            first += block.entries

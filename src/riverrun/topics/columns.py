"""Entries as columns, whole blocks at a time.

For that it has to be known where every entry begins. The writer leaves the sizes in a file beside the segment, which
nobody relies on: every block's sizes have to add up to the block, and walking over every entry has to end where the
next one begins. The first entry begins where its block does, so then all of them are right; otherwise the entries have
to be decoded one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow

from riverrun.formats.avro_vectors import Finish, Read, Rows, offsets_of, reader
from riverrun.formats.avro_walk import Bytes, Ints, Odd, choices, elements, walk
from riverrun.schema import types as t
from riverrun.schema.avro import parse
from riverrun.topics.packed import Packed
from riverrun.topics.segment import entry_schema

pa: Any = pyarrow  # the stubs do not know from_arrays of a map

Mask = npt.NDArray[np.bool_]


@dataclass(slots=True)
class EntryColumns:
    """Entries as columns. `keys` and `headers` where they were asked for.

    values    the columns of the entries that have a value; `valued` are their rows
    """

    offsets: Ints
    timestamps: Ints
    keys: Any
    headers: Any
    valued: Ints
    values: list[Any]

    def where(self, mask: Mask) -> EntryColumns:
        """Only the entries where `mask` is set."""
        if mask.all():
            return self
        found = self.take(np.flatnonzero(mask))
        among = mask[self.valued]
        found.valued = (np.cumsum(mask) - 1)[self.valued[among]]
        found.values = [column.filter(pa.array(among)) for column in self.values]
        return found

    def take(self, at: Ints) -> EntryColumns:
        """The entries with these numbers, without values."""
        return EntryColumns(
            self.offsets[at],
            self.timestamps[at],
            None if self.keys is None else self.keys.take(pa.array(at)),
            None if self.headers is None else self.headers.take(pa.array(at)),
            np.zeros(0, np.int64),
            [],
        )

    def valued_only(self) -> EntryColumns:
        """The entries that have a value, without it."""
        return self if len(self.valued) == len(self.offsets) else self.take(self.valued)


def entry_columns(packed: Packed, values: Read, *, keys: bool = False, headers: bool = False) -> EntryColumns:
    """The entries from the asked position on. Raises Odd when they have to be read one by one."""
    if len(packed.data) >= 2**31:
        raise Odd
    data, (at, ends) = Bytes(np.frombuffer(packed.data, np.uint8)), _spans(packed)
    every, count = Rows(len(at)), len(at)
    timestamps, at = data.longs(at)
    at, key = _KEY(data, at, every) if keys else (_BEHIND_KEY(data, at), None)
    at, header = _headers(data, at, wanted=headers)
    branch, at = choices(data, at, 2)
    valued = np.flatnonzero(branch)
    at[valued], value = values(data, at[valued], Rows(len(valued)))
    if (at != ends).any():
        raise Odd
    found = EntryColumns(
        packed.first + np.arange(count),
        timestamps,
        key() if key else None,
        header() if header else None,
        valued,
        value(),
    )
    return found.where(found.offsets >= packed.position)


def _spans(packed: Packed) -> tuple[Ints, Ints]:
    """Where entries begin and end, if the sizes are right."""
    if packed.sizes is None:
        raise Odd
    sizes = np.frombuffer(packed.sizes, "<u4").astype(np.int64)
    starts = np.cumsum(sizes) - sizes
    at = 0
    for block in packed.blocks:
        behind = at + block.entries
        if sizes[at:behind].sum() != block.size:
            raise Odd
        starts[at:behind] += block.start - packed.blocks[0].start - starts[at]
        at = behind
    return starts, starts + sizes


_ENTRY = {field.name: field.schema for field in parse(entry_schema("boolean")).fields}
_KEY, _BEHIND_KEY = reader(_ENTRY["key"], t.BYTES_TYPE), walk(_ENTRY["key"])
_TEXT = parse("string")
_NAME, _VALUE, _BEHIND_TEXT = reader(_TEXT, t.STRING), reader(parse("bytes"), t.BYTES_TYPE), walk(_TEXT)


def _headers(data: Bytes, at: Ints, *, wanted: bool) -> tuple[Ints, Finish | None]:
    at, counts, starts = elements(data, at, lambda data, at: _BEHIND_TEXT(data, _BEHIND_TEXT(data, at)))
    if not wanted:
        return at, None

    def finish() -> Any:
        every = Rows(len(starts))
        values, names = _NAME(data, starts, every)
        return pa.MapArray.from_arrays(pa.array(offsets_of(counts)), names(), _VALUE(data, values, every)[1]())

    return at, finish

"""Many entries at once, in Avro binary: what `segment.encode_entry` makes of them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow

from riverrun.formats.avro_binary import encode_bytes, encode_long
from riverrun.formats.avro_pack import Mask, joined, pack_longs, packer, single_bytes, spread
from riverrun.formats.avro_walk import Ints
from riverrun.schema import types as t
from riverrun.schema.avro import parse

pa: Any = pyarrow

_KEYS = packer(parse(["null", "bytes"]), t.BYTES_TYPE)
_LONGEST = 20  # digits of a number


def pack_entries(
    timestamps: Ints, keys: Any, header: tuple[bytes, bytes, Ints], values: Sequence[Any], valued: Mask
) -> Any:
    """Entries as a binary column.

    keys      a binary column, or None for entries without keys
    header    the name of the one header, and its value: a text, and the entry's number behind it
    values    the parts (`avro_pack`) of the values of the entries where `valued` is set; the others have none
    """
    key = [pa.scalar(b"\0")] if keys is None else _KEYS(keys)
    parts = [pack_longs(timestamps), *key, *_header(*header)]
    if valued.all():
        parts += [pa.scalar(b"\x02"), *values]
    else:
        some = joined(values, int(valued.sum()))
        parts += [single_bytes(np.where(valued, 2, 0).astype(np.uint8)), spread(some, valued)]
    return joined(parts, len(timestamps))


def _header(name: bytes, text: bytes, numbers: Ints) -> list[Any]:
    digits = pa.array(numbers).cast(pa.string()).cast(pa.binary())
    before = b"\x02" + encode_bytes(name)  # one header
    by_length = pa.array([before + encode_long(len(text) + n) + text for n in range(_LONGEST)], pa.binary())
    sizes = np.diff(np.frombuffer(digits.buffers()[1], np.int32)[: len(digits) + 1])
    return [by_length.take(pa.array(sizes)), digits, pa.scalar(b"\0")]

"""The avro-confluent frame: a zero byte, the schema's id as four bytes in big endian, the Avro binary."""

from __future__ import annotations

import struct

from riverrun.errors import InputError

_FRAME = struct.Struct(">bI")
LARGEST_ID = 2**32 - 1


def frame_header(schema_id: int) -> bytes:
    """What stands before every value.

    >>> frame_header(0x1DEFACED).hex(" ")
    '00 1d ef ac ed'
    """
    if not 0 <= schema_id <= LARGEST_ID:
        raise InputError(f"{schema_id} cannot be a schema id", todo=f"ids are numbers from 0 to {LARGEST_ID}")
    return _FRAME.pack(0, schema_id)


def unframe(value: bytes) -> tuple[int, bytes] | None:
    """(schema id, Avro binary); None when `value` does not begin with a frame's header."""
    if len(value) < _FRAME.size or value[0] != 0:
        return None
    return _FRAME.unpack_from(value)[1], value[_FRAME.size :]

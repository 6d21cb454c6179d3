"""One segment: an Avro object container file whose blocks are group commits.

Source of the layout: the Avro 1.12 specification, object container files. Every entry of a topic is a record of
timestamp, key, headers and value (`entry_schema`), so anything that reads Avro reads a segment.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import fastavro

from riverrun.formats.avro_binary import encode_bytes as encode_bytes
from riverrun.formats.avro_binary import encode_long as encode_long
from riverrun.topics.entry import Entry, Headers, Stored

MAGIC = b"Obj\x01"
SYNC_SIZE = 16
_LARGEST_VARINT = 10


Part = bytes | memoryview


class Damaged(Exception):
    """The bytes here are not a whole block."""


def entry_schema(value_schema: Any) -> dict[str, Any]:
    """The Avro schema of a segment whose values have `value_schema`."""
    return {
        "type": "record",
        "name": "RiverrunEntry",
        "doc": "An entry of a riverrun topic: what Kafka calls a record.",
        "fields": [
            {"name": "timestamp", "type": {"type": "long", "logicalType": "timestamp-millis"}},
            {"name": "key", "type": ["null", "bytes"]},
            {
                "name": "headers",
                "type": {
                    "type": "array",
                    "items": {
                        "type": "record",
                        "name": "RiverrunHeader",
                        "fields": [{"name": "name", "type": "string"}, {"name": "value", "type": "bytes"}],
                    },
                },
            },
            {"name": "value", "type": ["null", value_schema]},
        ],
    }


_NO_HEADERS = b"\x00"
_NULL_KEY = b"\x00"


def encode_entry(entry: Entry) -> bytes:
    """The Avro binary of an entry; its value is already encoded."""
    timestamp, key, value, headers = entry
    return b"".join(
        (
            encode_long(timestamp),
            _NULL_KEY if key is None else b"\x02" + encode_bytes(key),
            _encode_headers(headers) if headers else _NO_HEADERS,
            b"\x00" if value is None else b"\x02" + value,
        )
    )


def _encode_headers(headers: Headers) -> bytes:
    body = b"".join(encode_bytes(name.encode()) + encode_bytes(value) for name, value in headers)
    return encode_long(len(headers)) + body + b"\x00"


def decode_long(buffer: bytes | memoryview, at: int) -> tuple[int, int]:
    """(number, position behind it). Raises Damaged where the number does not end."""
    shift = result = 0
    for position in range(at, min(at + _LARGEST_VARINT, len(buffer))):
        byte = buffer[position]
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (result >> 1) ^ -(result & 1), position + 1
        shift += 7
    raise Damaged("a number does not end")


class Header(NamedTuple):
    """What stands at the beginning of a segment. `length` is its size in bytes."""

    schema: Any
    sync: bytes
    length: int


def encode_header(value_schema: Any, sync: bytes) -> bytes:
    metadata = {"avro.schema": json.dumps(entry_schema(value_schema)).encode(), "avro.codec": b"null"}
    body = b"".join(encode_bytes(name.encode()) + encode_bytes(value) for name, value in metadata.items())
    return MAGIC + encode_long(len(metadata)) + body + b"\x00" + sync


def read_header(buffer: bytes) -> Header:
    """Raises Damaged when `buffer` does not begin with a whole header."""
    if buffer[:4] != MAGIC:
        raise Damaged("not an Avro object container file")
    at, metadata = 4, {}
    while True:
        count, at = decode_long(buffer, at)
        if count == 0:
            break
        if count < 0:
            count, (_, at) = -count, decode_long(buffer, at)
        for _ in range(count):
            name, at = _decode_bytes(buffer, at)
            value, at = _decode_bytes(buffer, at)
            metadata[name] = value
    sync = buffer[at : at + SYNC_SIZE]
    if len(sync) < SYNC_SIZE or b"avro.schema" not in metadata:
        raise Damaged("the header is cut off")
    if metadata.get(b"avro.codec", b"null") != b"null":
        raise Damaged("a segment is not compressed")
    return Header(json.loads(metadata[b"avro.schema"]), sync, at + SYNC_SIZE)


def _decode_bytes(buffer: bytes, at: int) -> tuple[bytes, int]:
    length, at = decode_long(buffer, at)
    if length < 0 or at + length > len(buffer):
        raise Damaged("a text is cut off")
    return buffer[at : at + length], at + length


class Block(NamedTuple):
    """A block: `entries` of them in `size` bytes from `start`; the next block begins at `end`."""

    entries: int
    start: int
    size: int
    end: int


def block_parts(count: int, entries: Sequence[Part], sync: bytes) -> tuple[list[Part], int]:
    """The bytes of a block, in parts, and how many they are."""
    size = sum(map(len, entries))
    prefix = encode_long(count) + encode_long(size)
    return [prefix, *entries, sync], len(prefix) + size + len(sync)


def blocks(file: BinaryIO, header: Header, at: int, limit: int) -> Iterator[Block]:
    """The whole blocks between the positions `at` and `limit`; stops quietly before one that is torn."""
    while at < limit:
        file.seek(at)
        prefix = file.read(min(2 * _LARGEST_VARINT, limit - at))
        try:
            count, behind = decode_long(prefix, 0)
            size, behind = decode_long(prefix, behind)
        except Damaged:
            return
        end = at + behind + size + SYNC_SIZE
        if count <= 0 or size < 0 or end > limit:
            return
        file.seek(end - SYNC_SIZE)
        if file.read(SYNC_SIZE) != header.sync:
            return
        yield Block(count, at + behind, size, end)
        at = end


def without_logical_types(schema: Any) -> Any:
    """The schema, with every value left as the primitive it is written as."""
    if isinstance(schema, dict):
        return {
            name: without_logical_types(part) if name in ("type", "fields", "items", "values") else part
            for name, part in schema.items()
            if name != "logicalType"
        }
    if isinstance(schema, list):
        return [without_logical_types(part) for part in schema]
    return schema


class EntryDecoder:
    """Decodes the entries of blocks written with one schema."""

    def __init__(self, schema: Any) -> None:
        value = next(field["type"] for field in schema["fields"] if field["name"] == "value")
        self.value_schema = value[1]
        self._parsed = fastavro.parse_schema(without_logical_types(self.value_schema), expand=False)

    def decode(self, body: bytes, count: int, partition: int, offset: int) -> Iterator[Stored]:
        """The entries of a block. `offset` is the first one's. Raises Damaged when the bytes do not fit the schema."""
        stream = io.BytesIO(body)
        at = 0
        for number in range(count):
            timestamp, at = decode_long(body, at)
            key = None
            branch, at = decode_long(body, at)
            if branch:
                key, at = _decode_bytes(body, at)
            headers, at = _decode_headers(body, at)
            branch, at = decode_long(body, at)
            value = raw = None
            if branch:
                stream.seek(at)
                try:
                    value = fastavro.schemaless_reader(stream, self._parsed, None)
                except (EOFError, IndexError, ValueError, UnicodeDecodeError) as error:
                    raise Damaged(f"entry {offset + number} does not fit its schema") from error
                raw, at = body[at : stream.tell()], stream.tell()
            yield Stored(partition, offset + number, timestamp, key, value, headers, raw, self.value_schema)
        if at != len(body):
            raise Damaged("a block holds more than its entries")


def _decode_headers(body: bytes, at: int) -> tuple[Headers, int]:
    headers: list[tuple[str, bytes]] = []
    while True:
        count, at = decode_long(body, at)
        if count == 0:
            return tuple(headers), at
        if count < 0:
            count, (_, at) = -count, decode_long(body, at)
        for _ in range(count):
            name, at = _decode_bytes(body, at)
            value, at = _decode_bytes(body, at)
            try:
                headers.append((name.decode(), value))
            except UnicodeDecodeError as error:
                raise Damaged("the name of a header is no text") from error


def segment_name(base_offset: int) -> str:
    return f"{base_offset:020d}.avro"


def sizes_of(segment: Path) -> Path:
    """The companion of a segment: the size of every entry, in four bytes each. A help for readers, and no more."""
    return segment.with_suffix(".sizes")


def base_offset(path: Path) -> int:
    return int(path.stem)

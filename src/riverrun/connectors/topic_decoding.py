"""A topic's entries as rows: the value's fields, the key's, and metadata.

Whole blocks become columns at once (`topics.columns`); where that is not possible, entries are decoded one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow

from riverrun.connectors.formats import TEXT_FORMATS, Asked, Decoder
from riverrun.connectors.protocol import PART, Column, Relation
from riverrun.errors import InputError
from riverrun.formats.avro import decode_columns
from riverrun.formats.avro_columns import columns_of
from riverrun.formats.avro_vectors import Read, in_a_list, read_record, reader
from riverrun.formats.avro_walk import Ints, NotCovered, Odd
from riverrun.schema import types as t
from riverrun.schema.arrow import arrow_type
from riverrun.schema.avro import parse
from riverrun.schema.types import Field, Root, Type
from riverrun.topics import Stored
from riverrun.topics.columns import EntryColumns, Mask, entry_columns
from riverrun.topics.packed import Packed

pa: Any = pyarrow  # the stubs do not know our type table

Wanted = Callable[[Ints, Ints], Mask]  # of offsets and timestamps


class Decoding:
    """Blocks to the asked columns, as c0, c1, ... and the partition."""

    def __init__(
        self,
        topic: str,
        relation: Relation,
        columns: Sequence[Column],
        keys: Sequence[str],
        options: Mapping[str, Any],
        zone: str,
    ) -> None:
        self._topic, self._columns = topic, columns
        except_key = set(keys) if options["value.fields-include"] == "EXCEPT_KEY" else set()
        self._key_columns = [c for c in columns if c.metadata is None and c.name in except_key]
        self._value_columns = [c for c in columns if c.metadata is None and c.name not in except_key]
        every = [c for c in relation.physical if c.name not in except_key]
        self._row = Type(Root.ROW, fields=tuple(Field(c.name, c.type.null()) for c in self._value_columns))
        name = str(options["value.format"] or options["format"])
        prefix = "value." if options["value.format"] else ""
        self._text: Decoder | None = (
            Asked(relation, name, zone, prefix).decoder(self._value_columns, every) if name in TEXT_FORMATS else None
        )
        key_prefix = str(options["key.fields-prefix"])
        key = [Column(c.name.removeprefix(key_prefix), c.type) for c in self._key_columns]
        asked = Asked(relation, str(options["key.format"] or "raw"), zone, "key.")
        self._key = asked.decoder(key, key) if key else None
        self._headers = any(column.metadata == "headers" for column in columns)
        self._reads: dict[bytes, Read | None] = {}

    def nothing(self) -> Any:
        """No rows."""
        empty = np.zeros(0, np.int64)
        return self._table(EntryColumns(empty, empty, pa.array([], pa.binary()), None, empty, []), self._no_values(), 0)

    def __call__(self, packed: Packed, wanted: Wanted) -> tuple[Any, int | None]:
        """The rows of the wanted entries, and the time of the last of these (None when there is none)."""
        entries = self._at_once(packed, wanted) or self._one_by_one(packed, wanted)
        last = int(entries.timestamps[-1]) if len(entries.timestamps) else None
        return self._rows(entries, packed), last

    def _at_once(self, packed: Packed, wanted: Wanted) -> EntryColumns | None:
        read = self._read(packed.schema)
        if read is None:
            return None
        try:
            found = entry_columns(packed, read, keys=self._key is not None, headers=self._headers)
        except Odd:
            return None
        return found.where(wanted(found.offsets, found.timestamps))

    def _read(self, schema: Any) -> Read | None:
        """How to read values of `schema` at once; None when that cannot be done."""
        known = msgspec.json.encode(schema)
        if known not in self._reads:
            self._reads[known] = self._made(schema)
        return self._reads[known]

    def _made(self, schema: Any) -> Read | None:
        try:
            if self._holds_text(schema):
                return in_a_list(reader(parse(schema), t.STRING if _kind(schema) == "string" else t.BYTES_TYPE))
            columns_of(schema, self._row, legacy_timestamps=False)
            return read_record(parse(schema), self._row, looked_at=[column.read for column in self._value_columns])
        except (NotCovered, InputError):  # what is wrong is said when there is an entry
            return None

    def _holds_text(self, schema: Any) -> bool:
        return self._text is not None and _kind(schema) in ("string", "bytes")

    def _one_by_one(self, packed: Packed, wanted: Wanted) -> EntryColumns:
        entries = list(packed.stored())
        offsets, times = _numbers([e.offset for e in entries]), _numbers([e.timestamp for e in entries])
        mask = wanted(offsets, times)
        entries = [entry for entry, is_wanted in zip(entries, mask, strict=True) if is_wanted]
        return EntryColumns(
            offsets[mask],
            times[mask],
            pa.array([entry.key for entry in entries], pa.binary()),
            pa.array([list(entry.headers) for entry in entries], pa.map_(pa.string(), pa.binary())),
            np.flatnonzero([entry.raw is not None for entry in entries]),
            self._values([entry for entry in entries if entry.raw is not None]),
        )

    def _values(self, entries: Sequence[Stored]) -> list[Any]:
        if not entries:
            return self._no_values()
        schema = entries[0].schema
        if self._holds_text(schema):
            texts = (entry.value for entry in entries)
            return [pa.array([one.encode() if isinstance(one, str) else one for one in texts], pa.binary())]
        raw = [entry.raw for entry in entries]
        return list(decode_columns(raw, schema, self._row, legacy_timestamps=False).columns)

    def _no_values(self) -> list[Any]:
        return [pa.array([], arrow_type(field.type)) for field in self._row.fields]

    def _rows(self, entries: EntryColumns, packed: Packed) -> Any:
        """Entries without a value (tombstones) are no rows."""
        values: Sequence[Any] = entries.values
        entries = entries.valued_only()
        if not len(entries.offsets):
            values = self._no_values()
        elif self._text is not None and self._holds_text(packed.schema):
            rows, numbers = self._text.values(values[0].cast(pa.binary()).to_pylist())
            entries, values = entries.take(np.asarray(numbers, np.int64)), rows.columns
        return self._table(entries, values, packed.partition)

    def _table(self, entries: EntryColumns, values: Sequence[Any], partition: int) -> Any:
        arrays: dict[str, Any] = dict(zip((c.name for c in self._value_columns), values, strict=True))
        if self._key is not None:
            keys, _ = self._key.values([key or b"" for key in entries.keys.to_pylist()])
            arrays.update(zip((c.name for c in self._key_columns), keys.columns, strict=True))
        count = len(entries.offsets)
        for column in self._columns:
            if column.metadata is not None:
                arrays[column.name] = self._metadata(column, entries, partition)
        names = [f"c{n}" for n in range(len(self._columns))]
        parts = pa.array(np.full(count, partition, np.int32))
        return pa.Table.from_arrays([*(arrays[column.name] for column in self._columns), parts], names=[*names, PART])

    def _metadata(self, column: Column, entries: EntryColumns, partition: int) -> Any:
        type_, count = arrow_type(column.type), len(entries.offsets)
        match column.metadata:
            case "timestamp":
                return pa.array(entries.timestamps).cast(pa.timestamp("ms")).cast(type_)
            case "partition":
                return pa.array(np.full(count, partition, np.int32)).cast(type_)
            case "offset":
                return pa.array(entries.offsets).cast(type_)
            case "topic":
                return pa.array([self._topic] * count, type_)
            case "timestamp-type":
                return pa.array(["CreateTime"] * count, type_)
            case "headers":
                return pa.array([], type_) if entries.headers is None else entries.headers.cast(type_)
            case _:
                return pa.nulls(count, type_)


def _kind(schema: Any) -> Any:
    return schema.get("type") if isinstance(schema, dict) else schema


def _numbers(values: Sequence[int]) -> Ints:
    return np.array(values, np.int64)

"""Records that are broken on purpose: as lines of JSON any way, in typed formats as far as the type allows."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from riverrun.generate.columns import Column, pa, pc
from riverrun.generate.draw import Bools, Ints
from riverrun.generate.encoding import nullable, record_column, type_name
from riverrun.generate.faults import Fault
from riverrun.generate.streams import Batch, Stream

TRUNCATED, NOT_JSON, WRONG_TYPE = "truncated", "not JSON", "wrong type"
_WAYS = (TRUNCATED, NOT_JSON, WRONG_TYPE)
NO_TIME = "not a time"


def details(stream: Stream, fault: int, luck: int, *, text: bool) -> dict[str, str]:
    """What the side file says of how a record was broken."""
    found = {}
    if fault & Fault.MALFORMED:
        found["malformed"] = _WAYS[luck % len(_WAYS)] if text else f"{stream.time_field}: {NO_TIME}"
    if fault & Fault.MISSING:
        found["missing"] = _missing(stream, luck, text=text)
    return found


def _missing(stream: Stream, luck: int, *, text: bool) -> str:
    """The field that a record lacks: any in JSON, else one that can be null or an empty text."""
    fields = [field["name"] for field in stream.schema["fields"] if text or _may_be_empty(field["type"])]
    return str(fields[luck % len(fields)])


def _may_be_empty(schema: Any) -> bool:
    return nullable(schema) is not None or type_name(schema) == "string"


def broken_lines(batch: Batch, rows: Column, *, meta: bool) -> Column:
    """The JSON lines, the broken ones broken."""
    which = _marked(batch, Fault.MALFORMED | Fault.MISSING)
    if which is None or batch.faults is None:
        return rows
    codes = batch.faults.codes
    edited = [
        _broken_line(batch.stream, rows[row].as_py(), int(codes["fault"][row]), int(codes["luck"][row]), meta=meta)
        for row in np.flatnonzero(which).tolist()
    ]
    return pc.replace_with_mask(rows, pa.array(which), pa.array(edited, pa.binary()))


def _broken_line(stream: Stream, line: bytes, fault: int, luck: int, *, meta: bool) -> bytes:
    if fault & Fault.MALFORMED:
        way = _WAYS[luck % len(_WAYS)]
        if way == TRUNCATED:
            return line[: 1 + luck % (len(line) - 2)] + b"\n"
        if way == NOT_JSON:
            return b"<html>" + line[:40].replace(b"\n", b"") + b"</html>\n"
    tree = msgspec.json.decode(line)
    value = tree["value"] if meta else tree
    if fault & Fault.MALFORMED:
        value[stream.time_field] = {"unexpected": True}
    if fault & Fault.MISSING:
        del value[_missing(stream, luck, text=True)]
    return msgspec.json.encode(tree) + b"\n"


def broken_values(batch: Batch) -> Column:
    """The records: malformed ones with a time that is none, those that lack a field with null or nothing in it."""
    which = _marked(batch, Fault.MALFORMED | Fault.MISSING)
    if which is None or batch.faults is None:
        return batch.value
    codes, stream = batch.faults.codes, batch.stream
    fields = {field.name: batch.value.field(number) for number, field in enumerate(batch.value.type)}
    malformed = codes["fault"] & Fault.MALFORMED != 0
    time = fields[stream.time_field]
    fields[stream.time_field] = pc.if_else(
        malformed, NO_TIME if pa.types.is_string(time.type) else pa.scalar(-1, time.type), time
    )
    missing = codes["fault"] & Fault.MISSING != 0
    names = [_missing(stream, luck, text=False) for luck in codes["luck"].tolist()]
    for field in stream.schema["fields"]:
        name = field["name"]
        gone = missing & np.array([other == name for other in names])
        if gone.any():
            fields[name] = _emptied(fields[name], gone, null=nullable(field["type"]) is not None)
    return record_column(stream.schema, fields)


def _emptied(column: Column, gone: Bools, *, null: bool) -> Column:
    if isinstance(column, pa.DictionaryArray) and null:
        indices: Ints = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        masked = np.where(gone, -1, indices)
        return pa.DictionaryArray.from_arrays(pa.array(masked, pa.int32(), mask=masked < 0), column.dictionary)
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary.take(column.indices)
    return pc.if_else(gone, pa.scalar(None if null else "", column.type), column)


def _marked(batch: Batch, kinds: Fault) -> Bools | None:
    if batch.faults is None:
        return None
    marked: Bools = batch.faults.codes["fault"] & int(kinds) != 0
    return marked if marked.any() else None

"""Arrow columns to Avro binary, all rows at once: what `avro_rows` and the generated encoder write, byte for byte.

A column becomes parts: binary columns whose bytes (none, where they are NULL) one behind the other are its values. A
record is the parts of its fields, and Arrow puts the parts of every row together. What does not fit raises Odd (or
NotCovered, for a whole schema), and whoever asked encodes row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow
import pyarrow.compute

from riverrun.formats.avro_binary import encode_long
from riverrun.formats.avro_rows import avro_values
from riverrun.formats.avro_vectors import unique_keys
from riverrun.formats.avro_walk import Ints, NotCovered, Odd
from riverrun.schema import types as t
from riverrun.schema.avro import Schema
from riverrun.schema.types import Root, Type

pa: Any = pyarrow
pc: Any = pyarrow.compute

Mask = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Branch = tuple[Bytes, Mask]  # the byte of a union's branch, and whether something follows it
Pack = Callable[[Any], list[Any]]  # a column without NULLs to its parts
_NOTHING = pa.scalar(b"")

_FITS: dict[Root, tuple[str, ...]] = {
    Root.NULL: ("null",), Root.BOOLEAN: ("boolean",), Root.TINYINT: ("int", "long"), Root.SMALLINT: ("int", "long"),
    Root.INTEGER: ("int", "long"), Root.BIGINT: ("long",), Root.FLOAT: ("float",), Root.DOUBLE: ("double",),
    Root.CHAR: ("string",), Root.VARCHAR: ("string",), Root.BINARY: ("bytes",), Root.VARBINARY: ("bytes",),
    Root.DATE: ("int", "long"), Root.TIME: ("int", "long"), Root.TIMESTAMP: ("long",), Root.TIMESTAMP_LTZ: ("long",),
    Root.DECIMAL: ("bytes",), Root.ARRAY: ("array",), Root.MAP: ("map",), Root.ROW: ("record",),
}  # fmt: skip


def joined(parts: Sequence[Any], count: int) -> Any:
    """The parts of `count` rows as one binary column."""
    if not any(isinstance(part, pa.Array) for part in parts):
        return pa.array([b"".join(part.as_py() for part in parts)] * count, pa.binary())
    try:
        return pc.binary_join_element_wise(*parts, _NOTHING, null_handling="replace", null_replacement="")
    except pa.ArrowInvalid:  # more than 2 GB
        raise Odd from None


def pack_record(schema: Schema, row: Type, around: tuple[Schema, ...] = ()) -> Callable[[Sequence[Any]], list[Any]]:
    """The columns of `row` to the parts of records of `schema`. Raises NotCovered."""
    columns = {field.name: n for n, field in enumerate(row.fields)}
    steps = []
    for field in schema.fields:
        if field.name not in columns:
            raise NotCovered(f"{schema}: a default")
        at = columns[field.name]
        steps.append((at, packer(field.schema, row.fields[at].type, (*around, schema))))
    if len(steps) < len(columns):
        raise NotCovered(f"{schema} has not all fields")
    return lambda arrays: [part for at, pack in steps for part in pack(arrays[at])]


def packer(schema: Schema, type_: Type, around: tuple[Schema, ...] = ()) -> Pack:
    """A column of `type_` (with NULLs, where the schema has them) to its parts."""
    present = schema.present
    if present.kind not in _FITS.get(type_.root, ()) or present in around:
        raise NotCovered(f"{type_} as {present}")
    if type_.root is Root.DECIMAL and present.logical != "decimal":
        raise NotCovered(f"{type_} as {present}")
    if present.kind == "null":
        return lambda column: []
    pack = _BY_KIND.get(present.kind, _plain)(present, type_, around)
    if present is schema:
        return lambda column: pack(_without_nulls(column))
    if len(schema.branches) != 2:
        raise NotCovered(f"{schema}")
    number = schema.branches.index(present)
    there, absent = encode_long(number)[0], encode_long(1 - number)[0]
    leaf = _LEAVES.get(present.kind)

    def nullable(column: Any) -> list[Any]:
        column = _whole(column)
        if leaf is None and not column.null_count:
            return [pa.scalar(bytes([there])), *pack(column)]
        valid = column.is_valid().to_numpy(zero_copy_only=False)
        branch = np.where(valid, np.uint8(there), np.uint8(absent))
        if leaf is not None:
            return leaf(column, present, type_, (branch, valid))
        some = column.filter(pa.array(valid))
        return [single_bytes(branch), spread(joined(pack(some), len(some)), valid)]

    return nullable


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _without_nulls(column: Any) -> Any:
    column = _whole(column)
    if column.null_count:
        raise Odd
    return column


def spread(column: Any, valid: Mask) -> Any:
    """The values of a binary column at the rows where `valid` is set; the others are empty."""
    lengths = np.zeros(len(valid), np.int32)
    lengths[valid] = np.diff(_offsets(column))
    return _binary(lengths, column.buffers()[2])


def single_bytes(values: Bytes) -> Any:
    return pa.Array.from_buffers(
        pa.binary(),
        len(values),
        [None, pa.py_buffer(np.arange(len(values) + 1, dtype=np.int32)), pa.py_buffer(np.ascontiguousarray(values))],
    )


def _offsets(column: Any) -> npt.NDArray[np.int32]:
    return np.frombuffer(column.buffers()[1], np.int32)[column.offset :][: len(column) + 1]


def _binary(lengths: npt.NDArray[Any], data: Any) -> Any:
    """A binary column of `data`, which begins with the first value."""
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    if data is None:
        data = pa.py_buffer(b"")
    return pa.Array.from_buffers(pa.binary(), len(lengths), [None, pa.py_buffer(offsets), data])


def pack_longs(numbers: Ints, branch: Branch | None = None) -> Any:
    """Variable-length integers; with a union's branches before them, and nothing else where that is null."""
    rest = (numbers.view(np.uint64) << np.uint64(1)) ^ (numbers >> np.int64(63)).view(np.uint64)
    sizes, groups = np.ones(len(numbers), np.int64), [(rest & np.uint64(127)).astype(np.uint8)]
    while (rest := rest >> np.uint64(7)).any():
        sizes += rest > 0
        groups.append((rest & np.uint64(127)).astype(np.uint8))
    lead = 0 if branch is None else 1
    if len(groups) == 1 and not lead:
        return single_bytes(groups[0])
    grid = np.empty((len(numbers), lead + len(groups)), np.uint8)
    for n, group in enumerate(groups):
        grid[:, lead + n] = group | ((sizes > n + 1) * np.uint8(128))
    if branch is not None:
        grid[:, 0] = branch[0]
        sizes = sizes * branch[1] + 1
    if not len(sizes) or sizes.min() == grid.shape[1]:
        return _binary(sizes, pa.py_buffer(grid))
    return _binary(sizes, pa.py_buffer(grid[np.arange(grid.shape[1]) < sizes[:, None]]))


def _plain(schema: Schema, type_: Type, around: tuple[Schema, ...]) -> Pack:
    kind = schema.kind
    if kind == "boolean":
        return lambda column: [single_bytes(column.to_numpy(zero_copy_only=False).astype(np.uint8))]
    if kind in ("float", "double"):
        return lambda column: [_fixed(column.to_numpy(), 4 if kind == "float" else 8)]
    return lambda column: _longs(column, schema, type_, None)


def _longs(column: Any, schema: Schema, type_: Type, branch: Branch | None) -> list[Any]:
    return [pack_longs(_numbers(column, schema, type_), branch)]


def _numbers(column: Any, schema: Schema, type_: Type) -> Ints:
    if type_.root in t.TIMESTAMPS:
        unit = {"micros": "us", "nanos": "ns"}.get((schema.logical or "").rpartition("-")[2], "ms")
        column = column.cast(pa.timestamp(unit), safe=False)
    elif type_.root is Root.DATE:
        column = column.cast(pa.int32())
    column = column.cast(pa.int64())
    found: Ints = (column.fill_null(0) if column.null_count else column).to_numpy()
    if type_.root is Root.TIME and schema.logical != "time-micros":
        found = found // 1000
    return found


def _fixed(values: npt.NDArray[Any], size: int) -> Any:
    data = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False)
    return _binary(np.full(len(values), size), pa.py_buffer(data))


def _text(schema: Schema, type_: Type, around: tuple[Schema, ...]) -> Pack:
    return lambda column: _texts(column, schema, type_, None)


def _texts(column: Any, schema: Schema, type_: Type, branch: Branch | None) -> list[Any]:
    if type_.root is Root.DECIMAL:
        column = pa.array(avro_values(column, type_, schema), pa.binary())
    raw = column.cast(pa.binary())
    return [pack_longs(np.diff(_offsets(raw)).astype(np.int64), branch), raw]


_LEAVES = {"int": _longs, "long": _longs, "string": _texts, "bytes": _texts}


def _record(schema: Schema, type_: Type, around: tuple[Schema, ...]) -> Pack:
    fields = pack_record(schema, type_, around)
    return lambda column: fields([column.field(n) for n in range(len(type_.fields))])


def _array(schema: Schema, type_: Type, around: tuple[Schema, ...]) -> Pack:
    element = packer(_inner(schema.element), _inner(type_.element), (*around, schema))
    return lambda column: _blocks(column, lambda start, end: element(column.values[start:end]))


def _map(schema: Schema, type_: Type, around: tuple[Schema, ...]) -> Pack:
    if _inner(type_.key).root not in t.STRINGS:
        raise NotCovered(f"{type_}")
    key = _text(Schema("string"), t.STRING, ())
    element = packer(_inner(schema.element), _inner(type_.element), (*around, schema))

    def pack(column: Any) -> list[Any]:
        def inner(start: int, end: int) -> list[Any]:
            keys = unique_keys(column.keys[start:end], np.diff(column.offsets.to_numpy()))
            return [*key(keys), *element(column.items[start:end])]

        return _blocks(column, inner)

    return pack


def _blocks(column: Any, inner: Callable[[int, int], list[Any]]) -> list[Any]:
    """Lists: how many elements, these one behind the other, and a zero (which is all of a list without elements)."""
    places = column.offsets.to_numpy().astype(np.int64)
    start, end = (int(places[0]), int(places[-1])) if len(places) else (0, 0)
    counts = np.diff(places)
    if end == start:
        return [single_bytes(np.zeros(len(column), np.uint8))]
    every = joined(inner(start, end), end - start)
    rows = _binary(np.diff(_offsets(every)[places - start]), every.buffers()[2])
    filled = counts > 0
    ends = _binary(filled.astype(np.int32), pa.py_buffer(bytes(int(filled.sum()))))
    return [pack_longs(counts), rows, ends]


_BY_KIND: dict[str, Callable[[Schema, Type, tuple[Schema, ...]], Pack]] = {
    "string": _text, "bytes": _text, "record": _record, "array": _array, "map": _map,
}  # fmt: skip


def _inner(part: Any) -> Any:
    assert part is not None
    return part

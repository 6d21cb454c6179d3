"""Unnest: every row joined with the elements of a collection. Keeps nothing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riverrun.engine.batch import Batch, Ints, Mask, control, data, take, with_column
from riverrun.engine.context import Context
from riverrun.engine.expressions import Projection, conform
from riverrun.engine.keys import in_order
from riverrun.engine.operators.protocol import Operator
from riverrun.engine.schemas import schema_of
from riverrun.schema.types import Field, Root
from riverrun.sql.expr import Column
from riverrun.sql.plan import Unnest


class UnnestOperator(Operator):
    def __init__(self, node: Unnest, context: Context) -> None:
        self._node = node
        self._width = len(node.input.schema)
        self._schema = schema_of(node.schema)
        collection = Field("collection", node.collection.type)
        kept = tuple(Column(index, field.type) for index, field in enumerate(node.input.schema))
        self._with_collection = Projection(
            context, (*kept, node.collection), None, (*node.input.schema, collection), self._width
        )
        everything = tuple(Column(index, field.type) for index, field in enumerate(node.schema))
        self._filter = (
            Projection(context, everything, node.condition, node.schema, len(node.schema))
            if node.condition is not None
            else None
        )

    def process(self, port: int, batch: Batch) -> Batch:
        rows = self._with_collection(batch.rows)
        lists = rows.column(self._width).combine_chunks()
        joined, source = self._elements(rows, lists)
        if self._filter is not None:
            joined = with_column(joined, "_wm", pa.array(source))  # lets the filter tell which rows stayed
            joined = self._filter(joined)
            source = joined.column("_wm").to_numpy()
        left = rows.drop_columns([f"c{self._width}"])
        if self._node.outer:
            joined, source = self._with_unmatched(left, joined, source)
        joined = data(joined)
        for name in control(left):
            joined = joined.append_column(name, take(left.column(name), source))
        return Batch(joined, batch.watermark, batch.idle)

    def _elements(self, rows: pa.Table, lists: pa.Array) -> tuple[pa.Table, Ints]:
        """One row per element, and the number of the row it came from."""
        root = self._node.collection.type.root
        entries = lists.cast(pa.list_(pa.struct([("key", lists.type.key_type), ("value", lists.type.item_type)]))) if (
            root in (Root.MAP, Root.MULTISET)
        ) else lists  # fmt: skip
        source = pc.list_parent_indices(entries).to_numpy().astype(np.int64)
        elements = pc.list_flatten(entries)
        element = self._node.collection.type.element
        if root is Root.ARRAY and element is not None and element.root is Root.ROW and not self._node.ordinality:
            # A ROW that is NULL is no row.
            there = pc.is_valid(elements)
            source, elements = source[there.to_numpy(zero_copy_only=False)], elements.filter(there)
        ordinality = _ordinality(source)
        if root is Root.MULTISET:
            counts = elements.field("value").to_numpy()
            source, elements = np.repeat(source, counts), take(elements.field("key"), _spread(counts))
            ordinality = _ordinality(source)
        left = take(rows, source).select([f"c{index}" for index in range(self._width)])
        columns = [*left.columns, *_fields(elements, len(self._schema) - self._width - self._node.ordinality)]
        if self._node.ordinality:
            columns.append(pa.chunked_array([pa.array(ordinality, self._schema.field(-1).type)]))
        named = pa.Table.from_arrays(columns, names=[field.name for field in self._schema])
        return conform(named, self._schema), source

    def _with_unmatched(self, left: pa.Table, joined: pa.Table, source: Ints) -> tuple[pa.Table, Ints]:
        missing = np.setdiff1d(np.arange(left.num_rows), source)
        if not len(missing):
            return joined, source
        padded = conform(data(take(left, missing)), self._schema)
        together = pa.concat_tables([data(joined), padded])
        source = np.concatenate((source, missing))
        order = in_order(source)
        return take(together, order), source[order]


def _ordinality(source: Ints) -> Ints:
    """1, 2, 3 ... inside each run of equal numbers."""
    starts: Mask = np.concatenate((np.ones(1, np.bool_), source[1:] != source[:-1]))[: len(source)]
    positions = np.arange(len(source))
    return positions - np.maximum.accumulate(np.where(starts, positions, 0)) + 1


def _spread(counts: Ints) -> Ints:
    return np.repeat(np.arange(len(counts)), counts)


def _fields(elements: pa.Array, count: int) -> list[pa.ChunkedArray]:
    """The element's columns: a row's fields, a map's key and value, or the element itself."""
    if pa.types.is_struct(elements.type) and elements.type.num_fields == count:
        return [pa.chunked_array([part]) for part in elements.flatten()]
    return [pa.chunked_array([elements])]

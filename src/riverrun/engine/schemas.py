"""The Arrow schema of rows of Flink types."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from riverrun.schema.types import Field
from riverrun.sql.functions import arrow_type


def schema_of(fields: Sequence[Field]) -> pa.Schema:
    """The Arrow schema of rows of these types, without control columns."""
    return pa.schema([pa.field(f"c{index}", arrow_type(field.type)) for index, field in enumerate(fields)])


def empty(fields: Sequence[Field]) -> pa.Table:
    return schema_of(fields).empty_table()

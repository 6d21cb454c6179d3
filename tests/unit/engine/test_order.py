"""Rows keep their order through expressions, however DuckDB would like to compute them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from riverrun.engine.context import Context
from riverrun.engine.expressions import Projection
from riverrun.schema import types as t
from riverrun.schema.types import Field
from riverrun.sql.expr import Column, Literal
from riverrun.sql.functions import resolve
from riverrun.sql.session import Session


def test_a_long_in_list_over_many_rows_keeps_their_order() -> None:
    count = 500_000
    words = [f"word {n}" for n in range(12)]
    value = Column(0, t.STRING)
    wanted = resolve("IN", [value, *(Literal(word, t.char(len(word)).not_null()) for word in words[::2])], Session())
    fields = (Field("v", t.STRING), Field("in", t.BOOLEAN))
    project = Projection(Context(Session()), [value, wanted], None, fields, 1)
    numbers = np.arange(count) * 7919 % len(words)
    rows = pa.table({"c0": pa.array(words).take(pa.array(numbers))})
    for _ in range(8):  # it is a matter of threads
        found = project(rows)
        assert found.column("c0").equals(rows.column("c0"))
        assert (found.column("c1").to_numpy() == (numbers % 2 == 0)).all()

"""Which rows of two sides meet: one DuckDB statement for a batch against what the other side keeps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from riverrun.engine.batch import Ints, values, with_column
from riverrun.engine.context import Context, names
from riverrun.sql.expr import Expr
from riverrun.sql.functions import render

_NUMBER = "_n"


class Matcher:
    """Pairs of (left row, right row) that agree on the keys, meet `extra` (SQL over l and r), and the condition."""

    def __init__(
        self,
        context: Context,
        keys: Sequence[tuple[int, int]],
        null_safe: Sequence[bool],
        condition: Expr | None,
        widths: tuple[int, int],
        *,
        extra: Sequence[str] = (),
        null_aware: bool = False,
    ) -> None:
        self._context = context
        self._keys = keys
        tests = [_equal(*pair, safe, null_aware) for pair, safe in zip(keys, null_safe, strict=True)]
        tests += extra
        if condition is not None:
            columns = [*names(widths[0], "l."), *names(widths[1], "r.")]
            tests.append(f"({render(condition, columns, context.session)})")
        self._on = " AND ".join(tests) or "TRUE"

    def __call__(self, left: pa.Table, right: pa.Table, *, ordered_by: str) -> tuple[Ints, Ints]:
        """Positions in `left` and in `right`; `ordered_by` "left" or "right" says whose order comes first."""
        if not left.num_rows or not right.num_rows:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        first, second = ("l", "r") if ordered_by == "left" else ("r", "l")
        found = self._context.query(
            f"SELECT l.{_NUMBER} AS a, r.{_NUMBER} AS b FROM probe l JOIN build r ON {self._on} "
            f"ORDER BY {first}.{_NUMBER}, {second}.{_NUMBER}",
            probe=with_column(left, _NUMBER, np.arange(left.num_rows)),
            build=with_column(right, _NUMBER, np.arange(right.num_rows)),
        )
        return found.column("a").to_numpy(), found.column("b").to_numpy()


def _equal(left: int, right: int, safe: bool, null_aware: bool) -> str:
    if null_aware:
        return f"(l.c{left} = r.c{right} OR l.c{left} IS NULL OR r.c{right} IS NULL)"
    return f"l.c{left} IS NOT DISTINCT FROM r.c{right}" if safe else f"l.c{left} = r.c{right}"


def side_by_side(left: pa.Table, right: pa.Table) -> pa.Table:
    """The columns of both (as many rows each), numbered on; control columns are gone."""
    columns = [*values(left), *values(right)]
    return pa.Table.from_arrays(columns, names=names(len(columns)))


def padded(rows: pa.Table, schema: pa.Schema, *, left: bool) -> pa.Table:
    """One side's rows in the join's schema, the other side all NULL. `left`: `rows` is the left side."""
    own = values(rows)
    missing = list(schema)[len(own) :] if left else list(schema)[: len(schema) - len(own)]
    nulls = [pa.chunked_array([pa.nulls(rows.num_rows, field.type)]) for field in missing]
    return pa.Table.from_arrays([*own, *nulls] if left else [*nulls, *own], schema=schema)

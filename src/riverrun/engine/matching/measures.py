"""MEASURES: expressions over whole matches, for all matches at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riverrun.engine.aggregation import ORDER, Aggregation
from riverrun.engine.batch import END, Ints, Mask, take, with_column
from riverrun.engine.context import Context
from riverrun.engine.expressions import Projection
from riverrun.errors import RunError
from riverrun.schema.types import BOOLEAN, Field, Type
from riverrun.sql.expr import AggregateCall, Call, Column, Expr, Navigation, PatternAggregate
from riverrun.sql.functions import arrow_type
from riverrun.sql.plan import Match

_MATCH = "_match"


@dataclass(frozen=True, slots=True)
class Matches:
    """Matches over a table of rows, as row positions in it. `first` and `last` have a row per match and a column per
    variable of the pattern; without rows for a variable its `last` is before its `first`. `released`: the time of the
    row or timer that let each of them go."""

    start: Ints
    end: Ints
    first: Ints
    last: Ints
    released: Ints

    def __len__(self) -> int:
        return len(self.start)


def replaced(expr: Expr, leaf: Callable[[Expr], Expr | None]) -> Expr:
    """`expr` with every node for which `leaf` gives another one in its place, outside first."""
    other = leaf(expr)
    if other is not None:
        return other
    if isinstance(expr, Call):
        return replace(expr, args=tuple(replaced(arg, leaf) for arg in expr.args))
    return expr


class Measures:
    """Computes the partition columns and the measures of matches."""

    def __init__(self, node: Match, context: Context) -> None:
        self._context = context
        self._variables = {part.variable: number for number, part in enumerate(node.pattern)}
        self._inputs = node.input.schema
        self._slots: list[Navigation | PatternAggregate] = []
        keys: list[Expr] = [self._last(Column(key, self._inputs[key].type)) for key in node.keys]
        measures = [replaced(measure.expression, self._slot) for measure in node.measures]
        self._project = Projection(context, [*keys, *measures], None, node.schema, len(self._slots))
        self._aggregations = self._plan_aggregations()

    def __call__(self, rows: pa.Table, matches: Matches) -> pa.Table:
        """The output rows (without control columns), in the order of `matches`."""
        columns: list[pa.ChunkedArray | None] = [None] * len(self._slots)
        for number, slot in enumerate(self._slots):
            if isinstance(slot, Navigation):
                columns[number] = self._navigate(slot, rows, matches)
        for variable, numbers, aggregation in self._aggregations:
            found = self._aggregate(len(numbers), aggregation, rows, matches, *self._bounds(variable, matches))
            for number, column in zip(numbers, found, strict=True):
                columns[number] = column
        names = [f"c{number}" for number in range(len(columns))]
        return self._project(pa.Table.from_arrays(columns, names=names))

    def _slot(self, expr: Expr) -> Expr | None:
        match expr:
            case Navigation() | PatternAggregate():
                if expr not in self._slots:
                    self._slots.append(expr)
                return Column(self._slots.index(expr), expr.type, expr.span)
            case Column():
                return self._last(expr)
            case _:
                return None

    def _last(self, column: Column) -> Expr:
        """A column without a variable: of the match's last row."""
        found = self._slot(Navigation("LAST", None, 0, column, column.type, column.span))
        assert found is not None
        return found

    def _navigate(self, slot: Navigation, rows: pa.Table, matches: Matches) -> pa.ChunkedArray:
        if slot.kind == "ROWTIME":
            return _moments(matches.released, slot.type)
        first, last = self._bounds(slot.variable, matches)
        at = first + slot.offset if slot.kind == "FIRST" else last - slot.offset
        absent = (at < first) | (at > last)
        picked = take(rows, np.where(absent, 0, at), mask=absent)
        if isinstance(slot.argument, Column):
            return picked.column(f"c{slot.argument.index}")
        field = (Field("", slot.type),)
        found = Projection(self._context, [slot.argument], None, field, len(self._inputs))(picked).column(0)
        return _null_where(found, absent)

    def _plan_aggregations(self) -> list[tuple[str | None, list[int], Aggregation]]:
        """Aggregates over the same variable are computed together. Their rows carry one column more: is it a row?"""
        by_variable: dict[str | None, list[int]] = {}
        for number, slot in enumerate(self._slots):
            if isinstance(slot, PatternAggregate):
                by_variable.setdefault(slot.variable, []).append(number)
        width = len(self._inputs)
        real = Column(width, BOOLEAN)
        planned = []
        for variable, numbers in by_variable.items():
            calls = [_only(self._slots[number], real) for number in numbers]
            planned.append((variable, numbers, Aggregation(self._context, calls, width + 1)))
        return planned

    def _bounds(self, variable: str | None, matches: Matches) -> tuple[Ints, Ints]:
        """The first and the last row of a variable in each match; of whole matches without one."""
        if variable is None:
            return matches.start, matches.end
        if variable in self._variables:
            number = self._variables[variable]
            return matches.first[:, number], matches.last[:, number]
        return matches.start, matches.start - 1  # a SUBSET, or a variable that the pattern does not have

    def _aggregate(
        self,
        count: int,
        aggregation: Aggregation,
        rows: pa.Table,
        matches: Matches,
        first: Ints,
        last: Ints,
    ) -> list[pa.ChunkedArray]:
        # A match without rows has one that does not count, so that it gets the aggregates of nothing.
        sizes = np.maximum(last - first + 1, 1)
        owner = np.repeat(np.arange(len(matches)), sizes)
        inside = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        absent = np.repeat(last < first, sizes)
        picked = take(rows, np.where(absent, 0, np.repeat(first, sizes) + inside), mask=absent)
        picked = with_column(picked, f"c{len(self._inputs)}", pa.array(~absent))
        picked = with_column(picked, _MATCH, owner)
        picked = with_column(picked, ORDER, np.arange(len(owner)))
        found = aggregation(picked, [_MATCH])
        return [found.column(f"a{number}") for number in range(count)]


def _only(slot: Expr, real: Column) -> AggregateCall:
    assert isinstance(slot, PatternAggregate)
    call = slot.call
    return replace(call, filter=real if call.filter is None else Call("AND", (real, call.filter), BOOLEAN))


def _moments(released: Ints, type_: Type) -> pa.ChunkedArray:
    if len(released) and released.max() == END:
        todo = "use the time of a row of the match, LAST(A.ts)"
        raise RunError(
            "MATCH_ROWTIME() of a match that only the end of the input lets go is the end of time", todo=todo
        )
    return pa.chunked_array([pa.array(released).cast(pa.timestamp("ms")).cast(arrow_type(type_))])


def _null_where(column: pa.ChunkedArray, mask: Mask) -> pa.ChunkedArray:
    if not mask.any():
        return column
    return pc.if_else(pa.array(~mask), column, pa.scalar(None, column.type))


__all__ = ["Matches", "Measures", "replaced"]

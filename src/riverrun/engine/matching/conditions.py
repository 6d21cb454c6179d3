"""DEFINE: what looks only at its own row is computed for all rows at once; the rest row by row, over the match."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from riverrun.engine.aggregation import ORDER, Aggregation
from riverrun.engine.batch import Ints, take, with_column
from riverrun.engine.context import Context
from riverrun.engine.expressions import Projection
from riverrun.engine.matching.automaton import Partial, span
from riverrun.engine.matching.measures import replaced
from riverrun.schema.types import BOOLEAN, INTEGERS, STRINGS, Field, Root, Type
from riverrun.sql.expr import Call, Column, Expr, Navigation, PatternAggregate, walk
from riverrun.sql.functions import arrow_type, evaluator, is_deterministic
from riverrun.sql.plan import Match

_WIDTH = {Root.TINYINT: 8, Root.SMALLINT: 16, Root.INTEGER: 32, Root.BIGINT: 64}


def own_row_only(expr: Expr, variable: str) -> Expr | None:
    """The condition of `variable` as an expression over its own row; None when it looks at other rows too."""
    if any(_looks_elsewhere(node, variable) for node in walk(expr)):
        return None
    return replaced(expr, lambda node: node.argument if isinstance(node, Navigation) else None)


def _looks_elsewhere(node: Expr, variable: str) -> bool:
    if isinstance(node, Navigation):
        return node.kind == "FIRST" or node.offset != 0 or node.variable not in (None, variable)
    return isinstance(node, PatternAggregate)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a condition sees: the match so far, the row in question, the variable it is tried for, and where the rows of
    this partition begin in the table."""

    match: Partial
    row: int
    variable: int
    base: int

    def rows_of(self, variable: int | None) -> tuple[int, int] | None:
        """(first, last) positions in the table of the variable's rows (None: all), the row in question included."""
        if variable is None:
            first, last = (self.match.start if self.match.path else self.row), self.row
        else:
            rows = span(self.match, variable)
            if variable == self.variable:
                rows = (rows[0] if rows else self.row, self.row)
            if rows is None:
                return None
            first, last = rows
        return first + self.base, last + self.base


Slot = Callable[[Seen], Any]
_FEW = 4  # times as many rows as values
_MOST_KNOWN = 10_000
_NOWHERE = -1  # the number of a variable that the pattern does not have


class Conditions:
    """The conditions of a pattern's variables over a table of rows; `prepare` comes before everything else."""

    def __init__(self, node: Match, context: Context) -> None:
        self._context = context
        self._inputs = node.input.schema
        self._variables = {part.variable: number for number, part in enumerate(node.pattern)}
        self._whole: dict[int, Expr] = {}  # conditions over one row, then parts of others
        self._columns: list[Expr] = []  # further expressions over one row that other conditions need
        self._others: dict[int, _Other] = {}
        for variable, number in self._variables.items():
            condition = node.define.get(variable)
            if condition is None:
                continue
            own = own_row_only(condition, variable)
            if own is not None:
                self._whole[number] = own
            else:
                self._others[number] = _Other(condition, variable, self)
        parts = [*self._whole.values(), *self._columns]
        fields = tuple(Field("", part.type) for part in parts)
        self._project = Projection(context, parts, None, fields, len(self._inputs))
        self._only = _only_column(parts)
        self._known: dict[Any, int] = {}  # value of that column -> place in `_told`
        self._told = pa.table({})

    @property
    def only_own_rows(self) -> bool:
        return not self._others

    def prepare(self, rows: pa.Table) -> None:
        """Compute everything that needs one row only, for these rows."""
        self._rows = rows
        found = self._computed(rows)
        self._holds: dict[int, np.ndarray[Any, np.dtype[np.bool_]]] = {}
        for place, number in enumerate(self._whole):
            self._holds[number] = found.column(place).combine_chunks().fill_null(False).to_numpy(zero_copy_only=False)
        self._values = [found.column(len(self._whole) + n).to_pylist() for n in range(len(self._columns))]

    def _computed(self, rows: pa.Table) -> pa.Table:
        """What the conditions say of every row: of every value, when they look at one column with few of them."""
        if self._only is None or not rows.num_rows:
            return self._project(rows)
        encoded = rows.column(self._only).combine_chunks().dictionary_encode(null_encoding="encode")
        if len(encoded.dictionary) > rows.num_rows // _FEW:
            return self._project(rows)
        places = self._places(encoded.dictionary)
        return self._told.take(pa.array(places, pa.int64()).take(encoded.indices))

    def _places(self, values: pa.Array) -> list[int]:
        """Where in `_told` is what the conditions say of each value; what was said once holds for ever."""
        found = values.to_pylist()
        if len(self._known) + len(found) > _MOST_KNOWN:
            self._known = {}
        new = [place for place, value in enumerate(found) if value not in self._known]
        if new:
            told = self._project(pa.table({self._only: values.take(pa.array(new))}))
            self._told = pa.concat_tables([self._told, told]) if self._known else told
            self._known.update({found[place]: at for at, place in enumerate(new, len(self._known))})
        return [self._known[value] for value in found]

    def masks(self) -> Ints:
        """Of every row, the set of variables whose conditions hold, as bits. Only if `only_own_rows`."""
        found = np.zeros(self._rows.num_rows, np.int64)
        for number in self._variables.values():
            holds = self._holds.get(number)
            found |= (1 << number) if holds is None else holds.astype(np.int64) << number
        return found

    def holds(self, variable: int, match: Partial, row: int, base: int) -> bool:
        """Does row number `row` of the partition that begins at `base` satisfy the variable, given the match so far?"""
        other = self._others.get(variable)
        if other is not None:
            return other(Seen(match, row, variable, base))
        own = self._holds.get(variable)
        return True if own is None else bool(own[row + base])

    def column(self, expr: Expr) -> int:
        """The number of a per-row value that is computed along with the conditions."""
        if expr not in self._columns:
            self._columns.append(expr)
        return self._columns.index(expr)

    def value(self, column: int, row: int) -> Any:
        return self._values[column][row]

    def number_of(self, variable: str | None) -> int | None:
        return None if variable is None else self._variables.get(variable, _NOWHERE)


def _only_column(parts: Sequence[Expr]) -> str | None:
    """The column, if it is only one, that these expressions look at; None if values do not decide what they are."""
    used = {node.index: node.type for part in parts for node in walk(part) if isinstance(node, Column)}
    if len(used) != 1 or not all(is_deterministic(part) for part in parts):
        return None
    ((index, type_),) = used.items()
    calls = {node.function for part in parts for node in walk(part) if isinstance(node, Call)}
    plain = type_.root in (*STRINGS, *INTEGERS) and "CURRENT_WATERMARK" not in calls
    return f"c{index}" if plain else None


class _Other:
    """One condition that looks beyond its row: the parts that do are slots, the rest is an expression over them."""

    def __init__(self, condition: Expr, variable: str, conditions: Conditions) -> None:
        self._conditions = conditions
        self._variable = variable
        self._slots: list[Slot] = []
        self._types: list[Type] = []
        expression = replaced(condition, self._slot)
        context = conditions._context
        self._python = evaluator(expression, context.session)
        self._schema = pa.schema([pa.field(f"c{n}", arrow_type(type_)) for n, type_ in enumerate(self._types)])
        self._duckdb = Projection(context, [expression], None, (Field("", BOOLEAN),), len(self._slots))

    def __call__(self, seen: Seen) -> bool:
        values = [slot(seen) for slot in self._slots]
        if self._python is not None:
            return self._python(values) is True
        row = {f"c{n}": [value] for n, value in enumerate(values)}
        found: bool | None = self._duckdb(pa.table(row, schema=self._schema)).column(0)[0].as_py()
        return found is True

    def _slot(self, expr: Expr) -> Expr | None:
        conditions = self._conditions
        if isinstance(expr, Call) and not any(isinstance(node, Column | Navigation) for node in walk(expr)):
            return None  # constants, and what is made of them
        if not any(_looks_elsewhere(node, self._variable) for node in walk(expr)):
            own = own_row_only(expr, self._variable)
            if own is None or not any(isinstance(node, Column) for node in walk(own)):
                return None
            column = conditions.column(own)
            return self._add(expr, lambda seen: conditions.value(column, seen.row + seen.base))
        if isinstance(expr, Navigation):
            return self._add(expr, _navigation(expr, conditions))
        if isinstance(expr, PatternAggregate):
            return self._add(expr, _aggregate(expr, conditions))
        return None

    def _add(self, expr: Expr, slot: Slot) -> Expr:
        self._slots.append(slot)
        self._types.append(expr.type)
        return Column(len(self._slots) - 1, expr.type, expr.span)


def _navigation(expr: Navigation, conditions: Conditions) -> Slot:
    variable, column = conditions.number_of(expr.variable), conditions.column(expr.argument)

    def value(seen: Seen) -> Any:
        rows = seen.rows_of(variable)
        if rows is None:
            return None
        at = rows[0] + expr.offset if expr.kind == "FIRST" else rows[1] - expr.offset
        return conditions.value(column, at) if rows[0] <= at <= rows[1] else None

    return value


def _aggregate(expr: PatternAggregate, conditions: Conditions) -> Slot:
    variable = conditions.number_of(expr.variable)
    simple = _simple_aggregate(expr)
    if simple is not None:
        column = conditions.column(expr.call.args[0]) if expr.call.args else None

        def quick(seen: Seen) -> Any:
            rows = seen.rows_of(variable)
            if rows is None:
                return simple([])
            if column is None:
                return rows[1] - rows[0] + 1
            values = (conditions.value(column, row) for row in range(rows[0], rows[1] + 1))
            return simple([value for value in values if value is not None])

        return quick
    width = len(conditions._inputs)
    real = Column(width, BOOLEAN)
    only = replace(
        expr.call, filter=real if expr.call.filter is None else Call("AND", (real, expr.call.filter), BOOLEAN)
    )
    aggregation = Aggregation(conditions._context, [only], width + 1)

    def exact(seen: Seen) -> Any:
        rows = seen.rows_of(variable)
        first, count = (rows[0], rows[1] - rows[0] + 1) if rows else (0, 1)
        picked = take(conditions._rows, np.arange(first, first + count))
        picked = with_column(picked, f"c{width}", pa.array([rows is not None] * count))
        return aggregation(with_column(picked, ORDER, np.arange(count)), []).column("a0")[0].as_py()

    return exact


def _simple_aggregate(expr: PatternAggregate) -> Callable[[Sequence[Any]], Any] | None:
    """An aggregate over non-NULL integers or doubles in plain Python; None for the others."""
    call, type_ = expr.call, expr.type
    if call.distinct or call.filter is not None or len(call.args) > 1:
        return None
    if call.function == "COUNT":
        return len
    if type_.root in INTEGERS and (not call.args or call.args[0].type.root in INTEGERS):
        bits = _WIDTH[type_.root]
        named: dict[str, Callable[[Sequence[int]], int | None]] = {
            "SUM": lambda values: _wrapped(sum(values), bits) if values else None,
            "AVG": lambda values: _truncated(_wrapped(sum(values), 64), len(values), bits) if values else None,
            "MIN": lambda values: min(values, default=None),
            "MAX": lambda values: max(values, default=None),
        }
        return named.get(call.function)
    return None


def _wrapped(number: int, bits: int) -> int:
    half = 1 << (bits - 1)
    return (number + half) % (1 << bits) - half


def _truncated(total: int, count: int, bits: int) -> int:
    quotient = abs(total) // count
    return _wrapped(-quotient if total < 0 else quotient, bits)

"""A condition on ROW_NUMBER(): Top-N, deduplication, Top-N per window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from riverrun.schema.types import INTEGERS, Field
from riverrun.sql import logical, plan
from riverrun.sql.binder import relations
from riverrun.sql.expr import Call, Column, Expr, Literal, SortKey, columns_of
from riverrun.sql.planner.conditions import substituted
from riverrun.sql.planner.relation import Relation, live
from riverrun.values import dataclass

if TYPE_CHECKING:
    from riverrun.sql.planner.physical import Planner

_RANKS = ("ROW_NUMBER", "RANK", "DENSE_RANK")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


@dataclass(frozen=True, slots=True)
class Ranked:
    """What is left to compute above the rank."""

    relation: Relation
    expressions: tuple[Expr, ...]
    condition: Expr | None


@dataclass(frozen=True, slots=True)
class _Range:
    first: int | None
    last: int | None


def plan_rank(planner: Planner, over: logical.Over, condition: Expr, expressions: Sequence[Expr]) -> Ranked | None:
    """The filtered OVER as a Top-N, or None when the condition says nothing of a row number."""
    width = len(over.input.schema)
    numbers = {width + i for i, call in enumerate(over.calls) if call.function in _RANKS}
    found: dict[int, list[_Range]] = {}
    rest: list[Expr] = []
    for part in relations.conjuncts(condition):
        bounds = _bounds(part)
        if bounds is not None and bounds[0] in numbers:
            found.setdefault(bounds[0], []).append(bounds[1])
        else:
            _check_limit(planner, over, part, numbers)
            rest.append(part)
    if not found:
        return None
    column = next(iter(found))
    _check(planner, over, found, over.calls[column - width].function)
    ranges = found[column]
    first = max([1, *(part.first for part in ranges if part.first is not None)])
    ends = [part.last for part in ranges if part.last is not None]
    if not ends:
        todo = "add an upper bound: WHERE row_number <= 10"
        raise planner.context.error("a Top-N needs to know the last rank", over.windows[0].span, todo)
    if min(ends) < 1:
        raise planner.context.error("the last rank of a Top-N has to be at least 1", over.windows[0].span)
    return _ranked(planner, over, (first, min(ends)), relations.conjunction(rest), expressions)


def _check_limit(planner: Planner, over: logical.Over, part: Expr, numbers: set[int]) -> None:
    """A rank is not compared with a column."""
    if isinstance(part, Call) and part.function in _MIRRORED:
        sides = [_uncast(arg) for arg in part.args]
        if all(isinstance(side, Column) for side in sides) and columns_of(*sides) & numbers:
            span = over.windows[0].span
            raise planner.context.unsupported("a Top-N whose last rank is a column", span)


def _check(planner: Planner, over: logical.Over, found: dict[int, list[_Range]], function: str) -> None:
    span = over.windows[0].span
    if not over.windows[0].order:
        raise planner.context.error(f"{function}() needs ORDER BY", span, "say what the first rows are")
    if function != "ROW_NUMBER":
        todo = "use ROW_NUMBER()"
        raise planner.context.error(f"Flink supports no Top-N by {function}() in streaming", span, todo)
    if len(over.calls) > 1 or len(found) > 1:
        todo = "compute the other OVER aggregate in a query above or below"
        raise planner.context.error("a Top-N stands alone: no other OVER beside its ROW_NUMBER()", span, todo)


def _bounds(part: Expr) -> tuple[int, _Range] | None:
    """A column compared with a whole number."""
    if not isinstance(part, Call) or part.function not in _MIRRORED or len(part.args) != 2:
        return None
    left, right = (_uncast(arg) for arg in part.args)
    operator = part.function
    if isinstance(right, Column):
        left, right, operator = right, left, _MIRRORED[operator]
    if not isinstance(left, Column) or not isinstance(right, Literal) or not isinstance(right.value, int):
        return None
    return left.index, _range(operator, right.value)


def _range(operator: str, value: int) -> _Range:
    match operator:
        case "<":
            return _Range(None, value - 1)
        case "<=":
            return _Range(None, value)
        case ">":
            return _Range(value + 1, None)
        case ">=":
            return _Range(value, None)
        case _:
            return _Range(value, value)


def _uncast(expr: Expr) -> Expr:
    """Without the cast of an integer to another integer type."""
    if isinstance(expr, Call) and expr.function == "CAST" and expr.type.root in INTEGERS:
        inner = expr.args[0]
        return inner if inner.type.root in INTEGERS else expr
    return expr


def _ranked(
    planner: Planner, over: logical.Over, wanted: tuple[int, int], rest: Expr | None, expressions: Sequence[Expr]
) -> Ranked:
    below = planner.plan(over.input)
    window = over.windows[0]
    first, last = wanted
    width = len(below.schema)
    number_type = over.schema[width].type
    used = width in {index for expr in expressions for index in columns_of(expr)}
    used = used or (rest is not None and width in columns_of(rest))
    if last < first:
        relation = Relation(plan.Values((), live(over.schema, frozenset())))
        return Ranked(relation, tuple(expressions), rest)
    shows = used and first != last
    relation = _node(planner, below, window, wanted, shows, over.schema[width])
    if used and not shows:
        number = Literal(first, number_type)
        replaced: list[Expr] = [*relations.columns(over.input), number]
        expressions = [substituted(expr, replaced) for expr in expressions]
        rest = substituted(rest, replaced) if rest is not None else None
    return Ranked(relation, tuple(expressions), rest)


def _node(
    planner: Planner, below: Relation, window: logical.OverWindow, wanted: tuple[int, int], shows: bool, number: Field
) -> Relation:
    first, last = wanted
    schema = (*below.schema, number) if shows else below.schema
    if _by_window(below, window.keys):
        return _window_rank(planner, below, window, wanted, shows, schema)
    keys = frozenset(window.keys)
    if wanted == (1, 1) and below.append_only and _by_time(below, window.order):
        return _deduplicate(below, window)
    if first > 1 and not shows and not below.append_only:
        # As with OFFSET: Flink takes back rows that it never told.
        what = "a Top-N over rows that change, without the first rank and without showing the number"
        raise planner.context.unsupported(what, window.span, "select the row number, too")
    unique = frozenset({keys}) if first == last else frozenset()
    forgets = wanted == (1, 1) and below.append_only and _takes_nothing_back(window.order)
    rank = plan.Rank(below.node, window.keys, window.order, first, last, shows, schema, forgets)
    return Relation(rank, below.times, None, unique)


def _takes_nothing_back(order: Sequence[SortKey]) -> bool:
    """Flink plans a Top-1 over added rows as if it kept the first row by time, which nothing replaces; only one by a
    single descending column it plans to change."""
    return len(order) != 1 or not order[0].descending


def _by_window(below: Relation, keys: Sequence[int]) -> bool:
    window = below.window
    return window is not None and bool(window.starts.intersection(keys) and window.ends.intersection(keys))


def _by_time(below: Relation, order: Sequence[SortKey]) -> bool:
    return len(order) == 1 and order[0].index in below.times


def _deduplicate(below: Relation, window: logical.OverWindow) -> Relation:
    key = window.order[0]
    processing = below.is_proctime(key.index)
    node = plan.Deduplicate(
        below.node, window.keys, key.index, key.descending, processing, False, below.schema, not key.descending
    )
    return Relation(node, below.times, None, frozenset({frozenset(window.keys)}))


def _window_rank(
    planner: Planner,
    below: Relation,
    window: logical.OverWindow,
    wanted: tuple[int, int],
    shows: bool,
    schema: plan.Schema,
) -> Relation:
    assert below.window is not None, "_by_window says so"
    planner.needs_inserts(below, "a Top-N per window", window.span)
    if below.window.processing:
        raise planner.context.error("Flink has no Top-N per window of processing time", window.span)
    own = below.window.starts | below.window.ends | below.window.times
    keys = tuple(key for key in window.keys if key not in own)
    node = plan.WindowRank(below.node, below.window.attached(), keys, window.order, wanted[0], wanted[1], shows, schema)
    return Relation(node, below.times, below.window)

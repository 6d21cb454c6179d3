"""Conditions that bound how far apart two times are: what makes a join an interval join."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from riverrun.schema.types import TIMESTAMPS, Root
from riverrun.sql.expr import Call, Column, Expr, Literal, columns_of
from riverrun.values import dataclass

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
_UNITS = {"SECOND": 1000, "MINUTE": 60_000, "HOUR": 3_600_000, "DAY": 86_400_000, "WEEK": 604_800_000}
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


@dataclass(frozen=True, slots=True)
class Bounds:
    """lower <= left's time - right's time <= upper, in ms; `rest`: the other conditions."""

    left: int
    right: int
    lower: int
    upper: int
    rest: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class _Bound:
    """left's time - right's time `operator` distance."""

    left: int
    right: int
    operator: str
    distance: int


def bounds(parts: Sequence[Expr], left: frozenset[int], right: frozenset[int]) -> Bounds | None:
    """The bounds that the parts of a join's condition say, given the time attributes of both sides (numbers of the
    join). As in Flink exactly one bound from below and one from above, or one equality."""
    found: list[_Bound] = []
    rest: list[Expr] = []
    for part in parts:
        bound = _bound(part, left, right)
        if bound is None:
            rest.append(part)
        else:
            found.append(bound)
    if len({(bound.left, bound.right) for bound in found}) != 1:
        return None
    lower, upper = _limits(found)
    if lower is None or upper is None:
        return None
    return Bounds(found[0].left, found[0].right, lower, upper, tuple(rest))


def _limits(found: Sequence[_Bound]) -> tuple[int | None, int | None]:
    if len(found) == 1 and found[0].operator == "=":
        return found[0].distance, found[0].distance
    lower = [_closed(bound) for bound in found if bound.operator in (">", ">=")]
    upper = [_closed(bound) for bound in found if bound.operator in ("<", "<=")]
    if len(found) != 2 or len(lower) != 1 or len(upper) != 1:
        return None, None
    return lower[0], upper[0]


def _closed(bound: _Bound) -> int:
    """The distance as an inclusive bound: times are whole milliseconds."""
    return bound.distance + {">": 1, "<": -1}.get(bound.operator, 0)


def _bound(part: Expr, left: frozenset[int], right: frozenset[int]) -> _Bound | None:
    if not isinstance(part, Call) or part.function not in _MIRRORED or len(part.args) != 2:
        return None
    # Equal times of two kinds make no interval: one of them is computed from the column.
    loose = part.function != "="
    first, second = (_moved_time(_without_cast(arg) if loose else arg) for arg in part.args)
    if first is None or second is None:
        return None
    (one, plus_one), (two, plus_two) = first, second
    if one in left and two in right:
        return _Bound(one, two, part.function, plus_two - plus_one)
    if one in right and two in left:
        return _Bound(two, one, _MIRRORED[part.function], plus_one - plus_two)
    return None


def _moved_time(expr: Expr) -> tuple[int, int] | None:
    """A time column plus a constant number of milliseconds."""
    match expr:
        case Column(index=index):
            return index, 0
        case Call(function="+" | "-" as operator, args=(time, interval)):
            found, amount = _moved_time(time), constant_ms(interval)
            if found is None or amount is None:
                return None
            return found[0], found[1] + (amount if operator == "+" else -amount)
        case Call(function="TIMESTAMPADD", args=(Literal(value=int(count)), time), options=(str(unit), *_)):
            found, amount = _moved_time(time), _units(unit, count)
            return None if found is None or amount is None else (found[0], found[1] + amount)
        case Call(function="CAST", args=(time,)) if _same_but_for_precision(expr, time):
            return _moved_time(time)
        case _:
            return None


def _without_cast(expr: Expr) -> Expr:
    """A time as it was before it became the other kind of TIMESTAMP; the join refuses that with a reason."""
    if (
        isinstance(expr, Call)
        and expr.function == "CAST"
        and {expr.type.root, expr.args[0].type.root} <= set(TIMESTAMPS)
    ):
        return expr.args[0]
    return expr


def _same_but_for_precision(one: Expr, other: Expr) -> bool:
    return one.type.root is other.type.root and one.type.precision >= other.type.precision


def _units(unit: str, count: int) -> int | None:
    if unit in _MONTHS:
        return months_ms(_MONTHS[unit] * count)
    return _UNITS[unit] * count if unit in _UNITS else None


def constant_ms(expr: Expr) -> int | None:
    """The milliseconds of an interval computed from constants; None when it is none."""
    if columns_of(expr):
        return None
    match expr:
        case Literal(value=int(value), type=type_):
            if type_.root is Root.INTERVAL_YEAR_MONTH:
                return months_ms(value)
            return value
        case Call(function="+" | "-" | "*" as operator, args=(left, right)):
            return _arithmetic(operator, constant_ms(left), constant_ms(right))
        case Call(function="NEGATE", args=(operand,)):
            inner = constant_ms(operand)
            return None if inner is None else -inner
        case Call(function="CAST", args=(operand,)):
            return constant_ms(operand)
        case _:
            return None


def _arithmetic(operator: str, left: int | None, right: int | None) -> int | None:
    if left is None or right is None:
        return None
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case _:
            return left * right


def months_ms(months: int) -> int:
    """Flink counts months from 1970-01-01."""
    years, month = divmod(months, 12)
    day = datetime.date(1970 + years, 1 + month, 1)
    return (day - datetime.date(1970, 1, 1)).days * 86_400_000

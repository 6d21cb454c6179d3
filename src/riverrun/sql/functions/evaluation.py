"""Expressions as Python functions of one row, for conditions that are tested row by row (MATCH_RECOGNIZE).

Only what plain Python does exactly as DuckDB does it (`tests/unit/sql/functions/test_evaluation.py` compares them);
for anything else there is no evaluator, and what could fail is left to DuckDB, too.
"""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from riverrun.schema.types import INTEGERS, INTERVALS, MAX_LENGTH, STRINGS, Root, Type
from riverrun.sql.expr import Call, Column, Expr, Literal
from riverrun.sql.functions.arithmetic import EXACT, division_fails, rounded
from riverrun.sql.functions.common import is_approximate, is_integer, is_interval, is_string, is_timestamp
from riverrun.sql.functions.numbers import BITS

Values = Sequence[Any]
Evaluator = Callable[[Values], Any]
_EPOCH = datetime.datetime(1970, 1, 1)
_EPOCH_DAY = datetime.date(1970, 1, 1)
_MS = datetime.timedelta(milliseconds=1)


class NotHere(Exception):
    """Python does not evaluate this."""


def compiled(expr: Expr) -> Evaluator:
    """`expr` over the values of one row; NotHere when only DuckDB can."""
    _check(expr.type)
    match expr:
        case Column(index=index):
            return operator.itemgetter(index)
        case Literal():
            value = _literal(expr)
            return lambda row: value
        case Call(function=function):
            if function not in _CALLS:
                raise NotHere(function)
            return _CALLS[function](expr)
        case _:
            raise NotHere(type(expr).__name__)


_KNOWN = {Root.NULL, Root.BOOLEAN, *INTEGERS, Root.DOUBLE, Root.FLOAT, Root.DECIMAL, *STRINGS, *INTERVALS, Root.DATE}


def _check(type_: Type) -> None:
    if type_.root not in _KNOWN and not (is_timestamp(type_) and type_.precision <= 6):
        raise NotHere(str(type_))


def _literal(expr: Literal) -> Any:
    value, root = expr.value, expr.type.root
    if value is None:
        return None
    if root is Root.FLOAT:
        raise NotHere("FLOAT")
    if root is Root.DATE:
        return _EPOCH_DAY + datetime.timedelta(days=value)
    if is_timestamp(expr.type):
        return _EPOCH + datetime.timedelta(microseconds=value // 1000)
    return Decimal(value) if root is Root.DECIMAL else value


def _strict(function: Callable[..., Any], args: Sequence[Expr]) -> Evaluator:
    """`function` of the values; NULL if one is NULL."""
    parts = [compiled(arg) for arg in args]
    if len(parts) == 1:
        (only,) = parts
        return lambda row: None if (value := only(row)) is None else function(value)
    if len(parts) != 2:
        raise NotHere("arity")
    left, right = parts

    def evaluate(row: Values) -> Any:
        a = left(row)
        if a is None:
            return None
        b = right(row)
        return None if b is None else function(a, b)

    return evaluate


# -- logic


def _and(call: Call) -> Evaluator:
    return _connective(call, decided=False)


def _or(call: Call) -> Evaluator:
    return _connective(call, decided=True)


def _connective(call: Call, *, decided: bool) -> Evaluator:
    parts = [compiled(arg) for arg in call.args]

    def evaluate(row: Values) -> Any:
        out: bool | None = not decided
        for part in parts:
            value = part(row)
            if value is decided:
                return decided
            if value is None:
                out = None
        return out

    return evaluate


def _test(function: Callable[[Any], bool]) -> Callable[[Call], Evaluator]:
    def build(call: Call) -> Evaluator:
        part = compiled(call.args[0])
        return lambda row: function(part(row))

    return build


# -- comparison


def _comparison(compare: Callable[[Any, Any], bool], *, of_equals: bool) -> Callable[[Call], Evaluator]:
    def build(call: Call) -> Evaluator:
        left, right = call.args
        if left == right and not isinstance(left, Literal):
            return _strict(lambda value: of_equals, (left,))  # folded by Flink, also for NaN
        _comparable(left, right)
        return _strict(compare, call.args)

    return build


def _comparable(*exprs: Expr) -> None:
    for expr in exprs:
        was_decimal = isinstance(expr, Call) and expr.function == "CAST" and expr.args[0].type.root is Root.DECIMAL
        if is_approximate(expr.type) and was_decimal:
            raise NotHere("Flink orders NaN here")


def _distinct(*, negated: bool) -> Callable[[Call], Evaluator]:
    def build(call: Call) -> Evaluator:
        if any(is_approximate(arg.type) for arg in call.args):
            raise NotHere("NaN")
        left, right = (compiled(arg) for arg in call.args)
        return lambda row: (left(row) == right(row)) is negated

    return build


def _in(call: Call) -> Evaluator:
    if any(is_approximate(arg.type) for arg in call.args):
        raise NotHere("NaN")
    value, *items = (compiled(arg) for arg in call.args)

    def evaluate(row: Values) -> bool | None:
        wanted = value(row)
        if wanted is None:
            return None
        found = [item(row) for item in items]
        return True if wanted in found else None if None in found else False

    return evaluate


# -- conditionals


def _case(call: Call) -> Evaluator:
    *pairs, otherwise = (compiled(arg) for arg in call.args)
    branches = list(zip(pairs[::2], pairs[1::2], strict=True))

    def evaluate(row: Values) -> Any:
        for condition, value in branches:
            if condition(row) is True:
                return value(row)
        return otherwise(row)

    return evaluate


def _coalesce(call: Call) -> Evaluator:
    parts = [compiled(arg) for arg in call.args]

    def evaluate(row: Values) -> Any:
        for part in parts:
            value = part(row)
            if value is not None:
                return value
        return None

    return evaluate


# -- arithmetic


def _wrapped(function: Callable[..., int], root: Root) -> Callable[..., int]:
    half, size = 1 << (BITS[root] - 1), 1 << BITS[root]
    return lambda *values: (function(*values) + half) % size - half


def _arithmetic(
    compute: Callable[[Any, Any], Any], exact: Callable[[Decimal, Decimal], Decimal]
) -> Callable[[Call], Evaluator]:
    def build(call: Call) -> Evaluator:
        type_ = call.type
        if is_integer(type_):
            return _strict(_wrapped(compute, type_.root), call.args)
        if type_.root is Root.DOUBLE:
            return _strict(compute, call.args)
        if type_.root is Root.DECIMAL:
            precision, scale = type_.precision, type_.scale
            return _strict(lambda a, b: rounded(exact(Decimal(a), Decimal(b)), precision, scale), call.args)
        return _moved(call)

    return build


def _moved(call: Call) -> Evaluator:
    """A timestamp and milliseconds."""
    value, amount = call.args
    if (
        not (is_timestamp(call.type) and amount.type.root is Root.INTERVAL_DAY_TIME)
        or value.type.root != call.type.root
    ):
        raise NotHere("interval")
    sign = 1 if call.function == "+" else -1
    return _strict(lambda moment, ms: moment + _MS * (sign * ms), call.args)


def _division(call: Call) -> Evaluator:
    if not is_integer(call.type) or division_fails(call):
        raise NotHere("/")
    return _strict(_wrapped(_quotient, call.type.root), call.args)


def _quotient(a: int, b: int) -> int:
    found = abs(a) // abs(b)
    return found if (a < 0) == (b < 0) else -found


def _remainder(call: Call) -> Evaluator:
    if not all(is_integer(arg.type) for arg in call.args) or division_fails(call):
        raise NotHere("%")
    return _strict(_wrapped(lambda a, b: a - b * _quotient(a, b), call.type.root), call.args)


def _negate(call: Call) -> Evaluator:
    if is_integer(call.type):
        return _strict(_wrapped(operator.neg, call.type.root), call.args)
    if is_interval(call.type) or call.type.root is Root.FLOAT:
        raise NotHere("-")
    return _strict(Decimal.copy_negate if call.type.root is Root.DECIMAL else operator.neg, call.args)


# -- times

_UNITS = {"SECOND": 1000, "MINUTE": 60_000, "HOUR": 3_600_000, "DAY": 86_400_000}


def _difference(call: Call) -> Evaluator:
    unit = _UNITS.get(call.options[0])
    if unit is None or not all(is_timestamp(arg.type) and arg.type.precision <= 3 for arg in call.args):
        raise NotHere("TIMESTAMPDIFF")
    return _strict(_wrapped(lambda a, b: _quotient((b - a) // _MS, unit), Root.INTEGER), call.args)


# -- casts


def _cast(call: Call) -> Evaluator:
    (value,) = call.args
    function = _conversion(value.type, call.type)
    return compiled(value) if function is None else _strict(function, call.args)


def _conversion(source: Type, target: Type) -> Callable[[Any], Any] | None:
    """None: the value stays as it is."""
    if source.same_as(target) or source.root is Root.NULL:
        return None
    if is_string(source) and target.root is Root.VARCHAR and (target.length in (MAX_LENGTH, source.length)):
        return None
    if is_timestamp(source) and source.root is target.root and source.precision <= target.precision:
        return None
    if is_integer(source) and is_integer(target):
        wider = BITS[target.root] >= BITS[source.root]
        return None if wider else _wrapped(lambda value: value, target.root)
    if is_integer(source) and target.root is Root.DOUBLE:
        return float
    if target.root is Root.DECIMAL and (is_integer(source) or source.root is Root.DECIMAL):
        return lambda value: rounded(Decimal(value), target.precision, target.scale)
    raise NotHere("CAST")


_CALLS: Mapping[str, Callable[[Call], Evaluator]] = {
    "AND": _and,
    "OR": _or,
    "NOT": lambda call: _strict(operator.not_, call.args),
    "IS TRUE": _test(lambda value: value is True),
    "IS NOT TRUE": _test(lambda value: value is not True),
    "IS FALSE": _test(lambda value: value is False),
    "IS NOT FALSE": _test(lambda value: value is not False),
    "IS UNKNOWN": _test(lambda value: value is None),
    "IS NOT UNKNOWN": _test(lambda value: value is not None),
    "IS NULL": _test(lambda value: value is None),
    "IS NOT NULL": _test(lambda value: value is not None),
    "=": _comparison(operator.eq, of_equals=True),
    "<>": _comparison(operator.ne, of_equals=False),
    "<": _comparison(operator.lt, of_equals=False),
    "<=": _comparison(operator.le, of_equals=True),
    ">": _comparison(operator.gt, of_equals=False),
    ">=": _comparison(operator.ge, of_equals=True),
    "IS DISTINCT FROM": _distinct(negated=False),
    "IS NOT DISTINCT FROM": _distinct(negated=True),
    "IN": _in,
    "CASE": _case,
    "IF": _case,
    "COALESCE": _coalesce,
    "IFNULL": _coalesce,
    "+": _arithmetic(operator.add, EXACT.add),
    "-": _arithmetic(operator.sub, EXACT.subtract),
    "*": _arithmetic(operator.mul, EXACT.multiply),
    "/": _division,
    "%": _remainder,
    "MOD": _remainder,
    "NEGATE": _negate,
    "TIMESTAMPDIFF": _difference,
    "CAST": _cast,
}

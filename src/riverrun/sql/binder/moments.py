"""AVG, STDDEV, VAR_SAMP and their like with OVER: Flink computes them from sums and counts, in the type of the result.

Without OVER it has an accumulator of its own for each, which rounds and overflows otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from riverrun.schema import types as t
from riverrun.sql import functions
from riverrun.sql.binder.context import Context
from riverrun.sql.expr import AggregateCall, Expr, Literal

_ALIASES = {"STDDEV": "STDDEV_SAMP", "VARIANCE": "VAR_SAMP"}
_VARIANCES = ("STDDEV_POP", "STDDEV_SAMP", "VAR_POP", "VAR_SAMP", *_ALIASES)
_SMALL = (t.Root.TINYINT, t.Root.SMALLINT, t.Root.INTEGER)
# An aggregate over the window of the call.
Over = Callable[[str, Sequence[Expr]], Expr]


def moment(context: Context, call: AggregateCall, over: Over) -> Expr | None:
    """`call` by sums and counts; None when it is none of these, or is the same either way."""
    parts = _Parts(context, call)
    if call.function == "AVG" and call.args[0].type.root in _SMALL:
        return parts.result(parts.apply("/", over("SUM", call.args), parts.some(over("COUNT", call.args))))
    return _variance(parts, over) if call.function in _VARIANCES else None


def _variance(parts: _Parts, over: Over) -> Expr:
    name = _ALIASES.get(parts.call.function, parts.call.function)
    apply, result = parts.apply, parts.result
    value = result(parts.call.args[0])
    squares, total = over("SUM", (apply("*", value, value),)), over("SUM", (value,))
    count = over("COUNT", (value,))
    some = result(parts.some(count))
    mean_square = apply("-", squares, apply("/", apply("*", total, total), some))
    found = result(apply("/", mean_square, some if name.endswith("_POP") else parts.others(count)))
    if not name.startswith("STDDEV"):
        return found
    return result(apply("POWER", found, Literal(Decimal("0.5"), t.decimal(2, 1).not_null())))


@dataclass(frozen=True, slots=True)
class _Parts:
    context: Context
    call: AggregateCall

    def apply(self, function: str, *args: Expr) -> Expr:
        return self.context.call(function, args, self.call.span)

    def result(self, expr: Expr) -> Expr:
        """In the type of the result."""
        wanted = self.call.type.with_nullable(expr.type.nullable)
        return expr if expr.type.same_as(wanted) else functions.cast(expr, wanted, self.context.session)

    def some(self, count: Expr) -> Expr:
        """The count, NULL when it is 0."""
        return self.apply("CASE", self.apply("=", count, _number(0)), _NONE, count)

    def others(self, count: Expr) -> Expr:
        """One less than the count, NULL when that leaves nothing."""
        return self.apply("CASE", self.apply("<=", count, _number(1)), _NONE, self.apply("-", count, _number(1)))


_NONE = Literal(None, t.BIGINT)


def _number(value: int) -> Literal:
    return Literal(value, t.BIGINT.not_null())

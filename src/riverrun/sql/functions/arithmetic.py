"""+, -, *, /, % on numbers: integers wrap, decimals round half up or become NULL, division by zero fails."""

from __future__ import annotations

import decimal as decimals
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa

from riverrun.schema.types import Root, Type
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.functions import times_arithmetic
from riverrun.sql.functions.check import as_type, refuse
from riverrun.sql.functions.common import (
    MAX_PRECISION,
    as_decimal,
    is_approximate,
    is_integer,
    is_interval,
    is_numeric,
    product_type,
    quotient_type,
    remainder_type,
    sum_type,
)
from riverrun.sql.functions.entry import Entry, InvalidCall, Renderer, Request
from riverrun.sql.functions.numbers import wide, wrap
from riverrun.sql.functions.physical import duckdb_type
from riverrun.sql.functions.python import Failure, PythonFunction
from riverrun.sql.functions.render import error, place

TypeRule = Callable[[Type, Type], Type | None]


def _resolve(rule: TypeRule) -> Callable[[Request], Expr]:
    def resolve(request: Request) -> Expr:
        if len(request.args) != 2:
            raise refuse(request)
        left, right = request.args
        result = rule(left.type, right.type)
        if result is None:
            found = times_arithmetic.resolve(request)
            if found is None:
                raise refuse(request)
            return found
        if request.name in ("/", "%", "MOD") and _is_zero(left) is not None and _is_zero(right):
            raise InvalidCall("division by zero")
        return request.call(result, _operands(request.name, left, right, result))

    return resolve


def _is_zero(expr: Expr) -> bool | None:
    """Whether a constant is 0; None when the expression is not a constant number."""
    match expr:
        case Literal(value=int() | Decimal() as value):
            return value == 0
        case Call(function="CAST", args=(inner,)):
            return _is_zero(inner)
        case _:
            return None


def _operands(name: str, left: Expr, right: Expr, result: Type) -> tuple[Expr, Expr]:
    """Java computes in the result's type; decimals keep theirs, and so do the operands of a remainder."""
    if result.root is Root.DECIMAL or name in ("%", "MOD"):
        both_integers = is_integer(left.type) and is_integer(right.type)
        return (left, right) if both_integers else (_decimal(left), _decimal(right))
    return as_type(left, result), as_type(right, result)


def _decimal(expr: Expr) -> Expr:
    return as_type(expr, as_decimal(expr.type))


def _render(symbol: str, java: str) -> Callable[[Call, list[str], Renderer], str]:
    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        result = call.type
        if not is_numeric(result):
            return times_arithmetic.render(call, args, renderer)
        left, right = args
        if is_approximate(result):
            return f"({left} {symbol} {right})"
        if is_integer(result):
            big = wide(result.root)
            return wrap(f"CAST({left} AS {big}) {symbol} CAST({right} AS {big})", result.root, of=big)
        return _render_decimal(symbol, java, call, left, right)

    return render


def _render_decimal(symbol: str, java: str, call: Call, left: str, right: str) -> str:
    a, b = (arg.type for arg in call.args)
    target = duckdb_type(call.type)
    if symbol == "*":
        exact = a.precision + b.precision + 1 <= MAX_PRECISION
        operands = f"{_roomy(left, a, b)} * {right}"
    else:
        scale = max(a.scale, b.scale)
        exact = max(a.precision - a.scale, b.precision - b.scale) + scale + 1 <= MAX_PRECISION
        operands = f"CAST({left} AS {target}) {symbol} CAST({right} AS {target})"
    return f"CAST({operands} AS {target})" if exact else _in_python(java, call, left, right)


def _roomy(left: str, a: Type, b: Type) -> str:
    """The left factor wide enough that DuckDB does not multiply in 64 bits, which may overflow."""
    narrow = a.precision <= _IN_64_BITS and b.precision <= _IN_64_BITS < a.precision + b.precision
    return f"CAST({left} AS DECIMAL({_IN_64_BITS + 1}, {a.scale}))" if narrow else left


_IN_64_BITS = 18


def _in_python(java: str, call: Call, left: str, right: str) -> str:
    precision, scale = call.type.precision, call.type.scale
    text = f"rr_decimal_{java}({left}, {right}, {precision}, {scale}, {place(call.span)})"
    return f"CAST({text} AS {duckdb_type(call.type)})"


def _render_quotient(call: Call, args: list[str], renderer: Renderer) -> str:
    left, right = args
    if is_approximate(call.type):
        return f"({left} / {right})"
    if is_integer(call.type):
        return _whole_division(call, left, right)
    return _in_python("divide", call, left, right)


def _render_remainder(call: Call, args: list[str], renderer: Renderer) -> str:
    left, right = args
    if not all(is_integer(arg.type) for arg in call.args):
        text = _in_python("remainder", call, left, right) if call.type.root is Root.DECIMAL else ""
        return text or f"CAST({_remainder_of_wholes(call, left, right)} AS {duckdb_type(call.type)})"
    divisor = call.args[1]
    name = duckdb_type(call.type)
    plain = f"CAST({left} % {right} AS {name})"
    if isinstance(divisor, Literal) and divisor.value not in (None, 0, -1):
        return plain
    return (
        f"(CASE WHEN {right} = 0 AND {left} IS NOT NULL THEN {error('division', call.span, 'division by zero')} "
        f"WHEN {right} = -1 AND {left} IS NOT NULL THEN 0::{name} ELSE {plain} END)"
    )


def _remainder_of_wholes(call: Call, left: str, right: str) -> str:
    return f"rr_decimal_remainder({left}, {right}, {MAX_PRECISION}, 0, {place(call.span)})"


def _whole_division(call: Call, left: str, right: str) -> str:
    divisor = call.args[1]
    plain = f"({left} // {right})"
    if isinstance(divisor, Literal) and divisor.value not in (None, 0, -1):
        return plain
    big = wide(call.type.root)
    negated = wrap(f"-CAST({left} AS {big})", call.type.root, of=big)
    return (
        f"(CASE WHEN {right} = 0 AND {left} IS NOT NULL THEN {error('division', call.span, 'division by zero')} "
        f"WHEN {right} = -1 THEN {negated} ELSE {plain} END)"
    )


def division_fails(call: Call) -> bool:
    """A division of exact numbers whose divisor is not a constant other than 0."""
    if is_approximate(call.type) or is_interval(call.type):
        return False
    divisor = call.args[1]
    while isinstance(divisor, Call) and divisor.function == "CAST":
        divisor = divisor.args[0]
    return not (isinstance(divisor, Literal) and bool(divisor.value))


def _resolve_sign(request: Request) -> Expr:
    if len(request.args) != 1 or not (is_numeric(request.types[0]) or is_interval(request.types[0])):
        raise refuse(request)
    if request.name == "+":
        return request.args[0]
    return request.call(request.types[0].plain())


def _render_negate(call: Call, args: list[str], renderer: Renderer) -> str:
    if is_integer(call.type):
        big = wide(call.type.root)
        return wrap(f"-CAST({args[0]} AS {big})", call.type.root, of=big)
    return f"(-{args[0]})"


def _resolve_plus(request: Request) -> Expr:
    return _resolve_sign(request) if len(request.args) == 1 else _resolve(sum_type)(request)


# -- decimals that DuckDB cannot hold on the way

EXACT = decimals.Context(prec=200, rounding=decimals.ROUND_HALF_UP)
_QUOTIENT = decimals.Context(prec=38, rounding=decimals.ROUND_HALF_UP)


def rounded(value: Decimal, precision: int, scale: int) -> Decimal | None:
    """`value` at `scale`, half up; None when it needs more than `precision` digits."""
    out = value.quantize(Decimal(1).scaleb(-scale), context=EXACT)
    return out if out.is_zero() or out.adjusted() < precision - scale else None


def _decimal_function(name: str, compute: Callable[[Decimal, Decimal], Decimal]) -> PythonFunction:
    def vector(*columns: Any) -> Any:
        out: list[str | None] = []
        for left, right, precision, scale, where in zip(*(c.to_pylist() for c in columns), strict=True):
            if left is None or right is None:
                out.append(None)
                continue
            try:
                result = rounded(compute(left, right), precision, scale)
            except (decimals.DivisionByZero, decimals.InvalidOperation) as problem:
                raise Failure("division", where, "division by zero") from problem
            out.append(None if result is None else f"{result:f}")
        return pa.array(out, pa.string())

    return PythonFunction(f"rr_decimal_{name}", None, "VARCHAR", vector)


FUNCTIONS = (
    _decimal_function("plus", EXACT.add),
    _decimal_function("minus", EXACT.subtract),
    _decimal_function("times", EXACT.multiply),
    _decimal_function("divide", _QUOTIENT.divide),
    _decimal_function("remainder", EXACT.remainder),
)


ENTRIES = (
    Entry(
        "+",
        ("numeric1 + numeric2", "datetime + interval", "interval1 + interval2", "+ numeric"),
        "The sum; integers wrap around, a decimal that is too large is NULL.",
        _resolve_plus,
        _render("+", "plus"),
        {
            "1 + 2": 3,
            "2147483647 + 1": -2147483648,
            "1.5 + 2.25": "3.75",
            "DATE '2024-01-31' + INTERVAL '1' MONTH": "2024-02-29",
        },
    ),
    Entry(
        "-",
        ("numeric1 - numeric2", "datetime - interval", "interval1 - interval2"),
        "The difference.",
        _resolve(sum_type),
        _render("-", "minus"),
        {
            "1 - 2": -1,
            "CAST(-128 AS TINYINT) - CAST(1 AS TINYINT)": 127,
            "TIMESTAMP '2024-03-01 00:00:00' - INTERVAL '1' SECOND": "2024-02-29 23:59:59",
        },
    ),
    Entry(
        "*",
        ("numeric1 * numeric2", "interval * integer"),
        "The product.",
        _resolve(product_type),
        _render("*", "times"),
        {
            "3 * 4": 12,
            "1.5 * 1.5": "2.25",
            "9223372036854775807 * 2": -2,
            "2147483647 * CAST(99999999.99 AS DECIMAL(10, 2))": "214748364678525163.53",
        },
    ),
    Entry(
        "/",
        ("numeric1 / numeric2",),
        "The quotient; whole numbers are cut toward zero; exact numbers divided by zero fail, floats give Infinity.",
        _resolve(quotient_type),
        _render_quotient,
        {"7 / 2": 3, "-7 / 2": -3, "7 / 2.0": "3.500000", "7 / 2e0": 3.5},
        fails=division_fails,
    ),
    Entry(
        "%",
        ("exact1 % exact2",),
        "The remainder, with the sign of the dividend and, for whole numbers, the type of the divisor.",
        _resolve(remainder_type),
        _render_remainder,
        {"7 % 3": 1, "-7 % 3": -1, "7.5 % 2": "1.5"},
        fails=division_fails,
    ),
    Entry(
        "MOD",
        ("MOD(exact1, exact2)",),
        "The same as exact1 % exact2.",
        _resolve(remainder_type),
        _render_remainder,
        {"MOD(7, 3)": 1},
        fails=division_fails,
    ),
    Entry(
        "NEGATE",
        ("- numeric",),
        "The number with the other sign.",
        _resolve_sign,
        _render_negate,
        {"-(1 + 1)": -2, "-CAST(-2147483648 AS INT)": -2147483648},
    ),
)

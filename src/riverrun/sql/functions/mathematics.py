"""ABS, ROUND, CEIL, powers, logarithms, trigonometry, random numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from riverrun.schema.types import BIGINT, DOUBLE, INT, STRING, Root, Type, char, decimal
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.functions import times_floor
from riverrun.sql.functions.check import fits, refuse, takes
from riverrun.sql.functions.common import any_nullable, is_approximate, is_integer, is_numeric
from riverrun.sql.functions.entry import Entry, InvalidCall, Render, Renderer, Request
from riverrun.sql.functions.numbers import wide, wrap
from riverrun.sql.functions.physical import duckdb_type
from riverrun.sql.functions.python import Failure, PythonFunction, python_function
from riverrun.sql.functions.render import place
from riverrun.sql.functions.strings import joined, text

Doubles = npt.NDArray[np.float64]
_EXACT = Context(prec=400)


# -- functions of doubles, by numpy: IEEE results instead of DuckDB's errors


def _numpy(name: str, compute: Callable[..., Any], count: int = 1) -> PythonFunction:
    def vector(*columns: Any) -> Any:
        wholes = [column.combine_chunks() for column in columns]
        missing = np.zeros(len(wholes[0]), bool)
        for whole in wholes:
            missing |= whole.is_null().to_numpy(zero_copy_only=False)
        numbers = [whole.fill_null(1.0).to_numpy(zero_copy_only=False) for whole in wholes]
        with np.errstate(all="ignore"):
            found = compute(*numbers)
        return pa.array(found, pa.float64(), mask=missing)

    return PythonFunction(f"rr_{name}", ("DOUBLE",) * count, "DOUBLE", vector)


def _double_call(name: str) -> Render:
    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        return f"rr_{name}({', '.join(f'CAST({arg} AS DOUBLE)' for arg in args)})"

    return render


def _resolve_doubles(count: int) -> Callable[[Request], Expr]:
    def resolve(request: Request) -> Expr:
        if len(request.args) != count or not all(is_numeric(t) or t.root is Root.NULL for t in request.types):
            raise refuse(request, f"{request.name}({', '.join(['numeric'] * count)})")
        if (
            request.name == "ATAN2"
            and any(map(_is_decimal, request.types))
            and not all(map(_is_decimal, request.types))
        ):
            raise refuse(request, "ATAN2 with two numbers of one kind")
        return request.call(DOUBLE.with_nullable(any_nullable(request.types)))

    return resolve


def _of_double(name: str, doc: str, examples: dict[str, object], count: int = 1) -> Entry:
    arguments = ", ".join(["numeric"] if count == 1 else [f"numeric{i}" for i in range(1, count + 1)])
    return Entry(
        name,
        (f"{name}({arguments})",),
        doc,
        _resolve_doubles(count),
        _double_call(name.lower()),
        examples,
        null_object=False,
    )


def _cot(x: Doubles) -> Doubles:
    return np.divide(1.0, np.tan(x))


def _log_of(base: Doubles, x: Doubles) -> Doubles:
    return np.divide(np.log(x), np.log(base))


def _power(x: Doubles, y: Doubles) -> Doubles:
    # Java: 1 to the power NaN is NaN, and so is 1 or -1 to an infinite power.
    found = np.power(x, y)
    found[np.isnan(y) | ((np.abs(x) == 1) & np.isinf(y))] = np.nan
    return found


_COMPUTED: tuple[tuple[str, Callable[..., Any], int], ...] = (
    ("sqrt", np.sqrt, 1), ("ln", np.log, 1), ("log10", np.log10, 1), ("log2", np.log2, 1), ("exp", np.exp, 1),
    ("sin", np.sin, 1), ("cos", np.cos, 1), ("tan", np.tan, 1), ("cot", _cot, 1), ("asin", np.arcsin, 1),
    ("acos", np.arccos, 1), ("atan", np.arctan, 1), ("sinh", np.sinh, 1), ("cosh", np.cosh, 1), ("tanh", np.tanh, 1),
    ("degrees", np.degrees, 1), ("radians", np.radians, 1), ("sign_double", np.sign, 1), ("atan2", np.arctan2, 2),
    ("power", _power, 2), ("log", np.log, 1), ("log_of", _log_of, 2),
)  # fmt: skip


def _resolve_log(request: Request) -> Expr:
    if len(request.args) not in (1, 2):
        raise refuse(request, "LOG([base, ]numeric)")
    return _resolve_doubles(len(request.args))(request)


def _render_log(call: Call, args: list[str], renderer: Renderer) -> str:
    return _double_call("log" if len(args) == 1 else "log_of")(call, args, renderer)


# -- ABS, SIGN


def _resolve_same(request: Request) -> Expr:
    if len(request.args) != 1 or not is_numeric(request.types[0]):
        raise refuse(request, f"{request.name}(numeric)")
    if request.name == "SIGN":
        _refuse_small(request)
    return request.call(request.types[0].plain())


def _refuse_small(request: Request) -> None:
    """Flink fails to compile these two for the small integer types."""
    if request.types[0].root in (Root.TINYINT, Root.SMALLINT):
        raise InvalidCall(f"{request.name} of {request.types[0].null()} fails in Flink; CAST it to INT")


def _render_abs(call: Call, args: list[str], renderer: Renderer) -> str:
    (value,) = args
    if is_integer(call.type):
        big = wide(call.type.root)
        return wrap(f"abs(CAST({value} AS {big}))", call.type.root, of=big)
    return f"abs({value})"


def _render_sign(call: Call, args: list[str], renderer: Renderer) -> str:
    name = duckdb_type(call.type)
    if is_approximate(call.type):
        return f"CAST(rr_sign_double(CAST({args[0]} AS DOUBLE)) AS {name})"
    return f"CAST(sign({args[0]}) AS {name})"


# -- CEIL, FLOOR (of times: `times_floor`)


def _resolve_whole(request: Request) -> Expr:
    if len(request.args) == 1 and not request.options and is_numeric(request.types[0]):
        type_ = request.types[0].plain()
        return request.call(decimal(type_.precision, 0).with_nullable(type_.nullable) if _is_decimal(type_) else type_)
    return times_floor.resolve(request)


def _is_decimal(type_: Type) -> bool:
    return type_.root is Root.DECIMAL


def _render_whole(function: str, rounding: str) -> Render:
    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        if call.options:
            return times_floor.render(call, args, renderer)
        (value,) = args
        if is_integer(call.type):
            return value
        if is_approximate(call.type):
            return f"{function}({value})"
        name = duckdb_type(call.type)
        return f"CAST(rr_decimal_whole({value}, '{rounding}', {call.type.precision}) AS {name})"

    return render


# -- ROUND, TRUNCATE


def _resolve_round(request: Request) -> Expr:
    args = fits(request.args, "num, int?")
    if args is None:
        raise refuse(request, f"{request.name}(numeric[, digits])")
    if request.name == "TRUNCATE":
        _refuse_small(request)
    type_ = args[0].type.plain()
    nullable = any_nullable([arg.type for arg in args])
    if not _is_decimal(type_):
        return request.call(type_.with_nullable(nullable), args)
    digits = _digits(args, type_)
    return request.call(_rounded_type(type_, digits).with_nullable(nullable), args)


def _digits(args: Sequence[Expr], type_: Type) -> int | None:
    """The digits when they are known; None when only the rows tell."""
    if len(args) == 1:
        return 0
    return args[1].value if isinstance(args[1], Literal) and isinstance(args[1].value, int) else None


def _rounded_type(type_: Type, digits: int | None) -> Type:
    if digits is None or digits >= type_.scale:
        return type_
    scale = max(digits, 0)
    return decimal(min(type_.precision - type_.scale + scale + 1, 38), scale)


def _render_round(kind: str) -> Render:
    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        value, digits = args[0], args[1] if len(args) > 1 else "0"
        name = duckdb_type(call.type)
        if is_integer(call.type):
            count = call.args[1] if len(args) > 1 else Literal(0, INT)
            if isinstance(count, Literal) and isinstance(count.value, int) and count.value >= 0:
                return value
            found = f"rr_{kind}_integer({value}, {digits})"
            return found if call.type.root is Root.BIGINT else wrap(found, call.type.root)
        if is_approximate(call.type):
            where = place(call.span)
            return f"CAST(rr_{kind}_double({where}, CAST({value} AS DOUBLE), {digits}) AS {name})"
        known = _digits(call.args, call.args[0].type) is not None
        kept = f"{call.type.precision}, {call.type.scale}, {'TRUE' if known else 'FALSE'}"
        return f"CAST(rr_{kind}_decimal({value}, {digits}, {kept}) AS {name})"

    return render


def _at_digits(value: Decimal, digits: int, rounding: str) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), rounding=rounding, context=_EXACT)


def _round_double(where: str, value: float, digits: int) -> float:
    if not math.isfinite(value):
        raise Failure("round", where, "ROUND of a number that is not finite")
    return float(_at_digits(Decimal(repr(value)), digits, ROUND_HALF_UP)) + 0.0  # never -0.0


def _truncate_double(where: str, value: float, digits: int) -> float:
    if not math.isfinite(value):
        raise Failure("truncate", where, "TRUNCATE of a number that is not finite")
    return float(_at_digits(Decimal(repr(value)), digits, ROUND_DOWN)) + 0.0


def _round_integer(value: int, digits: int) -> int:
    found = int(_at_digits(Decimal(value), min(digits, 0), ROUND_HALF_UP))
    return (found + 2**63) % 2**64 - 2**63


def _truncate_integer(value: int, digits: int) -> int:
    return int(_at_digits(Decimal(value), min(digits, 0), ROUND_DOWN))


def _to_type(rounding: str) -> Callable[[Decimal, int, int, int, bool], str | None]:
    def compute(value: Decimal, digits: int, precision: int, scale: int, known: bool) -> str | None:
        own = -int(value.as_tuple().exponent)
        # A scale beyond the value's own changes nothing.
        rounded = _at_digits(value, min(digits, own), rounding)
        if known or digits >= own:
            found = _at_digits(rounded, scale, ROUND_HALF_UP)
        else:
            # Flink's quirk: the digits of the rounded number are read with the scale of the type.
            found = Decimal(int(rounded.scaleb(max(digits, 0)))).scaleb(-scale)
        return f"{found:f}" if found.is_zero() or found.adjusted() < precision - scale else None

    return compute


def _decimal_whole(value: Decimal, rounding: str, precision: int) -> str | None:
    found = value.to_integral_value(rounding=ROUND_CEILING if rounding == "up" else ROUND_FLOOR, context=_EXACT)
    return f"{found:f}" if found.is_zero() or found.adjusted() < precision else None


# -- random numbers, network addresses


def _resolve_random(request: Request) -> Expr:
    if request.name == "RAND" and not request.args:
        return request.call(DOUBLE.not_null())
    if request.name == "RAND_INTEGER" and len(request.args) == 1 and is_integer(request.types[0]):
        return request.call(INT.with_nullable(request.types[0].nullable))
    if len(request.args) == (1 if request.name == "RAND" else 2):
        raise InvalidCall(f"{request.name} with a seed is not supported", unsupported=True)
    raise refuse(request)


def _inet_aton(value: str) -> int | None:
    """As Flink: dotted numbers, 1 to 4 of them, the last fills what is left."""
    parts = value.split(".")
    if not 1 <= len(parts) <= 4 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    if any(number > 255 for number in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(numbers)):
        return None
    total = numbers[-1]
    for i, number in enumerate(numbers[:-1]):
        total += number << (8 * (3 - i))
    return total


def _inet_ntoa(value: int) -> str | None:
    if not 0 <= value <= 0xFFFFFFFF:
        return None
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


_DECIMAL_ARGUMENTS = None
FUNCTIONS = (
    *(_numpy(name, compute, count) for name, compute, count in _COMPUTED),
    python_function("rr_round_double", ("VARCHAR", "DOUBLE", "INTEGER"), "DOUBLE", _round_double),
    python_function("rr_truncate_double", ("VARCHAR", "DOUBLE", "INTEGER"), "DOUBLE", _truncate_double),
    python_function("rr_round_integer", ("BIGINT", "INTEGER"), "BIGINT", _round_integer),
    python_function("rr_truncate_integer", ("BIGINT", "INTEGER"), "BIGINT", _truncate_integer),
    python_function("rr_round_decimal", _DECIMAL_ARGUMENTS, "VARCHAR", _to_type(ROUND_HALF_UP)),
    python_function("rr_truncate_decimal", _DECIMAL_ARGUMENTS, "VARCHAR", _to_type(ROUND_DOWN)),
    python_function("rr_decimal_whole", _DECIMAL_ARGUMENTS, "VARCHAR", _decimal_whole),
    python_function("rr_inet_aton", ("VARCHAR",), "BIGINT", _inet_aton),
    python_function("rr_inet_ntoa", ("BIGINT",), "VARCHAR", _inet_ntoa),
)

ENTRIES = (
    Entry("ABS", ("ABS(numeric)",), "The size of a number.", _resolve_same, _render_abs,
          {"ABS(-5)": 5, "ABS(-1.50)": "1.50"}),
    Entry("SIGN", ("SIGN(numeric)",), "-1, 0 or 1 in the type of the number.", _resolve_same, _render_sign,
          {"SIGN(-5)": -1, "SIGN(0e0)": 0.0}),
    Entry("CEIL", ("CEIL(numeric)", "CEIL(timestamp TO unit)"),
          "The smallest whole number that is not less; or the first moment of a unit that is not earlier.",
          _resolve_whole, _render_whole("ceil", "up"), {"CEIL(1.2)": "2", "CEIL(-1.5e0)": -1.0},
          options="(unit,) for times"),
    Entry("CEILING", ("CEILING(numeric)",), "The same as CEIL.", _resolve_whole, _render_whole("ceil", "up"),
          {"CEILING(1.2)": "2"}, options="(unit,) for times"),
    Entry("FLOOR", ("FLOOR(numeric)", "FLOOR(timestamp TO unit)"),
          "The largest whole number that is not greater; or the first moment of a unit.",
          _resolve_whole, _render_whole("floor", "down"), {"FLOOR(-1.2)": "-2", "FLOOR(1.5e0)": 1.0},
          options="(unit,) for times"),
    Entry("ROUND", ("ROUND(numeric[, digits])",), "The number rounded half up to so many digits after the point.",
          _resolve_round, _render_round("round"),
          {"ROUND(2.5)": "3", "ROUND(1234.567, 1)": "1234.6", "ROUND(25, -1)": 30, "ROUND(2.675e0, 2)": 2.68},
          fails=lambda call: is_approximate(call.type)),
    Entry("TRUNCATE", ("TRUNCATE(numeric[, digits])",), "The number cut to so many digits after the point.",
          _resolve_round, _render_round("truncate"), {"TRUNCATE(1.99, 1)": "1.9", "TRUNCATE(-25, -1)": -20},
          fails=lambda call: is_approximate(call.type)),
    _of_double("POWER", "The first number to the power of the second.", {"POWER(2, 10)": 1024.0}, 2),
    _of_double("SQRT", "The square root.", {"SQRT(9)": 3.0, "SQRT(-1)": "NaN"}),
    _of_double("EXP", "e to the power of the number.", {"EXP(0)": 1.0}),
    _of_double("LN", "The natural logarithm.", {"LN(1)": 0.0, "LN(0)": "-Infinity"}),
    _of_double("LOG10", "The logarithm to base 10.", {"LOG10(1000)": 3.0}),
    _of_double("LOG2", "The logarithm to base 2.", {"LOG2(8)": 3.0}),
    Entry("LOG", ("LOG(numeric)", "LOG(base, numeric)"), "The natural logarithm, or that to a base.", _resolve_log,
          _render_log, {"LOG(1)": 0.0, "LOG(2, 8)": 3.0}),
    _of_double("SIN", "The sine.", {"SIN(0)": 0.0}),
    _of_double("COS", "The cosine.", {"COS(0)": 1.0}),
    _of_double("TAN", "The tangent.", {"TAN(0)": 0.0}),
    _of_double("COT", "The cotangent.", {"COT(1)": 0.6420926159343308}),
    _of_double("ASIN", "The arc sine.", {"ASIN(0)": 0.0}),
    _of_double("ACOS", "The arc cosine.", {"ACOS(1)": 0.0}),
    _of_double("ATAN", "The arc tangent.", {"ATAN(0)": 0.0}),
    _of_double("ATAN2", "The angle of the point (second, first).", {"ATAN2(0, 1)": 0.0}, 2),
    _of_double("SINH", "The hyperbolic sine.", {"SINH(0)": 0.0}),
    _of_double("COSH", "The hyperbolic cosine.", {"COSH(0)": 1.0}),
    _of_double("TANH", "The hyperbolic tangent.", {"TANH(0)": 0.0}),
    _of_double("DEGREES", "Radians as degrees.", {"DEGREES(0)": 0.0}),
    _of_double("RADIANS", "Degrees as radians.", {"RADIANS(180)": 3.141592653589793}),
    Entry("PI", ("PI()",), "The number pi.", takes("", returns=DOUBLE, nulls="never"), text("CAST(pi() AS DOUBLE)"),
          {"PI()": 3.141592653589793}),
    Entry("E", ("E()",), "The number e.", takes("", returns=DOUBLE, nulls="never"),
          text("CAST('2.718281828459045' AS DOUBLE)"), {"E()": 2.718281828459045}),
    Entry("RAND", ("RAND()",), "A random number from 0 (included) to 1.", _resolve_random, text("random()"),
          {"RAND() < 1": True}, deterministic=False),
    Entry("RAND_INTEGER", ("RAND_INTEGER(bound)",), "A random integer from 0 to below the bound.", _resolve_random,
          text("CAST(floor(random() * {0}) AS INTEGER)"), {"RAND_INTEGER(1)": 0}, deterministic=False),
    Entry("UUID", ("UUID()",), "A random UUID (version 4).", takes("", returns=char(36), nulls="never"),
          text("CAST(gen_random_uuid() AS VARCHAR)"), {"CHAR_LENGTH(UUID())": 36}, deterministic=False),
    Entry("INET_ATON", ("INET_ATON(string)",), "An IPv4 address as a number.",
          takes("str", returns=BIGINT, nulls="always"), joined("rr_inet_aton"), {"INET_ATON('1.2.3.4')": 16909060},
          nulls="also NULL for what is no address"),
    Entry("INET_NTOA", ("INET_NTOA(number)",), "A number as an IPv4 address.",
          takes("bigint", returns=STRING, nulls="always"), joined("rr_inet_ntoa"),
          {"INET_NTOA(16909060)": "1.2.3.4"}, nulls="also NULL for what is no address"),
)  # fmt: skip

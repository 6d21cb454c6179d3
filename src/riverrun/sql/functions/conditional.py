"""CASE, COALESCE, NULLIF, IF, IFNULL, GREATEST, LEAST."""

from __future__ import annotations

from collections.abc import Sequence

from riverrun.schema.types import BOOLEAN, Root, Type
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.functions.belief import believed
from riverrun.sql.functions.check import as_type, refuse
from riverrun.sql.functions.common import (
    any_nullable,
    common_type,
    is_approximate,
    is_interval,
    is_null,
    is_timestamp,
    merged_type,
)
from riverrun.sql.functions.comparison import NESTED, compare, compared
from riverrun.sql.functions.entry import Entry, InvalidCall, Renderer, Request


def _resolve_case(request: Request) -> Expr:
    """Arguments: condition, value, condition, value, ..., else."""
    args = request.args
    if len(args) < 3 or len(args) % 2 == 0:
        raise refuse(request, "CASE WHEN condition THEN value ... ELSE value END")
    conditions, values = args[:-1:2], (*args[1::2], args[-1])
    if any(condition.type.root not in (Root.BOOLEAN, Root.NULL) for condition in conditions):
        raise InvalidCall("the conditions of CASE have to be BOOLEAN")
    types = [value.type for value in values]
    result = common_type(types)
    if result is None:
        raise InvalidCall("the branches of CASE have no common type: " + ", ".join(str(type_) for type_ in types))
    if is_null(result):
        raise InvalidCall("at least one branch of CASE has to be something else than NULL")
    out: list[Expr] = []
    for condition, value in zip(conditions, values, strict=False):
        out += [as_type(condition, BOOLEAN), as_type(value, result)]
    return request.call(result, (*out, as_type(values[-1], result)))


def _render_case(call: Call, args: list[str], renderer: Renderer) -> str:
    pairs = zip(args[:-1:2], args[1::2], strict=True)
    return "(CASE " + " ".join(f"WHEN {test} THEN {value}" for test, value in pairs) + f" ELSE {args[-1]} END)"


def merged(request: Request, args: Sequence[Expr]) -> tuple[Type, list[Expr]]:
    """The arguments as values of the type that Flink finds for all of them."""
    result = merged_type([arg.type for arg in args])
    if result is None or is_null(result):
        raise refuse(request)
    return result, [as_type(arg, result) for arg in args]


def _resolve_coalesce(request: Request) -> Expr:
    if not request.args:
        raise refuse(request, "COALESCE(value1, value2, ...)")
    result, args = merged(request, request.args)
    nullable = all(arg.type.nullable for arg in request.args)
    # Flink drops what follows an argument that it believes to be NOT NULL, even if that can be NULL.
    sure = next((i for i, arg in enumerate(args) if believed(arg)), len(args) - 1)
    return request.call(result.with_nullable(nullable), args[: sure + 1])


def _resolve_ifnull(request: Request) -> Expr:
    if len(request.args) != 2:
        raise refuse(request, "IFNULL(value, replacement)")
    result, args = merged(request, request.args)
    return request.call(result.with_nullable(all(arg.type.nullable for arg in request.args)), args)


def _resolve_if(request: Request) -> Expr:
    if len(request.args) != 3 or request.types[0].root is not Root.BOOLEAN:
        raise refuse(request, "IF(condition, then, else)")
    _check_if(request, *request.types[1:])
    then, otherwise = request.types[1:]
    if then.root is otherwise.root or (is_approximate(then) and is_approximate(otherwise)):
        result, args = _as_first(request)
    else:
        result, args = merged(request, request.args[1:])
    return request.call(result.with_nullable(any_nullable(request.types)), (request.args[0], *args))


def _as_first(request: Request) -> tuple[Type, list[Expr]]:
    """Times and floats of different precision are cast to the first of them; texts and decimals to what fits both."""
    _, then, otherwise = request.args
    if is_timestamp(then.type) or is_approximate(then.type) or then.type.root is Root.TIME:
        return then.type, [then, as_type(otherwise, then.type)]
    return merged(request, request.args[1:])


def _check_if(request: Request, then: Type, otherwise: Type) -> None:
    """Flink has forms of IF for numbers, texts, times and so on, not for nested types and intervals."""
    if then.root in NESTED or is_interval(then):
        raise refuse(request, "CASE WHEN condition THEN ... ELSE ... END")
    if is_null(then) or is_null(otherwise):
        raise InvalidCall("NULL has no type here; say which: CAST(NULL AS INT)")
    roots = {then.root, otherwise.root}
    if roots in ({Root.DATE, Root.TIMESTAMP}, {Root.TIME, Root.TIMESTAMP}):
        raise refuse(request, "CASE WHEN condition THEN ... ELSE ... END")
    if roots == {Root.TIMESTAMP, Root.TIMESTAMP_LTZ} or roots == {Root.DECIMAL, Root.FLOAT}:
        raise InvalidCall(f"IF of a {then.root.value} and a {otherwise.root.value}; write a CAST", unsupported=True)


def _resolve_nullif(request: Request) -> Expr:
    if len(request.args) != 2:
        raise refuse(request, "NULLIF(value1, value2)")
    left, right = request.args
    compared(request, left, right, ordered=False)
    return request.call(left.type.null())


def _render_nullif(call: Call, args: list[str], renderer: Renderer) -> str:
    left, right = compared(
        Request("NULLIF", call.args, (), renderer.session), call.args[0], call.args[1], ordered=False
    )
    equal = compare("=", (left, right), [renderer(left), renderer(right)])
    return f"(CASE WHEN {equal} THEN NULL ELSE {args[0]} END)"


def _resolve_extreme(request: Request) -> Expr:
    if not request.args:
        raise refuse(request, f"{request.name}(value1, value2, ...)")
    result, args = merged(request, request.args)
    if result.root in NESTED:
        raise refuse(request)
    if not all(result.same_as(type_) for type_ in request.types):
        result = result.plain()
    return request.call(result.with_nullable(any_nullable(request.types)), args)


def _render_extreme(call: Call, args: list[str], renderer: Renderer) -> str:
    checked = [
        arg
        for arg, expr in zip(args, call.args, strict=True)
        if not (isinstance(expr, Literal) and expr.value is not None)
    ]
    extreme = f"{call.function.lower()}({', '.join(args)})"
    if len(args) == 1:
        return args[0]
    tests = " AND ".join(f"{arg} IS NOT NULL" for arg in checked) or "TRUE"
    return f"(CASE WHEN {tests} THEN {extreme} END)"


def _render_coalesce(call: Call, args: list[str], renderer: Renderer) -> str:
    return args[0] if len(args) == 1 else f"COALESCE({', '.join(args)})"


ENTRIES = (
    Entry(
        "CASE",
        ("CASE WHEN condition THEN value ... [ELSE value] END", "CASE value WHEN value1 THEN ... [ELSE value] END"),
        "The value of the first branch whose condition is TRUE; the type is the common type of the branches.",
        _resolve_case,
        _render_case,
        {"CASE WHEN 1 = 2 THEN 'a' ELSE 'bc' END": "bc", "CASE 1 WHEN NULL THEN 'n' ELSE 'e' END": "e"},
        nulls="an UNKNOWN condition is not TRUE",
        options="none; the arguments are condition, value, ..., else value",
    ),
    Entry(
        "COALESCE",
        ("COALESCE(value1, value2, ...)",),
        "The first argument that is not NULL.",
        _resolve_coalesce,
        _render_coalesce,
        {"COALESCE(CAST(NULL AS INT), 1.5)": "1.5", "COALESCE(NULL, 'x')": "x"},
        nulls="NULL if all are",
    ),
    Entry(
        "IFNULL",
        ("IFNULL(value, replacement)",),
        "The value, or the replacement where it is NULL.",
        _resolve_ifnull,
        _render_coalesce,
        {"IFNULL(CAST(NULL AS INT), 0)": 0},
        nulls="NULL if both are",
    ),
    Entry(
        "NULLIF",
        ("NULLIF(value1, value2)",),
        "NULL if the values are equal, else the first.",
        _resolve_nullif,
        _render_nullif,
        {"NULLIF(5, 5)": None, "NULLIF(5, 0)": 5},
    ),
    Entry(
        "IF",
        ("IF(condition, then, else)",),
        "`then` if the condition is TRUE, else `else`.",
        _resolve_if,
        lambda call, args, renderer: f"(CASE WHEN {args[0]} THEN {args[1]} ELSE {args[2]} END)",
        {"IF(1 = 1, 'a', 'b')": "a", "IF(1 = NULL, 1, 2)": 2},
        nulls="an UNKNOWN condition is not TRUE",
    ),
    Entry(
        "GREATEST",
        ("GREATEST(value1, value2, ...)",),
        "The largest argument.",
        _resolve_extreme,
        _render_extreme,
        {"GREATEST(1, 3, 2)": 3, "GREATEST(1, CAST(NULL AS INT))": None},
    ),
    Entry(
        "LEAST",
        ("LEAST(value1, value2, ...)",),
        "The smallest argument.",
        _resolve_extreme,
        _render_extreme,
        {"LEAST(1, 3, 2)": 1},
    ),
)

"""AND, OR, NOT, IS TRUE ...: three-valued logic."""

from __future__ import annotations

from collections.abc import Callable

from riverrun.schema.types import BOOLEAN, Root
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.functions.belief import believed
from riverrun.sql.functions.check import as_type, refuse, takes
from riverrun.sql.functions.comparison import NESTED
from riverrun.sql.functions.entry import Entry, InvalidCall, Render, Renderer, Request


def _both(call: Call, args: list[str], render: Renderer) -> str:
    return _connect("AND", "FALSE", call, args, render)


def _either(call: Call, args: list[str], render: Renderer) -> str:
    return _connect("OR", "TRUE", call, args, render)


def _connect(word: str, decided: str, call: Call, args: list[str], render: Renderer) -> str:
    """Flink does not evaluate what follows a deciding operand; DuckDB may: a part that can fail stands behind CASE."""
    text = args[0]
    for arg, expr in zip(args[1:], call.args[1:], strict=True):
        both = f"({text} {word} {arg})"
        text = f"(CASE WHEN ({text}) IS {decided} THEN {decided} ELSE {both} END)" if render.can_fail(expr) else both
    return text


# What Flink makes of these tests on an operand that it believes to be NOT NULL.
_BELIEVED = {"IS NOT TRUE": "IS FALSE", "IS NOT FALSE": "IS TRUE"}


def _resolve_test(request: Request) -> Expr:
    if len(request.args) != 1 or request.types[0].root not in (Root.BOOLEAN, Root.NULL):
        raise refuse(request)
    operand = as_type(request.args[0], BOOLEAN)
    result = BOOLEAN.not_null()
    if believed(operand) and request.name in ("IS UNKNOWN", "IS NOT UNKNOWN"):
        return Literal(request.name == "IS NOT UNKNOWN", result)
    name = _BELIEVED.get(request.name, request.name) if believed(operand) else request.name
    return Call(name, (operand,), result)


def _is(test: str) -> Render:
    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        return f"(({args[0]}) {test})"

    return render


def _test(name: str, text: str, doc: str, examples: dict[str, bool]) -> Entry:
    return Entry(
        name,
        (f"boolean {name}",),
        doc,
        _resolve_test,
        _is(text),
        examples,
        nulls="never NULL",
    )


_NOT = takes("bool", returns=BOOLEAN)


def _resolve_not(request: Request) -> Expr:
    match request.args:
        case (Call(function="=", args=(left, right)),) if left.type.root in NESTED:
            if left.type.nullable or right.type.nullable:
                what = f"NOT of = of a {left.type.root.value} that may be NULL (Flink takes it for TRUE)"
                raise InvalidCall(what, unsupported=True)
    return _NOT(request)


def _template(text: str) -> Callable[[Call, list[str], Renderer], str]:
    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        return text.format(*args)

    return render


ENTRIES = (
    Entry(
        "AND",
        ("boolean1 AND boolean2",),
        "TRUE if both are TRUE. What follows a FALSE is not evaluated.",
        takes("bool, bool, bool*", returns=BOOLEAN),
        _both,
        {"TRUE AND FALSE": False, "CAST(NULL AS BOOLEAN) AND FALSE": False, "CAST(NULL AS BOOLEAN) AND TRUE": None},
        nulls="UNKNOWN unless the other is FALSE",
    ),
    Entry(
        "OR",
        ("boolean1 OR boolean2",),
        "TRUE if one is TRUE. What follows a TRUE is not evaluated.",
        takes("bool, bool, bool*", returns=BOOLEAN),
        _either,
        {"TRUE OR FALSE": True, "CAST(NULL AS BOOLEAN) OR TRUE": True, "CAST(NULL AS BOOLEAN) OR FALSE": None},
        nulls="UNKNOWN unless the other is TRUE",
    ),
    Entry(
        "NOT",
        ("NOT boolean",),
        "TRUE if the operand is FALSE.",
        _resolve_not,
        _template("(NOT {0})"),
        {"NOT TRUE": False, "NOT CAST(NULL AS BOOLEAN)": None},
    ),
    _test("IS TRUE", "IS TRUE", "TRUE if the operand is TRUE.", {"(1 = 1) IS TRUE": True, "(1 = NULL) IS TRUE": False}),
    _test("IS NOT TRUE", "IS NOT TRUE", "TRUE if the operand is FALSE or UNKNOWN.", {"(1 = NULL) IS NOT TRUE": True}),
    _test("IS FALSE", "IS FALSE", "TRUE if the operand is FALSE.", {"(1 = 2) IS FALSE": True}),
    _test("IS NOT FALSE", "IS NOT FALSE", "TRUE if the operand is TRUE or UNKNOWN.", {"(1 = 2) IS NOT FALSE": False}),
    _test("IS UNKNOWN", "IS NULL", "TRUE if the operand is UNKNOWN.", {"(1 = NULL) IS UNKNOWN": True}),
    _test("IS NOT UNKNOWN", "IS NOT NULL", "TRUE if the operand is known.", {"(1 = NULL) IS NOT UNKNOWN": False}),
)

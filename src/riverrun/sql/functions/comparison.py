"""=, <>, <, ..., IS NULL, IS DISTINCT FROM, IN."""

from __future__ import annotations

from riverrun.schema.types import BOOLEAN, Root, Type
from riverrun.sql.expr import Call, Expr, Literal, columns_of
from riverrun.sql.functions import parsing
from riverrun.sql.functions.belief import believed, null_test_folds
from riverrun.sql.functions.check import as_type, refuse
from riverrun.sql.functions.common import (
    any_nullable,
    common_type,
    is_approximate,
    is_exact,
    is_null,
    is_numeric,
    is_string,
    is_timestamp,
    merged_type,
)
from riverrun.sql.functions.entry import Entry, InvalidCall, Render, Renderer, Request

ORDERED = ("<", "<=", ">", ">=")
NESTED = (Root.ARRAY, Root.MAP, Root.MULTISET, Root.ROW)


def compared(request: Request, left: Expr, right: Expr, *, ordered: bool) -> tuple[Expr, Expr]:
    """Both sides as values of one type, as Flink compares them; InvalidCall when it does not."""
    a, b = left.type, right.type
    if is_null(a) and is_null(b):
        return as_type(left, BOOLEAN), as_type(right, BOOLEAN)
    if is_null(a) or is_null(b):
        target = b if is_null(a) else a
        return as_type(left, target), as_type(right, target)
    target = _compared_type(request, a, b)
    check_equality(request.name, target)
    if request.name == "<>" and target.root in NESTED and (a.nullable or b.nullable):
        raise InvalidCall(f"<> of a {target.root.value} that may be NULL (Flink takes it for TRUE)", unsupported=True)
    if ordered and (a.root in NESTED or b.root in NESTED):
        raise InvalidCall(f"{request.name} of two {a.root.value}", unsupported=True)
    return _as_compared(request, left, target), _as_compared(request, right, target)


def _as_compared(request: Request, expr: Expr, target: Type) -> Expr:
    """`=` takes a text that is no date or time for NULL, `<` fails; a constant has to be one for `=`."""
    if not is_string(expr.type) or is_string(target) or request.name in (*ORDERED, "IN"):
        return as_type(expr, target)
    if isinstance(expr, Literal) and expr.value is not None and not _reads(expr.value, target):
        raise InvalidCall(f"'{expr.value}' is no {target.root.value}")
    if not columns_of(expr):
        return as_type(expr, target)
    return Call("TRY_CAST", (expr,), target.null(), span=expr.span)


def _reads(text: str, target: Type) -> bool:
    match target.root:
        case Root.DATE:
            return parsing.parse_date(text) is not None
        case Root.TIME:
            return parsing.parse_time(text) is not None
        case _:
            return parsing.parse_timestamp(text, target.precision) is not None


def _compared_type(request: Request, a: Type, b: Type) -> Type:
    if is_numeric(a) and is_numeric(b):
        return _compared_numeric(a, b)
    for text, other in ((a, b), (b, a)):
        if is_string(text) and (is_timestamp(other) or other.root in (Root.DATE, Root.TIME)):
            return other.plain()
        if is_string(text) and is_numeric(other):
            runs = request.name in ORDERED or request.name == "IN"  # in Flink
            what = f"a {other.root.value} is not compared with a {text.root.value}; write a CAST"
            raise InvalidCall(what, unsupported=runs)
        if is_string(text) and other.root is Root.BOOLEAN:
            runs = request.name not in ORDERED
            raise InvalidCall("a BOOLEAN is not compared with a text; write a CAST", unsupported=runs)
    target = merged_type([a, b]) if is_timestamp(a) and is_timestamp(b) else common_type([a, b])
    if target is None:
        raise refuse(request)
    return target


def _compared_numeric(a: Type, b: Type) -> Type:
    """Decimals are rounded to their common type, which has 38 digits at most."""
    found = common_type([a, b])
    assert found is not None
    return found


def _resolve(request: Request) -> Expr:
    if len(request.args) != 2:
        raise refuse(request)
    if request.name == "=" and all(map(_is_constructor, request.args)):
        return _fieldwise(request)
    left, right = compared(request, *request.args, ordered=request.name in ORDERED)
    return request.call(BOOLEAN.with_nullable(any(map(_holds_null, request.types))), (left, right))


def _is_constructor(expr: Expr) -> bool:
    return isinstance(expr, Call) and expr.function == "ROW"


def _holds_null(type_: Type) -> bool:
    return type_.nullable or any(_holds_null(field.type) for field in type_.fields)


def _fieldwise(request: Request) -> Expr:
    """`(a, b) = (c, d)` is `a = c AND b = d`; rows that come from elsewhere are compared as a whole."""
    left, right = (arg.args for arg in request.args if isinstance(arg, Call))
    if len(left) != len(right):
        raise refuse(request)
    parts = tuple(_resolve(Request("=", pair, (), request.session)) for pair in zip(left, right, strict=True))
    if len(parts) == 1:
        return parts[0]
    return Call("AND", parts, BOOLEAN.with_nullable(any_nullable([part.type for part in parts])))


def _resolve_distinct(request: Request) -> Expr:
    if len(request.args) != 2:
        raise refuse(request)
    left, right = compared(request, *request.args, ordered=False)
    if request.name == "IS DISTINCT FROM" and any(map(_is_constructor, request.args)):
        # Flink asks whether all fields are distinct.
        raise InvalidCall("IS DISTINCT FROM of a ROW(...)", unsupported=True)
    if believed(left) and believed(right):
        plain = Request("<>" if request.name == "IS DISTINCT FROM" else "=", (left, right), (), request.session)
        return plain.call(BOOLEAN.not_null())
    return request.call(BOOLEAN.not_null(), (left, right))


def _render_distinct(call: Call, args: list[str], renderer: Renderer) -> str:
    if call.args[0].type.root is Root.ROW:
        # Flink compares rows as `=` and `<>` do, and takes UNKNOWN for FALSE.
        operator = "=" if call.function == "IS NOT DISTINCT FROM" else "<>"
        if call.args[0] == call.args[1]:
            return "TRUE" if operator == "=" else "FALSE"
        return f"COALESCE({compare(operator, call.args, args)}, FALSE)"
    if any(isinstance(arg, Call) and arg.function == "TRY_CAST" for arg in call.args):
        return _render_distinct_text(call, args, renderer)
    if not _can_hold_null(call.args[0].type):
        return f"({args[0]} {call.function} {args[1]})"
    either, both = (f"({args[0]} IS NULL {word} {args[1]} IS NULL)" for word in ("OR", "AND"))
    same = f"(CASE WHEN {either} THEN {both} ELSE {compare('=', call.args, args)} END)"
    return same if call.function == "IS NOT DISTINCT FROM" else f"(NOT {same})"


def _render_distinct_text(call: Call, args: list[str], renderer: Renderer) -> str:
    """A text that is no time is none, but not NULL."""
    nulls = [
        f"({renderer(expr.args[0]) if isinstance(expr, Call) and expr.function == 'TRY_CAST' else arg} IS NULL)"
        for arg, expr in zip(args, call.args, strict=True)
    ]
    same = f"(CASE WHEN {nulls[0]} OR {nulls[1]} THEN {nulls[0]} = {nulls[1]} ELSE ({args[0]} = {args[1]}) IS TRUE END)"
    return same if call.function == "IS NOT DISTINCT FROM" else f"(NOT {same})"


def _comparison(operator: str) -> Render:
    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        return compare(operator, call.args, args)

    return render


def compare(operator: str, exprs: tuple[Expr, ...], args: list[str]) -> str:
    """`args[0] operator args[1]` in DuckDB, where the operands have one type."""
    left, right = args
    if exprs[0] == exprs[1] and not isinstance(exprs[0], Literal):
        # Flink folds x = x: even NaN equals itself then.
        return f"(CASE WHEN {left} IS NOT NULL THEN {'TRUE' if '=' in operator else 'FALSE'} END)"
    if is_approximate(exprs[0].type):
        return _compare_floats(operator, exprs, left, right)
    if _can_hold_null(exprs[0].type):
        # In Flink an array with a NULL in it equals none.
        whole = f"list_count({left}) = len({left})"
        return f"({left} = {right} AND {whole})" if operator == "=" else f"({left} <> {right} OR NOT {whole})"
    return f"({left} {operator} {right})"


def _can_hold_null(type_: Type) -> bool:
    return type_.root is Root.ARRAY and type_.element is not None and type_.element.nullable


def check_equality(name: str, type_: Type) -> None:
    """Arrays in arrays, and maps, with NULLs in them: Flink's rules are not ours."""
    inner = [part for part in (type_.element, type_.key) if part is not None]
    nested = type_.root in (Root.MAP, Root.MULTISET) or any(part.root in (Root.ARRAY, Root.MAP) for part in inner)
    if nested and any(part.nullable or part.root in NESTED for part in inner):
        raise InvalidCall(f"{name} of {type_.summary(nullability=False)}, which may hold NULLs", unsupported=True)


def _compare_floats(operator: str, exprs: tuple[Expr, ...], left: str, right: str) -> str:
    """NaN is unequal to everything in Java; in DuckDB it is the largest number and equals itself."""
    plain = f"({left} {operator} {right})"
    if any(_was_decimal(expr) for expr in exprs):
        return plain
    wild = [text for expr, text in zip(exprs, (left, right), strict=True) if not _is_number(expr)]
    if not wild:
        return plain
    if len(wild) == 1:
        return f"({plain} OR isnan({wild[0]}))" if operator == "<>" else f"({plain} AND NOT isnan({wild[0]}))"
    outcome = "TRUE" if operator == "<>" else "FALSE"
    return (
        f"(CASE WHEN (isnan({left}) OR isnan({right})) AND {left} IS NOT NULL AND {right} IS NOT NULL "
        f"THEN {outcome} ELSE {plain} END)"
    )


def _is_number(expr: Expr) -> bool:
    """A float that cannot be NaN: a constant, or a whole number or decimal cast to one."""
    match expr:
        case Literal(value=value):
            return value is not None and value == value  # NaN differs from itself
        case Call(function="CAST", args=(inner,)):
            return is_exact(inner.type)
        case _:
            return False


def _was_decimal(expr: Expr) -> bool:
    """Flink compares a decimal with a float by `Double.compare`, which orders NaN as DuckDB does."""
    return isinstance(expr, Call) and expr.function == "CAST" and expr.args[0].type.root is Root.DECIMAL


def _null_test(test: str) -> Render:
    def render(call: Call, args: list[str], renderer: Renderer) -> str:
        return f"({args[0]} {test})"

    return render


def _resolve_null_test(request: Request) -> Expr:
    if len(request.args) != 1:
        raise refuse(request)
    argument = request.args[0]
    if is_null(argument.type):
        argument = as_type(argument, BOOLEAN)
    if null_test_folds(argument):
        return Literal(request.name == "IS NOT NULL", BOOLEAN.not_null())
    return request.call(BOOLEAN.not_null(), (argument,))


def _resolve_in(request: Request) -> Expr:
    if len(request.args) < 2:
        raise refuse(request)
    value = request.args[0]
    if value.type.root is Root.ROW and len(value.type.fields) == 1:
        raise InvalidCall("IN with rows of one field", unsupported=True)
    if all(map(_is_constructor, request.args)):
        return _resolve_row_in(request)
    if is_string(value.type) and not all(is_string(type_) or is_null(type_) for type_ in request.types):
        raise InvalidCall("IN of a text among values that are no texts; write a CAST", unsupported=True)
    items = [_as_value(value.type, item) for item in request.args[1:]]
    pairs = [compared(request, value, item, ordered=False) for item in items]
    lefts = {pair[0].type.erased() for pair in pairs}
    if len(lefts) == 1:
        args = (pairs[0][0], *(pair[1] for pair in pairs))
    else:
        target = common_type([value.type, *(item.type for item in items)])
        if target is None:
            raise refuse(request)
        args = tuple(as_type(arg, target) for arg in (value, *items))
    return request.call(BOOLEAN.with_nullable(any_nullable(request.types)), args)


def _resolve_row_in(request: Request) -> Expr:
    value, *items = request.args
    tests = tuple(_fieldwise(Request("=", (value, item), (), request.session)) for item in items)
    if len(tests) == 1:
        return tests[0]
    return Call("OR", tests, BOOLEAN.with_nullable(any_nullable([test.type for test in tests])))


def _as_value(type_: Type, item: Expr) -> Expr:
    """Flink casts the numbers of a list to the type of the value: `1 IN (1.5)` is TRUE."""
    different = is_numeric(type_) and is_numeric(item.type) and type_.root is not item.type.root
    return as_type(item, type_) if different else item


def _render_in(call: Call, args: list[str], renderer: Renderer) -> str:
    value, *items = args
    if is_approximate(call.args[0].type) or _can_hold_null(call.args[0].type):
        tests = [
            compare("=", (call.args[0], expr), [value, item]) for expr, item in zip(call.args[1:], items, strict=True)
        ]
        return "(" + " OR ".join(tests) + ")"
    return f"({value} IN ({', '.join(items)}))"


def _operator(symbol: str, doc: str, examples: dict[str, object]) -> Entry:
    return Entry(symbol, (f"value1 {symbol} value2",), doc, _resolve, _comparison(symbol), examples)


ENTRIES = (
    _operator("=", "TRUE if the values are equal.", {"1 = 1": True, "'a' = 'a '": False, "1 = NULL": None}),
    _operator("<>", "TRUE if the values differ.", {"1 <> 2": True, "1 <> NULL": None}),
    _operator("<", "TRUE if the first is less; strings by code points.", {"1 < 2": True, "'B' < 'a'": True}),
    _operator("<=", "TRUE if the first is less or equal.", {"2 <= 2": True}),
    _operator(">", "TRUE if the first is greater.", {"1 > 2": False}),
    _operator(">=", "TRUE if the first is greater or equal.", {"2 >= 2.5": False}),
    Entry(
        "IS NULL",
        ("value IS NULL",),
        "TRUE if the value is NULL; FALSE without looking if its type is NOT NULL.",
        _resolve_null_test,
        _null_test("IS NULL"),
        {"CAST(NULL AS INT) IS NULL": True, "1 IS NULL": False},
        nulls="never NULL",
    ),
    Entry(
        "IS NOT NULL",
        ("value IS NOT NULL",),
        "TRUE if the value is not NULL, or if its type is NOT NULL.",
        _resolve_null_test,
        _null_test("IS NOT NULL"),
        {"CAST(NULL AS INT) IS NOT NULL": False},
        nulls="never NULL",
    ),
    Entry(
        "IS DISTINCT FROM",
        ("value1 IS DISTINCT FROM value2",),
        "TRUE if the values differ, where NULL equals NULL.",
        _resolve_distinct,
        _render_distinct,
        {"1 IS DISTINCT FROM NULL": True},
        nulls="never NULL",
    ),
    Entry(
        "IS NOT DISTINCT FROM",
        ("value1 IS NOT DISTINCT FROM value2",),
        "TRUE if the values are equal, where NULL equals NULL.",
        _resolve_distinct,
        _render_distinct,
        {"CAST(NULL AS INT) IS NOT DISTINCT FROM NULL": True},
        nulls="never NULL",
    ),
    Entry(
        "IN",
        ("value IN (value1, ...)",),
        "TRUE if the value equals one of the list; numbers in the list become numbers of the value's type first.",
        _resolve_in,
        _render_in,
        {"1 IN (1, 2)": True, "3 IN (1, NULL)": None, "'a' IN ('b', 'c')": False},
        nulls="UNKNOWN if not found and there is a NULL",
        null_object=True,
    ),
)

"""Calls whose syntax has words in it: CAST, EXTRACT, TRIM, JSON_VALUE, TIMESTAMPADD, FLOOR(x TO unit) ..."""

from __future__ import annotations

from collections.abc import Callable

from riverrun.sql.keywords import RESERVED_FUNCTIONS
from riverrun.sql.parser import calls, expressions, literals, types, windows
from riverrun.sql.parser.context import Context
from riverrun.sql.parser.cursor import Cursor
from riverrun.sql.tree import expressions as tree

UNITS = (
    "NANOSECOND", "MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "DOW", "DOY", "ISODOW", "ISOYEAR",
    "WEEK", "MONTH", "QUARTER", "YEAR", "EPOCH", "DECADE", "CENTURY", "MILLENNIUM",
)  # fmt: skip
_WEEKDAYS = ("SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY")


def call(cursor: Cursor) -> tree.Expression | None:
    """A special call, if one starts here."""
    name = cursor.word()
    if name in ("RUNNING", "FINAL"):
        return _modified(cursor)
    rule = _RULES.get(name)
    if rule is None or not cursor.at(name, "("):
        return None
    start = cursor.take().span.start
    cursor.expect("(")
    return rule(cursor, name, start)


def _sub(cursor: Cursor) -> tree.Expression:
    return expressions.expression(cursor, Context.SUBQUERY)


def _plain(cursor: Cursor) -> tree.Expression:
    return expressions.expression(cursor, Context.EXPRESSION)


def _close(
    cursor: Cursor, name: str, start: int, *args: tree.Expression, options: tuple[object, ...] = ()
) -> tree.Special:
    cursor.expect(")")
    return tree.Special(name, args, options, span=cursor.since(start))


def _cast(cursor: Cursor, name: str, start: int) -> tree.Expression:
    operand = _sub(cursor)
    cursor.expect("AS")
    target: tree.DataType | tree.IntervalQualifier
    target = literals.qualifier(cursor) if cursor.accept("INTERVAL") else types.data_type(cursor)
    cursor.expect(")")
    return tree.Cast(operand, target, name != "CAST", cursor.since(start))


def unit(cursor: Cursor) -> str:
    """A time unit, `WEEK(MONDAY)`, or any other name (which the binder refuses)."""
    word = cursor.word()
    if word not in UNITS:
        return cursor.identifier().text
    cursor.take()
    if word == "WEEK" and cursor.accept("("):
        word = f"WEEK({cursor.one_of(*_WEEKDAYS)})"
        cursor.expect(")")
    return word


def _extract(cursor: Cursor, name: str, start: int) -> tree.Expression:
    wanted = unit(cursor)
    cursor.expect("FROM")
    return _close(cursor, name, start, _sub(cursor), options=(wanted,))


def _position(cursor: Cursor, name: str, start: int) -> tree.Expression:
    needle = expressions.expression(cursor, Context.SUBQUERY, expressions.ACCESS)
    cursor.expect("IN")
    args = [needle, _sub(cursor)]
    if cursor.accept("FROM"):
        args.append(_sub(cursor))
    return _close(cursor, name, start, *args)


def _convert(cursor: Cursor, name: str, start: int) -> tree.Expression:
    value = _sub(cursor)
    cursor.expect("USING")
    return _close(cursor, name, start, value, options=(cursor.identifier().text,))


def _translate(cursor: Cursor, name: str, start: int) -> tree.Expression:
    args = [_sub(cursor)]
    if cursor.accept("USING"):
        return _close(cursor, name, start, *args, options=(cursor.identifier().text,))
    while cursor.accept(","):
        args.append(_sub(cursor))
    cursor.expect(")")
    return tree.Function(calls.single("TRANSLATE", cursor.since(start)), tuple(args), span=cursor.since(start))


def _overlay(cursor: Cursor, name: str, start: int) -> tree.Expression:
    args = [_sub(cursor)]
    for word in ("PLACING", "FROM"):
        cursor.expect(word)
        args.append(_sub(cursor))
    if cursor.accept("FOR"):
        args.append(_sub(cursor))
    return _close(cursor, name, start, *args)


def _floor(cursor: Cursor, name: str, start: int) -> tree.Expression:
    value = _sub(cursor)
    options = (unit(cursor),) if cursor.accept("TO") else ()
    cursor.expect(")")
    over = windows.over(cursor) if cursor.accept("OVER") else None
    return tree.Special("CEIL" if name == "CEILING" else name, (value,), options, over=over, span=cursor.since(start))


def _substring(cursor: Cursor, name: str, start: int) -> tree.Expression:
    args = [_sub(cursor)]
    cursor.one_of("FROM", ",")
    args.append(_sub(cursor))
    if cursor.accept_one_of("FOR", ","):
        args.append(_sub(cursor))
    return _close(cursor, name, start, *args)


def _trim(cursor: Cursor, name: str, start: int) -> tree.Expression:
    side = cursor.accept_one_of("BOTH", "TRAILING", "LEADING")
    if cursor.at(")"):  # Flink's parser takes TRIM(); nothing resolves it
        return _close(cursor, name, start, options=(side or "BOTH",))
    if side is not None and cursor.accept("FROM"):
        return _close(cursor, name, start, _sub(cursor), options=(side,))
    first = _sub(cursor)
    if cursor.accept("FROM"):
        return _close(cursor, name, start, _sub(cursor), first, options=(side or "BOTH",))
    return _close(cursor, name, start, first, options=(side or "BOTH",))


def _unit_first(cursor: Cursor, name: str, start: int) -> tree.Expression:
    wanted = unit(cursor)
    cursor.expect(",")
    first = _sub(cursor)
    cursor.expect(",")
    return _close(cursor, name, start, first, _sub(cursor), options=(wanted,))


def _unit_last(cursor: Cursor, name: str, start: int) -> tree.Expression:
    args = [_sub(cursor)]
    cursor.expect(",")
    if name.endswith("_DIFF"):
        args.append(_sub(cursor))
        cursor.expect(",")
    if name == "DATE_TRUNC" and cursor.word() not in UNITS:
        return _close(cursor, name, start, *args, _sub(cursor))
    return _close(cursor, name, start, *args, options=(unit(cursor),))


def _time_constructor(cursor: Cursor, name: str, start: int) -> tree.Expression:
    cursor.position -= 1
    return calls.arguments_of(cursor, calls.single(name, cursor.since(start)), start)


# MATCH_RECOGNIZE


def _modified(cursor: Cursor) -> tree.Expression | None:
    """RUNNING f(x), FINAL f(x)."""
    following = cursor.word(1)
    starts_call = (cursor.is_name(1) or following in RESERVED_FUNCTIONS) and cursor.peek(2).text == "("
    if cursor.word() == "FINAL" and not starts_call:
        return None
    first = cursor.take()
    inner = call(cursor) if following in ("FIRST", "LAST") else calls.function(cursor)
    if inner is None:
        cursor.fail_expected("a call")
    return tree.Special(first.upper, (inner,), span=cursor.since(first.span.start))


def _no_arguments(cursor: Cursor, name: str, start: int) -> tree.Expression:
    return _close(cursor, name, start)


def _navigation(cursor: Cursor, name: str, start: int) -> tree.Expression:
    args = [_sub(cursor)]
    if cursor.accept(","):
        args.append(literals.signed_number(cursor))
    return _close(cursor, name, start, *args)


def _group_window(cursor: Cursor, name: str, start: int) -> tree.Expression:
    """TUMBLE, HOP, SESSION in GROUP BY: arguments as in any call."""
    cursor.position -= 1
    if cursor.at("(", ")") or cursor.at("(", "*"):
        cursor.take()
        cursor.fail_expected("an expression")
    return calls.arguments_of(cursor, calls.single(name, cursor.since(start)), start)


# JSON


def encoding(cursor: Cursor) -> None:
    if cursor.accept("ENCODING"):
        cursor.one_of("UTF8", "UTF16", "UTF32")


def _json_input(cursor: Cursor) -> list[tree.Expression]:
    args = [_plain(cursor)]
    cursor.expect(",")
    args.append(_plain(cursor))
    if cursor.accept("PASSING"):
        while True:
            _plain(cursor)
            cursor.expect("AS")
            cursor.identifier()
            if not cursor.accept(","):
                break
    return args


def _json_exists(cursor: Cursor, name: str, start: int) -> tree.Expression:
    args = _json_input(cursor)
    options: tuple[object, ...] = ()
    behaviour = cursor.accept_one_of("TRUE", "FALSE", "UNKNOWN", "ERROR")
    if behaviour is not None:
        cursor.expect("ON", "ERROR")
        options = (behaviour,)
    return _close(cursor, name, start, *args, options=options)


def _returning(cursor: Cursor) -> list[object]:
    return [("RETURNING", types.data_type(cursor))] if cursor.accept("RETURNING") else []


def _json_value(cursor: Cursor, name: str, start: int) -> tree.Expression:
    args = _json_input(cursor)
    clauses = _returning(cursor)
    while not cursor.at(")"):
        behaviour = cursor.one_of("ERROR", "NULL", "DEFAULT")
        default = (_plain(cursor),) if behaviour == "DEFAULT" else ()
        cursor.expect("ON")
        clauses.append((f"ON {cursor.one_of('EMPTY', 'ERROR')}", behaviour, *default))
    return _close(cursor, name, start, *args, options=tuple(clauses))


def _wrapper(cursor: Cursor) -> str | None:
    if cursor.accept("WITHOUT"):
        cursor.accept("ARRAY")
        return "WITHOUT"
    if not cursor.accept("WITH"):
        return None
    kind = cursor.accept_one_of("CONDITIONAL", "UNCONDITIONAL") or "UNCONDITIONAL"
    cursor.accept("ARRAY")
    return f"WITH {kind}"


def _json_query(cursor: Cursor, name: str, start: int) -> tree.Expression:
    args = _json_input(cursor)
    clauses = _returning(cursor)
    wrapper = _wrapper(cursor)
    if wrapper is not None:
        cursor.expect("WRAPPER")
        clauses.append(("WRAPPER", wrapper))
    while not cursor.at(")"):
        behaviour = cursor.one_of("ERROR", "NULL", "EMPTY")
        if behaviour == "EMPTY":
            behaviour += " " + cursor.one_of("ARRAY", "OBJECT")
        cursor.expect("ON")
        clauses.append((f"ON {cursor.one_of('EMPTY', 'ERROR')}", behaviour))
    return _close(cursor, name, start, *args, options=tuple(clauses))


def _on_null(cursor: Cursor) -> tuple[object, ...]:
    for behaviour in ("NULL", "ABSENT"):
        if cursor.accept(behaviour, "ON", "NULL"):
            return (behaviour,)
    return ()


def _at_on_null(cursor: Cursor) -> bool:
    return cursor.at("NULL", "ON") or cursor.at("ABSENT", "ON")


def _pair(cursor: Cursor) -> list[tree.Expression]:
    """`[KEY] name VALUE value` or `name : value`."""
    keyed = cursor.accept("KEY")
    name = _plain(cursor)
    if keyed:
        cursor.expect("VALUE")
    else:
        cursor.one_of("VALUE", ":")
    return [name, _plain(cursor)]


def _json_object(cursor: Cursor, name: str, start: int) -> tree.Expression:
    args: list[tree.Expression] = []
    if not cursor.at(")") and not _at_on_null(cursor):
        args += _pair(cursor)
        while cursor.accept(","):
            args += _pair(cursor)
    return _close(cursor, name, start, *args, options=_on_null(cursor))


def _json_object_aggregate(cursor: Cursor, name: str, start: int) -> tree.Expression:
    args = _pair(cursor)
    return _close(cursor, name, start, *args, options=_on_null(cursor))


def _json_array(cursor: Cursor, name: str, start: int) -> tree.Expression:
    args: tuple[tree.Expression, ...] = ()
    if not cursor.at(")"):
        args = cursor.separated(lambda: _plain(cursor))
    return _close(cursor, name, start, *args, options=_on_null(cursor))


def _json_array_aggregate(cursor: Cursor, name: str, start: int) -> tree.Expression:
    value = _plain(cursor)
    order = windows.order_by(cursor) if cursor.at("ORDER") else ()
    options = _on_null(cursor)
    cursor.expect(")")
    within: tuple[tree.OrderItem, ...] = ()
    if cursor.at("WITHIN"):
        if order:
            cursor.fail("the order is given twice")
        within = calls.within_group(cursor)
    return tree.Special(name, (value,), options, order, within, span=cursor.since(start))


Rule = Callable[[Cursor, str, int], tree.Expression]
_RULES: dict[str, Rule] = {
    "CAST": _cast, "TRY_CAST": _cast, "SAFE_CAST": _cast, "EXTRACT": _extract, "POSITION": _position, "CONVERT":
    _convert, "TRANSLATE": _translate, "OVERLAY": _overlay, "FLOOR": _floor, "CEIL": _floor, "CEILING": _floor,
    "SUBSTRING": _substring, "TRIM": _trim, "TIMESTAMPADD": _unit_first, "TIMESTAMPDIFF": _unit_first,
    "DATE_DIFF": _unit_last, "DATETIME_DIFF": _unit_last, "TIMESTAMP_DIFF": _unit_last, "TIME_DIFF": _unit_last,
    "DATE_TRUNC": _unit_last, "TIMESTAMP_TRUNC": _unit_last, "TIME_TRUNC": _unit_last, "DATE":
    _time_constructor, "TIME": _time_constructor, "DATETIME": _time_constructor, "TIMESTAMP": _time_constructor,
    "CLASSIFIER": _no_arguments, "MATCH_NUMBER": _no_arguments, "FIRST": _navigation, "LAST": _navigation,
    "PREV": _navigation, "NEXT": _navigation, "TUMBLE": _group_window, "HOP": _group_window, "SESSION":
    _group_window, "JSON_EXISTS": _json_exists, "JSON_VALUE": _json_value, "JSON_QUERY": _json_query,
    "JSON_OBJECT": _json_object, "JSON_OBJECTAGG": _json_object_aggregate, "JSON_ARRAY": _json_array,
    "JSON_ARRAYAGG": _json_array_aggregate,
}  # fmt: skip

"""ORDER BY items and OVER windows."""

from __future__ import annotations

from riverrun.sql.parser import expressions
from riverrun.sql.parser.context import Context
from riverrun.sql.parser.cursor import Cursor
from riverrun.sql.tree import expressions as tree


def order_by(cursor: Cursor) -> tuple[tree.OrderItem, ...]:
    cursor.expect("ORDER", "BY")
    return cursor.separated(lambda: order_item(cursor))


def order_item(cursor: Cursor) -> tree.OrderItem:
    start = cursor.here
    value = expressions.expression(cursor, Context.SUBQUERY)
    descending = cursor.accept_one_of("ASC", "DESC") == "DESC"
    nulls_first = None
    for word in ("FIRST", "LAST"):
        if cursor.accept("NULLS", word):
            nulls_first = word == "FIRST"
            break
    return tree.OrderItem(value, descending, nulls_first, cursor.since(start))


def over(cursor: Cursor) -> tree.WindowSpec | tree.Identifier:
    """A window's name or its specification."""
    return window(cursor) if cursor.at("(") else cursor.identifier()


def window(cursor: Cursor) -> tree.WindowSpec:
    start = cursor.expect("(").span.start
    base = cursor.identifier() if cursor.is_name() else None
    partition: tuple[tree.Expression, ...] = ()
    if cursor.accept("PARTITION"):
        cursor.expect("BY")
        partition = _partition(cursor)
    order = order_by(cursor) if cursor.at("ORDER") else ()
    frame = _frame(cursor)
    partial = _partial(cursor)
    cursor.expect(")")
    return tree.WindowSpec(base, partition, order, frame, partial, cursor.since(start))


def _partition(cursor: Cursor) -> tuple[tree.Expression, ...]:
    """Only after the first comma queries in parentheses may stand here (a quirk of Flink's grammar)."""
    found = [expressions.expression(cursor, Context.EXPRESSION)]
    while cursor.accept(","):
        found.append(expressions.expression(cursor, Context.SUBQUERY))
    return tuple(found)


def _frame(cursor: Cursor) -> tree.WindowFrame | None:
    kind = cursor.accept_one_of("ROWS", "RANGE")
    if kind is None:
        return None
    if not cursor.accept("BETWEEN"):
        return tree.WindowFrame(kind == "ROWS", _bound(cursor))
    low = _bound(cursor)
    cursor.expect("AND")
    return tree.WindowFrame(kind == "ROWS", low, _bound(cursor))


def _bound(cursor: Cursor) -> tree.Bound:
    start = cursor.here
    if cursor.accept("CURRENT", "ROW"):
        return tree.Bound(True, current=True, span=cursor.since(start))
    if cursor.accept("UNBOUNDED"):
        preceding = cursor.one_of("PRECEDING", "FOLLOWING") == "PRECEDING"
        return tree.Bound(preceding, unbounded=True, span=cursor.since(start))
    amount = expressions.expression(cursor, Context.EXPRESSION, before_and=True)
    preceding = cursor.one_of("PRECEDING", "FOLLOWING") == "PRECEDING"
    return tree.Bound(preceding, amount=amount, span=cursor.since(start))


def _partial(cursor: Cursor) -> bool | None:
    for word in ("ALLOW", "DISALLOW"):
        if cursor.accept(word):
            cursor.expect("PARTIAL")
            return word == "ALLOW"
    return None

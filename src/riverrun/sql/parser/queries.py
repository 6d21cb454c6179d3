"""Queries: WITH, SELECT, set operations, VALUES, ORDER BY and LIMIT."""

from __future__ import annotations

from riverrun.sql.parser import expressions, literals, sources, windows
from riverrun.sql.parser.context import Context, check_not_query, check_query
from riverrun.sql.parser.cursor import Cursor
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import queries

Parsed = tree.Expression | queries.Query


def as_query(cursor: Cursor, found: Parsed) -> queries.Query:
    """A query, unwrapped from its parentheses."""
    if isinstance(found, tree.Subquery):
        return found.query
    if isinstance(found, queries.Query):
        return found
    raise cursor.error("this is not a query", found.span)


def as_expression(found: Parsed) -> tree.Expression:
    return tree.Subquery(found, span=found.span) if isinstance(found, queries.Query) else found


def query(cursor: Cursor) -> queries.Query:
    """A whole query with ORDER BY."""
    return as_query(cursor, ordered(cursor, Context.QUERY))


def list_in_parentheses(cursor: Cursor, context: Context) -> tuple[Parsed, ...]:
    """`(query)` or `(a, b)`."""
    cursor.expect("(")
    found: list[Parsed] = [ordered(cursor, context.inside)]
    while cursor.accept(","):
        check_not_query(cursor, context)
        found.append(expressions.expression(cursor, context))
    cursor.expect(")")
    return tuple(found)


def ordered(cursor: Cursor, context: Context) -> Parsed:
    """A query with its ORDER BY, OFFSET and LIMIT; or an expression."""
    start = cursor.here
    found = _set_operations(cursor, context)
    is_query = isinstance(found, queries.Query | tree.Subquery)
    if cursor.at("ORDER") and not is_query:
        cursor.fail("ORDER BY is not allowed here")
    return order_and_limit(cursor, found, start)


def order_and_limit(cursor: Cursor, found: Parsed, start: int) -> Parsed:
    order = windows.order_by(cursor) if cursor.at("ORDER") else ()
    limit, offset, seen = _limits(cursor)
    if not order and not seen:
        return found
    inner = as_query(cursor, found)
    return queries.Ordered(inner, order, offset, limit, cursor.since(start))


Amount = tree.Number | tree.Parameter


def _limits(cursor: Cursor) -> tuple[Amount | None, Amount | None, bool]:
    limit: Amount | None = None
    offset: Amount | None = None
    if cursor.accept("LIMIT"):
        limit = None if cursor.accept("ALL") else _amount(cursor)
        if cursor.at(","):
            cursor.fail("Flink SQL has no LIMIT start, count", "write LIMIT count OFFSET start")
        if cursor.accept("OFFSET"):
            offset = _offset(cursor)
        return limit, offset, limit is not None or offset is not None
    if cursor.accept("OFFSET"):
        offset = _offset(cursor)
        if cursor.at("LIMIT"):
            cursor.fail("OFFSET stands after LIMIT in Flink SQL")
    if cursor.accept("FETCH"):
        limit = _fetch(cursor)
    return limit, offset, limit is not None or offset is not None


def _amount(cursor: Cursor) -> Amount:
    token = cursor.peek()
    if cursor.accept("?"):
        return tree.Parameter(token.span)
    return literals.number(cursor)


def _offset(cursor: Cursor) -> Amount:
    value = _amount(cursor)
    cursor.accept_one_of("ROW", "ROWS")
    return value


def _fetch(cursor: Cursor) -> Amount:
    cursor.one_of("FIRST", "NEXT")
    value = _amount(cursor)
    cursor.one_of("ROW", "ROWS")
    cursor.expect("ONLY")
    return value


_PRECEDENCE = {"UNION": 1, "EXCEPT": 1, "INTERSECT": 2}


def _set_operations(cursor: Cursor, context: Context) -> Parsed:
    start = cursor.here
    tables, recursive = _with(cursor) if cursor.at("WITH") else ((), False)
    found = leaf(cursor, context)
    found = set_operations_after(cursor, found, context, start)
    if not tables:
        return found
    return queries.With(tables, as_query(cursor, found), recursive, cursor.since(start))


def set_operations_after(cursor: Cursor, left: Parsed, context: Context, start: int, power: int = 0) -> Parsed:
    """UNION and EXCEPT from the left; INTERSECT binds tighter."""
    while (operator := cursor.word()) in _PRECEDENCE and _PRECEDENCE[operator] > power:
        query = as_query(cursor, left)
        check_query(cursor, context)
        cursor.take()
        everything = cursor.accept_one_of("ALL", "DISTINCT") == "ALL"
        right_start = cursor.here
        right = leaf(cursor, Context.QUERY)
        right = set_operations_after(cursor, right, Context.QUERY, right_start, _PRECEDENCE[operator])
        left = queries.SetOperation(operator, everything, query, as_query(cursor, right), cursor.since(start))
    if cursor.at("MINUS") and isinstance(left, queries.Query | tree.Subquery):
        cursor.fail("Flink SQL has no MINUS", "write EXCEPT")
    return left


def _with(cursor: Cursor) -> tuple[tuple[queries.CommonTable, ...], bool]:
    cursor.expect("WITH")
    recursive = cursor.accept("RECURSIVE")
    return cursor.separated(lambda: _common_table(cursor)), recursive


def _common_table(cursor: Cursor) -> queries.CommonTable:
    name = cursor.identifier()
    columns = cursor.names_in_parentheses() if cursor.at("(") else ()
    cursor.expect("AS")
    cursor.expect("(")
    found = as_query(cursor, ordered(cursor, Context.QUERY))
    cursor.expect(")")
    return queries.CommonTable(name, columns, found, cursor.since(name.span.start))


def leaf(cursor: Cursor, context: Context) -> Parsed:
    """SELECT, VALUES, TABLE, something in parentheses, or an expression."""
    start = cursor.here
    match cursor.word():
        case "SELECT":
            check_query(cursor, context)
            return select(cursor)
        case "VALUES" | "VALUE":
            check_query(cursor, context)
            cursor.take()
            rows = cursor.separated(lambda: _row(cursor))
            return queries.Values(rows, cursor.since(start))
        case "TABLE":
            check_query(cursor, context)
            cursor.take()
            return queries.Table(cursor.name(), cursor.since(start))
    return expressions.expression(cursor, context)


def _row(cursor: Cursor) -> tree.Row:
    """One row of VALUES: `(a, DEFAULT)`, `ROW(a)`, or a bare expression."""
    start = cursor.here
    if cursor.accept("(", "ROW", "("):
        cursor.position -= 1
        items = _items(cursor)
        cursor.expect(")")
        return tree.Row(items, True, cursor.since(start))
    if cursor.at("(") or cursor.at("ROW", "("):
        explicit = cursor.accept("ROW")
        return tree.Row(_items(cursor), explicit, cursor.since(start))
    value = expressions.expression(cursor, Context.ANY)
    return tree.Row((value,), False, cursor.since(start))


def _items(cursor: Cursor) -> tuple[tree.Expression, ...]:
    def item() -> tree.Expression:
        token = cursor.peek()
        if cursor.accept("DEFAULT"):
            return tree.Default(token.span)
        return as_expression(ordered(cursor, Context.ANY))

    return cursor.in_parentheses(item)


# SELECT


def select(cursor: Cursor) -> queries.Select:
    start = cursor.take().span.start
    hints = sources.hints(cursor)
    stream = cursor.accept("STREAM")
    distinct = cursor.accept_one_of("DISTINCT", "ALL") == "DISTINCT"
    items = cursor.separated(lambda: _select_item(cursor))
    if not cursor.accept("FROM"):
        return queries.Select(items, distinct=distinct, stream=stream, hints=hints, span=cursor.since(start))
    return queries.Select(
        items,
        sources.from_clause(cursor),
        expressions.expression(cursor, Context.SUBQUERY) if cursor.accept("WHERE") else None,
        _group_by(cursor) if cursor.at("GROUP") else None,
        expressions.expression(cursor, Context.SUBQUERY) if cursor.accept("HAVING") else None,
        cursor.separated(lambda: _named_window(cursor)) if cursor.accept("WINDOW") else (),
        expressions.expression(cursor, Context.SUBQUERY) if cursor.accept("QUALIFY") else None,
        distinct,
        stream,
        hints,
        cursor.since(start),
    )


def _select_item(cursor: Cursor) -> queries.SelectItem:
    start = cursor.here
    if cursor.accept("*"):
        star = tree.Star((), cursor.since(start))
        return queries.SelectItem(star, _alias(cursor), cursor.since(start))
    value = expressions.expression(cursor, Context.SUBQUERY)
    return queries.SelectItem(value, _alias(cursor), cursor.since(start))


def _alias(cursor: Cursor) -> tree.Identifier | None:
    if cursor.accept("AS"):
        return cursor.identifier()
    return cursor.identifier() if cursor.is_name() else None


def _named_window(cursor: Cursor) -> queries.NamedWindow:
    name = cursor.identifier()
    cursor.expect("AS")
    return queries.NamedWindow(name, windows.window(cursor))


def _group_by(cursor: Cursor) -> queries.GroupBy:
    start = cursor.expect("GROUP").span.start
    cursor.expect("BY")
    distinct = cursor.accept_one_of("DISTINCT", "ALL") == "DISTINCT"
    elements = cursor.separated(lambda: _grouping(cursor))
    return queries.GroupBy(elements, distinct, cursor.since(start))


def _grouping(cursor: Cursor) -> queries.GroupingElement:
    start = cursor.here
    if cursor.accept("GROUPING", "SETS"):
        elements = cursor.in_parentheses(lambda: _grouping(cursor))
        return queries.GroupingSets("SETS", elements, cursor.since(start))
    for kind in ("ROLLUP", "CUBE"):
        if cursor.accept(kind):
            sets = cursor.in_parentheses(lambda: _grouping_set(cursor))
            return queries.GroupingSets(kind, sets, cursor.since(start))
    if cursor.accept("(", ")"):
        return queries.GroupingSet((), cursor.since(start))
    return _grouping_set(cursor)


def _grouping_set(cursor: Cursor) -> queries.GroupingSet:
    """`a` or `(a, b)`: the parser sees a row, which in GROUP BY is a set of columns."""
    start = cursor.here
    value = expressions.expression(cursor, Context.SUBQUERY)
    if isinstance(value, tree.Row) and not value.explicit:
        return queries.GroupingSet(value.items, cursor.since(start))
    return queries.GroupingSet((value,), cursor.since(start))

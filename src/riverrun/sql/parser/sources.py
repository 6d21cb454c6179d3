"""What may stand in FROM: tables, subqueries, table functions, UNNEST, joins, and what follows them."""

from __future__ import annotations

from riverrun.sql.lexer import NUMBERS, Kind
from riverrun.sql.parser import calls, expressions, literals, match, queries
from riverrun.sql.parser.context import Context
from riverrun.sql.parser.cursor import Cursor
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import queries as q


def from_clause(cursor: Cursor) -> q.Source:
    """Comma joins stand only at the top."""
    start = cursor.here
    found = table(cursor)
    while True:
        joined = _join(cursor, found, start)
        if joined is None and cursor.accept(","):
            joined = q.Join("COMMA", found, table(cursor), span=cursor.since(start))
        if joined is None:
            return found
        found = joined


_KINDS = {"INNER": ("INNER",), "LEFT": ("LEFT",), "RIGHT": ("RIGHT",), "FULL": ("FULL",), "CROSS": ("CROSS",)}


def _join(cursor: Cursor, left: q.Source, start: int) -> q.Source | None:
    if cursor.at("CROSS", "APPLY") or cursor.at("OUTER", "APPLY"):
        cursor.fail("Flink SQL has no APPLY", "write CROSS JOIN LATERAL or LEFT JOIN LATERAL ... ON TRUE")
    natural = cursor.at("NATURAL")
    kind = _join_kind(cursor)
    if kind is None:
        return None
    right = table(cursor)
    if cursor.accept("ON"):
        condition = expressions.expression(cursor, Context.SUBQUERY)
        return q.Join(kind, left, right, condition, (), natural, cursor.since(start))
    if cursor.accept("USING"):
        using = cursor.names_in_parentheses()
        return q.Join(kind, left, right, None, using, natural, cursor.since(start))
    return q.Join(kind, left, right, None, (), natural, cursor.since(start))


def _join_kind(cursor: Cursor) -> str | None:
    if cursor.accept("NATURAL") and not cursor.at_any("JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS"):
        cursor.fail_expected("JOIN")
    if cursor.accept("JOIN"):
        return "INNER"
    kind = cursor.accept_one_of("INNER", "LEFT", "RIGHT", "FULL", "CROSS")
    if kind is None:
        return None
    if kind in ("LEFT", "RIGHT", "FULL"):
        cursor.accept("OUTER")
    cursor.expect("JOIN")
    return kind


def table(cursor: Cursor) -> q.Source:
    """One source with what may follow it."""
    start = cursor.here
    found = _source(cursor)
    while cursor.at_any("PIVOT", "UNPIVOT"):
        found = _pivot(cursor, found, start)
    alias = _alias(cursor)
    if alias is not None:
        if isinstance(found, q.Join):
            raise cursor.error("a join in parentheses takes no alias", alias.span)
        columns = cursor.names_in_parentheses() if cursor.at("(") else ()
        found = q.Aliased(found, alias, columns, cursor.since(start))
    if cursor.at("TABLESAMPLE"):
        found = _sample(cursor, found, start)
    return found


def _alias(cursor: Cursor) -> tree.Identifier | None:
    if cursor.accept("AS"):
        return cursor.identifier()
    return cursor.identifier() if cursor.is_name() else None


def _source(cursor: Cursor) -> q.Source:
    if cursor.is_name():
        return _named(cursor)
    start = cursor.here
    lateral = cursor.accept("LATERAL")
    if cursor.at("("):
        return _in_parentheses(cursor, lateral, start)
    if cursor.at("UNNEST"):
        return _unnest(cursor, start)
    if cursor.accept("TABLE"):
        cursor.expect("(")
        cursor.accept("SPECIFIC")
        call = calls.routine(cursor, Context.CURSOR)
        cursor.expect(")")
        return q.TableFunction(call, lateral, True, cursor.since(start))
    return cursor.fail_expected("a table, a subquery in parentheses, TABLE(...) or UNNEST(...)")


def _named(cursor: Cursor) -> q.Source:
    start = cursor.here
    name = cursor.name()
    if cursor.at("(") and not _at_extension(cursor):
        return q.TableFunction(calls.routine_arguments(cursor, name, Context.CURSOR), False, False, cursor.since(start))
    found: q.Source = q.TableName(name, hints(cursor), cursor.since(start))
    if cursor.at("EXTEND") or cursor.at("("):
        found = _extended(cursor, found, start)
    if cursor.at("FOR", "SYSTEM_TIME"):
        cursor.position += 2
        cursor.expect("AS", "OF")
        found = q.Snapshot(found, expressions.expression(cursor, Context.EXPRESSION), cursor.since(start))
    return _matched(cursor, found, start)


def _matched(cursor: Cursor, found: q.Source, start: int) -> q.Source:
    """MATCH_RECOGNIZE, also after `AS alias` (but then the AS is needed)."""
    if cursor.at("AS") and cursor.is_name(1) and cursor.word(2) == "MATCH_RECOGNIZE":
        cursor.take()
        found = q.Aliased(found, cursor.identifier(), (), cursor.since(start))
    if not cursor.at("MATCH_RECOGNIZE"):
        return found
    if isinstance(found, q.Join):
        cursor.fail("MATCH_RECOGNIZE does not follow a join in parentheses")
    return match.match_recognize(cursor, found, start)


def _at_extension(cursor: Cursor) -> bool:
    """`t(a INT)`: a name and then something that can only be a type."""
    if not cursor.is_name(1):
        return False
    after = cursor.peek(2)
    return after.kind in (Kind.WORD, Kind.QUOTED) and after.upper not in expressions.INFIX and _is_type(after.upper)


def _is_type(word: str) -> bool:
    return word in (
        "BOOLEAN", "INTEGER", "INT", "TINYINT", "SMALLINT", "BIGINT", "REAL", "DOUBLE", "FLOAT", "BINARY", "VARBINARY",
        "DECIMAL", "DEC", "NUMERIC", "ANY", "CHARACTER", "CHAR", "VARCHAR", "DATE", "TIME", "TIMESTAMP", "ROW",
        "STRING", "BYTES", "TIMESTAMP_LTZ", "MAP", "ARRAY",
    )  # fmt: skip


def _extended(cursor: Cursor, found: q.Source, start: int) -> q.Source:
    cursor.accept("EXTEND")
    first = cursor.here
    _skip_parentheses(cursor)
    return q.Sampled(found, "EXTEND", cursor.source.text[first : cursor.since(start).end], cursor.since(start))


def _in_parentheses(cursor: Cursor, lateral: bool, start: int) -> q.Source:
    cursor.expect("(")
    inner = _inner(cursor)
    cursor.expect(")")
    if isinstance(inner, q.Query):
        found: q.Source = q.Derived(inner, lateral, cursor.since(start))
    else:
        found = inner
        if lateral and isinstance(found, q.Join):
            raise cursor.error("LATERAL does not stand before a join", found.span)
    return _matched(cursor, found, start)


def _inner(cursor: Cursor) -> q.Query | q.Source:
    """A query, a join, or a query in further parentheses with set operations."""
    start = cursor.here
    if cursor.at_any("SELECT", "WITH", "VALUES", "VALUE") or (cursor.at("TABLE") and not cursor.at("TABLE", "(")):
        return queries.as_query(cursor, queries.ordered(cursor, Context.QUERY))
    found = table(cursor)
    while (joined := _join(cursor, found, start)) is not None:
        found = joined
    if cursor.word() in ("UNION", "INTERSECT", "EXCEPT") and isinstance(found, q.Derived):
        united = queries.set_operations_after(cursor, found.query, Context.QUERY, start)
        return queries.as_query(cursor, united)
    if isinstance(found, q.Derived) and not found.lateral:
        return found.query
    if not isinstance(found, q.Join):
        raise cursor.error("only a query or a join may stand in these parentheses", found.span)
    return found


def _unnest(cursor: Cursor, start: int) -> q.Source:
    cursor.take()
    found = queries.list_in_parentheses(cursor, Context.SUBQUERY)
    ordinality = cursor.accept("WITH", "ORDINALITY")
    span = cursor.since(start)
    if len(found) == 1 and isinstance(found[0], q.Query):
        return q.UnnestSource((), ordinality, found[0], span)
    return q.UnnestSource(tuple(queries.as_expression(item) for item in found), ordinality, None, span)


def _pivot(cursor: Cursor, found: q.Source, start: int) -> q.Source:
    feature = cursor.take().upper
    first = cursor.here
    for word in ("INCLUDE", "EXCLUDE"):
        if feature == "UNPIVOT":
            cursor.accept(word, "NULLS")
    _skip_parentheses(cursor)
    return q.Sampled(found, feature, cursor.source.text[first : cursor.since(start).end], cursor.since(start))


def _sample(cursor: Cursor, found: q.Source, start: int) -> q.Source:
    first = cursor.take().span.start
    if cursor.accept("SUBSTITUTE"):
        cursor.expect("(")
        cursor.string()
    else:
        cursor.one_of("BERNOULLI", "SYSTEM")
        cursor.expect("(")
        literals.number(cursor)
    cursor.expect(")")
    if cursor.accept("REPEATABLE"):
        cursor.expect("(")
        literals.signed_number(cursor)
        cursor.expect(")")
    return q.Sampled(found, "TABLESAMPLE", cursor.source.text[first : cursor.since(start).end], cursor.since(start))


def _skip_parentheses(cursor: Cursor) -> None:
    cursor.expect("(")
    depth = 1
    while depth:
        token = cursor.take()
        if token.kind is Kind.END:
            cursor.fail_expected(")")
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind is Kind.SYMBOL else 0


# Hints


def hints(cursor: Cursor) -> tuple[q.Hint, ...]:
    """`/*+ OPTIONS('k' = 'v'), ... */` if it is next."""
    if not cursor.accept("/*+"):
        return ()
    found = cursor.separated(lambda: _hint(cursor))
    cursor.expect("*/")
    return found


def _hint(cursor: Cursor) -> q.Hint:
    name = cursor.identifier()
    items: tuple[tuple[str, str | None], ...] = ()
    if cursor.at("(", ")"):
        cursor.position += 2
    elif cursor.at("("):
        items = cursor.in_parentheses(lambda: _hint_item(cursor))
        if len({value is None for _, value in items}) > 1:
            raise cursor.error("a hint holds pairs or single values, not both", cursor.since(name.span.start))
    return q.Hint(name, items, cursor.since(name.span.start))


def _hint_item(cursor: Cursor) -> tuple[str, str | None]:
    token = cursor.peek()
    if token.kind in NUMBERS or token.text in ("+", "-"):
        start = cursor.here
        literals.signed_number(cursor)
        return cursor.source.text[start : cursor.since(start).end], None
    key = cursor.identifier().text if cursor.is_name() else cursor.string()
    return key, cursor.string() if cursor.accept("=") else None

"""MATCH_RECOGNIZE and its pattern."""

from __future__ import annotations

from riverrun.sql.lexer import Kind
from riverrun.sql.parser import expressions, literals, windows
from riverrun.sql.parser.context import Context
from riverrun.sql.parser.cursor import Cursor
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import queries as q


def match_recognize(cursor: Cursor, source: q.Source, start: int) -> q.MatchRecognize:
    cursor.expect("MATCH_RECOGNIZE", "(")
    partition: tuple[tree.Expression, ...] = ()
    if cursor.accept("PARTITION"):
        cursor.expect("BY")
        partition = _partition(cursor)
    order = windows.order_by(cursor) if cursor.at("ORDER") else ()
    measures = cursor.separated(lambda: _measure(cursor)) if cursor.accept("MEASURES") else ()
    rows = _rows_per_match(cursor)
    after = _after(cursor) if cursor.at("AFTER") else None
    cursor.expect("PATTERN", "(")
    starts = cursor.accept("^")
    pattern = _pattern(cursor)
    ends = cursor.accept("$") or _dollar(cursor)
    cursor.expect(")")
    within = literals.interval(cursor) if cursor.accept("WITHIN") else None
    subsets = cursor.separated(lambda: _subset(cursor)) if cursor.accept("SUBSET") else ()
    if not cursor.accept("DEFINE"):
        cursor.fail_expected("DEFINE (Flink needs at least one definition)")
    define = cursor.separated(lambda: _definition(cursor))
    cursor.expect(")")
    return q.MatchRecognize(
        source, pattern, define, partition, order, measures, rows, after, within, subsets, starts, ends,
        cursor.since(start),
    )  # fmt: skip


def _dollar(cursor: Cursor) -> bool:
    token = cursor.peek()
    if token.text != "$":
        return False
    cursor.take()
    return True


def _partition(cursor: Cursor) -> tuple[tree.Expression, ...]:
    found = [expressions.expression(cursor, Context.EXPRESSION)]
    while cursor.accept(","):
        found.append(expressions.expression(cursor, Context.SUBQUERY))
    return tuple(found)


def _measure(cursor: Cursor) -> q.NamedExpression:
    start = cursor.here
    value = expressions.expression(cursor, Context.EXPRESSION)
    cursor.expect("AS")
    return q.NamedExpression(cursor.identifier(), value, cursor.since(start))


def _definition(cursor: Cursor) -> q.NamedExpression:
    name = cursor.identifier()
    cursor.expect("AS")
    return q.NamedExpression(name, expressions.expression(cursor, Context.SUBQUERY), cursor.since(name.span.start))


def _rows_per_match(cursor: Cursor) -> str | None:
    for words in (("ONE", "ROW"), ("ALL", "ROWS")):
        if cursor.at(words[0]):
            cursor.expect(*words, "PER", "MATCH")
            return " ".join(words)
    return None


def _after(cursor: Cursor) -> q.AfterMatch:
    start = cursor.here
    cursor.expect("AFTER", "MATCH", "SKIP")
    if cursor.accept("PAST"):
        cursor.expect("LAST", "ROW")
        return q.AfterMatch("PAST LAST ROW", None, cursor.since(start))
    cursor.expect("TO")
    if cursor.accept("NEXT", "ROW"):
        return q.AfterMatch("TO NEXT ROW", None, cursor.since(start))
    for word in ("FIRST", "LAST"):
        if cursor.at(word) and cursor.is_name(1):
            cursor.take()
            return q.AfterMatch(f"TO {word}", cursor.identifier(), cursor.since(start))
    return q.AfterMatch("TO LAST", cursor.identifier(), cursor.since(start))


def _subset(cursor: Cursor) -> q.Subset:
    name = cursor.identifier()
    cursor.expect("=", "(")
    variables = _partition(cursor)
    cursor.expect(")")
    return q.Subset(name, variables)


# The pattern


def _pattern(cursor: Cursor) -> q.Pattern:
    start = cursor.here
    parts = [_sequence(cursor)]
    while cursor.accept("|"):
        parts.append(_sequence(cursor))
    return parts[0] if len(parts) == 1 else q.PatternAlternative(tuple(parts), cursor.since(start))


def _sequence(cursor: Cursor) -> q.Pattern:
    start = cursor.here
    parts = _factor(cursor)
    while _at_primary(cursor):
        parts += _factor(cursor)
    return parts[0] if len(parts) == 1 else q.PatternSequence(tuple(parts), cursor.since(start))


def _at_primary(cursor: Cursor) -> bool:
    if cursor.peek().text == "$":
        return False
    return cursor.is_name() or cursor.at_any("(", "PERMUTE") or cursor.at("{", "-")


def _factor(cursor: Cursor) -> list[q.Pattern]:
    """A primary with its quantifier. `A {- B -}` reads as A followed by an exclusion."""
    start = cursor.here
    primary = _primary(cursor)
    if cursor.at("{", "-"):
        exclusion = _primary(cursor)
        return [primary, exclusion]
    bounds = _quantifier(cursor)
    if bounds is None:
        return [primary]
    least, most = bounds
    reluctant = cursor.accept("?")
    return [q.PatternRepeat(primary, least, most, reluctant and least != most, cursor.since(start))]


def _quantifier(cursor: Cursor) -> tuple[int | None, int | None] | None:
    for symbol, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
        if cursor.accept(symbol):
            return bounds
    if not cursor.accept("{"):
        return None
    if cursor.accept(","):
        most = _count(cursor)
        cursor.expect("}")
        return None, most
    least = _count(cursor)
    found: tuple[int | None, int | None] = (least, least)
    if cursor.accept(","):
        found = (least, None if cursor.at("}") else _count(cursor))
    cursor.expect("}")
    return found


def _count(cursor: Cursor) -> int:
    token = cursor.peek()
    literals.number(cursor)
    if token.kind is not Kind.INTEGER:
        raise cursor.error("a quantifier takes whole numbers", token.span)
    return int(token.text)


def _primary(cursor: Cursor) -> q.Pattern:
    start = cursor.here
    if cursor.accept("("):
        inner = _pattern(cursor)
        cursor.expect(")")
        return inner
    if cursor.accept("{", "-"):
        inner = _pattern(cursor)
        cursor.expect("-", "}")
        return q.PatternExclude(inner, cursor.since(start))
    if cursor.accept("PERMUTE"):
        parts = cursor.in_parentheses(lambda: _pattern(cursor))
        return q.PatternPermute(parts, cursor.since(start))
    name = cursor.identifier()
    return q.PatternVariable(name, name.span)

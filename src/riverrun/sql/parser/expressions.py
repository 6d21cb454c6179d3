"""Expressions: a Pratt parser with the binding powers of Flink's (Calcite's) operators."""

from __future__ import annotations

from collections.abc import Callable

from riverrun.sql.expr import NO_SPAN, Span
from riverrun.sql.lexer import Kind
from riverrun.sql.parser import calls, literals, queries, special
from riverrun.sql.parser.context import Context, check_not_query, check_query
from riverrun.sql.parser.cursor import Cursor
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree.queries import Query

# Left binding powers, twice Calcite's precedences; the right operand of a left-associative operator binds one tighter.
OR, AND, NOT, IS, COMPARISON, SPECIAL, SUM, PRODUCT, SIGN, ACCESS = (
    2 * p for p in (22, 24, 26, 28, 30, 32, 40, 60, 80, 100)
)
INFIX = {
    "OR": OR, "AND": AND,
    "=": COMPARISON, "<>": COMPARISON, "<": COMPARISON, ">": COMPARISON, "<=": COMPARISON, ">=": COMPARISON,
    "OVERLAPS": COMPARISON, "CONTAINS": COMPARISON, "EQUALS": COMPARISON, "PRECEDES": COMPARISON,
    "SUCCEEDS": COMPARISON, "IMMEDIATELY PRECEDES": COMPARISON, "IMMEDIATELY SUCCEEDS": COMPARISON,
    "MEMBER OF": COMPARISON, "SUBMULTISET OF": COMPARISON, "NOT SUBMULTISET OF": COMPARISON,
    "IS DISTINCT FROM": SUM, "IS NOT DISTINCT FROM": SUM, "+": SUM, "-": SUM,
    "*": PRODUCT, "/": PRODUCT, "%": PRODUCT, "||": PRODUCT,
    "MULTISET UNION": 28, "MULTISET UNION ALL": 28, "MULTISET UNION DISTINCT": 28,
    "MULTISET EXCEPT": 28, "MULTISET EXCEPT ALL": 28, "MULTISET EXCEPT DISTINCT": 28,
    "MULTISET INTERSECT": 36, "MULTISET INTERSECT ALL": 36, "MULTISET INTERSECT DISTINCT": 36,
}  # fmt: skip
PREFIX = {"+": SIGN, "-": SIGN, "NOT": NOT, "EXISTS": SUM, "UNIQUE": SUM}
COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")
_LIKES = (("LIKE",), ("ILIKE",), ("RLIKE",), ("SIMILAR", "TO"))


def expression(cursor: Cursor, context: Context, power: int = 0, before_and: bool = False) -> tree.Expression:
    """Operators that bind at least as tightly as `power`. `before_and`: a low bound of BETWEEN, which an AND ends."""
    left = _operand(cursor, context)
    while (found := _operator(cursor, before_and)) is not None:
        words, bound, rule = found
        if bound < power:
            break
        check_not_query(cursor, context)
        start = cursor.here
        cursor.position += len(words)
        left = rule(cursor, left, " ".join(words), _start(left, start), before_and)
    return left


def _start(left: tree.Expression, otherwise: int) -> int:
    return left.span.start if left.span != NO_SPAN else otherwise


Rule = Callable[[Cursor, tree.Expression, str, int, bool], tree.Expression]


def _operator(cursor: Cursor, before_and: bool) -> tuple[tuple[str, ...], int, Rule] | None:
    """The operator that is next: its words, its binding power, and how to go on after them."""
    token = cursor.peek()
    if token.kind not in (Kind.WORD, Kind.SYMBOL):
        return None
    text = token.upper or token.text
    if text == "AND" and before_and:
        return None
    if text == "[":
        return (text,), ACCESS, _item
    if text in COMPARISONS and cursor.word(1) in ("SOME", "ANY", "ALL"):
        return (text, cursor.word(1)), SPECIAL, _quantified
    if text == "!=":
        cursor.fail("Flink SQL has no !=", "write <>")
    if text in INFIX:
        return (text,), INFIX[text], _infix
    return _worded(cursor, text)


def _worded(cursor: Cursor, text: str) -> tuple[tuple[str, ...], int, Rule] | None:
    match text:
        case "NOT":
            return _negated(cursor)
        case "IN":
            return ("IN",), SPECIAL, _in
        case "BETWEEN":
            return ("BETWEEN",), SPECIAL, _between
        case "LIKE" | "ILIKE" | "RLIKE" | "SIMILAR":
            words = ("SIMILAR", "TO") if text == "SIMILAR" else (text,)
            return (words, SPECIAL, _like) if cursor.at(*words) else None
        case "IS":
            return _is_something(cursor)
        case "FORMAT":
            return (("FORMAT", "JSON"), IS, _format) if cursor.at("FORMAT", "JSON") else None
        case "MEMBER" | "SUBMULTISET":
            return ((text, "OF"), COMPARISON, _infix) if cursor.at(text, "OF") else None
        case "IMMEDIATELY":
            word = cursor.word(1)
            return ((text, word), COMPARISON, _infix) if word in ("PRECEDES", "SUCCEEDS") else None
        case "MULTISET":
            return _multiset(cursor)
    return None


def _is_something(cursor: Cursor) -> tuple[tuple[str, ...], int, Rule]:
    words: tuple[str, ...]
    for words in (("IS", "DISTINCT", "FROM"), ("IS", "NOT", "DISTINCT", "FROM")):
        if cursor.at(*words):
            return words, SUM, _infix
    return ("IS",), IS, _is


def _negated(cursor: Cursor) -> tuple[tuple[str, ...], int, Rule] | None:
    if cursor.at("NOT", "IN"):
        return ("NOT", "IN"), SPECIAL, _in
    if cursor.at("NOT", "BETWEEN"):
        return ("NOT", "BETWEEN"), SPECIAL, _between
    if cursor.at("NOT", "SUBMULTISET", "OF"):
        return ("NOT", "SUBMULTISET", "OF"), COMPARISON, _infix
    for likes in _LIKES:
        if cursor.at("NOT", *likes):
            return ("NOT", *likes), SPECIAL, _like
    return None


def _multiset(cursor: Cursor) -> tuple[tuple[str, ...], int, Rule] | None:
    words: tuple[str, ...] = ("MULTISET", cursor.word(1))
    if words[1] not in ("UNION", "INTERSECT", "EXCEPT"):
        return None
    if cursor.word(2) in ("ALL", "DISTINCT"):
        words = (*words, cursor.word(2))
    return words, INFIX[" ".join(words)], _infix


def _infix(cursor: Cursor, left: tree.Expression, operator: str, start: int, before_and: bool) -> tree.Expression:
    right = expression(cursor, Context.SUBQUERY, INFIX[operator] + 1, before_and)
    return tree.Infix(operator, left, right, cursor.since(start))


def _in(cursor: Cursor, left: tree.Expression, operator: str, start: int, _: bool) -> tree.Expression:
    items, query = _items_or_query(cursor)
    return tree.In(left, items, query, operator == "NOT IN", cursor.since(start))


def _quantified(cursor: Cursor, left: tree.Expression, operator: str, start: int, _: bool) -> tree.Expression:
    comparison, quantifier = operator.split()
    items, query = _items_or_query(cursor)
    quantifier = "SOME" if quantifier == "ANY" else quantifier
    return tree.Quantified(comparison, quantifier, left, items, query, cursor.since(start))


def _items_or_query(cursor: Cursor) -> tuple[tuple[tree.Expression, ...], Query | None]:
    found = queries.list_in_parentheses(cursor, Context.ANY)
    if len(found) == 1 and isinstance(found[0], Query):
        return (), found[0]
    return tuple(queries.as_expression(item) for item in found), None


def _between(cursor: Cursor, left: tree.Expression, operator: str, start: int, before_and: bool) -> tree.Expression:
    symmetric = cursor.accept_one_of("SYMMETRIC", "ASYMMETRIC") == "SYMMETRIC"
    low = expression(cursor, Context.SUBQUERY, 0, True)
    cursor.expect("AND")
    high = expression(cursor, Context.SUBQUERY, SPECIAL + 1, before_and)
    return tree.Between(left, low, high, operator == "NOT BETWEEN", symmetric, cursor.since(start))


def _like(cursor: Cursor, left: tree.Expression, operator: str, start: int, before_and: bool) -> tree.Expression:
    pattern = expression(cursor, Context.SUBQUERY, SPECIAL, before_and)
    escape = _operand(cursor, Context.SUBQUERY) if cursor.accept("ESCAPE") else None
    negated = operator.startswith("NOT ")
    return tree.Like(operator.removeprefix("NOT "), left, pattern, escape, negated, cursor.since(start))


def _item(cursor: Cursor, left: tree.Expression, _: str, start: int, __: bool) -> tree.Expression:
    index = expression(cursor, Context.SUBQUERY)
    cursor.expect("]")
    found: tree.Expression = tree.Item(left, index, cursor.since(start))
    while cursor.at(".") and cursor.is_name(1):
        cursor.take()
        found = tree.Member(found, cursor.identifier(), cursor.since(start))
    return found


_TESTS = ("NULL", "TRUE", "FALSE", "UNKNOWN", "EMPTY")
_JSON_TESTS = ("VALUE", "OBJECT", "ARRAY", "SCALAR")


def _is(cursor: Cursor, left: tree.Expression, _: str, start: int, __: bool) -> tree.Expression:
    negated = cursor.accept("NOT")
    if cursor.accept("A", "SET"):
        test = "A SET"
    elif cursor.accept("JSON"):
        test = "JSON " + (cursor.accept_one_of(*_JSON_TESTS) or "VALUE")
    else:
        test = cursor.one_of(*_TESTS)
    return tree.Is(left, test, negated, cursor.since(start))


def _format(cursor: Cursor, left: tree.Expression, _: str, start: int, __: bool) -> tree.Expression:
    special.encoding(cursor)
    return tree.FormatJson(left, cursor.since(start))


def _operand(cursor: Cursor, context: Context) -> tree.Expression:
    """A prefix operator with its operand, or a primary with the members that follow it."""
    token = cursor.peek()
    operator = token.upper or token.text
    if token.kind in (Kind.WORD, Kind.SYMBOL) and operator in PREFIX:
        check_not_query(cursor, context)
        cursor.take()
        operand = expression(cursor, context, PREFIX[operator] + 1)
        return tree.Prefix(operator, operand, cursor.since(token.span.start))
    found = _primary(cursor, context)
    while cursor.at(".") and cursor.is_name(1):
        cursor.take()
        found = _member(cursor, found, token.span)
    return found


def _member(cursor: Cursor, operand: tree.Expression, first: Span) -> tree.Expression:
    name = cursor.identifier()
    if not cursor.at("("):
        return tree.Member(operand, name, cursor.since(first.start))
    call = calls.arguments_of(cursor, tree.Name((name,), name.span), name.span.start)
    return tree.Method(operand, call, cursor.since(first.start))


def _primary(cursor: Cursor, context: Context) -> tree.Expression:
    token = cursor.peek()
    if cursor.at("(") or cursor.at("ROW", "("):
        return _parenthesised(cursor, context)
    if cursor.at("CURSOR"):
        return _cursor(cursor, context)
    check_not_query(cursor, context)
    if cursor.accept("?"):
        return tree.Parameter(token.span)
    found = literals.literal(cursor) or special.call(cursor) or calls.word(cursor)
    if found is None:
        if cursor.at_any("SELECT", "VALUES"):
            check_query(cursor, context)
        cursor.fail_expected("an expression")
    return found


def _cursor(cursor: Cursor, context: Context) -> tree.Expression:
    start = cursor.take().span.start
    if context not in (Context.ANY, Context.CURSOR):
        cursor.fail("CURSOR is not allowed here")
    inner = expression(cursor, Context.QUERY)
    return tree.Exotic("CURSOR expression", (inner,), span=cursor.since(start))


def _parenthesised(cursor: Cursor, context: Context) -> tree.Expression:
    """`(query)`, `(expression)`, `(a, b)` or `ROW(a, b)`."""
    start = cursor.here
    explicit = cursor.accept("ROW")
    if explicit:
        check_not_query(cursor, context)
    items = queries.list_in_parentheses(cursor, context)
    span = cursor.since(start)
    if explicit:
        return tree.Row(tuple(queries.as_expression(item) for item in items), True, span)
    if literals.at_unit(cursor):
        return _minus_date(cursor, items, start)
    if len(items) == 1:
        only = items[0]
        return tree.Subquery(only, span=span) if isinstance(only, Query) else only
    return tree.Row(tuple(queries.as_expression(item) for item in items), False, span)


def _minus_date(cursor: Cursor, items: tuple[tree.Expression | Query, ...], start: int) -> tree.Expression:
    unit = literals.qualifier(cursor)
    only = items[0]
    if len(items) != 1 or not (isinstance(only, tree.Infix) and only.operator == "-"):
        raise cursor.error("before a unit there must be a difference in parentheses: (a - b) DAY", unit.span)
    text = cursor.source.text[unit.span.start : unit.span.end]
    return tree.Exotic("difference in units", (only,), text, cursor.since(start))

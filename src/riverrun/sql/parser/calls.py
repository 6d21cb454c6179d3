"""Names, function calls with ordinary syntax and what follows them (FILTER, OVER, WITHIN GROUP), CASE, constructors."""

from __future__ import annotations

from dataclasses import replace

from riverrun.sql.expr import Span
from riverrun.sql.keywords import CONTEXT_VARIABLES, RESERVED_FUNCTIONS
from riverrun.sql.lexer import Kind
from riverrun.sql.parser import expressions, literals, queries, windows
from riverrun.sql.parser.context import Context
from riverrun.sql.parser.cursor import Cursor
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree.queries import Query

# Aggregates whose parentheses may hold IGNORE NULLS, ORDER BY and SEPARATOR.
_COLLECTING = ("ARRAY_AGG",)


def word(cursor: Cursor) -> tree.Expression | None:
    """What begins with a word or a quoted name and is no literal: a constructor, a call, a name."""
    found = _constructor(cursor)
    if found is not None:
        return found
    if cursor.at("SPECIFIC") or _at_call(cursor):
        return function(cursor)
    token = cursor.peek()
    if token.kind is Kind.WORD and token.upper in CONTEXT_VARIABLES:
        cursor.take()
        return tree.Function(tree.Name((tree.Identifier(token.text, token.span),), token.span), span=token.span)
    if cursor.is_name():
        return compound(cursor)
    return None


def _at_call(cursor: Cursor) -> bool:
    token = cursor.peek()
    if token.kind is Kind.WORD and token.upper in RESERVED_FUNCTIONS | set(_COLLECTING):
        return cursor.at(token.upper, "(")
    ahead = 0
    while cursor.is_name(ahead):
        ahead += 1
        following = cursor.peek(ahead)
        if following.text != "." or following.kind is not Kind.SYMBOL:
            return following.kind is Kind.SYMBOL and following.text == "("
        ahead += 1
    return False


def compound(cursor: Cursor) -> tree.Name | tree.Star:
    """`a.b.c` or `a.b.*`."""
    name = cursor.name()
    if cursor.accept(".", "*"):
        return tree.Star(name.parts, cursor.since(name.span.start))
    return name


def _constructor(cursor: Cursor) -> tree.Expression | None:
    match cursor.word():
        case "CASE":
            return _case(cursor)
        case "ARRAY":
            return _array(cursor)
        case "MULTISET":
            return _collection(cursor, "MULTISET")
        case "MAP" if cursor.at("MAP", "[") or cursor.at("MAP", "("):
            return _collection(cursor, "MAP")
        case "PERIOD":
            return _period(cursor)
        case "NEW":
            return _new(cursor)
        case "NEXT" | "CURRENT" if cursor.word(1) == "VALUE":
            return _sequence(cursor)
        case _:
            return _jdbc(cursor) if cursor.at("{fn") else None


def _case(cursor: Cursor) -> tree.Case:
    start = cursor.take().span.start
    operand = None if cursor.at("WHEN") else expressions.expression(cursor, Context.SUBQUERY)
    branches: list[tree.When] = []
    while cursor.accept("WHEN") or not branches:
        if not branches and cursor.tokens[cursor.position - 1].upper != "WHEN":
            cursor.fail_expected("WHEN")
        conditions = cursor.separated(lambda: expressions.expression(cursor, Context.SUBQUERY))
        cursor.expect("THEN")
        branches.append(tree.When(conditions, expressions.expression(cursor, Context.SUBQUERY)))
    otherwise = expressions.expression(cursor, Context.SUBQUERY) if cursor.accept("ELSE") else None
    cursor.expect("END")
    return tree.Case(operand, tuple(branches), otherwise, cursor.since(start))


def _elements(cursor: Cursor) -> tuple[tree.Expression, ...]:
    """`[a, b]`; the opening bracket is next."""
    cursor.expect("[")
    items: tuple[tree.Expression, ...] = ()
    if not cursor.at("]"):
        items = cursor.separated(lambda: expressions.expression(cursor, Context.EXPRESSION))
    cursor.expect("]")
    return items


def _array(cursor: Cursor) -> tree.Expression:
    start = cursor.take().span.start
    if cursor.at("("):
        return _collected(cursor, "ARRAY", start)
    items = _elements(cursor)
    return tree.Array(items, cursor.since(start))


def _collected(cursor: Cursor, kind: str, start: int) -> tree.Expression:
    """`ARRAY(SELECT ...)`; with expressions instead it parses, and nothing resolves it."""
    found = () if kind != "MULTISET" and cursor.accept("(", ")") else queries.list_in_parentheses(cursor, Context.ANY)
    span = cursor.since(start)
    if len(found) == 1 and isinstance(found[0], Query | tree.Subquery):
        return tree.CollectionQuery(kind, queries.as_query(cursor, found[0]), span)
    if kind == "MULTISET":
        cursor.fail_expected("a query in MULTISET(...)")
    items = tuple(queries.as_expression(item) for item in found)
    return tree.Exotic(f"{kind}(...)", items, cursor.source.text[span.start : span.end], span)


def _collection(cursor: Cursor, kind: str) -> tree.Expression:
    start = cursor.take().span.start
    if cursor.at("("):
        return _collected(cursor, kind, start)
    items = _elements(cursor)
    if kind == "MAP":
        return tree.Map(items, cursor.since(start))
    if not items:
        cursor.fail("MULTISET[] needs an element")
    return tree.Multiset(items, cursor.since(start))


def _period(cursor: Cursor) -> tree.Expression:
    start = cursor.take().span.start
    cursor.expect("(")
    first = expressions.expression(cursor, Context.SUBQUERY)
    cursor.expect(",")
    second = expressions.expression(cursor, Context.SUBQUERY)
    cursor.expect(")")
    return tree.Row((first, second), True, cursor.since(start))


def _new(cursor: Cursor) -> tree.Expression:
    start = cursor.take().span.start
    call = routine(cursor, Context.SUBQUERY)
    return tree.Exotic("NEW", (call,), span=cursor.since(start))


def _sequence(cursor: Cursor) -> tree.Expression:
    first = cursor.take()
    cursor.expect("VALUE", "FOR")
    return tree.Exotic(f"{first.upper} VALUE FOR", (cursor.name(),), span=cursor.since(first.span.start))


def _jdbc(cursor: Cursor) -> tree.Expression:
    start = cursor.take().span.start
    cursor.take()
    cursor.expect("(")
    items: tuple[tree.Expression, ...] = ()
    if not cursor.accept("*") and not cursor.at(")"):
        items = cursor.separated(lambda: expressions.expression(cursor, Context.SUBQUERY))
    cursor.expect(")")
    cursor.expect("}")
    return tree.Exotic("{fn ...} call", items, cursor.source.text[start : cursor.here].strip(), cursor.since(start))


# Calls


def function(cursor: Cursor) -> tree.Function:
    """`f(...)` with NULLS, WITHIN, FILTER and OVER."""
    start = cursor.here
    specific = cursor.accept("SPECIFIC")
    token = cursor.peek()
    name = cursor.name() if cursor.is_name() else _reserved_name(cursor)
    if not specific and token.kind is Kind.WORD and token.upper in _COLLECTING and len(name.parts) == 1:
        call = _collecting(cursor, name, start)
    else:
        call = arguments_of(cursor, name, start)
    return _trailing(cursor, replace(call, specific=specific), start)


def _reserved_name(cursor: Cursor) -> tree.Name:
    token = cursor.peek()
    if token.upper not in RESERVED_FUNCTIONS | set(_COLLECTING):
        cursor.fail_expected("the name of a function")
    cursor.take()
    return tree.Name((tree.Identifier(token.text, token.span),), token.span)


def arguments_of(cursor: Cursor, name: tree.Name, start: int) -> tree.Function:
    """`(*)`, `()` or `([DISTINCT] a, b)` after the name."""
    if cursor.accept("(", "*"):
        cursor.expect(")")
        return tree.Function(name, star=True, span=cursor.since(start))
    if cursor.accept("(", ")"):
        return tree.Function(name, span=cursor.since(start))
    cursor.expect("(")
    quantifier = cursor.accept_one_of("DISTINCT", "ALL")
    args = _arguments(cursor, Context.SUBQUERY)
    cursor.expect(")")
    return tree.Function(name, args, quantifier=quantifier, span=cursor.since(start))


def routine(cursor: Cursor, context: Context) -> tree.Function:
    """`f(a, b)` without quantifier: table functions, procedures."""
    name = cursor.name()
    return routine_arguments(cursor, name, context)


def routine_arguments(cursor: Cursor, name: tree.Name, context: Context) -> tree.Function:
    cursor.expect("(")
    args = () if cursor.at(")") else _arguments(cursor, context)
    cursor.expect(")")
    return tree.Function(name, args, span=cursor.since(name.span.start))


def _arguments(cursor: Cursor, context: Context) -> tuple[tree.Expression, ...]:
    found = [_argument(cursor, context, first=True)]
    while cursor.accept(","):
        found.append(_argument(cursor, context, first=False))
    return tuple(found)


def _argument(cursor: Cursor, context: Context, *, first: bool) -> tree.Expression:
    start = cursor.here
    name = None
    if cursor.is_name() and cursor.peek(1).text == "=>":
        name = cursor.identifier()
        cursor.take()
    value = _value(cursor, context, first)
    return value if name is None else tree.Argument(name, value, cursor.since(start))


def _value(cursor: Cursor, context: Context, first: bool) -> tree.Expression:
    start = cursor.here
    if cursor.accept("DEFAULT"):
        return tree.Default(cursor.since(start))
    if cursor.accept("TABLE"):
        name = cursor.name()
        reference = tree.TableReference(name, cursor.since(start))
        return _set_semantics(cursor, reference, start)
    if cursor.at("MODEL") and cursor.is_name(1):
        cursor.take()
        return tree.Exotic("MODEL argument", (cursor.name(),), span=cursor.since(start))
    if not first:
        return expressions.expression(cursor, context)
    found = queries.ordered(cursor, context.inside)
    if isinstance(found, Query):
        found = tree.Subquery(found, span=cursor.since(start))
    return _set_semantics(cursor, found, start)


def _set_semantics(cursor: Cursor, source: tree.Expression, start: int) -> tree.Expression:
    """PARTITION BY and ORDER BY after a table argument."""
    partition: tuple[tree.Identifier, ...] = ()
    order: tuple[tree.OrderItem, ...] = ()
    if cursor.accept("PARTITION"):
        cursor.expect("BY")
        partition = cursor.names_in_parentheses() if cursor.at("(") else (cursor.identifier(),)
    if cursor.accept("ORDER"):
        cursor.expect("BY")
        if cursor.at("("):
            order = cursor.in_parentheses(lambda: windows.order_item(cursor))
        else:
            order = (windows.order_item(cursor),)
    if not partition and not order:
        return source
    return tree.TableArgument(source, partition, order, cursor.since(start))


def _collecting(cursor: Cursor, name: tree.Name, start: int) -> tree.Function:
    cursor.expect("(")
    quantifier = cursor.accept_one_of("DISTINCT", "ALL")
    args = cursor.separated(lambda: _argument(cursor, Context.SUBQUERY, first=False))
    nulls = _nulls(cursor)
    order = windows.order_by(cursor) if cursor.at("ORDER") else ()
    separator = literals.string_literal(cursor) if cursor.accept("SEPARATOR") else None
    cursor.expect(")")
    return tree.Function(
        name, args, quantifier=quantifier, nulls=nulls, order=order, separator=separator, span=cursor.since(start)
    )


def _nulls(cursor: Cursor) -> str | None:
    for treatment in ("IGNORE", "RESPECT"):
        if cursor.accept(treatment, "NULLS"):
            return treatment
    return None


def _trailing(cursor: Cursor, call: tree.Function, start: int) -> tree.Function:
    nulls = _nulls(cursor)
    if nulls is not None:
        call = replace(call, nulls=nulls)
    if cursor.accept("WITHIN", "DISTINCT"):
        items = cursor.in_parentheses(lambda: expressions.expression(cursor, Context.SUBQUERY))
        call = replace(call, within_distinct=items)
    if cursor.at("WITHIN"):
        call = replace(call, within_group=within_group(cursor))
    if cursor.accept("FILTER"):
        cursor.expect("(", "WHERE")
        call = replace(call, condition=expressions.expression(cursor, Context.SUBQUERY))
        cursor.expect(")")
    if cursor.accept("OVER"):
        call = replace(call, over=windows.over(cursor))
    return replace(call, span=cursor.since(start))


def within_group(cursor: Cursor) -> tuple[tree.OrderItem, ...]:
    cursor.expect("WITHIN", "GROUP", "(")
    order = windows.order_by(cursor)
    cursor.expect(")")
    return order


def single(text: str, span: Span) -> tree.Name:
    return tree.Name((tree.Identifier(text, span),), span)

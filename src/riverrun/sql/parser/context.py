"""Where an expression stands decides whether a query may stand there, bare or in parentheses."""

from __future__ import annotations

import enum

from riverrun.sql.parser.cursor import Cursor


class Context(enum.Enum):
    QUERY = "only a query"
    ANY = "a query or an expression"
    EXPRESSION = "no query, not even in parentheses"
    SUBQUERY = "an expression; queries in parentheses"
    CURSOR = "an argument of a table function"

    @property
    def inside(self) -> Context:
        """What the first thing after an opening parenthesis may be."""
        return Context.ANY if self in (Context.SUBQUERY, Context.CURSOR) else self


def check_query(cursor: Cursor, context: Context) -> None:
    if context in (Context.EXPRESSION, Context.SUBQUERY, Context.CURSOR):
        todo = "put the query into parentheses" if context is not Context.EXPRESSION else None
        cursor.fail("a query is not allowed here", todo)


def check_not_query(cursor: Cursor, context: Context) -> None:
    if context is Context.QUERY:
        cursor.fail_expected("SELECT, WITH, VALUES, TABLE or a query in parentheses")

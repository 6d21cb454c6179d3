"""Trees back to SQL text that parses to the same tree."""

from riverrun.sql.printer.expressions import expression_sql
from riverrun.sql.printer.names import identifier_sql, string_sql
from riverrun.sql.printer.queries import query_sql
from riverrun.sql.printer.statements import statement_sql

__all__ = ["expression_sql", "identifier_sql", "query_sql", "statement_sql", "string_sql"]

"""How values lie in DuckDB and Arrow: types, literals, quoting (ARCHITECTURE.md, "Batches")."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from riverrun.schema.types import Root, Type
from riverrun.sql.expr import Literal

_DUCKDB = {
    Root.NULL: "INTEGER",
    Root.BOOLEAN: "BOOLEAN",
    Root.TINYINT: "TINYINT",
    Root.SMALLINT: "SMALLINT",
    Root.INTEGER: "INTEGER",
    Root.BIGINT: "BIGINT",
    Root.FLOAT: "FLOAT",
    Root.DOUBLE: "DOUBLE",
    Root.CHAR: "VARCHAR",
    Root.VARCHAR: "VARCHAR",
    Root.BINARY: "BLOB",
    Root.VARBINARY: "BLOB",
    Root.DATE: "DATE",
    Root.TIME: "TIME",
    Root.INTERVAL_YEAR_MONTH: "BIGINT",
    Root.INTERVAL_DAY_TIME: "BIGINT",
}


def is_nanos(type_: Type) -> bool:
    """A timestamp that is kept in nanoseconds (all others in microseconds)."""
    return type_.precision > 6


def micros(value: str, type_: Type) -> str:
    """A timestamp as DuckDB's TIMESTAMP; nanoseconds are cut, which a cast would round."""
    return f"make_timestamp({_over(f'epoch_ns({value})', 1000)})" if is_nanos(type_) else value


def epoch_ms(value: str, type_: Type) -> str:
    """A timestamp's whole milliseconds since 1970; what is below them counts forward also before 1970."""
    if is_nanos(type_):
        return _over(f"epoch_ns({value})", 10**6)
    return f"epoch_ms({value})" if type_.precision <= 3 else _over(f"epoch_us({value})", 1000)


def _over(number: str, size: int) -> str:
    """A BIGINT divided and rounded down."""
    return f"(({number} - ({number} % {size} + {size}) % {size}) // {size})"


def duckdb_type(type_: Type) -> str:
    """The DuckDB type that holds values of `type_`.

    >>> from riverrun.schema.types import BIGINT, array, row, timestamp
    >>> duckdb_type(row(("id", BIGINT), ("times", array(timestamp(3)))))
    'STRUCT(f0 BIGINT, f1 TIMESTAMP[])'
    """
    root = type_.root
    if root in _DUCKDB:
        return _DUCKDB[root]
    if root is Root.DECIMAL:
        return f"DECIMAL({type_.precision}, {type_.scale})"
    if root in (Root.TIMESTAMP, Root.TIMESTAMP_LTZ):
        return "TIMESTAMP_NS" if is_nanos(type_) else "TIMESTAMP"
    if root is Root.ROW:
        fields = ", ".join(f"f{i} {duckdb_type(field.type)}" for i, field in enumerate(type_.fields))
        return f"STRUCT({fields})"
    assert type_.element is not None
    if root is Root.ARRAY:
        return duckdb_type(type_.element) + "[]"
    if root is Root.MULTISET:
        return f"MAP({duckdb_type(type_.element)}, INTEGER)"
    assert type_.key is not None
    return f"MAP({duckdb_type(type_.key)}, {duckdb_type(type_.element)})"


def quote(text: str) -> str:
    """A DuckDB string literal.

    >>> quote("it's")
    "'it''s'"
    """
    if "\0" in text:
        return "(" + " || chr(0) || ".join(quote(part) for part in text.split("\0")) + ")"
    return "'" + text.replace("'", "''") + "'"


def null(type_: Type) -> str:
    return f"CAST(NULL AS {duckdb_type(type_)})"


def literal(expr: Literal) -> str:
    """A typed constant in DuckDB SQL.

    >>> from riverrun.schema.types import DATE, INT
    >>> literal(Literal(5, INT)), literal(Literal(19782, DATE))
    ("CAST(5 AS INTEGER)", "(DATE '1970-01-01' + 19782)")
    """
    return null(expr.type) if expr.value is None else _value(expr.value, expr.type)


def _value(value: Any, type_: Type) -> str:
    root = type_.root
    if root in (Root.CHAR, Root.VARCHAR):
        return quote(value)
    if root is Root.BOOLEAN:
        return "TRUE" if value else "FALSE"
    if root in (Root.FLOAT, Root.DOUBLE):
        return f"CAST({_float(value)} AS {_DUCKDB[root]})"
    if root is Root.DECIMAL:
        return f"CAST({Decimal(value):f} AS {duckdb_type(type_)})"
    if root in (Root.BINARY, Root.VARBINARY):
        return f"from_hex('{bytes(value).hex()}')"
    if root is Root.DATE:
        return f"(DATE '1970-01-01' + {_integer(value)})"
    if root is Root.TIME:
        return f"(TIME '00:00:00' + to_microseconds({value // 1000}))"
    if root in (Root.TIMESTAMP, Root.TIMESTAMP_LTZ):
        return f"make_timestamp_ns({value})" if is_nanos(type_) else f"make_timestamp({value // 1000})"
    if root is Root.ARRAY and type_.element is not None:
        items = ", ".join(literal(Literal(item, type_.element)) for item in value)
        return f"CAST([{items}] AS {duckdb_type(type_)})"
    return f"CAST({_integer(value)} AS {_DUCKDB[root]})"


def _float(value: float) -> str:
    if math.isnan(value):
        return "'NaN'"
    if math.isinf(value):
        return "'Infinity'" if value > 0 else "'-Infinity'"
    return f"'{value!r}'"


def _integer(value: int) -> str:
    return str(int(value)) if value >= 0 else f"({int(value)})"

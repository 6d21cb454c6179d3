"""Renderings of numbers shared by arithmetic and casts: wrap-around, saturation, exact decimals."""

from __future__ import annotations

from riverrun.schema.types import Root, Type, decimal
from riverrun.sql.functions.physical import duckdb_type

BITS = {Root.TINYINT: 8, Root.SMALLINT: 16, Root.INTEGER: 32, Root.BIGINT: 64}


def wrap(value: str, root: Root, *, of: str = "BIGINT") -> str:
    """The low bits of an integer as the integer type `root`, as Java's narrowing does. `of`: BIGINT or HUGEINT."""
    bits = BITS[root]
    half, mask = 1 << (bits - 1), (1 << bits) - 1
    suffix = f"::{of}"
    return f"CAST(xor(({value}) & {mask}{suffix}, {half}{suffix}) - {half}{suffix} AS {duckdb_type(Type(root))})"


def wide(root: Root) -> str:
    """The DuckDB integer in which sums and products of two integers of `root` do not overflow."""
    return "HUGEINT" if root is Root.BIGINT else "BIGINT"


def saturate(value: str, root: Root) -> str:
    """A float as an integer, as Java's narrowing does: NaN is 0, too large the largest; small types wrap from INT."""
    if root in (Root.TINYINT, Root.SMALLINT):
        return wrap(saturate(value, Root.INTEGER), root)
    bits = BITS[root]
    least, most = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    name = duckdb_type(Type(root))
    return (
        f"CASE WHEN isnan({value}) THEN 0::{name} WHEN {value} >= {float(most)!r}::DOUBLE THEN {most}::{name} "
        f"WHEN {value} <= {float(least)!r}::DOUBLE THEN ({least})::{name} ELSE CAST(trunc({value}) AS {name}) END"
    )


def fits_in(value_digits: int, value_scale: int, target: Type) -> bool:
    """Whether every decimal with so many whole digits and fraction digits is one of `target` without rounding."""
    return value_scale <= target.scale and value_digits <= target.precision - target.scale


def sum_type(type_: Type) -> Type:
    """The type of SUM over a column."""
    return decimal(38, type_.scale) if type_.root is Root.DECIMAL else type_


def avg_type(type_: Type) -> Type:
    """The type of AVG, and of standard deviations and variances, over a column."""
    return decimal(38, max(6, type_.scale)) if type_.root is Root.DECIMAL else type_

"""CREATE TABLE ... LIKE: what comes from the other table."""

from __future__ import annotations

from dataclasses import replace

from riverrun.sql.binder.context import Context
from riverrun.sql.catalog import Table, TableColumn
from riverrun.sql.source import Source
from riverrun.sql.tree import statements as s

_FEATURES = ("CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS", "WATERMARKS")


def merged_with_like(context: Context, table: Table, base: Table, statement: s.CreateTable) -> Table:
    """`table` with the columns of `base` before its own, and its options, key and watermark, as LIKE's options say."""
    assert statement.like is not None, "only for LIKE"
    how = _strategies(statement.like)
    columns = _columns(context, table, base, how, statement)
    watermark = None
    if base.watermark is not None and how["WATERMARKS"] != "EXCLUDING":
        if statement.watermark is not None and how["WATERMARKS"] == "INCLUDING":
            todo = "OVERWRITING WATERMARKS replaces it"
            raise context.error("the other table has a WATERMARK too", statement.watermark.span, todo)
        watermark = base.watermark if statement.watermark is None else None
    key = base.primary_key if how["CONSTRAINTS"] != "EXCLUDING" else ()
    partitioned = base.partitioned_by if how["PARTITIONS"] != "EXCLUDING" else ()
    return replace(
        table,
        columns=columns,
        watermark=watermark,
        primary_key=key,
        partitioned_by=table.partitioned_by or partitioned,
        options=_options(context, table, base, how["OPTIONS"], statement),
        source=_source(table, base),
    )


def _strategies(like: s.LikeClause) -> dict[str, str]:
    """INCLUDING, EXCLUDING or OVERWRITING per feature. Without a word: all included, options overwritten."""
    every = next((option.strategy for option in like.options if option.feature == "ALL"), "INCLUDING")
    how = dict.fromkeys(_FEATURES, every)
    if every == "INCLUDING":
        how["OPTIONS"] = "OVERWRITING"
    for option in like.options:
        if option.feature != "ALL":
            how[option.feature] = option.strategy
    return how


def _columns(
    context: Context, table: Table, base: Table, how: dict[str, str], statement: s.CreateTable
) -> tuple[TableColumn, ...]:
    wanted = {"physical": "INCLUDING", "computed": how["GENERATED"], "metadata": how["METADATA"]}
    kept = [column for column in base.columns if wanted[column.kind] != "EXCLUDING"]
    own = {column.name: column for column in table.columns}
    for column in kept:
        if column.name in own and wanted[column.kind] != "OVERWRITING":
            raise context.error(f"the other table has a column {column.name} too", statement.name.span)
    # Time attributes are marked again when the watermark is known.
    plain = [replace(column, type=column.type.plain()) if column.stored else column for column in kept]
    replaced = [own.pop(column.name, column) for column in plain]
    return (*replaced, *own.values())


def _options(context: Context, table: Table, base: Table, strategy: str, statement: s.CreateTable) -> dict[str, str]:
    if strategy == "EXCLUDING":
        return dict(table.options)
    both = [key for key in table.options if key in base.options]
    if both and strategy == "INCLUDING":
        what = f"the other table has the option '{both[0]}' too"
        raise context.error(what, statement.name.span, "OVERWRITING OPTIONS replaces it")
    return {**base.options, **table.options}


def _source(table: Table, base: Table) -> Source | None:
    """Expressions of computed columns keep their places only when all come from one text."""
    own = any(column.kind == "computed" for column in table.columns)
    return table.source if own else base.source or table.source

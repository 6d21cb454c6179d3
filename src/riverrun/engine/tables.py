"""Tables of the catalog as connectors see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from riverrun.connectors.protocol import Column, Relation, Sink, Source, Surroundings
from riverrun.connectors.registry import connector
from riverrun.errors import InputError
from riverrun.schema.types import Paths
from riverrun.sql.catalog import Table
from riverrun.sql.plan import Scan
from riverrun.sql.plan import Sink as SinkNode


def relation(table: Table) -> Relation:
    """What the connector of `table` is told: no computed columns, no watermark."""
    columns = tuple(
        Column(
            column.name,
            column.type.plain(),
            (column.metadata_key or column.name) if column.kind == "metadata" else None,
            column.virtual,
        )
        for column in table.columns
        if column.stored
    )
    return Relation(
        table.name, columns, dict(table.options), table.partitioned_by, table.primary_key, getattr(table, "where", None)
    )


def source(scan: Scan, wanted: Mapping[int, Paths], around: Surroundings) -> Source:
    """The source of a scan's table, for these declared columns and what is read of them. InputError for what is wrong
    with the table."""
    table: Table = scan.table
    stored = [index for index, column in enumerate(table.columns) if column.stored]
    place = {index: number for number, index in enumerate(stored)}
    told = relation(table)
    columns = list(told.columns)
    for index, paths in wanted.items():
        columns[place[index]] = replace(columns[place[index]], read=paths)
    told = replace(told, columns=tuple(columns))
    return connector(told).source(told, [place[index] for index in wanted], around)


def sink(node: SinkNode, around: Surroundings) -> Sink:
    assert node.table is not None
    table: Table = node.table
    told = replace(relation(table), rowtime=_rowtime(node))
    found = connector(told)
    if not node.append_only and not found.takes_changes(told):
        raise InputError(
            f"table {table.name} takes new rows only, and this query changes rows that it said before",
            where=table.where,
            todo="use a window, or a sink that takes changes (upsert-kafka, debezium-json, print)",
        )
    return found.sink(told, around)


def _rowtime(node: SinkNode) -> int | None:
    """The column of the query that is its event time."""
    return next((n for n, field in enumerate(node.input.schema) if field.type.is_rowtime), None)


def output_name(table: Table) -> str:
    """What an output is called in the ledger: its topic, or the table's name."""
    if table.options.get("connector") in ("kafka", "upsert-kafka"):
        return table.options.get("topic", table.name)
    return table.name

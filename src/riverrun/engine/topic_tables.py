"""A table for every local topic, as it is now: what an ad hoc query may name."""

from __future__ import annotations

from pathlib import Path

from riverrun.errors import InputError, UnsupportedError
from riverrun.schema.avro import parse
from riverrun.schema.flink import create_table
from riverrun.topics import LocalTopics

ENTRY_TIME = "event_time"
_AS_IT_IS = {
    "connector": "kafka",
    "scan.startup.mode": "earliest-offset",
    "scan.bounded.mode": "latest-offset",
    "value.format": "avro",
}


def topic_tables(data: Path) -> dict[str, str]:
    """Topic -> its CREATE TABLE. The time of the entries is the column `event_time`, with a watermark on it, where the
    records have no column of that name. A topic whose records make no table is left out."""
    topics = LocalTopics(data)
    return {name: ddl for name in topics.names() if (ddl := _table(name, topics.value_schema(name)))}


def _table(name: str, avro: object) -> str | None:
    try:
        schema = parse(avro)
        taken = ENTRY_TIME in {field.name for field in schema.fields}
        time = (
            f"{ENTRY_TIME} TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL",
            # Everything is there already, in any order: windows close at the end, and no row is late.
            f"WATERMARK FOR {ENTRY_TIME} AS {ENTRY_TIME} - INTERVAL '999' DAY(3)",
        )
        options = {**_AS_IT_IS, "topic": name}
        return create_table(schema, name, options, legacy_timestamps=False, more=() if taken else time)
    except (InputError, UnsupportedError):
        return None

"""kafka and upsert-kafka: a topic as a table. Without a broker, the local topic of that name under the data folder.

Options as Flink's Kafka connector has them; those that only mean something to a broker are taken and have no effect on
a local topic. What a local topic holds is Avro with a schema of its own, and that is what is decoded, whatever
value.format says; json, csv and raw are decoded where the topic's values are texts or bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from riverrun.clock import duration
from riverrun.connectors.options import Option, metadata_keys, number, parse, wrong
from riverrun.connectors.protocol import Relation, Sink, Source, Surroundings
from riverrun.errors import UnsupportedError

NAME = "kafka"

_BROKER = "a local topic has no broker"
FORMATS = ("json", "csv", "raw", "avro", "avro-confluent", "debezium-json")
STARTS = ("earliest-offset", "latest-offset", "group-offsets", "timestamp", "specific-offsets")
BOUNDS = ("unbounded", "latest-offset", "group-offsets", "timestamp", "specific-offsets")

INCLUDES = ("ALL", "EXCEPT_KEY")

OPTIONS = (
    Option("topic", "the topic's name", required=True),
    Option("format", "how values are written", choices=FORMATS),
    Option("value.format", "how values are written", choices=FORMATS),
    Option("key.format", "how keys are written", choices=FORMATS),
    Option("key.fields", "the columns of the key, with ';' between them"),
    Option("key.fields-prefix", "what the names of key columns begin with, and the key's own fields not", default=""),
    Option("value.fields-include", "ALL, or EXCEPT_KEY: not those of the key", default="ALL", choices=INCLUDES),
    Option("scan.startup.mode", "where reading begins", default="group-offsets", choices=STARTS),
    Option("scan.startup.timestamp-millis", "begin with entries of that time", number),
    Option("scan.startup.specific-offsets", "partition:0,offset:42;partition:1,offset:300"),
    Option("scan.bounded.mode", "where reading ends", default="unbounded", choices=BOUNDS),
    Option("scan.bounded.timestamp-millis", "end before entries of that time", number),
    Option("scan.bounded.specific-offsets", "partition:0,offset:42;partition:1,offset:300"),
    Option("scan.watermark.idle-timeout", "a partition without news for that long holds nothing back", duration),
    Option("scan.watermark.emit.strategy", "", ignored="a watermark follows every row"),
    Option("scan.watermark.emit.on-event.gap", "", ignored="a watermark follows every row"),
    Option("scan.watermark.alignment.group", "", ignored="inputs are read in step"),
    Option("scan.watermark.alignment.max-drift", "", ignored="inputs are read in step"),
    Option("scan.watermark.alignment.update-interval", "", ignored="inputs are read in step"),
    Option("scan.topic-partition-discovery.interval", "", ignored="new partitions are seen at once"),
    Option("scan.parallelism", "", ignored="one reader reads"),
    Option("sink.partitioner", "", ignored="a writer has a partition of its own"),
    Option("sink.semantic", "", ignored="every row arrives exactly once"),
    Option("sink.delivery-guarantee", "", ignored="every row arrives exactly once"),
    Option("sink.transactional-id-prefix", "", ignored=_BROKER),
    Option("sink.parallelism", "", ignored="one writer writes"),
    Option("sink.buffer-flush.max-rows", "", ignored="changes are written as they come"),
    Option("sink.buffer-flush.interval", "", ignored="changes are written as they come"),
)  # fmt: skip

METADATA = {
    "topic": "the topic's name",
    "partition": "the partition",
    "offset": "the offset in the partition",
    "timestamp": "the entry's time",
    "timestamp-type": "what the time is: CreateTime",
    "headers": "the entry's headers",
    "leader-epoch": "NULL: there is no broker",
}
WRITTEN_METADATA = ("timestamp", "headers")
_PREFIXES = ("properties.", "value.", "key.", "json.", "csv.", "avro.", "raw.", "avro-confluent.", "debezium-json.")
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}\Z")


def takes_changes(relation: Relation) -> bool:
    format_ = relation.options.get("value.format") or relation.options.get("format")
    return relation.options["connector"] == "upsert-kafka" or format_ == "debezium-json"


def source(relation: Relation, wanted: Sequence[int], around: Surroundings) -> Source:
    from riverrun.connectors.topic_reading import TopicSource

    options = _checked(relation)
    metadata_keys(relation, METADATA)
    return TopicSource(relation, wanted, around, options)


def sink(relation: Relation, around: Surroundings) -> Sink:
    from riverrun.connectors.topic_writing import TopicSink

    options = _checked(relation)
    metadata_keys(relation, METADATA)
    for column in relation.columns:
        if column.metadata is not None and not column.virtual and column.metadata not in WRITTEN_METADATA:
            raise wrong(relation, f"column {column.name}: '{column.metadata}' cannot be written", "declare it VIRTUAL")
    return TopicSink(relation, around, options)


def _checked(relation: Relation) -> dict[str, Any]:
    options = parse(relation, OPTIONS, free=_free())
    broker = relation.options.get("properties.bootstrap.servers", "")
    if broker and not _PLACEHOLDER.match(broker):
        raise UnsupportedError(
            f"table {relation.name}: riverrun does not read or write Kafka brokers yet ({broker})",
            where=relation.where,
            todo="leave 'properties.bootstrap.servers' out to use the local topic of that name",
        )
    if options["format"] is None and options["value.format"] is None:
        raise wrong(relation, "the option 'value.format' is missing", "say how values are written: avro, json ...")
    if options["format"] is not None and options["value.format"] is not None:
        raise wrong(relation, "both 'format' and 'value.format' are given", "leave one of them out")
    return options


def _free() -> tuple[str, ...]:
    """Options of the broker's client and of the formats: all of properties.*, and <format>.* with its prefixes."""
    return tuple(prefix for prefix in _PREFIXES if prefix not in ("value.", "key.")) + tuple(
        f"{part}.{name}." for part in ("value", "key") for name in FORMATS
    )

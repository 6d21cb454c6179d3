"""filesystem: files of a folder (or one file) as a bounded table, and a sink that shows files only when they are whole.

Options as Flink's filesystem connector has them: path, format, partition.default-name, source.monitor-interval,
sink.rolling-policy.*; json.*, csv.* ... belong to the format. Files whose names begin with '.' or '_' are not data.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from riverrun.clock import duration
from riverrun.connectors.file_reading import FIELD, FileSource
from riverrun.connectors.file_writing import FileSink
from riverrun.connectors.options import Option, flag, metadata_keys, parse, size, wrong
from riverrun.connectors.protocol import Relation, Sink, Source, Surroundings

NAME = "filesystem"

OPTIONS = (
    Option("path", "the folder or file: a path, or a file:// URI", required=True),
    Option("format", "how rows lie in the files: json, csv, avro, parquet, raw ...", required=True),
    Option("partition.default-name", "the folder of rows with a NULL there", default="__DEFAULT_PARTITION__"),
    Option("source.monitor-interval", "look for new files that often; the table is then unbounded", duration),
    Option("source.path.regex-pattern", "which files to read"),
    Option("source.report-statistics", "", ignored="there is no cost-based planning"),
    Option("sink.rolling-policy.file-size", "a file is finished when it is as large", size, 128 * 2**20),
    Option("sink.rolling-policy.rollover-interval", "a file is finished when it is as old", duration, 30 * 60_000),
    Option("sink.rolling-policy.inactivity-interval", "a file is finished after so long a rest", duration, 30 * 60_000),
    Option("sink.rolling-policy.check-interval", "how often the age of files is looked at", duration, 60_000),
    Option("sink.partition-commit.trigger", "", ignored="partitions are folders only"),
    Option("sink.partition-commit.delay", "", ignored="partitions are folders only"),
    Option("sink.partition-commit.policy.kind", "", ignored="partitions are folders only"),
    Option("sink.partition-commit.success-file.name", "", ignored="partitions are folders only"),
    Option("sink.partition-commit.watermark-time-zone", "", ignored="partitions are folders only"),
    Option("partition.time-extractor.kind", "", ignored="partitions are folders only"),
    Option("partition.time-extractor.timestamp-pattern", "", ignored="partitions are folders only"),
    Option("partition.time-extractor.timestamp-formatter", "", ignored="partitions are folders only"),
    Option("sink.shuffle-by-partition.enable", "", flag, ignored="one writer writes"),
    Option("sink.parallelism", "", ignored="one writer writes"),
    Option("auto-compaction", "", flag, ignored="files are as large as the rolling policy says"),
    Option("compaction.file-size", "", ignored="files are as large as the rolling policy says"),
)  # fmt: skip

METADATA = {
    "file.path": "the file's path",
    "file.name": "the file's name",
    "file.size": "its size in bytes",
    "file.modification-time": "when it was last written",
}
# The key that `--bind` gives to metadata of another connector that files do not have: NULL.
NOTHING = "nothing"
# Flink's filesystem connector takes these without looking at them.
_LENIENT = ("json.", "csv.", "avro.", "raw.", "parquet.", "debezium-json.", "scan.watermark.", "auto-watermark.")


__all__ = ["FIELD", "METADATA", "NAME", "NOTHING", "OPTIONS", "sink", "source", "takes_changes"]


def takes_changes(relation: Relation) -> bool:
    return relation.options.get("format") == "debezium-json"


def source(relation: Relation, wanted: Sequence[int], around: Surroundings) -> Source:
    options = parse(relation, OPTIONS, lenient=_LENIENT)
    bound = {column.metadata for column in relation.columns if column.metadata and column.metadata.startswith(FIELD)}
    metadata_keys(relation, {**METADATA, **dict.fromkeys([NOTHING, *bound])})
    return FileSource(relation, wanted, around, _path(relation, options["path"]), options)


def sink(relation: Relation, around: Surroundings) -> Sink:
    options = parse(relation, OPTIONS, lenient=_LENIENT)
    metadata_keys(relation, METADATA)
    return FileSink(relation, around, _path(relation, options["path"]), options)


def _path(relation: Relation, text: str) -> Path:
    """A local path, from a path or a file: URI."""
    parts = urlsplit(text)
    if len(parts.scheme) > 1 and parts.scheme != "file":
        raise wrong(relation, f"'path' = '{text}': {parts.scheme}:// is not read here", "use a local path")
    return Path(unquote(parts.path) if parts.scheme == "file" else text)

"""filesystem: files of a folder (or one file) as a bounded table, and a sink that shows files only when they are whole.

Options as Flink's filesystem connector has them: path, format, partition.default-name, source.monitor-interval,
sink.rolling-policy.*; json.*, csv.* ... belong to the format. Files whose names begin with '.' or '_' are not data.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from riverrun.clock import duration
from riverrun.connectors.file_reading import FIELD, FileSource, data_files
from riverrun.connectors.file_writing import FileSink
from riverrun.connectors.options import Option, flag, metadata_keys, parse, size, wrong
from riverrun.connectors.protocol import Relation, Sink, Source, Surroundings
from riverrun.errors import UnsupportedError, did_you_mean
from riverrun.values import dataclass

NAME = "filesystem"

OPTIONS = (
    Option("path", "the folder or file: a path, or a file:// URI", required=True),
    Option("format", "how rows lie in the files: json, csv, avro, parquet, raw ...", required=True),
    Option("partition.default-name", "the folder of rows with a NULL there", default="__DEFAULT_PARTITION__"),
    Option("source.monitor-interval", "look for new files that often; the table is then unbounded", duration),
    Option("source.path.regex-pattern", "which files to read"),
    Option("source.report-statistics", "", ignored="there is no cost-based planning"),
    Option("lookup.cache", "what is kept of files that a join looks up: NONE or FULL", default="NONE"),
    Option("lookup.full-cache.reload-strategy", "PERIODIC", default="PERIODIC"),
    Option("lookup.full-cache.periodic-reload.interval", "how often FULL reads the files again", duration),
    Option("lookup.full-cache.periodic-reload.schedule-mode", "", ignored="the interval goes from reading to reading"),
    Option("lookup.max-retries", "", ignored="local files are read once"),
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


def lookup(relation: Relation) -> Lookup:
    """How a join asks for the table's rows. Raises for options that are wrong or not there."""
    options = parse(relation, OPTIONS, lenient=_LENIENT)
    cache, strategy = options["lookup.cache"].upper(), options["lookup.full-cache.reload-strategy"].upper()
    interval = options["lookup.full-cache.periodic-reload.interval"]
    if cache == "PARTIAL" or (cache == "FULL" and strategy == "TIMED"):
        name, value = ("lookup.cache", cache) if cache == "PARTIAL" else ("lookup.full-cache.reload-strategy", strategy)
        raise UnsupportedError(
            f"table {relation.name}: '{name}' = '{value}' is not run by riverrun",
            where=relation.where,
            todo="'lookup.cache' = 'FULL' with 'lookup.full-cache.periodic-reload.interval' = '1 h'",
        )
    if cache not in ("NONE", "FULL"):
        raise wrong(relation, f"'lookup.cache' = '{options['lookup.cache']}'", did_you_mean(cache, ("NONE", "FULL")))
    if cache == "FULL" and interval is None:
        todo = "it says how often the files are read again: '1 h'"
        raise wrong(relation, "the option 'lookup.full-cache.periodic-reload.interval' is missing", todo)
    return Lookup(_path(relation, options["path"]), interval if cache == "FULL" else None)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Files that a join looks up: they are read again every `interval` ms, or (None) when they have changed."""

    path: Path
    interval: int | None

    def state(self) -> tuple[tuple[str, int, int], ...]:
        """Something that is the same as long as no file has changed: names, sizes and times."""
        found = []
        for file in [self.path] if self.path.is_file() else data_files(self.path) if self.path.is_dir() else []:
            with suppress(FileNotFoundError):  # it went meanwhile, which is a change, too
                stat = file.stat()
                found.append((str(file), stat.st_size, stat.st_mtime_ns))
        return tuple(sorted(found))


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

"""The routes of a configuration: sources x mappings x sinks, as Divolte combines them, and by event type."""

from __future__ import annotations

import logging
from functools import lru_cache, partial
from pathlib import Path

from riverrun.config import model
from riverrun.errors import Problem, UnsupportedError, Where
from riverrun.mapping.mapping import load_mapping
from riverrun.mapping.room import Route
from riverrun.mapping.values.geo import GeoDatabases
from riverrun.topics import WriterOptions

_log = logging.getLogger(__name__)


def routes_of(config: model.Config) -> list[Route]:
    """One route per mapping that has a sink. Raises UnsupportedError for enabled sinks that riverrun cannot write
    yet."""
    problems: list[Problem] = []
    routes = []
    geo = _geo(config.global_.mapper.ip2geo_database)
    for name, mapping in config.mappings.items():
        sinks = []
        for sink_name in mapping.sinks:
            sink = config.sinks[sink_name]
            if isinstance(sink, model.TopicSink):
                sinks.append((sink.topic or sink_name, sink_options(config.global_.topics, sink)))
            elif _enabled(config.global_, sink):
                todo = "use a sink of type topic, or disable this type below global"
                problems.append(
                    Problem("riverrun does not write to such sinks yet", Where(path=f"sinks.{sink_name}"), todo)
                )
            else:
                _log.warning("mapping %s: the sink %s is skipped, since its type is not enabled", name, sink_name)
        if sinks:
            routes.append(_route(config, name, mapping, tuple(sinks), geo))
    if problems:
        raise UnsupportedError(problems)
    return routes


def _route(
    config: model.Config,
    name: str,
    mapping: model.Mapping,
    sinks: tuple[tuple[str, WriterOptions], ...],
    geo: GeoDatabases | None,
) -> Route:
    load = partial(
        load_mapping,
        mapping.mapping_script_file,
        mapping.schema_file,
        geo=geo,
        short_digest_keys=mapping.short_digest_keys,
    )
    return Route(
        name=name,
        load=load,
        files=(mapping.mapping_script_file, mapping.schema_file),
        events=config.global_.collect.topic,
        sinks=sinks,
        dead_letter=mapping.dead_letter or f"{name}.rejected",
        dead_letter_options=options_of(config.global_.topics),
        sources=frozenset(mapping.sources),
        event_types=frozenset(name for name in mapping.event_types if not name.startswith("!")) or None,
        other_types=frozenset(name[1:] for name in mapping.event_types if name.startswith("!")),
        client_clock_tolerance=mapping.client_clock_tolerance if mapping.event_time == "client" else None,
        discard_corrupted=mapping.discard_corrupted,
        discard_duplicates=mapping.discard_duplicates,
    )


@lru_cache(maxsize=4)
def _geo(paths: tuple[Path, ...]) -> GeoDatabases | None:
    return GeoDatabases(paths) if paths else None


def options_of(topics: model.Topics) -> WriterOptions:
    return WriterOptions(
        segment_bytes=topics.segment,
        segment_ms=topics.segment_age,
        retain_ms=topics.retention,
        retain_bytes=topics.retention_bytes,
        min_free_bytes=topics.min_free_bytes,
    )


def sink_options(topics: model.Topics, sink: model.TopicSink) -> WriterOptions:
    common = options_of(topics)
    return WriterOptions(
        segment_bytes=common.segment_bytes,
        segment_ms=common.segment_ms,
        retain_ms=sink.retention or common.retain_ms,
        retain_bytes=sink.retention_bytes or common.retain_bytes,
        min_free_bytes=common.min_free_bytes,
    )


def _enabled(common: model.Global, sink: model.Sink) -> bool:
    if isinstance(sink, model.HdfsSink):
        return common.hdfs.enabled
    if isinstance(sink, model.GcsSink):
        return common.gcs.enabled
    return common.kafka.enabled if isinstance(sink, model.KafkaSink) else common.gcps.enabled

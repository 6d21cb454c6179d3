"""What has to hold between the parts of a configuration: references, names, paths, schemas, ids."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from riverrun.config.model import (
    BrowserSource,
    GcsSink,
    Global,
    JsonSource,
    KafkaSink,
    Pipeline,
    Sink,
    Source,
)
from riverrun.config.model import Mapping as MappingConfig
from riverrun.errors import Problem, Where, did_you_mean

RESERVED_PATHS = ("/ping", "/live", "/ready")
SCRIPT_ENDINGS = (".groovy", ".py")

Place = Callable[[str], Where]  # dotted key -> where it stands


class Parts:
    """What could be decoded, and the names of everything that was there. `place` finds where a key stands."""

    def __init__(
        self,
        sources: Mapping[str, Source | None],
        mappings: Mapping[str, MappingConfig | None],
        sinks: Mapping[str, Sink | None],
        pipelines: Mapping[str, Pipeline | None],
        common: Global | None,
        place: Place,
        env: Mapping[str, str],
    ) -> None:
        self.source_names, self.sink_names = tuple(sources), tuple(sinks)
        self.sources = {name: value for name, value in sources.items() if value is not None}
        self.mappings = {name: value for name, value in mappings.items() if value is not None}
        self.sinks = {name: value for name, value in sinks.items() if value is not None}
        self.pipelines = {name: value for name, value in pipelines.items() if value is not None}
        self.common = common or Global()
        self.place = place
        self.env = env


def check(parts: Parts) -> list[Problem]:
    checks = (_references, _names, _schemas, _confluent, _retries, _pubsub, _paths, _files, _addresses, _cors)
    return [problem for find in checks for problem in find(parts)]


def _references(parts: Parts) -> Iterator[Problem]:
    for name, mapping in parts.mappings.items():
        for key, used, known, other in (
            ("sources", mapping.sources, parts.source_names, parts.sink_names),
            ("sinks", mapping.sinks, parts.sink_names, parts.source_names),
        ):
            where = parts.place(f"mappings.{name}.{key}")
            if not used:
                yield Problem(f"a mapping needs at least one of its {key}", where, "name one")
            for missing in (one for one in used if one not in known):
                if missing in other:
                    kind = "sink" if key == "sources" else "source"
                    yield Problem(f"{missing} is a {kind}, not one of the {key}", where, did_you_mean(missing, known))
                else:
                    yield Problem(f"there is no {missing} among the {key}", where, did_you_mean(missing, known))


def _names(parts: Parts) -> Iterator[Problem]:
    for name in sorted(set(parts.source_names) & set(parts.sink_names)):
        yield Problem(
            f"{name} is the name of a source and of a sink", parts.place(f"sinks.{name}"), "give one another name"
        )


def _feeding(parts: Parts) -> dict[str, list[tuple[str, MappingConfig]]]:
    """sink -> the mappings that feed it."""
    feeding: dict[str, list[tuple[str, MappingConfig]]] = defaultdict(list)
    for name, mapping in parts.mappings.items():
        for sink in dict.fromkeys(mapping.sinks):
            feeding[sink].append((name, mapping))
    return feeding


def _schemas(parts: Parts) -> Iterator[Problem]:
    for sink, feeding in _feeding(parts).items():
        for (one, left), (other, right) in pairwise(feeding):
            if left.schema_file != right.schema_file:
                yield Problem(
                    "it is fed by mappings with different schemas: "
                    f"{one} has {left.schema_file or 'built-in'}, {other} has {right.schema_file or 'built-in'}",
                    parts.place(f"sinks.{sink}"),
                    "use one schema_file, or a sink for each",
                )


def _confluent(parts: Parts) -> Iterator[Problem]:
    for sink, feeding in _feeding(parts).items():
        where = parts.place(f"sinks.{sink}")
        kind = parts.sinks.get(sink)
        if isinstance(kind, KafkaSink) and kind.mode == "confluent":
            for name, mapping in feeding:
                if mapping.confluent_id is None:
                    yield Problem(
                        f"it is in confluent mode, and its mapping {name} has no confluent_id", where,
                        f"add confluent_id to mappings.{name}",
                    )  # fmt: skip
        ids = {name: mapping.confluent_id for name, mapping in feeding if mapping.confluent_id is not None}
        if len(set(ids.values())) > 1:
            listed = ", ".join(f"{name} has {number}" for name, number in ids.items())
            yield Problem(f"it is fed by mappings with different confluent ids: {listed}", where, "use one id")


def _retries(parts: Parts) -> Iterator[Problem]:
    for name, sink in parts.sinks.items():
        if isinstance(sink, GcsSink):
            retry = sink.retry_settings
            if retry.jitter_factor is not None and retry.jitter_delay is not None:
                yield Problem(
                    "jitter_factor and jitter_delay exclude each other",
                    parts.place(f"sinks.{name}.retry_settings.jitter_factor"),
                    "give one of them",
                )


def _pubsub(parts: Parts) -> Iterator[Problem]:
    gcps = parts.common.gcps
    if gcps.enabled and not gcps.project_id and not parts.env.get("GOOGLE_CLOUD_PROJECT"):
        yield Problem(
            "Pub/Sub is enabled, and there is no project id",
            parts.place("global.gcps.project_id"),
            "set it, or GOOGLE_CLOUD_PROJECT in the environment",
        )


def _paths(parts: Parts) -> Iterator[Problem]:
    """Each path belongs to one source. (In Divolte the last one won, silently.)"""
    taken: dict[str, str] = dict.fromkeys(RESERVED_PATHS, "riverrun itself")
    for name, source in parts.sources.items():
        for key, path in _paths_of(source):
            where = parts.place(f"sources.{name}.{key}")
            if not path.startswith("/") or any(part in path for part in ("//", "/./", "/../", "?", "#", " ")):
                yield Problem(f"{path!r} cannot be a path", where, "begin with '/', and use no '//', '?', '#' or blank")
            elif path in taken:
                yield Problem(f"the path {path} belongs to {taken[path]}", where, "use another path")
            taken.setdefault(path, f"sources.{name}")


def _paths_of(source: Source) -> Iterable[tuple[str, str]]:
    if isinstance(source, JsonSource):
        return [("event_path", source.event_path)]
    return [
        ("javascript.name", source.script_path),
        ("event_suffix", source.event_path),
        ("event_suffix", source.batch_path),
    ]


def _files(parts: Parts) -> Iterator[Problem]:
    geo = parts.common.mapper.ip2geo_database
    named: list[tuple[str, Path | None]] = [("global.mapper.ip2geo_database", path) for path in geo]
    for name, mapping in parts.mappings.items():
        script = mapping.mapping_script_file
        named += [
            (f"mappings.{name}.schema_file", mapping.schema_file),
            (f"mappings.{name}.mapping_script_file", script),
        ]
        if script is not None and script.suffix not in SCRIPT_ENDINGS:
            yield Problem(
                f"a mapping script in {script.suffix or 'a file without ending'!r} is not known",
                parts.place(f"mappings.{name}.mapping_script_file"),
                "use .groovy for Divolte's language, .py for Python",
            )
        if mapping.schema_file is not None and script is None:
            yield Problem(
                "a schema_file needs a mapping_script_file: the built-in mapping fills the built-in schema only",
                parts.place(f"mappings.{name}.schema_file"),
                "add mapping_script_file",
            )
    for name, pipeline in parts.pipelines.items():
        named += [(f"pipelines.{name}.sql", path) for path in pipeline.sql]
        if not pipeline.sql:
            yield Problem("a pipeline needs at least one SQL file", parts.place(f"pipelines.{name}.sql"), "name one")
    for key, path in named:
        if path is not None and not path.is_file():
            yield Problem(f"there is no file {path}", parts.place(key), "paths start at the configuration's folder")


def _addresses(parts: Parts) -> Iterator[Problem]:
    for text in parts.common.server.trusted_proxies:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            yield Problem(
                f"{text!r} is not an address or a network",
                parts.place("global.server.trusted_proxies"),
                "write 10.0.0.7 or 10.0.0.0/8",
            )


def _cors(parts: Parts) -> Iterator[Problem]:
    for name, source in parts.sources.items():
        where = parts.place(f"sources.{name}.cors.allow_origins")
        if source.cors.allow_credentials and "*" in source.cors.allow_origins:
            yield Problem("credentials cannot be allowed for every origin", where, "list the origins")
        for origin in source.cors.allow_origins:
            scheme, _, host = origin.partition("://")
            if origin != "*" and (scheme not in ("http", "https") or not host or "/" in host or "*" in host):
                yield Problem(f"{origin!r} is not an origin", where, "write https://www.example.com, or *")
        if isinstance(source, BrowserSource) and source.server_cookie.enabled:
            cookie = source.server_cookie
            if cookie.name in (source.party_cookie, source.session_cookie):
                yield Problem(
                    f"{cookie.name} is a cookie of the tag, which scripts write",
                    parts.place(f"sources.{name}.server_cookie.name"),
                    "use another name",
                )
            if cookie.same_site == "None" and not cookie.secure:
                yield Problem(
                    "browsers refuse SameSite=None without Secure",
                    parts.place(f"sources.{name}.server_cookie.same_site"),
                    "set secure = true",
                )

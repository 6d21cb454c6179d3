"""Reading a configuration: TOML, or Divolte's HOCON; every mistake at once; and where each value came from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from riverrun.config.check import Parts, check
from riverrun.config.decode import WRONG, Decoding, decode
from riverrun.config.hocon import parse_hocon, read_text
from riverrun.config.model import (
    BrowserSource,
    Config,
    GcpsSink,
    Global,
    HdfsSink,
    JsonSource,
    KafkaSink,
    Pipeline,
    Sink,
    Source,
    TopicSink,
)
from riverrun.config.model import Mapping as MappingConfig
from riverrun.config.toml import as_tree, parse_toml
from riverrun.config.tree import Node, Scalar, Table
from riverrun.errors import InputError, Problem, Where, did_you_mean

# Divolte's variables. As there, they stand below the file: what the file says counts.
ENVIRONMENT = {
    "DIVOLTE_HOST": "global.server.host",
    "DIVOLTE_PORT": "global.server.port",
    "DIVOLTE_KAFKA_BROKER_LIST": "global.kafka.producer.bootstrap.servers",
    "DIVOLTE_KAFKA_CLIENT_ID": "global.kafka.producer.client.id",
}
SECTIONS: dict[str, Any] = {"sources": Source, "mappings": MappingConfig, "sinks": Sink, "pipelines": Pipeline}
LEGACY = ("server", "tracking", "javascript", "incoming_request_processor", "kafka_flusher", "hdfs_flusher")
DEFAULT_SINK = "clicks"


class Loaded(NamedTuple):
    """A configuration, and where its values came from: dotted key -> place (a key that is missing is a default)."""

    config: Config
    origins: Mapping[str, Where]


def load_config(path: Path | None, env: Mapping[str, str] | None = None) -> Config:
    """The configuration in `path` (None: the defaults) with the environment's additions.

    Raises InputError with every mistake that could be found.
    """
    return load(path, env).config


def load(path: Path | None, env: Mapping[str, str] | None = None) -> Loaded:
    """As load_config, and where every value came from."""
    env = os.environ if env is None else env
    tree, to, divolte = _read(path, env)
    return _loaded(tree, to, env, divolte=divolte)


def _loaded(tree: Table, to: Decoding, env: Mapping[str, str], *, divolte: bool) -> Loaded:
    tree = _with_environment(tree, env)
    for name, node in tree.entries.items():
        if name not in ("global", *SECTIONS):
            to.wrong(name, node, "unknown key", _unknown_root(name))
    common = decode(tree.entries.get("global", Table()), Global, "global", to)
    sections = {name: _section(tree, name, kind, to) for name, kind in SECTIONS.items()}
    _defaults(sections, None if common is WRONG else common, tree, divolte=divolte)
    parts = Parts(
        **{name: {k: None if v is WRONG else v for k, v in part.items()} for name, part in sections.items()},
        common=None if common is WRONG else common,
        place=lambda key: _place(key, tree, to.prefix),
        env=env,
    )
    to.problems.extend(check(parts))
    if to.problems:
        raise InputError(_sorted(to.problems))
    return Loaded(Config(global_=common, **sections), to.origins)


def load_tree(values: Mapping[str, Any], env: Mapping[str, str] | None = None) -> Config:
    """As load_config, of a tree that is there already (as tomllib gives it)."""
    env = {} if env is None else env
    tree, problems = as_tree(values, env)
    to = Decoding(Path())
    to.problems.extend(problems)
    return _loaded(tree, to, env, divolte=False).config


def _sorted(problems: list[Problem]) -> list[Problem]:
    """In the order of the file; a problem that was found twice is told once."""
    unique = list(dict.fromkeys(problems))
    return sorted(unique, key=lambda p: (p.where.file or "", p.where.line or 0) if p.where else ("", 0))


def _read(path: Path | None, env: Mapping[str, str]) -> tuple[Table, Decoding, bool]:
    """The tree of a file; what collects its problems; and whether it is a Divolte configuration."""
    if path is None:
        return Table(), Decoding(Path()), False
    if path.suffix == ".toml":
        tree, problems = parse_toml(read_text(path), str(path), env)
        to = Decoding(path.parent)
        to.problems.extend(problems)
        return tree, to, False
    if path.suffix in (".conf", ".json", ".hocon"):
        whole = parse_hocon(read_text(path), path, env)
        root = whole.entries.get("divolte", Table(where=Where(str(path), 1)))
        to = Decoding(path.parent, prefix="divolte.")
        if not isinstance(root, Table):
            to.mismatch("divolte", root, "a table")
            raise InputError(to.problems)
        return root, to, True
    raise InputError(
        f"{path.name}: a configuration ends in .toml (riverrun's) or .conf (Divolte's)", where=Where(str(path))
    )


def _with_environment(tree: Table, env: Mapping[str, str]) -> Table:
    for variable, key in ENVIRONMENT.items():
        if env.get(variable):
            head, rest = _split(key)
            tree = _below_file(tree, [*head, *rest], Scalar(env[variable], Where(f"${variable}"), loose=True))
    return tree


def _split(key: str) -> tuple[list[str], list[str]]:
    """The tables of a key, and its last part; property names keep their dots."""
    tables, _, name = key.partition(".producer.")
    return ([*tables.split("."), "producer"], [name]) if name else (key.split("."), [])


def _below_file(node: Node | None, path: list[str], value: Scalar) -> Any:
    """`node` with `value` at `path`, unless something is there already."""
    if not path:
        return value if node is None else node
    if node is None:
        node = Table(where=value.where)
    if not isinstance(node, Table):
        return node
    if path[0].partition(".")[0] in node.entries and len(path) == 1 and path[0] not in node.entries:
        return node  # the file has the property as tables: bootstrap { servers = ... }
    return Table({**node.entries, path[0]: _below_file(node.entries.get(path[0]), path[1:], value)}, node.where)


def _section(tree: Table, name: str, kind: Any, to: Decoding) -> dict[str, Any]:
    node = tree.entries.get(name, Table())
    if not isinstance(node, Table):
        to.mismatch(name, node, "a table of named " + name)
        return {}
    return {key: decode(part, kind, f"{name}.{key}", to) for key, part in node.entries.items()}


def _defaults(sections: dict[str, dict[str, Any]], common: Global | None, tree: Table, *, divolte: bool) -> None:
    """The sources, sinks and mapping of a configuration that names none."""
    if "sources" not in tree.entries:
        sections["sources"] = {"browser": BrowserSource()}
        if not divolte:
            sections["sources"]["json"] = JsonSource(event_path="/event")
    if "sinks" not in tree.entries:
        sections["sinks"] = {DEFAULT_SINK: TopicSink()}
        if divolte:
            every = {"hdfs": HdfsSink(replication=1), "kafka": KafkaSink(), "gcps": GcpsSink()}
            sections["sinks"] = every
    if "mappings" not in tree.entries:
        sections["mappings"] = {
            "default": MappingConfig(sources=tuple(sections["sources"]), sinks=tuple(sections["sinks"]))
        }


def _unknown_root(name: str) -> str:
    if name in LEGACY:
        return (
            "this is the layout of Divolte 0.3 and before; the keys are now below global, sources, mappings and sinks"
        )
    return did_you_mean(name, ("global", *SECTIONS))


def _place(key: str, tree: Table, prefix: str) -> Where:
    """Where `key` stands, or the nearest table above it."""
    node: Node = tree
    for part in key.split("."):
        if not isinstance(node, Table) or part not in node.entries:
            break
        node = node.entries[part]
    return Where(node.where.file, node.where.line, node.where.column, prefix + key)

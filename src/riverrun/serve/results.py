"""Which topics the pipelines of a configuration write: found in their SQL, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from riverrun.config import Config
from riverrun.sql.script import parse_script
from riverrun.sql.tree import statements as tree


def result_topics(config: Config) -> dict[str, str]:
    """Topic -> pipeline: the topics behind the INSERTs of all enabled pipelines, in the order of the scripts.

    Raises InputError for a script that is not Flink SQL.
    """
    found: dict[str, str] = {}
    for name, pipeline in config.pipelines.items():
        if pipeline.enabled:
            found |= {topic: name for topic in _topics(list(pipeline.sql)) if topic not in found}
    return found


def _topics(paths: list[Path]) -> Iterator[str]:
    tables: dict[str, dict[str, str]] = {}
    for path in paths:
        for statement in parse_script(path.read_text(), str(path)):
            match statement.tree:
                case tree.CreateTable(name=name, options=options):
                    tables[name.last.text] = dict(options)
                case tree.Insert(table=table):
                    yield from _topic(tables.get(table.last.text, {}))
                case tree.StatementSet(inserts=inserts):
                    for insert in inserts:
                        yield from _topic(tables.get(insert.table.last.text, {}))


def _topic(options: dict[str, str]) -> Iterator[str]:
    if options.get("connector") in ("kafka", "upsert-kafka") and "topic" in options:
        yield options["topic"]

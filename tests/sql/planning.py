"""Planning over the tables of plans/tables.sql, and plans as outlines (see plans/queries.txt)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from riverrun.errors import InputError, UnsupportedError
from riverrun.sql import plan
from riverrun.sql.catalog import Catalog
from riverrun.sql.environment import Environment, Job, Query

TABLES = Path(__file__).parent / "plans" / "tables.sql"


@cache
def _catalog() -> Catalog:
    environment = Environment()
    for statement in environment.parse(TABLES.read_text(encoding="utf-8")):
        environment.execute(statement)
    return environment.catalog


def environment() -> Environment:
    """A session that knows the tables."""
    found = Environment()
    for table in _catalog().objects():
        found.catalog.put(table)
    return found


def sink(text: str) -> plan.Sink:
    """The plan of a query or INSERT."""
    session = environment()
    (statement,) = session.parse(text)
    match session.execute(statement):
        case Query(sink=found):
            return found
        case Job(sinks=(found,)):
            return found
        case other:
            raise AssertionError(f"no query: {other}")


def query(text: str) -> plan.Node:
    """The topmost operator that is more than a projection or a filter."""
    node: plan.Node = sink(text)
    while isinstance(node, plan.Sink | plan.Calc):
        node = node.input
    return node


def types(text: str) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in sink(text).schema)


def verdict(text: str) -> tuple[str, str]:
    """A query's types and the outline of its plan; or ("refused", message), ("unsupported", message)."""
    try:
        return types(text), outline(sink(text))
    except InputError as error:
        return "refused", str(error)
    except UnsupportedError as error:
        return "unsupported", str(error)


# What Flink's plans call otherwise.
_NAMES = {"Deduplicate": "Rank"}


def outline(node: plan.Node) -> str:
    """Operators without those that only compute rows; a star behind what updates."""
    if isinstance(node, plan.Calc | plan.Sink):
        return outline(node.input)
    name = _NAMES.get(type(node).__name__, type(node).__name__)
    if isinstance(node, plan.Join | plan.IntervalJoin | plan.WindowJoin | plan.TemporalJoin | plan.LookupJoin):
        name += f" {node.kind.value}"
    below = [outline(one) for one in plan.inputs(node)]
    return name + ("" if node.append_only else "*") + (f"({', '.join(below)})" if below else "")

"""Which columns tell the rows of a relation apart."""

from __future__ import annotations

from riverrun.sql.expr import Column
from riverrun.sql.logical import Aggregate, Filter, Node, Project, Scan

Keys = frozenset[frozenset[int]]
_NONE: Keys = frozenset()


def unique_keys(node: Node) -> Keys:
    match node:
        case Scan():
            names = [item.name for item in node.schema]
            key = node.table.primary_key
            found = key and all(name in names for name in key)
            return frozenset({frozenset(names.index(name) for name in key)}) if found else _NONE
        case Aggregate(window=None):
            return frozenset({frozenset(range(len(node.keys)))})
        case Filter(input=below):  # of a table with a watermark Flink knows no key
            return unique_keys(below)
        case Project():
            places = {expr.index: i for i, expr in enumerate(node.expressions) if isinstance(expr, Column)}
            return frozenset(
                frozenset(places[column] for column in key)
                for key in unique_keys(node.input)
                if all(column in places for column in key)
            )
        case _:
            return _NONE

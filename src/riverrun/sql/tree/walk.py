"""Going through a tree without knowing its kinds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from riverrun.sql.expr import Span
from riverrun.sql.tree.queries import Query


def children(node: Any) -> Iterator[Any]:
    """The trees directly inside `node`, in the order they were written."""
    for item in fields(node):
        yield from _trees(getattr(node, item.name))


def _trees(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for part in value:
            yield from _trees(part)
    elif is_dataclass(value) and not isinstance(value, type | Span):
        yield value


def walk(node: Any, *, into_queries: bool = True) -> Iterator[Any]:
    """`node` and everything in it, outside first."""
    yield node
    for child in children(node):
        if into_queries or not isinstance(child, Query):
            yield from walk(child, into_queries=into_queries)

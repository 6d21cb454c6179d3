"""The connectors by name."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import cast

from riverrun.connectors.options import wrong
from riverrun.connectors.protocol import Connector, Relation
from riverrun.errors import did_you_mean

CONNECTORS: Mapping[str, str] = {
    "filesystem": "riverrun.connectors.filesystem",
    "kafka": "riverrun.connectors.kafka",
    "upsert-kafka": "riverrun.connectors.kafka",
    "datagen": "riverrun.connectors.datagen",
    "print": "riverrun.connectors.print",
    "blackhole": "riverrun.connectors.blackhole",
}


def connector(relation: Relation) -> Connector:
    """The connector that a table names. Raises InputError when there is none."""
    name = relation.options.get("connector")
    if name is None:
        raise wrong(relation, "the option 'connector' is missing", did_you_mean("", CONNECTORS))
    if name not in CONNECTORS:
        raise wrong(relation, f"unknown connector '{name}'", did_you_mean(name, CONNECTORS))
    return cast(Connector, importlib.import_module(CONNECTORS[name]))

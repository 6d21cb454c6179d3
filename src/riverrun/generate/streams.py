"""The thirteen streams: schema, key, headers, and how rows of numbers become columns of what a consumer reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from riverrun.errors import InputError, did_you_mean
from riverrun.generate import rendering
from riverrun.generate.columns import Column, pa
from riverrun.generate.draw import Ints
from riverrun.generate.encoding import record_column
from riverrun.generate.rendering import Rendered
from riverrun.generate.world import Rows, World


@dataclass(frozen=True)
class Stream:
    """`name` is how its settings are called; `time_field` is when it happened; `render` makes the columns."""

    name: str
    time_field: str
    render: Callable[[World, Rows], Rendered]

    @property
    def setting(self) -> str:
        return f"topic.name.{self.name}"

    @property
    def schema(self) -> Any:
        return _schema(self.name)


@cache
def _schema(name: str) -> Any:
    return json.loads((resources.files("riverrun.generate") / "schemas" / f"{name}.avsc").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Batch:
    """Rendered rows of one stream: `value` is a column of records of the stream's schema."""

    stream: Stream
    topic: str
    publish: Ints
    stamp: Column
    key: Column
    value: Column
    headers: Mapping[str, Column]
    faults: Rows | None  # the rows, when some have faults

    def __len__(self) -> int:
        return len(self.value)


def render(stream: Stream, world: World, rows: Rows) -> Batch:
    rendered = stream.render(world, rows)
    value = record_column(stream.schema, rendered.fields)
    faulty = rows if "fault" in rows.codes and rows.codes["fault"].any() else None
    topic = world.settings.text(stream.setting)
    return Batch(
        stream, topic, rows.publish, pa.array(rows.codes["stamp"]), rendered.key, value, rendered.headers, faulty
    )


STREAMS: tuple[Stream, ...] = (
    Stream("orders", "ordertime", rendering.orders),
    Stream("cancellations", "canceltime", rendering.cancellations),
    Stream("stockmovements", "updatetime", rendering.stock_movements),
    Stream("badgeins", "badgetime", rendering.badge_ins),
    Stream("newcustomers", "registered", rendering.new_customers),
    Stream("sensorreadings", "sensortime", rendering.sensor_readings),
    Stream("onlineorders", "ordertime", rendering.online_orders),
    Stream("outofstocks", "outofstocktime", rendering.out_of_stocks),
    Stream("returnrequests", "returntime", rendering.return_requests),
    Stream("productreviews", "reviewtime", rendering.product_reviews),
    Stream("transactions", "timestamp", rendering.transactions),
    Stream("abandonedorders", "abandonedtime", rendering.abandoned_orders),
    Stream("clicktracking", "timestamp", rendering.clicks),
)
BY_NAME: Mapping[str, Stream] = {stream.name: stream for stream in STREAMS}
_ALIASES = {
    "clicks": "clicktracking",
    "badge-ins": "badgeins",
    "sensors": "sensorreadings",
    "customers": "newcustomers",
    "reviews": "productreviews",
    "returns": "returnrequests",
}


def chosen(names: list[str]) -> tuple[Stream, ...]:
    """The streams that were named (or `all`), in their own order."""
    if "all" in names:
        return STREAMS
    wanted = set()
    for name in names:
        stream = BY_NAME.get(_ALIASES.get(name, name))
        if stream is None:
            raise InputError(f"no stream {name}", todo=did_you_mean(name, [*BY_NAME, *_ALIASES, "all"]))
        wanted.add(stream.name)
    return tuple(stream for stream in STREAMS if stream.name in wanted)

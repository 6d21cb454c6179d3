"""datagen: rows made up by rules, for trying things out. Options as Flink's datagen connector has them."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from riverrun.clock import duration
from riverrun.connectors.options import wrong
from riverrun.connectors.protocol import Chunk, Column, Relation, Sink, Source, Surroundings
from riverrun.errors import did_you_mean
from riverrun.schema.arrow import arrow_type
from riverrun.schema.types import BYTES, MAX_LENGTH, STRINGS, TIMESTAMPS, Root, Type

NAME = "datagen"
_TABLE = {"rows-per-second": "10000", "number-of-rows": "", "scan.parallelism": "1"}
_FIELD = ("kind", "min", "max", "max-past", "length", "var-len", "null-rate", "start", "end")
_INTEGERS = {Root.TINYINT: 8, Root.SMALLINT: 16, Root.INTEGER: 32, Root.BIGINT: 64}
_MOST_LENGTH = 100

Make = Callable[[int], Any]  # the value of the row with this number


def takes_changes(relation: Relation) -> bool:
    return False


def source(relation: Relation, wanted: Sequence[int], around: Surroundings) -> Source:
    options = _checked(relation)
    columns = [relation.columns[index] for index in wanted]
    for column in columns:
        if column.metadata is not None:
            raise wrong(relation, f"column {column.name}: datagen has no metadata", "leave METADATA out")
    return _Generated(relation, columns, around, options)


def sink(relation: Relation, around: Surroundings) -> Sink:
    raise wrong(relation, "a datagen table cannot be written to", "it is a source")


def _checked(relation: Relation) -> dict[str, str]:
    names = {column.name for column in relation.columns}
    for name in relation.options:
        if name == "connector" or name in _TABLE:
            continue
        parts = name.split(".")
        if parts[0] != "fields" or len(parts) < 3:
            raise wrong(relation, f"unknown option '{name}'", did_you_mean(name, [*_TABLE, "fields.<column>.kind"]))
        if parts[-1] not in _FIELD:
            raise wrong(relation, f"unknown option '{name}'", did_you_mean(parts[-1], _FIELD))
        if parts[1] not in names:
            raise wrong(relation, f"'{name}': no column {parts[1]}", did_you_mean(parts[1], names))
    return {name: relation.options.get(name, default) for name, default in _TABLE.items()}


class _Generated:
    """The same rows for the same row numbers, so that reading can go on after a restart."""

    def __init__(
        self, relation: Relation, columns: Sequence[Column], around: Surroundings, options: dict[str, str]
    ) -> None:
        self._columns, self._clock = columns, around.clock
        self._makes = [_maker(relation, column.name, column.type, around) for column in columns]
        ends = [
            end for end in (_sequence_length(relation, column.name) for column in relation.columns) if end is not None
        ]
        try:
            self._rate = float(options["rows-per-second"])
            rows = int(options["number-of-rows"]) if options["number-of-rows"] else None
        except ValueError as error:
            raise wrong(relation, str(error), "'rows-per-second' and 'number-of-rows' are numbers") from error
        self._total = min([*ends, *([rows] if rows is not None else [])], default=None)
        self.bounded = self._total is not None
        self._next = 0
        self._begun: float | None = None

    def read(self, limit: int) -> Chunk | None:
        count = limit if self._total is None else min(limit, self._total - self._next)
        if not self.bounded:
            count = min(count, self._allowed())
        if count <= 0:
            return None
        numbers = range(self._next, self._next + count)
        self._next += count
        arrays = [
            pa.array([make(number) for number in numbers], arrow_type(column.type))
            for make, column in zip(self._makes, self._columns, strict=True)
        ]
        if not arrays:
            return Chunk(pa.table({"_op": pa.array([0] * count, pa.int8())}))
        return Chunk(pa.Table.from_arrays(arrays, names=[f"c{n}" for n in range(len(arrays))]))

    def _allowed(self) -> int:
        now = self._clock.monotonic_ms()
        if self._begun is None:
            self._begun = now - self._next / self._rate * 1000 - 1000 / self._rate
        return int((now - self._begun) / 1000 * self._rate) - self._next

    @property
    def position(self) -> int:
        return self._next

    def seek(self, position: int) -> None:
        self._next, self._begun = position, None

    def behind(self) -> int | None:
        return None

    def close(self) -> None:
        return


def _sequence_length(relation: Relation, name: str) -> int | None:
    if relation.options.get(f"fields.{name}.kind") != "sequence":
        return None
    return int(relation.options[f"fields.{name}.end"]) - int(relation.options[f"fields.{name}.start"]) + 1


def _maker(relation: Relation, name: str, type_: Type, around: Surroundings) -> Make:
    given = {each: relation.options.get(f"fields.{name}.{each}") for each in _FIELD}
    try:
        if given["kind"] == "sequence":
            start, _ = int(str(given["start"])), int(str(given["end"]))
            text = type_.root in STRINGS
            return lambda number: str(start + number) if text else start + number
        if given["kind"] not in (None, "random"):
            raise wrong(relation, f"'fields.{name}.kind' = '{given['kind']}'", "it is random or sequence")
        make = _random(relation, name, type_, given, around)
        rate = float(given["null-rate"] or 0)
    except (ValueError, TypeError) as error:
        raise wrong(relation, f"fields.{name}: {error}", "numbers are wanted there") from error
    return lambda number: _value(make, name, number, rate)


def _value(make: Callable[[random.Random, int], Any], name: str, number: int, rate: float) -> Any:
    rng = random.Random(f"{name}/{number}")
    return None if rate and rng.random() < rate else make(rng, number)


def _random(
    relation: Relation, name: str, type_: Type, given: dict[str, str | None], around: Surroundings
) -> Callable[[random.Random, int], Any]:
    root = type_.root
    if root in _INTEGERS:
        bound = 2 ** (_INTEGERS[root] - 1)
        low, high = int(given["min"] or -bound), int(given["max"] or bound - 1)
        return lambda rng, number: rng.randint(low, high)
    if root in (Root.FLOAT, Root.DOUBLE):
        most = 3.4028234663852886e38 if root is Root.FLOAT else 1.7976931348623157e308
        least, largest = float(given["min"] or -most), float(given["max"] or most)
        return lambda rng, number: least + (largest - least) * rng.random()
    if root is Root.DECIMAL:
        from decimal import Decimal

        digits = 10**type_.precision - 1
        return lambda rng, number: Decimal(rng.randint(-digits, digits)).scaleb(-type_.scale)
    if root is Root.BOOLEAN:
        return lambda rng, number: rng.random() < 0.5
    if root in (*STRINGS, *BYTES):
        fixed = type_.length if type_.length not in (0, MAX_LENGTH) else _MOST_LENGTH
        length = int(given["length"] or fixed)
        if root in BYTES:
            return lambda rng, number: rng.randbytes(length)
        return lambda rng, number: "".join(rng.choices(string.hexdigits[:16], k=length))
    if root in TIMESTAMPS:
        past = duration(given["max-past"]) if given["max-past"] else 0
        unit = 1_000_000 if type_.precision > 6 else 1000
        return lambda rng, number: (around.clock.now_ms() - (rng.randint(0, past) if past else 0)) * unit
    raise wrong(relation, f"column {name}: datagen makes no {type_}", "use a column of a simple type")

"""The formats that connectors read and write with, by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa

from riverrun.connectors.options import format_options, wrong
from riverrun.connectors.protocol import Column, Relation
from riverrun.errors import InputError, did_you_mean
from riverrun.values import dataclass

# Formats of rows in lines and of messages: name -> module.
TEXT_FORMATS: Mapping[str, str] = {
    "json": "riverrun.formats.json",
    "csv": "riverrun.formats.csv",
    "raw": "riverrun.formats.raw",
    "debezium-json": "riverrun.formats.debezium_json",
}
# Their fields are found by position, so all of a table's have to be read.
_BY_POSITION = ("csv", "raw")


class Decoder(Protocol):
    def whole(self, buffer: bytes, *, last: bool) -> int: ...

    def lines(self, block: bytes) -> pa.Table: ...

    def values(self, values: Sequence[bytes | None]) -> tuple[pa.Table, Sequence[int]]: ...


Encoder = Callable[[pa.Table], list[bytes]]
BlockEncoder = Callable[[pa.Table], Iterable[bytes | memoryview]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A format as a table's options ask for it. `prefix` is "value." or "key." where its options begin so; `lenient`:
    options that the format does not know are ignored, as Flink's filesystem connector does."""

    relation: Relation
    name: str
    zone: str
    prefix: str = ""
    lenient: bool = False

    def decoder(self, wanted: Sequence[Column], every: Sequence[Column]) -> Decoder:
        """Reads the columns `wanted` of data that has the columns `every`."""
        if self.name not in _BY_POSITION:
            made: Decoder = self._made("decoder", wanted)
            return made
        names = [column.name for column in every]
        places = [names.index(column.name) for column in wanted]
        whole: Decoder = self._made("decoder", every)
        return whole if places == list(range(len(every))) else _Chosen(whole, places)

    def encoder(self, columns: Sequence[Column]) -> Encoder:
        made: Encoder = self._made("encoder", columns)
        return made

    def block_encoder(self, columns: Sequence[Column]) -> BlockEncoder:
        """Writes lines with their ends."""
        if self.name == "json":
            made: BlockEncoder = self._made("block_encoder", columns)
            return made
        encode = self.encoder(columns)
        return lambda rows: [b"\n".join([*encode(rows), b""])]

    def _made(self, what: str, columns: Sequence[Column]) -> Any:
        if self.name not in TEXT_FORMATS:
            known = [*TEXT_FORMATS, "avro", "parquet", "avro-confluent"]
            raise wrong(self.relation, f"unknown format '{self.name}'", did_you_mean(self.name, known))
        module = importlib.import_module(TEXT_FORMATS[self.name])
        options = format_options(self.relation, self.prefix + self.name)
        if self.lenient:
            options = {name: value for name, value in options.items() if name in module.OPTIONS}
        fields = [column.field for column in columns]
        try:
            return getattr(module, what)(fields, options, self.zone)
        except InputError as error:
            raise placed(self.relation, error) from error


def placed(relation: Relation, error: InputError) -> InputError:
    """A format's error as one about the table."""
    first = error.problems[0]
    text = f"{first.where}: {first.what}" if first.where else first.what
    return wrong(relation, text, first.todo or "")


class _Chosen:
    """Some of the columns that a decoder gives."""

    def __init__(self, decoder: Decoder, places: Sequence[int]) -> None:
        self._decoder, self._places = decoder, places

    def whole(self, buffer: bytes, *, last: bool) -> int:
        return self._decoder.whole(buffer, last=last)

    def lines(self, block: bytes) -> pa.Table:
        return self._choose(self._decoder.lines(block))

    def values(self, values: Sequence[bytes | None]) -> tuple[pa.Table, Sequence[int]]:
        rows, numbers = self._decoder.values(values)
        return self._choose(rows), numbers

    def _choose(self, rows: pa.Table) -> pa.Table:
        return rows.select(self._places).rename_columns([f"c{n}" for n in range(len(self._places))])

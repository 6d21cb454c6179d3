"""Gives tables other connectors than their CREATE TABLE says: `--bind TABLE=PATH[?timestamp=FIELD]`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from riverrun.connectors.filesystem import FIELD, METADATA, NOTHING
from riverrun.errors import InputError, did_you_mean
from riverrun.sql.catalog import Table, TableColumn
from riverrun.values import dataclass

_FORMATS = {
    ".json": "json", ".jsonl": "json", ".ndjson": "json", ".csv": "csv", ".avro": "avro", ".parquet": "parquet",
    ".txt": "raw", ".log": "raw",
}  # fmt: skip
_TIMESTAMP = "timestamp"


@dataclass(frozen=True, slots=True)
class Binding:
    """`timestamp` is the field of the data that stands for the record's timestamp."""

    table: str
    path: str
    timestamp: str | None = None


def parse_binding(text: str) -> Binding:
    """
    >>> parse_binding("clicks=clicks.jsonl?timestamp=event_time")
    Binding(table='clicks', path='clicks.jsonl', timestamp='event_time')
    """
    table, equals, target = text.partition("=")
    if not equals or not table or not target:
        raise InputError(f"--bind {text}", todo="write --bind TABLE=PATH or --bind TABLE=PATH?timestamp=FIELD")
    path, question, query = target.rpartition("?")
    if not question:
        return Binding(table, target)
    name, _, value = query.partition("=")
    if name != _TIMESTAMP or not value:
        raise InputError(f"--bind {text}: '?{query}'", todo="write ?timestamp=FIELD")
    return Binding(table, path, value)


class Binder:
    """Called with every table that a script creates; knows in the end which bindings nobody asked for."""

    def __init__(self, bindings: Sequence[Binding]) -> None:
        self._bindings = {binding.table: binding for binding in bindings}
        self._seen: set[str] = set()

    def __call__(self, table: Table) -> Table:
        self._seen.add(table.name)
        binding = self._bindings.get(table.name)
        return table if binding is None else bound(table, binding)

    def check(self) -> None:
        """Raise InputError when a bound table is not in the scripts."""
        for name in self._bindings:
            if name not in self._seen:
                raise InputError(f"--bind {name}=...: no such table", todo=did_you_mean(name, self._seen))


def bound(table: Table, binding: Binding) -> Table:
    """The same columns, computed columns and watermark, read from (or written to) files."""
    format_ = _format(binding.path)
    kept = {name: value for name, value in table.options.items() if name.startswith(("json.", "csv.", "raw."))}
    values = {
        name.removeprefix("value."): value
        for name, value in table.options.items()
        if name.startswith(f"value.{format_}.")
    }
    options = {**kept, **values, "connector": "filesystem", "path": binding.path, "format": format_}
    if format_ == "json":
        options.setdefault("json.timestamp-format.standard", "ISO-8601")
    columns = tuple(_column(table, column, binding) for column in table.columns)
    return replace(table, columns=columns, options=options)


def _format(path: str) -> str:
    """By the ending of the file, or of the first file in the folder."""
    found = Path(path.removeprefix("file://"))
    names = [found.name]
    if found.is_dir():
        names = [each.name for each in sorted(found.rglob("*")) if each.is_file() and each.name[0] not in "._"]
    for name in names:
        if Path(name).suffix.lower() in _FORMATS:
            return _FORMATS[Path(name).suffix.lower()]
    if not found.exists():
        raise InputError(f"--bind: there is no file or folder {path}")
    raise InputError(f"--bind {path}: the ending says no format", todo=f"known endings: {', '.join(_FORMATS)}")


def _column(table: Table, column: TableColumn, binding: Binding) -> TableColumn:
    """Metadata of the old connector: the timestamp comes from the named field, the rest is NULL."""
    key = column.metadata_key or column.name
    if column.kind != "metadata" or key in METADATA:
        return column
    if key != _TIMESTAMP:
        return replace(column, metadata_key=NOTHING)
    if binding.timestamp is not None:
        return replace(column, metadata_key=FIELD + binding.timestamp)
    if table.watermark is not None and table.watermark.column == column.name:
        raise InputError(
            f"--bind {table.name}={binding.path}: {column.name} is the record's timestamp, which files do not have",
            todo=f"say which field stands for it: --bind '{table.name}={binding.path}?timestamp=FIELD'",
        )
    return replace(column, metadata_key=NOTHING)

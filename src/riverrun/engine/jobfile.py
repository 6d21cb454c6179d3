"""A job's file, DATA/jobs/<name>.duckdb: state, positions, rows for sinks; a checkpoint is one transaction.

Only what changed since the last checkpoint is written. After a crash at any moment the file holds the last whole
checkpoint, and the job goes on from there.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from riverrun.engine.batch import Ints
from riverrun.engine.graph import Graph
from riverrun.engine.stores import Store
from riverrun.errors import InputError, RunError
from riverrun.values import dataclass

_VERSION = 2


@dataclass(frozen=True, slots=True)
class Parcel:
    """Rows on their way to an output, numbered from `first`."""

    output: int
    first: int
    rows: pa.Table


@dataclass(frozen=True, slots=True)
class Saved:
    """What a job knew at its last checkpoint."""

    positions: Mapping[str, Any]
    outputs: Mapping[int, tuple[int, Any]]  # output -> (number of its next row, the sink's mark)
    parcels: tuple[Parcel, ...]
    counts: Mapping[str, Any]


class JobFile:
    """Open for one process at a time."""

    def __init__(self, path: Path, plan: str) -> None:
        """`plan` is a text that is the same for the same plan; InputError when the file belongs to another one."""
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = duckdb.connect(str(path), config={"threads": 1, "memory_limit": "512MB"})
        except duckdb.IOException as error:
            raise RunError(
                f"{path} cannot be opened: {str(error).splitlines()[0]}", todo="is the job running?"
            ) from error
        self._tables: set[str] = set()
        self._changes: list[tuple[str, str, Any]] = []
        self._prepare(plan)

    def _prepare(self, plan: str) -> None:
        run = self._connection.execute
        run("CREATE TABLE IF NOT EXISTS job (version INTEGER, plan VARCHAR, state VARCHAR)")
        run("CREATE TABLE IF NOT EXISTS outbox (output INTEGER, first BIGINT, rows BLOB)")
        found = run("SELECT version, plan FROM job").fetchone()
        if found is None:
            run("INSERT INTO job VALUES (?, ?, NULL)", [_VERSION, plan])
        elif found[0] != _VERSION or found[1] != plan:
            raise InputError(
                f"{self.path} holds the state of another query",
                todo="give this one another name (--name), or delete the file to begin anew",
            )
        self._tables = {row[0] for row in run("SELECT table_name FROM duckdb_tables()").fetchall()}

    def load(self, graph: Graph) -> Saved | None:
        """Fill the graph's stores with what was saved; None when there is nothing yet."""
        state = self._connection.execute("SELECT state FROM job").fetchall()[0][0]
        if state is None:
            return None
        for name, store in stores(graph):
            if name in self._tables:
                store.load(self._connection.sql(f'SELECT * FROM "{name}" ORDER BY _id').to_arrow_table())
        for _, vertex in graph.stateful():
            assert vertex.operator is not None
            vertex.operator.restored()
        known = json.loads(state)
        parcels = self._connection.execute("SELECT output, first, rows FROM outbox ORDER BY output, first").fetchall()
        return Saved(
            known["positions"],
            {int(number): (next_, mark) for number, (next_, mark) in known["outputs"].items()},
            tuple(Parcel(output, first, _unpacked(rows)) for output, first, rows in parcels),
            known["counts"],
        )

    def add(self, name: str, rows: pa.Table) -> None:
        self._changes.append(("add", name, rows))

    def remove(self, name: str, ids: Ints) -> None:
        self._changes.append(("remove", name, pa.table({"_id": ids})))

    def collect(self, graph: Graph) -> None:
        """Note what changed in the graph's stores since the last time; `checkpoint` writes it."""
        for name, store in stores(graph):
            store.save(name, self)

    def checkpoint(self, state: str, new: Iterable[Parcel], stored: Mapping[int, int]) -> None:
        """Save everything in one transaction, the collected changes too. Parcels with rows below `stored` (by output)
        are no longer kept. `state` is what `Saved` says else, as JSON."""
        run = self._connection.execute
        try:
            run("BEGIN TRANSACTION")
            self._write_changes()
            for output, below in stored.items():
                run("DELETE FROM outbox WHERE output = ? AND first < ?", [output, below])
            for parcel in new:
                run("INSERT INTO outbox VALUES (?, ?, ?)", [parcel.output, parcel.first, _packed(parcel.rows)])
            run("UPDATE job SET state = ?", [state])
            run("COMMIT")
        except duckdb.Error as error:
            raise RunError(f"{self.path}: {str(error).splitlines()[0]}", todo="see to the disk") from error

    def _write_changes(self) -> None:
        changes, self._changes = self._changes, []
        for kind, name, rows in changes:
            self._connection.register("changed", rows)
            if kind == "remove":
                self._connection.execute(f'DELETE FROM "{name}" WHERE _id IN (SELECT _id FROM changed)')
            elif name in self._tables:
                self._connection.execute(f'INSERT INTO "{name}" SELECT * FROM changed')
            else:
                self._connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM changed')
                self._tables.add(name)

    def size(self) -> int:
        """Bytes on disk."""
        log = self.path.with_name(self.path.name + ".wal")
        return sum(path.stat().st_size for path in (self.path, log) if path.exists())

    def close(self) -> None:
        self._connection.close()


def stores(graph: Graph) -> Iterable[tuple[str, Store]]:
    """(table in the file, store) of everything that the graph's operators keep."""
    for name, vertex in graph.stateful():
        assert vertex.operator is not None
        for part, store in vertex.operator.stores.items():
            yield f"{name}_{part}", store


def plan_text(value: Any) -> str:
    """A text that is the same for the same plan: everything that counts when plans are compared."""
    if dataclasses.is_dataclass(value):
        parts = [plan_text(getattr(value, each.name)) for each in dataclasses.fields(value) if each.compare]
        return f"{type(value).__name__}({', '.join(parts)})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {plan_text(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(plan_text, value)) + "]"
    return repr(value)


def _packed(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())


def _unpacked(raw: bytes) -> pa.Table:
    return pa.ipc.open_stream(raw).read_all()

"""What all operators of one execution share: the DuckDB connection that evaluates expressions, session, clock, zone."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from riverrun import database
from riverrun.clock import Clock, SystemClock
from riverrun.connectors.protocol import Surroundings
from riverrun.engine.zones import Zone
from riverrun.errors import RunError
from riverrun.sql.expr import Span
from riverrun.sql.functions import called, register
from riverrun.sql.session import Session

_CODED = re.compile(r"riverrun:([a-z-]+):(\d+):(\d+):(.*)", re.DOTALL)
_VENDOR = re.compile(r"^(Invalid Input|Conversion|Out of Range|Invalid|Binder|Catalog) Error: ")


class ExpressionFailed(RunError):
    """An expression failed while running; `span` is its place in the script, `code` the kind of failure."""

    def __init__(self, what: str, span: Span | None = None, code: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.span = span
        self.code = code


@dataclass(slots=True)
class Context:
    """`connection` is private to one execution and holds no data: operators hand it Arrow tables."""

    session: Session
    clock: Clock = field(default_factory=SystemClock)
    connection: duckdb.DuckDBPyConnection = field(default_factory=lambda: connect())
    around: Surroundings = field(default_factory=Surroundings)  # where tables that are looked up are read
    zone: Zone = field(init=False)
    ttl: int = field(init=False)  # of state, in ms; 0: for ever
    expired: int = 0  # how many rows of state have expired so far

    def __post_init__(self) -> None:
        self.zone = Zone(self.session.zone)
        self.ttl = self.session.state_ttl

    def query(
        self, sql: str, batch: pa.Table | None = None, probe: pa.Table | None = None, build: pa.Table | None = None
    ) -> pa.Table:
        """The result of one statement over the Arrow tables `batch`, `probe` and `build`."""
        batch, probe, build = _whole(batch), _whole(probe), _whole(build)
        _provide(sql)
        try:
            return self.connection.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise failed(error) from error


def connect() -> duckdb.DuckDBPyConnection:
    """A connection of its own to the DuckDB that evaluates expressions."""
    # Arrow's own allocator keeps more than a third of its memory for later, and is not faster here.
    pa.set_memory_pool(pa.system_memory_pool())
    connection = database.for_expressions().cursor()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


_provided: set[str] = set()  # Python functions that DuckDB knows
_providing = threading.Lock()


def _provide(sql: str) -> None:
    """Let DuckDB know the Python functions that a statement calls. There are many, and most statements call none."""
    if not called(sql) <= _provided:
        with _providing:
            # By the connection that is never closed: functions are alive as long as the one that made them known.
            register(database.for_expressions(), called(sql) - _provided)
            _provided.update(called(sql))


def _whole(rows: pa.Table | None) -> pa.Table | None:
    """`rows` as DuckDB takes them: it refuses slices of columns that have rows or lists in them."""
    for number, column in enumerate(rows.columns if rows is not None else ()):
        if pa.types.is_nested(column.type) and any(chunk.offset for chunk in column.chunks):
            copied = pa.concat_arrays([pa.array([], column.type), *column.chunks])
            assert rows is not None
            rows = rows.set_column(number, rows.schema.field(number), copied)
    return rows


def failed(error: duckdb.Error) -> ExpressionFailed:
    """DuckDB's error as ours: with the place in the script when the rendering put it into the message."""
    text = str(error)
    found = _CODED.search(text)
    if found:
        code, start, end, message = found.groups()
        return ExpressionFailed(message.split("\n")[0].strip(), Span(int(start), int(end)), code)
    return ExpressionFailed(_VENDOR.sub("", text).split("\n")[0])


def names(count: int, prefix: str = "") -> list[str]:
    """The column names that expressions over `count` columns are rendered with."""
    return [f"{prefix}c{index}" for index in range(count)]


def quoted(columns: Sequence[str]) -> str:
    return ", ".join(columns)

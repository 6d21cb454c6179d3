"""What a connector is: options, and a source or a sink of rows. Rows are Arrow tables with columns c0, c1, ..."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from riverrun.clock import Clock, SystemClock
from riverrun.errors import Where
from riverrun.schema.types import WHOLE, Field, Paths, Type
from riverrun.values import dataclass

OP = "_op"  # int8: 0 +I, 1 -U, 2 +U, 3 -D; absent: all +I
PART = "_part"  # int32: the partition a row came from, where there are several


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a connector reads or writes: `metadata` is its key when it is not in the data itself.

    `read`: which parts of its value anybody looks at. In what nobody looks at a source may leave texts NULL, but finds
    the same faults.
    """

    name: str
    type: Type
    metadata: str | None = None
    virtual: bool = False
    read: Paths = WHOLE

    @property
    def field(self) -> Field:
        return Field(self.name, self.type)


@dataclass(frozen=True, slots=True)
class Relation:
    """A table as its connector sees it: without computed columns and watermark."""

    name: str
    columns: tuple[Column, ...]
    options: Mapping[str, str]
    partitioned_by: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()
    where: Where | None = None
    rowtime: int | None = None  # of a sink: the written column that is the rows' event time

    @property
    def physical(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.metadata is None)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a job runs: the data folder, the session's zone and options, the clock."""

    data: Path = Path("data")
    zone: str = "UTC"
    options: Mapping[str, str] = field(default_factory=dict)
    clock: Clock = field(default_factory=SystemClock)
    job: str = "query"
    bounded: bool = False  # read topics as they are now, and end
    resumes: bool = False  # reading has to be able to go on at a stored position


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of the asked columns. `partitions`: the source's partitions, and whether each has nothing more for now."""

    rows: pa.Table
    partitions: Mapping[int, bool] | None = None


class Source(Protocol):
    """`position` may be stored; after `seek` to it reading goes on behind the rows read before."""

    @property
    def bounded(self) -> bool: ...

    def read(self, limit: int) -> Chunk | None:
        """The next rows, about `limit` at most. None: bounded sources are at their end, others have nothing now."""
        ...

    @property
    def position(self) -> Any: ...

    def seek(self, position: Any) -> None: ...

    def behind(self) -> int | None:
        """How many rows are there to be read, if that is known."""
        ...

    def close(self) -> None: ...


class FileReader(Protocol):
    """Reads one file from a position on (0 at first): the next rows and the position behind them; None at the end."""

    def read(self, path: Path, position: int, limit: int) -> tuple[pa.Table, int] | None: ...

    def close(self) -> None: ...


class Sink(Protocol):
    """Takes numbered rows. After a crash it may be told rows again that it has; it knows them by their numbers."""

    @property
    def mark(self) -> Any:
        """Something to remember before rows are told; `resume` gets it back after a crash."""
        ...

    def resume(self, mark: Any, first: int) -> int:
        """Rows from number `first` on may be told again: all rows below the result are there."""
        ...

    def write(self, rows: pa.Table, first: int) -> None:
        """Rows numbered `first`, `first` + 1, ...; with `_op` where the sink takes changes."""
        ...

    def flush(self, *, end: bool) -> int:
        """Store what is due (everything, at the end); all rows numbered below the result are stored for good."""
        ...

    def close(self) -> None:
        """Give up what was not flushed."""
        ...


class Connector(Protocol):
    """A module of this package. `source` and `sink` raise InputError for whatever is wrong before anything runs."""

    NAME: str

    def takes_changes(self, relation: Relation) -> bool:
        """Whether a sink takes updates and deletions, not only new rows."""
        ...

    def source(self, relation: Relation, wanted: Sequence[int], around: Surroundings) -> Source: ...

    def sink(self, relation: Relation, around: Surroundings) -> Sink: ...

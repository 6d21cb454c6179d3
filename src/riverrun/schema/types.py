"""Flink SQL's logical types: one frozen value per type, printed as Flink prints it.

Source: Flink 2.3's type system; the facts that matter here are in docs/sql/types.md.
"""

from __future__ import annotations

import enum
from dataclasses import replace

from riverrun.values import dataclass


class Root(enum.Enum):
    """The kinds of types. The value is Flink's name of the kind in messages."""

    NULL = "NULL"
    BOOLEAN = "BOOLEAN"
    TINYINT = "TINYINT"
    SMALLINT = "SMALLINT"
    INTEGER = "INT"
    BIGINT = "BIGINT"
    DECIMAL = "DECIMAL"
    FLOAT = "FLOAT"
    DOUBLE = "DOUBLE"
    CHAR = "CHAR"
    VARCHAR = "VARCHAR"
    BINARY = "BINARY"
    VARBINARY = "VARBINARY"
    DATE = "DATE"
    TIME = "TIME"
    TIMESTAMP = "TIMESTAMP"
    TIMESTAMP_LTZ = "TIMESTAMP_LTZ"
    INTERVAL_YEAR_MONTH = "INTERVAL MONTH"
    INTERVAL_DAY_TIME = "INTERVAL SECOND"
    ARRAY = "ARRAY"
    MAP = "MAP"
    MULTISET = "MULTISET"
    ROW = "ROW"


class TimeAttribute(enum.Enum):
    ROWTIME = "ROWTIME"
    PROCTIME = "PROCTIME"


MAX_LENGTH = 2**31 - 1
INTEGERS = (Root.TINYINT, Root.SMALLINT, Root.INTEGER, Root.BIGINT)
EXACT_NUMERICS = (*INTEGERS, Root.DECIMAL)
APPROXIMATE_NUMERICS = (Root.FLOAT, Root.DOUBLE)
NUMERICS = (*EXACT_NUMERICS, *APPROXIMATE_NUMERICS)
STRINGS = (Root.CHAR, Root.VARCHAR)
BYTES = (Root.BINARY, Root.VARBINARY)
TIMESTAMPS = (Root.TIMESTAMP, Root.TIMESTAMP_LTZ)
INTERVALS = (Root.INTERVAL_YEAR_MONTH, Root.INTERVAL_DAY_TIME)

_WITH_LENGTH = {Root.CHAR: "CHAR", Root.VARCHAR: "VARCHAR", Root.BINARY: "BINARY", Root.VARBINARY: "VARBINARY"}
_WITH_PRECISION = (Root.TIME, Root.TIMESTAMP, Root.TIMESTAMP_LTZ)

# Parts of a value, as paths of places in rows; () is all of it.
Paths = frozenset[tuple[int, ...]]
WHOLE: Paths = frozenset({()})


def inside(paths: Paths, place: int) -> Paths:
    """The same parts, as seen from the field at `place` of a row."""
    return WHOLE if () in paths else frozenset(path[1:] for path in paths if path[0] == place)


@dataclass(frozen=True, slots=True)
class Field:
    """A named field of a ROW type (names are case sensitive, and may repeat in a query's result)."""

    name: str
    type: Type
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Type:
    """A logical type.

    nullable        part of the type, as in Flink: believed by the planner, checked only at sinks
    precision       DECIMAL (1..38), TIME, TIMESTAMP, TIMESTAMP_LTZ (0..9)
    scale           DECIMAL
    length          CHAR, VARCHAR, BINARY, VARBINARY; MAX_LENGTH is STRING and BYTES
    element         ARRAY, MULTISET; `key` and `element` (the value) for MAP
    fields          ROW
    time_attribute  TIMESTAMP(_LTZ) columns only: this column drives event or processing time
    """

    root: Root
    nullable: bool = True
    precision: int = 0
    scale: int = 0
    length: int = 0
    key: Type | None = None
    element: Type | None = None
    fields: tuple[Field, ...] = ()
    time_attribute: TimeAttribute | None = None

    def __str__(self) -> str:
        return self.summary()

    def summary(self, *, nullability: bool = True) -> str:
        """As Flink's `asSummaryString`: `ROW<`id` STRING NOT NULL>`, `TIMESTAMP(3) *ROWTIME*`, `STRING NOT NULL`."""
        text = self._name()
        if nullability and not self.nullable:
            text += " NOT NULL"
        if self.time_attribute is not None:
            text += f" *{self.time_attribute.value}*"
        return text

    def _name(self) -> str:
        root = self.root
        if root is Root.VARCHAR and self.length == MAX_LENGTH:
            return "STRING"
        if root is Root.VARBINARY and self.length == MAX_LENGTH:
            return "BYTES"
        if root in _WITH_LENGTH:
            return f"{_WITH_LENGTH[root]}({self.length})"
        if root in _WITH_PRECISION:
            return f"{root.value}({self.precision})"
        if root is Root.DECIMAL:
            return f"DECIMAL({self.precision}, {self.scale})"
        if root is Root.INTERVAL_YEAR_MONTH:
            return "INTERVAL MONTH"
        if root is Root.INTERVAL_DAY_TIME:
            return "INTERVAL SECOND(3)"
        if root in (Root.ARRAY, Root.MULTISET):
            return f"{root.value}<{self.element}>"
        if root is Root.MAP:
            return f"MAP<{self.key}, {self.element}>"
        if root is Root.ROW:
            return "ROW<" + ", ".join(f"`{escape(f.name)}` {f.type}" for f in self.fields) + ">"
        return str(root.value)

    def not_null(self) -> Type:
        return self if not self.nullable else replace(self, nullable=False)

    def null(self) -> Type:
        return self if self.nullable else replace(self, nullable=True)

    def with_nullable(self, nullable: bool) -> Type:
        return self if self.nullable == nullable else replace(self, nullable=nullable)

    def plain(self) -> Type:
        """The same type, no longer a time attribute."""
        return self if self.time_attribute is None else replace(self, time_attribute=None)

    def same_as(self, other: Type) -> bool:
        """Equal but for nullability (also inside) and time attributes."""
        return self.erased() == other.erased()

    def erased(self) -> Type:
        """Nullable at every level, no time attribute, no field descriptions: what values look like."""
        return replace(
            self,
            nullable=True,
            time_attribute=None,
            key=self.key.erased() if self.key else None,
            element=self.element.erased() if self.element else None,
            fields=tuple(Field(f.name, f.type.erased()) for f in self.fields),
        )

    @property
    def is_rowtime(self) -> bool:
        return self.time_attribute is TimeAttribute.ROWTIME

    @property
    def is_proctime(self) -> bool:
        return self.time_attribute is TimeAttribute.PROCTIME


def escape(name: str) -> str:
    return name.replace("`", "``")


NULL = Type(Root.NULL)
BOOLEAN = Type(Root.BOOLEAN)
TINYINT = Type(Root.TINYINT)
SMALLINT = Type(Root.SMALLINT)
INT = Type(Root.INTEGER)
BIGINT = Type(Root.BIGINT)
FLOAT = Type(Root.FLOAT)
DOUBLE = Type(Root.DOUBLE)
STRING = Type(Root.VARCHAR, length=MAX_LENGTH)
BYTES_TYPE = Type(Root.VARBINARY, length=MAX_LENGTH)
DATE = Type(Root.DATE)
INTERVAL_DAY = Type(Root.INTERVAL_DAY_TIME)
INTERVAL_MONTH = Type(Root.INTERVAL_YEAR_MONTH)


def decimal(precision: int, scale: int) -> Type:
    return Type(Root.DECIMAL, precision=precision, scale=scale)


def char(length: int) -> Type:
    return Type(Root.CHAR, length=length)


def varchar(length: int) -> Type:
    return Type(Root.VARCHAR, length=length)


def time(precision: int = 0) -> Type:
    return Type(Root.TIME, precision=precision)


def timestamp(precision: int = 6) -> Type:
    return Type(Root.TIMESTAMP, precision=precision)


def timestamp_ltz(precision: int = 6) -> Type:
    return Type(Root.TIMESTAMP_LTZ, precision=precision)


def array(element: Type) -> Type:
    return Type(Root.ARRAY, element=element)


def multiset(element: Type) -> Type:
    return Type(Root.MULTISET, element=element)


def map_of(key: Type, value: Type) -> Type:
    return Type(Root.MAP, key=key, element=value)


def row(*fields: tuple[str, Type]) -> Type:
    return Type(Root.ROW, fields=tuple(Field(name, type_) for name, type_ in fields))

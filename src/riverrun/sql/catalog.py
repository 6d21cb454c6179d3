"""What a script has defined: tables, views, functions, by catalog and database. Names are case sensitive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from riverrun.errors import Where
from riverrun.schema.types import Field, Type
from riverrun.sql.source import Source
from riverrun.sql.tree.expressions import Expression
from riverrun.sql.tree.queries import Query
from riverrun.values import dataclass

DEFAULT_CATALOG = "default_catalog"
DEFAULT_DATABASE = "default_database"

Path = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A declared column. kind "physical", "metadata" or "computed"; `expression` is the text of a computed column."""

    name: str
    type: Type
    kind: str = "physical"
    metadata_key: str | None = None
    virtual: bool = False
    expression: str | None = None
    comment: str | None = None
    tree: Expression | None = field(default=None, compare=False, repr=False)

    @property
    def stored(self) -> bool:
        """Does the connector deliver it?"""
        return self.kind != "computed"

    @property
    def written(self) -> bool:
        """Is it a target of INSERT?"""
        return self.stored and not self.virtual


@dataclass(frozen=True, slots=True)
class TableWatermark:
    """`expression` is the text; the column is the event time."""

    column: str
    expression: str
    type: Type
    tree: Expression | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as declared. `columns` in declared order with their types; the watermark's column is a time attribute."""

    name: str
    columns: tuple[TableColumn, ...]
    watermark: TableWatermark | None = None
    primary_key: tuple[str, ...] = ()
    partitioned_by: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    comment: str | None = None
    path: Path = (DEFAULT_CATALOG, DEFAULT_DATABASE, "")
    temporary: bool = False
    where: Where | None = field(default=None, compare=False)
    source: Source | None = field(default=None, compare=False, repr=False)
    distribution: tuple[str | None, tuple[str, ...], int | None] | None = None

    @property
    def schema(self) -> tuple[Field, ...]:
        return tuple(Field(column.name, column.type) for column in self.columns)

    @property
    def sink_schema(self) -> tuple[Field, ...]:
        """What INSERT writes, in order."""
        return tuple(Field(column.name, column.type.plain()) for column in self.columns if column.written)

    def with_options(self, options: Mapping[str, str]) -> Table:
        return replace(self, options={**self.options, **options})


@dataclass(frozen=True, slots=True)
class View:
    """A view: its query is bound anew wherever it is used."""

    name: str
    query: Query
    source: Source
    columns: tuple[str, ...] = ()
    schema: tuple[Field, ...] = ()
    comment: str | None = None
    path: Path = (DEFAULT_CATALOG, DEFAULT_DATABASE, "")
    temporary: bool = False
    text: str = ""
    # Names in the query are looked up as at the time of CREATE VIEW.
    catalog: str = DEFAULT_CATALOG
    database: str = DEFAULT_DATABASE


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the user: `implementation` is `module.function` for LANGUAGE PYTHON."""

    name: str
    implementation: str
    language: str
    path: tuple[str, ...]
    temporary: bool = False
    system: bool = False


Object = Table | View


class Catalog:
    """The names of one session."""

    def __init__(self) -> None:
        self.catalog = DEFAULT_CATALOG
        self.database = DEFAULT_DATABASE
        self.databases: dict[tuple[str, str], str | None] = {(DEFAULT_CATALOG, DEFAULT_DATABASE): None}
        self.catalogs: list[str] = [DEFAULT_CATALOG]
        self._objects: dict[Path, Object] = {}
        self._temporary: dict[Path, Object] = {}
        self.functions: dict[tuple[str, ...], Function] = {}

    def path(self, names: tuple[str, ...]) -> Path:
        """The full path of `t`, `db.t` or `cat.db.t`."""
        if len(names) == 1:
            return self.catalog, self.database, names[0]
        if len(names) == 2:
            return self.catalog, names[0], names[1]
        return names[-3], names[-2], names[-1]

    def find(self, names: tuple[str, ...]) -> Object | None:
        """Temporary objects hide others of the same name."""
        if not 1 <= len(names) <= 3:
            return None
        path = self.path(names)
        return self._temporary.get(path) or self._objects.get(path)

    def put(self, item: Object) -> None:
        (self._temporary if item.temporary else self._objects)[item.path] = item

    def exists(self, path: Path, *, temporary: bool) -> bool:
        return path in (self._temporary if temporary else self._objects)

    def drop(self, path: Path, *, temporary: bool) -> None:
        del (self._temporary if temporary else self._objects)[path]

    def objects(self, catalog: str | None = None, database: str | None = None) -> Iterator[Object]:
        """All tables and views of a database, by name."""
        at = (catalog or self.catalog, database or self.database)
        found = {**self._objects, **self._temporary}
        return iter(found[path] for path in sorted(found) if path[:2] == at)

    def names(self) -> list[str]:
        """Names to choose from in a message, as they would be written here."""
        return sorted({item.name for item in self.objects()})

    def function(self, names: tuple[str, ...]) -> Function | None:
        """A function of the user; names of functions are not case sensitive."""
        folded = tuple(name.lower() for name in names)
        if len(folded) == 1:
            full = (self.catalog, self.database, folded[0])
            return self.functions.get(folded) or self.functions.get(full)
        return self.functions.get(self.path(folded))

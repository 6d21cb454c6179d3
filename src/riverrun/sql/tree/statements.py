"""Syntax of statements: definitions, INSERT, SET, SHOW and the rest."""

from __future__ import annotations

from riverrun.sql.expr import Span
from riverrun.sql.tree.expressions import DataType, Expression, Identifier, Name, span_field
from riverrun.sql.tree.queries import Hint, Query
from riverrun.values import dataclass

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PhysicalColumn:
    name: Identifier
    type: DataType
    comment: str | None = None
    primary_key: bool = False
    unique: bool = False
    enforced: bool | None = None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class MetadataColumn:
    name: Identifier
    type: DataType
    key: str | None = None
    virtual: bool = False
    comment: str | None = None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class ComputedColumn:
    name: Identifier
    expression: Expression
    comment: str | None = None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class ColumnName:
    """CREATE TABLE t (a, b) AS SELECT ...: a column named only."""

    name: Identifier
    span: Span = span_field


Column = PhysicalColumn | MetadataColumn | ComputedColumn | ColumnName


@dataclass(frozen=True, slots=True)
class Watermark:
    column: Name
    expression: Expression
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Constraint:
    """kind PRIMARY KEY or UNIQUE; `enforced` None when nothing was said."""

    kind: str
    columns: tuple[Identifier, ...]
    name: Identifier | None = None
    enforced: bool | None = None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Distribution:
    """DISTRIBUTED BY [HASH | RANGE] (a) INTO n BUCKETS."""

    kind: str | None
    columns: tuple[Identifier, ...]
    buckets: int | None


@dataclass(frozen=True, slots=True)
class LikeOption:
    """INCLUDING / EXCLUDING / OVERWRITING with ALL, CONSTRAINTS, DISTRIBUTION, GENERATED, METADATA, OPTIONS ..."""

    strategy: str
    feature: str


@dataclass(frozen=True, slots=True)
class LikeClause:
    table: Name
    options: tuple[LikeOption, ...] = ()
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class CreateTable:
    name: Name
    columns: tuple[Column, ...] = ()
    watermark: Watermark | None = None
    constraints: tuple[Constraint, ...] = ()
    comment: str | None = None
    distribution: Distribution | None = None
    partitioned_by: tuple[Identifier, ...] = ()
    options: Options = ()
    like: LikeClause | None = None
    query: Query | None = None
    temporary: bool = False
    if_not_exists: bool = False
    replace: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class CreateView:
    name: Name
    query: Query
    columns: tuple[Identifier, ...] = ()
    comment: str | None = None
    options: Options = ()
    temporary: bool = False
    if_not_exists: bool = False
    replace: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class CreateFunction:
    name: Name
    implementation: str
    language: str | None = None
    resources: tuple[tuple[str, str], ...] = ()
    options: Options = ()
    temporary: bool = False
    system: bool = False
    if_not_exists: bool = False
    replace: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class CreateCatalog:
    name: Identifier
    options: Options = ()
    comment: str | None = None
    if_not_exists: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class CreateDatabase:
    name: Name
    options: Options = ()
    comment: str | None = None
    if_not_exists: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Drop:
    """kind TABLE, VIEW, FUNCTION, CATALOG, DATABASE."""

    kind: str
    name: Name
    if_exists: bool = False
    temporary: bool = False
    system: bool = False
    cascade: bool | None = None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class AlterOptions:
    """ALTER TABLE|DATABASE|CATALOG ... SET (...) or RESET (...)."""

    kind: str
    name: Name
    set: Options = ()
    reset: tuple[str, ...] = ()
    if_exists: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class AlterRename:
    """ALTER TABLE|VIEW a RENAME TO b."""

    kind: str
    name: Name
    to: Name
    if_exists: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class AlterView:
    name: Name
    query: Query
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class ColumnPosition:
    """FIRST, or AFTER a column."""

    after: Identifier | None = None


@dataclass(frozen=True, slots=True)
class ColumnChange:
    column: Column
    position: ColumnPosition | None = None


@dataclass(frozen=True, slots=True)
class AlterColumns:
    """ALTER TABLE t ADD | MODIFY column, watermark, constraint, distribution."""

    action: str
    name: Name
    columns: tuple[ColumnChange, ...] = ()
    watermark: Watermark | None = None
    constraints: tuple[Constraint, ...] = ()
    distribution: Distribution | None = None
    if_exists: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class AlterRenameColumn:
    name: Name
    column: Name
    to: Identifier
    if_exists: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class AlterDrop:
    """ALTER TABLE t DROP columns, PRIMARY KEY, CONSTRAINT c, WATERMARK, DISTRIBUTION."""

    what: str
    name: Name
    columns: tuple[Name, ...] = ()
    constraint: Identifier | None = None
    if_exists: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Partition:
    """PARTITION (k = 'v', ...)."""

    values: tuple[tuple[Identifier, Expression], ...]
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Insert:
    table: Name
    query: Query
    columns: tuple[Name, ...] = ()
    partition: Partition | None = None
    overwrite: bool = False
    hints: tuple[Hint, ...] = ()
    upsert: bool = False
    conflict: str | None = None  # ON CONFLICT DO NOTHING, ERROR, DEDUPLICATE
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class StatementSet:
    """[EXECUTE] STATEMENT SET BEGIN ... END."""

    inserts: tuple[Insert, ...]
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class BeginStatementSet:
    """BEGIN STATEMENT SET: the INSERTs up to END form one job."""

    span: Span = span_field


@dataclass(frozen=True, slots=True)
class EndStatementSet:
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Execute:
    """EXECUTE of one statement."""

    statement: Executable
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Explain:
    """`analyze`: run it and say how that went, which Flink has not."""

    statement: Executable
    details: tuple[str, ...] = ()
    plan_for: bool = False
    analyze: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class SelectStatement:
    query: Query
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class SetOption:
    """SET 'k' = 'v'; without a key: show all."""

    key: str | None = None
    value: str | None = None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class ResetOption:
    key: str | None = None
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Use:
    """kind CATALOG or DATABASE."""

    kind: str
    name: Name
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Show:
    """SHOW TABLES, VIEWS, COLUMNS FROM t, CREATE TABLE t, FUNCTIONS, DATABASES, CATALOGS, CURRENT DATABASE ...

    `like` is (negated, operator, pattern).
    """

    what: str
    name: Name | None = None
    preposition: str | None = None
    like: tuple[bool, str, str] | None = None
    user: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Describe:
    """kind TABLE, CATALOG, DATABASE, FUNCTION, JOB ..."""

    kind: str
    name: Name
    extended: bool = False
    span: Span = span_field


@dataclass(frozen=True, slots=True)
class Other:
    """A statement that Flink's parser takes and riverrun does not run: named, with its text."""

    feature: str
    text: str
    span: Span = span_field


Executable = Insert | SelectStatement | StatementSet

Statement = (
    CreateTable
    | CreateView
    | CreateFunction
    | CreateCatalog
    | CreateDatabase
    | Drop
    | AlterOptions
    | AlterRename
    | AlterView
    | AlterColumns
    | AlterRenameColumn
    | AlterDrop
    | Insert
    | StatementSet
    | BeginStatementSet
    | EndStatementSet
    | Execute
    | Explain
    | SelectStatement
    | SetOption
    | ResetOption
    | Use
    | Show
    | Describe
    | Other
)

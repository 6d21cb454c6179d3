"""CREATE TABLE and its parts; views, functions, catalogs, databases."""

from __future__ import annotations

from dataclasses import dataclass, field

from riverrun.sql.lexer import Kind
from riverrun.sql.parser import expressions, literals, queries, types
from riverrun.sql.parser.context import Context
from riverrun.sql.parser.cursor import Cursor
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import statements as s


def if_exists(cursor: Cursor) -> bool:
    return cursor.accept("IF", "EXISTS")


def if_not_exists(cursor: Cursor) -> bool:
    return cursor.accept("IF", "NOT", "EXISTS")


def option_string(cursor: Cursor) -> str:
    token = cursor.peek()
    value = literals.string_literal(cursor)
    if not isinstance(value, tree.String):
        raise cursor.error("options are strings", token.span)
    return value.value


def options(cursor: Cursor) -> s.Options:
    """`('k' = 'v', ...)`, possibly empty."""
    cursor.expect("(")
    found: list[tuple[str, str]] = []
    if not cursor.at(")"):
        found = list(cursor.separated(lambda: _option(cursor)))
    cursor.expect(")")
    return tuple(found)


def _option(cursor: Cursor) -> tuple[str, str]:
    key = option_string(cursor)
    cursor.expect("=")
    return key, option_string(cursor)


def option_keys(cursor: Cursor) -> tuple[str, ...]:
    cursor.expect("(")
    found: tuple[str, ...] = ()
    if not cursor.at(")"):
        found = cursor.separated(lambda: option_string(cursor))
    cursor.expect(")")
    return found


def comment(cursor: Cursor) -> str | None:
    return cursor.string() if cursor.accept("COMMENT") else None


# CREATE


def create(cursor: Cursor) -> s.Statement:
    start = cursor.expect("CREATE").span.start
    replace = cursor.accept("OR")
    if replace:
        cursor.expect("REPLACE")
    temporary = cursor.accept("TEMPORARY")
    match cursor.word():
        case "TABLE":
            return create_table(cursor, start, temporary, replace)
        case "VIEW":
            return _view(cursor, start, temporary, replace)
        case "FUNCTION" | "SYSTEM":
            return _function(cursor, start, temporary, replace)
        case "CATALOG" if not temporary and not replace:
            return _catalog(cursor, start)
        case "DATABASE" if not temporary and not replace:
            return _database(cursor, start)
        case "MODEL" | "CONNECTION" | "MATERIALIZED":
            return rest(cursor, start, f"CREATE {cursor.word()}")
    return cursor.fail_expected("TABLE, VIEW, FUNCTION, CATALOG or DATABASE")


def rest(cursor: Cursor, start: int, feature: str) -> s.Other:
    """A statement that is not run: everything up to its end."""
    while not cursor.at(";") and cursor.peek().kind is not Kind.END:
        cursor.take()
    span = cursor.since(start)
    return s.Other(feature, cursor.source.text[span.start : span.end], span)


def _view(cursor: Cursor, start: int, temporary: bool, replace: bool) -> s.CreateView:
    cursor.take()
    exists = if_not_exists(cursor)
    name = cursor.name()
    columns = cursor.names_in_parentheses() if cursor.at("(") else ()
    said = comment(cursor)
    given = options(cursor) if cursor.accept("WITH") else ()
    cursor.expect("AS")
    query = queries.query(cursor)
    return s.CreateView(name, query, columns, said, given, temporary, exists, replace, cursor.since(start))


_LANGUAGES = ("JAVA", "SCALA", "SQL", "PYTHON")


def _function(cursor: Cursor, start: int, temporary: bool, replace: bool) -> s.CreateFunction:
    system = cursor.accept("SYSTEM")
    if system and not temporary:
        cursor.fail("CREATE SYSTEM FUNCTION needs TEMPORARY")
    cursor.expect("FUNCTION")
    exists = if_not_exists(cursor)
    single = cursor.identifier() if system else None
    name = cursor.name() if single is None else tree.Name((single,), single.span)
    cursor.expect("AS")
    implementation = cursor.string()
    language = cursor.one_of(*_LANGUAGES) if cursor.accept("LANGUAGE") else None
    resources = cursor.separated(lambda: _resource(cursor)) if cursor.accept("USING") else ()
    given = options(cursor) if cursor.accept("WITH") else ()
    span = cursor.since(start)
    return s.CreateFunction(name, implementation, language, resources, given, temporary, system, exists, replace, span)


def alter_function(cursor: Cursor, start: int) -> s.Other:
    if cursor.accept("TEMPORARY"):
        cursor.accept("SYSTEM")
    cursor.expect("FUNCTION")
    if_exists(cursor)
    cursor.name()
    cursor.expect("AS")
    cursor.string()
    if cursor.accept("LANGUAGE"):
        cursor.one_of(*_LANGUAGES)
    span = cursor.since(start)
    return s.Other("ALTER FUNCTION", cursor.source.text[span.start : span.end], span)


def _resource(cursor: Cursor) -> tuple[str, str]:
    kind = cursor.one_of("JAR", "ARTIFACT")
    return kind, cursor.string()


def _catalog(cursor: Cursor, start: int) -> s.CreateCatalog:
    cursor.take()
    exists = if_not_exists(cursor)
    name = cursor.identifier()
    said = comment(cursor)
    given = options(cursor) if cursor.accept("WITH") else ()
    return s.CreateCatalog(name, given, said, exists, cursor.since(start))


def _database(cursor: Cursor, start: int) -> s.CreateDatabase:
    cursor.take()
    exists = if_not_exists(cursor)
    name = cursor.name()
    said = comment(cursor)
    given = options(cursor) if cursor.accept("WITH") else ()
    return s.CreateDatabase(name, given, said, exists, cursor.since(start))


# CREATE TABLE


@dataclass
class _Schema:
    """What the parentheses of a CREATE TABLE said so far."""

    columns: list[s.Column] = field(default_factory=list)
    positions: list[s.ColumnPosition | None] = field(default_factory=list)
    constraints: list[s.Constraint] = field(default_factory=list)
    watermark: s.Watermark | None = None
    distribution: s.Distribution | None = None


def create_table(cursor: Cursor, start: int, temporary: bool, replace: bool) -> s.CreateTable:
    cursor.expect("TABLE")
    exists = if_not_exists(cursor)
    name = cursor.name()
    schema = _schema(cursor) if cursor.at("(") else _Schema()
    said = comment(cursor)
    distribution = _distribution(cursor) if cursor.accept("DISTRIBUTED") else None
    partitioned: tuple[tree.Identifier, ...] = ()
    if cursor.accept("PARTITIONED"):
        cursor.expect("BY")
        partitioned = cursor.names_in_parentheses()
    given = options(cursor) if cursor.accept("WITH") else ()
    like = _like(cursor) if cursor.at("LIKE") else None
    query = queries.query(cursor) if like is None and cursor.accept("AS") else None
    if query is None and any(isinstance(column, s.ColumnName) for column in schema.columns):
        raise cursor.error("a column needs a type", schema.columns[0].span)
    return s.CreateTable(
        name, tuple(schema.columns), schema.watermark, tuple(schema.constraints), said, distribution, partitioned,
        given,        like, query, temporary, exists, replace, cursor.since(start),
    )  # fmt: skip


def _schema(cursor: Cursor) -> _Schema:
    schema = _Schema()
    cursor.expect("(")
    cursor.separated(lambda: _entry(cursor, schema))
    cursor.expect(")")
    bare = [column for column in schema.columns if isinstance(column, s.ColumnName)]
    if bare and len(bare) < len(schema.columns):
        raise cursor.error("a column needs a type", bare[0].span)
    return schema


def _entry(cursor: Cursor, schema: _Schema) -> None:
    if cursor.at("WATERMARK"):
        _watermark(cursor, schema)
    elif cursor.at_any("CONSTRAINT", "PRIMARY", "UNIQUE"):
        schema.constraints.append(_constraint(cursor))
    else:
        schema.columns.append(_column(cursor))
        schema.positions.append(None)


def _watermark(cursor: Cursor, schema: _Schema) -> None:
    first = cursor.take()
    cursor.expect("FOR")
    column = cursor.name()
    cursor.expect("AS")
    value = expressions.expression(cursor, Context.EXPRESSION)
    if schema.watermark is not None:
        raise cursor.error("a table has at most one WATERMARK", first.span)
    schema.watermark = s.Watermark(column, value, cursor.since(first.span.start))


def _constraint(cursor: Cursor) -> s.Constraint:
    start = cursor.here
    name = cursor.identifier() if cursor.accept("CONSTRAINT") else None
    kind = _unique(cursor)
    columns = cursor.names_in_parentheses()
    return s.Constraint(kind, columns, name, _enforced(cursor), cursor.since(start))


def _unique(cursor: Cursor) -> str:
    if cursor.accept("UNIQUE"):
        return "UNIQUE"
    cursor.expect("PRIMARY", "KEY")
    return "PRIMARY KEY"


def _enforced(cursor: Cursor) -> bool | None:
    if cursor.accept("NOT", "ENFORCED"):
        return False
    return True if cursor.accept("ENFORCED") else None


def _column(cursor: Cursor) -> s.Column:
    start = cursor.here
    name = cursor.identifier()
    if cursor.accept("AS"):
        value = expressions.expression(cursor, Context.EXPRESSION)
        return s.ComputedColumn(name, value, comment(cursor), cursor.since(start))
    if cursor.at_any(",", ")"):
        return s.ColumnName(name, name.span)
    kind = types.column_type(cursor)
    if cursor.accept("METADATA"):
        key = cursor.string() if cursor.accept("FROM") else None
        virtual = cursor.accept("VIRTUAL")
        return s.MetadataColumn(name, kind, key, virtual, comment(cursor), cursor.since(start))
    primary = unique = False
    enforced = None
    if cursor.at_any("CONSTRAINT", "PRIMARY", "UNIQUE"):
        if cursor.accept("CONSTRAINT"):
            cursor.identifier()
        primary = _unique(cursor) == "PRIMARY KEY"
        unique = not primary
        enforced = _enforced(cursor)
    return s.PhysicalColumn(name, kind, comment(cursor), primary, unique, enforced, cursor.since(start))


def _distribution(cursor: Cursor) -> s.Distribution:
    kind = None
    columns: tuple[tree.Identifier, ...] = ()
    if cursor.accept("BY"):
        kind = cursor.identifier().text.upper() if cursor.is_name() else cursor.accept_one_of("HASH", "RANGE")
        columns = cursor.names_in_parentheses()
        if kind not in (None, "HASH", "RANGE"):
            cursor.fail_expected("HASH or RANGE")
        buckets = _buckets(cursor) if cursor.at("INTO") else None
        return s.Distribution(kind, columns, buckets)
    return s.Distribution(None, (), _buckets(cursor))


def _buckets(cursor: Cursor) -> int:
    cursor.expect("INTO")
    count = cursor.integer()
    cursor.expect("BUCKETS")
    return count


_STRATEGIES = ("INCLUDING", "EXCLUDING", "OVERWRITING")
_FEATURES = ("ALL", "CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS", "WATERMARKS")


def _like(cursor: Cursor) -> s.LikeClause:
    start = cursor.take().span.start
    table = cursor.name()
    found: list[s.LikeOption] = []
    if cursor.accept("("):
        while not found or not cursor.at(")"):
            strategy = cursor.one_of(*_STRATEGIES)
            found.append(s.LikeOption(strategy, cursor.one_of(*_FEATURES)))
        cursor.expect(")")
    return s.LikeClause(table, tuple(found), cursor.since(start))


# The parts that ALTER TABLE shares


def changed(cursor: Cursor) -> _Schema:
    """ADD | MODIFY: one entry, or several in parentheses, each column with FIRST or AFTER."""
    schema = _Schema()
    if cursor.accept("("):
        cursor.separated(lambda: _changed_entry(cursor, schema))
        cursor.expect(")")
    else:
        _changed_entry(cursor, schema)
    return schema


def _changed_entry(cursor: Cursor, schema: _Schema) -> None:
    _entry(cursor, schema)
    if len(schema.columns) and isinstance(schema.columns[-1], s.ColumnName):
        cursor.fail_expected("a data type")
    if cursor.accept("FIRST"):
        schema.positions[-1] = s.ColumnPosition()
    elif cursor.accept("AFTER"):
        schema.positions[-1] = s.ColumnPosition(cursor.identifier())


def distribution(cursor: Cursor) -> s.Distribution:
    return _distribution(cursor)


def partitions(cursor: Cursor, start: int, feature: str) -> s.Other:
    """ALTER TABLE ... ADD | DROP PARTITION (k = 1) [WITH (...)]."""
    if not if_not_exists(cursor):
        if_exists(cursor)
    while cursor.accept("PARTITION") or cursor.accept(",", "PARTITION"):
        cursor.in_parentheses(lambda: _partition_value(cursor))
        if cursor.at("WITH"):
            cursor.take()
            options(cursor)
    span = cursor.since(start)
    return s.Other(feature, cursor.source.text[span.start : span.end], span)


def _partition_value(cursor: Cursor) -> None:
    cursor.identifier()
    cursor.expect("=")
    if literals.literal(cursor) is None:
        literals.signed_number(cursor)

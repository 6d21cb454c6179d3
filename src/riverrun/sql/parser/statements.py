"""Statements: which one begins here, and the ones that are not definitions."""

from __future__ import annotations

from collections.abc import Callable

from riverrun.sql.lexer import Kind
from riverrun.sql.parser import alter, calls, definitions, expressions, literals, queries, sources
from riverrun.sql.parser.context import Context
from riverrun.sql.parser.cursor import Cursor
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import statements as s

_STATEMENTS = "SELECT, WITH, CREATE, INSERT, EXECUTE, SET, USE, SHOW, DESCRIBE, EXPLAIN, DROP, ALTER"


def statement(cursor: Cursor) -> s.Statement:
    """One statement; what follows it is left to the caller."""
    rule = _RULES.get(cursor.word())
    if rule is not None:
        return rule(cursor)
    start = cursor.here
    if cursor.peek().kind is Kind.WORD and not cursor.at_any("SELECT", "WITH", "VALUES", "TABLE", "VALUE"):
        cursor.fail_expected(f"a statement: {_STATEMENTS}")
    return s.SelectStatement(queries.query(cursor), cursor.since(start))


# SET and its like


def _set(cursor: Cursor) -> s.SetOption:
    start = cursor.take().span.start
    if cursor.peek().kind is not Kind.STRING:
        if not _at_end(cursor):
            cursor.fail_expected("a key and a value in single quotes: SET 'key' = 'value'")
        return s.SetOption(None, None, cursor.since(start))
    key = definitions.option_string(cursor)
    cursor.expect("=")
    return s.SetOption(key, definitions.option_string(cursor), cursor.since(start))


def _reset(cursor: Cursor) -> s.ResetOption:
    start = cursor.take().span.start
    if cursor.peek().kind is not Kind.STRING and not _at_end(cursor):
        cursor.fail_expected("a key in single quotes: RESET 'key'")
    key = definitions.option_string(cursor) if cursor.peek().kind is Kind.STRING else None
    return s.ResetOption(key, cursor.since(start))


def _at_end(cursor: Cursor) -> bool:
    return cursor.at(";") or cursor.peek().kind is Kind.END


def _use(cursor: Cursor) -> s.Statement:
    start = cursor.take().span.start
    if cursor.accept("MODULES"):
        cursor.separated(cursor.identifier)
        return _named(cursor, "USE MODULES", start)
    if cursor.accept("CATALOG"):
        name = cursor.identifier()
        return s.Use("CATALOG", tree.Name((name,), name.span), cursor.since(start))
    return s.Use("DATABASE", cursor.name(), cursor.since(start))


# SHOW and DESCRIBE

_LISTED = ("CATALOGS", "DATABASES", "TABLES", "VIEWS", "FUNCTIONS", "PROCEDURES", "MODELS", "CONNECTIONS")


def _show(cursor: Cursor) -> s.Show:
    start = cursor.take().span.start
    if cursor.accept("CURRENT"):
        return s.Show(f"CURRENT {cursor.one_of('CATALOG', 'DATABASE')}", span=cursor.since(start))
    if cursor.accept("CREATE"):
        return _show_create(cursor, start)
    if cursor.accept("COLUMNS"):
        preposition = cursor.one_of("FROM", "IN")
        name = cursor.name()
        return s.Show("COLUMNS", name, preposition, _filter(cursor), span=cursor.since(start))
    if cursor.accept("PARTITIONS"):
        name = cursor.name()
        if cursor.accept("PARTITION"):
            _partition(cursor, cursor.here)
        return s.Show("PARTITIONS", name, span=cursor.since(start))
    if cursor.accept("FULL"):
        cursor.expect("MODULES")
        return s.Show("FULL MODULES", span=cursor.since(start))
    if cursor.accept("MATERIALIZED"):
        cursor.expect("TABLES")
        return _show_listed(cursor, start, "MATERIALIZED TABLES", False)
    for what in ("MODULES", "JARS", "JOBS"):
        if cursor.accept(what):
            return s.Show(what, span=cursor.since(start))
    user = cursor.accept("USER")
    return _show_listed(cursor, start, cursor.one_of("FUNCTIONS") if user else cursor.one_of(*_LISTED), user)


def _show_listed(cursor: Cursor, start: int, what: str, user: bool) -> s.Show:
    preposition = cursor.accept_one_of("FROM", "IN") if what != "CATALOGS" else None
    name = cursor.name() if preposition is not None else None
    return s.Show(what, name, preposition, _filter(cursor), user, cursor.since(start))


def _show_create(cursor: Cursor, start: int) -> s.Show:
    if cursor.accept("MATERIALIZED"):
        cursor.expect("TABLE")
        return s.Show("CREATE MATERIALIZED TABLE", cursor.name(), span=cursor.since(start))
    what = cursor.one_of("TABLE", "VIEW", "CATALOG", "MODEL", "CONNECTION")
    return s.Show(f"CREATE {what}", cursor.name(), span=cursor.since(start))


def _filter(cursor: Cursor) -> tuple[bool, str, str] | None:
    negated = cursor.accept("NOT")
    operator = cursor.accept_one_of("LIKE", "ILIKE")
    if operator is None:
        if negated:
            cursor.fail_expected("LIKE or ILIKE")
        return None
    return negated, operator, cursor.string()


def _describe(cursor: Cursor) -> s.Statement:
    start = cursor.take().span.start
    for kind in ("CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION"):
        if cursor.accept(kind):
            extended = cursor.accept("EXTENDED")
            return s.Describe(kind, cursor.name(), extended, cursor.since(start))
    if cursor.accept("JOB"):
        cursor.string()
        return _named(cursor, "DESCRIBE JOB", start)
    describe = cursor.tokens[cursor.position - 1].upper == "DESCRIBE"
    if describe and cursor.at_any("SELECT", "WITH", "VALUES", "STATEMENT", "INSERT"):
        cursor.accept("STATEMENT")
        return s.Explain(_executable(cursor), span=cursor.since(start))
    if describe and cursor.accept("TABLE"):
        name = cursor.name()
        if cursor.is_name():
            cursor.identifier()
        return s.Describe("TABLE", name, False, cursor.since(start))
    extended = cursor.accept("EXTENDED")
    return s.Describe("TABLE", cursor.name(), extended, cursor.since(start))


# DROP


def _drop(cursor: Cursor) -> s.Statement:
    start = cursor.take().span.start
    temporary = cursor.accept("TEMPORARY")
    system = cursor.accept("SYSTEM")
    kinds = ("FUNCTION",) if system else ("TABLE", "VIEW", "FUNCTION")
    if not system:
        if cursor.at_any("MODEL", "CONNECTION", "MATERIALIZED"):
            return definitions.rest(cursor, start, f"DROP {cursor.word()}")
        kinds = (*kinds, "CATALOG", "DATABASE")
    kind = cursor.one_of(*kinds)
    exists = definitions.if_exists(cursor)
    name = cursor.name()
    cascade = None
    if kind == "DATABASE":
        word = cursor.accept_one_of("RESTRICT", "CASCADE")
        cascade = None if word is None else word == "CASCADE"
    return s.Drop(kind, name, exists, temporary, system, cascade, cursor.since(start))


# INSERT and EXECUTE


def insert(cursor: Cursor) -> s.Insert:
    start = cursor.here
    upsert = cursor.one_of("INSERT", "UPSERT") == "UPSERT"
    overwrite = cursor.one_of("INTO", "OVERWRITE") == "OVERWRITE"
    table = cursor.name()
    hints = sources.hints(cursor)
    partition = _partition(cursor, cursor.take().span.start) if cursor.at("PARTITION") else None
    columns: tuple[tree.Name, ...] = ()
    if cursor.at("(") and _at_columns(cursor):
        columns = cursor.in_parentheses(cursor.name)
    query = queries.query(cursor)
    conflict = cursor.one_of("NOTHING", "ERROR", "DEDUPLICATE") if cursor.accept("ON", "CONFLICT", "DO") else None
    return s.Insert(table, query, columns, partition, overwrite, hints, upsert, conflict, cursor.since(start))


def _at_columns(cursor: Cursor) -> bool:
    return cursor.is_name(1)


def _partition(cursor: Cursor, start: int) -> s.Partition:
    values = cursor.in_parentheses(lambda: _partition_value(cursor))
    return s.Partition(values, cursor.since(start))


def _partition_value(cursor: Cursor) -> tuple[tree.Identifier, tree.Expression]:
    name = cursor.identifier()
    cursor.expect("=")
    sign = cursor.at_any("-", "+")
    value = literals.signed_number(cursor) if sign else literals.literal(cursor)
    if value is None:
        cursor.fail_expected("a literal")
    return name, value


def _statement_set(cursor: Cursor, start: int) -> s.StatementSet:
    """STATEMENT SET BEGIN insert; ... END."""
    cursor.expect("STATEMENT", "SET", "BEGIN")
    inserts: list[s.Insert] = []
    while not inserts or not cursor.at("END"):
        if not cursor.at_any("INSERT", "UPSERT"):
            cursor.fail_expected("INSERT or END")
        inserts.append(insert(cursor))
        cursor.expect(";")
    cursor.expect("END")
    return s.StatementSet(tuple(inserts), cursor.since(start))


def _execute(cursor: Cursor) -> s.Statement:
    start = cursor.take().span.start
    if cursor.at("STATEMENT", "SET"):
        return _statement_set(cursor, start)
    if cursor.accept("PLAN"):
        cursor.string()
        return _named(cursor, "EXECUTE PLAN", start)
    return s.Execute(_executable(cursor), cursor.since(start))


def _executable(cursor: Cursor) -> s.Executable:
    start = cursor.here
    if cursor.at_any("INSERT", "UPSERT"):
        return insert(cursor)
    if cursor.at("STATEMENT", "SET"):
        return _statement_set(cursor, start)
    return s.SelectStatement(queries.query(cursor), cursor.since(start))


def _begin(cursor: Cursor) -> s.BeginStatementSet:
    start = cursor.expect("BEGIN").span.start
    cursor.expect("STATEMENT", "SET")
    return s.BeginStatementSet(cursor.since(start))


def _end(cursor: Cursor) -> s.EndStatementSet:
    return s.EndStatementSet(cursor.take().span)


_DETAILS = ("ESTIMATED_COST", "CHANGELOG_MODE", "JSON_EXECUTION_PLAN", "PLAN_ADVICE")


def _explain(cursor: Cursor) -> s.Explain:
    start = cursor.take().span.start
    plan_for = cursor.accept("PLAN", "FOR")
    analyze = not plan_for and cursor.accept("ANALYZE")
    details: tuple[str, ...] = ()
    if not plan_for and not analyze and cursor.at_any(*_DETAILS):
        details = cursor.separated(lambda: cursor.one_of(*_DETAILS))
    cursor.accept("EXECUTE")
    return s.Explain(_executable(cursor), details, plan_for, analyze, cursor.since(start))


# What is only named


def _named(cursor: Cursor, feature: str, start: int) -> s.Other:
    span = cursor.since(start)
    return s.Other(feature, cursor.source.text[span.start : span.end], span)


def _call(cursor: Cursor) -> s.Other:
    start = cursor.take().span.start
    calls.routine(cursor, Context.SUBQUERY)
    return _named(cursor, "CALL", start)


def _delete(cursor: Cursor) -> s.Other:
    start = cursor.take().span.start
    cursor.expect("FROM")
    _target(cursor)
    return _named(cursor, "DELETE", start)


def _target(cursor: Cursor) -> None:
    cursor.name()
    if cursor.accept("AS") or cursor.is_name():
        cursor.identifier()
    if cursor.accept("WHERE"):
        expressions.expression(cursor, Context.SUBQUERY)


def _update(cursor: Cursor) -> s.Other:
    start = cursor.take().span.start
    cursor.name()
    if cursor.accept("AS") or cursor.is_name():
        cursor.identifier()
    cursor.expect("SET")
    cursor.separated(lambda: _assignment(cursor))
    if cursor.accept("WHERE"):
        expressions.expression(cursor, Context.SUBQUERY)
    return _named(cursor, "UPDATE", start)


def _assignment(cursor: Cursor) -> None:
    cursor.identifier()
    cursor.expect("=")
    expressions.expression(cursor, Context.SUBQUERY)


def _module(cursor: Cursor) -> s.Other:
    first = cursor.take()
    cursor.expect("MODULE")
    cursor.identifier()
    if first.upper == "LOAD" and cursor.accept("WITH"):
        definitions.options(cursor)
    return _named(cursor, f"{first.upper} MODULE", first.span.start)


def _jar(cursor: Cursor) -> s.Other:
    first = cursor.take()
    cursor.expect("JAR")
    cursor.string()
    return _named(cursor, f"{first.upper} JAR", first.span.start)


def _truncate(cursor: Cursor) -> s.Other:
    start = cursor.take().span.start
    cursor.expect("TABLE")
    cursor.name()
    return _named(cursor, "TRUNCATE TABLE", start)


def _stop(cursor: Cursor) -> s.Other:
    start = cursor.take().span.start
    cursor.expect("JOB")
    cursor.string()
    cursor.accept("WITH", "SAVEPOINT")
    cursor.accept("WITH", "DRAIN")
    return _named(cursor, "STOP JOB", start)


def _analyze(cursor: Cursor) -> s.Other:
    start = cursor.take().span.start
    cursor.expect("TABLE")
    cursor.name()
    if cursor.accept("PARTITION"):
        cursor.in_parentheses(lambda: _optional_value(cursor))
    cursor.expect("COMPUTE", "STATISTICS")
    if cursor.accept("FOR"):
        if cursor.accept("ALL"):
            cursor.expect("COLUMNS")
        else:
            cursor.expect("COLUMNS")
            cursor.separated(cursor.identifier)
    return _named(cursor, "ANALYZE TABLE", start)


def _optional_value(cursor: Cursor) -> None:
    cursor.identifier()
    if cursor.accept("="):
        literals.literal(cursor)


def _compile(cursor: Cursor) -> s.Other:
    start = cursor.take().span.start
    if cursor.accept("AND"):
        cursor.expect("EXECUTE")
    cursor.expect("PLAN")
    cursor.string()
    definitions.if_not_exists(cursor)
    cursor.expect("FOR")
    if cursor.at("STATEMENT", "SET"):
        _statement_set(cursor, start)
    else:
        insert(cursor)
    return _named(cursor, "COMPILE PLAN", start)


def _merge(cursor: Cursor) -> s.Other:
    return definitions.rest(cursor, cursor.take().span.start, "MERGE")


def _replace(cursor: Cursor) -> s.Other:
    start = cursor.take().span.start
    cursor.expect("TABLE")
    return definitions.rest(cursor, start, "REPLACE TABLE")


_RULES: dict[str, Callable[[Cursor], s.Statement]] = {
    "SET": _set, "RESET": _reset, "USE": _use, "SHOW": _show, "DESCRIBE": _describe, "DESC": _describe,
    "CREATE": definitions.create, "DROP": _drop, "ALTER": alter.alter, "INSERT": insert, "UPSERT": insert,
    "EXECUTE": _execute, "BEGIN": _begin, "END": _end, "EXPLAIN": _explain, "CALL": _call, "DELETE": _delete,
    "UPDATE": _update, "LOAD": _module, "UNLOAD": _module, "ADD": _jar, "REMOVE": _jar, "TRUNCATE": _truncate,
    "ANALYZE": _analyze, "COMPILE": _compile, "STOP": _stop, "MERGE": _merge, "REPLACE": _replace,
}  # fmt: skip

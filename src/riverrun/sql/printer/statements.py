"""Statements as SQL text, without a semicolon at the end."""

from __future__ import annotations

from collections.abc import Iterable

from riverrun.sql.printer import expressions as e
from riverrun.sql.printer.names import identifier_sql, identifiers_sql, name_sql, string_sql
from riverrun.sql.printer.queries import hints_sql, query_sql
from riverrun.sql.printer.types import type_sql
from riverrun.sql.tree import statements as s
from riverrun.sql.tree.expressions import Expression, Identifier


def statement_sql(statement: s.Statement) -> str:
    return _definition(statement) or _alteration(statement) or _other(statement)


def _definition(statement: s.Statement) -> str | None:
    match statement:
        case s.CreateTable():
            return _create_table(statement)
        case s.CreateView():
            columns = f" {identifiers_sql(statement.columns)}" if statement.columns else ""
            given = f" WITH {options_sql(statement.options)}" if statement.options else ""
            head = _create("VIEW", statement.temporary, statement.if_not_exists, statement.replace)
            said = _comment(statement.comment)
            return f"{head} {name_sql(statement.name)}{columns}{said}{given} AS {query_sql(statement.query)}"
        case s.CreateFunction():
            return _create_function(statement)
        case s.CreateCatalog():
            head = _create("CATALOG", False, statement.if_not_exists, False)
            given = f" WITH {options_sql(statement.options)}" if statement.options else ""
            return f"{head} {identifier_sql(statement.name)}{_comment(statement.comment)}{given}"
        case s.CreateDatabase():
            head = _create("DATABASE", False, statement.if_not_exists, False)
            given = f" WITH {options_sql(statement.options)}" if statement.options else ""
            return f"{head} {name_sql(statement.name)}{_comment(statement.comment)}{given}"
        case s.Drop():
            words = ["DROP"] + ["TEMPORARY"] * statement.temporary + ["SYSTEM"] * statement.system + [statement.kind]
            tail = {None: "", True: " CASCADE", False: " RESTRICT"}[statement.cascade]
            exists = " IF EXISTS" if statement.if_exists else ""
            return f"{' '.join(words)}{exists} {name_sql(statement.name)}{tail}"
        case _:
            return None


def _create(kind: str, temporary: bool, if_not_exists: bool, replace: bool) -> str:
    words = ["CREATE"] + ["OR REPLACE"] * replace + ["TEMPORARY"] * temporary
    return " ".join([*words, kind] + ["IF NOT EXISTS"] * if_not_exists)


def _comment(text: str | None) -> str:
    return f" COMMENT {string_sql(text)}" if text is not None else ""


def options_sql(options: s.Options) -> str:
    return "(" + ", ".join(f"{string_sql(key)} = {string_sql(value)}" for key, value in options) + ")"


def _create_function(statement: s.CreateFunction) -> str:
    kind = "SYSTEM FUNCTION" if statement.system else "FUNCTION"
    head = _create(kind, statement.temporary, statement.if_not_exists, statement.replace)
    text = f"{head} {name_sql(statement.name)} AS {string_sql(statement.implementation)}"
    if statement.language is not None:
        text += f" LANGUAGE {statement.language}"
    if statement.resources:
        text += " USING " + ", ".join(f"{kind} {string_sql(path)}" for kind, path in statement.resources)
    return text + (f" WITH {options_sql(statement.options)}" if statement.options else "")


def _create_table(table: s.CreateTable) -> str:
    entries = [column_sql(column) for column in table.columns]
    if table.watermark is not None:
        entries.append(_watermark(table.watermark))
    entries += [_constraint(constraint) for constraint in table.constraints]
    text = f"{_create('TABLE', table.temporary, table.if_not_exists, table.replace)} {name_sql(table.name)}"
    text += f" ({', '.join(entries)})" if entries else ""
    text += _comment(table.comment)
    if table.distribution is not None:
        text += f" DISTRIBUTED{_distribution(table.distribution)}"
    text += f" PARTITIONED BY {identifiers_sql(table.partitioned_by)}" if table.partitioned_by else ""
    text += f" WITH {options_sql(table.options)}" if table.options else ""
    if table.like is not None:
        chosen = " ".join(f"{option.strategy} {option.feature}" for option in table.like.options)
        text += f" LIKE {name_sql(table.like.table)}" + (f" ({chosen})" if chosen else "")
    return text + (f" AS {query_sql(table.query)}" if table.query is not None else "")


def column_sql(column: s.Column) -> str:
    match column:
        case s.PhysicalColumn():
            key = {(True, False): " PRIMARY KEY", (False, True): " UNIQUE"}.get((column.primary_key, column.unique), "")
            return (
                f"{identifier_sql(column.name)} {type_sql(column.type)}{key}{_enforced(column.enforced)}"
                f"{_comment(column.comment)}"
            )
        case s.MetadataColumn():
            key = f" FROM {string_sql(column.key)}" if column.key is not None else ""
            virtual = " VIRTUAL" if column.virtual else ""
            head = f"{identifier_sql(column.name)} {type_sql(column.type)} METADATA"
            return f"{head}{key}{virtual}{_comment(column.comment)}"
        case s.ComputedColumn():
            return f"{identifier_sql(column.name)} AS {e.expression_sql(column.expression)}{_comment(column.comment)}"
        case s.ColumnName():
            return identifier_sql(column.name)


def _enforced(enforced: bool | None) -> str:
    return {None: "", True: " ENFORCED", False: " NOT ENFORCED"}[enforced]


def _watermark(watermark: s.Watermark) -> str:
    return f"WATERMARK FOR {name_sql(watermark.column)} AS {e.expression_sql(watermark.expression)}"


def _constraint(constraint: s.Constraint) -> str:
    name = f"CONSTRAINT {identifier_sql(constraint.name)} " if constraint.name is not None else ""
    return f"{name}{constraint.kind} {identifiers_sql(constraint.columns)}{_enforced(constraint.enforced)}"


def _distribution(distribution: s.Distribution) -> str:
    text = ""
    if distribution.columns:
        kind = f"{distribution.kind} " if distribution.kind else ""
        text += f" BY {kind}{identifiers_sql(distribution.columns)}"
    return text + (f" INTO {distribution.buckets} BUCKETS" if distribution.buckets is not None else "")


# ALTER


def _alteration(statement: s.Statement) -> str | None:
    match statement:
        case s.AlterOptions():
            head = _alter(statement.kind, statement.if_exists, name_sql(statement.name))
            if statement.reset:
                return f"{head} RESET ({', '.join(string_sql(key) for key in statement.reset)})"
            return f"{head} SET {options_sql(statement.set)}"
        case s.AlterRename():
            head = _alter(statement.kind, statement.if_exists, name_sql(statement.name))
            return f"{head} RENAME TO {name_sql(statement.to)}"
        case s.AlterView():
            return f"ALTER VIEW {name_sql(statement.name)} AS {query_sql(statement.query)}"
        case s.AlterColumns():
            return _alter_columns(statement)
        case s.AlterRenameColumn():
            head = _alter("TABLE", statement.if_exists, name_sql(statement.name))
            return f"{head} RENAME {name_sql(statement.column)} TO {identifier_sql(statement.to)}"
        case s.AlterDrop():
            head = _alter("TABLE", statement.if_exists, name_sql(statement.name))
            if statement.what == "COLUMN":
                return f"{head} DROP ({', '.join(name_sql(column) for column in statement.columns)})"
            tail = f" {identifier_sql(statement.constraint)}" if statement.constraint is not None else ""
            return f"{head} DROP {statement.what}{tail}"
        case _:
            return None


def _alter(kind: str, if_exists: bool, name: str) -> str:
    return f"ALTER {kind}{' IF EXISTS' if if_exists else ''} {name}"


def _alter_columns(statement: s.AlterColumns) -> str:
    head = f"{_alter('TABLE', statement.if_exists, name_sql(statement.name))} {statement.action}"
    if statement.distribution is not None:
        return f"{head} DISTRIBUTION{_distribution(statement.distribution)}"
    entries = [column_sql(change.column) + _position(change.position) for change in statement.columns]
    if statement.watermark is not None:
        entries.append(_watermark(statement.watermark))
    entries += [_constraint(constraint) for constraint in statement.constraints]
    return f"{head} ({', '.join(entries)})"


def _position(position: s.ColumnPosition | None) -> str:
    if position is None:
        return ""
    return f" AFTER {identifier_sql(position.after)}" if position.after is not None else " FIRST"


# The rest


def _other(statement: s.Statement) -> str:
    match statement:
        case s.Insert():
            return _insert(statement)
        case s.StatementSet():
            return "EXECUTE " + _set_body(statement)
        case s.BeginStatementSet():
            return "BEGIN STATEMENT SET"
        case s.EndStatementSet():
            return "END"
        case s.Execute(statement=inner):
            return f"EXECUTE {_executable(inner)}"
        case s.Explain():
            named = {"PLAN FOR": statement.plan_for, "ANALYZE": statement.analyze}
            how = [*(words for words, said in named.items() if said), *filter(None, [", ".join(statement.details)])]
            return " ".join(["EXPLAIN", *how, _executable(statement.statement)])
        case s.SelectStatement(query=query):
            return query_sql(query)
        case s.SetOption(key=key, value=value):
            return "SET" if key is None else f"SET {string_sql(key)} = {string_sql(value or '')}"
        case s.ResetOption(key=key):
            return "RESET" + (f" {string_sql(key)}" if key is not None else "")
        case s.Use(kind=kind, name=name):
            return f"USE {'CATALOG ' if kind == 'CATALOG' else ''}{name_sql(name)}"
        case s.Show():
            return _show(statement)
        case s.Describe(kind=kind, name=name):
            words = [kind] * (kind != "TABLE") + ["EXTENDED"] * statement.extended
            return " ".join(["DESCRIBE", *words, name_sql(name)])
        case s.Other(text=text):
            return text
        case _:
            raise AssertionError(f"no rule prints {type(statement).__name__}")


def _executable(statement: s.Executable) -> str:
    return _set_body(statement) if isinstance(statement, s.StatementSet) else _other(statement)


def _set_body(statement: s.StatementSet) -> str:
    return f"STATEMENT SET BEGIN {' '.join(_insert(one) + ';' for one in statement.inserts)} END"


def _insert(insert: s.Insert) -> str:
    words = ["UPSERT" if insert.upsert else "INSERT", "OVERWRITE" if insert.overwrite else "INTO"]
    text = " ".join([*words, name_sql(insert.table)]) + hints_sql(insert.hints)
    if insert.partition is not None:
        text += f" PARTITION ({', '.join(_partition(*pair) for pair in insert.partition.values)})"
    text += f" ({', '.join(name_sql(column) for column in insert.columns)})" if insert.columns else ""
    conflict = f" ON CONFLICT DO {insert.conflict}" if insert.conflict is not None else ""
    return f"{text} {query_sql(insert.query)}{conflict}"


def _partition(name: Identifier, value: Expression) -> str:
    return f"{identifier_sql(name)} = {e.expression_sql(value)}"


def _show(show: s.Show) -> str:
    words = ["SHOW"] + ["USER"] * show.user + [show.what] + ([show.preposition] if show.preposition else [])
    if show.name is not None:
        words.append(name_sql(show.name))
    return " ".join([*words, *_like(show.like)])


def _like(like: tuple[bool, str, str] | None) -> Iterable[str]:
    if like is None:
        return ()
    negated, operator, pattern = like
    return (*(["NOT"] * negated), operator, string_sql(pattern))

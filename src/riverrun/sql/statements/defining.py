"""CREATE, DROP and USE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from riverrun.errors import did_you_mean
from riverrun.sql.binder import definitions
from riverrun.sql.binder.context import Context
from riverrun.sql.catalog import Function, Path, Table, View
from riverrun.sql.expr import Span
from riverrun.sql.logical import Node, Scan, walk
from riverrun.sql.tree import expressions as tree
from riverrun.sql.tree import statements as s

Rebind = Callable[[Table], Table]


def create_table(context: Context, statement: s.CreateTable, rebind: Rebind | None, query: Node | None = None) -> str:
    """Declares a table; `query` for CREATE TABLE ... AS."""
    path = path_of(context, statement.name)
    if statement.replace and query is not None:
        _remove_replaced(context, statement, path, query)
    if exists(context, path, statement.name, "table", statement.temporary, statement.if_not_exists):
        return f"The table {statement.name} exists already."
    if query is not None:
        table = definitions.table_of_query(context, statement, path, query)
    else:
        table = definitions.bind_table(context, statement, path)
    context.catalog.put(rebind(table) if rebind is not None else table)
    return f"Created the table {statement.name}."


def _remove_replaced(context: Context, statement: s.CreateTable, path: Path, query: Node) -> None:
    """CREATE OR REPLACE TABLE ... AS: what is declared goes; what it holds stays where it is."""
    if statement.temporary or statement.if_not_exists:
        what = "TEMPORARY" if statement.temporary else "IF NOT EXISTS"
        raise context.error(f"CREATE OR REPLACE TABLE ... AS takes no {what}", statement.span)
    if not context.catalog.exists(path, temporary=False):
        return
    if isinstance(context.catalog.find(path), View):
        raise context.error(f"{statement.name} is a view, and no table to be replaced", statement.name.span)
    if any(isinstance(node, Scan) and node.table.path == path for node in walk(query)):
        what = "CREATE OR REPLACE TABLE with a query that reads the replaced table"
        raise context.unsupported(what, statement.span, "give the new table another name")
    context.catalog.drop(path, temporary=False)


def define(context: Context, statement: s.Statement) -> str:
    match statement:
        case s.CreateView():
            return _create_view(context, statement)
        case s.CreateFunction():
            return _create_function(context, statement)
        case s.CreateCatalog():
            return _create_catalog(context, statement)
        case s.CreateDatabase():
            return _create_database(context, statement)
        case s.Drop():
            return _drop(context, statement)
        case s.Use():
            return _use(context, statement)
        case _:
            raise AssertionError(f"{type(statement).__name__} defines nothing")


# Names


def path_of(context: Context, name: tree.Name) -> Path:
    """The full path of a new table or view, in a database that exists."""
    if len(name.parts) > 3:
        raise context.error("a name has at most three parts: catalog.database.table", name.span)
    path = context.catalog.path(name.texts)
    check_database(context, path[:2], name.span)
    return path


def check_database(context: Context, path: tuple[str, str], span: Span) -> None:
    catalog = context.catalog
    if path[0] not in catalog.catalogs:
        raise context.error(f"there is no catalog {path[0]}", span, did_you_mean(path[0], catalog.catalogs))
    if path not in catalog.databases:
        known = [database for owner, database in catalog.databases if owner == path[0]]
        raise context.error(f"there is no database {path[1]}", span, did_you_mean(path[1], known))


def exists(context: Context, path: Path, name: tree.Name, kind: str, temporary: bool, allowed: bool) -> bool:
    """Is the name taken? An error unless IF NOT EXISTS allows it."""
    if not context.catalog.exists(path, temporary=temporary):
        return False
    if not allowed:
        todo = "choose another name, add IF NOT EXISTS, or DROP it first (OR REPLACE replaces TABLE ... AS query only)"
        raise context.error(f"there is a table or view {name} already; this {kind} needs a new name", name.span, todo)
    return True


# CREATE


def _create_view(context: Context, statement: s.CreateView) -> str:
    path = path_of(context, statement.name)
    if exists(context, path, statement.name, "view", statement.temporary, statement.if_not_exists):
        return f"The view {statement.name} exists already."
    context.catalog.put(definitions.bind_view(context, statement, path))
    return f"Created the view {statement.name}."


def _create_function(context: Context, statement: s.CreateFunction) -> str:
    language = (statement.language or "JAVA").upper()
    if language != "PYTHON":
        todo = "riverrun runs LANGUAGE PYTHON"
        raise context.unsupported(f"a function in {language}", statement.span, todo)
    texts = tuple(part.lower() for part in statement.name.texts)
    path = texts if statement.system else context.catalog.path(texts)
    functions = context.catalog.functions
    if path in functions:
        if statement.if_not_exists:
            return f"The function {statement.name} exists already."
        raise context.error(f"there is a function {statement.name} already", statement.name.span)
    name = statement.name.last.text
    functions[path] = Function(name, statement.implementation, language, path, statement.temporary, statement.system)
    return f"Created the function {statement.name}."


def _create_catalog(context: Context, statement: s.CreateCatalog) -> str:
    catalog, name = context.catalog, statement.name.text
    if name in catalog.catalogs:
        if statement.if_not_exists:
            return f"The catalog {name} exists already."
        raise context.error(f"there is a catalog {name} already", statement.name.span)
    options = dict(statement.options)
    if options.get("type") != "generic_in_memory":
        todo = "'type' = 'generic_in_memory'"
        raise context.unsupported(f"a catalog of type {options.get('type')}", statement.span, todo)
    catalog.catalogs.append(name)
    catalog.databases[name, options.get("default-database", "default")] = None
    return f"Created the catalog {name}."


def _create_database(context: Context, statement: s.CreateDatabase) -> str:
    catalog = context.catalog
    path = _database_path(context, statement.name)
    if path[0] not in catalog.catalogs:
        todo = did_you_mean(path[0], catalog.catalogs)
        raise context.error(f"there is no catalog {path[0]}", statement.name.span, todo)
    if path in catalog.databases:
        if statement.if_not_exists:
            return f"The database {statement.name} exists already."
        raise context.error(f"there is a database {statement.name} already", statement.name.span)
    catalog.databases[path] = statement.comment
    return f"Created the database {statement.name}."


def _database_path(context: Context, name: tree.Name) -> tuple[str, str]:
    texts = name.texts
    return (context.catalog.catalog, texts[0]) if len(texts) == 1 else (texts[0], texts[1])


# DROP


def _drop(context: Context, statement: s.Drop) -> str:
    match statement.kind:
        case "FUNCTION":
            return _drop_function(context, statement)
        case "CATALOG":
            return _drop_catalog(context, statement)
        case "DATABASE":
            return _drop_database(context, statement)
        case _:
            return _drop_object(context, statement)


def _gone(context: Context, statement: s.Drop, todo: str | None = None) -> str:
    what = f"there is no {statement.kind.lower()} {statement.name}"
    if statement.if_exists:
        return f"{what[0].upper()}{what[1:]}."
    raise context.error(what, statement.name.span, todo or "add IF EXISTS if that is all right")


def _drop_object(context: Context, statement: s.Drop) -> str:
    catalog = context.catalog
    path = catalog.path(statement.name.texts)
    wanted = Table if statement.kind == "TABLE" else View
    if not statement.temporary and catalog.exists(path, temporary=True):
        what = f"there is a temporary object {statement.name}, which hides this one"
        raise context.error(what, statement.name.span, f"drop it first: DROP TEMPORARY {statement.kind}")
    found = catalog.find(statement.name.texts) if catalog.exists(path, temporary=statement.temporary) else None
    if not isinstance(found, wanted):
        return _gone(context, statement, did_you_mean(str(statement.name), catalog.names()))
    catalog.drop(path, temporary=statement.temporary)
    return f"Dropped the {statement.kind.lower()} {statement.name}."


def _drop_function(context: Context, statement: s.Drop) -> str:
    texts = tuple(part.lower() for part in statement.name.texts)
    path = texts if statement.system else context.catalog.path(texts)
    if context.catalog.functions.pop(path, None) is None:
        return _gone(context, statement)
    return f"Dropped the function {statement.name}."


def _drop_catalog(context: Context, statement: s.Drop) -> str:
    catalog, name = context.catalog, statement.name.last.text
    if name not in catalog.catalogs:
        return _gone(context, statement)
    if name == catalog.catalog:
        raise context.error("the current catalog cannot be dropped", statement.name.span, "USE CATALOG another")
    catalog.catalogs.remove(name)
    for path in [path for path in catalog.databases if path[0] == name]:
        _forget(context, path)
    return f"Dropped the catalog {name}."


def _drop_database(context: Context, statement: s.Drop) -> str:
    catalog = context.catalog
    path = _database_path(context, statement.name)
    if path not in catalog.databases:
        return _gone(context, statement)
    if path == (catalog.catalog, catalog.database):
        raise context.error("the current database cannot be dropped", statement.name.span, "USE another")
    if list(catalog.objects(*path)) and not statement.cascade:
        raise context.error(f"the database {statement.name} is not empty", statement.name.span, "add CASCADE")
    _forget(context, path)
    return f"Dropped the database {statement.name}."


def _forget(context: Context, path: tuple[str, str]) -> None:
    for item in list(context.catalog.objects(*path)):
        context.catalog.drop(item.path, temporary=item.temporary)
    del context.catalog.databases[path]


# USE


def _use(context: Context, statement: s.Use) -> str:
    catalog = context.catalog
    if statement.kind == "CATALOG":
        name = statement.name.last.text
        if name not in catalog.catalogs:
            raise context.error(f"there is no catalog {name}", statement.span, did_you_mean(name, catalog.catalogs))
        catalog.catalog = name
        catalog.database = next(database for owner, database in catalog.databases if owner == name)
        return f"The current catalog is {name}."
    path = _database_path(context, statement.name)
    check_database(context, path, statement.name.span)
    catalog.catalog, catalog.database = path
    return f"The current database is {path[1]}."


def renamed(item: Table | View, path: Path) -> Table | View:
    return replace(item, name=path[-1], path=path)

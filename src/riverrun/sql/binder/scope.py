"""Which names an expression can see, and what they mean: columns of the tables in FROM, then those of outer queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from riverrun.errors import did_you_mean
from riverrun.schema.types import Field, Root
from riverrun.sql.expr import Column, Expr, Span
from riverrun.sql.source import Source
from riverrun.sql.tree.expressions import Identifier
from riverrun.values import dataclass

# Column numbers at and above this belong to the query around: OUTER * level + number.
OUTER = 1_000_000


def is_outer(expr: Expr) -> bool:
    return isinstance(expr, Column) and expr.index >= OUTER


@dataclass(frozen=True, slots=True)
class ScopeTable:
    """One item of FROM: its name (alias, or the last part of its path), its fields, the number of its first column."""

    name: str | None
    fields: tuple[Field, ...]
    offset: int
    path: tuple[str, ...] = ()

    def columns(self, name: str) -> list[int]:
        return [self.offset + i for i, item in enumerate(self.fields) if item.name == name]

    def is_called(self, names: tuple[str, ...]) -> bool:
        if len(names) == 1:
            return self.name == names[0]
        return len(self.path) >= len(names) and self.path[-len(names) :] == names


@dataclass(frozen=True, slots=True)
class Scope:
    """`common`: columns merged by USING, by name. `order`: what `*` gives when columns are merged."""

    tables: tuple[ScopeTable, ...] = ()
    common: Mapping[str, Expr] = field(default_factory=dict)
    order: tuple[tuple[str, Expr], ...] | None = None
    outer: Scope | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(item for table in self.tables for item in table.fields)

    def field_at(self, index: int) -> Field:
        for table in self.tables:
            if table.offset <= index < table.offset + len(table.fields):
                return table.fields[index - table.offset]
        raise AssertionError(f"no column {index} in this scope")

    def column(self, index: int, span: Span) -> Column:
        return Column(index, self.field_at(index).type, span)

    def star(self) -> list[tuple[str, Expr]]:
        """Names and columns of `*`."""
        if self.order is not None:
            return list(self.order)
        return [(f.name, Column(t.offset + i, f.type)) for t in self.tables for i, f in enumerate(t.fields)]

    def named(self, names: tuple[str, ...]) -> ScopeTable | None:
        return next((table for table in self.tables if table.is_called(names)), None)


@dataclass(frozen=True, slots=True)
class Found:
    """A column, and the names after it (fields of a row)."""

    column: Expr
    rest: tuple[Identifier, ...]


def resolve(scope: Scope, parts: tuple[Identifier, ...], source: Source) -> Found:
    """What a name means; tables are tried before columns, inner queries before outer ones."""
    level = 0
    inner: Scope | None = scope
    while inner is not None:
        found = _resolve_here(inner, parts, source)
        if found is not None:
            return _lift(found, level)
        inner = inner.outer
        level += 1
    raise _not_found(scope, parts, source)


def _lift(found: Found, level: int) -> Found:
    if level == 0 or not isinstance(found.column, Column):
        return found
    lifted = Column(found.column.index + OUTER * level, found.column.type, found.column.span)
    return Found(lifted, found.rest)


def _paths(fields: tuple[Field, ...], name: str) -> list[tuple[str, ...]]:
    """Where a name is that no column has: Flink looks into the ROWs, level by level."""
    found: list[tuple[str, ...]] = []
    for item in fields:
        if item.type.root is Root.ROW:
            inner = item.type.fields
            below = [(name,)] if any(one.name == name for one in inner) else _paths(inner, name)
            found += [(item.name, *path) for path in below]
    return found


def _inside(
    scope: Scope, tables: tuple[ScopeTable, ...], parts: tuple[Identifier, ...], source: Source
) -> Found | None:
    """The field of a ROW column that the first part of a name means."""
    first = parts[0]
    found = [(table, path) for table in tables for path in _paths(table.fields, first.text)]
    if len(found) > 1:
        shown = [".".join(path) for _, path in found]
        raise source.error(f"the name {first.text} is ambiguous", first.span, f"say which: {' or '.join(shown)}")
    if not found:
        return None
    table, path = found[0]
    column = scope.column(table.columns(path[0])[0], first.span)
    return Found(column, (*(Identifier(name, span=first.span) for name in path[1:]), *parts[1:]))


def _resolve_here(scope: Scope, parts: tuple[Identifier, ...], source: Source) -> Found | None:
    names = tuple(part.text for part in parts)
    for length in range(len(parts) - 1, 0, -1):
        table = scope.named(names[:length])
        if table is not None:
            return _column_of(scope, table, parts, length, source)
    if names[0] in scope.common:
        return Found(scope.common[names[0]], parts[1:])
    matches = [index for table in scope.tables for index in table.columns(names[0])]
    if len(matches) > 1:
        tables = [table.name for table in scope.tables if table.columns(names[0]) and table.name]
        todo = f"say which: {' or '.join(f'{name}.{names[0]}' for name in dict.fromkeys(tables))}" if tables else None
        raise source.error(f"the column {names[0]} is ambiguous", parts[0].span, todo)
    if not matches:
        return _inside(scope, scope.tables, parts, source)
    _check_alone(scope, parts[0], source)
    column = scope.column(matches[0], parts[0].span)
    if len(parts) > 1 and column.type.root is not Root.ROW:
        return None
    return Found(column, parts[1:])


def _check_alone(scope: Scope, name: Identifier, source: Source) -> None:
    """A column of one table and a field inside a ROW of another one have the same right to a name."""
    others = [table for table in scope.tables if not table.columns(name.text) and _paths(table.fields, name.text)]
    if others:
        own = next(table.name for table in scope.tables if table.columns(name.text))
        todo = f"say which table: {own}.{name.text}" if own else None
        raise source.error(f"the column {name.text} is ambiguous", name.span, todo)


def _column_of(scope: Scope, table: ScopeTable, parts: tuple[Identifier, ...], length: int, source: Source) -> Found:
    wanted = parts[length]
    matches = table.columns(wanted.text)
    inside = _inside(scope, (table,), parts[length:], source) if not matches else None
    if inside is not None:
        return inside
    if not matches:
        todo = did_you_mean(wanted.text, [item.name for item in table.fields])
        raise source.error(f"the table {table.name} has no column {wanted.text}", wanted.span, todo)
    if len(matches) > 1:
        raise source.error(f"the column {wanted.text} is ambiguous", wanted.span)
    type_ = table.fields[matches[0] - table.offset].type
    span = Span(parts[0].span.start, wanted.span.end)
    return Found(Column(matches[0], type_, span), parts[length + 1 :])


def _not_found(scope: Scope, parts: tuple[Identifier, ...], source: Source) -> Exception:
    span = Span(parts[0].span.start, parts[-1].span.end)
    name = parts[0].text
    known = [item.name for item in scope.fields]
    if len(parts) > 1:
        tables = [table.name for table in scope.tables if table.name]
        return source.error(
            f"there is no table or column {name} here", parts[0].span, did_you_mean(name, [*tables, *known])
        )
    return source.error(f"there is no column {name}", span, did_you_mean(name, known) if known else None)

"""What an aggregate function is: its result type, its DuckDB form over an append-only set of rows, documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

from riverrun.schema.types import Type
from riverrun.sql.expr import AggregateCall, Expr
from riverrun.sql.functions.check import describe
from riverrun.sql.functions.entry import InvalidCall, Value
from riverrun.sql.session import Session
from riverrun.values import dataclass


@dataclass(frozen=True, slots=True)
class AggregateRequest:
    name: str
    args: tuple[Expr, ...]
    session: Session
    distinct: bool
    ignore_nulls: bool
    filter: Expr | None
    kind: str
    grouped: bool
    options: tuple[Any, ...] = ()  # what is said beside the arguments (JSON_OBJECTAGG)

    @property
    def types(self) -> tuple[Type, ...]:
        return tuple(arg.type for arg in self.args)

    def call(self, type_: Type, args: Sequence[Expr] | None = None, options: tuple[Any, ...] = ()) -> AggregateCall:
        return AggregateCall(
            self.name,
            self.args if args is None else tuple(args),
            type_,
            self.distinct,
            self.ignore_nulls,
            self.filter,
            options,
        )

    def nullable(self, type_: Type) -> Type:
        """Over groups (which are never empty) the result of NOT NULL arguments is NOT NULL."""
        sure = self.grouped and self.filter is None and not any(arg.type.nullable for arg in self.args)
        return type_.with_nullable(not sure)

    def nullable_as_arguments(self, type_: Type) -> Type:
        """For some functions Flink looks at the arguments only, whether there are rows or not (quirk 0.3)."""
        return type_.with_nullable(any(arg.type.nullable for arg in self.args))


ResolveAggregate = Callable[[AggregateRequest], AggregateCall]
# From the call, the rendered arguments, the FILTER text ("" or " FILTER (WHERE ...)") and the ORDER BY text.
RenderAggregate = Callable[[AggregateCall, list[str], "Clauses"], str]


@dataclass(frozen=True, slots=True)
class Clauses:
    """The parts around the arguments: DISTINCT, the arrival order, FILTER."""

    distinct: str
    order: str
    condition: str | None

    def filter(self, *more: str) -> str:
        parts = [*([f"({self.condition})"] if self.condition else []), *more]
        return f" FILTER (WHERE {' AND '.join(parts)})" if parts else ""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregate function. `over_only`: only with OVER."""

    name: str
    usage: tuple[str, ...]
    doc: str
    resolve: ResolveAggregate
    render: RenderAggregate | None
    examples: Mapping[str, Value] = field(default_factory=dict)
    nulls: str = "ignores NULL; NULL when there is no other value"
    over_only: bool = False


def refuse(request: AggregateRequest, usage: str = "") -> InvalidCall:
    text = f"{request.name} cannot be applied to ({describe(request.types)})"
    return InvalidCall(f"{text}; use {usage}" if usage else text)


def one(request: AggregateRequest, usage: str) -> Type:
    if len(request.args) != 1:
        raise refuse(request, usage)
    return request.types[0]

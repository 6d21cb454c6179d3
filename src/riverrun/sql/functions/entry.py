"""What an entry of the function catalogue is: the types of a call, its rendering for DuckDB, and its documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, Protocol

from riverrun.schema.types import Type
from riverrun.sql.expr import Call, Expr
from riverrun.sql.session import Session
from riverrun.values import dataclass


class InvalidCall(Exception):
    """A call that Flink refuses; the binder adds the place. `unsupported`: Flink runs it, riverrun does not."""

    def __init__(self, message: str, *, unsupported: bool = False) -> None:
        super().__init__(message)
        self.unsupported = unsupported


@dataclass(frozen=True, slots=True)
class Request:
    """A call as the binder asks for it: the function's name, bound arguments, options."""

    name: str
    args: tuple[Expr, ...]
    options: tuple[Any, ...]
    session: Session

    @property
    def types(self) -> tuple[Type, ...]:
        return tuple(arg.type for arg in self.args)

    def call(self, type_: Type, args: Sequence[Expr] | None = None, options: tuple[Any, ...] | None = None) -> Call:
        return Call(
            self.name,
            self.args if args is None else tuple(args),
            type_,
            self.options if options is None else options,
        )


class Renderer(Protocol):
    """Renders the expressions inside a call; what else a rendering may need to know."""

    @property
    def session(self) -> Session: ...

    def __call__(self, expr: Expr) -> str: ...

    def can_fail(self, expr: Expr) -> bool: ...

    def share(self, sql: str) -> str:
        """SQL for the value of `sql`, which cannot fail; it may be computed once for several calls."""
        ...


def never(call: Call) -> bool:
    return False


def always(call: Call) -> bool:
    return True


Resolve = Callable[[Request], Expr]
Render = Callable[[Call, list[str], Renderer], str]
# What an example's value may be: the JSON encoding of a value (docs/sql/types.md).
Value = Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One function or operator.

    name            upper-case Flink name, or the operator's symbol
    usage           how it is written, one text per form: `PARSE_URL(url, part[, key])`
    doc             one sentence
    resolve         checks a call as Flink's validator does, inserts implicit casts, finds the result type
    render          the call in DuckDB SQL, from the call, the rendered arguments, and the renderer
    examples        expression -> value; the unit tests run them on DuckDB, the differential tests on Flink
    nulls           what NULL arguments do, when it is not "NULL if an argument is NULL"
    options         the layout of Call.options, when it has any
    fails           whether a call can fail while running (then AND and OR must not evaluate it in vain)
    deterministic   the same arguments give the same result, in one query
    null_object     a NOT NULL result that is NULL after all stays NULL (`belief.default` is not written)
    """

    name: str
    usage: tuple[str, ...]
    doc: str
    resolve: Resolve
    render: Render
    examples: Mapping[str, Value] = field(default_factory=dict)
    nulls: str = ""
    options: str = ""
    fails: Callable[[Call], bool] = never
    deterministic: bool = True
    null_object: bool = False

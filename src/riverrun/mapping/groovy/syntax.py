"""The syntax tree of the Groovy that mapping scripts use. Every node has its place (line, column)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any
    at: Place


@dataclass(frozen=True, slots=True)
class Interpolated:
    """Texts and expressions in turn."""

    parts: tuple[Any, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    at: Place


@dataclass(frozen=True, slots=True)
class Member:
    """`target.name`; `safe`: ?. ; `spread`: *."""

    target: Expr
    name: Expr
    at: Place
    safe: bool = False
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    target: Expr
    index: Expr
    at: Place


@dataclass(frozen=True, slots=True)
class Call:
    target: Expr
    args: tuple[Expr, ...]
    at: Place
    named: tuple[tuple[Expr, Expr], ...] = ()


@dataclass(frozen=True, slots=True)
class Unary:
    op: str
    operand: Expr
    at: Place
    postfix: bool = False


@dataclass(frozen=True, slots=True)
class Binary:
    op: str
    left: Expr
    right: Expr
    at: Place


@dataclass(frozen=True, slots=True)
class Ternary:
    """`test ? then : otherwise`; `then` is None for the elvis `?:`."""

    test: Expr
    then: Expr | None
    otherwise: Expr
    at: Place


@dataclass(frozen=True, slots=True)
class Assign:
    op: str
    target: Expr
    value: Expr
    at: Place


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Expr, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class MapOf:
    items: tuple[tuple[Expr, Expr], ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Parameter:
    """`rest`: an array (`String... names`), which takes all that is left when it is the last one."""

    name: str
    default: Expr | None
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Spread:
    """`*value` in a list or among arguments, `*: value` in a map."""

    value: Expr
    at: Place


@dataclass(frozen=True, slots=True)
class ClosureOf:
    """`parameters` None: an implicit `it`."""

    parameters: tuple[Parameter, ...] | None
    body: tuple[Stmt, ...]
    at: Place


Expr = (
    Literal
    | Interpolated
    | Name
    | Member
    | Index
    | Call
    | Unary
    | Binary
    | Ternary
    | Assign
    | ListOf
    | MapOf
    | Spread
    | ClosureOf
)


@dataclass(frozen=True, slots=True)
class Declare:
    """`def a = 1` or `def (a, b) = [1, 2]`."""

    names: tuple[str, ...]
    value: Expr | None
    at: Place
    several: bool = False


@dataclass(frozen=True, slots=True)
class Several:
    """`def a = 1, b = 2`."""

    declared: tuple[Declare, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Stmt, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class If:
    test: Expr
    then: tuple[Stmt, ...]
    otherwise: tuple[Stmt, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class While:
    """`first`: do ... while."""

    test: Expr
    body: tuple[Stmt, ...]
    at: Place
    update: tuple[Expr, ...] = ()
    first: bool = False


@dataclass(frozen=True, slots=True)
class For:
    name: str
    items: Expr
    body: tuple[Stmt, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Block:
    body: tuple[Stmt, ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Switch:
    """`cases`: (values, statements); a default has no values. Falls through without break."""

    subject: Expr
    cases: tuple[tuple[tuple[Expr, ...] | None, tuple[Stmt, ...]], ...]
    at: Place


@dataclass(frozen=True, slots=True)
class Return:
    value: Expr | None
    at: Place


@dataclass(frozen=True, slots=True)
class Leave:
    """break or continue."""

    word: str
    at: Place


@dataclass(frozen=True, slots=True)
class Assert:
    test: Expr
    message: Expr | None
    at: Place


@dataclass(frozen=True, slots=True)
class Do:
    """An expression as a statement."""

    value: Expr
    at: Place


Stmt = Declare | Several | Function | If | While | For | Block | Switch | Return | Leave | Assert | Do

"""Checks of a call's arguments and the type of its result, written as small texts: `"str, int?"`, returns STRING."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from riverrun.schema.types import (
    BIGINT,
    BOOLEAN,
    BYTES_TYPE,
    DOUBLE,
    INT,
    STRING,
    Root,
    Type,
    time,
    timestamp,
)
from riverrun.sql.expr import Call, Expr, Literal
from riverrun.sql.functions.common import (
    any_nullable,
    can_widen,
    is_bytes,
    is_exact,
    is_integer,
    is_interval,
    is_null,
    is_numeric,
    is_string,
    is_timestamp,
)
from riverrun.sql.functions.entry import InvalidCall, Request, Resolve

# A kind of argument: the type that an argument of some type is used as, or None when Flink refuses it.
Kind = Callable[[Type], Type | None]
Returns = Type | Callable[[Sequence[Type]], Type]


def _only(test: Callable[[Type], bool], untyped: Type) -> Kind:
    def kind(type_: Type) -> Type | None:
        if is_null(type_):
            return untyped
        return type_ if test(type_) else None

    return kind


def _widened(target: Type) -> Kind:
    """Used as `target`, with an implicit cast."""

    def kind(type_: Type) -> Type | None:
        if is_null(type_):
            return target
        if type_.root is target.root:
            return type_
        return target.with_nullable(type_.nullable) if can_widen(type_, target) else None

    return kind


def _root(*roots: Root, untyped: Type | None = None) -> Kind:
    return _only(lambda type_: type_.root in roots, untyped or Type(roots[0]))


KINDS: dict[str, Kind] = {
    "any": lambda type_: type_,
    "str": _only(is_string, STRING),
    "bytes": _only(is_bytes, BYTES_TYPE),
    "str|bytes": _only(lambda type_: is_string(type_) or is_bytes(type_), STRING),
    "str|int": _only(lambda type_: is_string(type_) or is_integer(type_), STRING),
    "num": _only(is_numeric, INT),
    "exact": _only(is_exact, INT),
    "integer": _only(is_integer, INT),
    "int": _widened(INT),
    "bigint": _widened(BIGINT),
    "double": _widened(DOUBLE),
    "bool": _root(Root.BOOLEAN),
    "date": _root(Root.DATE),
    "time": _root(Root.TIME, untyped=time()),
    "timestamp": _only(is_timestamp, timestamp(3)),
    "ltz": _root(Root.TIMESTAMP_LTZ, untyped=Type(Root.TIMESTAMP_LTZ, precision=3)),
    "datetime": _only(lambda t: is_timestamp(t) or t.root in (Root.DATE, Root.TIME), timestamp(3)),
    "day": _only(lambda t: is_timestamp(t) or t.root is Root.DATE, timestamp(3)),
    "str|timestamp": _only(lambda t: is_timestamp(t) or is_string(t), STRING),
    "interval": _only(is_interval, Type(Root.INTERVAL_DAY_TIME)),
    "array": _only(lambda t: t.root is Root.ARRAY, Type(Root.NULL)),
    "map": _only(lambda t: t.root is Root.MAP, Type(Root.NULL)),
    "row": _only(lambda t: t.root is Root.ROW, Type(Root.NULL)),
}


def describe(types: Sequence[Type]) -> str:
    return ", ".join(type_.summary(nullability=False) for type_ in types)


def refuse(request: Request, usage: str = "") -> InvalidCall:
    """The error for arguments of the wrong number or types."""
    text = f"{request.name} cannot be applied to ({describe(request.types)})"
    return InvalidCall(f"{text}; use {usage}" if usage else text)


def call_of(cast: Expr, target: Type) -> Expr:
    """`cast` as a value of `target`; a NULL without type becomes one with it, and equal types stay."""
    if is_null(cast.type):
        return Literal(None, target.null(), span=cast.span)
    if cast.type.same_as(target):
        return cast
    return Call("CAST", (cast,), target.with_nullable(cast.type.nullable), span=cast.span)


def as_type(expr: Expr, target: Type) -> Expr:
    """`expr` implicitly cast to `target`, keeping its own nullability."""
    return call_of(expr, target)


def fits(args: Sequence[Expr], pattern: str) -> list[Expr] | None:
    """The arguments as the kinds in `pattern` want them ("str, int?", "str, any*"), or None.

    `?` marks the first optional argument (all after it are optional too), `*` a last one that may repeat (0..n).
    """
    kinds = [part.strip() for part in pattern.split(",")] if pattern else []
    least = next((i for i, kind in enumerate(kinds) if kind[-1] in "?*"), len(kinds))
    repeated = bool(kinds) and kinds[-1].endswith("*")
    if len(args) < least or (len(args) > len(kinds) and not repeated):
        return None
    out = []
    for i, arg in enumerate(args):
        wanted = KINDS[kinds[min(i, len(kinds) - 1)].rstrip("?*")](arg.type)
        if wanted is None:
            return None
        out.append(as_type(arg, wanted))
    return out


def returning(returns: Returns, types: Sequence[Type], nulls: str) -> Type:
    type_ = returns if isinstance(returns, Type) else returns(types)
    if nulls == "args":
        return type_.with_nullable(any_nullable(types))
    if nulls == "own":
        return type_
    return type_.with_nullable(nulls == "always")


def takes(*patterns: str, returns: Returns, nulls: str = "args", usage: str = "") -> Resolve:
    """A resolve function: the arguments fit one of `patterns`, the result is `returns`.

    nulls   "args": nullable when an argument is; "always"; "never"; "own": as `returns`
    """

    def resolve(request: Request) -> Expr:
        for pattern in patterns:
            args = fits(request.args, pattern)
            if args is not None:
                return request.call(returning(returns, [arg.type for arg in args], nulls), args)
        raise refuse(request, usage)

    return resolve


def first(types: Sequence[Type]) -> Type:
    """The result has the type of the first argument."""
    return types[0].plain()


def literal_value(expr: Expr) -> object:
    """The value of a constant argument; None if it is not constant (or NULL)."""
    return expr.value if isinstance(expr, Literal) else None


BOOL = BOOLEAN

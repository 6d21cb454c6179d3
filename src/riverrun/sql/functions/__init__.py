"""Functions and operators of Flink SQL: one entry each, with types, rendering for DuckDB, documentation, examples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from riverrun.schema.arrow import arrow_type
from riverrun.sql.expr import AggregateCall, Call, Expr, Literal, walk
from riverrun.sql.functions.aggregate import Aggregate, AggregateRequest
from riverrun.sql.functions.aggregates import AGGREGATES as COMMON
from riverrun.sql.functions.aggregates import clauses_of
from riverrun.sql.functions.belief import default
from riverrun.sql.functions.casting import assign, cast, castable
from riverrun.sql.functions.catalogue import ENTRIES, FAMILIES, FUNCTIONS, resolve
from riverrun.sql.functions.common import common_type
from riverrun.sql.functions.encoding import encode, encode_column
from riverrun.sql.functions.entry import Entry, InvalidCall
from riverrun.sql.functions.evaluation import NotHere, compiled
from riverrun.sql.functions.numbering import OVER_ONLY
from riverrun.sql.functions.physical import duckdb_type, literal
from riverrun.sql.functions.python import create
from riverrun.sql.functions.render import ERROR_PREFIX, SqlRenderer
from riverrun.sql.session import Session

__all__ = [
    "AGGREGATES",
    "ENTRIES",
    "ERROR_PREFIX",
    "FAMILIES",
    "Aggregate",
    "Entry",
    "InvalidCall",
    "arrow_type",
    "assign",
    "called",
    "can_fail",
    "cast",
    "castable",
    "common_type",
    "duckdb_type",
    "encode",
    "encode_column",
    "evaluator",
    "is_aggregate",
    "is_deterministic",
    "is_over_only",
    "is_scalar",
    "names",
    "register",
    "render",
    "render_aggregate",
    "repeated_calls",
    "resolve",
    "resolve_aggregate",
]

AGGREGATES: tuple[Aggregate, ...] = (*COMMON, *OVER_ONLY)
_PYTHON = {function.name: function for function in FUNCTIONS}
_PYTHON_NAME = re.compile(r"\brr_\w+")
_AGGREGATES = {aggregate.name: aggregate for aggregate in AGGREGATES}


_INNER = ("FIELD", "NEGATE", "CALL PYTHON")  # entries that are written otherwise than as calls


def is_scalar(name: str) -> bool:
    return name.upper() in ENTRIES and name.upper() not in _INNER


def is_aggregate(name: str) -> bool:
    return name.upper() in _AGGREGATES


def is_over_only(name: str) -> bool:
    """ROW_NUMBER, LAG ...: an aggregate that exists with OVER only."""
    found = _AGGREGATES.get(name.upper())
    return found is not None and found.over_only


def names() -> list[str]:
    """The names that a person may have meant: of functions, not of operators."""
    words = (name for name in (*ENTRIES, *_AGGREGATES) if name.replace("_", "").isalnum())
    return sorted(words)


def resolve_aggregate(
    name: str,
    args: Sequence[Expr],
    session: Session,
    *,
    distinct: bool = False,
    ignore_nulls: bool = False,
    filter: Expr | None = None,  # the SQL word
    kind: str = "group",
    grouped: bool,
    options: tuple[Any, ...] = (),
) -> AggregateCall:
    """An aggregate call with its result type; `kind` is "group", "window", "over" or "pattern"."""
    found = _AGGREGATES.get(name.upper())
    if found is None:
        raise InvalidCall(f"there is no aggregate function {name}")
    request = AggregateRequest(
        found.name, tuple(args), session, distinct, ignore_nulls, filter, kind, grouped, tuple(options)
    )
    return found.resolve(request)


def is_deterministic(expr: Expr) -> bool:
    return all(not isinstance(node, Call) or _is_deterministic(node) for node in walk(expr))


def _is_deterministic(call: Call) -> bool:
    return ENTRIES[call.function].deterministic and (call.function != "CALL PYTHON" or bool(call.options[-1]))


def render(
    expr: Expr,
    columns: Sequence[str],
    session: Session,
    shared: dict[str, str] | None = None,
    repeated: frozenset[Expr] = frozenset(),
) -> str:
    """DuckDB SQL of an expression over columns with the given (already quoted) names.

    shared      where there is a SELECT below: gets SQL -> name of what has to be a column there
    repeated    calls (`repeated_calls`) that are to be such columns when they are long
    A computed NOT NULL value that is NULL after all becomes what Flink writes then (`belief`).
    """
    text = SqlRenderer(ENTRIES, columns, session, shared, repeated)(expr)
    fallback = _written(expr)
    return text if fallback is None else f"COALESCE({text}, {literal(fallback)})"


def can_fail(expr: Expr) -> bool:
    """Whether evaluating `expr` may fail while running."""
    return SqlRenderer(ENTRIES, (), Session()).can_fail(expr)


def repeated_calls(expressions: Sequence[Expr]) -> frozenset[Expr]:
    """Calls that stand in several places and always give the same: they cannot fail, and it is no matter how often
    they are computed."""
    renderer = SqlRenderer(ENTRIES, (), Session())
    counts = Counter(node for each in expressions for node in walk(each) if isinstance(node, Call))
    several = (call for call, count in counts.items() if count > 1)
    return frozenset(call for call in several if is_deterministic(call) and not renderer.can_fail(call))


def _written(expr: Expr) -> Literal | None:
    """What is written for a computed NOT NULL value that is NULL after all; None when that is NULL."""
    while isinstance(expr, Call) and expr.function == "CAST" and expr.type.same_as(expr.args[0].type):
        expr = expr.args[0]
    if not isinstance(expr, Call):
        return None
    if expr.function == "ITEM":
        element = expr.args[0].type.element
        return default(element) if element is not None and not element.nullable else None
    return None if expr.type.nullable or ENTRIES[expr.function].null_object else default(expr.type)


def render_aggregate(call: AggregateCall, columns: Sequence[str], session: Session, *, order: str | None) -> str:
    """The DuckDB aggregate over an append-only set of rows; `order` is the column of the arrival order."""
    aggregate = _AGGREGATES[call.function]
    if aggregate.render is None:
        raise InvalidCall(f"{call.function} is not an aggregate over a set of rows")
    renderer = SqlRenderer(ENTRIES, columns, session)
    return aggregate.render(call, [renderer(arg) for arg in call.args], clauses_of(call, renderer, order))


@lru_cache(4096)
def called(sql: str) -> frozenset[str]:
    """The Python functions that rendered SQL calls."""
    return frozenset(_PYTHON_NAME.findall(sql)) & _PYTHON.keys()


def register(connection: Any, names: Iterable[str] = _PYTHON.keys()) -> None:
    """Lets a connection's database know these Python functions (of `called`)."""
    for name in names:
        create(connection, _PYTHON[name])


def evaluator(expr: Expr, session: Session) -> Callable[[Sequence[Any]], Any] | None:
    """`expr` as a Python function of one row's values (as Arrow's to_pylist gives them); None when only DuckDB can."""
    try:
        found = compiled(expr)
    except NotHere:
        return None
    written = _written(expr)
    if written is None:
        return found
    otherwise = written.value
    return lambda row: otherwise if (value := found(row)) is None else value

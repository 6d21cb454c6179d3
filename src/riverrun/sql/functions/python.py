"""Python functions that DuckDB calls with Arrow vectors, for what DuckDB's own functions do not do exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any

import pyarrow as pa

from riverrun.sql.expr import Span
from riverrun.sql.functions.render import error_text
from riverrun.values import dataclass

Vector = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """`name` in DuckDB; `parameters` and `returns` are DuckDB types (parameters None: any number of any type)."""

    name: str
    parameters: tuple[str, ...] | None
    returns: str
    function: Vector
    deterministic: bool = True


class Failure(ValueError):
    """Raised by a Python function to fail the job; the message says the place (`render.error_text`)."""

    def __init__(self, code: str, place: str, text: str) -> None:
        start, _, end = place.partition(":")
        super().__init__(error_text(code, Span(int(start), int(end)), text))


def _values(column: Any, number: int) -> Iterable[Any]:
    """The values of a column; of a constant one, as options and paths are, always the same object."""
    if number and not pa.types.is_nested(column.type):
        different = column.unique()
        if len(different) == 1:
            return repeat(different[0].as_py())
    values: list[Any] = column.to_pylist()
    return values


def rowwise(function: Callable[..., Any], type_: pa.DataType, *, strict: bool = True) -> Vector:
    """`function` over rows of Python values. `strict`: NULL if an argument is NULL."""

    def vector(*columns: Any) -> Any:
        rows = zip(*map(_values, columns, range(len(columns))), strict=False)
        if strict:
            return pa.array([None if None in row else function(*row) for row in rows], type_)
        return pa.array([function(*row) for row in rows], type_)

    return vector


_ARROW: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DOUBLE": pa.float64(),
    "FLOAT": pa.float32(),
    "BLOB": pa.binary(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "VARCHAR[]": pa.list_(pa.string()),
    "DOUBLE[]": pa.list_(pa.float64()),
    "MAP(VARCHAR, VARCHAR)": pa.map_(pa.string(), pa.string()),
}


def python_function(
    name: str,
    parameters: Sequence[str] | None,
    returns: str,
    function: Callable[..., Any],
    *,
    strict: bool = True,
    deterministic: bool = True,
) -> PythonFunction:
    """A Python function of one row's values as a DuckDB function."""
    vector = rowwise(function, _ARROW[returns], strict=strict)
    return PythonFunction(name, None if parameters is None else tuple(parameters), returns, vector, deterministic)


# DuckDB looks at the number of parameters of what it is given.
_OF_ARITY: dict[int, Callable[[Vector], Vector]] = {
    1: lambda f: lambda a: f(a),
    2: lambda f: lambda a, b: f(a, b),
    3: lambda f: lambda a, b, c: f(a, b, c),
    4: lambda f: lambda a, b, c, d: f(a, b, c, d),
    5: lambda f: lambda a, b, c, d, e: f(a, b, c, d, e),
    6: lambda f: lambda a, b, c, d, e, g: f(a, b, c, d, e, g),
}


def create(connection: Any, function: PythonFunction) -> None:
    """Let a connection's database know it."""
    parameters = function.parameters
    connection.create_function(
        function.name,
        function.function if parameters is None else _OF_ARITY[len(parameters)](function.function),
        None if parameters is None else list(parameters),
        function.returns,
        type="arrow",
        null_handling="special",
        side_effects=not function.deterministic,
    )

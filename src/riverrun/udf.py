"""Python functions for SQL: `CREATE FUNCTION brand AS 'my_module.brand' LANGUAGE PYTHON`.

A function with annotations needs nothing more:

    def brand(url: str | None) -> str | None: ...

`udf` says more: SQL types, and whether the function takes whole columns (pyarrow arrays) at once.

    @udf("STRING", "INT", result_type="DOUBLE", vectorized=True)
    def score(urls, counts): ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

MARK = "__riverrun_udf__"
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Declaration:
    """What `udf` said: SQL types as text; no input types: any number of any types."""

    input_types: tuple[str, ...]
    result_type: str
    vectorized: bool = False
    deterministic: bool = True


def udf(*input_types: str, result_type: str, vectorized: bool = False, deterministic: bool = True) -> Callable[[F], F]:
    """Declares the SQL types of a function. With `vectorized` it gets and gives pyarrow arrays."""
    declaration = Declaration(input_types, result_type, vectorized, deterministic)

    def declare(function: F) -> F:
        setattr(function, MARK, declaration)
        return function

    return declare

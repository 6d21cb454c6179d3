"""CREATE FUNCTION ... LANGUAGE PYTHON: finding the function, its types, and calling it with columns of values."""

from __future__ import annotations

import datetime
import importlib
import inspect
import sys
import types
import typing
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from riverrun.schema import types as t
from riverrun.schema.arrow import arrow_type
from riverrun.schema.types import Root, Type
from riverrun.sql.expr import Call, Expr
from riverrun.sql.functions.check import as_type, describe
from riverrun.sql.functions.common import can_widen, is_null
from riverrun.sql.functions.entry import Entry, InvalidCall, Renderer, Request, always
from riverrun.sql.functions.physical import duckdb_type, quote
from riverrun.sql.functions.python import Failure, PythonFunction
from riverrun.sql.functions.render import place
from riverrun.udf import MARK, Declaration
from riverrun.values import dataclass

FILES = "python.files"

_ANNOTATIONS: dict[Any, Type] = {
    str: t.STRING, int: t.BIGINT, float: t.DOUBLE, bool: t.BOOLEAN, bytes: t.BYTES_TYPE, Decimal: t.decimal(38, 18),
    datetime.date: t.DATE, datetime.time: t.time(0), datetime.datetime: t.timestamp(3),
}  # fmt: skip
_NAMES = {
    "STRING": t.STRING, "BOOLEAN": t.BOOLEAN, "TINYINT": t.TINYINT, "SMALLINT": t.SMALLINT, "INT": t.INT,
    "INTEGER": t.INT, "BIGINT": t.BIGINT, "FLOAT": t.FLOAT, "DOUBLE": t.DOUBLE, "BYTES": t.BYTES_TYPE, "DATE": t.DATE,
    "TIME": t.time(0), "TIMESTAMP": t.timestamp(6), "TIMESTAMP(3)": t.timestamp(3), "TIMESTAMP(6)": t.timestamp(6),
    "TIMESTAMP_LTZ(3)": t.timestamp_ltz(3), "TIMESTAMP_LTZ(6)": t.timestamp_ltz(6), "DECIMAL": t.decimal(38, 18),
}  # fmt: skip
# What DuckDB gets from Python, by the root of the result; an array of one of the first five is a list.
_CARRIERS = {
    Root.VARCHAR: "VARCHAR", Root.BIGINT: "BIGINT", Root.DOUBLE: "DOUBLE", Root.BOOLEAN: "BOOLEAN", Root.DATE: "DATE",
    Root.TINYINT: "BIGINT", Root.SMALLINT: "BIGINT", Root.INTEGER: "BIGINT", Root.FLOAT: "DOUBLE", Root.TIME: "TIME",
    Root.VARBINARY: "BLOB", Root.DECIMAL: "VARCHAR", Root.TIMESTAMP: "TIMESTAMP", Root.TIMESTAMP_LTZ: "TIMESTAMP",
}  # fmt: skip
_LISTS = ("VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "DATE")


@dataclass(frozen=True, slots=True)
class UserFunction:
    """`inputs` None: any arguments, as they are."""

    function: Callable[..., Any]
    inputs: tuple[Type, ...] | None
    result: Type
    vectorized: bool
    deterministic: bool


@lru_cache(maxsize=256)
def load(implementation: str, files: str = "") -> UserFunction:
    """`module.function` from the path or from `python.files` (folders, .py files); InvalidCall when it is not there."""
    module_name, _, name = implementation.rpartition(".")
    if not module_name:
        raise InvalidCall(f"'{implementation}' is no 'module.function'")
    for file in (*filter(None, files.split(",")), "."):
        folder = str(Path(file).parent if file.endswith(".py") else Path(file))
        if folder not in sys.path:
            sys.path.append(folder)
    try:
        found = getattr(importlib.import_module(module_name), name, None)
    except Exception as problem:  # whatever the module does
        raise InvalidCall(f"the module {module_name} cannot be imported: {problem}") from problem
    if not callable(found):
        raise InvalidCall(f"the module {module_name} has no function {name}")
    return _declared(implementation, found)


def _declared(implementation: str, found: Callable[..., Any]) -> UserFunction:
    declaration: Declaration | None = getattr(found, MARK, None)
    if declaration is not None:
        inputs = tuple(_named(text) for text in declaration.input_types) or None
        result = _named(declaration.result_type)
        return UserFunction(found, inputs, result, declaration.vectorized, declaration.deterministic)
    try:
        hints = typing.get_type_hints(found)
        names = inspect.signature(found).parameters
    except (NameError, TypeError, ValueError) as problem:
        raise InvalidCall(f"the types of {implementation} cannot be read: {problem}") from problem
    missing = [name for name in (*names, "return") if name not in hints]
    if missing:
        raise InvalidCall(f"{implementation} has no type for {missing[0]}; annotate it, or use riverrun.udf")
    return UserFunction(
        found, tuple(_annotated(hints[name]) for name in names), _annotated(hints["return"]), False, True
    )


def _annotated(hint: Any) -> Type:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        plain = [each for each in inner if each is not type(None)]
        if len(plain) == 1:
            return _annotated(plain[0])
    if origin is list:
        return t.array(_annotated(inner[0]))
    if hint in _ANNOTATIONS:
        return _ANNOTATIONS[hint]
    raise InvalidCall(f"{hint} has no SQL type; use riverrun.udf")


def _named(text: str) -> Type:
    name = " ".join(text.upper().split())
    if name.startswith("ARRAY<") and name.endswith(">"):
        return t.array(_named(name[6:-1]))
    if name.startswith("DECIMAL(") and name.endswith(")"):
        precision, _, scale = name[8:-1].partition(",")
        return t.decimal(int(precision), int(scale or 0))
    if name not in _NAMES:
        raise InvalidCall(f"a Python function cannot have the type {text}", unsupported=True)
    return _NAMES[name]


# -- calls


def _carrier(result: Type) -> str | None:
    if result.root is Root.ARRAY and result.element is not None:
        of = _CARRIERS.get(result.element.root)
        exact = result.element.root in (Root.VARCHAR, Root.BIGINT, Root.DOUBLE, Root.BOOLEAN, Root.DATE)
        return f"{of}[]" if exact and of in _LISTS else None
    return _CARRIERS.get(result.root)


def _resolve(request: Request) -> Expr:
    (user,) = request.options
    files = request.session.options.get(FILES, "")
    try:
        function = load(user.implementation, files)
    except InvalidCall as problem:
        raise InvalidCall(f"{user.name}: {problem}", unsupported=problem.unsupported) from problem
    if _carrier(function.result) is None:
        raise InvalidCall(f"{user.name}: a Python function cannot return {function.result}", unsupported=True)
    args = request.args if function.inputs is None else _arguments(user.name, function.inputs, request.args)
    return request.call(function.result.null(), args, (user.implementation, files, function.deterministic))


def _arguments(name: str, inputs: tuple[Type, ...], args: Sequence[Expr]) -> list[Expr]:
    if len(inputs) != len(args) or not all(
        is_null(arg.type) or arg.type.root is type_.root or can_widen(arg.type, type_)
        for arg, type_ in zip(args, inputs, strict=True)
    ):
        types_ = [arg.type for arg in args]
        raise InvalidCall(f"{name} cannot be applied to ({describe(types_)}); it takes ({describe(inputs)})")
    return [as_type(arg, type_) for arg, type_ in zip(args, inputs, strict=True)]


def _render(call: Call, args: list[str], renderer: Renderer) -> str:
    implementation, files, _ = call.options
    carrier = _carrier(call.type)
    assert carrier is not None
    head = f"{quote(implementation)}, {quote(files)}, {place(call.span)}"
    text = f"{_name(carrier)}({', '.join([head, *args])})"
    return text if carrier == duckdb_type(call.type) else f"CAST({text} AS {duckdb_type(call.type)})"


def _name(carrier: str) -> str:
    return "rr_user_" + carrier.lower().replace("[]", "_list")


def _vector(carrier: str) -> Callable[..., Any]:
    def vector(*given: Any) -> Any:
        implementations, files, places, *columns = given
        implementation = implementations[0].as_py()
        function = load(implementation, files[0].as_py())
        try:
            return _called(function, columns, len(implementations), carrier)
        except Failure:
            raise
        except Exception as problem:  # whatever the user's function does
            text = f"{implementation}: {type(problem).__name__}: {problem}"
            raise Failure("python", places[0].as_py(), text) from problem

    return vector


def _called(function: UserFunction, columns: Sequence[Any], count: int, carrier: str) -> Any:
    wanted = arrow_type(function.result)
    if function.vectorized:
        arrays = [column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column for column in columns]
        found = function.function(*arrays)
        found = found if isinstance(found, pa.Array | pa.ChunkedArray) else pa.array(found, wanted)
        if len(found) != count:
            raise ValueError(f"{count} values are expected, {len(found)} came back")
        found = found.cast(wanted)
    else:
        rows = zip(*(column.to_pylist() for column in columns), strict=True) if columns else [()] * count
        found = pa.array([function.function(*row) for row in rows], wanted)
    return found.cast(pa.string()) if function.result.root is Root.DECIMAL else found.cast(_ARROW[carrier])


_ARROW = {
    "VARCHAR": pa.string(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
    "TIME": pa.time64("us"), "BLOB": pa.binary(), "TIMESTAMP": pa.timestamp("us"),
}  # fmt: skip
_ARROW |= {f"{carrier}[]": pa.list_(_ARROW[carrier]) for carrier in _LISTS}

FUNCTIONS = tuple(
    PythonFunction(_name(carrier), None, carrier, _vector(carrier), deterministic=False) for carrier in _ARROW
)

ENTRIES = (
    Entry(
        "CALL PYTHON",
        ("name(value, ...)",),
        "A function of yours: CREATE FUNCTION name AS 'module.function' LANGUAGE PYTHON.",
        _resolve,
        _render,
        nulls="the function gets None",
        options="(the function as CREATE FUNCTION declared it,)",
        fails=always,
        null_object=True,
    ),
)

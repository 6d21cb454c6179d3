"""What the JSON functions do with one document: Flink's rules for paths, modes, and what is missing or wrong."""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from riverrun.formats.json_rows import quoted
from riverrun.java.json_path import BadPath, NotFound, Path, parse_path, read
from riverrun.java.numbers import double_text
from riverrun.sql.functions.python import Failure, python_function

_MODE = re.compile(r"\s*(strict|lax)\s+(.+)", re.IGNORECASE | re.DOTALL)


class Missing(Exception):
    """The path is empty in the document (`wrong` False), or the document or the path is wrong."""

    def __init__(self, message: str, *, wrong: bool) -> None:
        super().__init__(message)
        self.wrong = wrong


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    return number if number else abs(number)  # Java's decimals have no negative zero


_DECODER = json.JSONDecoder(parse_float=_decimal, parse_constant=_constant)
_AFTER_SCALAR = re.compile(r"[\s,\]}]|$")


def document(text: str) -> Any:
    """The first JSON value of a text, as Jackson reads it; ValueError when there is none."""
    try:
        stripped = text.lstrip(" \t\r\n")
        value, end = _DECODER.raw_decode(stripped)
    except RecursionError as problem:
        raise ValueError("too deep") from problem
    if isinstance(value, int | Decimal) and not _AFTER_SCALAR.match(stripped, end):
        raise ValueError("a number goes on with something else")
    return value


@functools.lru_cache(maxsize=512)
def mode_and_path(text: str) -> tuple[bool, Path]:
    """(is it lax, the path); a path without mode is strict.

    >>> mode_and_path("lax $.a")[0], mode_and_path("$.a")[0]
    (True, False)
    """
    found = _MODE.fullmatch(text)
    lax = found is not None and found.group(1).lower() == "lax"
    return lax, parse_path(found.group(2) if found else text)


def find(text: str, path_text: str, place: str) -> tuple[bool, Any]:
    """(is the path lax, what is there); Missing when there is nothing or something is wrong."""
    try:
        lax, path = mode_and_path(path_text)
    except BadPath as problem:
        if problem.unsupported:
            raise Failure("unsupported", place, f"JSON paths with {problem} are not supported") from None
        raise Missing(str(problem), wrong=True) from None
    try:
        value = document(text)
    except ValueError as problem:
        raise Missing(f"not JSON: {problem}", wrong=not lax) from None
    if value is None:
        raise Missing("the document is null", wrong=True)
    try:
        found = read(path, value)
    except NotFound as problem:
        if lax and not path.definite:
            return lax, []
        raise Missing(str(problem), wrong=not lax) from None
    if found is None:
        raise Missing("the value is null", wrong=not lax)
    return lax, found


def is_scalar(value: Any) -> bool:
    return not isinstance(value, dict | list)


def text_of(value: Any) -> str:
    """A scalar as Java's `String.valueOf`; half of a surrogate pair has no UTF-8 form, Java writes `?`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def compact(value: Any) -> str:
    """JSON without blanks, the keys of objects in order."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{quoted(name)}:{compact(item)}" for name, item in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(compact(item) for item in value) + "]"
    if isinstance(value, str):
        return quoted(text_of(value))
    return "null" if value is None else text_of(value)


# -- JSON_EXISTS, JSON_VALUE, JSON_QUERY


def _exists(text: str, path: str, on_error: str, place: str) -> bool | None:
    try:
        find(text, path, place)
    except Missing as missing:
        if not missing.wrong:
            return False
        if on_error == "ERROR":
            raise Failure("json", place, f"JSON_EXISTS: {missing}") from None
        return {"TRUE": True, "FALSE": False}.get(on_error)
    return True


_JAVA_KINDS: dict[str, Callable[[Any], bool]] = {
    "BOOLEAN": lambda value: isinstance(value, bool),
    "INTEGER": lambda value: type(value) is int and -(2**31) <= value < 2**31,
    "DOUBLE": lambda value: isinstance(value, Decimal),
    "STRING": lambda value: True,
}


def _value(
    text: str | None, path: str | None, empty: str | None, error: str | None, behaviour: str, place: str
) -> str | None:
    """`behaviour`: the type and what to do when empty and in error, as "STRING|NULL|DEFAULT"."""
    if text is None or path is None:
        return None
    kind, on_empty, on_error = behaviour.split("|")
    try:
        lax, value = find(text, path, place)
        if not is_scalar(value):
            raise Missing("a scalar is needed, not an object or array", wrong=not lax)
    except Missing as missing:
        chosen, default = (on_error, error) if missing.wrong else (on_empty, empty)
        return default if _instead("JSON_VALUE", chosen, missing, place) == "DEFAULT" else None
    if not _JAVA_KINDS[kind](value):
        raise Failure("json", place, f"JSON_VALUE: {text_of(value)[:60]} is no {kind}; use RETURNING STRING and a CAST")
    return text_of(value)


def _instead(function: str, behaviour: str, missing: Missing, place: str) -> str:
    if behaviour == "ERROR":
        raise Failure("json", place, f"{function}: {missing}") from None
    return behaviour


_EMPTY: dict[str, Any] = {"EMPTY ARRAY": [], "EMPTY OBJECT": {}}


def _found(text: str, path: str, behaviour: str, place: str) -> Any:
    wrapper, on_empty, on_error = behaviour.split("|")
    try:
        lax, value = find(text, path, place)
        if wrapper == "WITH UNCONDITIONAL" or (wrapper == "WITH CONDITIONAL" and not isinstance(value, list)):
            value = [value]
        if is_scalar(value):
            raise Missing("an object or array is needed", wrong=not lax)
    except Missing as missing:
        return _EMPTY.get(_instead("JSON_QUERY", on_error if missing.wrong else on_empty, missing, place))
    return value


def _query(text: str, path: str, behaviour: str, place: str) -> str | None:
    value = _found(text, path, behaviour, place)
    return None if value is None else compact(value)


def _query_array(text: str, path: str, behaviour: str, place: str) -> list[str | None] | None:
    """RETURNING ARRAY<STRING>: the elements' texts; NULL for an object."""
    value = _found(text, path, behaviour, place)
    if not isinstance(value, list):
        return None
    return [None if item is None else text_of(item) if is_scalar(item) else compact(item) for item in value]


def _is_json(text: str | None, kind: str) -> bool:
    if text is None:
        return False
    try:
        value = document(text)
    except ValueError:
        return False
    if kind == "OBJECT":
        return isinstance(value, dict)
    if kind == "ARRAY":
        return isinstance(value, list)
    return kind == "VALUE" or is_scalar(value)


# -- texts

_ESCAPES = str.maketrans(
    {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\", "/": "\\/"}
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)


def _units(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def quote_text(text: str) -> str:
    r"""JSON_QUOTE: a JSON string of ASCII characters.

    >>> quote_text("a/é")
    '"a\\/\\u00e9"'
    """
    return '"' + _NOT_ASCII.sub(_units, text.translate(_ESCAPES)) + '"'


def unquote_text(text: str) -> str:
    """JSON_UNQUOTE: what stands between the quotes of a JSON string; anything else as it is."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    try:
        document(text)
        # Quotes inside may lack their backslash: only the first string has to be JSON.
        parts = _ESCAPE.sub(lambda found: json.loads(f'"{found.group()}"'), text[1:-1])
        return parts.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    except ValueError:
        return text


def _raw(text: str, place: str) -> str:
    """JSON(): a text that is JSON already, made compact."""
    try:
        return compact(document(text))
    except ValueError as problem:
        raise Failure("json", place, f"JSON: not JSON: {problem}") from None


def _decimal_text(text: str) -> str:
    """As `BigDecimal.toString`: 1E-8."""
    return str(Decimal(text))


def _double_text(value: float) -> str:
    """A double as the decimal that its text is: 1.0E+10."""
    text = double_text(value)
    return _decimal_text(text) if math.isfinite(value) else f'"{text}"'


def _object(names: list[str], values: list[str | None], on_null: str) -> str:
    members = {name: value for name, value in zip(names, values, strict=True) if value is not None or on_null == "NULL"}
    shown = sorted(members.items(), key=lambda item: item[0].encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(f"{quoted(name)}:{'null' if value is None else value}" for name, value in shown) + "}"


def _agg_object(names: list[str | None] | None, values: list[str | None], on_null: str, place: str) -> str | None:
    if names is None:
        return None
    seen = set()
    for name in names:
        if name is None or name in seen:
            why = "a key is NULL" if name is None else f"the key {name!r} comes twice"
            raise Failure("json", place, f"JSON_OBJECTAGG: {why}")
        seen.add(name)
    return _object([name or "" for name in names], values, on_null)


FUNCTIONS = (
    python_function("rr_json_exists", ("VARCHAR",) * 4, "BOOLEAN", _exists),
    python_function("rr_json_value", ("VARCHAR",) * 6, "VARCHAR", _value, strict=False),
    python_function("rr_json_query", ("VARCHAR",) * 4, "VARCHAR", _query),
    python_function("rr_json_query_array", ("VARCHAR",) * 4, "VARCHAR[]", _query_array),
    python_function("rr_is_json", ("VARCHAR",) * 2, "BOOLEAN", _is_json, strict=False),
    python_function("rr_json_quote", ("VARCHAR",), "VARCHAR", quote_text),
    python_function("rr_json_unquote", ("VARCHAR",), "VARCHAR", unquote_text),
    python_function("rr_json_text", ("VARCHAR",), "VARCHAR", quoted),
    python_function("rr_json_raw", ("VARCHAR", "VARCHAR"), "VARCHAR", _raw),
    python_function("rr_json_decimal", ("VARCHAR",), "VARCHAR", _decimal_text),
    python_function("rr_json_double", ("DOUBLE",), "VARCHAR", _double_text),
    python_function("rr_json_object", ("VARCHAR[]", "VARCHAR[]", "VARCHAR"), "VARCHAR", _object),
    python_function(
        "rr_json_objectagg", ("VARCHAR[]", "VARCHAR[]", "VARCHAR", "VARCHAR"), "VARCHAR", _agg_object, strict=False
    ),
)

"""The methods that Groovy and Java give to texts, lists, maps, numbers and closures, as far as mapping scripts use
them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from riverrun.errors import InputError, UnsupportedError, did_you_mean
from riverrun.mapping.groovy.common import ANY, Method, as_list, item_at
from riverrun.mapping.groovy.containers import LISTS, MAPS, unique
from riverrun.mapping.groovy.lexer import BigInteger, Float, Long
from riverrun.mapping.groovy.texts import TEXTS, integer, java_format, long, real
from riverrun.mapping.groovy.values import NUMBERS, Entry, Matcher, arithmetic, compare, text, truth, type_name
from riverrun.mapping.values import numbers


def call(target: Any, name: str, args: tuple[Any, ...]) -> Any:
    """`target.name(args)`. Raises InputError when there is no such method, or for wrong arguments."""
    table = _table(target)
    method = table.get(name)
    if method is None:
        raise InputError(f"{type_name(target)} has no method {name}() here", todo=did_you_mean(name, table))
    shown = repr(target) if isinstance(target, str) and len(target) <= 40 else type_name(target)
    return _called(f"{shown}.{name}", functools.partial(method, target), args)


def call_static(name: str, args: tuple[Any, ...]) -> Any:
    """`Integer.parseInt(args)`: one of STATICS. Raises InputError for wrong arguments."""
    return _called(name, STATICS[name], args)


def _called(name: str, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    try:
        return function(*args)
    except (TypeError, AttributeError, IndexError, KeyError, ValueError, ArithmeticError, StopIteration) as error:
        shown = ", ".join(type_name(one) for one in args)
        raise InputError(f"{name}({shown}) cannot be worked out") from error


def _table(target: Any) -> dict[str, Method]:
    kinds: tuple[tuple[Any, dict[str, Method]], ...] = (
        (str, TEXTS), (list, LISTS), (dict, MAPS), (bool, ANY), (NUMBERS, NUMBERS_TABLE), (Entry, ENTRIES),
        (Matcher, MATCHERS),
    )  # fmt: skip
    return next((table for kind, table in kinds if isinstance(target, kind)), CLOSURES if callable(target) else ANY)


def converted(value: Any, type_: str) -> Any:
    """`value as type_`, and the cast. Raises UnsupportedError for types that scripts have no use for."""
    kind = type_.rpartition(".")[2]
    make = _CONVERSIONS.get(kind)
    if make is None:
        raise UnsupportedError(
            f"a conversion to {type_} is not supported in a mapping", todo="write the mapping in Python"
        )
    try:
        return None if value is None else make(value)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise InputError(f"{type_name(value)} {text(value)} cannot become {type_}") from error


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "String": text, "int": int, "Integer": int, "long": Long, "Long": Long, "double": float, "Double": float,
    "float": lambda value: Float(numbers.as_float32(float(value))),
    "Float": lambda value: Float(numbers.as_float32(float(value))),
    "boolean": truth, "Boolean": truth, "BigDecimal": lambda value: Decimal(str(value)), "BigInteger": BigInteger,
    "List": as_list, "ArrayList": as_list, "Collection": as_list, "Iterable": as_list, "String[]": as_list,
    "Set": lambda value: unique(as_list(value)), "Map": dict, "LinkedHashMap": dict, "Object": lambda value: value,
}  # fmt: skip


# the few static methods that scripts use while they are read
STATICS: dict[str, Callable[..., Any]] = {
    "String.format": java_format,
    "String.valueOf": text,
    "String.join": lambda separator, *parts: separator.join(parts[0] if isinstance(parts[0], list) else parts),
    "Integer.parseInt": integer,
    "Integer.valueOf": integer,
    "Long.parseLong": long,
    "Long.valueOf": long,
    "Double.parseDouble": real,
    "Boolean.parseBoolean": lambda value: value.lower() == "true",
    "Boolean.valueOf": lambda value: value if isinstance(value, bool) else value.lower() == "true",
    "Math.max": lambda a, b: _same_kind(max, a, b),
    "Math.min": lambda a, b: _same_kind(min, a, b),
    "Math.abs": abs,
}


def _same_kind(choose: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    if type(a) is not type(b):
        raise TypeError("numbers of two types")
    return choose(a, b)


NUMBERS_TABLE: dict[str, Method] = {
    **ANY,
    "times": lambda v, closure: [closure(one) for one in range(v)] and None,
    "upto": lambda v, end, closure: [closure(one) for one in range(v, end + 1)] and None,
    "downto": lambda v, end, closure: [closure(one) for one in range(v, end - 1, -1)] and None,
    "step": lambda v, end, by, closure: [closure(one) for one in range(v, end, by)] and None,
    "intdiv": lambda v, other: -(-v // other) if (v < 0) != (other < 0) else v // other,
    "compareTo": lambda v, other: compare("<=>", v, other),
    "toInteger": lambda v: integer(str(int(v))),
    "intValue": lambda v: integer(str(int(v))),
    "toLong": lambda v: long(str(int(v))),
    "longValue": lambda v: long(str(int(v))),
    "toDouble": float,
    "doubleValue": float,
    "toFloat": lambda v: Float(numbers.as_float32(float(v))),
    "toBigDecimal": lambda v: Decimal(str(v)),
    "abs": abs,
    "plus": lambda v, other: arithmetic("+", v, other),
    "minus": lambda v, other: arithmetic("-", v, other),
    "multiply": lambda v, other: arithmetic("*", v, other),
    "div": lambda v, other: arithmetic("/", v, other),
}


MATCHERS: dict[str, Method] = {
    **ANY,
    "find": Matcher.find,
    "matches": Matcher.matches,
    "group": Matcher.group,
    "size": lambda v: len(v.items()),
    "getCount": lambda v: len(v.items()),
    "getAt": lambda v, at: item_at(v.items(), at),
    "collect": lambda v, closure: [closure(one) for one in v.items()],
    "each": lambda v, closure: ([closure(one) for one in v.items()], v)[1],
    "findAll": lambda v: v.items(),
}


ENTRIES: dict[str, Method] = {**ANY, "getKey": lambda v: v.key, "getValue": lambda v: v.value}


CLOSURES: dict[str, Method] = {
    **ANY,
    "curry": lambda v, *first: functools.partial(v, *first),
    "rcurry": lambda v, *last: lambda *first: v(*first, *last),
    "ncurry": lambda v, at, *given: lambda *rest: v(*rest[:at], *given, *rest[at:]),
    "memoize": lambda v: v,
}

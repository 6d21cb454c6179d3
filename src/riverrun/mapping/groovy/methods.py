"""The methods that Groovy and Java give to texts, lists, maps, numbers and closures, as far as mapping scripts use
them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from riverrun.errors import InputError, UnsupportedError, did_you_mean
from riverrun.java.regex import compile_pattern
from riverrun.mapping.groovy.lexer import BigInteger, Float, Long
from riverrun.mapping.groovy.values import NUMBERS, Entry, compare, text, truth, type_name
from riverrun.mapping.values import numbers

Method = Callable[..., Any]


def call(target: Any, name: str, args: tuple[Any, ...]) -> Any:
    """`target.name(args)`. Raises InputError when there is no such method, or for wrong arguments."""
    table = _table(target)
    method = table.get(name)
    if method is None:
        raise InputError(f"{type_name(target)} has no method {name}() here", todo=did_you_mean(name, table))
    try:
        return method(target, *args)
    except (TypeError, AttributeError, IndexError, KeyError, ValueError) as error:
        shown = ", ".join(type_name(one) for one in args)
        raise InputError(f"{type_name(target)}.{name}() cannot take ({shown})") from error


def _table(target: Any) -> dict[str, Method]:
    kinds: tuple[tuple[Any, dict[str, Method]], ...] = (
        (str, TEXTS), (list, LISTS), (dict, MAPS), (bool, ANY), (NUMBERS, NUMBERS_TABLE), (Entry, ENTRIES),
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


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, str)) else [value]


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "String": text, "int": int, "Integer": int, "long": Long, "Long": Long, "double": float, "Double": float,
    "float": lambda value: Float(numbers.as_float32(float(value))),
    "Float": lambda value: Float(numbers.as_float32(float(value))),
    "boolean": truth, "Boolean": truth, "BigDecimal": lambda value: Decimal(str(value)), "BigInteger": BigInteger,
    "List": _as_list, "ArrayList": _as_list, "Collection": _as_list, "Iterable": _as_list, "String[]": _as_list,
    "Set": lambda value: _unique(_as_list(value)), "Map": dict, "LinkedHashMap": dict, "Object": lambda value: value,
}  # fmt: skip


def _java_format(template: str, *values: Any) -> str:
    return template % tuple(text(one) if isinstance(one, (bool, list, dict)) else one for one in values)


# the few static methods that scripts use while they are read
STATICS: dict[str, Callable[..., Any]] = {
    "String.format": _java_format,
    "String.valueOf": text,
    "String.join": lambda separator, *parts: separator.join(parts[0] if isinstance(parts[0], list) else parts),
    "Integer.parseInt": int,
    "Integer.valueOf": int,
    "Long.parseLong": Long,
    "Long.valueOf": Long,
    "Double.parseDouble": float,
    "Math.max": max,
    "Math.min": min,
    "Math.abs": abs,
}


def java_replacement(replacement: str) -> str:
    """$1 and ${name} as Python writes them."""
    escaped = re.sub(r"\\(.)", lambda found: "\\\\" if found[1] == "\\" else f"\x00{found[1]}", replacement)
    made = re.sub(r"(?<!\x00)\$(?:(\d)|\{(\w+)\})", lambda found: rf"\g<{found[1] or found[2]}>", escaped)
    return made.replace("\x00", "")


def _replace_all(value: str, pattern: str, by: Any) -> str:
    if callable(by):
        return compile_pattern(pattern).sub(lambda found: text(by(found[0])), value)
    return compile_pattern(pattern).sub(java_replacement(by), value)


def _split(value: str, pattern: str | None = None) -> list[str]:
    if pattern is None:
        return value.split()
    parts = compile_pattern(pattern).split(value)
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


def _tokenize(value: str, delimiters: str = " \t\n\r\f") -> list[str]:
    return [part for part in re.split(f"[{re.escape(delimiters)}]", value) if part]


def _equals(value: Any, other: Any) -> bool:
    return bool(compare("==", value, other))


ANY: dict[str, Method] = {
    "toString": text,
    "equals": _equals,
    "asBoolean": truth,
    "call": lambda target, *args: target(*args),
    "with": lambda target, closure: closure(target),
    "tap": lambda target, closure: (closure(target), target)[1],
}
TEXTS: dict[str, Method] = {
    **ANY,
    "length": len,
    "size": len,
    "isEmpty": lambda v: not v,
    "isBlank": lambda v: not v.strip(),
    "toUpperCase": str.upper,
    "toLowerCase": str.lower,
    "trim": str.strip,
    "strip": str.strip,
    "capitalize": lambda v: v[:1].upper() + v[1:],
    "uncapitalize": lambda v: v[:1].lower() + v[1:],
    "contains": lambda v, part: text(part) in v,
    "startsWith": lambda v, part: v.startswith(part),
    "endsWith": lambda v, part: v.endswith(part),
    "replace": lambda v, old, new: v.replace(old, new),
    "replaceAll": _replace_all,
    "replaceFirst": lambda v, pattern, by: compile_pattern(pattern).sub(java_replacement(by), v, count=1),
    "split": _split,
    "tokenize": _tokenize,
    "substring": lambda v, start, end=None: v[start : len(v) if end is None else end],
    "take": lambda v, count: v[:count],
    "drop": lambda v, count: v[count:],
    "indexOf": lambda v, part: v.find(part),
    "lastIndexOf": lambda v, part: v.rfind(part),
    "charAt": lambda v, at: v[at],
    "getAt": lambda v, at: v[at],
    "concat": lambda v, other: v + other,
    "plus": lambda v, other: v + text(other),
    "minus": lambda v, other: v.replace(text(other), "", 1),
    "multiply": lambda v, count: v * count,
    "reverse": lambda v: v[::-1],
    "padLeft": lambda v, width, fill=" ": v.rjust(width, fill),
    "padRight": lambda v, width, fill=" ": v.ljust(width, fill),
    "equalsIgnoreCase": lambda v, other: v.casefold() == other.casefold(),
    "matches": lambda v, pattern: compile_pattern(pattern).fullmatch(v) is not None,
    "toInteger": lambda v: int(v.strip()),
    "toLong": lambda v: Long(v.strip()),
    "toDouble": lambda v: float(v.strip()),
    "toBigDecimal": lambda v: Decimal(v.strip()),
    "toBoolean": lambda v: v.strip().lower() in ("true", "y", "1"),
    "toList": list,
    "each": lambda v, closure: ([closure(one) for one in v], v)[1],
    "collect": lambda v, closure: [closure(one) for one in v],
    "intern": lambda v: v,
}


def _each(items: Any, closure: Any) -> Any:
    for one in list(items):
        closure(one)
    return items


def _with_index(items: Any, closure: Any) -> Any:
    for number, one in enumerate(list(items)):
        closure(one, number)
    return items


def _inject(items: list[Any], *args: Any) -> Any:
    if len(args) == 2:
        return functools.reduce(args[1], items, args[0])
    return functools.reduce(args[0], items)


def _entries(items: list[Any], closure: Any = None) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for one in items:
        found = one if closure is None else closure(one)
        if isinstance(found, dict):
            made.update(found)
        elif isinstance(found, Entry):
            made[found.key] = found.value
        else:
            key, value = found
            made[key] = value
    return made


def _sorted(items: list[Any], closure: Any = True) -> list[Any]:
    if closure is True or closure is False:
        return sorted(items)
    if getattr(closure, "arity", 1) == 2:
        return sorted(items, key=functools.cmp_to_key(closure))
    return sorted(items, key=closure)


def _unique(items: list[Any]) -> list[Any]:
    return [one for number, one in enumerate(items) if one not in items[:number]]


def _flatten(items: list[Any]) -> list[Any]:
    return [leaf for one in items for leaf in (_flatten(one) if isinstance(one, list) else [one])]


def _group(items: list[Any], closure: Any) -> dict[Any, list[Any]]:
    made: dict[Any, list[Any]] = {}
    for one in items:
        made.setdefault(closure(one), []).append(one)
    return made


def _truthy(closure: Any) -> Callable[[Any], bool]:
    return lambda one: truth(closure(one)) if closure is not None else truth(one)


def _put_at(target: Any, key: Any, value: Any) -> None:
    target[key] = value


LISTS: dict[str, Method] = {
    **ANY,
    "size": len,
    "isEmpty": lambda v: not v,
    "each": _each,
    "forEach": _each,
    "eachWithIndex": _with_index,
    "collect": lambda v, closure=None: [one if closure is None else closure(one) for one in v],
    "collectMany": lambda v, closure: [leaf for one in v for leaf in closure(one)],
    "collectEntries": _entries,
    "findAll": lambda v, closure=None: [one for one in v if _truthy(closure)(one)],
    "grep": lambda v, closure=None: [one for one in v if _truthy(closure)(one)],
    "find": lambda v, closure=None: next((one for one in v if _truthy(closure)(one)), None),
    "findIndexOf": lambda v, closure: next((i for i, one in enumerate(v) if _truthy(closure)(one)), -1),
    "any": lambda v, closure=None: any(_truthy(closure)(one) for one in v),
    "every": lambda v, closure=None: all(_truthy(closure)(one) for one in v),
    "count": lambda v, closure: sum(_truthy(closure)(one) for one in v) if callable(closure) else v.count(closure),
    "join": lambda v, separator="": separator.join(map(text, v)),
    "inject": _inject,
    "sum": lambda v, closure=None: sum(one if closure is None else closure(one) for one in v),
    "max": lambda v, closure=None: max(v, key=closure),
    "min": lambda v, closure=None: min(v, key=closure),
    "sort": _sorted,
    "toSorted": _sorted,
    "unique": _unique,
    "toUnique": _unique,
    "toSet": _unique,
    "toList": list,
    "asImmutable": list,
    "reverse": lambda v: v[::-1],
    "flatten": _flatten,
    "groupBy": _group,
    "contains": lambda v, one: one in v,
    "containsAll": lambda v, others: all(one in v for one in others),
    "first": lambda v: v[0],
    "head": lambda v: v[0],
    "last": lambda v: v[-1],
    "tail": lambda v: v[1:],
    "init": lambda v: v[:-1],
    "take": lambda v, count: v[:count],
    "drop": lambda v, count: v[count:],
    "get": lambda v, at: v[at],
    "getAt": lambda v, at: v[at] if at < len(v) else None,
    "putAt": _put_at,
    "set": _put_at,
    "indexOf": lambda v, one: v.index(one) if one in v else -1,
    "add": lambda v, one: (v.append(one), True)[1],
    "leftShift": lambda v, one: (v.append(one), v)[1],
    "addAll": lambda v, others: (v.extend(others), True)[1],
    "push": lambda v, one: (v.insert(0, one), True)[1],
    "plus": lambda v, others: v + (others if isinstance(others, list) else [others]),
    "minus": lambda v, others: [one for one in v if one not in (others if isinstance(others, list) else [others])],
    "withIndex": lambda v, start=0: [[one, number] for number, one in enumerate(v, start)],
    "indexed": lambda v, start=0: dict(enumerate(v, start)),
    "collate": lambda v, size: [v[at : at + size] for at in range(0, len(v), size)],
    "transpose": lambda v: [list(one) for one in zip(*v, strict=False)],
}


def _pairs(values: dict[Any, Any]) -> list[Entry]:
    return [Entry(key, value) for key, value in values.items()]


def _on_entry(closure: Any) -> Callable[[Entry], Any]:
    """A closure of two parameters takes key and value."""
    if getattr(closure, "arity", 1) >= 2:
        return lambda entry: closure(entry.key, entry.value)
    return lambda entry: closure(entry)


def _map_each(values: dict[Any, Any], closure: Any) -> dict[Any, Any]:
    for entry in _pairs(values):
        _on_entry(closure)(entry)
    return values


def _map_indexed(values: dict[Any, Any], closure: Any) -> dict[Any, Any]:
    for number, entry in enumerate(_pairs(values)):
        if getattr(closure, "arity", 1) >= 3:
            closure(entry.key, entry.value, number)
        else:
            closure(entry, number)
    return values


def _map_where(values: dict[Any, Any], closure: Any) -> dict[Any, Any]:
    return {entry.key: entry.value for entry in _pairs(values) if truth(_on_entry(closure)(entry))}


def _put(values: dict[Any, Any], key: Any, value: Any) -> Any:
    old = values.get(key)
    values[key] = value
    return old


def _put_if_absent(values: dict[Any, Any], key: Any, value: Any) -> Any:
    return values.setdefault(key, value)


MAPS: dict[str, Method] = {
    **ANY,
    "size": len,
    "isEmpty": lambda v: not v,
    "get": lambda v, key, default=None: v.get(key, default),
    "getAt": lambda v, key: v.get(key),
    "getOrDefault": lambda v, key, default: v.get(key, default),
    "put": _put,
    "putAt": _put_at,
    "putAll": lambda v, others: v.update(others),
    "putIfAbsent": _put_if_absent,
    "leftShift": lambda v, others: (v.update(others), v)[1],
    "containsKey": lambda v, key: key in v,
    "containsValue": lambda v, value: value in v.values(),
    "keySet": list,
    "values": lambda v: list(v.values()),
    "entrySet": _pairs,
    "each": _map_each,
    "forEach": _map_each,
    "eachWithIndex": _map_indexed,
    "collect": lambda v, closure: [_on_entry(closure)(one) for one in _pairs(v)],
    "collectMany": lambda v, closure: [leaf for one in _pairs(v) for leaf in _on_entry(closure)(one)],
    "collectEntries": lambda v, closure: _entries([_on_entry(closure)(one) for one in _pairs(v)]),
    "findAll": _map_where,
    "find": lambda v, closure: next((one for one in _pairs(v) if truth(_on_entry(closure)(one))), None),
    "any": lambda v, closure: any(truth(_on_entry(closure)(one)) for one in _pairs(v)),
    "every": lambda v, closure: all(truth(_on_entry(closure)(one)) for one in _pairs(v)),
    "remove": lambda v, key: v.pop(key, None),
    "plus": lambda v, others: {**v, **others},
    "subMap": lambda v, keys: {key: v[key] for key in keys if key in v},
    "sort": lambda v, closure=None: dict(sorted(v.items())),
    "asImmutable": dict,
}
NUMBERS_TABLE: dict[str, Method] = {
    **ANY,
    "times": lambda v, closure: [closure(one) for one in range(v)] and None,
    "upto": lambda v, end, closure: [closure(one) for one in range(v, end + 1)] and None,
    "downto": lambda v, end, closure: [closure(one) for one in range(v, end - 1, -1)] and None,
    "step": lambda v, end, by, closure: [closure(one) for one in range(v, end, by)] and None,
    "intdiv": lambda v, other: int(v / other) if (v < 0) != (other < 0) else v // other,
    "toInteger": int,
    "intValue": int,
    "toLong": Long,
    "longValue": Long,
    "toDouble": float,
    "doubleValue": float,
    "toFloat": numbers.as_float32,
    "toBigDecimal": lambda v: Decimal(str(v)),
    "abs": abs,
    "plus": lambda v, other: v + other,
    "minus": lambda v, other: v - other,
}
ENTRIES: dict[str, Method] = {**ANY, "getKey": lambda v: v.key, "getValue": lambda v: v.value}
CLOSURES: dict[str, Method] = {
    **ANY,
    "curry": lambda v, *first: functools.partial(v, *first),
    "rcurry": lambda v, *last: lambda *first: v(*first, *last),
    "memoize": lambda v: v,
}

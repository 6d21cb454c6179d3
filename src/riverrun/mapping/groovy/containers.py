"""The methods that Groovy and Java give to lists and maps, as far as mapping scripts use them."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

from riverrun.mapping.groovy.common import ANY, Method, as_list, drop, drop_right, item_at, part, take, take_right
from riverrun.mapping.groovy.values import Entry, among, arithmetic, contains, is_case, text, truth


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


def _order(closure: Any) -> Any:
    """The key that orders by a closure of one value, or as one of two says."""
    if closure is None or closure is True or closure is False:
        return None
    return functools.cmp_to_key(closure) if getattr(closure, "arity", 1) == 2 else closure


def _sorted(items: list[Any], closure: Any = True, by: Any = None) -> list[Any]:
    return sorted(items, key=_order(by if by is not None else closure))


def _sum(items: list[Any], first: Any = None, closure: Any = None) -> Any:
    if callable(first):
        first, closure = None, first
    values = [one if closure is None else closure(one) for one in items]
    given = values if first is None else [first, *values]
    return functools.reduce(functools.partial(arithmetic, "+"), given) if given else None


def unique(items: list[Any], closure: Any = None) -> list[Any]:
    made: list[Any] = []
    seen: list[Any] = []
    for one in items:
        key = one if closure is None else closure(one)
        if not among(seen, key):
            seen.append(key)
            made.append(one)
    return made


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
    if isinstance(target, list) and key >= len(target):  # what is between is null
        target.extend([None] * (min(key, len(target) + 10_000) - len(target) + 1))
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
    "grep": lambda v, test: [one for one in v if is_case(one, test)],
    "find": lambda v, closure=None: next((one for one in v if _truthy(closure)(one)), None),
    "findResult": lambda v, closure: next((made for one in v if (made := closure(one)) is not None), None),
    "findResults": lambda v, closure: [made for one in v if (made := closure(one)) is not None],
    "findIndexOf": lambda v, closure: next((i for i, one in enumerate(v) if _truthy(closure)(one)), -1),
    "any": lambda v, closure=None: any(_truthy(closure)(one) for one in v),
    "every": lambda v, closure=None: all(_truthy(closure)(one) for one in v),
    "count": lambda v, closure: sum(_truthy(closure)(one) for one in v) if callable(closure) else v.count(closure),
    "join": lambda v, separator="": separator.join(map(text, v)),
    "inject": _inject,
    "sum": _sum,
    "max": lambda v, closure=None: max(v, key=_order(closure), default=None),
    "min": lambda v, closure=None: min(v, key=_order(closure), default=None),
    "sort": _sorted,
    "toSorted": _sorted,
    "unique": unique,
    "toUnique": unique,
    "countBy": lambda v, closure: {key: len(ones) for key, ones in _group(v, closure).items()},
    "split": lambda v, closure: [[o for o in v if truth(closure(o))], [o for o in v if not truth(closure(o))]],
    "indexed": lambda v, start=0: dict(enumerate(v, start)),
    "subList": part,
    "step": lambda v, by: v[::by],
    "intersect": lambda v, others: [one for one in v if among(others, one)],
    "disjoint": lambda v, others: not any(among(others, one) for one in v),
    "combinations": lambda v: [list(reversed(one)) for one in itertools.product(*map(as_list, reversed(v)))],
    "multiply": lambda v, count: v * count,
    "toSet": unique,
    "toList": list,
    "asImmutable": list,
    "reverse": lambda v: v[::-1],
    "flatten": _flatten,
    "groupBy": _group,
    "contains": contains,
    "containsAll": lambda v, others: all(contains(v, one) for one in others),
    "first": lambda v: v[0],
    "head": lambda v: v[0],
    "last": lambda v: v[-1],
    "tail": lambda v: part(v, 1),
    "init": lambda v: part(v, 0, len(v) - 1),
    "take": take,
    "drop": drop,
    "takeRight": take_right,
    "dropRight": drop_right,
    "takeWhile": lambda v, closure: list(itertools.takewhile(lambda one: truth(closure(one)), v)),
    "dropWhile": lambda v, closure: list(itertools.dropwhile(lambda one: truth(closure(one)), v)),
    "get": item_at,
    "getAt": lambda v, at: v[at] if -len(v) <= at < len(v) else None,
    "putAt": _put_at,
    "set": _put_at,
    "indexOf": lambda v, one: v.index(one) if one in v else -1,
    "lastIndexOf": lambda v, one: len(v) - 1 - v[::-1].index(one) if one in v else -1,
    "add": lambda v, one: (v.append(one), True)[1],
    "leftShift": lambda v, one: (v.append(one), v)[1],
    "addAll": lambda v, others: (v.extend(others), True)[1],
    "push": lambda v, one: (v.insert(0, one), True)[1],
    "plus": lambda v, others: v + (others if isinstance(others, list) else [others]),
    "minus": lambda v, others: arithmetic("-", v, others),
    "withIndex": lambda v, start=0: [[one, number] for number, one in enumerate(v, start)],
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


def _entry_order(closure: Any) -> Any:
    if getattr(closure, "arity", 1) == 2:
        return functools.cmp_to_key(closure)
    return closure


def _map_sorted(values: dict[Any, Any], closure: Any = None) -> dict[Any, Any]:
    if closure is None:
        return dict(sorted(values.items(), key=lambda pair: pair[0]))
    return {one.key: one.value for one in sorted(_pairs(values), key=_entry_order(closure))}


def _map_groups(values: dict[Any, Any], closure: Any) -> dict[Any, dict[Any, Any]]:
    made: dict[Any, dict[Any, Any]] = {}
    for one in _pairs(values):
        made.setdefault(_on_entry(closure)(one), {})[one.key] = one.value
    return made


def _map_inject(values: dict[Any, Any], first: Any, closure: Any) -> Any:
    made = first
    for one in _pairs(values):
        made = closure(made, one.key, one.value) if getattr(closure, "arity", 1) >= 3 else closure(made, one)
    return made


def _map_made(values: dict[Any, Any], closure: Any) -> list[Any]:
    return [_on_entry(closure)(one) for one in _pairs(values)]


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
    "sort": _map_sorted,
    "toSorted": _map_sorted,
    "count": lambda v, closure: sum(truth(_on_entry(closure)(one)) for one in _pairs(v)),
    "min": lambda v, closure: min(_pairs(v), key=_entry_order(closure), default=None),
    "max": lambda v, closure: max(_pairs(v), key=_entry_order(closure), default=None),
    "groupBy": _map_groups,
    "inject": _map_inject,
    "findResult": lambda v, closure: next((made for made in _map_made(v, closure) if made is not None), None),
    "findResults": lambda v, closure: [made for made in _map_made(v, closure) if made is not None],
    "countBy": lambda v, closure: {key: len(ones) for key, ones in _map_groups(v, closure).items()},
    "take": lambda v, count: dict(take(list(v.items()), count)),
    "drop": lambda v, count: dict(drop(list(v.items()), count)),
    "intersect": lambda v, other: {key: one for key, one in v.items() if key in other and other[key] == one},
    "minus": lambda v, others: arithmetic("-", v, others),
    "asImmutable": dict,
}

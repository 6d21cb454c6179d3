"""What the methods of texts, lists and maps share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from riverrun.errors import InputError
from riverrun.mapping.groovy.values import Range, equal, text, truth

Method = Callable[..., Any]


ANY: dict[str, Method] = {
    "toString": text,
    "equals": equal,
    "asBoolean": truth,
    "call": lambda target, *args: target(*args),
    "with": lambda target, closure: closure(target),
    "tap": lambda target, closure: (closure(target), target)[1],
}


def part(value: Any, start: int, end: int | None = None) -> Any:
    """Java's substring and subList: bounds outside are an error."""
    end = len(value) if end is None else end
    if not 0 <= start <= end <= len(value):
        raise IndexError(start)
    return value[start:end]


def item_at(value: Any, index: int) -> Any:
    if not 0 <= index < len(value):
        raise IndexError(index)
    return value[index]


def take(value: Any, count: int) -> Any:
    return value[: max(count, 0)]


def drop(value: Any, count: int) -> Any:
    return value[max(count, 0) :]


def take_right(value: Any, count: int) -> Any:
    return value[max(len(value) - max(count, 0), 0) :]


def drop_right(value: Any, count: int) -> Any:
    return value[: max(len(value) - max(count, 0), 0)]


def as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, str)) else [value]


def picked(value: Any, indexes: list[int]) -> Any:
    """`value[[0, 2]]` and `value[1..3]`. Raises InputError for what is outside."""
    size = len(value)
    if isinstance(indexes, Range):
        try:
            found = [value[place] for place in indexes.within(size)]
        except (IndexError, TypeError) as error:
            raise InputError(f"{text(indexes)} is outside of what has {size}") from error
        return "".join(found) if isinstance(value, str) else found
    if isinstance(value, list):
        return [value[number] if -size <= number < size else None for number in indexes]
    if any(not -size <= number < size for number in indexes):
        raise InputError(f"{text(indexes)} is outside of what has {size}")
    return "".join(value[number] for number in indexes)

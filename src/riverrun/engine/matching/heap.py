"""A binary heap that orders equal elements exactly as `java.util.PriorityQueue` does.

Flink keeps partial and completed matches in such queues and walks them in array order. Which of several matches with
the same first row wins depends on that order, so it is part of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Heap(Generic[T]):
    """A min-heap by `key`; iteration is in array order, as in Java."""

    __slots__ = ("_items", "_key")

    def __init__(self, key: Callable[[T], int], items: Iterable[T] = ()) -> None:
        """`items` are taken as an array that is a heap already (what `list(heap)` gave)."""
        self._key = key
        self._items: list[T] = list(items)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def peek(self) -> T | None:
        return self._items[0] if self._items else None

    def add(self, item: T) -> None:
        self._items.append(item)
        self._up(len(self._items) - 1, item)

    def poll(self) -> T:
        """Take the first element off."""
        items = self._items
        first, last = items[0], items.pop()
        if items:
            self._down(0, last)
        return first

    def remove_where(self, condition: Callable[[T], bool]) -> None:
        """As Java's bulk removal: keep the rest in array order, then restore the heap from the middle down."""
        kept = [item for item in self._items if not condition(item)]
        if len(kept) == len(self._items):
            return
        self._items = kept
        for index in range(len(kept) // 2 - 1, -1, -1):
            self._down(index, kept[index])

    def _up(self, index: int, item: T) -> None:
        items, key = self._items, self._key
        rank = key(item)
        while index > 0:
            parent = (index - 1) >> 1
            if rank >= key(items[parent]):
                break
            items[index] = items[parent]
            index = parent
        items[index] = item

    def _down(self, index: int, item: T) -> None:
        items, key = self._items, self._key
        size, rank = len(items), key(item)
        while index < size >> 1:
            child = 2 * index + 1
            if child + 1 < size and key(items[child]) > key(items[child + 1]):
                child += 1
            if rank <= key(items[child]):
                break
            items[index] = items[child]
            index = child
        items[index] = item

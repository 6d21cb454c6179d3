"""Random values that belong to numbers: the same one whenever and in whatever company a number is asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from riverrun.generate.draw import Ints, Random
from riverrun.generate.world import World

_BLOCK = 1024
_KEPT_BLOCKS = 256


def by_number(world: World, stream: str, numbers: Ints, make: Callable[[Random, int], Any]) -> Any:
    """make(random, size)[i] for each number, drawn in blocks of a stream of its own."""
    blocks = numbers // _BLOCK
    distinct = np.unique(blocks).tolist()
    if not distinct:
        return make(np.random.default_rng(0), 0)
    if len(distinct) == 1:
        return _block(world, stream, distinct[0], make)[numbers % _BLOCK]
    first = _block(world, stream, distinct[0], make)
    found = np.empty((numbers.size, *first.shape[1:]), dtype=first.dtype)
    for block in distinct:
        which = blocks == block
        found[which] = _block(world, stream, block, make)[numbers[which] % _BLOCK]
    return found


def _block(world: World, stream: str, block: int, make: Callable[[Random, int], Any]) -> Any:
    kept: OrderedDict[tuple[str, int], Any] = world.caches.setdefault("numbered", OrderedDict())
    key = (stream, block)
    if key not in kept:
        kept[key] = make(world.generator(stream, block), _BLOCK)
        if len(kept) > _KEPT_BLOCKS:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key]

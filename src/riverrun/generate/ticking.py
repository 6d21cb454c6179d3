"""Streams that a timer drives: each block of ticks is drawn at once, with a carry from block to block where needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from riverrun.generate.draw import Ints, Random, whole
from riverrun.generate.times import SECOND
from riverrun.generate.world import Rows, World, schedule

Carry = Any  # what JSON can hold


@dataclass(frozen=True)
class Ticks:
    """A block of ticks: `numbers` and `times` of each, and the random numbers of the block."""

    world: World
    random: Random
    first: int
    times: Ints

    @property
    def count(self) -> int:
        return int(self.times.size)


Draw = Callable[[Ticks, Carry], tuple[dict[str, Rows], Carry]]


@dataclass(frozen=True)
class Timer:
    """`interval` is the setting that says how often; `draw` makes the rows of a block of ticks."""

    name: str
    interval: str
    block: int
    streams: tuple[str, ...]
    draw: Draw
    carry: Carry = None


class Ticking:
    """The core of a timer."""

    def __init__(self, timer: Timer, world: World, saved: Mapping[str, Any] | None = None) -> None:
        self._timer = timer
        self._world = world
        self._block: int = saved["block"] if saved else 0
        self._carry: Carry = saved["carry"] if saved else timer.carry

    @property
    def streams(self) -> tuple[str, ...]:
        return self._timer.streams

    @property
    def covered(self) -> int:
        """Everything before this moment is out."""
        interval = self._world.settings.integer(self._timer.interval)
        return self._world.start + self._block * self._timer.block * interval

    def save(self) -> dict[str, Any]:
        return {"block": self._block, "carry": self._carry}

    def step(self) -> dict[str, Rows]:
        timer, first = self._timer, self._block * self._timer.block
        ticks = Ticks(
            self._world,
            self._world.generator(timer.name, self._block),
            first,
            schedule(self._world, timer.interval, first, timer.block),
        )
        rows, self._carry = timer.draw(ticks, self._carry)
        self._block += 1
        return rows


def back_dated(ticks: Ticks, topic: str) -> Ints:
    """When what the ticks report happened: up to `eventdelays.TOPIC.secs.max` earlier, in whole seconds."""
    return delayed(ticks.world, topic, ticks.times, ticks.random)


def delayed(world: World, topic: str, times: Ints, random: Random) -> Ints:
    """As `back_dated`, for records that no tick makes."""
    most = world.settings.integer(f"eventdelays.{topic}.secs.max")
    return times - SECOND * whole(random, 0, most, times.size)

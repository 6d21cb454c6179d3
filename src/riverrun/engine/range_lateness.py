"""Which rows are late for OVER (RANGE BETWEEN ... PRECEDING), and what their frames may reach: as Flink's timers say.

A row is late when it is not behind the last timer of its key that fired. Timers are set at the time of each row and, to
forget a key, at 1.5 frames after a row; one of these that is no longer needed still counts as fired. Once a key is
forgotten no row is late, and no frame reaches the rows before: they are of another generation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from riverrun.engine.batch import Ints, Mask
from riverrun.engine.stores import Numbers, Values

Key = tuple[Any, ...]


@dataclass(slots=True)
class _State:
    generation: int
    last: int = 0  # the last timer that fired; Flink begins with 0
    forget: int | None = None  # when the key is to be forgotten
    timers: list[tuple[int, int]] = field(default_factory=list)  # (when it is due, its own time)


class RangeLateness:
    """preceding: the frame in ms."""

    def __init__(self, preceding: int) -> None:
        self._preceding = preceding
        self.longest = int(preceding * 1.5) + 1  # after its last row a key is forgotten by then, in ms
        self.states = Values()
        self.numbers = Numbers(generations=0, swept=0)

    def take(self, keys: Sequence[Key], times: Ints, marks: Ints) -> tuple[Mask, Ints]:
        """(which rows are late; the generation of every other one). marks: the watermark before each row."""
        late = np.zeros(len(times), np.bool_)
        generation = np.zeros(len(times), np.int64)
        for at, (key, time, mark) in enumerate(zip(keys, times.tolist(), marks.tolist(), strict=True)):
            state = self._fired(key, mark)
            late[at] = time <= state.last
            if not late[at]:
                generation[at] = state.generation
                self._note(state, time, mark)
            self._keep(key, state)
        return late, generation

    def sweep(self, mark: int) -> None:
        """Let go of keys that are forgotten by the watermark `mark`."""
        if mark - self.numbers["swept"] < self._preceding:
            return
        self.numbers["swept"] = mark
        for key in list(self.states):
            state = self._fired(key, mark)
            if state.timers or state.forget is not None or state.last:
                self._keep(key, state)
            else:
                self.states.pop(key)

    def _fired(self, key: Key, mark: int) -> _State:
        """The state of a key when the watermark is `mark`."""
        if key not in self.states:
            return self._new()
        state = _State(*self.states[key])
        due = sorted(timer for timer in state.timers if timer[0] <= mark)
        if due:
            state.timers = [timer for timer in state.timers if timer[0] > mark]
        for _, time in due:
            if state.forget is not None and state.forget <= time:
                left = state.timers
                state = self._new()
                state.timers = left
            else:
                state.last = time
        return state

    def _keep(self, key: Key, state: _State) -> None:
        """As plain values, which is what a state file holds."""
        self.states[key] = (state.generation, state.last, state.forget, state.timers)

    def _new(self) -> _State:
        self.numbers["generations"] += 1
        return _State(self.numbers["generations"])

    def _note(self, state: _State, time: int, mark: int) -> None:
        self._set(state, time, mark)
        if state.forget is None or state.forget < time + self._preceding + 1:
            state.forget = time + self.longest
            self._set(state, state.forget, mark)

    def _set(self, state: _State, time: int, mark: int) -> None:
        timer = (max(time, mark + 1), time)
        if timer not in state.timers:
            state.timers.append(timer)

"""Sessions found by sorting are the ones found row by row."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from riverrun.engine.batch import START
from riverrun.engine.sessions import find
from riverrun.engine.windows import Clockwork
from riverrun.engine.zones import Zone

GAP = 10
UTC = Clockwork(Zone("UTC"), local=False)


def naive(rows: list[tuple[int, int, int]]) -> tuple[list[tuple[int, int, int, list[int]]], list[int]]:
    """([(key, start, end, rows)], late rows), one row after the other: (key, time, watermark before it)."""
    alive: list[tuple[int, int, int, list[int]]] = []
    ended: list[tuple[int, int, int, list[int]]] = []
    late = []
    for number, (key, time, mark) in enumerate(rows):
        ended += [each for each in alive if each[2] - 1 <= mark]
        alive = [each for each in alive if each[2] - 1 > mark]
        start, end, members = time, time + GAP, [number]
        for each in list(alive):
            if each[0] == key and each[1] <= time + GAP and time <= each[2]:
                alive.remove(each)
                start, end, members = min(start, each[1]), max(end, each[2]), members + each[3]
        if end - 1 <= mark:
            late.append(number)
        else:
            alive.append((key, start, end, sorted(members)))
    return ended + alive, late


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 80), st.integers(0, 40)), max_size=40))
def test_any_rows(steps: list[tuple[int, int, int]]) -> None:
    marks = np.maximum.accumulate([time - delay for _, time, delay in steps]) if steps else np.zeros(0, np.int64)
    before = [START, *marks.tolist()][: len(steps)]
    rows = [(key, time, mark) for (key, time, _), mark in zip(steps, before, strict=True)]
    wanted, late = naive(rows)
    key, time, mark = (np.array([row[n] for row in rows], np.int64) for n in range(3))
    found = find(key, time, mark, GAP, UTC)
    assert np.flatnonzero(found.late).tolist() == late
    sessions = []
    for number in np.unique(found.session[~found.late]):
        members = np.flatnonzero(found.session == number)
        first = members[0]
        sessions.append((int(key[first]), int(found.start[first]), int(found.end[first]), members.tolist()))
    assert sorted(sessions) == sorted(wanted)


def test_touching_is_together_and_a_millisecond_more_is_not() -> None:
    key, mark = np.zeros(3, np.int64), np.full(3, START)
    found = find(key, np.array([0, 10, 21]), mark, GAP, UTC)
    assert found.session.tolist() == [0, 0, 1]
    assert found.end.tolist() == [20, 20, 31]

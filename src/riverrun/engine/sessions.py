"""Session windows: which rows belong together, which sessions have ended, and which rows came too late.

A session is a run of a key's rows, each at most `gap` ms behind the one before (touching counts). A row joins the
sessions that are still alive when it arrives; a session that has ended is gone. For nearly all keys the runs can be
read off the sorted rows; only keys where a row met a session that had ended are replayed row by row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riverrun.engine.batch import Ints, Mask
from riverrun.engine.keys import in_order
from riverrun.engine.windows import Clockwork


@dataclass(frozen=True, slots=True)
class Sessions:
    """Of every row: the number of its session (-1: it was late), and the session's bounds (local ms)."""

    session: Ints
    start: Ints
    end: Ints

    @property
    def late(self) -> Mask:
        return self.session < 0


def find(key: Ints, time: Ints, mark: Ints, gap: int, clockwork: Clockwork) -> Sessions:
    """Sessions of rows in arrival order: `key` codes, `time` in local ms, `mark` the watermark before the row (START
    for rows that are known to be in a living session)."""
    if not len(key):
        return Sessions(key, time, time)
    order = in_order(key, time)
    sorted_key, sorted_time, sorted_mark = key[order], time[order], mark[order]
    joined = (sorted_key[1:] == sorted_key[:-1]) & (sorted_time[1:] - sorted_time[:-1] <= gap)
    starts = np.flatnonzero(np.concatenate(([True], ~joined)))
    sizes = np.diff(np.append(starts, len(order)))
    number = np.repeat(np.arange(len(starts)), sizes)
    session = np.empty(len(order), np.int64)
    session[order] = number
    start, end = sorted_time[starts], sorted_time[starts + sizes - 1] + gap
    found = Sessions(session, start[session], end[session])
    replayed = _met_an_ended_one(sorted_time, sorted_mark, joined, gap, clockwork)
    if replayed.any():
        return _replay(found, np.isin(key, sorted_key[replayed]), key, time, mark, gap, clockwork)
    return found


def _met_an_ended_one(time: Ints, mark: Ints, joined: Mask, gap: int, clockwork: Clockwork) -> Mask:
    """Of the sorted rows: where a row may have met a session that had ended. Neighbours in time are one session for
    sure when the later to arrive of both came before the earlier's own interval had ended."""
    ends = clockwork.fires(time + gap)
    wrong = mark >= ends
    wrong[:-1] |= joined & (np.maximum(mark[:-1], mark[1:]) >= ends[:-1])
    return wrong


def _replay(
    found: Sessions, concerned: Mask, key: Ints, time: Ints, mark: Ints, gap: int, clockwork: Clockwork
) -> Sessions:
    session, start, end = found.session.copy(), found.start.copy(), found.end.copy()
    rows = np.flatnonzero(concerned)
    next_number = int(session.max()) + 1
    for code in np.unique(key[rows]):
        own = rows[key[rows] == code]
        for members, bounds in _replay_key(own, time, mark, gap, clockwork):
            session[members], start[members], end[members] = next_number, bounds[0], bounds[1]
            next_number += 1
        late = _late_of(own, session, found.session)
        session[late] = -1
    return Sessions(session, start, end)


def _late_of(own: Ints, session: Ints, before: Ints) -> Ints:
    found: Ints = own[session[own] == before[own]]
    return found


def _replay_key(
    own: Ints, time: Ints, mark: Ints, gap: int, clockwork: Clockwork
) -> list[tuple[list[int], tuple[int, int]]]:
    """The sessions of one key's rows, taken one by one."""
    ended: list[tuple[list[int], tuple[int, int]]] = []
    alive: list[tuple[list[int], tuple[int, int]]] = []
    for row in own.tolist():
        watermark = int(mark[row])
        for each in [each for each in alive if _fires(each[1][1], clockwork) <= watermark]:
            alive.remove(each)
            ended.append(each)
        low, high, members = int(time[row]), int(time[row]) + gap, [row]
        touching = [each for each in alive if each[1][0] <= high and low <= each[1][1]]
        for each in touching:
            alive.remove(each)
            low, high, members = min(low, each[1][0]), max(high, each[1][1]), each[0] + members
        if _fires(high, clockwork) > watermark:
            alive.append((sorted(members), (low, high)))
    return ended + alive


def _fires(end: int, clockwork: Clockwork) -> int:
    return int(clockwork.fires(np.array([end]))[0])

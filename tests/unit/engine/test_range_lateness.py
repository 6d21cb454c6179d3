"""Lateness under RANGE frames. What is expected here follows from Flink's timers; 100 drawn queries agreed with Flink
(`python -m tests.differential.drawn queries`, kind late_over)."""

from __future__ import annotations

import numpy as np
import pytest

from riverrun.engine.range_lateness import RangeLateness

FRAME = 100  # ms: a key is forgotten 151 ms behind a row


def late(*rows: tuple[int, int]) -> tuple[list[bool], list[int]]:
    """(own time, watermark before it) of rows of one key to (which are late, their generations)."""
    lateness = RangeLateness(FRAME)
    times, marks = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    found, generation = lateness.take([("k",)] * len(rows), times, marks)
    return found.tolist(), generation.tolist()


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (((1000, 0), (1010, 0), (1005, 0)), [False, False, False]),
        (((1000, 0), (1050, 1040)), [False, False]),
        (((1000, 0), (1000, 1040)), [False, True]),  # its key's last timer was at 1000
        (((1000, 0), (1001, 1140)), [False, False]),  # behind the watermark, but not behind the last timer
        (((1000, 0), (1100, 0), (1140, 1145)), [False, False, False]),
        # 1100 prolonged what 1000 had set for 1151; that timer still fires
        (((1000, 0), (1100, 0), (1140, 1155)), [False, False, True]),
    ],
)
def test_late(rows: tuple[tuple[int, int], ...], wanted: list[bool]) -> None:
    assert late(*rows)[0] == wanted


def test_a_forgotten_key_begins_anew() -> None:
    assert late((1000, 0), (900, 1150), (900, 1151)) == ([False, True, False], [1, 0, 2])


def test_nothing_is_kept_of_forgotten_keys() -> None:
    lateness = RangeLateness(FRAME)
    times = np.arange(1000, 2000)
    lateness.take([(n,) for n in range(1000)], times, times - 1)
    assert len(lateness.states) == 1000
    lateness.sweep(1999 + 151)
    assert len(lateness.states) == 0
